package server

import (
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/carebase/deltatap/replay/server/payload"
	"github.com/carebase/deltatap/replay/server/store"
)

// field is one field that a request may set: its name in the payload, and how its value is read. read returns the raw
// value to store, or false where the value is none that the field may have.
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

var patchable = map[store.Kind][]field{
	store.Appointment: {
		{"summary", text(widthText)},
		{"startLocal", local},
		{"endLocal", local},
		{"startTimeZone", zone},
		{"endTimeZone", zone},
		{"location", orNull(text(widthText))},
		{"prepNote", orNull(text(unlimited))},
	},
	store.Bill: {
		{"statementDate", orNull(day)},
		{"amount", orNull(amount)},
		{"dueDate", orNull(day)},
		{"payUrl", orNull(text(unlimited))},
		{"status", status},
	},
}

// patchOf reads the fields of a request's body that may be set on an item of a kind, in the spelling of the payload.
func patchOf(kind store.Kind, body payload.Object, tx store.Tx) (payload.Object, error) {
	var given payload.Object
	for _, f := range patchable[kind] {
		if !body.Has(f.name) {
			continue
		}
		value, ok := f.read(body.Get(f.name))
		if !ok {
			return given, refuse(http.StatusBadRequest, "Invalid %s", f.name)
		}
		given.Set(f.name, value)
	}
	if err := assign(&given, body, tx); err != nil {
		return given, err
	}
	if kind == store.Appointment {
		setOffsets(&given, given)
	}
	return given, nil
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
		setOffsets(&o, given)
	}
	return o.Bytes(), nil
}

// setOffsets makes startOffset and endOffset agree with the times and zones of o, where given changes one of them. A
// zone that this machine does not know keeps its offset.
func setOffsets(o *payload.Object, given payload.Object) {
	for _, side := range []string{"start", "end"} {
		if !given.Has(side+"Local") && !given.Has(side+"TimeZone") {
			continue
		}
		name, named := payload.AsString(o.Get(side + "TimeZone"))
		when, timed := payload.AsString(o.Get(side + "Local"))
		if !named || !timed {
			continue
		}
		zone, err := time.LoadLocation(name)
		if err != nil {
			continue
		}
		if at, err := payload.ParseTime(when); err == nil {
			o.Set(side+"Offset", payload.Quote(at.In(zone).Format("-07:00")))
		}
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

// text reads a string of at most width characters.
func text(width int) func([]byte) ([]byte, bool) {
	return func(value []byte) ([]byte, bool) {
		s, ok := payload.AsString(value)
		return value, ok && s != "" && utf8.RuneCountInString(s) <= width
	}
}

// local reads an instant, and spells it in the server's default zone.
func local(value []byte) ([]byte, bool) {
	s, _ := payload.AsString(value)
	at, err := payload.ParseTime(s)
	return payload.Quote(payload.Local(at)), err == nil
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
	if !ok || s == "" || len(s) > widthZone {
		return nil, false
	}
	_, err := time.LoadLocation(s)
	return value, err == nil
}

// amount reads a number of dollars, also as a string, to the cent; the column holds eight digits before the point.
func amount(value []byte) ([]byte, bool) {
	digits := string(value)
	if s, ok := payload.AsString(value); ok {
		digits = strings.TrimSpace(s)
	}
	dollars, ok := payload.AsNumber([]byte(digits))
	if !ok || math.Abs(dollars) >= 1e8 {
		return nil, false
	}
	return strconv.AppendFloat(nil, math.Round(dollars*100)/100, 'f', -1, 64), true
}

// status reads a bill's status.
func status(value []byte) ([]byte, bool) {
	s, _ := payload.AsString(value)
	return value, slices.Contains([]string{"todo", "overdue", "paid"}, s)
}
