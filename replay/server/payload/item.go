package payload

import (
	"bytes"
	"fmt"
	"time"
)

// The fields of the payloads, in the order of a Carebase server.
var (
	AppointmentFields = []string{
		"id", "itemId", "startLocal", "endLocal", "startTimeZone", "endTimeZone", "startOffset", "endOffset", "location",
		"prepNote", "summary", "icsToken", "assignedCollaboratorId", "createdAt", "googleSync",
	}
	BillFields = []string{
		"id", "itemId", "statementDate", "amount", "dueDate", "payUrl", "status", "taskKey", "assignedCollaboratorId",
		"createdAt", "googleSync",
	}
)

// localFields are the times of an appointment that are written in its own zone.
var localFields = []string{"startLocal", "endLocal"}

// idleSync is the googleSync of an item that was never synced, as /api/plan shows it.
const idleSync = `{"calendarId":null,"eventId":null,"etag":null,"lastSyncedAt":null,"lastSyncDirection":null,` +
	`"localHash":null,"remoteUpdatedAt":null,"syncStatus":"idle","lastError":null}`

// unlinked is how a stored payload without a Google state ends.
var unlinked = []byte(`,"googleSync":null}`)

// Shown is a stored payload as /api/plan shows it: an item without a Google state is idle.
func Shown(stored []byte) []byte {
	if head, ok := bytes.CutSuffix(stored, unlinked); ok {
		shown := make([]byte, 0, len(stored)+len(idleSync))
		shown = append(shown, head...)
		shown = append(shown, `,"googleSync":`...)
		shown = append(shown, idleSync...)
		return append(shown, '}')
	}
	o, err := Parse(stored)
	if err != nil {
		return stored
	}
	if IsNull(o.Get("googleSync")) {
		o.Set("googleSync", []byte(idleSync))
	}
	return o.Bytes()
}

// Emitted is a stored payload as a delta carries it: built before the Google state is joined, so
// that is null.
func Emitted(stored []byte) []byte {
	if bytes.HasSuffix(stored, unlinked) {
		return stored
	}
	o, err := Parse(stored)
	if err != nil {
		return stored
	}
	o.Set("googleSync", Null)
	return o.Bytes()
}

// Answered is a stored payload as the answer to a mutation writes it: like Shown, but startLocal
// and endLocal are spelled in UTC with milliseconds and Z.
func Answered(stored []byte) []byte {
	o, err := Parse(Shown(stored))
	if err != nil {
		return stored
	}
	for _, field := range localFields {
		text, _ := AsString(o.Get(field))
		if at, err := ParseTime(text); err == nil {
			o.Set(field, Quote(Instant(at)))
		}
	}
	return o.Bytes()
}

// Complete is given with every field of the list: those that it lacks are base's, who has them all.
// Unknown members of both stay. An object that lacks nothing keeps its order; else the fields come
// in the list's order, the unknown last.
func Complete(fields []string, given, base Object) Object {
	whole := given
	if !hasAll(given, fields) {
		whole = Object{}
		for _, field := range fields {
			value := given.Get(field)
			if value == nil {
				value = base.Get(field)
			}
			whole.Set(field, value)
		}
		whole.Extend(given)
	}
	whole.Extend(base)
	return whole
}

func hasAll(o Object, fields []string) bool {
	for _, field := range fields {
		if !o.Has(field) {
			return false
		}
	}
	return true
}

// Start is when an appointment begins.
func Start(appointment []byte) (time.Time, error) {
	o, err := Parse(appointment)
	if err != nil {
		return time.Time{}, err
	}
	text, ok := AsString(o.Get("startLocal"))
	if !ok {
		return time.Time{}, fmt.Errorf("startLocal is not a string")
	}
	return ParseTime(text)
}

// Due is when a bill is due; the zero time where it has no date.
func Due(bill []byte) (time.Time, error) {
	o, err := Parse(bill)
	if err != nil {
		return time.Time{}, err
	}
	value := o.Get("dueDate")
	if IsNull(value) {
		return time.Time{}, nil
	}
	text, ok := AsString(value)
	if !ok {
		return time.Time{}, fmt.Errorf("dueDate is neither a string nor null")
	}
	return ParseTime(text)
}
