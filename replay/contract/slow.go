package contract

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// The strict path. It reads with jsontext whatever the fast path declines, says
// what is odd about it, and is what the fuzzer holds the fast path against.

// deltaMembers are the members of a delta, in the order of their Field bits.
var deltaMembers = []string{"itemType", "entityId", "planItemId", "action", "version", "source", "data"}

// dataMembers are the members of a delta's data, in the order of their Field bits.
var dataMembers = []string{"appointment", "bill", "section"}

// slowMessage decodes args into m, which is empty.
func slowMessage(args []byte, m *Message) {
	if !m.readable(args) {
		return
	}
	from, to := m.envelope(args)
	flawed := flawsIn(args, 0)
	if flawed != 0 {
		// The list is judged delta by delta; here goes what is around it.
		around := slices.Concat(args[:from], []byte("null"), args[to:])
		if from == to {
			around = args
		}
		m.noteFlaws(flawsIn(around, 0), -1)
	}
	if m.List {
		m.deltas(args[from:to:to], flawed != 0)
	}
}

// readable reports whether args is JSON, and not beyond what is looked into.
func (m *Message) readable(args []byte) bool {
	if len(args) > MaxSize {
		m.note(jsonTooLarge, -1, fmt.Sprintf("message of %d bytes is not looked into, the limit is %d", len(args), MaxSize))
		return false
	}
	if n := nesting(args); n > maxReadDepth {
		m.note(jsonTooDeep, -1, fmt.Sprintf("message nests %d levels deep and is not looked into", n))
		return false
	}
	if err := syntax(args); err != nil {
		m.note(jsonInvalid, -1, err.Error())
		return false
	}
	return true
}

// envelope notes what is odd around the list of deltas, and finds the value of
// "deltas": args[from:to], or from == to where there is none.
func (m *Message) envelope(args []byte) (from, to int) {
	dec := lenient(args)
	if kind := dec.PeekKind(); kind != jsontext.KindBeginArray {
		m.note(argsNotAList, -1, "arguments are "+kindName(kind)+", not an array")
		return 0, 0
	}
	_, _ = dec.ReadToken()
	switch kind := dec.PeekKind(); kind {
	case jsontext.KindBeginObject:
	case jsontext.KindEndArray:
		m.note(messageNotAnObject, -1, "event has no argument")
		return 0, 0
	default:
		m.note(messageNotAnObject, -1, "first argument is "+kindName(kind)+", not an object")
		return 0, 0
	}
	_, _ = dec.ReadToken()
	for dec.PeekKind() == jsontext.KindString {
		name, _ := dec.ReadToken()
		isDeltas := name.String() == "deltas"
		value, _ := dec.ReadValue()
		if isDeltas {
			to = int(dec.InputOffset())
			from = to - len(value)
		}
	}
	_, _ = dec.ReadToken()
	if dec.PeekKind() != jsontext.KindEndArray {
		m.note(messageExtraArguments, -1, "event has more than one argument")
	}
	m.judgeList(args[from:to])
	return from, to
}

// judgeList sets List, or notes why the value of "deltas" is none.
func (m *Message) judgeList(value []byte) {
	switch {
	case len(value) == 0:
		m.note(deltasNotAList, -1, "deltas is missing")
	case value[0] != '[':
		m.note(deltasNotAList, -1, "deltas is "+kindOf(value)+", not an array")
	default:
		m.List = true
	}
}

// deltas decodes the elements of the list. flawed says that the message has flaws,
// which may be in any of them.
func (m *Message) deltas(list []byte, flawed bool) {
	dec := lenient(list)
	_, _ = dec.ReadToken()
	n := 0
	for ; dec.PeekKind() != jsontext.KindEndArray; n++ {
		value, err := dec.ReadValue()
		if err != nil {
			return
		}
		if n >= MaxDeltas {
			continue
		}
		end := int(dec.InputOffset())
		m.delta(list[end-len(value):end:end], flawed)
	}
	switch {
	case n == 0:
		m.first(finding(deltasEmpty, -1, "deltas is an empty list"))
	case n > MaxDeltas:
		m.first(finding(deltasTooMany, -1, fmt.Sprintf("message has %d deltas, those after %d are left out", n, MaxDeltas)))
	}
}

// first adds a finding on the message before those on its deltas.
func (m *Message) first(f Finding) {
	i := slices.IndexFunc(m.Findings, func(f Finding) bool { return f.Delta >= 0 })
	if i < 0 {
		i = len(m.Findings)
	}
	m.Findings = slices.Insert(m.Findings, i, f)
}

// delta appends one element of the list.
func (m *Message) delta(raw []byte, flawed bool) {
	i := len(m.Deltas)
	m.Deltas = append(m.Deltas, Delta{Raw: raw})
	if raw[0] != '{' {
		m.note(deltaNotAnObject, i, "delta is "+kindOf(raw)+", not an object")
	} else {
		r := memberReader{m: m, d: &m.Deltas[i], i: i}
		r.delta(raw)
	}
	if flawed {
		m.noteFlaws(flawsIn(raw, deltaDepth), i)
	}
}

// lenient makes a decoder that reads past repeated names and invalid UTF-8, as
// clients do; both are found by flawsIn.
func lenient(text []byte) *jsontext.Decoder {
	return jsontext.NewDecoder(bytes.NewBuffer(text),
		jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// syntax says why text is not one JSON value, without quoting more of it than a
// character.
func syntax(text []byte) error {
	dec := lenient(text)
	_, err := dec.ReadValue()
	if err == nil {
		if _, err = dec.ReadToken(); err == io.EOF {
			return nil
		}
		return fmt.Errorf("text goes on after the end of the arguments, at byte %d of %d", dec.InputOffset(), len(text))
	}
	var serr *jsontext.SyntacticError
	switch {
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("text ends too early, after %d bytes", len(text))
	case errors.As(err, &serr):
		return fmt.Errorf("%w, at byte %d of %d", serr.Err, serr.ByteOffset, len(text))
	}
	return err
}

// slowMembers puts the raw values of the named members of an object into vals, nil
// for those that are absent, and the last one where a name occurs twice.
func slowMembers(object []byte, names []string, vals [][]byte) error {
	clear(vals)
	dec := lenient(object)
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() == jsontext.KindString {
		name, err := dec.ReadToken()
		if err != nil {
			return err
		}
		at := slices.Index(names, name.String())
		value, err := dec.ReadValue()
		if err != nil {
			return err
		}
		if at >= 0 {
			end := int(dec.InputOffset())
			vals[at] = object[end-len(value) : end : end]
		}
	}
	_, err := dec.ReadToken()
	return err
}

// kindName names a kind of JSON value in a sentence.
func kindName(k jsontext.Kind) string {
	switch k {
	case jsontext.KindNull:
		return "null"
	case jsontext.KindTrue, jsontext.KindFalse:
		return "a boolean"
	case jsontext.KindString:
		return "a string"
	case jsontext.KindNumber:
		return "a number"
	case jsontext.KindBeginObject:
		return "an object"
	}
	return "an array"
}

// kindOf names the kind of a raw value in a sentence.
func kindOf(raw []byte) string {
	return kindName(jsontext.Value(raw).Kind())
}
