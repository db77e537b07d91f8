// Package sinktest holds every sink to what package sink says of sinks: callers' and implementers'
// duties, proved against a real target.
package sinktest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/sink"
)

// User is the user whose room the events of the suite are for; another is who must not get them.
const (
	User    = 7
	Another = 8
)

// Patience bounds every wait of the suite.
const Patience = time.Minute

// Event is one event that a client received.
type Event struct{ Name, Args string }

// Target is something real that a sink sends to. Everything it needs ends with the test.
type Target struct {
	Sink sink.Sink
	// Received waits until the client of User has received n events, and returns those that it has.
	// Nil where nobody receives the events themselves.
	Received func(n int) []Event
	// Astray are the events that the client of Another has received; nil where there is none.
	Astray func() []Event
	// Kill takes the target away, as if it had crashed. Nil where there is nothing to take away.
	Kill func()
	// Exact says that arguments keep their bytes.
	Exact bool
	// Whole says that records of every kind count, not events alone, a server's greeting among them.
	Whole bool
}

// Open makes a target, and a sink to it that tells tell.
type Open func(t *testing.T, tell sink.Tell) *Target

// Run runs the suite.
func Run(t *testing.T, open Open) {
	t.Run("delivers in order", func(t *testing.T) { delivers(t, open) })
	t.Run("delivers odd arguments", func(t *testing.T) { deliversOdd(t, open) })
	t.Run("leaves the record to its caller", func(t *testing.T) { copies(t, open) })
	t.Run("answers for every record", func(t *testing.T) { answers(t, open) })
	t.Run("ends with its context", func(t *testing.T) { ends(t, open) })
	t.Run("tells what a lost target has", func(t *testing.T) { loses(t, open) })
	t.Run("closes without a record", func(t *testing.T) { closes(t, open) })
}

// run is one test's target, sink and ledger.
type run struct {
	*Target
	t      *testing.T
	ledger *sink.Ledger
	sent   []Event
}

func begin(t *testing.T, open Open) *run {
	t.Helper()
	r := &run{t: t, ledger: sink.NewLedger()}
	r.Target = open(t, r.ledger.Tell)
	t.Cleanup(func() { _ = r.Sink.Close() })
	return r
}

func (r *run) context() context.Context {
	ctx, cancel := context.WithTimeoutCause(context.Background(), Patience, errors.New("the suite's patience is over"))
	r.t.Cleanup(cancel)
	return ctx
}

// send sends a record that must be taken.
func (r *run) send(rec *session.Record) {
	r.t.Helper()
	if err := r.Sink.Send(r.context(), rec); err != nil {
		r.t.Fatalf("record %d: %v", rec.N, err)
	}
	r.ledger.Taken(rec.N)
	if rec.Kind == session.KindEvent && (r.Whole || !sink.IsGreeting(rec)) {
		r.sent = append(r.sent, Event{rec.Event, string(rec.Args)})
	}
}

func (r *run) settle() {
	r.t.Helper()
	if err := r.Sink.Settle(r.context()); err != nil {
		r.t.Fatalf("settle: %v", err)
	}
}

// check sees that the client has received what was sent, and nobody else has.
func (r *run) check() {
	r.t.Helper()
	if r.Received == nil {
		return
	}
	got := r.Received(len(r.sent))
	if len(got) != len(r.sent) {
		r.t.Fatalf("received %d events, want %d", len(got), len(r.sent))
	}
	for i, want := range r.sent {
		if !r.Exact {
			want.Args, got[i].Args = spelled(r.t, want.Args), spelled(r.t, got[i].Args)
		}
		if got[i] != want {
			r.t.Fatalf("event %d is\n%s %s, want\n%s %s", i, got[i].Name, cut(got[i].Args), want.Name, cut(want.Args))
		}
	}
	if r.Astray != nil {
		if astray := r.Astray(); len(astray) > 0 {
			r.t.Errorf("another user got %d events, the first %s", len(astray), astray[0].Name)
		}
	}
}

func cut(s string) string {
	if len(s) > 300 {
		return s[:300] + "…"
	}
	return s
}

// spelled is a JSON text as JavaScript would write it, its members in their order: two texts of the
// same values have the same spelling.
func spelled(t *testing.T, text string) string {
	t.Helper()
	v := jsontext.Value(text)
	if err := v.Format(jsontext.CanonicalizeRawFloats(true), jsontext.CanonicalizeRawInts(true), jsontext.PreserveRawStrings(false), jsontext.Multiline(false), jsontext.SpaceAfterComma(false)); err != nil {
		t.Fatalf("%s: %v", cut(text), err)
	}
	return string(v)
}

// Delta is an event record with one delta.
func Delta(n int64, padding int) session.Record {
	args := fmt.Sprintf(`[{"deltas":[{"itemType":"bill","entityId":%d,"planItemId":%d,"action":"updated","version":%d,"source":"rest",`+
		`"data":{"bill":{"id":%d,"itemId":%d,"statementDate":null,"amount":86.4,"dueDate":"2026-11-27T00:00:00.000Z","payUrl":"https://pay.example.com/%s",`+
		`"status":"todo","taskKey":"Müller “x” \\ 🚗","assignedCollaboratorId":null,"createdAt":"2026-11-23T01:28:35.111Z","googleSync":null}}}]}]`,
		n%50+1, n%50+1, n, n%50+1, n%50+1, strings.Repeat("x", padding))
	return Args(n, contract.Event, args)
}

// Args is an event record.
func Args(n int64, event, args string) session.Record {
	return session.Record{N: n, T: time.Duration(n) * time.Millisecond, Kind: session.KindEvent, Event: event, Args: []byte(args)}
}

// fates checks the account's numbers.
func (r *run) fates(acknowledged, failed, unsure int64) {
	r.t.Helper()
	a := r.ledger.Account()
	if a.Acknowledged != acknowledged || a.Failed != failed || a.Unsure != unsure || a.OpenAt.Len() != 0 {
		r.t.Errorf("%d acknowledged, %d failed, %d unsure, %d open; want %d, %d, %d and none (%v)",
			a.Acknowledged, a.Failed, a.Unsure, a.OpenAt.Len(), acknowledged, failed, unsure, a.FirstFailure)
	}
}

func delivers(t *testing.T, open Open) {
	r := begin(t, open)
	const events = 500
	for n := int64(1); n <= events; n++ {
		rec := Delta(n, int(n%3)*100)
		r.send(&rec)
	}
	r.settle()
	r.fates(events, 0, 0)
	r.check()
}

// oddArguments are arguments that a Carebase does not send, and that must arrive all the same.
var oddArguments = []struct{ event, args string }{
	{"plan:update", `[]`},
	{sink.Greeting, `[{"ok":true}]`},
	{contract.Event, `[{"deltas":[]},"more",[null,true,false]]`},
	{"with \"quotes\" and ü", `["\u0041\ud83d\ude97\/\n"]`},
	{"numbers", `[0,-0.5,1.0,1e2,0.1,255,256,65535,65536,4294967295,4294967296,9007199254740991,-1,-32,-33,-128,-129,-32769,-2147483649,-9007199254740991,1.7976931348623157e308]`},
	{"keys", `[{"zebra":1,"apple":{"n":1,"m":2,"":3},"":null,"longer than thirty-one bytes, which is where it matters":1}]`},
	{"nested", `[` + strings.Repeat(`{"a":[`, 40) + `1` + strings.Repeat(`]}`, 40) + `]`},
	{"many members", `[{` + members(20) + `},{` + members(70000) + `}]`},
	{"many elements", `[[` + strings.TrimSuffix(strings.Repeat(`7,`, 70000), ",") + `]]`},
	{"strings", `["` + strings.Repeat("a", 31) + `","` + strings.Repeat("b", 32) + `","` + strings.Repeat("c", 255) + `","` + strings.Repeat("d", 256) + `","` + strings.Repeat("é", 40000) + `"]`},
	{"spaces", `[ {"a" : [ 1 , 2 ] } ]`},
}

func members(n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"k%d":%d`, i, i)
	}
	return b.String()
}

func deliversOdd(t *testing.T, open Open) {
	r := begin(t, open)
	n := int64(0)
	for _, odd := range oddArguments {
		n++
		rec := Args(n, odd.event, odd.args)
		r.send(&rec)
	}
	for _, size := range []int{7000, 7900, 8100, 100_000, 0, 0} {
		n++
		rec := Delta(n, size)
		r.send(&rec)
	}
	r.settle()
	r.check()
	a := r.ledger.Account()
	if a.Failed+a.Unsure > 0 || a.OpenAt.Len() > 0 {
		t.Errorf("%d failed, %d unsure: %v", a.Failed, a.Unsure, a.FirstFailure)
	}
}

// copies scribbles over a record's memory as soon as it was sent.
func copies(t *testing.T, open Open) {
	r := begin(t, open)
	buffer := make([]byte, 0, 4096)
	for n := int64(1); n <= 50; n++ {
		rec := Delta(n, int(n))
		args := string(rec.Args)
		rec.Args = append(buffer[:0], args...)
		r.send(&rec)
		r.sent[len(r.sent)-1].Args = args
		for i := range rec.Args {
			rec.Args[i] = '?'
		}
	}
	r.settle()
	r.check()
}

// answers sends records of every kind.
func answers(t *testing.T, open Open) {
	r := begin(t, open)
	records := []session.Record{
		{Kind: session.KindConnect, SID: "a", Transport: "websocket", Attempt: 1},
		Args(0, sink.Greeting, `[{"ok":true}]`),
		{Kind: session.KindPlan, Status: 200, Body: []byte(`{}`)},
		{Kind: session.KindVersion, Status: 500, Body: []byte(`{"error":"Internal server error"}`)},
		{Kind: session.KindMark, Text: "user pressed save"},
		{Kind: "unknown"},
		Delta(0, 0),
		{Kind: session.KindEnd, Reason: "interrupt", Records: 8},
	}
	for i := range records {
		records[i].N = int64(i + 1)
		r.send(&records[i])
	}
	r.settle()
	r.check()
	want := int64(1)
	if r.Whole {
		want = int64(len(records))
	}
	r.fates(want, 0, 0)
	if a := r.ledger.Account(); a.Last != int64(len(records)) || a.Resume() != a.Last+1 {
		t.Errorf("last is %d, and it goes on at %d", a.Last, a.Resume())
	}
}

func ends(t *testing.T, open Open) {
	r := begin(t, open)
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(context.Background())
	rec := Delta(1, 0)
	r.send(&rec)
	cancel(cause)
	rec = Delta(2, 0)
	began := time.Now()
	if err := r.Sink.Send(ctx, &rec); !errors.Is(err, cause) {
		t.Errorf("send: %v, want the context's cause", err)
	}
	if err := r.Sink.Settle(ctx); err != nil && !errors.Is(err, cause) {
		t.Errorf("settle: %v, want the context's cause, or nothing", err)
	}
	if took := time.Since(began); took > Patience/2 {
		t.Errorf("it took %v", took)
	}
	if err := r.Sink.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	if a := r.ledger.Account(); a.OpenAt.Len() > 0 || a.Sent != 1 {
		t.Errorf("%d sent, open: %v", a.Sent, a.OpenAt.String())
	}
}

// loses takes the target away in the middle. What is acknowledged has arrived, what arrived is not
// told to have failed, and every record has a fate.
func loses(t *testing.T, open Open) {
	r := begin(t, open)
	if r.Kill == nil {
		t.Skip("nothing to take away")
	}
	for n := int64(1); n <= 20; n++ {
		rec := Delta(n, 0)
		r.send(&rec)
	}
	r.settle()
	r.fates(20, 0, 0)
	if r.Received != nil {
		r.Received(20)
	}
	r.Kill()
	var lost error
	n := int64(20)
	for deadline := time.Now().Add(Patience); lost == nil; {
		if time.Now().After(deadline) {
			t.Fatal("a sink whose target is gone takes records for ever")
		}
		n++
		rec := Delta(n, 0)
		if lost = r.Sink.Send(r.context(), &rec); lost == nil {
			r.ledger.Taken(n)
			lost = r.Sink.Settle(r.context())
		}
	}
	var gone *sink.LostError
	if !errors.As(lost, &gone) {
		t.Errorf("the error is %v, want a LostError", lost)
	}
	began := time.Now()
	_ = r.Sink.Close()
	if took := time.Since(began); took > Patience/2 {
		t.Errorf("close took %v", took)
	}
	a := r.ledger.Account()
	if a.OpenAt.Len() > 0 || a.Acknowledged < 20 || a.Acknowledged+a.Failed+a.Unsure != a.Last {
		t.Errorf("%d acknowledged, %d failed, %d unsure of %d; open: %v", a.Acknowledged, a.Failed, a.Unsure, a.Last, a.OpenAt.String())
	}
	want := a.Last + 1
	for _, spans := range []sink.Spans{a.FailedAt, a.UnsureAt} {
		if first := spans.First(); first > 0 {
			want = min(want, first)
		}
	}
	if next := a.Resume(); next < 21 || next != want {
		t.Errorf("it goes on at %d, want %d: %d acknowledged, failed: %s, unsure: %s", next, want, a.Acknowledged, a.FailedAt.String(), a.UnsureAt.String())
	}
}

func closes(t *testing.T, open Open) {
	r := begin(t, open)
	r.settle()
	if err := r.Sink.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	r.fates(0, 0, 0)
}
