package session

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
)

// zstdStream compresses as a stream, which states no size.
func zstdStream(t *testing.T, text []byte, o ...zstd.EOption) []byte {
	t.Helper()
	var out bytes.Buffer
	enc, err := zstd.NewWriter(&out, append(o, zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true), zstd.WithEncoderLevel(zstd.SpeedFastest))...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := enc.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := enc.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// A recording that was compressed again, by whatever carried it here, is read like one that was not.
func TestCompressedTwice(t *testing.T) {
	text := sessionText(3000)
	_, want, _ := read(t, text)
	skippable := append([]byte{0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0}, "abc"...)
	half := len(text) / 2
	frames := append(zstdFrame(text[:half]), zstdFrame(text[half:])...)
	for name, data := range map[string][]byte{
		"gzip in gzip": gzipText(gzipText(text)), "zstd in gzip": gzipText(zstdFrame(text)), "frames in gzip": gzipText(frames),
		"gzip in zstd": zstdFrame(gzipText(text)), "zstd in zstd": zstdFrame(frames), "thrice": zstdStream(t, gzipText(gzipText(text))),
		"behind what is skipped": slices.Concat(skippable, zstdFrame(gzipText(text))),
		"a mark in gzip":         gzipText(append([]byte("\xef\xbb\xbf"), text...)),
	} {
		r, lines, bad := read(t, data)
		if diff := cmp.Diff(want, lines); diff != "" || len(bad) > 0 {
			t.Errorf("%s: %d lines instead of %d, %v", name, len(lines), len(want), bad)
			continue
		}
		if r.Truncated() != nil {
			t.Errorf("%s: %v", name, r.Truncated())
		}
		all, err := Decompress(bytes.NewReader(data))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got, err := io.ReadAll(all); err != nil || !bytes.Equal(got, text) {
			t.Errorf("%s: %d bytes instead of %d, %v", name, len(got), len(text), err)
		}
	}
}

func TestCompressedTooOften(t *testing.T) {
	data := sessionText(10)
	for range 10 {
		data = gzipText(data)
	}
	_, _, bad := read(t, data)
	const want = "not a deltatap session: it is compressed more than 3 times over"
	if len(bad) != 1 || bad[0].Error() != want {
		t.Errorf("got %v, want %s", bad, want)
	}
}

// What breaks off is read as far as it goes, however deep it lies.
func TestCompressedTwiceAndCutOff(t *testing.T) {
	text := sessionText(3000)
	for name, data := range map[string][]byte{"gzip": gzipText(gzipText(text)), "zstd": zstdFrame(gzipText(text)), "in gzip": gzipText(zstdStream(t, text))} {
		r, lines, bad := read(t, data[:len(data)*3/4])
		if r == nil || len(lines) < 100 || len(lines) > 2999 || len(bad) > 0 || r.Truncated() == nil {
			t.Errorf("%s: %d lines, %v", name, len(lines), bad)
		}
	}
}

// A window is read up to 128 MiB, as zstd itself does; what is larger, or needs a dictionary, is named.
func TestFramesThatOthersMake(t *testing.T) {
	text := sessionText(3000)
	_, want, _ := read(t, text)
	for _, window := range []int{32 << 20, 128 << 20} {
		_, lines, bad := read(t, zstdStream(t, text, zstd.WithWindowSize(window), zstd.WithSingleSegment(false)))
		if diff := cmp.Diff(want, lines); diff != "" || len(bad) > 0 {
			t.Errorf("with a window of %d: %d lines, %v", window, len(lines), bad)
		}
	}
	for name, c := range map[string]struct {
		packed []byte
		says   string
	}{
		"window":     {zstdStream(t, text, zstd.WithWindowSize(256<<20)), "its window is 256 MiB, and what is larger than 128 MiB is not read: "},
		"dictionary": {zstdStream(t, text, zstd.WithEncoderDictRaw(4711, text)), "it needs the dictionary 4711, "},
	} {
		_, _, bad := read(t, c.packed)
		if len(bad) != 1 || !strings.Contains(bad[0].Error(), c.says) || strings.Contains(bad[0].Error(), "damaged") {
			t.Errorf("%s: %v", name, bad)
		}
		_, lines, bad := read(t, slices.Concat(zstdFrame([]byte(firstLine(sample))), c.packed, zstdFrame([]byte(deltaLine(3)+"\n"))))
		if diff := cmp.Diff([]string{deltaLine(3)}, lines); diff != "" || len(bad) != 1 || !strings.Contains(bad[0].Error(), c.says) {
			t.Errorf("%s between others: %v, -want +got:\n%s", name, bad, diff)
		}
		all, err := Decompress(bytes.NewReader(c.packed))
		if err == nil {
			_, err = io.ReadAll(all)
		}
		if err == nil || strings.Contains(err.Error(), "damaged") {
			t.Errorf("%s as a stream: %v", name, err)
		}
	}
}
