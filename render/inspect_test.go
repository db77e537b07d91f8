package render

import (
	"bytes"
	"context"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/carebase/deltatap/render/theme"
	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/scan"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/versions"
)

// scanned scans the parts of a session.
func scanned(t *testing.T, parts ...string) *scan.Summary {
	t.Helper()
	s := scan.NewScanner(scan.Options{Workers: 1})
	for _, text := range parts {
		if err := s.Part(context.Background(), strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
	}
	return s.Summary()
}

func testdata(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

const partHeader = `{"deltatap":1,"session":"x","started":"2026-11-23T08:00:00.000Z","server":"https://carebase.example","user":{"id":7},"tool":"deltatap 0.1.0","part":1}` + "\n"

// damaged is a session in two parts with everything that can be wrong with one.
func damaged() []string {
	delta := func(version string) string {
		return `{"itemType":"bill","entityId":3,"action":"deleted","source":"rest","version":` + version + `}`
	}
	event := func(n, t, deltas string) string {
		return `{"n":` + n + `,"t":` + t + `,"kind":"event","event":"plan:item-delta","args":[{"deltas":[` + deltas + `]}]}` + "\n"
	}
	return []string{
		partHeader +
			`{"n":1,"t":0,"kind":"version","status":200,"took":0.01,"body":{"planVersion":5}}` + "\n" +
			event("2", "1", delta("8")) + event("3", "2", delta("8")) + event("4", "3", delta("12")+","+delta("11")) + "scribble\n" +
			`{"n":5,"t":4.000000,"kind":"connect","sid":"a","transport":"polling","attempt":1}` + "\n" +
			event("6", "5", delta("9")) +
			`{"n":7,"t":6.000000,"kind":"end","reason":"rotated","records":7,"lost":3}` + "\n",
		strings.Replace(partHeader, `"part":1`, `"part":2,"filter":"--type bill","faults":"drop=5%, seed 1"`, 1) +
			event("11", "7", delta("90001")) +
			`{"n":12,"t":172800,"kind":"connect","sid":"b\u001b[2J","transport":"websocket","attempt":1}` + "\n" +
			`{"n":13,"t":172900,"kind":"ev`,
	}
}

func TestInspectGolden(t *testing.T) {
	long := scanned(t, testdata(t, "owner-day.ndjson"))
	for _, tt := range []struct {
		name  string
		sum   *scan.Summary
		width int
		theme *theme.Theme
	}{
		{"owner-day-80", long, 80, nil},
		{"owner-day-200", long, 200, nil},
		{"owner-day-dark-80", long, 80, theme.New(theme.TrueColor, true)},
		{"rough-night-80", scanned(t, testdata(t, "rough-night.ndjson")), 80, nil},
		{"rough-night-piped-ascii", scanned(t, testdata(t, "rough-night.ndjson")), 0, theme.Plain().ASCII()},
		{"damaged-80", scanned(t, damaged()...), 80, nil},
		{"empty-80", scanned(t, partHeader), 80, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var page bytes.Buffer
			err := Inspect(&page, Inspection{Name: "session.ndjson", Size: 14_800, Summary: tt.sum, Width: tt.width, Theme: tt.theme, Zone: time.UTC})
			if err != nil {
				t.Fatal(err)
			}
			golden(t, "inspect-"+tt.name+".golden", page.String())
			checkLines(t, page.String(), max(tt.width, pageWidth))
			checkBlanks(t, page.String())
		})
	}
}

// TestOfflineAtTheEnd sees that the time after the last connection is shown as what it was, and that the moments around a connection
// are not.
func TestOfflineAtTheEnd(t *testing.T) {
	text := partHeader +
		`{"n":1,"t":0.1,"kind":"connect","sid":"a","transport":"websocket","attempt":1}` + "\n" +
		`{"n":2,"t":1,"kind":"event","event":"plan:item-delta","args":[{"deltas":[{"itemType":"bill","entityId":3,"action":"deleted","source":"rest","version":1}]}]}` + "\n" +
		`{"n":3,"t":40,"kind":"disconnect","reason":"transport close"}` + "\n" +
		`{"n":4,"t":45,"kind":"connect","sid":"b","transport":"websocket","attempt":1}` + "\n" +
		`{"n":5,"t":50,"kind":"disconnect","reason":"transport close"}` + "\n" +
		`{"n":6,"t":100,"kind":"mark","text":"nothing comes back"}` + "\n"
	var page, drawing bytes.Buffer
	line, header := drawn(t, text)
	if err := Inspect(&page, Inspection{Name: "x", Summary: scanned(t, text), Width: 114, Zone: time.UTC}); err != nil {
		t.Fatal(err)
	}
	if err := line.Draw(&drawing, Drawing{Started: header.Started, Zone: time.UTC, Width: 110}); err != nil {
		t.Fatal(err)
	}
	want := strings.Repeat("━", 40) + strings.Repeat("░", 5) + strings.Repeat("━", 5) + strings.Repeat("░", 50)
	if !strings.Contains(page.String(), " "+want+"\n") {
		t.Errorf("the strip is not %s:\n%s", want, page.String())
	}
	for row := range strings.Lines(drawing.String()) {
		if !strings.Contains(row, "offline") {
			continue
		}
		// A period may take up to a column more on either side than it should.
		if n := strings.Count(row, "░"); n < 55 || n > 59 || !strings.HasSuffix(row, strings.Repeat("░", 50)+"\n") {
			t.Errorf("%d columns are shaded, want 5 and the last 50:\n%s", n, drawing.String())
		}
		return
	}
	t.Errorf("no time is shaded:\n%s", drawing.String())
}

// TestInspectManyHoles holds the page to one page, however many versions are missing.
func TestInspectManyHoles(t *testing.T) {
	sum := scanned(t, partHeader)
	for v := int64(1); v < 200_000; v += 2 {
		sum.Users[0].Versions.Versions(v, time.Duration(v)*time.Millisecond, []versions.Version{{Number: v}})
	}
	sum.Users[0].Versions.Versions(1, time.Hour, []versions.Version{{Number: math.MaxInt64}})
	var page bytes.Buffer
	if err := Inspect(&page, Inspection{Name: "x", Summary: sum, Width: 80, Zone: time.UTC}); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(page.String(), "\n"); n > 24 {
		t.Errorf("the page has %d lines:\n%s", n, page.String())
	}
	if !strings.Contains(page.String(), " and more") {
		t.Errorf("what is not named is not hinted at:\n%s", page.String())
	}
	checkLines(t, page.String(), 80)
}

// drawn feeds a session of testdata to a timeline.
func drawn(t *testing.T, text string) (*Timeline, session.Header) {
	t.Helper()
	r, err := session.NewReader(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	var line Timeline
	account := versions.Account{OnGap: line.Gap}
	var rec session.Record
	var m contract.Message
	for err = r.Next(&rec); err == nil; err = r.Next(&rec) {
		if rec.Kind != session.KindEvent || rec.Event != contract.Event {
			line.Record(&rec)
			continue
		}
		contract.Decode(rec.Args, &m)
		account.Message(rec.N, rec.T, &m)
		line.Message(&rec, &m)
	}
	if err != io.EOF {
		t.Fatal(err)
	}
	return &line, r.Header()
}

func TestTimelineGolden(t *testing.T) {
	for _, tt := range []struct {
		name, session string
		width         int
		theme         *theme.Theme
	}{
		{"owner-day-80", "owner-day", 80, theme.Plain()},
		{"rough-night-80", "rough-night", 80, theme.Plain()},
		{"rough-night-ascii-80", "rough-night", 80, theme.Plain().ASCII()},
		{"rough-night-dark-200", "rough-night", 200, theme.New(theme.ANSI256, true)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			line, header := drawn(t, testdata(t, tt.session+".ndjson"))
			var text bytes.Buffer
			if err := line.Draw(&text, Drawing{Started: header.Started, Zone: time.UTC, Width: tt.width, Theme: tt.theme}); err != nil {
				t.Fatal(err)
			}
			golden(t, "timeline-"+tt.name+".golden", text.String())
			checkLines(t, text.String(), tt.width)
			checkBlanks(t, text.String())
		})
	}
}

func TestTimelineWithoutVersions(t *testing.T) {
	var line Timeline
	var text bytes.Buffer
	if err := line.Draw(&text, Drawing{}); err != nil {
		t.Fatal(err)
	}
	if got, want := text.String(), "no versions to draw\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestTimelineIsBounded feeds a timeline a year of deltas, an hour apart, with a connection that is away every other day.
func TestTimelineIsBounded(t *testing.T) {
	var line Timeline
	m := contract.Message{Deltas: []contract.Delta{{}}}
	for hour := range 365 * 24 {
		rec := session.Record{T: time.Duration(hour) * time.Hour, Kind: session.KindMark}
		switch {
		case hour%48 == 0:
			rec.Kind = session.KindConnect
			line.Record(&rec)
		case hour%48 == 24:
			rec.Kind = session.KindDisconnect
			line.Record(&rec)
		case hour%48 < 24:
			m.Deltas[0].Version = int64(hour)
			line.Message(&rec, &m)
		}
	}
	if n := len(line.buckets); n > mostBuckets {
		t.Errorf("%d buckets are held", n)
	}
	columns := line.columns(365)
	for day, b := range columns[:364] {
		if away := day%2 == 1; away && !b.offline || !away && b.low == 0 {
			t.Errorf("day %d: versions %d to %d, offline %v", day, b.low, b.high, b.offline)
		}
	}
	if line.low != 1 || line.high < 8700 {
		t.Errorf("versions %d to %d", line.low, line.high)
	}
}
