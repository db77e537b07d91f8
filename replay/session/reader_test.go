package session

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"pgregory.net/rapid"
)

// deltaLine is a record as sessions have by the thousand, and about as random.
func deltaLine(n int) string {
	id := n * 7919 % 100_003
	token := sha256.Sum256([]byte{byte(id), byte(id >> 8), byte(id >> 16)})
	return fmt.Sprintf(`{"n":%d,"t":%d.%06d,"kind":"event","event":"plan:item-delta","args":[{"deltas":[{"itemType":"appointment","entityId":%d,"planItemId":%d,"action":"updated","source":"rest","data":{"appointment":{"id":%d,"itemId":%d,"startLocal":"2026-11-%02dT%02d:00:00+00:00","endLocal":"2026-11-%02dT%02d:30:00+00:00","startTimeZone":"UTC","endTimeZone":"UTC","startOffset":"+00:00","endOffset":"+00:00","location":"Riverside Clinic, room %d","prepNote":null,"summary":"Appointment confirmation","icsToken":"%x","assignedCollaboratorId":null,"createdAt":"2026-11-23T01:28:%02d.%03dZ","googleSync":null}},"version":%d}]}]}`,
		n, n/1000, n%1000*1000+id%1000, id, id+1, id, id+1, id%28+1, id%24, id%28+1, id%24, id%9, token, id%60, id%1000, n)
}

// sessionText is a session of so many deltas.
func sessionText(deltas int) []byte {
	var out bytes.Buffer
	out.WriteString(firstLine(sample))
	for n := range deltas {
		out.WriteString(deltaLine(n + 1))
		out.WriteByte('\n')
	}
	return out.Bytes()
}

func firstLine(s string) string { return s[:strings.IndexByte(s, '\n')+1] }

func zstdFrame(text []byte) []byte {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		panic(err)
	}
	return enc.EncodeAll(text, nil)
}

func gzipText(text []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(text)
	_ = w.Close()
	return out.Bytes()
}

// read reads a whole session from memory, as leniently as a Reader can be asked to.
func read(t failer, data []byte) (r *Reader, lines []string, bad []error) {
	t.Helper()
	r, err := NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, nil, []error{err}
	}
	var rec Record
	for {
		err := r.Next(&rec)
		var wrong *LineError
		switch {
		case err == nil:
			lines = append(lines, string(rec.Raw))
		case errors.Is(err, io.EOF):
			return r, lines, bad
		case errors.As(err, &wrong):
			bad = append(bad, err)
		default:
			return r, lines, append(bad, err)
		}
	}
}

// TestCutAnywhere cuts a session at every byte: every whole line before the cut is read, and the rest is reported.
func TestCutAnywhere(t *testing.T) {
	t.Parallel()
	all := strings.SplitAfter(strings.TrimSuffix(sample, "\n"), "\n")
	for cut := range len(sample) + 1 {
		r, lines, bad := read(t, []byte(sample[:cut]))
		whole := strings.Count(sample[:cut], "\n")
		rest := cut - strings.LastIndexByte(sample[:cut], '\n') - 1
		atEnd := whole < len(all) && rest == len(strings.TrimSuffix(all[whole], "\n")) // nothing but the newline is missing
		if atEnd {
			whole++
		}
		if whole == 0 {
			if r != nil || len(bad) != 1 {
				t.Errorf("cut at %d: was opened", cut)
			}
			continue
		}
		if len(bad) > 0 || len(lines) != whole-1 {
			t.Errorf("cut at %d: %d records and %v, want %d", cut, len(lines), bad, whole-1)
			continue
		}
		var want *Truncation
		if rest > 0 && !atEnd {
			want = &Truncation{Line: int64(whole + 1), Bytes: int64(rest), Reason: "the file breaks off"}
		}
		if diff := cmp.Diff(want, r.Truncated()); diff != "" {
			t.Errorf("cut at %d (-want +got):\n%s", cut, diff)
		}
		if r.Complete() != (whole == len(all)) {
			t.Errorf("cut at %d: complete is %v", cut, r.Complete())
		}
	}
}

// TestPackingDoesNotMatter writes the same text in every way that it can be stored, frames that break lines included.
func TestPackingDoesNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := sessionText(rapid.IntRange(0, 40).Draw(t, "deltas"))
		if rapid.Bool().Draw(t, "cut") {
			text = text[:len(text)-rapid.IntRange(0, 300).Draw(t, "by")%len(text)]
		}
		wantReader, want, wantBad := read(t, text)
		var frames []byte
		for rest := text; len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "frame")
			frames = append(frames, zstdFrame(rest[:n])...)
			if rapid.Bool().Draw(t, "skippable") {
				frames = append(frames, "\x5a\x2a\x4d\x18\x03\x00\x00\x00abc"...)
			}
			rest = rest[n:]
		}
		for name, packed := range map[string][]byte{"frames": frames, "gzip": gzipText(text)} {
			gotReader, got, gotBad := read(t, packed)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("%s (-want +got):\n%s", name, diff)
			}
			if len(gotBad) != len(wantBad) || wantReader != nil && wantReader.Complete() != gotReader.Complete() {
				t.Fatalf("%s: %v, want %v", name, gotBad, wantBad)
			}
			if wantReader == nil {
				continue
			}
			if diff := cmp.Diff(wantReader.Truncated(), gotReader.Truncated()); diff != "" {
				t.Fatalf("%s (-want +got):\n%s", name, diff)
			}
		}
	})
}

// TestCutCompressed cuts compressed sessions anywhere: what is read is the beginning of what was written, and
// every frame before the cut is in it.
func TestCutCompressed(t *testing.T) {
	t.Parallel()
	header := []byte(firstLine(sample))
	var frames []byte
	var ends []int // of frames
	records := []int{0}
	frames = append(frames, zstdFrame(header)...)
	ends = append(ends, len(frames))
	text := append([]byte(nil), header...)
	var all []string
	for f := range 4 {
		var frame []byte
		for i := range 5 {
			all = append(all, deltaLine(f*5+i))
			frame = append(frame, all[len(all)-1]+"\n"...)
		}
		text = append(text, frame...)
		frames = append(frames, zstdFrame(frame)...)
		ends = append(ends, len(frames))
		records = append(records, len(all))
	}
	check := func(name string, packed []byte, cut, atLeast int) {
		r, lines, bad := read(t, packed[:cut])
		if r == nil {
			if cut >= ends[0] && name == "zstd" {
				t.Errorf("%s cut at %d: %v", name, cut, bad)
			}
			return
		}
		if len(bad) > 0 || len(lines) < atLeast || len(lines) > len(all) || !cmp.Equal(lines, all[:len(lines)]) && len(lines) > 0 {
			t.Errorf("%s cut at %d: %d records and %v, want %d at least", name, cut, len(lines), bad, atLeast)
		}
		atEnd := false
		for _, end := range ends {
			atEnd = atEnd || name == "zstd" && cut == end
		}
		if (r.Truncated() == nil) != (atEnd || cut == len(packed)) {
			t.Errorf("%s cut at %d: truncated is %v", name, cut, r.Truncated())
		}
	}
	for cut := 1; cut <= len(frames); cut++ {
		atLeast := 0
		for i, end := range ends {
			if cut >= end {
				atLeast = records[i]
			}
		}
		check("zstd", frames, cut, atLeast)
	}
	packed := gzipText(text)
	for cut := 1; cut <= len(packed); cut++ {
		check("gzip", packed, cut, 0)
	}
}

// TestFlushedFrameIsSalvaged cuts a frame that is still being written: everything that was flushed is there.
func TestFlushedFrameIsSalvaged(t *testing.T) {
	var out bytes.Buffer
	enc, err := zstd.NewWriter(&out, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(enc, firstLine(sample)+deltaLine(1)+"\n"+deltaLine(2)+"\n")
	if err := enc.Flush(); err != nil {
		t.Fatal(err)
	}
	flushed := out.Len()
	_, _ = io.WriteString(enc, deltaLine(3)+"\n")
	if err := enc.Close(); err != nil {
		t.Fatal(err)
	}
	for cut := flushed; cut < out.Len()-5; cut++ {
		r, lines, bad := read(t, out.Bytes()[:cut])
		if len(lines) < 2 || len(bad) > 0 || r.Truncated() == nil {
			t.Errorf("cut at %d: %d records, %v", cut, len(lines), bad)
		}
	}
}

func TestDamagedFrameCostsOnlyItself(t *testing.T) {
	first := zstdFrame([]byte(firstLine(sample) + deltaLine(1) + "\n"))
	second := zstdFrame([]byte(deltaLine(2) + "\n" + deltaLine(3) + "\n"))
	third := zstdFrame([]byte(deltaLine(4) + "\n"))
	second[len(second)-1] ^= 1 // the checksum
	r, lines, bad := read(t, bytes.Join([][]byte{first, second, third}, nil))
	if diff := cmp.Diff([]string{deltaLine(1), deltaLine(4)}, lines); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(bad) != 1 || bad[0].Error() != "line 3: the compressed data is damaged" || r.Truncated() != nil {
		t.Errorf("got %v, %v", bad, r.Truncated())
	}
}

func TestWhatIsNoSession(t *testing.T) {
	tests := []struct{ name, data, want string }{
		{"empty", "", "not a deltatap session: empty file"},
		{"empty lines", "\n\r\n", "not a deltatap session: empty file"},
		{"other text", "hello\n", "not a deltatap session: line 1: broken JSON at byte 1"},
		{"other JSON", `{"a":1}` + "\n", `not a deltatap session: line 1: no "deltatap" member`},
		{"newer", `{"deltatap":2,"started":7}`, "made by a newer deltatap (session format 2; this one reads up to 1)"},
		{"no format", `{"deltatap":"x","started":"2026-11-23T00:52:14.165Z"}`, `not a deltatap session: line 1: "deltatap" is no whole number`},
		{"format 0", `{"deltatap":0,"started":"2026-11-23T00:52:14.165Z"}`, `not a deltatap session: line 1: "deltatap" is no format number`},
		{"no start", `{"deltatap":1}`, `not a deltatap session: line 1: "started" is missing`},
		{"cut", sample[:40], "not a deltatap session: line 1: the JSON breaks off"},
		{"UTF-16", "\xff\xfe{\x00", "not a deltatap session: the text is UTF-16, and should be UTF-8"},
		{"gzip header", "\x1f\x8b\x08", "not a deltatap session: the compressed data breaks off in its header"},
		{"zstd header", "\x28\xb5\x2f\xfd", "not a deltatap session: line 1: the compressed data breaks off"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := NewReader(strings.NewReader(test.data))
			var format *FormatError
			if !errors.As(err, &format) || err.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

func TestReadingGoesOnAfterABadLine(t *testing.T) {
	text := firstLine(sample) + deltaLine(1) + "\n{\n\n" + deltaLine(2) + "\r\n" + `{"n":3,"t":0}` + "\n"
	_, lines, bad := read(t, []byte("\xef\xbb\xbf"+text))
	if diff := cmp.Diff([]string{deltaLine(1), deltaLine(2)}, lines); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want := "[line 3: the JSON breaks off line 6: \"kind\" is missing]"
	if got := fmt.Sprint(bad); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestLineThatIsTooLong(t *testing.T) {
	t.Parallel()
	long := `{"n":2,"t":0.000000,"kind":"mark","text":"` + strings.Repeat("x", MaxLine) + `"}`
	text := firstLine(sample) + deltaLine(1) + "\n" + long + "\n" + deltaLine(3) + "\n"
	check := func(name string, data []byte) {
		_, lines, bad := read(t, data)
		if diff := cmp.Diff([]string{deltaLine(1), deltaLine(3)}, lines); diff != "" {
			t.Errorf("%s (-want +got):\n%.500s", name, diff)
		}
		if len(bad) == 0 || bad[0].Error() != "line 3: longer than 64 MiB" {
			t.Errorf("%s: got %.300v", name, bad)
		}
	}
	check("plain", []byte(text))
	check("zstd", zstdFrame([]byte(text)))
	w, err := NewWriter(io.Discard, sampleHeader())
	if err != nil {
		t.Fatal(err)
	}
	rec := Record{Kind: KindMark, Text: strings.Repeat("x", MaxLine)}
	var tooLong *TooLongError
	if err := w.Write(&rec); !errors.As(err, &tooLong) {
		t.Errorf("writing gave %v", err)
	}
	rec = Record{Kind: KindMark}
	if err := w.Write(&rec); err != nil || rec.N != 1 {
		t.Errorf("after it: record %d, %v", rec.N, err)
	}
}

func TestPartsThatWereConcatenated(t *testing.T) {
	header := firstLine(sample)
	text := header + deltaLine(1) + "\n" + strings.Replace(header, `"}`, `","part":2}`, 1) + deltaLine(2) + "\n"
	_, lines, bad := read(t, []byte(text))
	if len(lines) != 2 || len(bad) > 0 {
		t.Errorf("got %d records, %v", len(lines), bad)
	}
	other := strings.Replace(header, "0193541e", "0293541e", 1)
	_, lines, bad = read(t, []byte(text+other+deltaLine(3)+"\n"))
	if len(lines) != 2 || fmt.Sprint(bad) != "[not a deltatap session: line 5: another session begins here]" {
		t.Errorf("got %d records, %v", len(lines), bad)
	}
}

// TestLinesComeAsTheyAreWritten holds that a reader of a pipe does not wait for more than a line.
func TestLinesComeAsTheyAreWritten(t *testing.T) {
	in, out := io.Pipe()
	step := make(chan struct{})
	go func() {
		for _, line := range strings.SplitAfter(sample, "\n") {
			_, _ = io.WriteString(out, line)
			<-step
		}
		_ = out.Close()
	}()
	r, err := NewReader(in)
	if err != nil {
		t.Fatal(err)
	}
	for range sampleRecords() {
		step <- struct{}{}
		var rec Record
		if err := r.Next(&rec); err != nil {
			t.Fatal(err)
		}
	}
	close(step)
	if err := r.Next(&Record{}); !errors.Is(err, io.EOF) || !r.Complete() {
		t.Errorf("at the end: %v, complete is %v", err, r.Complete())
	}
}

// TestReadAhead reads a file that is worth reading ahead: to the end, and not to the end.
func TestReadAhead(t *testing.T) {
	t.Parallel()
	const deltas = 14_000
	text := sessionText(deltas)
	var small []byte
	for rest := text; len(rest) > 0; {
		end := min(len(rest), blockSize/3)
		small = append(small, zstdFrame(rest[:end])...)
		rest = rest[end:]
	}
	small = append(small, bytes.Repeat([]byte("\x50\x2a\x4d\x18\x00\x00\x02\x00"+strings.Repeat("\x00", 128<<10)), 8)...) // so that it is of some size
	for name, packed := range map[string][]byte{"frames": small, "one frame": zstdFrame(text), "gzip": gzipText(text), "plain": text} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, packed, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, want := range []int{deltas, 10} {
			r, err := Open(path)
			if err != nil {
				t.Fatal(err)
			}
			var rec Record
			for n := range want {
				if err := r.Next(&rec); err != nil || rec.N != int64(n+1) {
					t.Fatalf("%s: record %d: %v", name, n+1, err)
				}
			}
			if err := r.Next(&rec); want == deltas && !errors.Is(err, io.EOF) {
				t.Errorf("%s: at the end: %v", name, err)
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestReadErrorIsPassedOn(t *testing.T) {
	broken := errors.New("the disk is on fire")
	for _, data := range [][]byte{[]byte(sample), zstdFrame([]byte(sample)), gzipText([]byte(sample))} {
		r, err := NewReader(io.MultiReader(bytes.NewReader(data[:len(data)-3]), &failing{broken}))
		for err == nil {
			err = r.Next(&Record{})
		}
		if !errors.Is(err, broken) {
			t.Errorf("got %v", err)
		}
	}
}

type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }

func FuzzReader(f *testing.F) {
	f.Add([]byte(sample))
	f.Add(zstdFrame([]byte(sample)))
	f.Add(gzipText([]byte(sample)))
	f.Add(append(zstdFrame([]byte(firstLine(sample))), zstdFrame([]byte(deltaLine(1)))...))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, lines, _ := read(t, data)
		if r == nil {
			return
		}
		for _, line := range lines {
			if strings.ContainsRune(line, '\n') {
				t.Errorf("a line break in %q", line)
			}
		}
		if err := r.Next(&Record{}); err == nil {
			t.Error("reading goes on after the end")
		}
	})
}

func TestReaderSaysWhereItIs(t *testing.T) {
	for _, data := range [][]byte{[]byte(sample), zstdFrame([]byte(sample))} {
		r, err := NewReader(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		readAll(t, r)
		if r.Line() != 10 || r.Offset() != int64(len(data)) {
			t.Errorf("at line %d, byte %d of %d", r.Line(), r.Offset(), len(data))
		}
	}
}

// TestLineOverManyFrames has a line grow from frame to frame until no line may be so long.
func TestLineOverManyFrames(t *testing.T) {
	t.Parallel()
	packed := zstdFrame([]byte(firstLine(sample) + deltaLine(1) + "\n" + `{"n":2,"t":0.000000,"kind":"mark","text":"`))
	piece := zstdFrame(bytes.Repeat([]byte("x"), 4<<20))
	for range MaxLine / (4 << 20) {
		packed = append(packed, piece...)
	}
	packed = append(packed, zstdFrame([]byte("\"}\n"+deltaLine(3)+"\n"))...)
	_, lines, bad := read(t, packed)
	if diff := cmp.Diff([]string{deltaLine(1), deltaLine(3)}, lines); diff != "" {
		t.Errorf("(-want +got):\n%.500s", diff)
	}
	if len(bad) == 0 || !strings.HasSuffix(bad[0].Error(), "longer than 64 MiB") {
		t.Errorf("got %.300v", bad)
	}
}
