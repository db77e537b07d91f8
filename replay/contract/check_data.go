package contract

import (
	"fmt"

	"github.com/carebase/deltatap/replay/rawjson"
)

// data judges the delta's data as far as the delta itself tells: which payload is
// there, and whether one must be.
func (j judge) data() {
	switch {
	case j.d.ItemType == TypePlan:
		if j.has(FieldAppointment | FieldBill) {
			j.find(payloadExtra, "plan delta carries an entity's payload")
		}
	case !j.granular():
	case j.d.Action == ActionDeleted:
		if j.has(FieldData) {
			j.find(dataOnDeleted, "deleted delta carries data")
		}
	default:
		j.granularData()
	}
}

// granularData judges the data of a created or updated appointment or bill.
func (j judge) granularData() {
	own, other := FieldAppointment, FieldBill
	if j.d.ItemType == TypeBill {
		own, other = other, own
	}
	switch {
	case j.has(own) && j.has(other):
		j.find(payloadExtra, j.d.ItemType+" delta carries the other type's payload too")
	case j.has(own):
	case j.has(other):
		j.find(payloadTypeMismatch, j.d.ItemType+" delta carries only the other type's payload")
	case j.lacksPayload(own):
		j.find(dataMissing, fmt.Sprintf("%s delta of %s carries no data.%[2]s", j.d.Action, j.d.ItemType))
	}
	if j.has(FieldSection) {
		j.find(sectionMisplaced, j.d.ItemType+" delta carries section "+quote(j.d.Section))
	}
	if j.has(own) && !j.c.Shallow {
		j.payload()
	}
}

// lacksPayload reports whether a payload that must be there is not: absent or null.
// One of a wrong type has its finding from decoding.
func (j judge) lacksPayload(own Field) bool {
	if j.d.Action != ActionCreated && j.d.Action != ActionUpdated {
		return false
	}
	raw := j.d.Data
	if j.has(FieldData) {
		raw = j.d.Appointment
		if own == FieldBill {
			raw = j.d.Bill
		}
	}
	return len(raw) == 0 || raw[0] == 'n'
}

// payload judges the fields of the payload that a client would store.
func (j judge) payload() {
	fields := appointmentFields
	if j.d.ItemType == TypeBill {
		fields = billFields
	}
	var room [maxFields][]byte
	vals := room[:len(fields)]
	if err := members(j.d.Payload(), fields, vals); err != nil {
		return // a payload that Decode did not read
	}
	missing := 0
	for k := range fields {
		switch raw := vals[k]; {
		case raw == nil:
			missing++
		case raw[0] == 'n':
			if !fields[k].null {
				j.find(payloadFieldNull, j.field(fields[k].name)+" is null")
			}
		default:
			j.payloadField(&fields[k], raw)
		}
	}
	if missing > 0 {
		j.find(payloadFieldMissing, j.d.ItemType+" payload lacks "+missingNames(fields, vals, missing))
	}
}

// field names a payload field for a finding.
func (j judge) field(name string) string {
	return "data." + j.d.ItemType + "." + name
}

// payloadField judges a field that is there and not null.
func (j judge) payloadField(f *payloadField, raw []byte) {
	if !f.kind.accepts(raw) {
		j.find(payloadFieldType, j.field(f.name)+" is "+kindOf(raw)+", not "+f.kind.String())
		return
	}
	switch f.kind {
	case kindInteger:
		j.payloadInteger(f, raw)
	case kindTime, kindDate:
		valid, midnight := rawjson.CheckInstant(raw)
		switch {
		case !valid:
			j.find(payloadTimeInvalid, j.field(f.name)+" is "+quote(unquote(raw)))
		case f.kind == kindDate && !midnight:
			j.find(payloadDateNotMidnight, j.field(f.name)+" is "+quote(unquote(raw)))
		}
	case kindStatus:
		if s := string(raw); s != `"todo"` && s != `"overdue"` && s != `"paid"` {
			j.status(raw)
		}
	}
}

// payloadInteger judges an integer, and the two that must agree with the delta.
func (j judge) payloadInteger(f *payloadField, raw []byte) {
	n, _, err := integer(raw)
	switch {
	case err != nil:
		j.find(payloadFieldType, j.field(f.name)+" is a number that is no 64-bit integer")
	case f.name == "id" && j.has(FieldEntityID) && n != j.d.EntityID:
		j.find(payloadIDMismatch, fmt.Sprintf("%s is %d, entityId is %d", j.field(f.name), n, j.d.EntityID))
	case f.name == "itemId" && j.has(FieldPlanItemID) && n != j.d.PlanItemID:
		j.find(payloadItemIDMismatch, fmt.Sprintf("%s is %d, planItemId is %d", j.field(f.name), n, j.d.PlanItemID))
	}
}

// status judges a bill's status that is not plainly one of the three.
func (j judge) status(raw []byte) {
	switch s := unquote(raw); s {
	case "todo", "overdue", "paid":
	default:
		j.find(payloadStatusUnknown, j.field("status")+" is "+quote(s))
	}
}

// missingNames lists the first few of the n fields that have no value.
func missingNames(fields []payloadField, vals [][]byte, n int) string {
	const most = 4
	list, listed := "", 0
	for k := range fields {
		if vals[k] != nil {
			continue
		}
		if listed == most {
			return fmt.Sprintf("%s and %d more", list, n-most)
		}
		if listed > 0 {
			list += ", "
		}
		list += fields[k].name
		listed++
	}
	return list
}
