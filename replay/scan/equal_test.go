package scan

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/carebase/deltatap/replay/scan/scantest"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/versions"
	"github.com/google/go-cmp/cmp"
)

// answer is what a scan came to, in a form that can be compared.
type answer struct {
	Summary *Summary
	told           // of the first user's versions
	Others  []told // of the others'
	Err     string
}

// told is what an account of versions tells.
type told struct {
	User       int64
	Report     versions.Report
	Missing    []versions.Range
	Before     []versions.Range
	Absent     []versions.Range
	Reversals  []versions.Reversal
	Late       versions.Late
	Duplicates []versions.Range
}

func toldOf(u User) told {
	return told{
		User:   u.ID,
		Report: u.Versions.Report(), Missing: slices.Collect(u.Versions.Missing()),
		Absent: slices.Collect(u.Versions.Absent()), Reversals: u.Versions.Reversals(), Late: u.Versions.Late(),
		Before: slices.Collect(u.Versions.Before()), Duplicates: slices.Collect(u.Versions.Duplicates()),
	}
}

func answerOf(s *Summary, err error) answer {
	a := answer{Summary: s}
	if err != nil {
		a.Err = err.Error()
	}
	if s != nil {
		for i := range s.Parts {
			s.Parts[i].Text = 0 // Source does not tell
		}
		a.told = toldOf(s.Users[0])
		for _, u := range s.Users[1:] {
			a.Others = append(a.Others, toldOf(u))
		}
		s.Users = nil // it is all in what was taken from it
	}
	return a
}

// slowly is the reference: one goroutine, package session's reader, package contract's decoder and checker.
func slowly(text []byte) answer {
	r, err := session.NewReader(bytes.NewReader(text))
	if err != nil {
		return answerOf(nil, err)
	}
	defer r.Close()
	return answerOf(Source(context.Background(), r))
}

// quickly is what is being tested, with text that comes in pieces of the given size.
func quickly(text []byte, piece int) answer {
	return answerOf(Session(context.Background(), &pieces{text, piece}, Options{Workers: 2}))
}

// pieces reads a text a few bytes at a time, so that it comes in many blocks.
type pieces struct {
	text []byte
	size int
}

func (p *pieces) Read(into []byte) (int, error) {
	if len(p.text) == 0 {
		return 0, io.EOF
	}
	n := copy(into, p.text[:min(p.size, len(p.text))])
	p.text = p.text[n:]
	return n, nil
}

func checkEqual(t *testing.T, text []byte, piece int) answer {
	t.Helper()
	want, got := slowly(text), quickly(text, piece)
	if !reflect.DeepEqual(want, got) { // quicker than to look for a difference that is hardly ever there
		t.Errorf("in pieces of %d, -slow +fast:\n%s\ntext:\n%.3000q", piece, cmp.Diff(want, got), text)
	}
	return got
}

func generated(t testing.TB, s scantest.Session) ([]byte, scantest.Facts) {
	t.Helper()
	var text bytes.Buffer
	facts, err := s.Write(&text)
	if err != nil {
		t.Fatal(err)
	}
	return text.Bytes(), facts
}

func TestFastAndSlowAgreeOnAServersWords(t *testing.T) {
	text, facts := generated(t, scantest.Session{Messages: 6000, Items: 300, Seed: 3})
	for _, piece := range []int{1 << 30, 9000} {
		a := checkEqual(t, text, piece)
		got := scantest.Facts{
			Records: a.Summary.Records, Deltas: a.Summary.Deltas,
			Missing: a.Report.Missing, First: a.Report.First, Last: a.Report.Last,
		}
		if diff := cmp.Diff(facts, got); diff != "" {
			t.Errorf("in pieces of %d, -written +scanned:\n%s", piece, diff)
		}
	}
}

// A session of a few lines, cut, doubled, reordered and scribbled in, in many ways.
func TestFastAndSlowAgreeOnDamage(t *testing.T) {
	text, _ := generated(t, scantest.Session{Messages: 60, Items: 8, Seed: 5})
	lines := bytes.SplitAfter(text, []byte("\n"))
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 0))
		damaged := damage(r, lines)
		checkEqual(t, damaged, 1+r.IntN(3000))
		if t.Failed() {
			t.Fatalf("with seed %d", seed)
		}
	}
}

// tokens are what the readers are sensitive to.
var tokens = []string{
	`"`, `\`, `{`, `}`, `[`, `]`, `,`, `:`, "\n", "\r\n", "\n\n", "\r", " ", "\t", "0", "-", "1e3", ".5", "00", "null", "true",
	"\x80", "é", "\x00", `\u00e9`, `\ud800`, `\n`, `\"`, "9007199254740993", "99999999999999999999", "Z", "+25:00",
	`"version":1`, `,"version":3`, `,"source":"rest"`, `,"source":"cron"`, `,"data":{}`, `"plan"`, `created`, `deleted`,
	`"user":1,`, `,"user":"2"`, `"deltatap":1`, `{"deltatap":1}` + "\n", `,"x":{}`, `,"planItemId":0`, "2026-02-29", "T24:00:00", "paid",
}

// damage returns the header and some of the lines, changed in a few places.
func damage(r *rand.Rand, lines [][]byte) []byte {
	var text []byte
	if r.IntN(50) > 0 {
		text = append(text, lines[0]...)
	}
	from := 1 + r.IntN(len(lines)-1)
	for _, line := range lines[from:min(from+1+r.IntN(12), len(lines))] {
		text = append(text, line...)
		if r.IntN(20) == 0 {
			text = append(text, " \t\r\n"[r.IntN(4):]...) // as sessions are that went through an editor
		}
		if r.IntN(20) == 0 {
			text = append(text, line...)
		}
	}
	for range r.IntN(4) {
		at := r.IntN(len(text) + 1)
		if r.IntN(4) > 0 {
			at = max(at, min(len(lines[0]), len(text))) // spare the header, mostly
		}
		drop := min(r.IntN(3)*r.IntN(6), len(text)-at)
		text = slices.Replace(text, at, at+drop, []byte(tokens[r.IntN(len(tokens))])...)
	}
	if r.IntN(4) == 0 {
		text = text[:r.IntN(len(text)+1)]
	}
	if r.IntN(4) == 0 {
		at := r.IntN(len(text) + 1)
		if r.IntN(4) == 0 {
			at = 0
		}
		lost := r.IntN(min(len(text)-at, 900) + 1)
		text = slices.Replace(text, at, at+lost, make([]byte, lost+r.IntN(2000))...)
	}
	return text
}

func FuzzFastAndSlowAgree(f *testing.F) {
	text, _ := generated(f, scantest.Session{Messages: 30, Items: 6, Seed: 9})
	lines := bytes.SplitAfterN(text, []byte("\n"), 2)
	f.Add(lines[1], 100)
	for _, line := range bytes.SplitAfter(lines[1], []byte("\n")) {
		f.Add(line, 7)
	}
	f.Fuzz(func(t *testing.T, body []byte, piece int) {
		whole := append(slices.Clip(lines[0]), body...)
		checkEqual(t, whole, max(1, piece))
	})
}

// Whoever changes the template or the wording sees here that lines of real servers no longer take the short way.
func TestTemplateTakesAServersWords(t *testing.T) {
	text, _ := generated(t, scantest.Session{Messages: 5000, Items: 200, Seed: 4})
	var r reading
	taken, all := 0, 0
	for line := range bytes.Lines(text) {
		all++
		if end := r.line(line, 0); end == len(line) {
			taken++
		} else if end >= 0 {
			t.Fatalf("the template ended after %d of %d bytes: %s", end, len(line), line)
		}
	}
	if taken < all*99/100 {
		t.Errorf("the template took %d of %d lines", taken, all)
	}
}

func TestNoSession(t *testing.T) {
	for _, text := range []string{"", "\n\n", "x\n", `{"n":1}`, `{"deltatap":2}` + "\n", "\x28\xb5\x2f\xfd", "\x1f\x8b", "\x1f\x8b\x08\x00abc"} {
		checkEqual(t, []byte(text), 3)
		_, err := Session(context.Background(), bytes.NewReader([]byte(text)), Options{})
		var format *session.FormatError
		if !errors.As(err, &format) {
			t.Errorf("scanning %q: %v, want a format error", text, err)
		}
	}
}
