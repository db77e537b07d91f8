package scan

import (
	"bytes"
	"context"
	"testing"

	"github.com/carebase/deltatap/replay/scan/scantest"
	"github.com/carebase/deltatap/replay/session"
	"github.com/klauspost/compress/zstd"
)

// The published figures come from fixtures/node/bench, with peers and a session of a gigabyte. This is for profiles.
func BenchmarkSession(b *testing.B) {
	text, _ := generated(b, scantest.Session{Messages: 100_000, Items: 10_000, Seed: 1})
	packed := pack(b, text)
	for _, c := range []struct {
		name string
		file []byte
	}{{"plain", text}, {"zstd", packed}} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Session(context.Background(), bytes.NewReader(c.file), Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// pack compresses text into frames of about a MiB of whole lines.
func pack(b *testing.B, text []byte) []byte {
	b.Helper()
	enc, err := zstd.NewWriter(nil)
	if err != nil {
		b.Fatal(err)
	}
	var packed []byte
	for len(text) > 0 {
		n := min(1<<20, len(text))
		n = bytes.LastIndexByte(text[:n], '\n') + 1
		packed = enc.EncodeAll(text[:n], packed)
		text = text[n:]
	}
	return packed
}

func BenchmarkSource(b *testing.B) {
	text, _ := generated(b, scantest.Session{Messages: 20_000, Items: 2000, Seed: 1})
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		r, err := session.NewReader(bytes.NewReader(text))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := Source(context.Background(), r); err != nil {
			b.Fatal(err)
		}
	}
}
