package socket

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParsePacket(t *testing.T) {
	tests := []struct {
		text string
		want packet
		bad  bool
	}{
		{text: `2["a",1]`, want: packet{kind: '2', namespace: "/", payload: []byte(`["a",1]`)}},
		{text: `212["a",1]`, want: packet{kind: '2', namespace: "/", payload: []byte(`["a",1]`)}},
		{text: `2/admin,["a"]`, want: packet{kind: '2', namespace: "/admin", payload: []byte(`["a"]`)}},
		{text: `2/admin,7["a"]`, want: packet{kind: '2', namespace: "/admin", payload: []byte(`["a"]`)}},
		{text: `0{"sid":"x"}`, want: packet{kind: '0', namespace: "/", payload: []byte(`{"sid":"x"}`)}},
		{text: `0`, want: packet{kind: '0', namespace: "/", payload: []byte{}}},
		{text: `1`, want: packet{kind: '1', namespace: "/", payload: []byte{}}},
		{text: `1/admin`, want: packet{kind: '1', namespace: "/admin", payload: []byte{}}},
		{text: `31[]`, want: packet{kind: '3', namespace: "/", payload: []byte(`[]`)}},
		{text: `4"no"`, want: packet{kind: '4', namespace: "/", payload: []byte(`"no"`)}},
		{text: `52-["a"]`, want: packet{kind: '5', attachments: 2, namespace: "/", payload: []byte(`["a"]`)}},
		{text: `51-/x,3["a"]`, want: packet{kind: '5', attachments: 1, namespace: "/x", payload: []byte(`["a"]`)}},
		{text: ``, bad: true},
		{text: `7[]`, bad: true},
		{text: `x`, bad: true},
		{text: `5["a"]`, bad: true},
		{text: `5-["a"]`, bad: true},
		{text: `51`, bad: true},
		{text: `599999999999999999999-["a"]`, bad: true},
		{text: `51025-["a"]`, bad: true},
	}
	for _, test := range tests {
		got, err := parsePacket([]byte(test.text))
		if (err != nil) != test.bad {
			t.Errorf("parsePacket(%q): error %v", test.text, err)
		}
		if test.bad {
			continue
		}
		if got.kind != test.want.kind || got.attachments != test.want.attachments ||
			got.namespace != test.want.namespace || !bytes.Equal(got.payload, test.want.payload) {
			t.Errorf("parsePacket(%q) = %+v, want %+v", test.text, got, test.want)
		}
	}
}

func TestSplitEvent(t *testing.T) {
	tests := []struct{ payload, name, args string }{
		{`["a"]`, "a", `[]`},
		{`["a",1]`, "a", `[1]`},
		{`["plan:item-delta",{"deltas":[1, 2.0,1e3]},"x"]`, "plan:item-delta", `[{"deltas":[1, 2.0,1e3]},"x"]`},
		{` ["a"]`, "a", `[]`},
		{"[ \"a\" ,\n 1 ]\n", "a", "[\n 1 ]"},
		{"[ \"a\" ] ", "a", `[]`},
		{`["",0]`, "", `[0]`},
		{`["a\"b\\",0]`, `a"b\`, `[0]`},
		{`["\u00e9\/",0]`, "é/", `[0]`},
		{`["é",0]`, "é", `[0]`},
		{`[7,0]`, "7", `[0]`},
		{`[-1.5e3]`, "-1.5e3", `[]`},
	}
	for _, test := range tests {
		token, args, err := splitEvent([]byte(test.payload))
		if err != nil {
			t.Errorf("splitEvent(%q): %v", test.payload, err)
			continue
		}
		name, err := eventName(token)
		if err != nil || name != test.name || string(args) != test.args {
			t.Errorf("splitEvent(%q) = %q %s (%v), want %q %s", test.payload, name, args, err, test.name, test.args)
		}
	}
}

func TestSplitEventRefuses(t *testing.T) {
	for _, payload := range []string{
		``, `[`, `]`, `[]`, `{}`, `"a"`, `["a"`, `["a]`, `["a",`, `["a" 1]`, `[null]`, `[{"a":1}]`, `[,1]`, `["a"]]`, "[\"a\nb\"]",
		`["\x"]`, `[-]`, `[1.2.3,4]`, `[01]`,
	} {
		token, _, err := splitEvent([]byte(payload))
		if err == nil {
			_, err = eventName(token)
		}
		if err == nil {
			t.Errorf("%q was taken for an event", payload)
		}
	}
}

func TestParseRefusal(t *testing.T) {
	tests := []struct{ payload, message, data string }{
		{`{"message":"Unauthorized"}`, "Unauthorized", ""},
		{`{"message":"Unauthorized","data":{"code": 1.0}}`, "Unauthorized", `{"code": 1.0}`},
		{`{"message":"Unauthorized","data":"later"}`, "Unauthorized", `"later"`},
		{`{"data":{"code":1}}`, "the server gave no reason", `{"code":1}`},
		{`"Unauthorized"`, "Unauthorized", ""},
		{`{"message":1}`, `{"message":1}`, ""},
		{`{"error":"x"}`, `{"error":"x"}`, ""},
		{`{}`, "the server gave no reason", ""},
		{``, "the server gave no reason", ""},
	}
	for _, test := range tests {
		got := parseRefusal([]byte(test.payload))
		if got.message != test.message || string(got.data) != test.data {
			t.Errorf("parseRefusal(%s) = %q, %s; want %q, %s", test.payload, got.message, got.data, test.message, test.data)
		}
	}
}

func TestWithoutOffset(t *testing.T) {
	for args, want := range map[string]string{
		`[{"deltas":[]},"off-1"]`:        `[{"deltas":[]}]`,
		`[ {"a":"x"} , "1700000000-0" ]`: `[ {"a":"x"} ]`,
		`["off-1"]`:                      `[]`,
		`[{"deltas":[]}]`:                `[{"deltas":[]}]`,
		`[]`:                             `[]`,
		`[{"a":"x"}]`:                    `[{"a":"x"}]`,
		`[["x"]]`:                        `[["x"]]`,
		`[1,"with \\" quotes"]`:          `[1,"with \\" quotes"]`,
		`[{"a":1} "x"]`:                  `[{"a":1} "x"]`,
		`["]`:                            `["]`,
		`[""]`:                           `[]`,
	} {
		if got := string(withoutOffset([]byte(args))); strings.TrimRight(got, " ") != want {
			t.Errorf("withoutOffset(%s) = %s, want %s", args, got, want)
		}
	}
}

// A server that recovers states marks each event; the mark is no argument.
func TestStateRecoveryIsTheProtocols(t *testing.T) {
	u := serve(t, func(_ int, p *peer) {
		p.greet(25000, 20000)
		p.connect()
		p.send(`40{"sid":"s1","pid":"p1"}`, `42["plan:item-delta",{"deltas":[]},"off-1"]`, `42["plan:update","off-2"]`)
		p.untilGone()
	})
	seen, _ := watch(t, to(u), until(3))
	want := "connect s1 websocket 1\nevent plan:item-delta [{\"deltas\":[]}]\nevent plan:update []\n"
	if got := lines(seen); got != want {
		t.Errorf("seen %s, want %s", got, want)
	}
}

// Whatever the name and the arguments, the arguments come out byte for byte.
func TestSplitEventKeepsBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.String().Draw(t, "name")
		values := rapid.SliceOf(rapid.String()).Draw(t, "args")
		args, err := json.Marshal(values)
		if err != nil {
			t.Fatal(err)
		}
		if values == nil {
			args = []byte("[]")
		}
		quoted, _ := json.Marshal(name)
		payload := append([]byte{'['}, quoted...)
		if len(values) > 0 {
			payload = append(append(payload, ','), args[1:]...)
		} else {
			payload = append(payload, ']')
		}
		token, got, err := splitEvent(payload)
		if err != nil || !bytes.Equal(got, args) {
			t.Fatalf("splitEvent = %s, %v; want %s", got, err, args)
		}
		var want string
		_ = json.Unmarshal(quoted, &want)
		if decoded, err := eventName(token); err != nil || decoded != want {
			t.Fatalf("eventName(%s) = %q, %v", token, decoded, err)
		}
	})
}

// No text makes the parser panic, and what it takes for an event is one to a JSON decoder wherever
// the rest is JSON.
func FuzzPacket(f *testing.F) {
	for _, seed := range []string{
		`2["plan:item-delta",{"deltas":[]}]`, `2/a,1["x"]`, `51-["x",{"_placeholder":true,"num":0}]`, `0{"sid":"x"}`,
		`4{"message":"Unauthorized"}`, `4"no"`, `1`, `3[]`, `2[1,2]`, `2["\u0061",1]`, "2[\"a\" , 1 ] ", `2["a"]]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := parsePacket(bytes.Clone(text))
		if err != nil {
			return
		}
		_ = parseRefusal(p.payload)
		_, _ = parseConsent(p.payload)
		var want []json.RawMessage
		isEvent := json.Unmarshal(p.payload, &want) == nil && len(want) > 0 && bytes.IndexByte([]byte(`"-0123456789`), want[0][0]) >= 0
		token, args, err := splitEvent(p.payload)
		if err == nil {
			_, err = eventName(token)
		}
		if !isEvent {
			return
		}
		if err != nil {
			t.Fatalf("%q is an event, and was refused: %v", text, err)
		}
		var got []json.RawMessage
		if err := json.Unmarshal(args, &got); err != nil || len(got) != len(want)-1 || !bytes.Contains(text, args[1:]) {
			t.Fatalf("%q became %s", text, args)
		}
	})
}
