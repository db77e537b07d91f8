package plancache

import (
	"testing"

	"github.com/carebase/deltatap/replay/contract"
)

func TestUnknownMembersAreKept(t *testing.T) {
	text := ` {"new" : [1,  2], "bills" :[ {"id":1 ,"x":1e2} ,{"id":2}],"\u0061ppointments":[],` + "\n" + `"planVersion":7.0,"collaborators":[{"id": 9}], "é":null}` + "\n"
	c := New(Contract)
	load(t, c, []byte(text))
	want := ` {"new" : [1,  2], "bills" :[{"id":1 ,"x":1e2},{"id":2}],"\u0061ppointments":[],` + "\n" + `"planVersion":7.0,"collaborators":[{"id": 9}], "é":null}`
	if got := string(c.AppendJSON(nil)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	c.Apply(message(delta("updated", 2, 8, "paid"), delta("created", 3, 9, "todo"), deletion(1, 10)), nil)
	want = `[x {"new" : [1,  2], "bills" :[` + bare(2, "paid") + `,` + bare(3, "todo") + `],"\u0061ppointments":[],` + "\n" +
		`"planVersion":10,"collaborators":[{"id": 9}], "é":null}`
	if got := string(c.AppendJSON([]byte("[x"))); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestMembersThatAreMissing(t *testing.T) {
	for text, want := range map[string]string{
		"":                                       `{"appointments":[],"bills":[` + bare(1, "x") + `],"planVersion":5}`,
		`{"bills":[]}`:                           `{"bills":[` + bare(1, "x") + `],"appointments":[],"planVersion":5}`,
		`{"appointments":[] , "planVersion":9 }`: `{"appointments":[] , "planVersion":9 ,"bills":[]}`, // version 5 is stale
		`{"bills":[],"planVersion":"x"}`:         `{"bills":[` + bare(1, "x") + `],"planVersion":5,"appointments":[]}`,
	} {
		c := New(Contract)
		if text != "" {
			load(t, c, []byte(text))
		}
		if c.Loaded() != (text != "") {
			t.Errorf("loaded: %v", c.Loaded())
		}
		c.Apply(message(delta("created", 1, 5, "x")), nil)
		if got := string(c.AppendJSON(nil)); got != want {
			t.Errorf("%s: got  %s\nwant %s", text, got, want)
		}
	}
}

func TestOrderOfItems(t *testing.T) {
	c := New(Contract)
	load(t, c, answer(1, bill(3, "a"), bill(1, "a"), bill(2, "a")))
	c.Apply(message(delta("created", 9, 2, "b"), delta("updated", 1, 3, "b"), delta("created", 7, 4, "b"), deletion(3, 5), delta("created", 3, 6, "c")), nil)
	if got, want := state(t, c), "1 b, 2 a, 9 b, 7 b, 3 c"; got != want {
		t.Errorf("order %s, want %s", got, want)
	}
}

func TestCloneSharesNothing(t *testing.T) {
	c := New(Contract)
	load(t, c, answer(1, bill(1, "a"), bill(2, "a")))
	c.Apply(message(delta("created", 3, 2, "b"), planDelta), nil)
	n := c.Clone()
	before := string(n.AppendJSON(nil))
	c.Apply(message(delta("updated", 1, 53, "z"), deletion(2, 54), delta("created", 4, 55, "c")), nil)
	load(t, c, answer(60))
	if got := string(n.AppendJSON(nil)); got != before {
		t.Errorf("the copy changed from %s to %s", before, got)
	}
	if n.Refresh().State != Due || len(n.Refresh().Triggers) != 1 {
		t.Errorf("the copy's refresh is %+v", n.Refresh())
	}
	n.Apply(message(delta("updated", 1, 53, "y")), nil)
	if raw, _ := c.Item(contract.Item{Type: "bill", ID: 1}); raw != nil {
		t.Errorf("the copy changed its original: %s", raw)
	}
}

func TestCloneHasAHistoryOfItsOwn(t *testing.T) {
	c := New(Contract)
	for v := range int64(5) { // there is room for more
		c.Polled(v + 1)
	}
	n := c.Clone()
	c.Polled(60)
	n.Polled(70)
	if got, was := c.history.at(c.now), n.history.at(n.now); got != 60 || was != 70 {
		t.Errorf("the original knows v%d, and the copy v%d; want 60 and 70", got, was)
	}
}
