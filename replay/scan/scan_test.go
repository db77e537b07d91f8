package scan

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/carebase/deltatap/replay/scan/scantest"
	"github.com/carebase/deltatap/replay/session"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const header1 = `{"deltatap":1,"session":"s","started":"2026-11-23T00:00:00.000Z","part":1}` + "\n"

const header2 = `{"deltatap":1,"session":"s","started":"2026-11-23T00:01:00.000Z","part":2}` + "\n"

func TestPartsAddUp(t *testing.T) {
	s := NewScanner(Options{})
	if s.Summary() != nil {
		t.Error("the summary of nothing is not nil")
	}
	for _, text := range []string{
		header1 + `{"n":1,"t":1.000000,"kind":"connect","sid":"a","transport":"websocket","attempt":1}` + "\n" +
			`{"n":2,"t":2.000000,"kind":"event","event":"plan:item-delta","args":[{"deltas":[` + goodPlan + `]}]}` + "\n" +
			`{"n":3,"t":3.000000,"kind":"end","reason":"rotated","records":3,"lost":0}` + "\n",
		header2 + `{"n":5,"t":4.000000,"kind":"event","event":"plan:item-delta","args":[{"deltas":[` + goodPlan + `]}]}` + "\n" +
			`{"n":6,"t":5.000000,"kind":"disconnect","reason":"transport close"}` + "\n" + `{"n":7,"t":`,
	} {
		if err := s.Part(context.Background(), bytes.NewReader([]byte(text))); err != nil {
			t.Fatal(err)
		}
	}
	sum := s.Summary()
	want := []Connection{{From: time.Second, To: 65 * time.Second, Reason: "transport close", SID: "a", Transport: "websocket"}}
	if diff := cmp.Diff(want, sum.Connections); diff != "" {
		t.Errorf("connections, -want +got:\n%s", diff)
	}
	if sum.Records != 5 || sum.Deltas != 2 || sum.Duration != 65*time.Second || sum.Complete() {
		t.Errorf("records %d, deltas %d, duration %s, complete %t, want 5, 2, 1m5s, false", sum.Records, sum.Deltas, sum.Duration, sum.Complete())
	}
	if got := sum.Findings.ByRule["version-duplicate"]; got != 1 {
		t.Errorf("duplicate versions over the parts: %d, want 1", got)
	}
	first, second := sum.Parts[0], sum.Parts[1]
	if first.First != 1 || first.Last != 3 || second.First != 5 || second.Last != 6 || second.Offset != time.Minute {
		t.Errorf("parts %d to %d, %d to %d after %s, want 1 to 3, 5 to 6 after 1m", first.First, first.Last, second.First, second.Last, second.Offset)
	}
	if !first.Complete || first.EndReason != session.ReasonRotated || second.Complete || second.Truncated == nil || second.Truncated.Line != 4 {
		t.Errorf("parts end with %+v and %+v, want a rotation and a cut in line 4", first, second)
	}
}

func TestCompleteMeansAllOfIt(t *testing.T) {
	const end = `{"n":%d,"t":3.000000,"kind":"end","reason":"%s","records":3,"lost":0}` + "\n"
	ended := func(n int, reason string) string { return fmt.Sprintf(end, n, reason) }
	for _, c := range []struct {
		name  string
		parts []string
		want  bool
	}{
		{"one part", []string{header1 + ended(1, "interrupt")}, true},
		{"two parts", []string{header1 + ended(1, "rotated"), header2 + ended(2, "interrupt")}, true},
		{"no end", []string{header1}, false},
		{"more after the end", []string{header1 + ended(1, "interrupt") + `{"n":2,"t":3,"kind":"mark","text":""}` + "\n"}, false},
		{"cut off after the end", []string{header1 + ended(1, "interrupt") + `{"n":2`}, false},
		{"the next part is missing", []string{header1 + ended(1, "rotated")}, false},
		{"a part between is missing", []string{header1 + ended(1, "rotated"), header2 + ended(3, "interrupt")}, false},
		{"the first part has no end", []string{header1, header2 + ended(1, "interrupt")}, false},
	} {
		s := NewScanner(Options{})
		for _, part := range c.parts {
			if err := s.Part(context.Background(), strings.NewReader(part)); err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
		}
		if got := s.Summary().Complete(); got != c.want {
			t.Errorf("%s: complete %t, want %t", c.name, got, c.want)
		}
	}
}

// The numbers of the whole, told apart from the reference by hand.
func TestSummaryOfASmallSession(t *testing.T) {
	text := header1 +
		`{"n":1,"t":0.500000,"kind":"connect_error","message":"Unauthorized","attempt":1}` + "\n" +
		`{"n":2,"t":1.000000,"kind":"connect","sid":"a","transport":"polling","attempt":2}` + "\n" +
		`{"n":3,"t":1.100000,"kind":"event","event":"connection:ack","args":[{"ok":true}]}` + "\n" +
		`{"n":4,"t":1.200000,"kind":"plan","status":200,"took":0.036,"body":{"planVersion":3}}` + "\n" +
		`{"n":5,"t":2.000000,"kind":"event","event":"plan:item-delta","args":[{"deltas":[` + good + `,` + goodPlan + `]}]}` + "\n" +
		`{"n":6,"t":2.900000,"kind":"event","event":"plan:item-delta","args":[{"deltas":[{"itemType":"visit","entityId":1,"version":9}]}]}` + "\n" +
		`{"n":7,"t":3.000000,"kind":"mark","text":"now"}` + "\n" +
		`{"n":8,"t":3.500000,"kind":"version","status":0,"took":0.004,"error":"no route"}` + "\n" +
		`{"n":9,"t":4.000000,"kind":"end","reason":"interrupt","records":9,"lost":2}` + "\n"
	a := checkEqual(t, []byte(text), 50)
	sum := a.Summary
	for _, c := range []struct {
		name      string
		got, want any
	}{
		{"records", sum.Records, int64(9)},
		{"events", sum.Events, int64(3)},
		{"messages", sum.Messages, int64(2)},
		{"by type", sum.ByType, map[string]int64{"appointment": 1, "plan": 1, "visit": 1}},
		{"by action", sum.ByAction, map[string]int64{"updated": 2, None: 1}},
		{"by source", sum.BySource, map[string]int64{"rest": 2, None: 1}},
		{"plans", sum.Plans, int64(1)},
		{"polls", sum.Polls, int64(1)},
		{"refused", sum.Refused, int64(1)},
		{"marks", sum.Marks, int64(1)},
		{"busiest", sum.Rate.Busiest, 2 * time.Second},
		{"most", sum.Rate.Most, int64(3)},
		{"duration", sum.Duration, 4 * time.Second},
		{"lost", sum.Parts[0].Lost, int64(2)},
		{"complete", sum.Complete(), true},
		{"connections", sum.Connections, []Connection{{From: time.Second, Open: true, SID: "a", Transport: "polling"}}},
		{"missing", a.Report.Missing, int64(2)},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("%s, -want +got:\n%s", c.name, diff)
		}
	}
}

func TestUnknownValuesAreBounded(t *testing.T) {
	text := []byte(header1)
	for i := range 100 {
		text = fmt.Appendf(text, `{"n":1,"t":1,"kind":"event","event":"plan:item-delta","args":[{"deltas":[{"itemType":"x%d"}]}]}`+"\n", i%50)
	}
	sum := checkEqual(t, text, 300).Summary
	if got := sum.ByType[Others]; got != 2*(50-MaxValues) || len(sum.ByType) != MaxValues+1 {
		t.Errorf("%d others and %d values, want %d and %d", got, len(sum.ByType), 2*(50-MaxValues), MaxValues+1)
	}
}

func TestCancelledScanEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	line := []byte(`{"n":1,"t":1.000000,"kind":"mark","text":"again"}` + "\n")
	endless := io.MultiReader(bytes.NewReader([]byte(header1)), &repeat{line: line, after: func(n int) {
		if n == 1000 {
			cancel()
		}
	}})
	sum, err := Session(ctx, endless, Options{})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
	if sum == nil || sum.Complete() {
		t.Errorf("summary %+v, want one that is not complete", sum)
	}
}

// repeat yields a line for ever.
type repeat struct {
	line  []byte
	n     int
	after func(n int)
}

func (r *repeat) Read(p []byte) (int, error) {
	r.n++
	r.after(r.n)
	return copy(p, r.line), nil
}

var errDisk = errors.New("disk on fire")

func TestReadErrorIsReturned(t *testing.T) {
	text, _ := generated(t, scantest.Session{Messages: 100, Items: 5, Seed: 1})
	broken := io.MultiReader(bytes.NewReader(text), &failing{})
	sum, err := Session(context.Background(), broken, Options{})
	if !errors.Is(err, errDisk) {
		t.Errorf("error %v, want that of the reader", err)
	}
	if sum == nil || sum.Messages != 100 {
		t.Errorf("summary %+v, want one of the 100 messages before the error", sum)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errDisk }

func TestProgressReachesTheEnd(t *testing.T) {
	text, _ := generated(t, scantest.Session{Messages: 3000, Items: 5, Seed: 1})
	var told int64
	opts := Options{Progress: func(read int64) {
		if read < told {
			t.Errorf("progress went back from %d to %d", told, read)
		}
		told = read
	}}
	if _, err := Session(context.Background(), bytes.NewReader(text), opts); err != nil {
		t.Fatal(err)
	}
	if told != int64(len(text)) {
		t.Errorf("progress ended at %d of %d", told, len(text))
	}
}

// A session of any length takes the memory of a few blocks.
func TestMemoryStaysSmall(t *testing.T) {
	r, w := io.Pipe()
	go func() {
		_, err := scantest.Session{Messages: 40_000, Items: 100, Seed: 1}.Write(w)
		w.CloseWithError(err)
	}()
	var most uint64
	calls := 0
	_, err := Session(context.Background(), r, Options{Progress: func(int64) {
		if calls++; calls%8 == 0 {
			var now runtime.MemStats
			runtime.ReadMemStats(&now)
			most = max(most, now.HeapInuse)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if most == 0 || most > 40<<20 {
		t.Errorf("scanning 27 MB took %d bytes of heap", most)
	}
}

// The histogram is the same in any order, and in any grouping.
func TestHistogramHasNoOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		var times []time.Duration
		for range 1 + r.IntN(50) {
			times = append(times, time.Duration(r.Int64N(1<<(10+r.IntN(45)))))
		}
		var one, sum, part histogram
		for i, at := range times {
			one.add(at, int64(i+1))
		}
		for i, at := range times {
			part.add(at, int64(i+1))
			if r.IntN(4) == 0 {
				sum.addAll(&part)
				part.reset()
			}
		}
		sum.addAll(&part)
		if diff := cmp.Diff(rate(&one, &busiest{}), rate(&sum, &busiest{})); diff != "" {
			t.Fatalf("one by one and in groups differ:\n%s", diff)
		}
		checkHistogram(t, &one, times)
	}
}

func checkHistogram(t *testing.T, h *histogram, times []time.Duration) {
	t.Helper()
	var want [MaxBuckets]int64
	high := 0
	for i, at := range times {
		want[at/h.width] += int64(i + 1)
		high = max(high, int(at/h.width)+1)
	}
	if diff := cmp.Diff(want[:high], h.counts[:h.high]); diff != "" {
		t.Errorf("buckets, -want +got:\n%s", diff)
	}
	if h.width > finest && high <= MaxBuckets/2 {
		t.Errorf("%d buckets of %s: half the width would do", high, h.width)
	}
}

// Each user's plan has versions of its own.
func TestUsersVersionsAreApart(t *testing.T) {
	deltas := func(n int, user string, version int) string {
		return fmt.Sprintf(`{"n":%d,"t":%d,%s"kind":"event","event":"plan:item-delta","args":[{"deltas":[{"itemType":"plan","entityId":0,"action":"updated","version":%d}]}]}`+"\n",
			n, n, user, version)
	}
	text := strings.Replace(header1, `"part"`, `"user":{"id":7},"part"`, 1) +
		`{"n":1,"t":1,"kind":"connect","sid":"a"}` + "\n" +
		`{"n":2,"t":1,"user":8,"kind":"connect","sid":"b"}` + "\n" +
		deltas(3, "", 41) + deltas(4, `"user":8,`, 5) + deltas(5, "", 43) + deltas(6, `"user":8,`, 6) + deltas(7, `"user":7,`, 43) + deltas(8, `"user":8,`, 4)
	for _, piece := range []int{1 << 20, 120} {
		a := checkEqual(t, []byte(text), piece)
		want := map[string]int64{"version-duplicate": 1, "version-regressed": 1}
		if diff := cmp.Diff(want, a.Summary.Findings.ByRule); diff != "" {
			t.Errorf("findings, -want +got:\n%s", diff)
		}
		if a.User != 7 || a.Report.First != 41 || a.Report.Last != 43 || a.Report.Missing != 1 || a.Report.Regressions != 0 {
			t.Errorf("the first is user %d: %+v; want 7, v41–v43 without v42", a.User, a.Report)
		}
		if len(a.Others) != 1 || a.Others[0].User != 8 || a.Others[0].Report.First != 4 || a.Others[0].Report.Last != 6 || a.Others[0].Report.Missing != 0 {
			t.Errorf("others: %+v, want user 8, v4–v6", a.Others)
		}
	}
}
