package cluster

import (
	"errors"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What is on its way when Redis is lost does not come back from there: it is handed on at once, once each, and in the order in which it
// was published.
func TestWhatIsStrandedIsHandedOn(t *testing.T) {
	var got, want []string
	c := &Cluster{waiting: map[uint64]*emission{}, up: true, notify: func(string) {}}
	c.deliver = func(rooms, _ []string, event string, _ []byte) { got = append(got, rooms[0]+" "+event) }
	var all []*emission
	for n := range 50 {
		all = append(all, c.begin("user:1", strconv.Itoa(n), nil))
		want = append(want, "user:1 "+strconv.Itoa(n))
	}
	c.lose(errors.New("gone"))
	c.lose(errors.New("gone again"))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("handed on (-want +got):\n%s", diff)
	}
	for _, e := range all {
		select {
		case <-e.done:
		default:
			t.Errorf("who published %s still waits", e.event)
		}
	}
	if len(c.waiting) > 0 || c.up || c.counts.Losses != 1 {
		t.Errorf("%d wait, up: %v, lost %d times", len(c.waiting), c.up, c.counts.Losses)
	}
}
