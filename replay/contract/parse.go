package contract

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/carebase/deltatap/replay/rawjson"
)

// FieldsError says which fields of a payload were of a wrong type. The rest of the
// payload was read.
type FieldsError struct {
	Payload string   // "appointment" or "bill"
	Fields  []string // their names; those of googleSync as "googleSync.etag"
}

// Error names the fields, and nothing of what was in them.
func (e *FieldsError) Error() string {
	return e.Payload + " payload: wrong type of " + strings.Join(e.Fields, ", ")
}

// errNotObject is why a payload cannot be read at all.
var errNotObject = errors.New("not a JSON object")

// ParseAppointment reads an AppointmentPayload. A field of a wrong type is left
// empty and named in the error, a *FieldsError; absent and unknown fields are no
// error. Any other error means that raw is no JSON object.
func ParseAppointment(raw []byte) (Appointment, error) {
	var a Appointment
	r, err := readFields(raw, appointmentFields)
	if err != nil {
		return a, fmt.Errorf("appointment payload: %w", err)
	}
	a.ID = r.integer("id")
	a.ItemID = r.integer("itemId")
	a.StartLocal = r.instant("startLocal")
	a.EndLocal = r.instant("endLocal")
	a.StartTimeZone = r.optionalText("startTimeZone")
	a.EndTimeZone = r.optionalText("endTimeZone")
	a.StartOffset = r.optionalText("startOffset")
	a.EndOffset = r.optionalText("endOffset")
	a.Location = r.optionalText("location")
	a.PrepNote = r.optionalText("prepNote")
	a.Summary = r.text("summary")
	a.ICSToken = r.text("icsToken")
	a.AssignedCollaboratorID = r.optionalInteger("assignedCollaboratorId")
	a.CreatedAt = r.instant("createdAt")
	a.GoogleSync = r.sync("googleSync")
	return a, r.err(TypeAppointment)
}

// ParseBill reads a BillPayload, as ParseAppointment does an AppointmentPayload.
func ParseBill(raw []byte) (Bill, error) {
	var b Bill
	r, err := readFields(raw, billFields)
	if err != nil {
		return b, fmt.Errorf("bill payload: %w", err)
	}
	b.ID = r.integer("id")
	b.ItemID = r.integer("itemId")
	b.StatementDate = r.instant("statementDate")
	b.Amount = r.amount("amount")
	b.DueDate = r.instant("dueDate")
	b.PayURL = r.optionalText("payUrl")
	b.Status = r.text("status")
	b.TaskKey = r.optionalText("taskKey")
	b.AssignedCollaboratorID = r.optionalInteger("assignedCollaboratorId")
	b.CreatedAt = r.instant("createdAt")
	b.GoogleSync = r.sync("googleSync")
	return b, r.err(TypeBill)
}

// fieldReader reads the fields of one object, and remembers which were wrong.
type fieldReader struct {
	fields []payloadField
	vals   [][]byte
	wrong  []string
}

// readFields takes an object apart.
func readFields(raw []byte, fields []payloadField) (*fieldReader, error) {
	if i := rawjson.SkipSpace(raw, 0); i == len(raw) || raw[i] != '{' {
		return nil, errNotObject
	}
	if err := syntax(raw); err != nil {
		return nil, err
	}
	r := &fieldReader{fields: fields, vals: make([][]byte, len(fields))}
	return r, members(raw, fields, r.vals)
}

// value returns the raw value of a field, nil when it is absent, null or of a wrong type.
func (r *fieldReader) value(name string) []byte {
	at := fieldNamed(r.fields, []byte(name), 0)
	raw := r.vals[at]
	if raw == nil || raw[0] == 'n' {
		return nil
	}
	if !r.fields[at].kind.accepts(raw) {
		r.wrong = append(r.wrong, name)
		return nil
	}
	return raw
}

func (r *fieldReader) optionalInteger(name string) *int64 {
	raw := r.value(name)
	if raw == nil {
		return nil
	}
	n, _, err := integer(raw)
	if err != nil {
		r.wrong = append(r.wrong, name)
		return nil
	}
	return &n
}

func (r *fieldReader) integer(name string) int64 {
	if n := r.optionalInteger(name); n != nil {
		return *n
	}
	return 0
}

func (r *fieldReader) optionalText(name string) *string {
	raw := r.value(name)
	if raw == nil {
		return nil
	}
	s := unquote(raw)
	return &s
}

func (r *fieldReader) text(name string) string {
	if s := r.optionalText(name); s != nil {
		return *s
	}
	return ""
}

func (r *fieldReader) instant(name string) Instant {
	raw := r.value(name)
	if raw == nil {
		return Instant{}
	}
	in := Instant{Text: unquote(raw)}
	in.Time, _ = rawjson.ReadInstant(raw)
	return in
}

func (r *fieldReader) amount(name string) Amount {
	raw := r.value(name)
	if raw == nil {
		return Amount{}
	}
	text := string(raw)
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		r.wrong = append(r.wrong, name)
		return Amount{}
	}
	return Amount{Text: text, Value: value}
}

func (r *fieldReader) sync(name string) *GoogleSync {
	raw := r.value(name)
	if raw == nil {
		return nil
	}
	s, err := readFields(raw, syncFields)
	if err != nil {
		return nil // not to be had: raw is an object that was read before
	}
	g := &GoogleSync{
		CalendarID:        s.optionalText("calendarId"),
		EventID:           s.optionalText("eventId"),
		ETag:              s.optionalText("etag"),
		LastSyncedAt:      s.instant("lastSyncedAt"),
		LastSyncDirection: s.optionalText("lastSyncDirection"),
		LocalHash:         s.optionalText("localHash"),
		RemoteUpdatedAt:   s.instant("remoteUpdatedAt"),
		SyncStatus:        s.optionalText("syncStatus"),
		LastError:         s.optionalText("lastError"),
	}
	for _, w := range s.wrong {
		r.wrong = append(r.wrong, name+"."+w)
	}
	return g
}

// err returns the error for the fields that were wrong, nil for none.
func (r *fieldReader) err(payload string) error {
	if len(r.wrong) == 0 {
		return nil
	}
	return &FieldsError{Payload: payload, Fields: r.wrong}
}
