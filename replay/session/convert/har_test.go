package convert

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/carebase/deltatap/replay/session"
	"github.com/google/go-cmp/cmp"
)

// What the tests' HAR files are made of. Times are 2026-11-24T16:00:00Z and so many seconds.
const (
	noonHAR   = 1795536000
	engineOn  = `0{"sid":"eng","upgrades":[],"pingInterval":25000,"pingTimeout":20000}`
	wsAddress = `wss://care.example/socket.io/?EIO=4&transport=websocket`
	polls     = `https://care.example/socket.io/?EIO=4&transport=polling`
)

// harText is a HAR file of entries.
func harText(entries ...string) string {
	return `{"log":{"version":"1.2","entries":[` + strings.Join(entries, ",") + `]}}`
}

// request is an entry: it began at so many seconds and took so many milliseconds. more is put
// before what every entry has.
func request(at float64, took float64, method, address string, status int, content, more string) string {
	return fmt.Sprintf(`{%s"startedDateTime":%q,"time":%g,"request":{"method":%q,"url":%q,"headers":[{"name":"Authorization","value":"Bearer SECRET"},{"name":"Cookie","value":"SECRET"}]},`+
		`"response":{"status":%d,"headers":[{"name":"Set-Cookie","value":"SECRET"}],"content":{"text":%s}}}`,
		more, stampAt(at), took, method, address, status, quoted(content))
}

func stampAt(at float64) string {
	return fmt.Sprintf("2026-11-24T16:%02d:%06.3fZ", int(at)/60, at-float64(int(at)/60*60))
}

func quoted(text string) string {
	b, _ := json.Marshal(text)
	return string(b)
}

// webSocketEntry is the entry of a WebSocket.
func webSocketEntry(at, took float64, address string, messages ...string) string {
	return request(at, took, "GET", address, 101, "", `"_webSocketMessages":[`+strings.Join(messages, ",")+`],`)
}

// got is a message that the client received at so many seconds, sent one that it sent.
func got(at float64, text string) string {
	return fmt.Sprintf(`{"type":"receive","time":%.3f,"opcode":1,"data":%s}`, noonHAR+at, quoted(text))
}

func sent(at float64, text string) string {
	return fmt.Sprintf(`{"type":"send","time":%.3f,"opcode":1,"data":%s}`, noonHAR+at, quoted(text))
}

func deltaOf(version int) string {
	return fmt.Sprintf(`42["plan:item-delta",{"deltas":[{"itemType":"bill","entityId":1,"action":"deleted","version":%d}]}]`, version)
}

func planEntry(at float64, recipient int) string {
	return request(at, 5, "GET", "https://care.example/api/plan?days=7", 200, fmt.Sprintf(`{"recipient":{"id":%d},"bills":[],"planVersion":1}`, recipient), "")
}

// outline is a session in short: what happened when.
func outline(t *testing.T, src session.Source) (lines []string) {
	t.Helper()
	text := written(t, src)
	if strings.Contains(text, "SECRET") {
		t.Error("a secret was carried over")
	}
	for line := range strings.Lines(text) {
		var rec struct {
			N         int
			T         float64
			Kind      string
			SID       string
			Reason    string
			Message   string
			Event     string
			Text      string
			Transport string
			Args      json.RawMessage
			Status    int
			Lost      int
		}
		if err := json.Unmarshal([]byte(line), &rec); err != nil {
			t.Fatal(err)
		}
		if rec.N == 0 {
			continue
		}
		what := strings.TrimSpace(strings.Join([]string{rec.Kind, rec.SID, rec.Reason, rec.Message, rec.Text}, " "))
		switch rec.Kind {
		case "event":
			if what = rec.Event; strings.Contains(string(rec.Args), "off-") {
				what += " with an offset"
			}
			if _, version, ok := strings.Cut(string(rec.Args), `"version":`); ok {
				what = "v" + strings.Trim(version, "}] ")
			}
		case "plan", "version":
			what = fmt.Sprint(rec.Kind, " ", rec.Status)
		case "end":
			what = fmt.Sprint("end, lost ", rec.Lost)
		}
		lines = append(lines, fmt.Sprintf("%.2f %s", rec.T, strings.Join(strings.Fields(what), " ")))
	}
	return lines
}

// TestHARAsToolsWriteIt holds what becomes of HAR files that differ from Chrome's of one page with
// one socket.
func TestHARAsToolsWriteIt(t *testing.T) {
	hello := []string{got(1.05, engineOn), sent(1.06, `40{"token":"SECRET"}`), got(1.1, `40{"sid":"A"}`)}
	socket := func(more ...string) []string { return append(append([]string{}, hello...), more...) }
	base64Of := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	tests := []struct {
		name    string
		entries []string
		want    []string
		notes   []string
	}{
		{
			"a proxy names the WebSocket https, and its entry ends with the handshake",
			[]string{webSocketEntry(1, 5, "https://care.example:443/socket.io/?EIO=4&transport=websocket", socket(got(2, deltaOf(2)))...)},
			[]string{"0.10 connect A", "1.00 v2", "1.00 end, lost 0"},
			nil,
		},
		{
			"a ping tells how far the recording goes",
			[]string{webSocketEntry(1, 5, wsAddress, socket(got(2, deltaOf(2)), got(26, "2"), sent(26.5, "3"))...)},
			[]string{"0.10 connect A", "1.00 v2", "25.50 end, lost 0"},
			nil,
		},
		{
			"the entry's end is the connection's",
			[]string{webSocketEntry(1, 3000, wsAddress, socket(got(2, deltaOf(2)))...), request(9, 5, "GET", "https://care.example/api/plan/version", 200, `{"planVersion":3}`, "")},
			[]string{"0.10 connect A", "1.00 v2", "3.00 disconnect transport close", "8.01 version 200", "8.01 end, lost 0"},
			nil,
		},
		{
			"a failed poll ends the connection, a preflight is no attempt, a redirect neither",
			[]string{
				request(0, 5, "GET", "http://care.example/socket.io/?EIO=4&transport=polling", 301, "", ""),
				request(0.5, 5, "OPTIONS", polls, 204, "", ""),
				request(1, 5, "GET", polls, 200, engineOn, ""),
				request(1.1, 5, "GET", polls+"&sid=eng", 200, `40{"sid":"A"}`+"\x1e"+deltaOf(2), ""),
				request(1.2, 1800, "GET", polls+"&sid=eng", 400, `{"code":1}`, ""),
				request(5, 5, "GET", polls, 503, "", ""),
				request(6, 5, "GET", polls, 200, engineOn, ""),
				request(6.1, 5, "GET", polls+"&sid=eng", 200, `40{"sid":"B"}`, ""),
			},
			[]string{
				"0.10 connect A", "0.10 v2", "2.00 disconnect transport error", "4.00 connect_error HTTP status 503",
				"5.11 connect B", "5.11 end, lost 0",
			},
			nil,
		},
		{
			"a poll that failed is no end where more came",
			[]string{
				request(1, 5, "GET", polls, 200, engineOn, ""),
				request(1.1, 5, "GET", polls+"&sid=eng", 200, `40{"sid":"A"}`, ""),
				request(1.2, 200, "GET", polls+"&sid=eng", 502, ``, ""),
				request(2, 5, "GET", polls+"&sid=eng", 200, deltaOf(2), ""),
			},
			[]string{"0.10 connect A", "1.00 v2", "1.00 end, lost 0"},
			nil,
		},
		{
			"a second socket that closes takes nothing down, and what both got came once",
			[]string{
				webSocketEntry(1, 5, wsAddress, socket(got(2, deltaOf(2)), got(3.01, deltaOf(3)), sent(3.2, "41"))...),
				webSocketEntry(1.02, 5, wsAddress, got(1.07, engineOn), got(1.2, `40{"sid":"B"}`), got(2.01, deltaOf(2)), got(3, deltaOf(3)), got(5, deltaOf(4))),
			},
			[]string{"0.10 connect A", "1.00 v2", "2.00 v3", "4.00 v4", "4.00 end, lost 0"},
			[]string{"left out 2 messages: the same as over another socket of the page"},
		},
		{
			"Engine.IO 3 by polling, whose lengths JavaScript counts",
			[]string{
				request(1, 5, "GET", strings.ReplaceAll(polls, "EIO=4", "EIO=3"), 200, fmt.Sprint(len(engineOn), ":", engineOn, "2:40"), ""),
				request(2, 5, "GET", strings.ReplaceAll(polls, "EIO=4", "EIO=3")+"&sid=eng", 200, `16:42["note","é😀"]`+fmt.Sprint(len(deltaOf(2)), ":")+deltaOf(2)+"1:2", ""),
			},
			[]string{"0.01 connect eng", "1.00 note", "1.00 v2", "1.00 end, lost 0"},
			[]string{"the server speaks Engine.IO 3, which is Socket.IO 2: later clients cannot connect to it"},
		},
		{
			"what cannot be read is counted, message by message",
			[]string{webSocketEntry(
				1, 5, wsAddress, socket(
					`{"type":"receive","time":1795536001.2,"opcode":1,"data":{"a":1}}`,
					got(2, `451-["plan:item-delta",{"_placeholder":true,"num":0}]`),
					fmt.Sprintf(`{"type":"receive","time":%d,"opcode":2,"data":"eA=="}`, noonHAR+2),
					got(2.1, `42/admin,["x"]`), got(2.2, `42["plan:item-delta"`), got(2.25, `<html>`), got(2.3, "2"),
					`17`,
					got(3, deltaOf(2)),
				)...,
			)},
			[]string{"0.10 connect A", "2.00 v2", "2.00 end, lost 5"},
			[]string{
				"left out 1 message: an event that cannot be read", "left out 1 message: not Socket.IO's", "left out 2 messages: not as HAR files have them",
				"left out 1 message: of another namespace", "left out 1 message: with binary attachments",
			},
		},
		{
			"odd entries cost themselves alone",
			[]string{"null", "17", `{"foo":1}`, `{"request":null,"response":[]}`, strings.Replace(planEntry(1, 1), `"https:`, `":%zz`, 1), planEntry(2, 1)},
			[]string{"0.00 plan 200", "0.00 end, lost 0"},
			[]string{"left out 5 entries: not as HAR files have them"},
		},
		{
			"messages as base64",
			[]string{webSocketEntry(
				1, 5, wsAddress,
				fmt.Sprintf(`{"type":"receive","time":%d,"opcode":2,"data":%q}`, noonHAR+1, base64Of(`40{"sid":"A"}`)),
				fmt.Sprintf(`{"type":"receive","time":%d,"opcode":1,"data":%q}`, noonHAR+2, base64Of(deltaOf(2))),
				fmt.Sprintf(`{"direction":"incoming","timestamp":%d,"encoding":"base64","payload":%q}`, noonHAR+3, base64Of(deltaOf(3))),
			)},
			[]string{"0.00 connect A", "1.00 v2", "2.00 v3", "2.00 end, lost 0"},
			nil,
		},
		{
			"msgpack",
			[]string{webSocketEntry(1, 5, wsAddress, fmt.Sprintf(`{"type":"receive","time":%d,"opcode":2,"data":"g6R0eXBl"}`, noonHAR+1)), planEntry(3, 1)},
			[]string{"2.00 plan 200", "2.00 end, lost 1"},
			[]string{"left out 1 message: binary, as msgpack's are"},
		},
		{
			"times in milliseconds, as text, and of a clock that nobody knows",
			[]string{
				webSocketEntry(1, 5, wsAddress, `{"type":"receive","time":1795536001500,"opcode":1,"data":"40{\"sid\":\"A\"}"}`,
					`{"type":"receive","time":"2026-11-24T17:00:03+01:00","data":`+quoted(deltaOf(2))+`}`, `{"type":"receive","time":"1795536004","data":`+quoted(deltaOf(3))+`}`, sent(5, "41")),
				webSocketEntry(8, 5, wsAddress, `{"type":"receive","time":4711.5,"opcode":1,"data":"40{\"sid\":\"B\"}"}`,
					`{"type":"receive","time":4713,"data":`+quoted(deltaOf(4))+`}`),
			},
			[]string{
				"0.50 connect A", "2.00 v2", "3.00 v3", "4.00 disconnect io client disconnect", "7.00 connect B", "8.50 v4", "8.50 end, lost 0",
			},
			nil,
		},
		{
			"an answer of the browser's own cache, and one that was not kept",
			[]string{
				strings.Replace(planEntry(1, 1), `{`, `{"_fromCache":"disk",`, 1),
				strings.Replace(request(2, 5, "GET", "https://care.example/api/plan", 304, "", ""), `{"text":""}`, `{}`, 1),
			},
			[]string{"0.00 mark the browser's own cache gave the next answer: disk", "0.00 plan 200", "1.00 plan 304", "1.00 end, lost 0"},
			[]string{"answers that the browser's own cache gave, and not the server: 1"},
		},
		{
			"connection state recovery's offset is no argument",
			[]string{webSocketEntry(1, 5, wsAddress, got(1, `40{"sid":"A","pid":"P"}`), got(2, strings.TrimSuffix(deltaOf(2), "]")+` , "off-1"]`), got(3, `42["note","off-2"]`), got(4, `42["note",1]`))},
			[]string{"0.00 connect A", "1.00 v2", "2.00 note", "3.00 note", "3.00 end, lost 0"},
			nil,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			src := open(t, harText(test.entries...))
			if diff := cmp.Diff(test.want, outline(t, src)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.notes, src.(Noted).Notes()); diff != "" {
				t.Errorf("notes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestHAREntriesWithoutATime(t *testing.T) {
	socket := webSocketEntry(1, 5, wsAddress, got(1.1, `40{"sid":"A"}`), got(2, deltaOf(2)))
	for name, spelled := range map[string]string{"missing": "", "null": `"startedDateTime":null,`, "odd": `"startedDateTime":"soon",`, "milliseconds": `"startedDateTime":1795536001100,`} {
		text := harText(planEntry(3, 1), strings.Replace(socket, `"startedDateTime":"`+stampAt(1)+`",`, spelled, 1))
		src := open(t, text)
		want := []string{"0.00 connect A", "0.90 v2", "1.91 plan 200", "1.91 end, lost 0"}
		if diff := cmp.Diff(want, outline(t, src)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if got := src.Header().Started.Format("15:04:05.0"); got != "16:00:01.1" {
			t.Errorf("%s: started at %s", name, got)
		}
	}
	src := open(t, harText(strings.Replace(planEntry(3, 1), "startedDateTime", "s", 1)))
	if diff := cmp.Diff([]string{"0.00 plan 200", "0.00 end, lost 0"}, outline(t, src)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := src.(Noted).Notes(); len(got) != 1 || !strings.Contains(got[0], "tell no time") {
		t.Errorf("notes: %q", got)
	}
}

// TestHARWithoutMessages holds that a session says what the browser did not write.
func TestHARWithoutMessages(t *testing.T) {
	silent := request(1, 5, "GET", wsAddress, 101, "", "")
	src := open(t, harText(planEntry(0, 1), silent))
	if got := src.Header().Filter; !strings.Contains(got, "without the messages of WebSockets (1)") {
		t.Errorf("filter is %q", got)
	}
	if got := src.(Noted).Notes(); len(got) != 1 || !strings.HasPrefix(got[0], "left out 1 WebSocket: without its messages") {
		t.Errorf("notes: %q", got)
	}
	_, err := Open(strings.NewReader(harText(silent)), options())
	var format *session.FormatError
	if !errors.As(err, &format) || !strings.Contains(err.Error(), "without its messages") {
		t.Errorf("got %v", err)
	}
}

// TestHAROfSeveralClients holds that the sessions of two users or devices are not mixed: it is
// asked who is meant.
func TestHAROfSeveralClients(t *testing.T) {
	jwt := func(user int) string {
		return "e30." + base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"sub":"%d"}`, user)) + ".SECRET"
	}
	socketOf := func(at float64, token, agent string, versions ...int) string {
		messages := []string{got(at, engineOn), sent(at, `40{"token":"`+token+`"}`), got(at+0.1, `40{"sid":"A"}`)}
		for i, v := range versions {
			messages = append(messages, got(at+1+float64(i), deltaOf(v)))
		}
		entry := webSocketEntry(at, 5, wsAddress, messages...)
		return strings.Replace(entry, `"headers":[`, `"headers":[{"name":"User-Agent","value":"`+agent+`"},`, 1)
	}
	tests := map[string][]string{
		"users by their tokens":   {socketOf(1, jwt(7), "Firefox", 2, 3), socketOf(9, jwt(8), "Firefox", 70)},
		"devices by their agents": {socketOf(1, "a", "iPhone", 2, 3), socketOf(9, "b", "Pixel", 70)},
		"users by what they got":  {socketOf(1, "a", "Firefox", 2, 3), socketOf(1.5, "b", "Firefox", 70, 71)},
		"devices by their addresses": {
			strings.Replace(socketOf(1, "a", "", 2, 3), `{`, `{"_clientAddress":"10.0.0.5",`, 1),
			strings.Replace(socketOf(9, "a", "", 70), `{`, `{"_clientAddress":"10.0.0.6",`, 1),
		},
	}
	for name, entries := range tests {
		_, err := Open(strings.NewReader(harText(entries...)), options())
		var several *ClientsError
		if !errors.As(err, &several) || len(several.Clients) != 2 || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%s: got %v", name, err)
			continue
		}
		o := options()
		o.Format = "har:2"
		src, err := Open(strings.NewReader(harText(entries...)), o)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := strings.Join(outline(t, src), "\n"); !strings.Contains(got, " v70") || strings.Contains(got, " v2") {
			t.Errorf("%s: the second client is\n%s", name, got)
		}
		o.Format = "har:3"
		if _, err := Open(strings.NewReader(harText(entries...)), o); !errors.As(err, &several) || several.Asked != 3 {
			t.Errorf("%s: got %v", name, err)
		}
	}
	_, err := Open(strings.NewReader(harText(planEntry(1, 1), planEntry(2, 2))), options())
	var several *ClientsError
	if !errors.As(err, &several) {
		t.Errorf("plans of two recipients: %v", err)
	}
	one := harText(socketOf(1, jwt(7), "Firefox", 2), socketOf(9, jwt(7)[:len(jwt(7))-1]+"x", "Firefox", 3), planEntry(2, 1), planEntry(12, 1))
	if lines := outline(t, open(t, one)); len(lines) != 8 {
		t.Errorf("one client with two tokens: %q", lines)
	}
}

// TestHARInOtherShapes holds that entries are found wherever they stand.
func TestHARInOtherShapes(t *testing.T) {
	entries := []string{planEntry(0, 1), webSocketEntry(1, 5, wsAddress, got(1.1, `40{"sid":"A"}`), sent(1.2, `40{"token":"SECRET"}`), got(2, deltaOf(2)))}
	want := []string{"0.00 plan 200", "1.09 connect A", "2.00 v2", "2.00 end, lost 0"}
	charles := `[{"status":"COMPLETE","method":"GET","protocolVersion":"HTTP/1.1","scheme":"https","host":"care.example","actualPort":443,"path":"/api/plan","query":"days=7",` +
		`"times":{"start":"2026-11-24T16:00:00.000Z"},"durations":{"total":5},"request":{"header":{"headers":[{"name":"Authorization","value":"SECRET"}]}},` +
		`"response":{"status":200,"body":{"text":"{\"bills\":[],\"planVersion\":1}"}}},` +
		`{"status":"COMPLETE","method":"GET","scheme":"https","host":"care.example","path":"/socket.io/","query":"EIO=4&transport=websocket","webSocket":true,` +
		`"times":{"start":"2026-11-24T16:00:01.000Z"},"request":{},"response":{"status":101},"webSocketMessages":[` + got(1.1, `40{"sid":"A"}`) + "," + got(2, deltaOf(2)) + `]}]`
	for name, text := range map[string]string{
		"a list of entries": "[" + strings.Join(entries, ",\n") + "]", "entries line by line": strings.Join(entries, "\n"),
		"a list of files": "[" + harText(entries[0]) + "," + harText(entries[1]) + "]", "Charles": charles, "two files": harText(entries[0]) + "\n" + harText(entries[1]),
	} {
		src, err := Open(strings.NewReader(text), options())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(want, outline(t, src)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
