package session

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
)

// recordSealed makes a sealed recording of ten events and an end, and returns its path.
func recordSealed(t *testing.T, name string, o Options) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	o.Seal = true
	f, err := Create(path, sampleHeader(), o)
	do(t, err)
	for n := range 10 {
		do(t, f.Write(event(n, 20)))
		if n%3 == 0 {
			do(t, f.Sync())
		}
	}
	do(t, f.Write(&Record{T: time.Second, Kind: KindEnd, Reason: "interrupt"}))
	do(t, f.Close())
	if s := f.Stats(); s.Received != 11 || s.Written != 11 || s.Lost != 0 {
		t.Errorf("stats are %+v", s)
	}
	return path
}

func TestASealIsOverAllBytesBefore(t *testing.T) {
	for _, name := range names {
		path := recordSealed(t, name, Options{})
		all := strings.SplitAfter(text(t, path), "\n")
		if len(all) != 14 { // a header, ten events, a seal, an end, and nothing
			t.Fatalf("%d lines", len(all))
		}
		before, seal, end := strings.Join(all[:11], ""), all[11], all[12]
		want := fmt.Sprintf(`{"n":11,"t":1.000000,"kind":"seal","sha256":"%s","records":10,"end":"%s"}`+"\n",
			sumOf([]byte(before)), sumOf([]byte(strings.TrimSuffix(end, "\n"))))
		if seal != want {
			t.Errorf("the seal is %q, want %q", seal, want)
		}
		if want := `{"n":12,"t":1.000000,"kind":"end","reason":"interrupt","records":12,"lost":0}` + "\n"; end != want {
			t.Errorf("the end is %q, want %q", end, want)
		}
		v, err := Verify([]string{path})
		do(t, err)
		if v.State != SealWhole || v.Seals != 1 || v.Records != 12 || v.Doubtful() {
			t.Errorf("%s: %+v", name, v)
		}
		r, err := Open(path)
		do(t, err)
		if got := readAll(t, r); len(got) != 12 || !r.Complete() {
			t.Errorf("%d records, complete is %v", len(got), r.Complete())
		}
		do(t, r.Close())
	}
}

// TestVerify tells a cut from a change from a splice.
func TestVerify(t *testing.T) {
	whole := strings.SplitAfter(text(t, recordSealed(t, "day.ndjson", Options{})), "\n")[:13]
	line := func(i int, old, new string) []string {
		lines := append([]string(nil), whole...)
		lines[i] = strings.Replace(lines[i], old, new, 1)
		if lines[i] == whole[i] {
			t.Fatalf("line %d holds no %q", i, old)
		}
		return lines
	}
	without := func(from, to int) []string { return append(append([]string(nil), whole[:from]...), whole[to:]...) }
	with := func(at int, more ...string) []string {
		return append(append(append([]string(nil), whole[:at]...), more...), whole[at:]...)
	}
	tests := []struct {
		name  string
		lines []string
		want  SealState
		says  string
	}{
		{"whole", whole, SealWhole, ""},
		{"a byte of an event", line(4, "xxx", "xyx"), SealChanged, "lines 1 to 11"},
		{"a number of an event", line(4, `"n":4`, `"n":5`), SealSpliced, "record 5 follows record 3"},
		{"a byte of the header", line(0, "2026", "2025"), SealChanged, "lines 1 to 11"},
		{"a space", line(4, "{", "{ "), SealChanged, ""},
		{"a carriage return", line(4, "\n", "\r\n"), SealChanged, ""},
		{"an empty line", with(4, "\n"), SealSpliced, "11 records stand before the seal"},
		{"a byte order mark", line(0, "{", "\ufeff{"), SealChanged, ""},
		{"the seal's sum", line(11, `"sha256":"`, `"sha256":"0`), SealChanged, ""},
		{"the seal's count", line(11, `"records":10`, `"records":9`), SealSpliced, ""},
		{"the seal's number", line(11, `"n":11`, `"n":13`), SealChanged, ""},
		{"the seal's time", line(11, `"t":1.`, `"t":2.`), SealChanged, "the seal at line 12"},
		{"the seal's spelling", line(11, `"records":`, `"records": `), SealChanged, "the seal at line 12"},
		{"what was lost", line(12, `"lost":0`, `"lost":7`), SealChanged, "end record at line 13"},
		{"why it ended", line(12, "interrupt", "failed"), SealChanged, "end record at line 13"},
		{"records taken out", without(3, 6), SealSpliced, "record 6 follows record 2"},
		{"the first record taken out", without(1, 2), SealSpliced, "record 2 follows record 0"},
		{"two records swapped", append(append(append([]string(nil), whole[:3]...), whole[4], whole[3]), whole[5:]...), SealSpliced, ""},
		{"a record twice", with(4, whole[4]), SealSpliced, "record 4 follows record 4"},
		{"another session", with(6, whole...), SealSpliced, "another session begins at line 7"},
		{"something after the end", with(13, whole[12]), SealSpliced, "after the end"},
		{"one session behind another", append(append([]string(nil), whole...), whole...), SealSpliced, "another session begins at line 14"},
		{"a record before the end", with(12, whole[4]), SealSpliced, "line 13 is not the end record"},
		{"cut before the seal", whole[:8], SealCut, "breaks off after line 8"},
		{"cut within a line", append(append([]string(nil), whole[:8]...), whole[8][:20]), SealCut, ""},
		{"cut within the seal", append(append([]string(nil), whole[:11]...), whole[11][:60]), SealCut, ""},
		{"cut before the end", whole[:12], SealCut, "the end record is not there"},
		{"cut within the end", append(append([]string(nil), whole[:12]...), whole[12][:40]), SealCut, "end record"},
		{"the last line break", append(append([]string(nil), whole[:12]...), strings.TrimSuffix(whole[12], "\n")), SealCut, "line break"},
		{"the seal taken out", without(11, 12), SealNone, "no seal"},
		{"header alone", whole[:1], SealCut, ""},
		{"zeros", with(6, strings.Repeat("\x00", 100)), SealChanged, ""},
	}
	for _, test := range tests {
		for _, packed := range []packing{plainText, zstdFrames, gzipStream} {
			var file bytes.Buffer
			p := newPacker(packed, &file)
			do(t, p.write([]byte(strings.Join(test.lines, ""))))
			do(t, p.finish())
			if test.name == "a byte order mark" && packed != plainText {
				continue // it is no header then
			}
			v, err := VerifyReader(&file)
			if err != nil {
				t.Errorf("%s: %v", test.name, err)
				continue
			}
			if v.State != test.want || !strings.Contains(v.Reason, test.says) {
				t.Errorf("%s: %s, %q; want %s, %q", test.name, v.State, v.Reason, test.want, test.says)
			}
		}
	}
}

// TestEveryByteIsSealed changes each byte of a session, and cuts it off after each.
func TestEveryByteIsSealed(t *testing.T) {
	whole := text(t, recordSealed(t, "day.ndjson", Options{}))
	for i := range whole {
		changed := []byte(whole)
		changed[i] ^= 1
		want := SealChanged
		if whole[i] == '\n' { // two lines become one, and that may be the seal's
			want = SealNone
		}
		if v, err := VerifyReader(bytes.NewReader(changed)); err == nil && rank(v.State) < rank(want) {
			t.Errorf("byte %d changed from %q to %q: %+v", i, whole[i], changed[i], v)
		}
		if i == 0 {
			continue
		}
		if v, err := VerifyReader(strings.NewReader(whole[:i])); err == nil && v.State != SealCut {
			t.Errorf("cut off after %d bytes: %+v", i, v)
		}
	}
}

// TestVerifyDamagedCompression tells compressed data that breaks off from what is damaged.
func TestVerifyDamagedCompression(t *testing.T) {
	for _, name := range names[1:] {
		data, err := os.ReadFile(recordSealed(t, name, Options{}))
		do(t, err)
		v, err := VerifyReader(bytes.NewReader(data[:len(data)/2]))
		if err != nil || v.State != SealCut {
			t.Errorf("%s cut off: %+v, %v", name, v, err)
		}
		data[len(data)/2] ^= 0x55
		v, err = VerifyReader(bytes.NewReader(data))
		if err == nil && v.State != SealChanged && v.State != SealSpliced {
			t.Errorf("%s damaged: %+v", name, v)
		}
	}
}

// TestVerifyParts holds each part's header against the part before it.
func TestVerifyParts(t *testing.T) {
	for _, name := range names {
		path := recordSealed(t, name, Options{RotateEvery: 4 * time.Millisecond})
		part := func(n int) string { return PartName(path, n) }
		check := func(what string, want SealState, says string, paths ...string) {
			t.Helper()
			v, err := Verify(paths)
			if err != nil || v.State != want || !strings.Contains(v.Reason, says) {
				t.Errorf("%s, %s: %+v, %v; want %s, %q", name, what, v, err, want, says)
			}
		}
		check("all", SealWhole, "", part(3), part(1), part(2))
		check("without the last", SealCut, "goes on in another part", part(1), part(2))
		check("without the middle", SealCut, "part 2 is not there", part(1), part(3))
		check("without the first", SealCut, "part 1 is not there", part(2), part(3))
		check("the last alone", SealCut, "parts 1 to 2 are not there", part(3))
		other := recordSealed(t, name, Options{RotateEvery: 4 * time.Millisecond, Group: time.Millisecond})
		mine, err := os.ReadFile(part(2))
		do(t, err)
		repack(t, part(2), func(text string) string { return strings.Replace(text, "xxx", "xyx", 1) })
		check("changed", SealChanged, "is not what the seal", part(1), part(2), part(3))
		do(t, os.WriteFile(part(2), mine, 0o600))
		// A part of another recording that is sealed in itself.
		foreign := text(t, PartName(other, 2))
		repack(t, part(2), func(string) string { return foreign })
		check("the same part of an equal recording", SealWhole, "", part(1), part(2), part(3))
	}
}

func repack(t *testing.T, path string, change func(string) string) {
	t.Helper()
	changed := change(text(t, path))
	var file bytes.Buffer
	p := newPacker(packingOf(path), &file)
	do(t, p.write([]byte(changed)))
	do(t, p.finish())
	do(t, os.WriteFile(path, file.Bytes(), 0o600))
}

// TestASplicedPart puts a part of another recording with the same id between two.
func TestASplicedPart(t *testing.T) {
	mine := recordSealed(t, "day.ndjson", Options{RotateEvery: 4 * time.Millisecond})
	folder := t.TempDir()
	f, err := Create(filepath.Join(folder, "day.ndjson"), sampleHeader(), Options{Seal: true, RotateEvery: 4 * time.Millisecond})
	do(t, err)
	for n := range 10 {
		do(t, f.Write(event(n, 30)))
	}
	do(t, f.Close())
	v, err := Verify([]string{mine, PartName(filepath.Join(folder, "day.ndjson"), 2), PartName(mine, 3)})
	do(t, err)
	if v.State != SealSpliced || v.Reason != "part 2 does not go on from part 1" {
		t.Errorf("%+v", v)
	}
}

// TestAFrameTakenOut of a compressed session is a splice.
func TestAFrameTakenOut(t *testing.T) {
	path := recordSealed(t, "day.ndjson", Options{})
	lines := strings.SplitAfter(text(t, path), "\n")
	e, err := zstd.NewWriter(io.Discard)
	do(t, err)
	defer e.Close()
	var file []byte
	for i, line := range lines {
		if i != 5 {
			file = e.EncodeAll([]byte(line), file)
		}
	}
	v, err := VerifyReader(bytes.NewReader(file))
	if err != nil || v.State != SealSpliced || !strings.Contains(v.Reason, "record 6 follows record 4") {
		t.Errorf("%+v, %v", v, err)
	}
}

// TestARecordingThatSealsItselfTakesNoSeals writes a sealed session into another of parts: the old seals, which would not fit
// any more, are left out, and unknown members of the header stay.
func TestARecordingThatSealsItselfTakesNoSeals(t *testing.T) {
	r, err := NewReader(strings.NewReader(strings.Replace(text(t, recordSealed(t, "day.ndjson", Options{})), "{", `{"more":[1, 2],`, 1)))
	do(t, err)
	path := filepath.Join(t.TempDir(), "day.ndjson")
	f, err := Create(path, r.Header(), Options{Seal: true, RotateEvery: 6 * time.Millisecond})
	do(t, err)
	for {
		var rec Record
		if r.Next(&rec) != nil {
			break
		}
		do(t, f.Write(&rec))
	}
	do(t, f.Close())
	v, err := Verify([]string{path, PartName(path, 2)})
	do(t, err)
	if v.State != SealWhole || v.Seals != 3 {
		t.Errorf("%+v", v)
	}
	for part := 1; part <= 2; part++ {
		first := firstLine(text(t, PartName(path, part)))
		if !strings.Contains(first, `"more":[1, 2]`) || !strings.Contains(first, fmt.Sprintf(`"part":%d`, part)) {
			t.Errorf("part %d begins with %s", part, first)
		}
	}
}
