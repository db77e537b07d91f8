package msgpack

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// Encoder turns JSON into MessagePack, token by token. It is used again and again, after errors
// too, so that it allocates little. The zero value is ready.
type Encoder struct {
	// NoProto leaves out members that are named __proto__. notepack.io takes such a member for an
	// object's prototype, and @msgpack/msgpack refuses everything that holds one.
	NoProto bool

	decoder jsontext.Decoder
	source  bytes.Buffer
	out     []byte
	open    []container
	lost    Lost
}

// container is an array or a map whose end is not reached.
type container struct {
	header int // where its first byte is
	tokens int // values so far; of a map, names too
	isMap  bool
}

// Lost is what MessagePack, or its decoders, have no place for: a set.
type Lost uint8

// What may be lost.
const (
	LostSurrogate Lost = 1 << iota // half a surrogate pair is U+FFFD
	LostNumber                     // a number beyond a double is infinite
	LostProto                      // a member is left out: NoProto
)

// lenient takes what JSON.parse takes: names that occur twice, halves of surrogate pairs.
var lenient = []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}

// Append appends the MessagePack of one JSON value. The error is ErrJSON; then nothing is appended.
func (e *Encoder) Append(dst, value []byte) ([]byte, error) {
	return e.append(dst, value, e.value)
}

// AppendBehind appends an array: a string, and behind it the elements of a JSON array. The error is
// ErrJSON; then nothing is appended.
func (e *Encoder) AppendBehind(dst []byte, first string, array []byte) ([]byte, error) {
	return e.append(dst, array, func() error {
		if bracket, err := e.decoder.ReadToken(); err != nil || bracket.Kind() != '[' {
			return ErrJSON
		}
		e.begin(container{tokens: 1})
		e.out = AppendString(e.out, first)
		return nil
	})
}

// append appends what begin reads first, and what stands in there.
func (e *Encoder) append(dst, text []byte, begin func() error) ([]byte, error) {
	e.source = *bytes.NewBuffer(text)
	e.decoder.Reset(&e.source, lenient...)
	e.out, e.open, e.lost = dst, e.open[:0], 0
	if !utf8.Valid(text) {
		return dst, ErrJSON
	}
	for next := begin; ; next = e.value {
		if next() != nil {
			return dst, ErrJSON
		}
		if len(e.open) == 0 {
			break
		}
	}
	if _, err := e.decoder.ReadToken(); err != io.EOF {
		return dst, ErrJSON
	}
	return e.out, nil
}

// Lost is what of the latest value was lost.
func (e *Encoder) Lost() Lost { return e.lost }

// value reads one value, or the beginning or the end of one, or a name.
func (e *Encoder) value() error {
	kind := e.decoder.PeekKind()
	switch kind {
	case '{', '[':
		e.count()
		_, err := e.decoder.ReadToken()
		e.begin(container{isMap: kind == '{'})
		return err
	case '}', ']':
		_, err := e.decoder.ReadToken()
		if err == nil {
			e.end()
		}
		return err
	}
	raw, err := e.decoder.ReadValue()
	if err != nil {
		return err
	}
	if e.NoProto && kind == '"' && e.atName() && isProto(raw) {
		e.lost |= LostProto
		return e.decoder.SkipValue()
	}
	e.count()
	e.scalar(kind, raw)
	return nil
}

// count counts a value to the container in which it stands.
func (e *Encoder) count() {
	if n := len(e.open); n > 0 {
		e.open[n-1].tokens++
	}
}

// atName says whether a member's name is next.
func (e *Encoder) atName() bool {
	n := len(e.open)
	return n > 0 && e.open[n-1].isMap && e.open[n-1].tokens%2 == 0
}

func isProto(name []byte) bool {
	if bytes.IndexByte(name, '\\') >= 0 {
		name, _ = jsontext.AppendUnquote([]byte{'"'}, name) // half a surrogate pair is none of its letters
		name = append(name, '"')
	}
	return string(name) == `"__proto__"`
}

// begin leaves a byte for the head of a container: how much it holds is known at its end.
func (e *Encoder) begin(c container) {
	c.header = len(e.out)
	e.out = append(e.out, 0)
	e.open = append(e.open, c)
}

func (e *Encoder) end() {
	c := e.open[len(e.open)-1]
	e.open = e.open[:len(e.open)-1]
	var space [5]byte
	head := AppendArray(space[:0], c.tokens)
	if c.isMap {
		head = AppendMap(space[:0], c.tokens/2)
	}
	e.out[c.header] = head[0]
	if len(head) > 1 {
		e.out = slices.Insert(e.out, c.header+1, head[1:]...)
	}
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
		e.out = append(appendStringHead(e.out, len(inner)), inner...)
		return
	}
	text, err := jsontext.AppendUnquote(nil, raw)
	if err != nil {
		e.lost |= LostSurrogate
	}
	e.out = append(appendStringHead(e.out, len(text)), text...)
}

// exact is up to where doubles are sure to be integers as they are written.
const exact = 1 << 53

// number writes an integer as one, as far as 64 bits go, and everything else as a double. What is
// an integer to JavaScript is one here, however it is written: 1.0, 1e2.
func (e *Encoder) number(raw []byte) {
	text := string(raw)
	if i, err := strconv.ParseInt(text, 10, 64); err == nil {
		e.out = appendInt(e.out, i)
		return
	}
	if u, err := strconv.ParseUint(text, 10, 64); err == nil {
		e.out = AppendUint(e.out, u)
		return
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		e.lost |= LostNumber // and f is infinite
	}
	if i := int64(f); math.Abs(f) <= exact && float64(i) == f {
		e.out = appendInt(e.out, i)
		return
	}
	e.out = binary.BigEndian.AppendUint64(append(e.out, float64s), math.Float64bits(f))
}
