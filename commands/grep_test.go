package commands

import (
	"testing"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/session"
)

// A text is found in the JSON as it came, without its spaces and escapes, and in the line that is
// printed.
func TestGrepFindsWhatAUserHasSeen(t *testing.T) {
	const args = `[{"deltas":[{"itemType":"bill", "entityId":42,"action":"updated","version":7,"source":"rest",` +
		`"data":{"bill":{"id":42,"status":"paid","amount":86.4,"taskKey":"Caf\u00e9 \/ no. 5"}}}]}]`
	message := &contract.Message{}
	contract.Decode([]byte(args), message)
	event := &session.Record{N: 3, Kind: session.KindEvent, Event: contract.Event, Args: []byte(args)}
	plan := &session.Record{N: 4, Kind: session.KindPlan, Status: 200, Body: []byte(`{"summary":"Dentist"}`)}
	for _, test := range []struct {
		text        string
		event, plan bool
	}{
		{"paid", true, false},
		{"PAID", false, false},
		{"dentist", false, true},
		{"Dentist", false, true},
		{`"itemType":"bill","entityId":42`, true, false},
		{`"itemType":"bill", "entityId"`, true, false},
		{"café / no. 5", true, false},
		{"$86.40", true, false},
		{"bill:42", true, false},
		{`"n":4`, false, true},
		{"nobody", false, false},
	} {
		m, err := (&filter{grep: []string{test.text}}).compile()
		if err != nil {
			t.Fatal(err)
		}
		if got := m.holds(event, message); got != test.event {
			t.Errorf("%q in the event: %v", test.text, got)
		}
		if got := m.holds(plan, nil); got != test.plan {
			t.Errorf("%q in the plan: %v", test.text, got)
		}
		if m.all() {
			t.Errorf("%q lets everything pass", test.text)
		}
	}
	any, _ := (&filter{grep: []string{"nobody", "paid"}}).compile()
	if !any.holds(event, message) || any.String() != "grep=nobody grep=paid" {
		t.Errorf("%s: one of two texts is not enough", any)
	}
	if none, _ := (&filter{}).compile(); !none.holds(plan, nil) || !none.all() {
		t.Error("no text keeps something back")
	}
}
