package contract

import "testing"

func BenchmarkDecode(b *testing.B) {
	args := []byte(hot)
	var m Message
	b.SetBytes(int64(len(args)))
	b.ReportAllocs()
	for b.Loop() {
		Decode(args, &m)
	}
	if len(m.Deltas) != 1 || len(m.Findings) != 0 {
		b.Fatalf("decoded %+v", m)
	}
}

func BenchmarkSlow(b *testing.B) {
	args := []byte(hot)
	var m Message
	b.SetBytes(int64(len(args)))
	b.ReportAllocs()
	for b.Loop() {
		m.reset(args)
		slowMessage(args, &m)
	}
	if len(m.Deltas) != 1 || len(m.Findings) != 0 {
		b.Fatalf("decoded %+v", m)
	}
}
