package postgres

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"github.com/carebase/deltatap/replay/server/payload"
)

// object writes one JSON object as a Carebase server spells it. A nil value is null.
type object struct{ out []byte }

func (o *object) member(name string, null bool, value func() []byte) {
	if len(o.out) == 0 {
		o.out = append(o.out, '{')
	} else {
		o.out = append(o.out, ',')
	}
	o.out = append(o.out, payload.Quote(name)...)
	o.out = append(o.out, ':')
	if null {
		o.out = append(o.out, payload.Null...)
		return
	}
	o.out = append(o.out, value()...)
}

func (o *object) number(name string, n *int64) {
	o.member(name, n == nil, func() []byte { return payload.Int(*n) })
}

func (o *object) text(name string, s *string) {
	o.member(name, s == nil, func() []byte { return payload.Quote(*s) })
}

// decimal writes a numeric without zeros at its end, as JavaScript would. What is no number
// (numeric knows NaN) is null.
func (o *object) decimal(name string, s *string) {
	null := s == nil || strings.ContainsAny(*s, "NI") // NaN, Infinity
	o.member(name, null, func() []byte {
		text := []byte(*s)
		if bytes.ContainsRune(text, '.') {
			text = bytes.TrimRight(bytes.TrimRight(text, "0"), ".")
		}
		return text
	})
}

// instant writes a moment in UTC, with milliseconds and Z.
func (o *object) instant(name string, t *time.Time) {
	o.member(name, t == nil, func() []byte { return payload.Quote(payload.Instant(*t)) })
}

// local writes a moment to the second in the first zone that has a name, with its offset.
func (o *object) local(name string, t *time.Time, zones ...*string) {
	o.member(name, t == nil, func() []byte {
		names := make([]string, len(zones))
		for i, zone := range zones {
			names[i] = some(zone)
		}
		return payload.Quote(payload.Local(*t, payload.ZoneOf(names...)))
	})
}

// end is the object, with the googleSync that no table tells of.
func (o *object) end() []byte {
	o.member("googleSync", true, nil)
	return append(o.out, '}')
}

// decimals is a JSON number without an exponent, such as numeric reads it; false where it has more
// than two decimals.
func decimals(number []byte) (string, bool) {
	f, err := strconv.ParseFloat(string(number), 64)
	if err != nil {
		return "", false
	}
	text := strconv.FormatFloat(f, 'f', -1, 64)
	_, fraction, _ := strings.Cut(text, ".")
	return text, len(fraction) <= 2
}
