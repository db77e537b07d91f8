package plan

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/carebase/deltatap/replay/plan/plantest"
)

const small = ` {"recipient":{"id":1},"dateRange":{"start":"2026-11-23T00:00:00.000Z","end":"2026-11-30T00:00:00.000Z"},
 "appointments":[{"id":7,"summary":"a"} , {"itemId":3,"id": 8.0}],"bills":[{"id":"9"},null,{"id":-1,"id":11}],
 "planVersion":42,"newField":[1, 2],"collaborators":[{"\u0069d":5}]}
`

func parse(t *testing.T, text string) *Plan {
	t.Helper()
	p, err := Parse([]byte(text))
	if err != nil {
		t.Fatalf("Parse: %v", err)
	}
	return p
}

func TestParse(t *testing.T) {
	p := parse(t, small)
	type item struct {
		ID    int64
		HasID bool
		Raw   string
	}
	collect := func(l *List) []item {
		var items []item
		for _, it := range l.All() {
			items = append(items, item{it.ID, it.HasID, string(it.Raw)})
		}
		return items
	}
	got := [][]item{collect(&p.Appointments), collect(&p.Bills), collect(&p.Collaborators)}
	want := [][]item{
		{{7, true, `{"id":7,"summary":"a"}`}, {8, true, `{"itemId":3,"id": 8.0}`}},
		{{0, false, `{"id":"9"}`}, {0, false, `null`}, {11, true, `{"id":-1,"id":11}`}},
		{{5, true, `{"\u0069d":5}`}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("items (-want +got):\n%s", d)
	}
	if p.Version != 42 || !p.HasVersion {
		t.Errorf("version = %d, %v, want 42, true", p.Version, p.HasVersion)
	}
	if got := string(p.Member("newField")); got != `[1, 2]` {
		t.Errorf("unknown member = %q, want its bytes", got)
	}
	start, end, ok := p.Range()
	if !ok || end.Sub(start) != 7*24*time.Hour || start.Day() != 23 {
		t.Errorf("range = %v, %v, %v", start, end, ok)
	}
}

func TestParseLastOfAName(t *testing.T) {
	p := parse(t, `{"bills":[{"id":1},{"id":2}],"a":1,"b":2,"bills":[{"id":3}],"a":3,"planVersion":4,"planVersion":"x"}`)
	if p.Bills.Len() != 1 || p.Bills.ID(0) != 3 {
		t.Errorf("bills = %d, want those of the last list", p.Bills.Len())
	}
	if p.HasVersion {
		t.Errorf("a version that is a string was taken")
	}
	var names []string
	for _, m := range p.Members {
		names = append(names, string(m.Name)+"="+string(m.Value))
	}
	want := []string{`bills=[{"id":3}]`, "a=3", "b=2", `planVersion="x"`}
	if d := cmp.Diff(want, names); d != "" {
		t.Errorf("members (-want +got):\n%s", d)
	}
}

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		`{"error":"No recipient found"}`:        "a plan must have appointments or bills at byte 0",
		`[]`:                                    "a plan must be an object at byte 0",
		` null`:                                 "a plan must be an object at byte 1",
		`nul`:                                   "unexpected end of text at byte 3",
		`{"appointments":{}}`:                   "appointments, bills and collaborators must be lists at byte 16",
		`{"bills":[],"collaborators":null}`:     "appointments, bills and collaborators must be lists at byte 28",
		`{"bills":[{"id":1}`:                    "unexpected end of text at byte 18",
		`{"bills":[{"id":1}]} x`:                "something after the end at byte 21",
		`{"bills":[{"id":1,"note":"` + "\x01\"": "bare control character in a string at byte 26",
	} {
		_, err := Parse([]byte(text))
		if err == nil || err.Error() != want {
			t.Errorf("Parse(%q) = %v, want %s", text, err, want)
		}
	}
}

// naive reads a plan with encoding/json.
func naive(text []byte) (lists map[string][]json.RawMessage, ok bool) {
	var top map[string]json.RawMessage
	if json.Unmarshal(text, &top) != nil || top == nil {
		return nil, false
	}
	lists = map[string][]json.RawMessage{}
	for _, name := range []string{nameAppointments, nameBills, nameCollaborators} {
		raw, there := top[name]
		if !there {
			continue
		}
		var list []json.RawMessage
		if json.Unmarshal(raw, &list) != nil || list == nil {
			return nil, false
		}
		lists[name] = list
	}
	return lists, lists[nameAppointments] != nil || lists[nameBills] != nil
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(small))
	f.Add(plantest.Plan(3, 9, func(int64) uint64 { return 1 }))
	f.Add([]byte(`{"bills":[{"\u0069\u0064":1e2}],"bills":[]}`))
	// items that are alike, and not quite
	f.Add([]byte(`{"bills":[{"a": 1,"id":1},{"a": 2,"id":2},{"a":  3,"id" :3},{"id":4,"a":4},{"a": 5,"i":5},{"a": ,"id":6}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := Parse(text)
		if valid, depth := oracle(text); !valid || depth > MaxDepth {
			if err == nil {
				t.Fatalf("took what is no JSON: %q", text)
			}
			return
		}
		lists, ok := naive(text)
		if ok != (err == nil) {
			t.Fatalf("Parse(%q) = %v, encoding/json says %v", text, err, ok)
		}
		if !ok {
			return
		}
		compareList(t, lists[nameAppointments], &p.Appointments)
		compareList(t, lists[nameBills], &p.Bills)
		compareList(t, lists[nameCollaborators], &p.Collaborators)
	})
}

func compareList(t *testing.T, want []json.RawMessage, got *List) {
	if len(want) != got.Len() {
		t.Fatalf("%d items, want %d", got.Len(), len(want))
	}
	for i, it := range got.All() {
		if !bytes.Equal(want[i], it.Raw) {
			t.Fatalf("item %d = %q, want %q", i, it.Raw, want[i])
		}
		var object map[string]json.RawMessage
		if json.Unmarshal(want[i], &object) != nil {
			continue
		}
		id, hasID := Int64(object["id"])
		if it.ID != id || it.HasID != hasID {
			t.Fatalf("item %q has id %d, %v, want %d, %v", it.Raw, it.ID, it.HasID, id, hasID)
		}
	}
}
