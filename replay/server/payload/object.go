// Package payload is the JSON of a plan's appointments and bills: ordered objects whose values keep
// their bytes, the fields that a Carebase server fills, and the spellings of its dates. It knows
// nothing of stores, versions, HTTP or sockets.
package payload

import (
	"bytes"
	"errors"
	"slices"
	"strconv"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
)

// Object is one JSON object. Its members keep their order, names and values their bytes; only the
// white space between tokens is dropped. The zero value is the empty object.
type Object struct{ members []member }

type member struct {
	name  string
	key   []byte // the name as it was spelled, in quotes
	value []byte
}

// Errors of Parse and Elements where the JSON is right and of another type.
var (
	ErrNotObject = errors.New("not a JSON object")
	ErrNotArray  = errors.New("not a JSON array")
)

// Parse reads one JSON object. It refuses what RFC 8259 and I-JSON refuse: duplicate names, invalid
// UTF-8, anything after the object. The result shares no memory with raw.
func Parse(raw []byte) (Object, error) {
	var o Object
	err := walk(raw, '{', ErrNotObject, func(next func() ([]byte, error)) error {
		key, err := next()
		if err != nil {
			return err
		}
		name, err := unquote(key)
		if err != nil {
			return err
		}
		value, err := next()
		if o.members == nil {
			o.members = make([]member, 0, 16)
		}
		o.members = append(o.members, member{name: name, key: key, value: value})
		return err
	})
	if err != nil {
		return Object{}, err
	}
	return o, nil
}

// Elements splits a JSON array into the raw values of its elements, white space dropped. They share
// no memory with raw.
func Elements(raw []byte) ([][]byte, error) {
	var values [][]byte
	err := walk(raw, '[', ErrNotArray, func(next func() ([]byte, error)) error {
		value, err := next()
		values = append(values, value)
		return err
	})
	if err != nil {
		return nil, err
	}
	return values, nil
}

// decoders are kept because making one is most of the work of reading a small object.
var decoders = sync.Pool{New: func() any { return jsontext.NewDecoder(bytes.NewReader(nil)) }}

// walk reads the one JSON value in raw, which begins with bracket: each is called for every member
// or element, and takes its values from next, as slices of a copy of raw without white space.
func walk(raw []byte, bracket jsontext.Kind, otherwise error, each func(next func() ([]byte, error)) error) error {
	text := jsontext.Value(bytes.Clone(raw))
	if err := text.Compact(jsontext.PreserveRawStrings(true)); err != nil {
		return err
	}
	if text.Kind() != bracket {
		return otherwise
	}
	dec := decoders.Get().(*jsontext.Decoder)
	defer decoders.Put(dec)
	dec.Reset(bytes.NewReader(text))
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	next := func() ([]byte, error) {
		value, err := dec.ReadValue()
		if err != nil {
			return nil, err
		}
		end := int(dec.InputOffset())
		return text[end-len(value) : end : end], nil
	}
	for dec.PeekKind() != bracket+2 { // ']' and '}' are two behind '[' and '{'
		if err := each(next); err != nil {
			return err
		}
	}
	return nil
}

func unquote(key []byte) (string, error) {
	if bytes.IndexByte(key, '\\') < 0 {
		return string(key[1 : len(key)-1]), nil
	}
	name, err := jsontext.AppendUnquote(nil, key)
	return string(name), err
}

// Len is the number of members.
func (o *Object) Len() int { return len(o.members) }

// Has says whether the object has a member of this name.
func (o *Object) Has(name string) bool { return o.index(name) >= 0 }

// Get is the raw value of a member; nil where there is none.
func (o *Object) Get(name string) []byte {
	if i := o.index(name); i >= 0 {
		return o.members[i].value
	}
	return nil
}

// Set gives a member a raw JSON value: in its place where there is one of this name, else at the
// end.
func (o *Object) Set(name string, value []byte) {
	if i := o.index(name); i >= 0 {
		o.members[i].value = value
		return
	}
	o.members = append(o.members, member{name: name, key: Quote(name), value: value})
}

// put is Set for a member of another object, whose spelling of the name a new one keeps.
func (o *Object) put(m member) {
	if i := o.index(m.name); i >= 0 {
		o.members[i].value = m.value
		return
	}
	o.members = append(o.members, m)
}

// Names lists the members in their order.
func (o *Object) Names() []string {
	names := make([]string, len(o.members))
	for i := range o.members {
		names[i] = o.members[i].name
	}
	return names
}

// Without is a copy of the object that lacks the named members.
func (o *Object) Without(names ...string) Object {
	var rest Object
	for _, m := range o.members {
		if !slices.Contains(names, m.name) {
			rest.members = append(rest.members, m)
		}
	}
	return rest
}

// Extend sets every member of other that o lacks.
func (o *Object) Extend(other Object) {
	for _, m := range other.members {
		if !o.Has(m.name) {
			o.members = append(o.members, m)
		}
	}
}

// Append writes the object to dst without white space.
func (o *Object) Append(dst []byte) []byte {
	dst = append(dst, '{')
	dst = o.AppendMembers(dst)
	return append(dst, '}')
}

// AppendMembers writes the members to dst, without the braces.
func (o *Object) AppendMembers(dst []byte) []byte {
	for i := range o.members {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, o.members[i].key...)
		dst = append(dst, ':')
		dst = append(dst, o.members[i].value...)
	}
	return dst
}

// Bytes is the object without white space.
func (o *Object) Bytes() []byte { return o.Append(nil) }

func (o *Object) index(name string) int {
	for i := range o.members {
		if o.members[i].name == name {
			return i
		}
	}
	return -1
}

// Null is the JSON null.
var Null = []byte("null")

// IsNull says whether a raw value is absent or the JSON null.
func IsNull(value []byte) bool { return value == nil || string(value) == "null" }

// Quote is the JSON string of s. Bytes of s that are no UTF-8 become the replacement character.
func Quote(s string) []byte { return AppendQuote(nil, s) }

// AppendQuote writes the JSON string of s to dst.
func AppendQuote(dst []byte, s string) []byte {
	dst, _ = jsontext.AppendQuote(dst, s) // the error only reports the replacement
	return dst
}

// Int is the JSON number of n.
func Int(n int64) []byte { return strconv.AppendInt(nil, n, 10) }

// AsString is the text of a raw JSON string; false for every other value.
func AsString(value []byte) (string, bool) {
	if len(value) == 0 || value[0] != '"' {
		return "", false
	}
	text, err := jsontext.AppendUnquote(nil, value)
	return string(text), err == nil
}

// AsInt is the number of a raw JSON integer; false for every other value, fractions included.
func AsInt(value []byte) (int64, bool) {
	n, err := strconv.ParseInt(string(value), 10, 64)
	return n, err == nil && value[0] != '+'
}

// AsNumber says whether a raw value is a JSON number, and which.
func AsNumber(value []byte) (float64, bool) {
	if len(value) == 0 || value[0] != '-' && (value[0] < '0' || value[0] > '9') {
		return 0, false
	}
	f, err := strconv.ParseFloat(string(value), 64)
	return f, err == nil
}
