package convert

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/carebase/deltatap/replay/session"
	"github.com/google/go-cmp/cmp"
)

// TestDumps holds what becomes of what tools for WebSockets print.
func TestDumps(t *testing.T) {
	two, three := deltaOf(2), deltaOf(3)
	timed := []string{"0.00 connect A", "0.50 v2", "1.00 v3", "1.00 end, lost 0"}
	stepped := []string{"0.00 connect A", "0.10 v2", "0.20 v3", "0.20 end, lost 0"}
	tests := []struct {
		name, text string
		want       []string
	}{
		{"websocat", engineOn + "\n" + `40{"sid":"A"}` + "\n" + two + "\n2\n" + three + "\n", stepped},
		{"wscat", "Connected (press CTRL+C to quit)\n< " + engineOn + "\n> 40{\"token\":\"SECRET\"}\n< 40{\"sid\":\"A\"}\n< " + two + "\n< " + three +
			"\nDisconnected (code: 1005, reason: \"\")\n", []string{"0.00 connect A", "0.10 v2", "0.20 v3", "0.30 disconnect transport close", "0.30 end, lost 0"}},
		{"both directions without marks", engineOn + "\n40{\"token\":\"SECRET\"}\n40{\"sid\":\"A\"}\n" + two + "\n" + three, stepped},
		{"the default namespace by name, and an acknowledgement's number", "40/,{\"sid\":\"A\"}\n42/," + two[2:] + "\n4213" + three[2:] + "\n", stepped},
		{"seconds since 1970", "1795536001.5 40{\"sid\":\"A\"}\n1795536002.0 " + two + "\n1795536002.5 " + three, timed},
		{"milliseconds since 1970", "1795536001500 40{\"sid\":\"A\"}\n1795536002000 " + two + "\n1795536002500 " + three, timed},
		{"a monotonic clock", "7.5 40{\"sid\":\"A\"}\n8.0 " + two + "\n8.500 " + three, timed},
		{"ISO", "2026-11-24T16:00:01.5Z 40{\"sid\":\"A\"}\n2026-11-24T17:00:02+01:00 " + two + "\n2026-11-24T16:00:02.500Z " + three, timed},
		{"ISO in brackets, with marks", "[2026-11-24 16:00:01.5] < 40{\"sid\":\"A\"}\n[2026-11-24 16:00:02] < " + two + "\n[2026-11-24 16:00:02,5] <<< " + three, timed},
		{"UTC by name", "2026-11-24 16:00:01.5 UTC: 40{\"sid\":\"A\"}\n2026-11-24 16:00:02 UTC: " + two + "\n2026-11-24 16:00:02.5 UTC: " + three, timed},
		{"slashes", "2026/11/24 16:00:01.5 40{\"sid\":\"A\"}\n2026/11/24 16:00:02 " + two + "\n2026/11/24 16:00:02.5 " + three, timed},
		{"the time of day", "< 23:59:59.5 40{\"sid\":\"A\"}\n< 00:00:00.0 " + two + "\n< 00:00:00.5 " + three, timed},
		{"as ts prints it", "Nov 24 16:00:01 40{\"sid\":\"A\"}\nNov 24 16:00:02 " + two, []string{"0.00 connect A", "1.00 v2", "1.00 end, lost 0"}},
		{"a browser's list", "40{\"sid\":\"A\"}\t13\t16:00:01.500\n" + two + "\t90\t16:00:02.000\n" + three + "\t90\t16:00:02.500\n", timed},
		{"words for directions", "recv: 40{\"sid\":\"A\"}\nsent: 40{\"token\":\"SECRET\"}\nin " + two + "\nout 3\nincoming: " + three, stepped},
		{"colours", "\x1b[34m< 40{\"sid\":\"A\"}\x1b[39m\n\x1b[34m< " + two + "\x1b[39m\n< " + three, stepped},
		{"payloads behind times", `16:00:01.500 {"deltas":[{"version":2}]}` + "\n" + `16:00:02.500 {"deltas":[{"version":3}]}`, []string{"0.00 v2", "1.00 v3", "1.00 end, lost 0"}},
		{"a list of frames", `["40{\"sid\":\"A\"}",` + quoted(two) + "," + quoted(three) + "]", stepped},
		{"a list of messages", "[" + got(1, `40{"sid":"A"}`) + "," + sent(1, `40{"token":"SECRET"}`) + "," + got(1.5, two) + "," + got(2, three) + "]", timed},
		{"messages line by line", got(1, `40{"sid":"A"}`) + "\n" + got(1.5, two) + "\n" + got(2, three), timed},
		{"Socket.IO 2", engineOn + "\n40\n" + two + "\n" + three, []string{"0.00 connect eng", "0.10 v2", "0.20 v3", "0.20 end, lost 0"}},
		{"attachments", "40{\"sid\":\"A\"}\n451-[\"plan:item-delta\",{\"_placeholder\":true,\"num\":0}]\n" + two, []string{"0.00 connect A", "0.10 v2", "0.10 end, lost 1"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			src := open(t, test.text)
			if src.Header().From != Payloads {
				t.Errorf("from %s", src.Header().From)
			}
			if diff := cmp.Diff(test.want, outline(t, src)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestDumpsTellTheirDay holds when sessions of dumps are said to have started.
func TestDumpsTellTheirDay(t *testing.T) {
	for stamp, want := range map[string]string{
		"1795536001": "2026-11-24T16:00:01Z", "11:00:00": "2026-11-23T11:00:00Z", "13:00:00": "2026-11-22T13:00:00Z",
		"Nov 23 11:00:00": "2026-11-23T11:00:00Z", "Dec  1 11:00:00": "2025-12-01T11:00:00Z", "5.5": "2026-11-23T12:00:00Z",
	} {
		if got := open(t, stamp+" "+deltaOf(2)).Header().Started.Format("2006-01-02T15:04:05Z"); got != want {
			t.Errorf("%s is %s, want %s", stamp, got, want)
		}
	}
}

// TestJSONLists holds that a list is as many records as it holds things, and that any other list is
// no recording.
func TestJSONLists(t *testing.T) {
	delta := func(v string) string {
		return `{"itemType":"bill","entityId":1,"action":"deleted","version":` + v + `}`
	}
	payload := func(v string) string { return `{"deltas":[` + delta(v) + `]}` }
	two := []string{"0.00 v2", "0.10 v3", "0.10 end, lost 0"}
	records := `{"n":1,"t":0,"kind":"connect","sid":"A","transport":"websocket","attempt":1},{"n":2,"t":1.5,"kind":"event","event":"plan:item-delta","args":[` + payload("2") + `]},` +
		`{"n":3,"t":2,"kind":"end","reason":"x","records":3,"lost":0}`
	header := strings.TrimSuffix(strings.SplitAfter(firstRecords, "\n")[0], "\n")
	session := []string{"0.00 connect A", "1.50 v2", "2.00 end, lost 0"}
	capture := `{"at":"2026-11-24T16:00:01Z","kind":"frame","data":"0{\"sid\":\"A\"}"},{"at":"2026-11-24T16:00:02Z","kind":"frame","data":` + quoted(deltaOf(2)) + `}`
	spread := func(text string) (all string) {
		for line := range strings.Lines(text) {
			var out bytes.Buffer
			if err := json.Indent(&out, []byte(line), "", "  "); err != nil {
				t.Fatal(err)
			}
			all += strings.ReplaceAll(out.String(), "\n", "\r\n")
		}
		return all
	}
	tests := []struct {
		name, text, from string
		want             []string
	}{
		{"deltas", "[" + delta("2") + "," + delta("3") + "]", Payloads, two},
		{"deltas, sorted", `[{"action":"deleted","data":{},"entityId":1,"itemType":"bill","version":2}]`, Payloads, []string{"0.00 v2", "0.00 end, lost 0"}},
		{"payloads", "[" + payload("2") + "," + payload("3") + "]", Payloads, two},
		{"payloads, printed", spread("[" + payload("2") + "," + payload("3") + "]"), Payloads, two},
		{"payloads, too many for one look", "[" + payload("2") + "," + strings.Repeat(" ", 100_000) + payload("3") + "]", Payloads, two},
		{"a payload, printed", spread(payload("2")), Payloads, []string{"0.00 v2", "0.00 end, lost 0"}},
		{"payloads, printed one after the other", spread(payload("2")) + "\n" + spread(payload("3")), Payloads, two},
		{"payloads behind each other", payload("2") + payload("3"), Payloads, two},
		{"an event, printed", spread(`["plan:item-delta",` + payload("2") + `]`), Payloads, []string{"0.00 v2", "0.00 end, lost 0"}},
		{"events", `[["plan:item-delta",` + payload("2") + `],["plan:item-delta",` + payload("3") + `]]`, Payloads, two},
		{"arguments", `[[` + payload("2") + `],[` + payload("3") + `]]`, Payloads, two},
		{"arguments with an offset, line by line", "[" + payload("2") + `,"off"]` + "\n[" + payload("3") + `,"off"]`, Payloads, []string{"0.00 v2}]},\"off\"", "0.10 v3}]},\"off\"", "0.10 end, lost 0"}},
		{"records", "[" + records + "]", Records, session},
		{"records with a header", "[" + header + "," + records + "]", "", session},
		{"records with a header, printed", spread("[" + header + "," + records + "]"), "", session},
		{"a session, printed", spread(header + "\n" + strings.ReplaceAll(records, "},{\"n\"", "}\n{\"n\"")), "", session},
		{"a capture", "[" + capture + "]", Capture, []string{"0.00 connect A", "1.00 v2", "1.00 end, lost 0"}},
		{"a capture, printed", spread(strings.ReplaceAll(capture, "},{", "}\n{")), Capture, []string{"0.00 connect A", "1.00 v2", "1.00 end, lost 0"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			src := open(t, test.text)
			if src.Header().From != test.from {
				t.Errorf("from %q, want %q", src.Header().From, test.from)
			}
			got := outline(t, src)
			for i := range got {
				got[i] = strings.TrimRight(got[i], " }]")
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestOtherListsAreNoRecordings(t *testing.T) {
	for _, text := range []string{
		`[{"type":"Feature"}]`, `[]`, `[1,2]`, `["apple","banana"]`, `[[[1]]]`, `[null]`, "[\n {\"a\": 1}]", `[["plan_cache_v1","{}"]]`,
		`[{"headers":[{"name":"Cookie","value":"SECRET"}]}]`, `[{"appointments":[],"bills":[]}]`, `[{"type":"x","data":"y"}]`,
	} {
		for _, format := range []string{"", Payloads} {
			if format != "" && strings.HasPrefix(strings.TrimLeft(text, "["), `"`) {
				continue // whoever says so means an event of that name
			}
			o := options()
			o.Format = format
			_, err := Open(strings.NewReader(text), o)
			var wrong *session.FormatError
			if !errors.As(err, &wrong) {
				t.Errorf("%s as %q: got %v", text, format, err)
			}
		}
	}
}

// TestListsThatBreakOff holds that the whole elements are taken, and that the rest is said.
func TestListsThatBreakOff(t *testing.T) {
	for _, text := range []string{`[{"deltas":[{"version":2}]},{"deltas":[`, `[{"deltas":[{"version":2}]},`, "{\n\"deltas\":[{\"version\":2}]}\n{\n\"del"} {
		src := open(t, text)
		if got := outline(t, src); len(got) != 1 || src.Complete() || src.Truncated() == nil {
			t.Errorf("%q: %q, complete is %v, truncated is %v", text, got, src.Complete(), src.Truncated())
		}
	}
	src := open(t, `[{"deltas":[{"version":2}]},{"deltas":}]`)
	var bad *session.LineError
	var err error
	for err == nil {
		err = src.Next(&session.Record{})
	}
	if !errors.As(err, &bad) {
		t.Errorf("got %v", err)
	}
}
