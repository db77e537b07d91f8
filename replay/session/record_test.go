package session

import (
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// sample is the format as it is promised.
const sample = `{"deltatap":1,"session":"0193541e-2b65-7a6b-8c3d-0123456789ab","started":"2026-11-23T00:52:14.165Z","server":"https://care.example","user":null,"tool":"deltatap 0.1.0"}
{"n":1,"t":0.000000,"kind":"connect","sid":"8S-gAAAB","transport":"websocket","attempt":1}
{"n":2,"t":0.031002,"kind":"event","event":"connection:ack","args":[{"ok":true}]}
{"n":3,"t":0.068411,"kind":"plan","status":200,"took":0.036,"body":{"planVersion":0}}
{"n":4,"t":2.499812,"kind":"event","event":"plan:item-delta","args":[{"deltas":[{"entityId":12345678901234567890}]}]}
{"n":5,"t":5.001200,"kind":"version","status":200,"took":0.004,"body":{"planVersion":1,"planUpdatedAt":"2026-11-23T00:52:14.165Z"}}
{"n":6,"t":9.120000,"kind":"disconnect","reason":"transport close"}
{"n":7,"t":10.300000,"kind":"connect_error","message":"Unauthorized","attempt":1}
{"n":8,"t":12.000000,"kind":"mark","text":"user pressed save"}
{"n":9,"t":14.100000,"kind":"end","reason":"interrupt","records":9,"lost":0}
`

// sampleRecords are the records of sample, made here.
func sampleRecords() []Record {
	return []Record{
		{Kind: KindConnect, SID: "8S-gAAAB", Transport: "websocket", Attempt: 1},
		{T: 31002 * time.Microsecond, Kind: KindEvent, Event: "connection:ack", Args: []byte(`[{"ok":true}]`)},
		{T: 68411 * time.Microsecond, Kind: KindPlan, Status: 200, Took: 36 * time.Millisecond, Body: []byte(`{"planVersion":0}`)},
		{
			T: 2499812 * time.Microsecond, Kind: KindEvent, Event: "plan:item-delta",
			Args: []byte(`[{"deltas":[{"entityId":12345678901234567890}]}]`),
		},
		{
			T: 5001200 * time.Microsecond, Kind: KindVersion, Status: 200, Took: 4 * time.Millisecond,
			Body: []byte(`{"planVersion":1,"planUpdatedAt":"2026-11-23T00:52:14.165Z"}`),
		},
		{T: 9120 * time.Millisecond, Kind: KindDisconnect, Reason: "transport close"},
		{T: 10300 * time.Millisecond, Kind: KindConnectError, Message: "Unauthorized", Attempt: 1},
		{T: 12 * time.Second, Kind: KindMark, Text: "user pressed save"},
		{T: 14100 * time.Millisecond, Kind: KindEnd, Reason: "interrupt"},
	}
}

func sampleHeader() Header {
	return Header{
		Session: "0193541e-2b65-7a6b-8c3d-0123456789ab",
		Started: time.Date(2026, 11, 23, 0, 52, 14, 165e6, time.UTC),
		Server:  "https://care.example", Tool: "deltatap 0.1.0",
	}
}

func TestWriterSpellsTheFormatAsPromised(t *testing.T) {
	var out strings.Builder
	w, err := NewWriter(&out, sampleHeader())
	if err != nil {
		t.Fatal(err)
	}
	for _, rec := range sampleRecords() {
		if err := w.Write(&rec); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sample, out.String()); diff != "" {
		t.Errorf("written (-want +got):\n%s", diff)
	}
}

func TestNewIDIsAUUIDThatSortsByTime(t *testing.T) {
	shape := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	at := sampleHeader().Started
	first, again, later := NewID(at), NewID(at), NewID(at.Add(time.Millisecond))
	if !shape.MatchString(first) || first == again || later <= first || later <= again {
		t.Errorf("got %s, %s, %s", first, again, later)
	}
}

func TestHeaderKeepsWhatItIsGiven(t *testing.T) {
	want := sampleHeader()
	want.Format, want.User, want.Part, want.Filter, want.Faults, want.From = Format, []byte(`{"id":1}`), 3, "type bill", "drop=5%, seed 1", "har"
	got, err := ParseHeader(want.AppendJSON(nil))
	if err != nil {
		t.Fatal(err)
	}
	if string(got.Raw) != string(want.AppendJSON(nil)) {
		t.Errorf("raw is %s", got.Raw)
	}
	got.Raw = nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := NewWriter(io.Discard, Header{}); err == nil {
		t.Error("a header that does not say when it started was written")
	}
}

// What is noted in a header that was read leaves everything else of it as it was.
func TestNotesKeepTheRestOfTheHeader(t *testing.T) {
	const start = `{"deltatap":1,"started":"2026-11-23T00:52:14.165Z","session":"s"`
	for read, want := range map[string]string{
		start + `,"later":{"faults":1} }`:                    start + `,"later":{"faults":1} ,"filter":"a=b","faults":"drop=5%, seed 1"}`,
		start + `,"faults": "strip=1%" ,"x":1}`:              start + `,"faults": "strip=1%; drop=5%, seed 1" ,"x":1,"filter":"a=b"}`,
		start + `,"filter":"c","faults":"d","deltatap":1}`:   start + `,"filter":"c; a=b","faults":"d; drop=5%, seed 1","deltatap":1}`,
		start + `,"f\u0061ults":null,"filter":"\u0001<é"}`:   start + `,"f\u0061ults":"drop=5%, seed 1","filter":"\u0001<é; a=b"}`,
		start + `,"faults":"old","faults":"new","l":[{}]  }`: start + `,"faults":"old","faults":"new; drop=5%, seed 1","l":[{}]  ,"filter":"a=b"}`,
	} {
		h, err := ParseHeader([]byte(read))
		if err != nil {
			t.Fatalf("%s: %v", read, err)
		}
		noted := h.WithFilter("a=b").WithFilter("").WithFaults("drop=5%, seed 1")
		if got := string(noted.AppendJSON(nil)); got != want {
			t.Errorf("%s\nis\n%s, want\n%s", read, got, want)
		}
		again, err := ParseHeader(noted.AppendJSON(nil))
		if err != nil || again.Filter != noted.Filter || again.Faults != noted.Faults || string(h.Raw) != read {
			t.Errorf("%s: filter %q and faults %q are read as %q and %q, %v", read, noted.Filter, noted.Faults, again.Filter, again.Faults, err)
		}
	}
	if h := (Header{}).WithFaults("drop=5%, seed 1"); h.Faults != "drop=5%, seed 1" || h.Raw != nil {
		t.Errorf("a header made here is %+v", h)
	}
}

func TestWordsForWhatWentWrong(t *testing.T) {
	tests := []struct {
		what interface{ String() string }
		want string
	}{
		{&Truncation{Line: 7, Bytes: 12, Reason: "the file breaks off"}, "the file breaks off at line 7 (12 bytes left unread)"},
		{&Truncation{Path: "a.har", Bytes: 12, Reason: "the file breaks off"}, "a.har: the file breaks off (12 bytes left unread)"},
		{Hole{Before: 5}, "records 1 to 4 are in none of the parts"},
		{Hole{After: 5}, "records from 6 on are in none of the parts"},
	}
	for _, test := range tests {
		if got := test.what.String(); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
	if got := (&LineError{Path: "a", Line: 3, Reason: "x"}).Error(); got != "a: line 3: x" {
		t.Errorf("got %q", got)
	}
}
