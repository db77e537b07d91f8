package fault

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// fate is what becomes of a delta in its message.
type fate uint8

const (
	whole fate = iota
	stripped
	gone
)

// cutter cuts deltas, or their data, out of a message. All other bytes stay as they are.
type cutter struct {
	what []fate   // of each delta
	left [][]byte // the deltas that the last message was left with
}

// message is args, an event's arguments in which nothing is odd, without what is gone. The result
// is new.
func (c *cutter) message(args []byte) []byte {
	from, spans := list(args)
	end := spans[len(spans)-1].end
	out := append(make([]byte, 0, len(args)), args[:from]...)
	type place struct{ at, end int }
	var places []place
	for i, s := range spans {
		if c.what[i] == gone {
			continue
		}
		if len(places) > 0 {
			out = append(out, ',')
		}
		at := len(out)
		delta := args[s.at:s.end]
		if c.what[i] == stripped {
			out = without(out, delta, "data")
		} else {
			out = append(out, delta...)
		}
		places = append(places, place{at, len(out)})
	}
	out = append(out, args[end:]...)
	c.left = c.left[:0]
	for _, p := range places {
		c.left = append(c.left, out[p.at:p.end:p.end])
	}
	return out
}

// refresh points deltas, those that were left, to where they are now.
func (c *cutter) refresh(deltas []delta) {
	for i := range deltas {
		deltas[i].raw = c.left[i]
	}
}

type span struct{ at, end int }

// list finds the deltas of a message: where the first begins, and where each is.
func list(args []byte) (from int, spans []span) {
	dec := jsontext.NewDecoder(bytes.NewReader(args))
	skip(dec, 2) // [ {
	for dec.PeekKind() != jsontext.KindEndObject {
		name, _ := dec.ReadToken()
		if name.String() != "deltas" {
			_ = dec.SkipValue()
			continue
		}
		skip(dec, 1) // [
		for dec.PeekKind() != jsontext.KindEndArray {
			value, err := dec.ReadValue()
			if err != nil {
				break
			}
			end := int(dec.InputOffset())
			spans = append(spans, span{end - len(value), end})
		}
		break
	}
	return spans[0].at, spans
}

// without appends an object without its member of that name.
func without(dst, object []byte, member string) []byte {
	dec := jsontext.NewDecoder(bytes.NewReader(object))
	skip(dec, 1) // {
	for first := true; dec.PeekKind() != jsontext.KindEndObject; first = false {
		before := int(dec.InputOffset()) // behind the brace, or the value before
		name, err := dec.ReadToken()
		if err != nil {
			break
		}
		found := name.String() == member
		if err := dec.SkipValue(); err != nil {
			break
		}
		if !found {
			continue
		}
		after := int(dec.InputOffset())
		if first && dec.PeekKind() != jsontext.KindEndObject {
			after += bytes.IndexByte(object[after:], ',') + 1
		}
		return append(append(dst, object[:before]...), object[after:]...)
	}
	return append(dst, object...)
}

func skip(dec *jsontext.Decoder, tokens int) {
	for range tokens {
		_, _ = dec.ReadToken()
	}
}
