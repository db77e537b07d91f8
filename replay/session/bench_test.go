package session

import (
	"bytes"
	"errors"
	"io"
	"path/filepath"
	"sync"
	"testing"
)

var benchText = sync.OnceValue(func() []byte { return sessionText(100_000) })

// packFrames compresses text as a recording is: frames of whole lines, about a MiB of text each.
func packFrames(text []byte) []byte {
	var out bytes.Buffer
	p := &zstdPacker{out: &out}
	if err := errors.Join(p.write(text), p.finish()); err != nil {
		panic(err)
	}
	return out.Bytes()
}

func BenchmarkRead(b *testing.B) {
	text := benchText()
	for _, packing := range []struct {
		name string
		data []byte
	}{
		{"plain", text},
		{"zst", packFrames(text)},
		{"gz", gzipText(text)},
	} {
		b.Run(packing.name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			b.ReportMetric(float64(len(text))/float64(len(packing.data)), "ratio")
			for b.Loop() {
				r, err := NewReaderAhead(bytes.NewReader(packing.data), int64(len(packing.data)))
				if err != nil {
					b.Fatal(err)
				}
				var rec Record
				for err == nil {
					err = r.Next(&rec)
				}
				if !errors.Is(err, io.EOF) {
					b.Fatal(err)
				}
				_ = r.Close()
			}
		})
	}
}

// BenchmarkBlocks takes the text of blocks on two goroutines, and looks at no line.
func BenchmarkBlocks(b *testing.B) {
	text := benchText()
	for _, packing := range []struct {
		name string
		data []byte
	}{
		{"plain", text},
		{"zst", packFrames(text)},
	} {
		b.Run(packing.name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				blocks, err := NewBlocks(bytes.NewReader(packing.data))
				if err != nil {
					b.Fatal(err)
				}
				work := make(chan *Block, 2)
				var wg sync.WaitGroup
				for range 2 {
					wg.Go(func() {
						for block := range work {
							if _, err := block.Text(); err != nil {
								b.Error(err)
							}
							block.Release()
						}
					})
				}
				for {
					block, err := blocks.Next()
					if err != nil {
						break
					}
					work <- block
				}
				close(work)
				wg.Wait()
			}
		})
	}
}

func BenchmarkParseRecord(b *testing.B) {
	line := []byte(deltaLine(1234))
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	var rec Record
	for b.Loop() {
		if err := ParseRecord(line, &rec); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendJSON(b *testing.B) {
	line := []byte(deltaLine(1234))
	var rec Record
	if err := ParseRecord(line, &rec); err != nil {
		b.Fatal(err)
	}
	rec.Raw = nil
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	var dst []byte
	for b.Loop() {
		dst = rec.AppendJSON(dst[:0])
	}
}

// BenchmarkRecord writes records as they come, durable every 10 ms, on the disk of the test's folder.
func BenchmarkRecord(b *testing.B) {
	r, err := NewReader(bytes.NewReader(benchText()[:8<<20]))
	if err != nil {
		b.Fatal(err)
	}
	recs := readAll(b, r)
	size := 0
	for i := range recs {
		size += len(recs[i].Raw) + 1
		recs[i].Raw = nil
	}
	for _, name := range names {
		b.Run(name, func(b *testing.B) {
			f, err := Create(filepath.Join(b.TempDir(), name), sampleHeader(), Options{})
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(size / len(recs)))
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if err := f.Write(&recs[i%len(recs)]); err != nil {
					b.Fatal(err)
				}
			}
			if err := f.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}
