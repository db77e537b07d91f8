package session

import (
	"bytes"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/carebase/deltatap/replay/rawjson"
)

func TestParseRecordGivesBackWhatWasWritten(t *testing.T) {
	for _, want := range sampleRecords() {
		want.N = 7
		line := want.AppendJSON(nil)
		var got Record
		if err := ParseRecord(line, &got); err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		if string(got.Raw) != string(line) {
			t.Errorf("raw is %s, want %s", got.Raw, line)
		}
		got.Raw = nil
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", line, diff)
		}
	}
}

func TestParseRecordTakesAnySpelling(t *testing.T) {
	tests := []struct {
		name, line string
		want       Record
	}{
		{
			"members in another order, white space", ` { "kind" : "mark" , "text" : "a\u0062\n" , "t" : 1.5e1 , "n" : 3 } `,
			Record{N: 3, T: 15 * time.Second, Kind: KindMark, Text: "ab\n"},
		},
		{
			"a number without decimals", `{"n":4,"t":2,"kind":"disconnect","reason":null}`,
			Record{N: 4, T: 2 * time.Second, Kind: KindDisconnect},
		},
		{
			"before the start", `{"n":4,"t":-0.25,"kind":"mark","text":""}`,
			Record{N: 4, T: -250 * time.Millisecond, Kind: KindMark},
		},
		{
			"nanoseconds", `{"n":4,"t":0.123456789,"kind":"mark"}`,
			Record{N: 4, T: 123456789, Kind: KindMark},
		},
		{
			"the longest time there is", `{"n":4,"t":9223372036.854775807,"kind":"mark"}`,
			Record{N: 4, T: math.MaxInt64, Kind: KindMark},
		},
		{
			"the last of doubled members counts", `{"n":1,"n":2,"t":0,"kind":"mark","text":"a","text":"b"}`,
			Record{N: 2, Kind: KindMark, Text: "b"},
		},
		{
			"an unknown kind may use our names for its own ends", `{"n":5,"t":0.000001,"kind":"screen","status":"lit","args":7}`,
			Record{N: 5, T: time.Microsecond, Kind: "screen"},
		},
		{
			"an answer that nobody timed", `{"n":1,"t":0.0,"kind":"plan","status":200,"body":{}}`,
			Record{N: 1, Kind: KindPlan, Status: 200, Took: TookUnknown, Body: []byte(`{}`)},
		},
		{
			"no answer", `{"n":1,"t":0.000000,"kind":"version","status":0,"took":10.000,"error":"timeout"}`,
			Record{N: 1, Kind: KindVersion, Took: 10 * time.Second, Error: "timeout"},
		},
		{
			"a change of the client's own", `{"n":1,"t":0.000000,"kind":"request","method":"PATCH","path":"/api/bills/4","status":200,"took":0.010}`,
			Record{N: 1, Kind: KindRequest, Method: "PATCH", Path: "/api/bills/4", Status: 200, Took: 10 * time.Millisecond},
		},
		{
			"an event whose name is escaped", `{"n":1,"t":0.000000,"kind":"event","event":"a\"b","args":[1]}`,
			Record{N: 1, Kind: KindEvent, Event: `a"b`, Args: []byte(`[1]`)},
		},
		{
			"a field more", `{"n":1,"t":0.000000,"kind":"event","event":"x","args":[1],"more":{"args":[2]}}`,
			Record{N: 1, Kind: KindEvent, Event: "x", Args: []byte(`[1]`)},
		},
		{
			"arguments that are no list", `{"n":1,"t":0.000000,"kind":"event","event":"x","args":{"a":1}}`,
			Record{N: 1, Kind: KindEvent, Event: "x", Args: []byte(`{"a":1}`)},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got Record
			if err := ParseRecord([]byte(test.line), &got); err != nil {
				t.Fatal(err)
			}
			got.Raw = nil
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseRecordSaysWhatIsWrong(t *testing.T) {
	tests := []struct{ line, want string }{
		{`{"n":1,"t":0.000000,"kind":"event","event":"x","args":[1}`, "broken JSON at byte 57"},
		{`{"n":1,"t":0.000000,"kind":"event","event":"x","args":[1`, "the JSON breaks off"},
		{`{"n":1,"t":0.000000,"kind":"event","event":"x"}`, `"args" is missing`},
		{`[1]`, "not a JSON object"},
		{`null`, "not a JSON object"},
		{"\x00\x00", "broken JSON at byte 1"},
		{`{"n":1} {"n":2}`, "more than one JSON object"},
		{`{"t":0,"kind":"mark"}`, `"n" is missing`},
		{`{"n":1.5,"t":0,"kind":"mark"}`, `"n" is no whole number`},
		{`{"n":1,"t":"0","kind":"mark"}`, `"t" is no number of seconds`},
		{`{"n":1,"t":9223372037,"kind":"mark"}`, `"t" is no number of seconds`},
		{`{"n":1,"t":1e300,"kind":"mark"}`, `"t" is no number of seconds`},
		{`{"n":1,"t":0}`, `"kind" is missing`},
		{`{"n":1,"t":0,"kind":"mark","text":5}`, `"text" is no string`},
		{`{"n":1,"t":0,"kind":"plan","status":200,"bodyBase64":"?"}`, `"bodyBase64" is no base64`},
	}
	for _, test := range tests {
		err := ParseRecord([]byte(test.line), &Record{})
		var bad *LineError
		if !errors.As(err, &bad) || bad.Reason != test.want {
			t.Errorf("%s: %v, want %s", test.line, err, test.want)
		}
	}
}

func TestWireBytesSurvive(t *testing.T) {
	tests := []struct{ name, wire, line string }{
		{"compact", `[{"a":1.50}]`, `"args":[{"a":1.50}]}`},
		{"line breaks between tokens", "[\r\n1,\n2]", `"args":[  1, 2]}`},
		{"no JSON", "[1,\n", `"argsText":"[1,\n"}`},
		{"an empty text", "", `"argsText":""}`},
		{"two values", "[1][2]", `"argsText":"[1][2]"}`},
		{"broken UTF-8", "[\"\xff\"]", `"argsBase64":"WyL/Il0="}`},
		{"half a surrogate pair, escaped", `["\ud83d"]`, `"args":["\ud83d"]}`},
		{"markup", `["<a href='&'>"]`, `"args":["<a href='&'>"]}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			rec := Record{N: 1, Kind: KindEvent, Event: "x", Args: []byte(test.wire)}
			line := string(rec.AppendJSON(nil))
			want := `{"n":1,"t":0.000000,"kind":"event","event":"x",` + test.line
			if line != want {
				t.Errorf("wrote %s, want %s", line, want)
			}
			var got Record
			if err := ParseRecord([]byte(line), &got); err != nil {
				t.Fatal(err)
			}
			back := strings.NewReplacer("\n", " ", "\r", " ")
			if isJSON([]byte(test.wire)) && string(got.Args) != back.Replace(test.wire) || !isJSON([]byte(test.wire)) && string(got.Args) != test.wire {
				t.Errorf("read %q, want %q", got.Args, test.wire)
			}
		})
	}
}

func TestStringsAreEscapedNoMoreThanNeeded(t *testing.T) {
	rec := Record{N: 1, Kind: KindMark, Text: "a\"\\\n\r\t\x01<&>\u2028é😀\xff/"}
	got := string(rec.AppendJSON(nil))
	want := `{"n":1,"t":0.000000,"kind":"mark","text":"a\"\\\n\r\t\u0001<&>` + "\u2028é😀\ufffd/" + `"}`
	if got != want {
		t.Errorf("wrote %s, want %s", got, want)
	}
}

func TestEventHeadIsWhatTheRecordSays(t *testing.T) {
	line := []byte(`{"n":12,"t":3.000004,"kind":"event","event":"plan:item-delta","args":[{"deltas":[]}]}`)
	var rec Record
	rest, ok := ParseEventHead(line, &rec)
	if !ok || string(rest) != `[{"deltas":[]}]}` || rec.N != 12 || rec.T != 3000004*time.Microsecond || rec.Event != "plan:item-delta" {
		t.Errorf("got %v %s %+v", ok, rest, rec)
	}
	if _, ok := ParseEventHead([]byte(`{"n":1,"t":0.000000,"kind":"mark","text":""}`), &rec); ok {
		t.Error("a mark was taken for an event")
	}
}

// aRecord draws a record of any kind, with texts that are awkward to write.
func aRecord() *rapid.Generator[Record] {
	text := rapid.StringOf(rapid.OneOf(rapid.Rune(), rapid.SampledFrom([]rune("\n\r\"\\\x00/<é😀"))))
	wire := rapid.SampledFrom([]string{
		`[]`, `[{"deltas":[{"itemType":"bill","entityId":1}]}]`, `[1e5,-0.0,"\u00e9",null,true]`, "[\"\xff\"]", `[1,`, `{"a":"b"}`, ``,
	})
	micro := rapid.Int64Range(0, 1e12)
	return rapid.Custom(func(t *rapid.T) Record {
		kinds := []Kind{KindConnect, KindEvent, KindPlan, KindVersion, KindDisconnect, KindConnectError, KindMark, KindEnd}
		rec := Record{T: time.Duration(micro.Draw(t, "t")) * time.Microsecond, Kind: rapid.SampledFrom(kinds).Draw(t, "kind")}
		switch rec.Kind {
		case KindEvent:
			rec.Event, rec.Args = text.Draw(t, "event"), []byte(wire.Draw(t, "args"))
		case KindPlan, KindVersion:
			rec.Status = rapid.SampledFrom([]int{0, 200, 401, 502}).Draw(t, "status")
			rec.Took = time.Duration(rapid.Int64Range(0, 1e6).Draw(t, "took")) * time.Millisecond
			rec.Body = []byte(wire.Draw(t, "body"))
			rec.Error = text.Draw(t, "error")
		case KindConnect:
			rec.SID, rec.Transport, rec.Attempt = text.Draw(t, "sid"), "polling", rapid.IntRange(1, 9).Draw(t, "attempt")
		case KindConnectError:
			rec.Message, rec.Attempt = text.Draw(t, "message"), 2
		case KindDisconnect:
			rec.Reason = text.Draw(t, "reason")
		case KindMark:
			rec.Text = text.Draw(t, "text")
		case KindEnd:
			rec.Reason, rec.Records, rec.Lost = text.Draw(t, "reason"), rapid.Int64Range(1, 1e15).Draw(t, "records"), 3
		}
		return rec
	})
}

// TestWriteReadWrite holds that a session that was read is written again byte for byte, both from the lines as they were
// read and from the fields alone.
func TestWriteReadWrite(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := writeAll(t, sampleHeader(), rapid.SliceOfN(aRecord(), 0, 8).Draw(t, "records"))
		r, err := NewReader(bytes.NewReader(first))
		if err != nil {
			t.Fatal(err)
		}
		var raw, parsed []Record
		for _, rec := range readAll(t, r) {
			raw = append(raw, rec)
			rec.Raw = nil
			parsed = append(parsed, rec)
		}
		if again := writeAll(t, r.Header(), raw); !bytes.Equal(again, first) {
			t.Errorf("from lines:\n%s\nwant\n%s", again, first)
		}
		h := r.Header()
		h.Raw = nil
		if again := writeAll(t, h, parsed); !bytes.Equal(again, first) {
			t.Errorf("from fields:\n%s\nwant\n%s", again, first)
		}
	})
}

type failer interface {
	Helper()
	Fatal(args ...any)
}

func writeAll(t failer, h Header, recs []Record) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := NewWriter(&out, h)
	if err != nil {
		t.Fatal(err)
	}
	for i := range recs {
		if err := w.Write(&recs[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// readAll reads what is left, and copies what the reader will use again.
func readAll(t failer, r Source) []Record {
	t.Helper()
	var out []Record
	for {
		var rec Record
		err := r.Next(&rec)
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, clone(rec))
	}
}

func clone(rec Record) Record {
	rec.Raw, rec.Args, rec.Body = bytes.Clone(rec.Raw), bytes.Clone(rec.Args), bytes.Clone(rec.Body)
	return rec
}

// FuzzParseRecord holds the quick way against the long one: where the quick way says something, the other says the same.
func FuzzParseRecord(f *testing.F) {
	for _, line := range strings.Split(sample, "\n") {
		f.Add([]byte(line))
	}
	f.Add([]byte(`{"n":1,"t":0.000000,"kind":"event","event":"plan:item-delta","args":[{"a":"\u00e9\n","b":[1e+5,-0.1]},{}]}`))
	f.Add([]byte(`{"n":01,"t":0.000000,"kind":"version","status":200,"took":0.004,"body":"\ud800" }`))
	f.Fuzz(func(t *testing.T, line []byte) {
		quick := Record{Raw: line}
		taken := parseQuick(line, &quick, "")
		slow := Record{Raw: line}
		err := parseAny(line, &slow)
		if taken && err != nil {
			t.Fatalf("only the quick way takes %q: %v", line, err)
		}
		if taken {
			if diff := cmp.Diff(slow, quick); diff != "" {
				t.Fatalf("%q (-long +quick):\n%s", line, diff)
			}
		}
		var head Record
		if rest, ok := ParseEventHead(line, &head); ok && closes(rest, skipValue(rest, 0)) {
			head.Raw, head.Args = line, rest[rawjson.SkipSpace(rest, 0):len(rest)-1]
			if diff := cmp.Diff(slow, head); err != nil || diff != "" {
				t.Fatalf("%q: %v (-long +head):\n%s", line, err, diff)
			}
		}
		if isJSON(line) != jsontext.Value(line).IsValid(lenient...) {
			t.Fatalf("%q: isJSON is %v", line, isJSON(line))
		}
		if end := skipValue(line, 0); end >= 0 && !jsontext.Value(line[:end]).IsValid(lenient...) {
			t.Fatalf("%q: skipped %q, which is no value", line, line[:end])
		}
	})
}
