package contract

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// writer writes JSON with random white space and random order of members.
type writer struct {
	t *rapid.T
	b strings.Builder
}

func (w *writer) space() {
	w.b.WriteString(rapid.SampledFrom([]string{"", "", "", " ", "\n\t", "\r"}).Draw(w.t, "space"))
}

// object writes an object, and returns its text. The members' values are written
// by functions that return their text.
func (w *writer) object(members map[string]func() string) string {
	start := w.b.Len()
	// A map's own order is random too, but nothing that rapid could repeat.
	names := rapid.Permutation(slices.Sorted(maps.Keys(members))).Draw(w.t, "order")
	w.b.WriteByte('{')
	for i, name := range names {
		if i > 0 {
			w.b.WriteByte(',')
		}
		w.space()
		w.raw(name)
		w.space()
		w.b.WriteByte(':')
		w.space()
		members[name]()
		w.space()
	}
	w.b.WriteByte('}')
	return w.b.String()[start:]
}

// raw writes a value as encoding/json spells it, and returns its text.
func (w *writer) raw(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		w.t.Fatal(err)
	}
	w.b.Write(text)
	return string(text)
}

// value writes any JSON value.
func (w *writer) value(depth int) string {
	start := w.b.Len()
	kinds := 6
	if depth > 3 {
		kinds = 4
	}
	switch rapid.IntRange(0, kinds-1).Draw(w.t, "kind") {
	case 0:
		w.raw(rapid.String().Draw(w.t, "string"))
	case 1:
		w.raw(rapid.Float64Range(-1e30, 1e30).Draw(w.t, "number"))
	case 2:
		w.raw(rapid.Int64().Draw(w.t, "integer"))
	case 3:
		w.b.WriteString(rapid.SampledFrom([]string{"null", "true", "false"}).Draw(w.t, "literal"))
	case 4:
		w.b.WriteByte('[')
		for i := range rapid.IntRange(0, 3).Draw(w.t, "length") {
			if i > 0 {
				w.b.WriteByte(',')
			}
			w.space()
			w.value(depth + 1)
			w.space()
		}
		w.b.WriteByte(']')
	default:
		w.object(w.unknown(depth))
	}
	return w.b.String()[start:]
}

// unknown makes members that the contract does not know.
func (w *writer) unknown(depth int) map[string]func() string {
	members := map[string]func() string{}
	for range rapid.IntRange(0, 3).Draw(w.t, "unknown") {
		members["x"+rapid.StringMatching(`[a-zA-Z_]{0,12}`).Draw(w.t, "name")] = func() string { return w.value(depth + 1) }
	}
	return members
}

// delta writes a delta and says how it must be read.
func (w *writer) delta() Delta {
	var d Delta
	members := w.unknown(0)
	text := func(name string, bit Field, into *string, values ...string) {
		if rapid.Bool().Draw(w.t, "has "+name) {
			*into = rapid.SampledFrom(values).Draw(w.t, name)
			d.Has |= bit
			members[name] = func() string { return w.raw(*into) }
		}
	}
	number := func(name string, bit Field, into *int64) {
		if rapid.Bool().Draw(w.t, "has "+name) {
			*into = rapid.Int64Range(0, 999_999_999_999_999).Draw(w.t, name)
			d.Has |= bit
			members[name] = func() string { return w.raw(*into) }
		}
	}
	text("itemType", FieldItemType, &d.ItemType, "appointment", "bill", "plan", "visit", "")
	number("entityId", FieldEntityID, &d.EntityID)
	number("planItemId", FieldPlanItemID, &d.PlanItemID)
	text("action", FieldAction, &d.Action, "created", "updated", "deleted", "moved")
	number("version", FieldVersion, &d.Version)
	text("source", FieldSource, &d.Source, "rest", "collaborator", "google", "inbound", "x")
	if rapid.Bool().Draw(w.t, "has data") {
		d.Has |= FieldData
		members["data"] = func() string {
			data := w.data(&d)
			d.Data = []byte(data)
			return data
		}
	}
	d.Raw = []byte(w.object(members))
	return d
}

// data writes a delta's data.
func (w *writer) data(d *Delta) string {
	members := w.unknown(1)
	payload := func(name string, bit Field, into *[]byte) {
		if rapid.Bool().Draw(w.t, "has "+name) {
			d.Has |= bit
			members[name] = func() string {
				text := w.object(w.unknown(2))
				*into = []byte(text)
				return text
			}
		}
	}
	payload("appointment", FieldAppointment, &d.Appointment)
	payload("bill", FieldBill, &d.Bill)
	if rapid.Bool().Draw(w.t, "has section") {
		d.Section = rapid.SampledFrom([]string{"collaborators", "pending-reviews", "other"}).Draw(w.t, "section")
		d.Has |= FieldSection
		members["section"] = func() string { return w.raw(d.Section) }
	}
	return w.object(members)
}

// TestDecodeReadsWhatWasWritten: whatever the order of members, the white space and
// the unknown members, fields and raw spans come out as they went in, on the fast
// path as on the strict one.
func TestDecodeReadsWhatWasWritten(t *testing.T) {
	var m Message
	rapid.Check(t, func(t *rapid.T) {
		w := &writer{t: t}
		w.space()
		w.b.WriteByte('[')
		w.space()
		var want []Delta
		members := w.unknown(0)
		members["deltas"] = func() string {
			w.b.WriteByte('[')
			for i := range rapid.IntRange(1, 4).Draw(t, "deltas") {
				if i > 0 {
					w.b.WriteByte(',')
				}
				w.space()
				want = append(want, w.delta())
				w.space()
			}
			w.b.WriteByte(']')
			return ""
		}
		w.object(members)
		w.b.WriteByte(']')
		w.space()
		text := []byte(w.b.String())
		Decode(text, &m)
		if diff := cmp.Diff(want, m.Deltas); diff != "" {
			t.Fatalf("deltas of %s (-want +got):\n%s", text, diff)
		}
		if len(m.Findings) != 0 || !m.List {
			t.Fatalf("list %v, findings %v on %s", m.List, m.Findings, text)
		}
		agree(t, text)
	})
}

// TestPathsAgreeOnOddMessages: whatever is in the place of members and around them.
func TestPathsAgreeOnOddMessages(t *testing.T) {
	names := []string{
		"itemType", "entityId", "planItemId", "action", "version", "source", "data", "deltas",
		"appointment", "bill", "section", "x", "\\u0078", "ite\\u006dType", "é",
	}
	values := []string{
		"null", "true", "0", "1", "-1", "-0", "1.0", "1e2", "01", "1e400", "9007199254740992", "99999999999999999999",
		`""`, `"bill"`, `"b\u0069ll"`, `"\ud800"`, "\"\xff\"", `"\ud83d\ude00"`, "{}", "[]", "", "[1,]", `{"a":1,"a":2}`,
	}
	var value func(t *rapid.T, depth int) string
	value = func(t *rapid.T, depth int) string {
		n := rapid.IntRange(0, 3).Draw(t, "n")
		if depth == 0 || n == 0 {
			return rapid.SampledFrom(values).Draw(t, "value")
		}
		var parts []string
		list := rapid.Bool().Draw(t, "list")
		for range n {
			part := value(t, depth-1)
			if !list {
				part = `"` + rapid.SampledFrom(names).Draw(t, "name") + `":` + part
			}
			parts = append(parts, part)
		}
		if list {
			return "[" + strings.Join(parts, ",") + "]"
		}
		return "{" + strings.Join(parts, ",") + "}"
	}
	rapid.Check(t, func(t *rapid.T) {
		agree(t, []byte(`[{"deltas":[`+value(t, 4)+`,`+value(t, 3)+`]}]`))
		agree(t, []byte(`[{"deltas":`+value(t, 4)+`}]`))
		agree(t, []byte(value(t, 5)))
	})
}
