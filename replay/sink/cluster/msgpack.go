package cluster

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/carebase/deltatap/replay/sink"
)

// Encoder writes packets in MessagePack, in the bytes that the official emitters' encoders choose: every value in its
// shortest form, but numbers that are no integers, which are doubles. It reads the JSON token by token, and makes nothing of it. The
// zero value is ready.
type Encoder struct {
	decoder jsontext.Decoder
	source  bytes.Buffer
	out     []byte
	open    []container
	lost    [len(losses)]bool
}

// container is an array or a map whose end is not reached.
type container struct {
	header int // where its first byte is
	tokens int // values so far; of a map, names too
	isMap  bool
}

// losses are what a packet may lose on its way.
var losses = [...]sink.Unfit{
	{Delta: -1, What: "half a surrogate pair", Reason: reasonSurrogate},
	{Delta: -1, What: "a number", Reason: reasonOverflow},
	{Delta: -1, What: "a member named __proto__", Reason: reasonProto},
}

const (
	lostSurrogate = iota
	lostNumber
	lostProto
)

// First bytes of MessagePack's values (the MessagePack specification, 2013).
const (
	fixMap, fixArray, fixString = 0x80, 0x90, 0xa0
	null, no, yes               = 0xc0, 0xc2, 0xc3
	double                      = 0xcb
	uint8s, uint16s             = 0xcc, 0xcd
	uint32s, uint64s            = 0xce, 0xcf
	int8s, int16s               = 0xd0, 0xd1
	int32s, int64s              = 0xd2, 0xd3
	string8, string16, string32 = 0xd9, 0xda, 0xdb
	array16, array32            = 0xdc, 0xdd
	map16, map32                = 0xde, 0xdf
)

// AppendPacket appends the packet of an event, {type, data, nsp}. The error is ErrArguments.
func (e *Encoder) AppendPacket(dst []byte, name string, args []byte) ([]byte, error) {
	e.out, e.lost = AppendMap(dst, 3), [len(losses)]bool{}
	e.text("type")
	e.out = append(e.out, EventPacket)
	e.text("data")
	if err := e.data(name, args); err != nil || !utf8.Valid(args) {
		return dst, ErrArguments
	}
	e.text("nsp")
	e.text(Namespace)
	return e.out, nil
}

// AppendOptions appends whom a packet is for: the members of one room.
func AppendOptions(dst []byte, room string) []byte {
	dst = AppendText(AppendMap(dst, 3), "rooms")
	dst = AppendText(AppendArray(dst, 1), room)
	dst = AppendMap(AppendText(dst, "flags"), 0)
	return AppendArray(AppendText(dst, "except"), 0)
}

// Lost is what the latest packet loses on its way.
func (e *Encoder) Lost() (unfit []sink.Unfit) {
	for i, lost := range e.lost {
		if lost {
			unfit = append(unfit, losses[i])
		}
	}
	return unfit
}

// data writes an event's name and arguments as one array.
func (e *Encoder) data(name string, args []byte) error {
	e.source = *bytes.NewBuffer(args)
	e.decoder.Reset(&e.source, lenient...)
	e.open = append(e.open[:0], container{header: len(e.out), tokens: 1})
	e.out = append(e.out, fixArray)
	e.text(name)
	if bracket, err := e.decoder.ReadToken(); err != nil || bracket.Kind() != '[' {
		return ErrArguments
	}
	for len(e.open) > 0 {
		if err := e.value(); err != nil {
			return err
		}
	}
	if _, err := e.decoder.ReadToken(); err != io.EOF {
		return ErrArguments
	}
	return nil
}

// value reads one value, or the beginning or the end of one, or a name.
func (e *Encoder) value() error {
	top := &e.open[len(e.open)-1]
	kind := e.decoder.PeekKind()
	switch kind {
	case '{', '[':
		top.tokens++
		return e.begin(kind)
	case '}', ']':
		return e.end()
	}
	raw, err := e.decoder.ReadValue()
	if err != nil {
		return err
	}
	if kind == '"' && top.isMap && top.tokens%2 == 0 && isProto(raw) {
		e.lost[lostProto] = true
		return e.decoder.SkipValue()
	}
	top.tokens++
	e.scalar(kind, raw)
	return nil
}

func isProto(name []byte) bool {
	if bytes.IndexByte(name, '\\') >= 0 {
		name, _ = jsontext.AppendUnquote([]byte{'"'}, name) // half a surrogate pair is none of its letters
		name = append(name, '"')
	}
	return string(name) == `"__proto__"`
}

func (e *Encoder) begin(kind jsontext.Kind) error {
	_, err := e.decoder.ReadToken()
	c := container{header: len(e.out), isMap: kind == '{'}
	first := byte(fixArray)
	if c.isMap {
		first = fixMap
	}
	e.out = append(e.out, first)
	e.open = append(e.open, c)
	return err
}

// end makes a container's first byte say how much it holds, and makes room where one byte cannot.
func (e *Encoder) end() error {
	_, err := e.decoder.ReadToken()
	c := e.open[len(e.open)-1]
	e.open = e.open[:len(e.open)-1]
	n, long := c.tokens, [...]byte{array16, array32}
	if c.isMap {
		n, long = c.tokens/2, [...]byte{map16, map32}
	}
	var head [5]byte
	switch {
	case n < 16:
		e.out[c.header] |= byte(n)
		return err
	case n <= math.MaxUint16:
		head[0] = long[0]
		binary.BigEndian.PutUint16(head[1:], uint16(n))
		e.widen(c.header, head[:3])
	default:
		head[0] = long[1]
		binary.BigEndian.PutUint32(head[1:], uint32(n))
		e.widen(c.header, head[:5])
	}
	return err
}

// widen puts a longer beginning in the place of a byte.
func (e *Encoder) widen(at int, head []byte) {
	e.out = append(e.out, head[1:]...)
	copy(e.out[at+len(head):], e.out[at+1:])
	copy(e.out[at:], head)
}

func (e *Encoder) scalar(kind jsontext.Kind, raw []byte) {
	switch kind {
	case 'n':
		e.out = append(e.out, null)
	case 'f':
		e.out = append(e.out, no)
	case 't':
		e.out = append(e.out, yes)
	case '0':
		e.number(raw)
	case '"':
		e.quoted(raw)
	}
}

// quoted writes a JSON string: as it stands, where nothing in it is escaped.
func (e *Encoder) quoted(raw []byte) {
	if inner := raw[1 : len(raw)-1]; bytes.IndexByte(inner, '\\') < 0 {
		e.out = append(appendTextHead(e.out, len(inner)), inner...)
		return
	}
	text, err := jsontext.AppendUnquote(nil, raw)
	if err != nil {
		e.lost[lostSurrogate] = true
	}
	e.out = append(appendTextHead(e.out, len(text)), text...)
}

func (e *Encoder) text(s string) { e.out = AppendText(e.out, s) }

// AppendText appends a string.
func AppendText(dst []byte, s string) []byte { return append(appendTextHead(dst, len(s)), s...) }

// AppendMap appends the beginning of a map of n members, at most 15.
func AppendMap(dst []byte, n int) []byte { return append(dst, fixMap|byte(n)) }

// AppendArray appends the beginning of an array of n elements, at most 15.
func AppendArray(dst []byte, n int) []byte { return append(dst, fixArray|byte(n)) }

func appendTextHead(dst []byte, n int) []byte {
	switch {
	case n < 32:
		return append(dst, fixString|byte(n))
	case n <= math.MaxUint8:
		return append(dst, string8, byte(n))
	case n <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(dst, string16), uint16(n))
	}
	return binary.BigEndian.AppendUint32(append(dst, string32), uint32(n))
}

// exact is up to where doubles are sure to be integers as they are written.
const exact = 1 << 53

// number writes an integer as one, as far as 64 bits go, and everything else as a double. What is an integer to JavaScript
// is one here, however it is written: 1.0, 1e2.
func (e *Encoder) number(raw []byte) {
	text := string(raw)
	if i, err := strconv.ParseInt(text, 10, 64); err == nil {
		e.integer(i)
		return
	}
	if u, err := strconv.ParseUint(text, 10, 64); err == nil {
		e.out = binary.BigEndian.AppendUint64(append(e.out, uint64s), u)
		return
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		e.lost[lostNumber] = true // and f is infinite
	}
	if i := int64(f); math.Abs(f) < exact && float64(i) == f {
		e.integer(i)
		return
	}
	e.out = binary.BigEndian.AppendUint64(append(e.out, double), math.Float64bits(f))
}

func (e *Encoder) integer(i int64) {
	out, order := e.out, binary.BigEndian
	switch u := uint64(i); {
	case i >= -32 && i < 128:
		out = append(out, byte(i))
	case i < 0 && i >= math.MinInt8:
		out = append(out, int8s, byte(i))
	case i < 0 && i >= math.MinInt16:
		out = order.AppendUint16(append(out, int16s), uint16(i))
	case i < 0 && i >= math.MinInt32:
		out = order.AppendUint32(append(out, int32s), uint32(i))
	case i < 0:
		out = order.AppendUint64(append(out, int64s), u)
	case u <= math.MaxUint8:
		out = append(out, uint8s, byte(i))
	case u <= math.MaxUint16:
		out = order.AppendUint16(append(out, uint16s), uint16(i))
	case u <= math.MaxUint32:
		out = order.AppendUint32(append(out, uint32s), uint32(i))
	default:
		out = order.AppendUint64(append(out, uint64s), u)
	}
	e.out = out
}
