package fault

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/session"
	"github.com/google/go-cmp/cmp"
)

// told sums up what came of a session: a line a record, with its time in tenths of seconds and the deltas in it.
func told(b broken) string {
	var out strings.Builder
	var m contract.Message
	for _, rec := range b.records {
		fmt.Fprintf(&out, "%d %v %s", rec.N, rec.T, rec.Kind)
		if rec.Kind == session.KindEvent {
			contract.Decode(rec.Args, &m)
			for _, d := range m.Deltas {
				fmt.Fprintf(&out, " v%d", d.Version)
				if d.Data == nil && d.Action != "deleted" && d.ItemType != "plan" {
					out.WriteString("-data")
				}
			}
		}
		out.WriteByte('\n')
	}
	return out.String()
}

// answers is the log as text, without the words.
func answers(b broken) string {
	var out strings.Builder
	for _, e := range b.log {
		fmt.Fprintf(&out, "%s n%d.%d v%d %s > %d", e.Fault, e.N, e.Delta, e.Version, e.Item, e.Out)
		if e.By > 0 {
			fmt.Fprintf(&out, " by %v", e.By)
		}
		out.WriteByte('\n')
	}
	return out.String()
}

// small is a session of all kinds of record.
func small(t *testing.T) string {
	var b builder
	b.add(session.Record{Kind: session.KindConnect, SID: "a", Transport: "websocket", Attempt: 1})           // 1, 0.1 s
	b.add(session.Record{Kind: session.KindPlan, Status: 200, Body: []byte(`{"bills":[],"planVersion":0}`)}) // 2
	b.message("+bill:1")                                                                                     // 3: v1
	b.message("+bill:2", "bill:1")                                                                           // 4: v2 v3
	b.add(session.Record{Kind: session.KindVersion, Status: 200, Body: []byte(`{"planVersion":3}`)})         // 5
	b.message("-bill:2")                                                                                     // 6: v4
	b.message("plan:0")                                                                                      // 7: v5
	b.add(session.Record{Kind: session.KindMark, Text: "saved"})                                             // 8, 0.8 s
	b.message("bill:1")                                                                                      // 9: v6
	b.add(session.Record{Kind: session.KindDisconnect, Reason: "bye"})                                       // 10
	b.add(session.Record{Kind: session.KindEnd, Reason: "done"})                                             // 11
	return write(t, b.records)
}

func TestFaults(t *testing.T) {
	const start, end = "1 100ms connect\n2 200ms plan\n", "10 1s disconnect\n11 1.1s end\n"
	for _, tc := range []struct{ name, spec, want, log string }{
		{"none", "", start + "3 300ms event v1\n4 400ms event v2 v3\n5 500ms version\n6 600ms event v4\n7 700ms event v5\n" +
			"8 800ms mark\n9 900ms event v6\n" + end, ""},
		{
			"drop", "drop=100%", start + "3 500ms version\n4 800ms mark\n5 1s disconnect\n6 1.1s end\n",
			"drop n3.0 v1 bill:1 > 0\ndrop n4.0 v2 bill:2 > 0\ndrop n4.1 v3 bill:1 > 0\ndrop n6.0 v4 bill:2 > 0\n" +
				"drop n7.0 v5 plan:0 > 0\ndrop n9.0 v6 bill:1 > 0\n",
		},
		{
			"strip", "strip=100%", start + "3 300ms event v1-data\n4 400ms event v2-data v3-data\n5 500ms version\n6 600ms event v4\n" +
				"7 700ms event v5\n8 800ms mark\n9 900ms event v6-data\n" + end,
			"strip n3.0 v1 bill:1 > 3\nstrip n4.0 v2 bill:2 > 4\nstrip n4.1 v3 bill:1 > 4\nstrip n9.0 v6 bill:1 > 9\n",
		},
		{
			"delay", "delay=100%:250ms", start + "3 550ms event v1\n4 650ms event v2 v3\n5 650ms version\n6 850ms event v4\n" +
				"7 950ms event v5\n8 950ms mark\n9 1.15s event v6\n10 1.15s disconnect\n11 1.15s end\n",
			"delay n3.0 v1 bill:1 > 3 by 250ms\ndelay n4.0 v2 bill:2 > 4 by 250ms\ndelay n4.1 v3 bill:1 > 4 by 250ms\n" +
				"delay n6.0 v4 bill:2 > 6 by 250ms\ndelay n7.0 v5 plan:0 > 7 by 250ms\ndelay n9.0 v6 bill:1 > 9 by 250ms\n",
		},
		{
			"reorder", "reorder=100%", start + "3 400ms event v2 v3\n4 400ms event v1\n5 500ms version\n6 700ms event v5\n" +
				"7 700ms event v4\n8 800ms mark\n9 900ms event v6\n" + end,
			"reorder n3.0 v1 bill:1 > 4\nreorder n6.0 v4 bill:2 > 7\n",
		},
		{
			"stale", "stale=100%", start + "3 300ms event v1\n4 400ms event v2 v3\n5 400ms event v1\n6 500ms version\n7 600ms event v4\n" +
				"8 600ms event v2\n9 700ms event v5\n10 800ms mark\n11 900ms event v6\n12 900ms event v3\n13 1s disconnect\n14 1.1s end\n",
			"stale n3.0 v1 bill:1 > 5\nstale n4.0 v2 bill:2 > 8\nstale n4.1 v3 bill:1 > 12\n",
		},
		{
			"disconnect", "disconnect=v3:300ms", start + "3 300ms event v1\n4 400ms disconnect\n5 700ms connect\n6 700ms event v5\n" +
				"7 800ms mark\n8 900ms event v6\n9 1s disconnect\n10 1.1s end\n",
			"disconnect n4.0 v2 bill:2 > 0\ndisconnect n4.1 v3 bill:1 > 0\ndisconnect n0.-1 v3  > 4 by 300ms\ndisconnect n5.-1 v0  > 0\n" +
				"disconnect n6.0 v4 bill:2 > 0\ndisconnect n0.-1 v3  > 5 by 300ms\n",
		},
		{
			"disconnect to the end", "disconnect=v5:1h,disconnect=v6:1s", start +
				"3 300ms event v1\n4 400ms event v2 v3\n5 500ms version\n6 600ms event v4\n7 700ms disconnect\n8 800ms mark\n9 1.1s end\n",
			"disconnect n7.0 v5 plan:0 > 0\ndisconnect n0.-1 v5  > 7 by 1h0m0s\ndisconnect n9.0 v6 bill:1 > 0\ndisconnect n10.-1 v0  > 0\n",
		},
		{
			"disconnect at the source's own", "disconnect=v6:150ms", start +
				"3 300ms event v1\n4 400ms event v2 v3\n5 500ms version\n6 600ms event v4\n7 700ms event v5\n8 800ms mark\n" +
				"9 900ms disconnect\n10 1.1s end\n",
			"disconnect n9.0 v6 bill:1 > 0\ndisconnect n0.-1 v6  > 9 by 150ms\ndisconnect n10.-1 v0  > 0\n",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := inject(t, small(t), tc.spec, 7)
			if diff := cmp.Diff(tc.want, told(b)); diff != "" {
				t.Errorf("records (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.log, answers(b)); diff != "" {
				t.Errorf("log (-want +got):\n%s", diff)
			}
		})
	}
}

// The end of a session counts the records that are left, and those that were made.
func TestTheEndCountsWhatIsThere(t *testing.T) {
	for _, spec := range []string{"drop=100%", "duplicate=100%", "stale=100%", "disconnect=v3:300ms"} {
		b := inject(t, small(t), spec, 7)
		if end := b.records[len(b.records)-1]; end.Kind != session.KindEnd || end.Records != int64(len(b.records)) {
			t.Errorf("%s: the end counts %d of %d records", spec, end.Records, len(b.records))
		}
	}
}

// What is remembered of past deltas is bounded, and the oldest items are forgotten first.
func TestThePastIsBounded(t *testing.T) {
	var s staler
	item := func(id int) contract.Item { return contract.Item{Type: contract.TypeBill, ID: int64(id)} }
	for id := range maxPast + 10 {
		s.remember(past{delta: delta{item: item(id)}})
	}
	if len(s.sent) != maxPast || len(s.order) != maxPast {
		t.Errorf("%d items are remembered, in a row of %d; want %d", len(s.sent), len(s.order), maxPast)
	}
	for id, want := range map[int]bool{9: false, 10: true, maxPast + 9: true} {
		if _, known := s.sent[item(id)]; known != want {
			t.Errorf("item %d is remembered: %v", id, known)
		}
	}
}

func TestDuplicatesComeBehindOthers(t *testing.T) {
	b := inject(t, small(t), "duplicate=100%", 7)
	if len(b.log) != 6 || len(b.records) != 11+5 {
		t.Fatalf("%d records, log:\n%s", len(b.records), answers(b))
	}
	for _, e := range b.log {
		if e.Out <= e.N+1 && e.N != 9 || b.records[e.Out-1].Kind != session.KindEvent {
			t.Errorf("record %d came again as %d, a %s", e.N, e.Out, b.records[e.Out-1].Kind)
		}
	}
	if last := b.records[len(b.records)-2]; last.Kind != session.KindDisconnect {
		t.Errorf("something was sent after the connection had ended:\n%s", told(b))
	}
}

// What no fault touches keeps its line, but for the number; what is taken out of takes nothing else along.
func TestBytesAreKept(t *testing.T) {
	text := small(t)
	in := strings.Split(strings.TrimSuffix(text, "\n"), "\n")[1:]
	if diff := cmp.Diff(in, inject(t, text, "drop=0.0001%", 1).lines); diff != "" {
		t.Errorf("without a fault (-want +got):\n%s", diff)
	}
	b := inject(t, text, "disconnect=v3:150ms", 1)
	want := strings.Replace(in[5], `{"n":6,`, `{"n":6,`, 1)
	if b.lines[5] != want {
		t.Errorf("got %s\nwant %s", b.lines[5], want)
	}
	c := cutter{what: []fate{stripped, gone, whole}}
	args := `[ {"x":{"deltas":[1]},"deltas" : [ {"data" : {"a":[1,{"data":2}]} , "b":"\"data\":1" } , {"c":1} ,{"d" : 1}] , "y":1},2]`
	want = `[ {"x":{"deltas":[1]},"deltas" : [ { "b":"\"data\":1" },{"d" : 1}] , "y":1},2]`
	if got := string(c.message([]byte(args))); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestWithout(t *testing.T) {
	for object, want := range map[string]string{
		`{"data":1}`:                  `{}`,
		`{ "data" : 1 }`:              `{ }`,
		`{"data":{"x":1},"b":2}`:      `{"b":2}`,
		`{"a":1,"data":{"x":1}}`:      `{"a":1}`,
		`{"a":1 , "data":[],"b":2}`:   `{"a":1,"b":2}`,
		`{"a":{"data":1}}`:            `{"a":{"data":1}}`,
		`{"a":1,"d\u0061ta":2,"b":3}`: `{"a":1,"b":3}`,
	} {
		if got := string(without(nil, []byte(object), "data")); got != want {
			t.Errorf("%s without data is %s, want %s", object, got, want)
		}
	}
}

func TestOddMessagesKeepTheirDeltas(t *testing.T) {
	var b builder
	for _, args := range []string{`[{"deltas":7}]`, `{"deltas":[]}`, `[]`, `nonsense`, `[{"deltas":[1,{"itemType":"bill"}],"deltas":[]}]`} {
		b.add(session.Record{Kind: session.KindEvent, Event: contract.Event, Args: []byte(args)})
	}
	text := write(t, b.records)
	got := inject(t, text, "drop=100%,strip=100%,stale=100%", 1)
	if len(got.log) != 0 || len(got.records) != 5 {
		t.Errorf("log:\n%s", answers(got))
	}
	if got := inject(t, text, "duplicate=100%", 1); len(got.records) != 10 {
		t.Errorf("%d records", len(got.records))
	}
}

func TestHeaderTellsOfFaults(t *testing.T) {
	src, err := session.NewReader(strings.NewReader(small(t)))
	if err != nil {
		t.Fatal(err)
	}
	h := Wrap(src, Spec{Drop: 50000}, 7, nil).Header()
	if h.Faults != "drop=5%, seed 7" || h.Filter != "" || h.Session != "test" || !bytes.Contains(h.Raw, []byte(`"faults":"drop=5%, seed 7"`)) {
		t.Errorf("header is %+v", h)
	}
	if h := Wrap(src, Spec{}, 7, nil).Header(); h.Faults != "" || string(h.Raw) != string(src.Header().Raw) {
		t.Errorf("header without faults is %+v", h)
	}
}

func TestLogIsReadBack(t *testing.T) {
	b := inject(t, small(t), "drop=30%,duplicate=50%,delay=40%:1500us,disconnect=v4:50ms", 3)
	var text bytes.Buffer
	log := Log(&text)
	for _, e := range b.log {
		if err := log(e); err != nil {
			t.Fatal(err)
		}
	}
	var again []Entry
	for line := range bytes.Lines(text.Bytes()) {
		var e Entry
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatal(err)
		}
		again = append(again, e)
	}
	if diff := cmp.Diff(b.log, again); diff != "" || len(again) == 0 {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLogLine(t *testing.T) {
	var text strings.Builder
	log := Log(&text)
	for _, e := range []Entry{
		{N: 12, Delta: 0, Version: 42, Item: "bill:3", Fault: Drop, Detail: "the delta is not sent"},
		{Delta: -1, Version: 42, Fault: Disconnect, Out: 13, By: 1500 * ms, Detail: "the connection ends"},
	} {
		if err := log(e); err != nil {
			t.Fatal(err)
		}
	}
	want := `{"n":12,"delta":0,"version":42,"item":"bill:3","fault":"drop","detail":"the delta is not sent"}
{"n":0,"delta":null,"version":42,"fault":"disconnect","out":13,"by":1.5,"detail":"the connection ends"}
`
	if diff := cmp.Diff(want, text.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLogThatCannotBeWrittenEndsTheSession(t *testing.T) {
	src, err := session.NewReader(strings.NewReader(small(t)))
	if err != nil {
		t.Fatal(err)
	}
	full := errors.New("disk full")
	s := Wrap(src, Spec{Drop: always}, 1, func(Entry) error { return full })
	var rec session.Record
	for err == nil {
		err = s.Next(&rec)
	}
	if !errors.Is(err, full) || !errors.Is(s.Next(&rec), full) {
		t.Error(err)
	}
}

// failing ends with an error instead of io.EOF.
type failing struct{ session.Source }

func (f failing) Next(rec *session.Record) error {
	if err := f.Source.Next(rec); err == nil && rec.N < 4 {
		return nil
	}
	return io.ErrUnexpectedEOF
}

func TestWhatIsHeldComesBeforeTheError(t *testing.T) {
	src, err := session.NewReader(strings.NewReader(small(t)))
	if err != nil {
		t.Fatal(err)
	}
	s := Wrap(failing{src}, Spec{Reorder: always, Duplicate: always}, 1, nil)
	var rec session.Record
	n := int64(0)
	for ; err == nil; n++ {
		err = s.Next(&rec)
	}
	if n != 5 || err != io.ErrUnexpectedEOF {
		t.Errorf("%d records, then %v", n-1, err)
	}
}
