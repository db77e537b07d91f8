package compare

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"testing"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/diagnose"
	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/rest"
	"github.com/google/go-cmp/cmp"
)

// fakeServer answers by path; what it has no answer for is refused with 404.
type fakeServer struct {
	long   string
	items  map[string]rest.Answer
	broken bool
	asked  []string
}

func (f *fakeServer) Plan(context.Context, int) (rest.Answer, error) {
	f.asked = append(f.asked, "plan")
	if f.broken {
		return rest.Answer{}, errors.New("unreachable")
	}
	return rest.Answer{Status: http.StatusOK, Body: []byte(f.long)}, nil
}

func (f *fakeServer) Do(_ context.Context, _, path string, _ []byte) (rest.Answer, error) {
	f.asked = append(f.asked, path)
	if f.broken {
		return rest.Answer{}, errors.New("unreachable")
	}
	if answer, ok := f.items[path]; ok {
		return answer, nil
	}
	return rest.Answer{Status: http.StatusNotFound, Body: []byte(`{"error":"not found"}`)}, nil
}

func bill(id int64) contract.Item { return contract.Item{Type: contract.TypeBill, ID: id} }

func parse(t *testing.T, text string) *plan.Plan {
	t.Helper()
	p, err := plan.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const shortPlan = `{"recipient":{"id":1},"dateRange":{"start":"2026-11-23T00:00:00.000Z","end":"2026-11-30T00:00:00.000Z"},` +
	`"appointments":[],"bills":[{"id":1,"dueDate":null}],"planVersion":3}`

func ok(body string) rest.Answer { return rest.Answer{Status: http.StatusOK, Body: []byte(body)} }

// That an item is gone is told only by a server that finds another: a proxy may know none of these paths.
func TestAskSingles(t *testing.T) {
	long := `{"appointments":[],"bills":[{"id":1},{"id":2,"x":1}]}`
	for _, c := range []struct {
		name   string
		server *fakeServer
		want   map[contract.Item]diagnose.Single
	}{
		{
			"of the long plan, found, gone", &fakeServer{long: long, items: map[string]rest.Answer{"/api/bills/3": ok(`{"id":3}`)}},
			map[contract.Item]diagnose.Single{bill(2): {Raw: []byte(`{"id":2,"x":1}`)}, bill(3): {Raw: []byte(`{"id":3}`)}, bill(4): {Gone: true}},
		},
		{
			"gone, by another that is found", &fakeServer{long: long, items: map[string]rest.Answer{"/api/bills/1": ok(`{"id":1}`)}},
			map[contract.Item]diagnose.Single{bill(2): {Raw: []byte(`{"id":2,"x":1}`)}, bill(3): {Gone: true}, bill(4): {Gone: true}},
		},
		{"finds nothing at all", &fakeServer{long: shortPlan}, map[contract.Item]diagnose.Single{}},
		{"answers of a cache, and of another item", &fakeServer{long: shortPlan, items: map[string]rest.Answer{
			"/api/bills/2": {Status: http.StatusOK, Body: []byte(`{"id":2}`), Cached: "Age: 42"}, "/api/bills/3": ok(`{"id":1}`),
		}}, map[contract.Item]diagnose.Single{}},
		{"unreachable", &fakeServer{broken: true}, map[contract.Item]diagnose.Single{}},
	} {
		got := AskSingles(t.Context(), c.server, parse(t, shortPlan), []contract.Item{bill(2), bill(3), bill(4)})
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

// However many items are in doubt, a server is asked a bounded number of times.
func TestSinglesAreBounded(t *testing.T) {
	var items []contract.Item
	for id := range int64(100) {
		items = append(items, bill(id+2))
	}
	server := &fakeServer{long: shortPlan}
	AskSingles(t.Context(), server, parse(t, shortPlan), items)
	if plans := len(server.asked) - len(slices.DeleteFunc(slices.Clone(server.asked), func(s string) bool { return s == "plan" })); plans != 1 || len(server.asked) > mostSingles+3 {
		t.Errorf("asked %d times, for %d plans", len(server.asked), plans)
	}
}
