package contract

import (
	"fmt"
	"strconv"
	"unicode/utf8"
)

// Checker judges messages by the contract's rules. It remembers what must be known
// of earlier messages, in bounded memory. The zero value is ready; a Checker is
// for one user's stream, in order, and not for use by several goroutines at once.
type Checker struct {
	// Shallow leaves out the rules on the fields inside of payloads, which take
	// most of the time.
	Shallow bool

	versions versions // of earlier messages
}

// Check reports every finding on m, those of its decoding included, in the order
// of its deltas, those on the message first. It allocates for findings only.
func (c *Checker) Check(m *Message, report func(Finding)) {
	decoding := m.Findings
	for i := range m.Deltas {
		for len(decoding) > 0 && decoding[0].Delta <= i {
			report(decoding[0])
			decoding = decoding[1:]
		}
		d := &m.Deltas[i]
		if len(d.Raw) > 0 && d.Raw[0] != '{' {
			continue // no delta at all, which decoding has said
		}
		j := judge{c: c, d: d, i: i, report: report}
		j.delta()
	}
	for _, f := range decoding {
		report(f)
	}
	for i := range m.Deltas {
		if d := &m.Deltas[i]; d.Version > 0 {
			c.versions.add(d.Version)
		}
	}
}

// judge holds one delta against the rules.
type judge struct {
	c      *Checker
	d      *Delta
	i      int // index of d in its message
	report func(Finding)
}

// delta judges all of the delta.
func (j judge) delta() {
	j.itemType()
	j.ids()
	j.action()
	j.version()
	j.source()
	j.data()
}

// find reports a finding.
func (j judge) find(id ruleID, message string) {
	j.report(finding(id, j.i, message))
}

// absent reports whether a member was not there at all. One of a wrong type has
// its finding from decoding.
func (j judge) absent(f Field) bool {
	return (j.d.Has|j.d.Odd)&f == 0
}

// has reports whether a member was there and of the right type.
func (j judge) has(f Field) bool {
	return j.d.Has&f != 0
}

func (j judge) itemType() {
	switch {
	case j.absent(FieldItemType):
		j.find(itemTypeMissing, "delta has no itemType")
	case j.has(FieldItemType) && j.d.ItemType != TypePlan && !j.granular():
		j.find(itemTypeUnknown, "itemType is "+quote(j.d.ItemType))
	}
}

// granular reports whether the delta is about an appointment or a bill.
func (j judge) granular() bool {
	return j.d.ItemType == TypeAppointment || j.d.ItemType == TypeBill
}

// bulk reports whether the delta is the fallback of a bulk job, which has none of the sources that
// there are.
func (j judge) bulk() bool {
	return j.d.ItemType == TypePlan && j.absent(FieldData)
}

func (j judge) ids() {
	d := j.d
	switch {
	case j.absent(FieldEntityID):
		j.find(entityIDMissing, "delta has no entityId")
	case !j.has(FieldEntityID):
	case d.ItemType == TypePlan && d.EntityID != 0:
		j.find(planEntityNonzero, fmt.Sprintf("plan delta has entityId %d, not 0", d.EntityID))
	case j.granular() && d.EntityID < 1:
		j.find(entityIDBelowOne, fmt.Sprintf("%s delta has entityId %d", d.ItemType, d.EntityID))
	}
	if j.has(FieldPlanItemID) && d.PlanItemID < 1 {
		j.find(planItemIDBelowOne, fmt.Sprintf("planItemId is %d", d.PlanItemID))
	}
}

func (j judge) action() {
	if j.absent(FieldAction) {
		j.find(actionMissing, "delta has no action")
		return
	}
	switch j.d.Action {
	case ActionUpdated:
	case ActionCreated, ActionDeleted:
		if j.d.ItemType == TypePlan {
			j.find(planAction, "plan delta has action "+j.d.Action+", not updated")
		}
	default:
		if j.has(FieldAction) {
			j.find(actionUnknown, "action is "+quote(j.d.Action))
		}
	}
}

func (j judge) version() {
	v, seen := j.d.Version, &j.c.versions
	switch {
	case j.absent(FieldVersion):
		j.find(versionMissing, "delta has no version")
	case !j.has(FieldVersion):
	case v < 1:
		j.find(versionBelowOne, fmt.Sprintf("version is %d", v))
	case v <= seen.high:
		if v < seen.high {
			j.find(versionRegressed, fmt.Sprintf("version %d is below %d, which came in an earlier message", v, seen.high))
		}
		if seen.has(v) {
			j.find(versionDuplicate, fmt.Sprintf("version %d came in an earlier message too", v))
		}
	}
}

func (j judge) source() {
	if j.absent(FieldSource) {
		if !j.bulk() {
			j.find(sourceMissing, "delta has no source")
		}
		return
	}
	switch j.d.Source {
	case SourceREST, SourceCollaborator, SourceGoogle, SourceInbound:
	default:
		if j.has(FieldSource) {
			j.find(sourceUnknown, "source is "+quote(j.d.Source))
		}
	}
}

// quote quotes text from the wire for a finding, cut to a readable length.
func quote(s string) string {
	most := 40
	if len(s) <= most {
		return strconv.Quote(s)
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return strconv.Quote(s[:most]) + "…"
}
