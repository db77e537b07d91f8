package contract

import (
	"bytes"
	"encoding/json"
	"io"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

// The benchmarks decode the same message of the hot shape, payloads left raw: by
// Decode, by its strict path alone, and by what one would take otherwise.

func BenchmarkDecode(b *testing.B) {
	var m Message
	benchmark(b, func(args []byte) error {
		Decode(args, &m)
		return nil
	})
	if len(m.Deltas) != 1 || m.Deltas[0].Version != 1 || len(m.Findings) != 0 {
		b.Fatalf("decoded %+v", m)
	}
}

func BenchmarkDecodeStrict(b *testing.B) {
	var m Message
	benchmark(b, func(args []byte) error {
		m.reset(args)
		slowMessage(args, &m)
		return nil
	})
	if len(m.Deltas) != 1 || m.Deltas[0].Version != 1 || len(m.Findings) != 0 {
		b.Fatalf("decoded %+v", m)
	}
}

// BenchmarkDecodeEncodingJSON is encoding/json into structs.
func BenchmarkDecodeEncodingJSON(b *testing.B) {
	type delta struct {
		ItemType, Action, Source      string
		EntityID, PlanItemID, Version int64
		Data                          *struct {
			Appointment, Bill json.RawMessage
			Section           string
		}
	}
	var args []struct{ Deltas []delta }
	benchmark(b, func(text []byte) error {
		args = args[:0]
		return json.Unmarshal(text, &args)
	})
	if args[0].Deltas[0].Version != 1 {
		b.Fatalf("decoded %+v", args)
	}
}

// BenchmarkDecodeJSONText walks the tokens down to the payload with jsontext, strictly.
func BenchmarkDecodeJSONText(b *testing.B) {
	var dec jsontext.Decoder
	var buf bytes.Buffer
	version := int64(0)
	benchmark(b, func(text []byte) error {
		buf = *bytes.NewBuffer(text)
		dec.Reset(&buf)
		for {
			if dec.PeekKind() == jsontext.KindBeginObject && dec.StackDepth() == 5 {
				if _, err := dec.ReadValue(); err != nil {
					return err
				}
				continue
			}
			token, err := dec.ReadToken()
			if err == io.EOF {
				return nil
			}
			if err != nil {
				return err
			}
			if token.Kind() == jsontext.KindNumber {
				version, _ = token.Int()
			}
		}
	})
	if version != 1 {
		b.Fatalf("version is %d", version)
	}
}

// benchmark measures what decodes the hot message, in bytes a second.
func benchmark(b *testing.B, decode func([]byte) error) {
	text := []byte(hot)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if err := decode(text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	for _, c := range []struct {
		name    string
		shallow bool
	}{{"deep", false}, {"shallow", true}} {
		b.Run(c.name, func(b *testing.B) {
			var m Message
			Decode([]byte(hot), &m)
			checker := Checker{Shallow: c.shallow}
			report := func(f Finding) { b.Fatal(f) }
			b.SetBytes(int64(len(hot)))
			b.ReportAllocs()
			for b.Loop() {
				m.Deltas[0].Version++
				checker.Check(&m, report)
			}
		})
	}
}

// BenchmarkDecodeOdd is the price of a finding: the fast path tries, the strict one reads.
func BenchmarkDecodeOdd(b *testing.B) {
	text := bytes.Replace([]byte(hot), []byte(`"version":1`), []byte(`"version":null`), 1)
	var m Message
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		Decode(text, &m)
	}
	if len(m.Findings) != 1 {
		b.Fatalf("findings %v", m.Findings)
	}
}
