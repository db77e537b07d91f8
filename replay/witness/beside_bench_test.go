package witness

import (
	"testing"

	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/plan/plantest"
)

// BenchmarkBeside holds a plan of 100,000 items against itself.
func BenchmarkBeside(b *testing.B) {
	text := plantest.Plan(50_000, 3, func(int64) uint64 { return 0 })
	p, err := plan.Parse(text)
	if err != nil {
		b.Fatal(err)
	}
	t := &Testimony{Version: 3, head: []byte(`{"recipient":{"id":1}`), tail: []byte(`"planVersion":3`)}
	for i, l := range []*plan.List{&p.Appointments, &p.Bills} {
		for k := range l.Len() {
			t.lists[i] = append(t.lists[i], row{id: l.ID(k), text: l.Raw(k), listed: true})
		}
	}
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		t.Beside(p)
	}
}
