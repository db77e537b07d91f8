package witness

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// writer writes JSON as a Carebase server spells it. A nil value is null.
type writer struct{ out []byte }

// open begins an object or a list: an element of a list, or the member of that name.
func (w *writer) open(bracket byte, name ...string) {
	w.next()
	for _, n := range name {
		w.out = append(quote(w.out, n), ':')
	}
	w.out = append(w.out, bracket)
}

func (w *writer) shut(bracket byte) { w.out = append(w.out, bracket) }

// next separates what follows from what came before it.
func (w *writer) next() {
	if n := len(w.out); n > 0 && w.out[n-1] != '{' && w.out[n-1] != '[' {
		w.out = append(w.out, ',')
	}
}

// raw writes an element, or members, that are written already.
func (w *writer) raw(text []byte) {
	w.next()
	w.out = append(w.out, text...)
}

// given writes a member whose value is JSON already.
func (w *writer) given(name, value []byte) {
	w.next()
	w.out = append(append(quote(w.out, string(name)), ':'), value...)
}

func (w *writer) member(name string, null bool, value func(dst []byte) []byte) {
	w.next()
	w.out = append(quote(w.out, name), ':')
	if null {
		w.out = append(w.out, "null"...)
		return
	}
	w.out = value(w.out)
}

func (w *writer) number(name string, n *int64) {
	w.member(name, n == nil, func(dst []byte) []byte { return strconv.AppendInt(dst, *n, 10) })
}

func (w *writer) text(name string, s *string) {
	w.member(name, s == nil, func(dst []byte) []byte { return quote(dst, *s) })
}

// decimal writes a numeric without zeros at its end, as JavaScript would. What is no number
// (numeric knows NaN) is null.
func (w *writer) decimal(name string, s *string) {
	null := s == nil || strings.ContainsAny(*s, "NI") // NaN, Infinity
	w.member(name, null, func(dst []byte) []byte {
		text := []byte(*s)
		if bytes.ContainsRune(text, '.') {
			text = bytes.TrimRight(bytes.TrimRight(text, "0"), ".")
		}
		return append(dst, text...)
	})
}

// instant writes a moment in UTC, with milliseconds and Z.
func (w *writer) instant(name string, t *time.Time) {
	w.member(name, t == nil, func(dst []byte) []byte { return quote(dst, t.UTC().Format("2006-01-02T15:04:05.000Z")) })
}

// local writes a moment in a zone, with its offset.
func (w *writer) local(name string, t *time.Time, zone *time.Location) {
	w.member(name, t == nil, func(dst []byte) []byte { return quote(dst, t.In(zone).Format("2006-01-02T15:04:05-07:00")) })
}

// quote writes a JSON string. PostgreSQL sends valid UTF-8.
func quote(dst []byte, s string) []byte {
	dst, _ = jsontext.AppendQuote(dst, s) // the error would be about invalid UTF-8, which is replaced
	return dst
}
