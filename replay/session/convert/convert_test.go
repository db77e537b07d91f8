package convert

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/carebase/deltatap/fixtures"
	"github.com/carebase/deltatap/replay/session"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// noon is when tests convert what does not tell its time.
func noon() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

func options() Options { return Options{Now: noon, Tool: "deltatap 0.1.0"} }

// written is a source as a session file.
func written(t *testing.T, src session.Source) string {
	t.Helper()
	var out bytes.Buffer
	w, err := session.NewWriter(&out, src.Header())
	if err != nil {
		t.Fatal(err)
	}
	var rec session.Record
	for {
		err := src.Next(&rec)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		n := rec.N
		if err := w.Write(&rec); err != nil {
			t.Fatal(err)
		}
		if rec.N != n {
			t.Errorf("record %d said that it is number %d", rec.N, n)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func open(t *testing.T, text string) session.Source {
	t.Helper()
	src, err := Open(strings.NewReader(text), options())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = src.Close() })
	return src
}

// captureText is a raw capture.
const captureText = `{"at":"2026-11-23T01:28:31.365Z","kind":"frame","data":"0{\"sid\":\"GHv\"}"}
{"at":"2026-11-23T01:28:31.366Z","kind":"connect"}
{"at":"2026-11-23T01:28:31.394Z","kind":"frame","data":"2[\"connection:ack\",{\"ok\":true}]"}
{"at":"2026-11-23T01:28:31.436Z","kind":"plan","status":200,"body":{"planVersion":0, "a":1.50}}
{"at":"2026-11-23T01:28:33.851Z","kind":"frame","data":"42[\"plan:item-delta\" , {\"deltas\":[{\"entityId\":12345678901234567890}]}]"}
{"at":"2026-11-23T01:28:33.800Z","kind":"frame","data":"2[\"plan:update\"]"}
{"at":"2026-11-23T01:28:34Z","kind":"frame","data":"2/admin,[\"x\"]"}
{"at":"2026-11-23T01:28:34Z","kind":"frame","data":"3"}
{"at":"2026-11-23T01:28:35Z","kind":"screenshot","data":null}
{"at":"2026-11-23T01:28:36Z","kind":"disconnect","reason":"transport close"}
{"at":"2026-11-23T01:28:36.5Z","kind":"disconnect","reason":"again"}
{"at":"2026-11-23T01:28:37Z","kind":"frame","data":"4{\"message\":\"Unauthorized\"}"}
{"at":"2026-11-23T01:28:38Z","kind":"connect_error","message":"xhr poll error"}
{"at":"2026-11-23T01:28:39Z","kind":"frame","data":"0{\"sid\":\"Kwx\"}"}
{"at":"2026-11-23T01:28:40Z","kind":"version","status":0,"took":1.25,"error":"timeout"}
{"at":"2026-11-23T01:28:41Z","kind":"frame","data":"1"}
{"at":"2026-11-23T01:28:42Z","kind":"connect","transport":"polling"}
`

const captureSession = `{"n":1,"t":0.000000,"kind":"connect","sid":"GHv","transport":"websocket","attempt":1}
{"n":2,"t":0.029000,"kind":"event","event":"connection:ack","args":[{"ok":true}]}
{"n":3,"t":0.071000,"kind":"plan","status":200,"body":{"planVersion":0, "a":1.50}}
{"n":4,"t":2.486000,"kind":"event","event":"plan:item-delta","args":[ {"deltas":[{"entityId":12345678901234567890}]}]}
{"n":5,"t":2.486000,"kind":"event","event":"plan:update","args":[]}
{"n":6,"t":4.635000,"kind":"disconnect","reason":"transport close"}
{"n":7,"t":5.635000,"kind":"connect_error","message":"Unauthorized","attempt":1}
{"n":8,"t":6.635000,"kind":"connect_error","message":"xhr poll error","attempt":2}
{"n":9,"t":7.635000,"kind":"connect","sid":"Kwx","transport":"websocket","attempt":3}
{"n":10,"t":8.635000,"kind":"version","status":0,"took":1.250,"error":"timeout"}
{"n":11,"t":9.635000,"kind":"disconnect","reason":"io server disconnect"}
{"n":12,"t":10.635000,"kind":"connect","sid":"","transport":"polling","attempt":1}
{"n":13,"t":10.635000,"kind":"end","reason":"converted","records":13,"lost":0}
`

func TestCapture(t *testing.T) {
	src := open(t, captureText)
	head, records, _ := strings.Cut(written(t, src), "\n")
	if diff := cmp.Diff(captureSession, records+""); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !strings.Contains(head, `"started":"2026-11-23T01:28:31.365Z","server":"","user":null,"tool":"deltatap 0.1.0","from":"capture","origin":"convert"}`) {
		t.Errorf("header is %s", head)
	}
	want := []string{"left out 1 line: screenshot", "left out 1 message: of another namespace"}
	if diff := cmp.Diff(want, src.(Noted).Notes()); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
	if !src.Complete() || src.Truncated() != nil {
		t.Errorf("complete is %v, truncated is %v", src.Complete(), src.Truncated())
	}
}

func TestCaptureThatBreaksOff(t *testing.T) {
	src := open(t, captureText[:len(captureText)-20])
	records := written(t, src)
	if strings.Contains(records, `"end"`) || src.Complete() {
		t.Error("is said to be complete")
	}
	if got := src.Truncated(); got == nil || got.Line != 17 {
		t.Errorf("truncated is %v", got)
	}
}

func TestCaptureWithABadLine(t *testing.T) {
	src := open(t, strings.Replace(captureText, `"2026-11-23T01:28:33.800Z"`, `"yesterday"`, 1))
	var bad *session.LineError
	var err error
	for err == nil {
		err = src.Next(&session.Record{})
	}
	if !errors.As(err, &bad) || bad.Error() != `line 6: "at" is not what a capture has there` {
		t.Fatalf("got %v", err)
	}
	var rec session.Record
	if err := src.Next(&rec); err != nil || rec.Kind != session.KindDisconnect {
		t.Errorf("after it: %v, %v", rec.Kind, err)
	}
}

// TestCaptureOfTheFixture words the shipped day as the raw capture that it was converted from, and
// converts it again.
func TestCaptureOfTheFixture(t *testing.T) {
	shipped, err := fixtures.Open("owner-day")
	if err != nil {
		t.Fatal(err)
	}
	defer shipped.Close()
	r, err := session.NewReader(shipped)
	if err != nil {
		t.Fatal(err)
	}
	h := r.Header()
	var capture, want bytes.Buffer
	var rec session.Record
	for r.Next(&rec) == nil {
		capture.WriteString(asCapture(h.Started, &rec))
		want.Write(append(rec.Raw, '\n'))
	}
	_, got, _ := strings.Cut(written(t, open(t, capture.String())), "\n")
	if diff := cmp.Diff(want.String(), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPayloads(t *testing.T) {
	text := `{"deltas":[{"itemType":"bill","entityId":1}]}
[{"deltas":[]}]
["plan:item-delta",{"deltas":[ ]}]
42["plan:item-delta",{"deltas":[1]}]
2["plan:update"]
{"itemType":"bill","entityId":1.0}
{"deltas":"none"}
`
	want := `{"deltatap":1,"session":"01a20846-fe00-7`
	wantRecords := `{"n":1,"t":0.000000,"kind":"event","event":"plan:item-delta","args":[{"deltas":[{"itemType":"bill","entityId":1}]}]}
{"n":2,"t":0.100000,"kind":"event","event":"plan:item-delta","args":[{"deltas":[]}]}
{"n":3,"t":0.200000,"kind":"event","event":"plan:item-delta","args":[{"deltas":[ ]}]}
{"n":4,"t":0.300000,"kind":"event","event":"plan:item-delta","args":[{"deltas":[1]}]}
{"n":5,"t":0.400000,"kind":"event","event":"plan:update","args":[]}
{"n":6,"t":0.500000,"kind":"event","event":"plan:item-delta","args":[{"deltas":[{"itemType":"bill","entityId":1.0}]}]}
{"n":7,"t":0.600000,"kind":"event","event":"plan:item-delta","args":[{"deltas":"none"}]}
{"n":8,"t":0.600000,"kind":"end","reason":"converted","records":8,"lost":0}
`
	head, records, _ := strings.Cut(written(t, open(t, text)), "\n")
	if diff := cmp.Diff(wantRecords, records); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !strings.HasPrefix(head, want) || !strings.Contains(head, `"started":"2026-11-23T12:00:00.000Z"`) {
		t.Errorf("header is %s", head)
	}
}

func TestHAR(t *testing.T) {
	src, err := OpenFile(filepath.Join("testdata", "chrome.har"), options())
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	got := written(t, src)
	if strings.Contains(got, "SECRET") {
		t.Error("a secret was carried over")
	}
	golden := filepath.Join("testdata", "chrome.ndjson")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	notes := []string{
		"left out 1 entry: a WebSocket that is not Socket.IO's", "left out 1 entry: of another Socket.IO server",
		"left out 1 entry: of another server's REST", "left out 1 message: binary, and of no packet",
		"left out 1 message: of another namespace",
	}
	if diff := cmp.Diff(notes, src.(Noted).Notes()); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
}

func TestHARThatBreaksOff(t *testing.T) {
	all, err := os.ReadFile(filepath.Join("testdata", "chrome.har"))
	if err != nil {
		t.Fatal(err)
	}
	src := open(t, string(all[:len(all)*3/4]))
	got := written(t, src)
	if strings.Contains(got, `"kind":"end"`) || !strings.Contains(got, `"kind":"event"`) || src.Complete() {
		t.Errorf("got %s", got)
	}
	if tr := src.Truncated(); tr == nil || tr.Bytes <= 0 || tr.Bytes > 4000 || len(all) < 5*4000 {
		t.Errorf("truncated is %v", tr)
	}
}

func TestFormatIsToldByTheContent(t *testing.T) {
	har, err := os.ReadFile(filepath.Join("testdata", "chrome.har"))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, text, want string }{
		{"session", firstRecords, ""},
		{"capture", captureText, Capture},
		{"capture, other order", `{"kind":"frame","data":"2[\"plan:update\"]","at":"2026-11-23T01:28:31Z"}`, Capture},
		{"har", string(har), HAR},
		{"payloads", "\xef\xbb\xbf \n" + `{"deltas":[]}`, Payloads},
		{"arguments", `[{"deltas":[]}]`, Payloads},
		{"packets", `42["plan:item-delta",{"deltas":[]}]`, Payloads},
		{"one delta", `{"action":"created","version":1,"itemType":"plan"}`, Payloads},
	}
	for _, test := range tests {
		for how, text := range map[string]string{"plain": test.text, "gzip": zipped(strings.TrimPrefix(test.text, "\xef\xbb\xbf"))} {
			src, err := Open(strings.NewReader(text), options())
			if err != nil {
				t.Errorf("%s, %s: %v", test.name, how, err)
				continue
			}
			if got := src.Header().From; got != test.want {
				t.Errorf("%s, %s: taken for %q", test.name, how, got)
			}
			_ = src.Close()
		}
	}
}

func zipped(text string) string {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = io.WriteString(w, text)
	_ = w.Close()
	return out.String()
}

const firstRecords = `{"deltatap":1,"session":"0193541e-2b65-7a6b-8c3d-0123456789ab","started":"2026-11-23T00:52:14.165Z","server":"","user":null,"tool":""}
{"n":1,"t":0.000000,"kind":"mark","text":"a"}
`

func TestWhatCannotBeConverted(t *testing.T) {
	tests := []struct{ name, format, text, want string }{
		{"empty", "", "", "not a deltatap session: empty file"},
		{"text", "", "hello", "not a deltatap session: line 1: broken JSON at byte 1"},
		{"other JSON", "", `{"a":1}`, `not a deltatap session: line 1: no "deltatap" member`},
		{"newer", "", `{"deltatap":9}`, "made by a newer deltatap (session format 9; this one reads up to 1)"},
		{"HAR without a plan", "", `{"log":{"entries":[]}}`, "not a HAR file: it has no Socket.IO messages"},
		{"HAR without entries", "", `{"log":{"pages":[]}}`, "not a HAR file: no log.entries"},
		{"HAR of another shape", "", `{"log":[]}`, "not a HAR file: no log.entries"},
		{"HAR that breaks off at once", "", `{"log":`, "not a HAR file: the file breaks off"},
		{"said to be HAR", HAR, "}", "not a HAR file: broken JSON"},
		{"said to be a capture", Capture, `{"deltas":[]}`, `not a raw capture: line 1: "kind" is missing`},
		{"said to be payloads", Payloads, "500\n", "not a file of payloads: line 1: neither an object nor a list"},
		{"a capture of nothing", "", `{"at":"2026-11-23T01:28:31Z","kind":"frame","data":"3"}`, "not a raw capture: nothing in it that a session could hold"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := options()
			o.Format = test.format
			_, err := Open(strings.NewReader(test.text), o)
			var format *session.FormatError
			if !errors.As(err, &format) || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
	if _, err := Open(strings.NewReader("{}"), Options{Format: "pcap"}); err == nil || !strings.Contains(err.Error(), `unknown format "pcap"`) {
		t.Errorf("got %v", err)
	}
	if _, err := OpenFile(t.TempDir(), options()); err == nil || err.Error() != "not a deltatap session: a directory" {
		t.Errorf("a folder gave %v", err)
	}
}

// TestSessionComesAsItIsWritten holds that telling the format does not wait for more than there is.
func TestSessionComesAsItIsWritten(t *testing.T) {
	in, out := io.Pipe()
	go func() { _, _ = io.WriteString(out, firstRecords) }()
	src, err := Open(in, options())
	if err != nil {
		t.Fatal(err)
	}
	var rec session.Record
	if err := src.Next(&rec); err != nil || rec.Text != "a" {
		t.Errorf("got %q, %v", rec.Text, err)
	}
	_ = out.Close()
}

func TestSameInputSameSession(t *testing.T) {
	first, second := open(t, captureText).Header(), open(t, captureText).Header()
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("(-first +second):\n%s", diff)
	}
}

func FuzzOpen(f *testing.F) {
	f.Add([]byte(captureText))
	f.Add([]byte(`{"deltas":[]}` + "\n" + `["plan:item-delta",{"deltas":[]}]`))
	f.Add([]byte(firstRecords))
	har, err := os.ReadFile(filepath.Join("testdata", "chrome.har"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(har)
	f.Add([]byte("[" + harText(planEntry(0, 1), webSocketEntry(1, 5, wsAddress, got(1, `40{"sid":"A","pid":"P"}`), sent(2, "41"))) + "]"))
	f.Add([]byte(harText(request(1, 5, "GET", polls+"&sid=e", 200, "2:40\x0f1:2", ""), request(2, 5, "GET", polls+"&sid=e", 400, "", ""))))
	f.Add([]byte("[{\"n\":1,\"t\":0,\"kind\":\"mark\",\"text\":\"a\"},\n{\"n\":2}]"))
	f.Add([]byte("Connected (press CTRL+C to quit)\n[16:00:01] < 40{\"sid\":\"A\"}\n> 42[\"x\"]\n1795536001.5 451-[\"x\",{}]\nDisconnected"))
	f.Add([]byte(`[["plan:item-delta",{"deltas":[{"version":2}]}],{"type":"receive","opcode":2,"data":"NDI="}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		src, err := Open(bytes.NewReader(data), options())
		if err != nil {
			return
		}
		defer src.Close()
		var rec session.Record
		var last time.Duration
		var line []byte
		for {
			err := src.Next(&rec)
			var bad *session.LineError
			switch {
			case errors.As(err, &bad):
				continue
			case err != nil:
				return
			}
			if rec.Raw != nil {
				continue
			}
			if rec.T < last {
				t.Fatalf("record %d goes back in time", rec.N)
			}
			last = rec.T
			line = rec.AppendJSON(line[:0])
			if err := session.ParseRecord(line, &session.Record{}); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
		}
	})
}

// asCapture words a record as a line of a raw capture.
func asCapture(started time.Time, rec *session.Record) string {
	line := map[string]any{"at": started.Add(rec.T).Format(time.RFC3339Nano), "kind": rec.Kind}
	switch rec.Kind {
	case session.KindConnect:
		line["kind"], line["data"] = "frame", `0{"sid":"`+rec.SID+`"}`
	case session.KindEvent:
		line["kind"], line["data"] = "frame", `2["`+rec.Event+`",`+string(rec.Args[1:])
	case session.KindPlan, session.KindVersion:
		line["status"], line["body"] = rec.Status, json.RawMessage(rec.Body)
	case session.KindDisconnect:
		line["reason"] = rec.Reason
	case session.KindEnd:
		return ""
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(line); err != nil {
		panic(err)
	}
	return out.String()
}
