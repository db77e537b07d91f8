package commands

import (
	"fmt"
	"testing"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/session"
)

const filterArgs = `[{"deltas":[` +
	`{"itemType":"bill","entityId":42,"action":"updated","source":"rest","version":7},` +
	`{"itemType":"appointment","entityId":3,"action":"created","source":"google","version":8},` +
	`{"itemType":"plan","entityId":1,"action":"updated","source":"rest","data":{"section":"collaborators"},"version":9007199254740993}]}]`

// filtered compiles a filter and counts the deltas of filterArgs that pass.
func filtered(t *testing.T, f filter) (*matcher, int) {
	t.Helper()
	m, err := f.compile()
	if err != nil {
		t.Fatal(err)
	}
	var message contract.Message
	contract.Decode([]byte(filterArgs), &message)
	return m, m.count(&message)
}

func TestFilterCounts(t *testing.T) {
	for _, c := range []struct {
		name string
		f    filter
		want int
	}{
		{"nothing", filter{}, 3},
		{"a type", filter{types: []string{"bill"}}, 1},
		{"one of two types", filter{types: []string{"bill", "plan"}}, 2},
		{"an action", filter{actions: []string{"created"}}, 1},
		{"a source", filter{sources: []string{"rest"}}, 2},
		{"an item", filter{items: []string{"bill:42"}}, 1},
		{"one of two items", filter{items: []string{"bill:42", "appointment:3"}}, 2},
		{"another item", filter{items: []string{"bill:3"}}, 0},
		{"a section", filter{sections: []string{"collaborators"}}, 1},
		{"all conditions on one delta", filter{types: []string{"bill"}, sources: []string{"rest"}}, 1},
		{"conditions that no delta meets together", filter{types: []string{"bill"}, sources: []string{"google"}}, 0},
	} {
		if _, got := filtered(t, c.f); got != c.want {
			t.Errorf("%s: %d deltas pass, want %d", c.name, got, c.want)
		}
	}
}

func TestFilterRefusesWhatNoDeltaHas(t *testing.T) {
	for _, f := range []filter{
		{types: []string{"bil"}}, {actions: []string{"update"}}, {sources: []string{"mail"}}, {items: []string{"bill42"}}, {jq: ".kind =="},
	} {
		if _, err := f.compile(); explain(err) == nil || explain(err).Code != ExitUsage {
			t.Errorf("%+v: %v, want an error of usage", f, err)
		}
	}
}

func TestJQ(t *testing.T) {
	rec := &session.Record{N: 5, Kind: session.KindEvent, Event: contract.Event, Args: []byte(filterArgs)}
	for _, c := range []struct {
		expression string
		pass       bool
		values     string
	}{
		{"true", true, "[]"},
		{"false", false, "[]"},
		{"null", false, "[]"},
		{"empty", false, "[]"},
		{".", true, "[]"},
		{`select(.kind == "event")`, true, "[]"},
		{`select(.kind == "plan")`, false, "[]"},
		{`.args[0].deltas[].version > 7`, true, "[]"},
		{".n", false, "[5]"},
		{".event", false, "[plan:item-delta]"},
		{"[.args[0].deltas[].version]", false, "[[7,8,9007199254740993]]"},
		{".args[0].deltas[].entityId", false, "[42 3 1]"},
		{".kind, true", true, "[event]"},
	} {
		m, _ := filtered(t, filter{jq: c.expression})
		pass, values, err := m.query(rec)
		if err != nil || pass != c.pass || fmt.Sprintf("%s", values) != c.values {
			t.Errorf("%s: %v, %s, %v; want %v, %s", c.expression, pass, values, err, c.pass, c.values)
		}
	}
}

func TestJQThatFailsLeavesTheRecordOutAndIsCounted(t *testing.T) {
	m, _ := filtered(t, filter{jq: ".args[0].deltas[].version"})
	for n := range int64(2) {
		pass, values, err := m.query(&session.Record{N: n + 1, Kind: session.KindMark, Text: "x"})
		if pass || len(values) > 0 || err != nil {
			t.Errorf("got %v, %s, %v", pass, values, err)
		}
	}
	if n, first := m.failures(); n != 2 || first == "" {
		t.Errorf("%d failures, the first %q; want 2", n, first)
	}
}

func TestFilterIsNamedInTheHeader(t *testing.T) {
	f := filter{types: []string{"bill"}, items: []string{"bill:1", "bill:2"}, jq: ".n"}
	if got, want := f.String(), "type=bill item=bill:1 item=bill:2 jq=.n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := (&filter{}).String(); got != "" {
		t.Errorf("no filter is called %q", got)
	}
}
