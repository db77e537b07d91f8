package convert

import (
	"bytes"
	"errors"
	"io"
	"time"

	"github.com/carebase/deltatap/replay/session"
	"github.com/go-json-experiment/json/jsontext"
)

// payloadStep is what t advances by from payload to payload, as nothing tells when they came.
const payloadStep = 100 * time.Millisecond

// deltaEvent is the event that payloads are of.
const deltaEvent = "plan:item-delta"

// openPayloads reads a payload a line.
func openPayloads(r io.Reader, o Options) (session.Source, error) {
	lines, err := session.NewLines(r)
	if err != nil {
		return nil, err
	}
	o.Format = Payloads
	s := &stream{what: "file of payloads", lines: lines}
	taken := 0
	s.convert = func(line []byte) error {
		rec, err := payload(line)
		if err != nil {
			return err
		}
		if s.header.Started.IsZero() {
			s.header = header(o, o.Now(), "", line)
		}
		rec.T = time.Duration(taken) * payloadStep
		taken++
		s.put(rec)
		return nil
	}
	if err := s.first(); err != nil {
		return nil, err
	}
	return s, nil
}

// payload makes a record of a line: the argument {"deltas":[…]}, the arguments [{"deltas":[…]}], the event
// ["name",{…}], with or without the packet's type before it, or one delta alone.
func payload(line []byte) (session.Record, error) {
	rec := session.Record{Kind: session.KindEvent, Event: deltaEvent}
	line = bytes.TrimSpace(line)
	if digits := len(line) - len(bytes.TrimLeft(line, "0123456789")); digits > 0 && digits <= 2 {
		line = withoutEngine(line)
		if p, ok := parsePacket(line); ok && p.kind == packetEvent {
			line = p.data
		}
	}
	value := jsontext.Value(line)
	if !value.IsValid(lenient...) {
		return rec, errors.New("broken JSON")
	}
	switch value.Kind() {
	case '[':
		if name, args, ok := (packet{data: line}).event(); ok {
			rec.Event, rec.Args = name, args
			return rec, nil
		}
		rec.Args = bytes.Clone(line)
		return rec, nil
	case '{':
		rec.Args = enclose(`[`, line, `]`)
		if isDelta(line) {
			rec.Args = enclose(`[{"deltas":[`, line, `]}]`)
		}
		return rec, nil
	}
	return rec, errors.New("neither an object nor a list")
}

func enclose(before string, text []byte, after string) []byte {
	return append(append([]byte(before), text...), after...)
}

// isDelta says whether an object is a delta, rather than a payload with deltas.
func isDelta(object []byte) bool {
	var itemType, deltas bool
	_ = eachMember(object, func(name string, _ jsontext.Value) {
		itemType = itemType || name == "itemType"
		deltas = deltas || name == "deltas"
	})
	return itemType && !deltas
}
