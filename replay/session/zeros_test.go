package session

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func zeros(n int) []byte { return make([]byte, n) }

// What another program's truncation leaves in a session is told, and everything before and behind it is read.
func TestZeroBytes(t *testing.T) {
	head, line := firstLine(sample), func(n int) string { return deltaLine(n) + "\n" }
	const lost = ReasonZeros
	for _, c := range []struct {
		name  string
		text  []byte
		lines []int
		bad   []string
		cut   bool
	}{
		{"between two lines", slices.Concat([]byte(head+line(1)), zeros(5000), []byte(line(9))), []int{1, 9}, []string{"line 3: " + lost}, false},
		{"on a line of their own", slices.Concat([]byte(head+line(1)), zeros(7), []byte("\n"+line(9))), []int{1, 9}, []string{"line 3: " + lost}, false},
		{"in a line", slices.Concat([]byte(head+line(1)+deltaLine(2)[:100]), zeros(70), []byte(line(9))), []int{1, 9}, []string{"line 3: the JSON breaks off", "line 3: " + lost}, false},
		{"after a whole record", slices.Concat([]byte(head+deltaLine(1)), zeros(70), []byte(line(9))), []int{1, 9}, []string{"line 2: " + lost}, false},
		{"twice in a line", slices.Concat([]byte(head), zeros(3), []byte(deltaLine(1)), zeros(3), []byte(line(2))), []int{1, 2}, []string{"line 2: " + lost, "line 2: " + lost}, false},
		{"at the end", slices.Concat([]byte(head+line(1)), zeros(5000)), []int{1}, nil, true},
		{"instead of the header", slices.Concat(zeros(100_000), []byte(line(8)+line(9))), []int{8, 9}, []string{"line 1: " + lost}, false},
		{"before the header", slices.Concat(zeros(10), []byte(head+line(1))), []int{1}, []string{"line 1: " + lost}, false},
		{"right behind the header", slices.Concat([]byte(strings.TrimSpace(head)), zeros(10), []byte(line(1))), []int{1}, []string{"line 1: " + lost}, false},
	} {
		r, lines, bad := read(t, c.text)
		var want []string
		for _, n := range c.lines {
			want = append(want, deltaLine(n))
		}
		if diff := cmp.Diff(want, lines); diff != "" {
			t.Errorf("%s, -want +got:\n%.600s", c.name, diff)
		}
		var said []string
		for _, err := range bad {
			said = append(said, err.Error())
		}
		if diff := cmp.Diff(c.bad, said); diff != "" {
			t.Errorf("%s, said, -want +got:\n%s", c.name, diff)
		}
		if r != nil && (r.Truncated() != nil) != c.cut {
			t.Errorf("%s: cut off: %v", c.name, r.Truncated())
		}
	}
}

// Frames of zstd are read behind zero bytes, too, and without the frame that held the header.
func TestZeroBytesBetweenFrames(t *testing.T) {
	head, line := firstLine(sample), func(n int) []byte { return zstdFrame([]byte(deltaLine(n) + "\n")) }
	for name, packed := range map[string][]byte{
		"between":              slices.Concat(zstdFrame([]byte(head)), line(1), zeros(300_000), line(9)),
		"instead of the first": slices.Concat(zeros(300_000), line(1), line(9)),
		"and packed again":     gzipText(slices.Concat(zeros(3000), line(1), line(9))),
	} {
		_, lines, bad := read(t, packed)
		if diff := cmp.Diff([]string{deltaLine(1), deltaLine(9)}, lines); diff != "" {
			t.Errorf("%s, -want +got:\n%.600s", name, diff)
		}
		if len(bad) != 1 || !strings.HasSuffix(bad[0].Error(), ReasonZeros) {
			t.Errorf("%s: %v", name, bad)
		}
	}
	r, lines, bad := read(t, slices.Concat(zstdFrame([]byte(head)), line(1), zeros(3000)))
	if len(lines) != 1 || len(bad) > 0 || r.Truncated() == nil {
		t.Errorf("at the end: %d lines, %v", len(lines), bad)
	}
}

func TestNothingButZeroBytes(t *testing.T) {
	for _, text := range [][]byte{zeros(3), zeros(100_000), append(zeros(100), "scribble\n"...), append(zeros(100), '\n')} {
		if _, lines, bad := read(t, text); len(lines) > 0 || len(bad) != 1 {
			t.Errorf("%d zero bytes are a session: %v", len(text), bad)
		}
	}
}

// A hole can be larger than memory.
func TestAHoleTakesNoMemory(t *testing.T) {
	t.Parallel()
	hole := io.LimitReader(endless{}, 200<<20)
	r, err := NewReader(io.MultiReader(strings.NewReader(firstLine(sample)+deltaLine(1)+"\n"), hole, strings.NewReader(deltaLine(9)+"\n")))
	if err != nil {
		t.Fatal(err)
	}
	var n []int64
	for {
		var rec Record
		err := r.Next(&rec)
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			n = append(n, rec.N)
		}
	}
	if !slices.Equal(n, []int64{1, 9}) {
		t.Errorf("records %v", n)
	}
}

// endless is zero bytes without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
