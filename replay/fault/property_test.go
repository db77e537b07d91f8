package fault

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/session"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// anySession draws a session of up to 60 records.
func anySession(t *rapid.T) string {
	var b builder
	b.add(session.Record{Kind: session.KindConnect, SID: "a", Transport: "websocket", Attempt: 1})
	for range rapid.IntRange(0, 60).Draw(t, "records") {
		b.at += time.Duration(rapid.IntRange(0, 400).Draw(t, "ms")) * ms
		switch rapid.IntRange(0, 13).Draw(t, "kind") {
		case 0:
			b.add(session.Record{Kind: session.KindVersion, Status: 200, Body: fmt.Appendf(nil, `{"planVersion":%d}`, b.version)})
		case 1:
			b.add(session.Record{Kind: session.KindPlan, Status: 200, Body: []byte(`{"bills":[]}`)})
		case 2:
			b.add(session.Record{Kind: session.KindMark, Text: "note"})
		case 3:
			b.add(session.Record{Kind: session.KindDisconnect, Reason: "transport close"})
			b.add(session.Record{Kind: session.KindConnect, SID: "b", Transport: "polling", Attempt: 1})
		default:
			b.message(anyDeltas(t)...)
		}
	}
	if rapid.Bool().Draw(t, "complete") {
		b.add(session.Record{Kind: session.KindEnd, Reason: "done"})
	}
	text := &bytes.Buffer{}
	w, err := session.NewWriter(text, session.Header{Session: "test", Started: time.Unix(1_800_000_000, 0)})
	if err != nil {
		t.Fatal(err)
	}
	for i := range b.records {
		if err := w.Write(&b.records[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

func anyDeltas(t *rapid.T) []string {
	return rapid.SliceOfNDistinct(rapid.SampledFrom([]string{
		"bill:1", "bill:2", "+bill:3", "-bill:4", "appointment:1", "+appointment:2", "plan:0",
	}), 1, 4, rapid.ID[string]).Draw(t, "deltas")
}

// anySpec draws a specification in which some kinds are at work.
func anySpec(t *rapid.T) string {
	var parts []string
	for _, part := range []string{"drop=%d%%", "duplicate=%d%%", "reorder=%d%%", "delay=%d%%:700ms", "stale=%d%%", "strip=%d%%"} {
		if rapid.Bool().Draw(t, part) {
			parts = append(parts, fmt.Sprintf(part, rapid.IntRange(1, 60).Draw(t, "share")))
		}
	}
	for range rapid.IntRange(0, 2).Draw(t, "disconnects") {
		parts = append(parts, fmt.Sprintf("disconnect=v%d:%dms", rapid.IntRange(1, 90).Draw(t, "v"), rapid.IntRange(1, 5000).Draw(t, "for")))
	}
	return strings.Join(parts, ",")
}

func TestSameSeedSameFaults(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text, spec, seed := anySession(rt), anySpec(rt), rapid.Uint64().Draw(rt, "seed")
		a, b := inject(t, text, spec, seed), inject(t, text, spec, seed)
		if !slices.Equal(a.lines, b.lines) || !slices.Equal(a.log, b.log) {
			rt.Fatal("two runs differ")
		}
	})
}

// One kind of fault does not change what another does: what is dropped alone is dropped in company too.
func TestKindsDoNotDisturbOneAnother(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text, seed := anySession(rt), rapid.Uint64().Draw(rt, "seed")
		dropped := func(b broken) (out []Entry) {
			for _, e := range b.log {
				if e.Fault == Drop {
					out = append(out, e)
				}
			}
			return out
		}
		alone := dropped(inject(t, text, "drop=20%", seed))
		if diff := cmp.Diff(alone, dropped(inject(t, text, "drop=20%,strip=30%,reorder=30%,duplicate=20%,delay=5%:1s,stale=20%", seed))); diff != "" {
			rt.Fatal(diff)
		}
	})
}

// The log is the answer key: what the input and the log say came out is what came out, record for record.
func TestLogTellsTheOutput(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text, spec := anySession(rt), anySpec(rt)
		b := inject(t, text, spec, rapid.Uint64().Draw(rt, "seed"))
		want := predict(records(t, text), b.log)
		if len(want) != len(b.records) {
			rt.Fatalf("%d records, want %d; spec %s, log:\n%s\nrecords:\n%s", len(b.records), len(want), spec, answers(b), told(b))
		}
		last := time.Duration(0)
		for i, w := range want {
			got := b.records[i]
			if diff := cmp.Diff(w.deltas, deltasOf(got)); diff != "" || w.rec.Kind != got.Kind {
				rt.Fatalf("record %d is %s, want %s (-want +got):\n%s\nlog:\n%s", i+1, got.Kind, w.rec.Kind, diff, answers(b))
			}
			due := max(w.rec.T+w.by, last)
			if w.placed {
				due = max(got.T, last) // it comes with others, whose time it takes
			}
			if got.T != due || got.T < last {
				rt.Fatalf("record %d is at %v, want %v; log:\n%s", i+1, got.T, due, answers(b))
			}
			last = got.T
		}
	})
}

// predicted is a record that should have come out.
type predicted struct {
	rec    session.Record
	deltas []string
	by     time.Duration // how much later than in the input
	placed bool          // the log says where
}

// predict works out what comes out of records, by the log alone.
func predict(in []session.Record, log []Entry) []predicted {
	at := map[int64]predicted{} // by number in the output
	gone := map[int64]bool{}    // numbers in the input of what is not where it was
	taken := map[int64]map[int]Kind{}
	late := map[int64]time.Duration{}
	for _, e := range log {
		switch {
		case e.Fault == Drop || e.Fault == Strip:
			if taken[e.N] == nil {
				taken[e.N] = map[int]Kind{}
			}
			taken[e.N][e.Delta] = e.Fault
		case e.Fault == Delay:
			late[e.N] = e.By
		case e.Fault == Disconnect && e.N > 0, e.Fault == Reorder:
			gone[e.N] = true
		}
	}
	left := func(n int64) predicted {
		p := predicted{rec: in[n-1], by: late[n]}
		for i, text := range deltasOf(in[n-1]) {
			switch taken[n][i] {
			case Strip:
				p.deltas = append(p.deltas, stripOf(text))
			case "":
				p.deltas = append(p.deltas, text)
			}
		}
		return p
	}
	for _, e := range log {
		if e.Out == 0 || e.Fault == Drop || e.Fault == Strip || e.Fault == Delay {
			continue
		}
		p := predicted{placed: true}
		switch e.Fault {
		case Stale:
			p.rec.Kind = session.KindEvent
			text := deltasOf(in[e.N-1])[e.Delta]
			if taken[e.N][e.Delta] == Strip {
				text = stripOf(text)
			}
			p.deltas = []string{text}
		case Disconnect:
			p.rec.Kind = session.KindDisconnect
			if strings.Contains(e.Detail, "again") {
				p.rec.Kind = session.KindConnect
			}
		default:
			p = left(e.N)
			p.placed = true
		}
		at[e.Out] = p
	}
	var out []predicted
	place := func() {
		for p, ok := at[int64(len(out)+1)]; ok; p, ok = at[int64(len(out)+1)] {
			out = append(out, p)
		}
	}
	for i := range in {
		n := int64(i + 1)
		p := left(n)
		if gone[n] || in[i].Kind == session.KindEvent && len(p.deltas) == 0 {
			continue
		}
		place()
		out = append(out, p)
	}
	place()
	return out
}

func deltasOf(rec session.Record) (out []string) {
	if rec.Kind != session.KindEvent {
		return nil
	}
	var m contract.Message
	contract.Decode(rec.Args, &m)
	for _, d := range m.Deltas {
		out = append(out, string(d.Raw))
	}
	return out
}

// stripOf is a delta without data, the long way round.
func stripOf(text string) string {
	at := strings.Index(text, `"data":`)
	dec := json.NewDecoder(strings.NewReader(text[at+len(`"data":`):]))
	var value json.RawMessage
	if err := dec.Decode(&value); err != nil {
		panic(err)
	}
	rest := text[at+len(`"data":`)+len(value):]
	return strings.TrimSuffix(text[:at], ",") + rest
}

// Without a look at the log: how often each version came out, and with what, is what the log says.
func TestComparisonFindsWhatWasPlanted(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text, spec := anySession(rt), anySpec(rt)
		b := inject(t, text, spec, rapid.Uint64().Draw(rt, "seed"))
		type count struct{ Came, Bare int }
		found := map[int64]count{}
		for _, rec := range records(t, text) {
			tally(rec, func(version int64, _ bool) { found[version] = count{} })
		}
		said := map[int64]count{}
		for version := range found {
			said[version] = count{Came: 1}
		}
		for _, rec := range b.records {
			tally(rec, func(version int64, bare bool) {
				c := found[version]
				c.Came++
				if bare {
					c.Bare = 1
				}
				found[version] = c
			})
		}
		for _, e := range b.log {
			c := said[e.Version]
			switch {
			case e.Fault == Drop, e.Fault == Disconnect && e.N > 0:
				c.Came--
			case e.Fault == Duplicate:
				c.Came++
			case e.Fault == Stale:
				c.Came++
				if newer := number(e.Detail); newer <= e.Version {
					rt.Fatalf("version %d was sent again behind version %d, as stale", e.Version, newer)
				}
			case e.Fault == Strip:
				c.Bare = 1
			}
			said[e.Version] = c
		}
		delete(said, 0) // of records that are no deltas
		for version := range said {
			if _, ok := found[version]; !ok {
				delete(said, version) // of a made disconnect, beyond the session
			}
		}
		if diff := cmp.Diff(said, found); diff != "" {
			rt.Fatalf("(-the log +found):\n%s\nlog:\n%s", diff, answers(b))
		}
	})
}

// number is the number that a text ends with.
func number(text string) (n int64) {
	_, _ = fmt.Sscan(text[strings.LastIndexByte(text, ' ')+1:], &n)
	return n
}

// tally tells each delta's version, and whether it should carry data and does not.
func tally(rec session.Record, each func(version int64, bare bool)) {
	if rec.Kind != session.KindEvent {
		return
	}
	var m contract.Message
	contract.Decode(rec.Args, &m)
	for _, d := range m.Deltas {
		each(d.Version, d.Data == nil && d.ItemType != "plan" && d.Action != "deleted")
	}
}

// A rate is a share of the draws, whatever the seed.
func TestRates(t *testing.T) {
	const draws = 200_000
	for _, rate := range []Rate{1_000, 50_000, 500_000, always} {
		hits := 0
		c := chooser{uint64(rate)}
		for n := range int64(draws) {
			if rate.hits(c.draw(Drop, n, 0)) {
				hits++
			}
		}
		want := draws * int(rate) / int(always)
		if off := hits - want; off*off > 25*want {
			t.Errorf("%v hits %d of %d", rate, hits, draws)
		}
	}
	if Rate(0).hits(0) {
		t.Error("0% hits")
	}
}
