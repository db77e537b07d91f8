package session

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestPartName(t *testing.T) {
	tests := []struct{ path, want string }{
		{"day.ndjson.zst", "day.part0002.ndjson.zst"},
		{"a.b/day.ndjson", "a.b/day.part0002.ndjson"},
		{"day.gz", "day.part0002.gz"},
		{"day", "day.part0002"},
		{".day", ".day.part0002"},
		{"day.2026-11-23.jsonl.GZ", "day.2026-11-23.part0002.jsonl.GZ"},
	}
	for _, test := range tests {
		if got := PartName(test.path, 2); got != test.want {
			t.Errorf("part 2 of %s is %s, want %s", test.path, got, test.want)
		}
		if ok, err := filepath.Match(partPattern(test.path), PartName(test.path, 12345)); !ok || err != nil {
			t.Errorf("%s does not match part 12345: %v", partPattern(test.path), err)
		}
		if got := PartName(test.path, 1); got != test.path {
			t.Errorf("part 1 of %s is %s", test.path, got)
		}
	}
}

// record writes so many events, a millisecond apart, syncing after each so that sizes are known, and a plan wherever
// one has been asked for and so many events have passed.
func record(t *testing.T, path string, events, planAfter int, o Options) {
	t.Helper()
	due := -1
	if planAfter >= 0 {
		o.Snapshot = func() {
			if due >= 0 {
				t.Error("asked for a plan again")
			}
			due = planAfter
		}
	}
	f, err := Create(path, sampleHeader(), o)
	if err != nil {
		t.Fatal(err)
	}
	for n := range events {
		rec := event(n, 0)
		rec.Args = fmt.Appendf(nil, `["%x%x"]`, sha256.Sum256([]byte{byte(n)}), sha256.Sum256([]byte{byte(n), 1}))
		if err := f.Write(rec); err != nil {
			t.Fatal(err)
		}
		if due == 0 {
			plan := Record{T: time.Duration(n) * time.Millisecond, Kind: KindPlan, Status: 200, Body: []byte(`{"planVersion":1}`)}
			if err := f.Write(&plan); err != nil {
				t.Fatal(err)
			}
		}
		due = max(due-1, -1)
		if err := f.Sync(); err != nil {
			t.Fatal(err)
		}
	}
	end := Record{T: time.Duration(events) * time.Millisecond, Kind: KindEnd, Reason: "count"}
	if err := f.Write(&end); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// partKinds opens each file alone, and sums up its records: the part's number, its first kind, its last reason.
func partKinds(t *testing.T, paths []string) []string {
	t.Helper()
	var out []string
	for _, path := range paths {
		r, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		recs := readAll(t, r)
		first, last := recs[0], recs[len(recs)-1]
		out = append(out, fmt.Sprintf("%d: %d to %d, %s to %s", r.Header().Part, first.N, last.N, first.Kind, last.Reason))
		if r.Header().Session != sampleHeader().Session || !r.Header().Started.Equal(sampleHeader().Started) {
			t.Errorf("header is %s", r.Header().Raw)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	return out
}

func TestRotateEvery(t *testing.T) {
	for _, name := range names {
		path := filepath.Join(t.TempDir(), name)
		record(t, path, 22, 2, Options{RotateEvery: 8 * time.Millisecond})
		paths := []string{PartName(path, 3), path, PartName(path, 2)}
		// A plan is asked for by event 8, and comes after event 10.
		want := []string{"1: 1 to 12, event to rotated", "2: 13 to 24, plan to rotated", "3: 25 to 27, plan to count"}
		if diff := cmp.Diff(want, partKinds(t, []string{paths[1], paths[2], paths[0]})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		p, err := OpenAll(paths)
		if err != nil {
			t.Fatal(err)
		}
		for i, rec := range readAll(t, p) {
			if rec.N != int64(i+1) {
				t.Errorf("record %d is number %d", i+1, rec.N)
			}
		}
		if len(p.Holes()) > 0 || !p.Complete() || p.Truncated() != nil {
			t.Errorf("holes %v, complete %v, truncated %v", p.Holes(), p.Complete(), p.Truncated())
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestRotateWithoutAPlan(t *testing.T) {
	folder := t.TempDir()
	none, late := filepath.Join(folder, "none.zst"), filepath.Join(folder, "late.zst")
	record(t, none, 20, -1, Options{RotateEvery: 8 * time.Millisecond})
	want := []string{"1: 1 to 9, event to rotated", "2: 10 to 18, event to rotated", "3: 19 to 23, event to count"}
	if diff := cmp.Diff(want, partKinds(t, []string{none, PartName(none, 2), PartName(none, 3)})); diff != "" {
		t.Errorf("nobody to ask (-want +got):\n%s", diff)
	}
	record(t, late, 20, 100, Options{RotateEvery: 8 * time.Millisecond, SnapshotWait: 5 * time.Millisecond})
	want = []string{"1: 1 to 14, event to rotated", "2: 15 to 22, event to count"}
	if diff := cmp.Diff(want, partKinds(t, []string{late, PartName(late, 2)})); diff != "" {
		t.Errorf("no answer (-want +got):\n%s", diff)
	}
}

func TestRotateSize(t *testing.T) {
	t.Parallel()
	for _, name := range names {
		folder := t.TempDir()
		path := filepath.Join(folder, name)
		record(t, path, 300, -1, Options{RotateSize: 4000})
		entries, err := os.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		if len(entries) < 3 {
			t.Errorf("%s: %d parts", name, len(entries))
		}
		var paths []string
		for i, e := range entries {
			info, err := e.Info()
			if err != nil {
				t.Fatal(err)
			}
			if info.Size() > 4500 || info.Size() < 3600 && i < len(entries)-2 {
				t.Errorf("%s is of %d bytes", e.Name(), info.Size())
			}
			paths = append(paths, filepath.Join(folder, e.Name()))
		}
		p, err := OpenAll(paths)
		if err != nil {
			t.Fatal(err)
		}
		if got := len(readAll(t, p)); got != 300+len(entries) || !p.Complete() {
			t.Errorf("%s: %d records in %d parts, complete is %v", name, got, len(entries), p.Complete())
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestHolesBetweenParts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "day.ndjson")
	record(t, path, 30, -1, Options{RotateEvery: 8 * time.Millisecond})
	part := func(n int) string { return PartName(path, n) }
	tests := []struct {
		paths    []string
		want     []Hole
		complete bool
	}{
		{[]string{part(1), part(2), part(3), part(4)}, nil, true},
		{[]string{part(1), part(4)}, []Hole{{After: 9, Before: 28}}, true},
		{[]string{part(2), part(3)}, []Hole{{Before: 10}, {After: 27}}, false},
	}
	for _, test := range tests {
		p, err := OpenAll(test.paths)
		if err != nil {
			t.Fatal(err)
		}
		readAll(t, p)
		if diff := cmp.Diff(test.want, p.Holes()); diff != "" || p.Complete() != test.complete {
			t.Errorf("%v: complete is %v (-want +got):\n%s", test.paths, p.Complete(), diff)
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}
	want := "records 10 to 27 are in none of the parts"
	if got := tests[1].want[0].String(); got != want {
		t.Errorf("the hole is called %q, want %q", got, want)
	}
}

func TestGroup(t *testing.T) {
	folder := t.TempDir()
	mine, other := filepath.Join(folder, "mine"), filepath.Join(folder, "other")
	record(t, mine, 10, -1, Options{RotateEvery: 8 * time.Millisecond})
	if err := os.WriteFile(other, []byte(strings.Replace(sample, "0193541e", "0293541e", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := Group([]string{PartName(mine, 2), other, mine})
	if err != nil {
		t.Fatal(err)
	}
	var paths [][]string
	for _, r := range got {
		paths = append(paths, r.Paths)
	}
	if diff := cmp.Diff([][]string{{mine, PartName(mine, 2)}, {other}}, paths); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var format *FormatError
	if _, err := OpenAll([]string{mine, other}); !errors.As(err, &format) {
		t.Errorf("two recordings as one gave %v", err)
	}
	if _, err := Group([]string{mine, mine}); !errors.As(err, &format) {
		t.Errorf("a part that is given twice gave %v", err)
	}
	if _, err := Group([]string{filepath.Join(folder, "none")}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a part that is not there gave %v", err)
	}
}

// TestRotationAndWhatIsThere holds that parts of another recording are neither overwritten nor mixed with the new ones.
func TestRotationAndWhatIsThere(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "day.zst")
	record(t, path, 30, -1, Options{RotateEvery: 8 * time.Millisecond})
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(path, sampleHeader(), Options{RotateSize: 1}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("beside old parts: %v", err)
	}
	record(t, path, 10, -1, Options{RotateEvery: 8 * time.Millisecond, Force: true})
	checkFolder(t, folder, "day.part0002.zst", "day.zst")
}

func TestPartsNameTheFileOfABadLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "day.ndjson")
	record(t, path, 10, -1, Options{RotateEvery: 8 * time.Millisecond})
	second := PartName(path, 2)
	all, err := os.ReadFile(second)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(second, append(all, "{}\n{"...), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := OpenAll([]string{path, second})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	var bad *LineError
	for err == nil {
		err = p.Next(&Record{})
	}
	if !errors.As(err, &bad) || bad.Path != second || bad.Line != 5 {
		t.Errorf("got %v", err)
	}
	if err := p.Next(&Record{}); !errors.Is(err, io.EOF) || p.Truncated() == nil || p.Truncated().Path != second {
		t.Errorf("at the end: %v, truncated %v", err, p.Truncated())
	}
}

// TestDiskFullWhileRotating fills the disk anywhere in a recording of several parts.
func TestDiskFullWhileRotating(t *testing.T) {
	t.Parallel()
	for _, name := range names {
		for room := int64(400); room < 9000; room += 61 {
			disk := &testFS{room: room}
			f, err := Create(name, sampleHeader(), Options{FS: disk, RotateEvery: 5 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			const events = 30
			for n := range events {
				_ = f.Write(event(n, 100+n))
				if n%3 == 0 {
					_ = f.Sync()
				}
			}
			_ = f.Close()
			held, size := int64(0), int64(0)
			for part := 1; part <= len(disk.files); part++ {
				data := disk.files[PartName(name, part)].data
				size += int64(len(data))
				_, lines, bad := read(t, data)
				for _, line := range lines {
					if !strings.Contains(line, ReasonRotated) {
						held++
					}
				}
				if len(bad) > 0 {
					t.Errorf("%s, room %d, part %d: %v", name, room, part, bad)
				}
			}
			s := f.Stats()
			if s.Written != held || s.Written+s.Lost != events {
				t.Errorf("%s, room %d: holds %d records, and says %+v", name, room, held, s)
			}
			if name == "day.ndjson" && f.err == nil && s.Bytes != size {
				t.Errorf("room %d: holds %d bytes, and says %d", room, size, s.Bytes)
			}
		}
	}
}

// TestRotationNumbersAnew copies records that were read into a recording of parts: all but their numbers stays as it was.
func TestRotationNumbersAnew(t *testing.T) {
	disk := &testFS{}
	f, err := Create("day", sampleHeader(), Options{FS: disk, RotateEvery: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		`{"n":7,"t":0.000000,"kind":"mark","text":"a","more":1}`,
		`{"t":2.5, "kind":"screen", "n" : 12 ,"m":0}`,
		`{"n":13,"t":3.000000,"kind":"end","reason":"count","records":13,"lost":1}`,
	} {
		var rec Record
		if err := ParseRecord([]byte(line), &rec); err != nil {
			t.Fatal(err)
		}
		if err := f.Write(&rec); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`{"n":1,"t":0.000000,"kind":"mark","text":"a","more":1}`,
		`{"n":2,"t":0.000000,"kind":"end","reason":"rotated","records":2,"lost":0}`,
		`{"t":2.5, "kind":"screen", "n" : 3 ,"m":0}`,
		`{"n":4,"t":3.000000,"kind":"end","reason":"count","records":4,"lost":1}`,
	}
	var got []string
	for part := 1; part <= 2; part++ {
		_, lines, _ := read(t, []byte(disk.durable(PartName("day", part))))
		got = append(got, lines...)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
