package msgpack

import (
	"encoding/binary"
	"math"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Reader reads MessagePack from front to back. It trusts no length.
type Reader struct{ rest []byte }

// NewReader reads packed.
func NewReader(packed []byte) *Reader { return &Reader{packed} }

// Len is how many bytes are left.
func (r *Reader) Len() int { return len(r.rest) }

// Array reads the head of an array, and returns how many values follow.
func (r *Reader) Array() (int, error) { return r.count(fixArray, array16) }

// Map reads the head of a map, and returns how many names and values follow.
func (r *Reader) Map() (int, error) { return r.count(fixMap, map16) }

func (r *Reader) count(fix, wide byte) (int, error) {
	first, err := r.take(1)
	switch {
	case err != nil:
		return 0, err
	case first[0]&0xf0 == fix:
		return int(first[0] & 0x0f), nil
	case first[0] == wide:
		return r.size(2)
	case first[0] == wide+1:
		return r.size(4)
	}
	return 0, ErrMalformed
}

// String reads a string.
func (r *Reader) String() (string, error) {
	first, err := r.take(1)
	if err != nil {
		return "", err
	}
	text, err := r.text(first[0])
	return string(text), err
}

func (r *Reader) text(first byte) ([]byte, error) {
	n, err := int(first&0x1f), error(nil)
	switch {
	case first&0xe0 == fixString:
	case first >= string8 && first <= string32:
		n, err = r.size(1 << (first - string8))
	default:
		err = ErrMalformed
	}
	if err != nil {
		return nil, err
	}
	return r.take(n)
}

// AppendJSON reads one value and appends it as JSON without white space. What JSON cannot hold is
// written as JSON.stringify does it: null for a number that is none, a string for a date. Errors
// are ErrBinary, ErrMalformed and ErrDeep.
func (r *Reader) AppendJSON(dst []byte) ([]byte, error) { return r.json(dst, 0) }

func (r *Reader) json(dst []byte, depth int) ([]byte, error) {
	head, err := r.take(1)
	if err != nil {
		return dst, err
	}
	switch first := head[0]; {
	case first < fixMap:
		return strconv.AppendInt(dst, int64(first), 10), nil
	case first >= negative:
		return strconv.AppendInt(dst, int64(int8(first)), 10), nil
	case first < fixArray:
		return r.several(dst, true, int(first&0x0f), depth)
	case first < fixString:
		return r.several(dst, false, int(first&0x0f), depth)
	case first < null, first >= string8 && first <= string32:
		text, err := r.text(first)
		return appendText(dst, text), err
	case first >= array16:
		return r.wide(dst, first, depth)
	default:
		return r.scalar(dst, first)
	}
}

// wide reads an array or a map whose size stands in bytes of its own.
func (r *Reader) wide(dst []byte, first byte, depth int) ([]byte, error) {
	width := 2 << ((first - array16) & 1)
	n, err := r.size(width)
	if err != nil {
		return dst, err
	}
	return r.several(dst, first >= map16, n, depth)
}

// several reads the n values of an array, or the n members of a map.
func (r *Reader) several(dst []byte, isMap bool, n, depth int) (out []byte, err error) {
	if depth == maxDepth {
		return dst, ErrDeep
	}
	brackets := "[]"
	if isMap {
		brackets = "{}"
	}
	dst = append(dst, brackets[0])
	for i := range n {
		if i > 0 {
			dst = append(dst, ',')
		}
		if isMap {
			name, err := r.String()
			if err != nil {
				return dst, err
			}
			dst = append(appendText(dst, []byte(name)), ':')
		}
		if dst, err = r.json(dst, depth+1); err != nil {
			return dst, err
		}
	}
	return append(dst, brackets[1]), nil
}

// scalar reads what is neither a string nor holds others.
func (r *Reader) scalar(dst []byte, first byte) ([]byte, error) {
	switch {
	case first == null:
		return append(dst, "null"...), nil
	case first == no, first == yes:
		return strconv.AppendBool(dst, first == yes), nil
	case first >= bin8 && first <= bin32:
		return dst, ErrBinary
	case first >= ext8 && first <= ext32:
		n, err := r.size(1 << (first - ext8))
		if err != nil {
			return dst, err
		}
		return r.extension(dst, n)
	case first >= fixExt1 && first <= fixExt16:
		return r.extension(dst, 1<<(first-fixExt1))
	case first >= float32s && first <= int64s:
		return r.number(dst, first)
	}
	return dst, ErrMalformed
}

func (r *Reader) number(dst []byte, first byte) ([]byte, error) {
	width := 1 << ((first - uint8s) & 3) // of the integers
	if first < uint8s {
		width = 4 << (first - float32s)
	}
	raw, err := r.take(width)
	if err != nil {
		return dst, err
	}
	n := unsigned(raw)
	switch {
	case first == float32s:
		return appendFloat(dst, float64(math.Float32frombits(uint32(n)))), nil
	case first == float64s:
		return appendFloat(dst, math.Float64frombits(n)), nil
	case first >= int8s:
		unused := 64 - 8*width
		return strconv.AppendInt(dst, int64(n<<unused)>>unused, 10), nil
	}
	return strconv.AppendUint(dst, n, 10), nil
}

func unsigned(raw []byte) (n uint64) {
	for _, b := range raw {
		n = n<<8 | uint64(b)
	}
	return n
}

// appendFloat spells a number as JavaScript does.
func appendFloat(dst []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(dst, "null"...)
	}
	if f == 0 { // JSON.stringify does not tell -0 from 0
		return append(dst, '0')
	}
	return append(dst, jsontext.Float(f).String()...)
}

func appendText(dst, text []byte) []byte {
	dst, _ = jsontext.AppendQuote(dst, text) // the error says that something was no UTF-8, and was replaced
	return dst
}

// The types of extensions: MessagePack's own timestamps, and what notepack makes of undefined (and
// earlier made of dates).
const (
	timestamp = -1
	special   = 0
)

func (r *Reader) extension(dst []byte, n int) ([]byte, error) {
	kind, err := r.take(1)
	if err != nil {
		return dst, err
	}
	raw, err := r.take(n)
	if err != nil {
		return dst, err
	}
	switch int8(kind[0]) {
	case timestamp:
		if at, ok := moment(raw); ok {
			return appendText(dst, at.AppendFormat(nil, "2006-01-02T15:04:05.000Z")), nil
		}
	case special:
		if n == 1 {
			return append(dst, "null"...), nil
		}
	default:
		return dst, ErrBinary
	}
	return dst, ErrMalformed
}

func moment(raw []byte) (time.Time, bool) {
	var seconds int64
	var nanoseconds uint32
	switch len(raw) {
	case 4:
		seconds = int64(binary.BigEndian.Uint32(raw))
	case 8:
		n := binary.BigEndian.Uint64(raw)
		seconds, nanoseconds = int64(n&(1<<34-1)), uint32(n>>34)
	case 12:
		seconds, nanoseconds = int64(binary.BigEndian.Uint64(raw[4:])), binary.BigEndian.Uint32(raw)
	default:
		return time.Time{}, false
	}
	at := time.Unix(seconds, int64(nanoseconds)).UTC()
	return at, at.Year() >= 0 && at.Year() <= 9999
}

// size reads how much follows, be it bytes, values or members: of none more than there are bytes.
func (r *Reader) size(width int) (int, error) {
	raw, err := r.take(width)
	if err != nil || unsigned(raw) > uint64(len(r.rest)) {
		return 0, ErrMalformed
	}
	return int(unsigned(raw)), nil
}

func (r *Reader) take(n int) ([]byte, error) {
	if n > len(r.rest) {
		return nil, ErrMalformed
	}
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken, nil
}
