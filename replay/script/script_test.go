package script

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/fault"
	"github.com/carebase/deltatap/replay/session"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// text is a session of so many events, one a second from second 1; the event at second n has version and number n.
func text(t testing.TB, events int) string {
	t.Helper()
	var b strings.Builder
	w, err := session.NewWriter(&b, session.Header{Session: "test", Started: time.Unix(1_800_000_000, 0)})
	if err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= events; n++ {
		args := fmt.Sprintf(`[{"deltas":[{"itemType":"bill","entityId":%d,"planItemId":%[1]d,"action":"updated","version":%d,"source":"rest","data":{"bill":{"id":%[1]d}}}]}]`, n%3+1, n)
		if err := w.Write(&session.Record{T: time.Duration(n) * time.Second, Kind: session.KindEvent, Event: contract.Event, Args: []byte(args)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// open makes a script of a session's text.
func open(t testing.TB, text, faults string, seed uint64) *Script {
	t.Helper()
	spec, err := fault.ParseSpec(faults)
	if err != nil {
		t.Fatal(err)
	}
	r, err := session.NewReader(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return New(r, spec, seed)
}

// line is a record of a script in short.
type line struct {
	N      int64         // as the script numbers it
	T      time.Duration // when it is due
	Pass   int64         // the record of the session that passes; 0 where none does
	Out    int64         // the number under which it is sent; 0 where it is not
	Faults int
}

// read reads a script to its end.
func read(t testing.TB, s *Script) (lines []line, faults []fault.Entry) {
	t.Helper()
	var rec session.Record
	for {
		err := s.Next(&rec)
		if errors.Is(err, io.EOF) {
			return lines, faults
		}
		if err != nil {
			t.Fatal(err)
		}
		cue := s.Cue()
		l := line{N: rec.N, T: rec.T, Faults: len(cue.Faults)}
		if cue.Pass != nil {
			l.Pass = cue.Pass.N
		}
		if cue.Send {
			l.Out = cue.N
		}
		if cue.Send == (rec.Kind == Passed) {
			t.Errorf("record %d is of kind %s, to be sent: %v", rec.N, rec.Kind, cue.Send)
		}
		lines, faults = append(lines, l), append(faults, cue.Faults...)
	}
}

func check(t *testing.T, got, want []line) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
}

func TestWithoutFaultsEverythingIsSentAsItIs(t *testing.T) {
	lines, _ := read(t, open(t, text(t, 2), "", 1))
	check(t, lines, []line{{1, time.Second, 1, 1, 0}, {2, 2 * time.Second, 2, 2, 0}})
}

func TestWhatIsLostPassesAtItsTime(t *testing.T) {
	lines, faults := read(t, open(t, text(t, 2), "drop=100%", 1))
	check(t, lines, []line{{1, time.Second, 1, 0, 1}, {2, 2 * time.Second, 2, 0, 1}})
	if faults[0].N != 1 || faults[1].N != 2 {
		t.Errorf("the faults are %+v", faults)
	}
}

func TestWhatIsLatePassesAtItsTime(t *testing.T) {
	lines, _ := read(t, open(t, text(t, 2), "delay=100%:1500ms", 1))
	check(t, lines, []line{
		{1, 1000 * time.Millisecond, 1, 0, 0},
		{1, 2500 * time.Millisecond, 0, 1, 1},
		{2, 2000 * time.Millisecond, 2, 0, 0}, // a connection keeps its order: it is due, and waits for the one before
		{2, 3500 * time.Millisecond, 0, 2, 1},
	})
}

func TestABrokenConnectionLetsTheSessionPass(t *testing.T) {
	lines, _ := read(t, open(t, text(t, 5), "disconnect=v2:2500ms", 1))
	check(t, lines, []line{
		{1, 1000 * time.Millisecond, 1, 1, 0},
		{2, 2000 * time.Millisecond, 2, 2, 2}, // the end of the connection, and the first that does not arrive
		{3, 3000 * time.Millisecond, 3, 0, 1},
		{4, 4000 * time.Millisecond, 4, 0, 1},
		{4, 4500 * time.Millisecond, 0, 3, 1}, // it is there again
		{5, 5000 * time.Millisecond, 5, 4, 0},
	})
}

func TestWhatIsSentAgainHasThePlaceItIsSentFrom(t *testing.T) {
	lines, _ := read(t, open(t, text(t, 1), "duplicate=100%", 1))
	check(t, lines, []line{{1, time.Second, 1, 1, 0}, {1, time.Second, 0, 2, 1}})
}

// Whatever goes wrong, the session passes whole and in order, what is sent is what the faults give, and every fault is told.
func TestTheSessionPassesWhole(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		const events = 40
		kinds := []string{"drop=30%", "duplicate=20%", "reorder=30%", "delay=40%:2500ms", "stale=20%", "strip=10%", "disconnect=v10:4s"}
		spec := strings.Join(rapid.SliceOfDistinct(rapid.SampledFrom(kinds), rapid.ID).Draw(r, "faults"), ",")
		seed := rapid.Uint64().Draw(r, "seed")
		whole := text(t, events)
		lines, told := read(t, open(t, whole, spec, seed))
		parsed, _ := fault.ParseSpec(spec)
		src, _ := session.NewReader(strings.NewReader(whole))
		var want []fault.Entry
		direct := fault.Wrap(src, parsed, seed, func(e fault.Entry) error { want = append(want, e); return nil })
		var passed, out int64
		var rec session.Record
		for _, l := range lines {
			if l.Pass > 0 {
				if passed++; l.Pass != passed {
					r.Fatalf("record %d passes as the %dth", l.Pass, passed)
				}
			}
			if l.Out == 0 {
				continue
			}
			if err := direct.Next(&rec); err != nil || l.Out != rec.N || l.T != rec.T {
				r.Fatalf("%+v is sent, want record %d at %v (%v)", l, rec.N, rec.T, err)
			}
			out++
		}
		if err := direct.Next(&rec); err != io.EOF || passed != events {
			r.Fatalf("%d records passed, %d were sent, and the faults have more: %v", passed, out, err)
		}
		if len(told) != len(want) && spec != "" {
			r.Fatalf("%d faults were told, want %d", len(told), len(want))
		}
	})
}

// A session that loses everything is not gathered in memory: each record passes before the next one is read.
func TestNothingIsReadAhead(t *testing.T) {
	spec, err := fault.ParseSpec("drop=100%")
	if err != nil {
		t.Fatal(err)
	}
	r, err := session.NewReader(strings.NewReader(text(t, 10)))
	if err != nil {
		t.Fatal(err)
	}
	counted := &counter{Source: r}
	s := New(counted, spec, 1)
	var rec session.Record
	for n := 1; n <= 10; n++ {
		if err := s.Next(&rec); err != nil {
			t.Fatal(err)
		}
		if counted.read != n {
			t.Fatalf("%d records were read for the first %d", counted.read, n)
		}
	}
}

type counter struct {
	session.Source
	read int
}

func (c *counter) Next(rec *session.Record) error {
	err := c.Source.Next(rec)
	if err == nil {
		c.read++
	}
	return err
}

func TestALineThatIsNoRecordIsPassedOn(t *testing.T) {
	for _, faults := range []string{"", "drop=100%"} {
		s := open(t, text(t, 1)+"{\"n\":2,\n"+`{"n":3,"t":3.000000,"kind":"mark","text":"x"}`+"\n", faults, 1)
		var rec session.Record
		var bad *session.LineError
		if err := s.Next(&rec); err != nil {
			t.Fatal(err)
		}
		if err := s.Next(&rec); !errors.As(err, &bad) || bad.Line != 3 {
			t.Errorf("%q: a broken line gives %v", faults, err)
		}
		if err := s.Next(&rec); err != nil || rec.Kind != session.KindMark {
			t.Errorf("%q: behind it comes %s, %v", faults, rec.Kind, err)
		}
	}
}
