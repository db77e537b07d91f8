package out

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/sink"
	"github.com/carebase/deltatap/replay/sink/sinktest"
)

var header = session.Header{Started: time.Date(2026, 11, 23, 1, 28, 31, 0, time.UTC), Session: "0193", Tool: "test"}

// read takes a session apart.
func read(t *testing.T, text []byte) (records []session.Record, complete bool) {
	t.Helper()
	r, err := session.NewReader(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for {
		var rec session.Record
		if err := r.Next(&rec); errors.Is(err, io.EOF) {
			return records, r.Complete()
		} else if err != nil {
			t.Fatal(err)
		}
		rec.Args, rec.Raw = bytes.Clone(rec.Args), bytes.Clone(rec.Raw)
		records = append(records, rec)
	}
}

func TestSuite(t *testing.T) {
	sinktest.Run(t, func(t *testing.T, tell sink.Tell) *sinktest.Target {
		var text bytes.Buffer
		return &sinktest.Target{
			Sink:  New(Config{Writer: &text, Header: header, Tell: tell}),
			Exact: true, Whole: true,
			Received: func(int) (events []sinktest.Event) {
				records, _ := read(t, text.Bytes())
				for _, rec := range records {
					if rec.Kind == session.KindEvent {
						events = append(events, sinktest.Event{Name: rec.Event, Args: string(rec.Args)})
					}
				}
				return events
			},
		}
	})
}

func TestRecordsKeepTheirBytes(t *testing.T) {
	var text bytes.Buffer
	s := New(Config{Writer: &text, Header: header, Tell: func(sink.Outcome) {}, Prompt: true})
	const line = `{"kind":"new","n":3,"t":0.5,  "what":[1.0]}`
	var rec session.Record
	if err := session.ParseRecord([]byte(line), &rec); err != nil {
		t.Fatal(err)
	}
	if err := s.Send(context.Background(), &rec); err != nil {
		t.Fatal(err)
	}
	if !bytes.HasSuffix(text.Bytes(), []byte(line+"\n")) {
		t.Errorf("wrote %s", text.Bytes())
	}
}

func TestRoundsAreOneSession(t *testing.T) {
	var text bytes.Buffer
	s := New(Config{Writer: &text, Header: header, Tell: func(sink.Outcome) {}})
	for range 3 {
		for n := int64(1); n <= 2; n++ {
			rec := sinktest.Delta(n, 0)
			if err := s.Send(context.Background(), &rec); err != nil {
				t.Fatal(err)
			}
		}
		end := session.Record{N: 3, T: 10 * time.Millisecond, Kind: session.KindEnd, Reason: "interrupt", Records: 3}
		if err := s.Send(context.Background(), &end); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	records, complete := read(t, text.Bytes())
	var got []time.Duration
	last := int64(0)
	for _, rec := range records {
		if rec.N != last+1 {
			t.Errorf("record %d follows %d", rec.N, last)
		}
		last = rec.N
		got = append(got, rec.T/time.Millisecond)
	}
	want := []time.Duration{1, 2, 11, 12, 21, 22, 30}
	if len(got) != len(want) || !complete {
		t.Fatalf("times %v, want %v; complete: %v", got, want, complete)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("times %v, want %v", got, want)
			break
		}
	}
	if end := records[len(records)-1]; end.Records != last {
		t.Errorf("the end counts %d records, and is number %d", end.Records, last)
	}
}

// A round that is broken off ends nothing, whatever the round before it said.
func TestARoundThatIsBrokenOff(t *testing.T) {
	var text bytes.Buffer
	s := New(Config{Writer: &text, Header: header, Tell: func(sink.Outcome) {}})
	event := sinktest.Delta(1, 0)
	end := session.Record{N: 2, T: 10 * time.Millisecond, Kind: session.KindEnd, Reason: "done", Records: 2}
	for _, rec := range []session.Record{event, end, event} {
		if err := s.Send(context.Background(), &rec); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if records, complete := read(t, text.Bytes()); len(records) != 2 || complete {
		t.Errorf("%d records, complete: %v", len(records), complete)
	}
}

type fullWriter struct{ room int }

func (w *fullWriter) Write(p []byte) (int, error) {
	if w.room -= len(p); w.room < 0 {
		return 0, io.ErrShortWrite
	}
	return len(p), nil
}

func TestWriterThatIsFull(t *testing.T) {
	ledger := sink.NewLedger()
	s := New(Config{Writer: &fullWriter{room: 2000}, Header: header, Tell: ledger.Tell, Prompt: true})
	var err error
	sent := int64(0)
	for n := int64(1); err == nil && n < 100; n++ {
		rec := sinktest.Delta(n, 0)
		if err = s.Send(context.Background(), &rec); err == nil {
			ledger.Taken(n)
			sent++
		}
	}
	if !errors.Is(err, io.ErrShortWrite) {
		t.Fatalf("send: %v", err)
	}
	if err := s.Close(); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("close: %v", err)
	}
	a := ledger.Account()
	if a.Unsure == 0 || a.Acknowledged+a.Unsure != sent || a.UnsureAt.First() != a.Acknowledged+1 {
		t.Errorf("%d acknowledged, unsure: %s, of %d", a.Acknowledged, a.UnsureAt.String(), sent)
	}
}
