package notepack

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// Append appends the MessagePack of one JSON value. A number that is no integer of 64 bits is a double, as to JavaScript.
func Append(dst, value []byte) ([]byte, error) {
	e := encoder{out: dst}
	// What JSON.parse takes: names that occur twice, halves of surrogate pairs.
	e.in = jsontext.NewDecoder(bytes.NewReader(value), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if err := e.value(0); err != nil {
		return dst, err
	}
	if e.in.PeekKind() != jsontext.KindInvalid || int(e.in.InputOffset()) != len(bytes.TrimRight(value, " \t\r\n")) {
		return dst, errors.New("more than one JSON value")
	}
	return e.out, nil
}

type encoder struct {
	in  *jsontext.Decoder
	out []byte
}

func (e *encoder) value(depth int) error {
	if depth > maxDepth {
		return ErrDeep
	}
	token, err := e.in.ReadToken()
	if err != nil {
		return err
	}
	switch token.Kind() {
	case 'n':
		e.out = append(e.out, null)
	case 'f':
		e.out = append(e.out, no)
	case 't':
		e.out = append(e.out, yes)
	case '"':
		e.out = AppendString(e.out, token.String())
	case '0':
		e.out = appendNumber(e.out, token.String())
	case '[':
		return e.several(depth, 1, fixArray, array16)
	default: // '{'
		return e.several(depth, 2, fixMap, map16)
	}
	return nil
}

// several writes an array, or a map, whose elements are each values. How many there are is known behind them, and stands before them.
func (e *encoder) several(depth, values int, fix, wide byte) error {
	start, n := len(e.out), 0
	for ; e.in.PeekKind() != ']' && e.in.PeekKind() != '}'; n++ {
		for range values {
			if err := e.value(depth + 1); err != nil {
				return err
			}
		}
	}
	if _, err := e.in.ReadToken(); err != nil {
		return err
	}
	e.out = slices.Insert(e.out, start, appendCount(nil, n, fix, wide)...)
	return nil
}

// AppendArray appends the head of an array of n values, which the caller appends.
func AppendArray(dst []byte, n int) []byte { return appendCount(dst, n, fixArray, array16) }

// AppendMap appends the head of a map of n members, whose names and values the caller appends.
func AppendMap(dst []byte, n int) []byte { return appendCount(dst, n, fixMap, map16) }

func appendCount(dst []byte, n int, fix, wide byte) []byte {
	switch {
	case n < 16:
		return append(dst, fix|byte(n))
	case n <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(dst, wide), uint16(n))
	default:
		return binary.BigEndian.AppendUint32(append(dst, wide+1), uint32(n))
	}
}

// AppendString appends a string.
func AppendString(dst []byte, s string) []byte {
	switch n := len(s); {
	case n < 32:
		dst = append(dst, fixString|byte(n))
	case n <= math.MaxUint8:
		dst = append(dst, string8, byte(n))
	case n <= math.MaxUint16:
		dst = binary.BigEndian.AppendUint16(append(dst, string16), uint16(n))
	default:
		dst = binary.BigEndian.AppendUint32(append(dst, string32), uint32(n))
	}
	return append(dst, s...)
}

func appendNumber(dst []byte, digits string) []byte {
	if n, err := strconv.ParseUint(digits, 10, 64); err == nil {
		return AppendUint(dst, n)
	}
	if n, err := strconv.ParseInt(digits, 10, 64); err == nil && n < 0 {
		return appendNegative(dst, n)
	}
	f, _ := strconv.ParseFloat(digits, 64) // beyond a double it is infinite, as to JavaScript
	if whole := math.Trunc(f); whole == f && math.Abs(f) <= 1<<53 {
		if f < 0 {
			return appendNegative(dst, int64(f))
		}
		return AppendUint(dst, uint64(f))
	}
	return binary.BigEndian.AppendUint64(append(dst, float64s), math.Float64bits(f))
}

// AppendUint appends an integer.
func AppendUint(dst []byte, n uint64) []byte {
	switch {
	case n < 0x80:
		return append(dst, byte(n))
	case n <= math.MaxUint8:
		return append(dst, uint8s, byte(n))
	case n <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(dst, uint16s), uint16(n))
	case n <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(dst, uint32s), uint32(n))
	default:
		return binary.BigEndian.AppendUint64(append(dst, uint64s), n)
	}
}

func appendNegative(dst []byte, n int64) []byte {
	switch {
	case n >= -0x20:
		return append(dst, byte(n))
	case n >= math.MinInt8:
		return append(dst, int8s, byte(n))
	case n >= math.MinInt16:
		return binary.BigEndian.AppendUint16(append(dst, int16s), uint16(n))
	case n >= math.MinInt32:
		return binary.BigEndian.AppendUint32(append(dst, int32s), uint32(n))
	default:
		return binary.BigEndian.AppendUint64(append(dst, int64s), uint64(n))
	}
}
