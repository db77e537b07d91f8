package contract

import (
	"bytes"
	"math"
	"strconv"
)

// maxExact is the largest integer that a JavaScript number holds exactly.
const maxExact = 1<<53 - 1

// memberNames names each Field in findings, by the position of its bit.
var memberNames = [...]string{
	"itemType", "entityId", "planItemId", "action", "version", "source",
	"data", "data.appointment", "data.bill", "data.section",
}

// optional are the members that the contract marks with a question mark.
const optional = FieldPlanItemID | FieldVersion | FieldSource | FieldData |
	FieldAppointment | FieldBill | FieldSection

// memberReader reads the members of one delta on the strict path.
type memberReader struct {
	m *Message
	d *Delta
	i int // index of the delta in its message
}

// delta reads the members of a delta.
func (r memberReader) delta(raw []byte) {
	var vals [7][]byte
	_ = slowMembers(raw, deltaMembers, vals[:]) // raw is known to be valid
	d := r.d
	d.ItemType = r.text(0, vals[0])
	d.EntityID = r.integer(1, vals[1])
	d.PlanItemID = r.integer(2, vals[2])
	d.Action = r.text(3, vals[3])
	d.Version = r.integer(4, vals[4])
	d.Source = r.text(5, vals[5])
	if d.Data = r.object(6, vals[6]); d.Has&FieldData == 0 {
		return
	}
	_ = slowMembers(d.Data, dataMembers, vals[:3])
	d.Appointment = r.object(7, vals[0])
	d.Bill = r.object(8, vals[1])
	d.Section = r.text(9, vals[2])
}

// text reads a string member; bit is the position of its Field.
func (r memberReader) text(bit int, raw []byte) string {
	if raw == nil {
		return ""
	}
	if raw[0] != '"' {
		r.wrong(bit, raw, "a string")
		return ""
	}
	r.d.Has |= 1 << bit
	return intern(unquote(raw))
}

// object reads an object member. Its raw value is kept even if it is none.
func (r memberReader) object(bit int, raw []byte) []byte {
	if raw == nil {
		return nil
	}
	if raw[0] != '{' {
		r.wrong(bit, raw, "an object")
	} else {
		r.d.Has |= 1 << bit
	}
	return raw
}

// integer reads a number member, by its value: 1.0 and 1e0 are 1.
func (r memberReader) integer(bit int, raw []byte) int64 {
	if raw == nil {
		return 0
	}
	if raw[0] != '-' && (raw[0] < '0' || raw[0] > '9') {
		r.wrong(bit, raw, "an integer")
		return 0
	}
	n, plain, err := integer(raw)
	switch {
	case err == errNotWhole:
		r.d.Odd |= 1 << bit
		r.m.note(memberTypeWrong, r.i, memberNames[bit]+" is a number with a fraction, not an integer")
		return 0
	case err != nil:
		r.d.Odd |= 1 << bit
		r.m.note(numberTooLarge, r.i, memberNames[bit]+" does not fit 64 bits")
		return 0
	case n > maxExact || n < -maxExact:
		r.m.note(numberTooLarge, r.i, memberNames[bit]+" is beyond what JavaScript holds exactly")
	}
	if !plain {
		r.m.note(numberNotPlain, r.i, memberNames[bit]+" is a whole number written as none")
	}
	r.d.Has |= 1 << bit
	return n
}

// wrong notes a member of a wrong type.
func (r memberReader) wrong(bit int, raw []byte, want string) {
	r.d.Odd |= 1 << bit
	if raw[0] == 'n' && optional&(1<<bit) != 0 {
		r.m.note(memberNull, r.i, memberNames[bit]+" is null")
		return
	}
	r.m.note(memberTypeWrong, r.i, memberNames[bit]+" is "+kindOf(raw)+", not "+want)
}

// numberError says why a JSON number is no int64.
type numberError string

func (e numberError) Error() string { return string(e) }

const (
	errNotWhole = numberError("number is not whole")
	errTooLarge = numberError("number does not fit 64 bits")
)

// integer reads a JSON number as an integer. plain is false where it is written
// with a fraction or an exponent, or as -0. Such a number is rounded to a float64
// first, as a JavaScript client does; a number of digits alone is read exactly.
func integer(raw []byte) (n int64, plain bool, err error) {
	if bytes.ContainsAny(raw, ".eE") {
		f, err := strconv.ParseFloat(string(raw), 64)
		switch {
		case err != nil || math.Abs(f) >= 1<<63:
			return 0, false, errTooLarge
		case f != math.Trunc(f):
			return 0, false, errNotWhole
		}
		return int64(f), false, nil
	}
	n, err = strconv.ParseInt(string(raw), 10, 64)
	if err != nil {
		return 0, true, errTooLarge
	}
	return n, string(raw) != "-0", nil
}
