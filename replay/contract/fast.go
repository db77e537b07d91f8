package contract

import "github.com/carebase/deltatap/replay/rawjson"

// The fast path: one walk over the expected shape, its members in any order, with
// any white space, and with unknown members and arguments' fields skipped. It
// takes a message only if nothing about it is odd, and declines all others, even
// half-way through. What it takes, the strict path reads the same and finds
// nothing odd in.

// fastMessage decodes args into m, which is empty, or declines, with m in any state.
func fastMessage(args []byte, m *Message) bool {
	i := rawjson.SkipSpace(args, 0)
	if i >= len(args) || args[i] != '[' {
		return false
	}
	i = rawjson.SkipSpace(args, i+1)
	if i >= len(args) || args[i] != '{' {
		return false
	}
	if i = m.fastPayload(args, i); i < 0 {
		return false
	}
	i = rawjson.SkipSpace(args, i)
	if i >= len(args) || args[i] != ']' {
		return false
	}
	return rawjson.SkipSpace(args, i+1) == len(args)
}

// fastPayload decodes the object that opens at b[i]: the event's first argument.
// It declines one without a list of deltas.
func (m *Message) fastPayload(b []byte, i int) int {
	var seen nameSet
	i = rawjson.SkipSpace(b, i+1)
	for {
		var from, to int
		if from, to, i = name(b, i); i < 0 || !seen.add(b, from, to) {
			return declined
		}
		if string(b[from:to]) == "deltas" {
			i = m.fastDeltas(b, i)
		} else {
			i = skipValue(b, i, deltaDepth-1)
		}
		if i < 0 {
			return declined
		}
		var done bool
		if i, done = next(b, i, '}'); i < 0 {
			return declined
		} else if done {
			break
		}
	}
	if !m.List {
		return declined
	}
	return i
}

// fastDeltas decodes the list at b[i]. It declines an empty one.
func (m *Message) fastDeltas(b []byte, i int) int {
	if i >= len(b) || b[i] != '[' {
		return declined
	}
	m.List = true
	i = rawjson.SkipSpace(b, i+1)
	for {
		if i >= len(b) || b[i] != '{' || len(m.Deltas) == MaxDeltas {
			return declined
		}
		m.Deltas = append(m.Deltas, Delta{})
		d := &m.Deltas[len(m.Deltas)-1]
		end := d.fast(b, i)
		if end < 0 {
			return declined
		}
		d.Raw = b[i:end:end]
		var done bool
		if i, done = next(b, end, ']'); i < 0 || done {
			return i
		}
	}
}

// fast decodes the delta that opens at b[i].
func (d *Delta) fast(b []byte, i int) int {
	var others nameSet
	i = rawjson.SkipSpace(b, i+1)
	if i < len(b) && b[i] == '}' {
		return i + 1
	}
	for {
		var from, to int
		if from, to, i = name(b, i); i < 0 {
			return declined
		}
		switch string(b[from:to]) {
		case "itemType":
			i = d.fastText(b, i, FieldItemType, &d.ItemType)
		case "entityId":
			i = d.fastInteger(b, i, FieldEntityID, &d.EntityID)
		case "planItemId":
			i = d.fastInteger(b, i, FieldPlanItemID, &d.PlanItemID)
		case "action":
			i = d.fastText(b, i, FieldAction, &d.Action)
		case "version":
			i = d.fastInteger(b, i, FieldVersion, &d.Version)
		case "source":
			i = d.fastText(b, i, FieldSource, &d.Source)
		case "data":
			i = d.fastData(b, i)
		default:
			if !others.add(b, from, to) {
				return declined
			}
			i = skipValue(b, i, deltaDepth+1)
		}
		if i < 0 {
			return declined
		}
		var done bool
		if i, done = next(b, i, '}'); i < 0 || done {
			return i
		}
	}
}

// fastData decodes the value of "data" at b[i].
func (d *Delta) fastData(b []byte, i int) int {
	start := i
	if i >= len(b) || b[i] != '{' || !d.take(FieldData) {
		return declined
	}
	i = rawjson.SkipSpace(b, i+1)
	if i < len(b) && b[i] == '}' {
		d.Data = b[start : i+1 : i+1]
		return i + 1
	}
	var others nameSet
	for {
		var from, to int
		if from, to, i = name(b, i); i < 0 {
			return declined
		}
		switch string(b[from:to]) {
		case "appointment":
			i = d.fastObject(b, i, FieldAppointment, &d.Appointment)
		case "bill":
			i = d.fastObject(b, i, FieldBill, &d.Bill)
		case "section":
			i = d.fastText(b, i, FieldSection, &d.Section)
		default:
			if !others.add(b, from, to) {
				return declined
			}
			i = skipValue(b, i, deltaDepth+2)
		}
		if i < 0 {
			return declined
		}
		var done bool
		if i, done = next(b, i, '}'); done {
			d.Data = b[start:i:i]
			return i
		} else if i < 0 {
			return declined
		}
	}
}

// take marks a member as present, and reports whether it was not before.
func (d *Delta) take(f Field) bool {
	fresh := d.Has&f == 0
	d.Has |= f
	return fresh
}

// fastText reads a string without escapes at b[i].
func (d *Delta) fastText(b []byte, i int, f Field, into *string) int {
	if i >= len(b) || b[i] != '"' || !d.take(f) {
		return declined
	}
	end := plainString(b, i)
	if end >= 0 {
		*into = intern(b[i+1 : end-1])
	}
	return end
}

// fastInteger reads an integer of at most 15 digits at b[i].
func (d *Delta) fastInteger(b []byte, i int, f Field, into *int64) int {
	end := rawjson.SkipDigits(b, i)
	if end == i || end-i > 15 || b[i] == '0' && end > i+1 || !d.take(f) {
		return declined
	}
	if end < len(b) && (b[end] == '.' || b[end]|0x20 == 'e') {
		return declined
	}
	var n int64
	for _, c := range b[i:end] {
		n = n*10 + int64(c-'0')
	}
	*into = n
	return end
}

// fastObject skips an object at b[i] and keeps its raw text.
func (d *Delta) fastObject(b []byte, i int, f Field, into *[]byte) int {
	if i >= len(b) || b[i] != '{' || !d.take(f) {
		return declined
	}
	end := skipObject(b, i, deltaDepth+3)
	if end >= 0 {
		*into = b[i:end:end]
	}
	return end
}
