package server

import (
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/carebase/deltatap/replay/server/payload"
	"github.com/carebase/deltatap/replay/server/store"
)

// field is one field that a request may set: its name in the payload, and how its value is read.
// read returns the raw value to store (nil: what is stored stays), or false where the value is none
// that the field may have.
type field struct {
	name string
	read func(value []byte) ([]byte, bool)
}

// The widths of the text columns, in characters.
const (
	widthText = 500
	widthZone = 100
	unlimited = math.MaxInt
)

// patchable are the fields that a PATCH of an item takes.
var patchable = map[store.Kind][]field{
	store.Appointment: {
		{"summary", text(widthText)},
		{"startLocal", local},
		{"endLocal", local},
		{"startTimeZone", zone},
		{"endTimeZone", zone},
		{"location", keptBy("null", orNull(text(widthText)))},
		{"prepNote", keptBy("null", orNull(text(unlimited)))},
	},
	store.Bill: {
		{"statementDate", orNull(day)},
		{"amount", orZero(amount)},
		{"dueDate", keptBy(`""`, day)},
		{"payUrl", secureURL},
		{"status", status},
	},
}

// reviewable are the fields of a bill that a reviewer may state. Those that are not known yet are
// null.
var reviewable = []field{
	{"statementDate", orNull(day)},
	{"amount", orNull(amount)},
	{"dueDate", orNull(day)},
	{"payUrl", secureURL},
	{"status", status},
}

// readFields reads some fields of a request's body, in the spelling of the payload.
func readFields(fields []field, body payload.Object) (payload.Object, error) {
	var given payload.Object
	for _, f := range fields {
		if !body.Has(f.name) {
			continue
		}
		value, ok := f.read(body.Get(f.name))
		if !ok {
			return given, refuse(http.StatusBadRequest, "Invalid %s", f.name)
		}
		if value != nil {
			given.Set(f.name, value)
		}
	}
	return given, nil
}

// patchOf reads the fields of a request's body that a PATCH may set on an item of a kind.
func patchOf(kind store.Kind, body payload.Object, tx store.Tx) (payload.Object, error) {
	given, err := readFields(patchable[kind], body)
	if err != nil {
		return given, err
	}
	return given, assign(&given, body, tx)
}

// assign reads assignedCollaboratorId: null, or a collaborator of this plan.
func assign(given *payload.Object, body payload.Object, tx store.Tx) error {
	const name = "assignedCollaboratorId"
	if !body.Has(name) {
		return nil
	}
	value := body.Get(name)
	if payload.IsNull(value) {
		given.Set(name, payload.Null)
		return nil
	}
	id, ok := payload.AsInt(value)
	if !ok {
		return refuse(http.StatusBadRequest, "Invalid collaborator id")
	}
	all, err := tx.Collaborators()
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(all, func(c store.Collaborator) bool { return c.ID == id }) {
		return refuse(http.StatusNotFound, "Collaborator not found")
	}
	given.Set(name, value)
	return nil
}

// patched is a stored payload with some fields set. The others keep their bytes and their order.
func patched(kind store.Kind, stored []byte, given payload.Object) ([]byte, error) {
	o, err := payload.Parse(stored)
	if err != nil {
		return nil, err
	}
	for _, name := range given.Names() {
		o.Set(name, given.Get(name))
	}
	if kind == store.Appointment {
		setZone(&o, given, "start", "startTimeZone")
		setZone(&o, given, "end", "endTimeZone", "startTimeZone")
	}
	return o.Bytes(), nil
}

// setZone spells one side of an appointment in its own zone, and makes the offset agree, where
// given changes its time or its zone. An appointment that names no zone is spelled in the server's,
// and keeps its offset.
func setZone(o *payload.Object, given payload.Object, side string, zones ...string) {
	if !slices.ContainsFunc(append(zones, side+"Local"), given.Has) {
		return
	}
	text, _ := payload.AsString(o.Get(side + "Local"))
	at, err := payload.ParseTime(text)
	if err != nil {
		return
	}
	var names []string
	for _, zone := range zones {
		name, _ := payload.AsString(o.Get(zone))
		names = append(names, name)
	}
	zone := payload.ZoneOf(names...)
	o.Set(side+"Local", payload.Quote(payload.Local(at, zone)))
	if names[0] != "" {
		o.Set(side+"Offset", payload.Quote(at.In(zone).Format("-07:00")))
	}
}

// orNull lets a field be empty: by null, or by the empty text.
func orNull(read func([]byte) ([]byte, bool)) func([]byte) ([]byte, bool) {
	return func(value []byte) ([]byte, bool) {
		if payload.IsNull(value) || string(value) == `""` {
			return payload.Null, true
		}
		return read(value)
	}
}

// keptBy lets a value leave a field as it is.
func keptBy(kept string, read func([]byte) ([]byte, bool)) func([]byte) ([]byte, bool) {
	return func(value []byte) ([]byte, bool) {
		if string(value) == kept {
			return nil, true
		}
		return read(value)
	}
}

// orZero makes null, and the empty text, a zero.
func orZero(read func([]byte) ([]byte, bool)) func([]byte) ([]byte, bool) {
	return func(value []byte) ([]byte, bool) {
		if payload.IsNull(value) || string(value) == `""` {
			return []byte("0"), true
		}
		return read(value)
	}
}

// secureURL reads the address of a page behind https, and makes null of any other.
func secureURL(value []byte) ([]byte, bool) {
	s, ok := payload.AsString(value)
	if at, err := url.Parse(s); err != nil || at.Scheme != "https" || at.Host == "" {
		return payload.Null, ok || payload.IsNull(value)
	}
	return value, true
}

// text reads a string of at most width characters.
func text(width int) func([]byte) ([]byte, bool) {
	return func(value []byte) ([]byte, bool) {
		s, ok := payload.AsString(value)
		return value, ok && s != "" && utf8.RuneCountInString(s) <= width
	}
}

// local reads an instant. It is spelled in the appointment's zone once that is known.
func local(value []byte) ([]byte, bool) {
	s, _ := payload.AsString(value)
	at, err := payload.ParseTime(s)
	return payload.Quote(payload.Instant(at)), err == nil
}

// day reads a date, or the date of an instant, and spells it as the midnight that it begins with.
func day(value []byte) ([]byte, bool) {
	s, _ := payload.AsString(value)
	at, err := payload.ParseTime(s)
	return payload.Quote(payload.Instant(payload.Midnight(at))), err == nil
}

// zone reads the name of a time zone.
func zone(value []byte) ([]byte, bool) {
	s, ok := payload.AsString(value)
	if !ok || s == "" || s == "Local" || len(s) > widthZone { // "Local" is Go's name for this machine's zone
		return nil, false
	}
	_, err := time.LoadLocation(s)
	return value, err == nil
}

// amount reads a number of dollars, also as a string, to the cent, that is not negative; the column
// holds eight digits before the point.
func amount(value []byte) ([]byte, bool) {
	digits := string(value)
	if s, ok := payload.AsString(value); ok {
		digits = strings.TrimSpace(s)
	}
	dollars, ok := payload.AsNumber([]byte(digits))
	if !ok || dollars < 0 || dollars >= 1e8 {
		return nil, false
	}
	return strconv.AppendFloat(nil, math.Round(dollars*100)/100, 'f', -1, 64), true
}

// status reads a bill's status.
func status(value []byte) ([]byte, bool) {
	s, _ := payload.AsString(value)
	return value, slices.Contains([]string{"todo", "overdue", "paid"}, s)
}
