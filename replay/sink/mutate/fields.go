package mutate

import (
	"bytes"
	"net/url"
	"slices"
	"strings"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/rawjson"
	"github.com/carebase/deltatap/replay/sink"
)

const assignedField = "assignedCollaboratorId"

// patchable are the fields that PATCH takes.
var patchable = map[string][]string{
	contract.TypeAppointment: {"summary", "startLocal", "endLocal", "startTimeZone", "endTimeZone", "location", "prepNote", assignedField},
	contract.TypeBill:        {"statementDate", "amount", "dueDate", "payUrl", "status", assignedField},
}

// contributed is the one field of each type that contributors may change.
var contributed = map[string]string{contract.TypeAppointment: "prepNote", contract.TypeBill: "status"}

// derived are the fields that a server makes of others.
var derived = map[string][]string{
	"startOffset": {"startLocal", "startTimeZone"},
	"endOffset":   {"endLocal", "endTimeZone"},
}

// item is what is known of an item of the session.
type item struct {
	id     int64             // the target's; 0: it is not there
	why    string            // it is not there
	fields map[string][]byte // as the target has them, in the session's spelling and ids
}

// field is a field that is to be changed.
type field struct {
	name  string
	value []byte // the session's
	sent  []byte // with the target's ids in it
}

// change is what a payload changes of an item.
type change struct {
	fields []field
	unfit  []sink.Unfit
}

// sameValue says whether two values of a field mean the same: an instant in two spellings does.
func sameValue(a, b []byte) bool {
	if plan.Equal(a, b) {
		return true
	}
	at, ok := rawjson.ReadInstant(a)
	too, both := rawjson.ReadInstant(b)
	return ok && both && at.Equal(too)
}

// changes compares a payload with what is known of its item. Fields that cannot be patched are
// remembered as the session has them, so that each change of them is told once.
func (t *Translator) changes(it *item, d *contract.Delta, role Role, unfit func(field, reason string) sink.Unfit) change {
	var c change
	members := plan.Members(nil, d.Payload())
	changed := map[string]bool{}
	for _, m := range members {
		old := it.fields[string(m.Name)]
		changed[string(m.Name)] = old == nil || !sameValue(old, m.Value)
	}
	known := len(it.fields) > 0
	isChanged := func(name string) bool { return changed[name] }
	for _, m := range members {
		name := string(m.Name)
		if !changed[name] || name == "id" || name == "itemId" {
			continue
		}
		if slices.Contains(patchable[d.ItemType], name) {
			f, reason := t.patch(d.ItemType, name, m.Value, role)
			if reason == "" && it.id != 0 {
				reason = refusal(name, m.Value, role)
			}
			if reason != "" {
				c.unfit = append(c.unfit, unfit(name, reason))
				continue
			}
			c.fields = append(c.fields, f)
			continue
		}
		if name == "googleSync" && plan.KindOf(m.Value) == plan.Null {
			continue // a delta is built before that is joined
		}
		if known && !slices.ContainsFunc(derived[name], isChanged) {
			c.unfit = append(c.unfit, unfit(name, reasonField))
		}
		it.set(name, m.Value)
	}
	return c
}

// patch is a field as PATCH takes it, or why it cannot.
func (t *Translator) patch(itemType, name string, value []byte, role Role) (f field, reason string) {
	f = field{name: name, value: bytes.Clone(value)}
	f.sent = withHour00(name, f.value)
	if role == Contributor && contributed[itemType] != name {
		return f, reasonMayNot
	}
	if name == assignedField && plan.KindOf(value) == plan.Number {
		id, ok := t.people.there(value)
		if !ok {
			return f, reasonAssigned
		}
		f.sent = id
	}
	return f, ""
}

// refusal is why a PATCH cannot give a field of an item that value; "" where it can.
func refusal(name string, value []byte, role Role) string {
	none := plan.KindOf(value) == plan.Null
	switch name {
	case "status":
		if role == Owner && !plan.Equal(value, paidStatus) {
			return reasonStatus
		}
	case "prepNote", "location":
		if none {
			return reasonKeeps
		}
	case "amount":
		if none {
			return reasonZero
		}
		if bytes.HasPrefix(value, []byte("-")) && !plan.Equal(value, []byte("0")) {
			return reasonNegative
		}
	case "dueDate":
		if none {
			return reasonNoDate
		}
	case "payUrl":
		if at, err := url.Parse(unquote(value)); !none && (err != nil || at.Scheme != "https") {
			return reasonPage
		}
	}
	return ""
}

// withHour00 spells the hour of midnight 00: a server writes T24:15 for T00:15, and takes it from
// nobody.
func withHour00(name string, value []byte) []byte {
	if name != "startLocal" && name != "endLocal" {
		return value
	}
	return bytes.Replace(value, []byte("T24:"), []byte("T00:"), 1)
}

// set notes a value; it keeps nothing of it.
func (it *item) set(name string, value []byte) {
	if it.fields == nil {
		it.fields = map[string][]byte{}
	}
	it.fields[name] = bytes.Clone(value)
}

// body is the JSON of a PATCH.
func (c *change) body() []byte {
	var b bytes.Buffer
	for i, f := range c.fields {
		b.WriteString(strings.Repeat(",", min(i, 1)))
		b.WriteString(`"` + f.name + `":`)
		b.Write(f.sent)
	}
	return append(append([]byte{'{'}, b.Bytes()...), '}')
}

// paidStatus is the one status that an owner gives a bill, by mark-paid.
var paidStatus = []byte(`"paid"`)

// takeStatus takes the status out of a change, as a change of its own.
func (c *change) takeStatus() (status change) {
	var rest []field
	for _, f := range c.fields {
		if f.name == "status" {
			status.fields = append(status.fields, f)
		} else {
			rest = append(rest, f)
		}
	}
	c.fields = rest
	return status
}

// taken notes in it what the item in the target's answer says of the fields that were sent. An
// answer that shows none of a field is believed.
func (c *change) taken(it *item, answer map[string][]byte, unfit func(field, reason string) sink.Unfit) (kept []sink.Unfit) {
	for _, f := range c.fields {
		if value := answer[f.name]; value != nil && !sameValue(value, f.sent) {
			kept = append(kept, unfit(f.name, reasonKept))
			continue
		}
		it.set(f.name, f.value)
	}
	return kept
}
