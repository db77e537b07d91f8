package contract

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fataler is what *testing.T and *rapid.T have in common.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// agree decodes a text on both paths, and says where they, or encoding/json, differ.
// taken tells whether the fast path took it.
func agree(t fataler, text []byte) (taken bool) {
	t.Helper()
	before := bytes.Clone(text)
	var fast, slow Message
	taken = fastMessage(text, &fast)
	slow.reset(text)
	slowMessage(text, &slow)
	if !bytes.Equal(before, text) {
		t.Fatalf("decoding changed %q", before)
	}
	valid := json.Valid(text)
	invalid := len(slow.Findings) == 1 && slow.Findings[0].Rule == "json-invalid"
	if valid == invalid && !isTooDeep(&slow) {
		t.Fatalf("encoding/json says %v, findings are %v on %q", valid, slow.Findings, text)
	}
	if valid && !isTooDeep(&slow) {
		agreeOnFlaws(t, text)
	}
	if !taken {
		return false
	}
	fast.Raw, fast.Findings = text, slow.Findings
	if !reflect.DeepEqual(slow, fast) {
		t.Fatalf("paths differ (-strict +fast) on %q:\n%s", text, cmp.Diff(slow, fast))
	}
	if len(slow.Findings) != 0 {
		t.Fatalf("the fast path took %q, the strict one found %v", text, slow.Findings)
	}
	agreeWithStandard(t, text, &fast)
	return true
}

func isTooDeep(m *Message) bool {
	return len(m.Findings) == 1 && m.Findings[0].Rule == "json-too-deep"
}

// agreeWithStandard compares a message that has no findings with what
// encoding/json makes of it.
func agreeWithStandard(t fataler, text []byte, m *Message) {
	t.Helper()
	var args []map[string]json.RawMessage
	var list []map[string]json.RawMessage
	if err := json.Unmarshal(text, &args); err != nil {
		t.Fatalf("encoding/json: %v on %q", err, text)
	}
	if err := json.Unmarshal(args[0]["deltas"], &list); err != nil || len(list) != len(m.Deltas) {
		t.Fatalf("encoding/json: %v, %d deltas, not %d, on %q", err, len(list), len(m.Deltas), text)
	}
	for i, want := range list {
		d := &m.Deltas[i]
		var data map[string]json.RawMessage
		if raw, ok := want["data"]; ok {
			_ = json.Unmarshal(raw, &data)
		}
		for _, s := range []struct {
			got string
			raw json.RawMessage
			bit Field
		}{
			{d.ItemType, want["itemType"], FieldItemType},
			{d.Action, want["action"], FieldAction},
			{d.Source, want["source"], FieldSource},
			{d.Section, data["section"], FieldSection},
		} {
			var text string
			_ = json.Unmarshal(s.raw, &text) // absent: empty
			if s.got != text || d.Has&s.bit != 0 != (s.raw != nil) {
				t.Fatalf("delta %d: %q where encoding/json reads %q", i, s.got, text)
			}
		}
		for _, n := range []struct {
			got int64
			raw json.RawMessage
			bit Field
		}{
			{d.EntityID, want["entityId"], FieldEntityID},
			{d.PlanItemID, want["planItemId"], FieldPlanItemID},
			{d.Version, want["version"], FieldVersion},
		} {
			var number int64
			_ = json.Unmarshal(n.raw, &number) // absent: 0
			if n.got != number || d.Has&n.bit != 0 != (n.raw != nil) {
				t.Fatalf("delta %d: %d where encoding/json reads %d", i, n.got, number)
			}
		}
		for _, r := range []struct {
			got []byte
			raw json.RawMessage
		}{
			{d.Data, want["data"]},
			{d.Appointment, data["appointment"]},
			{d.Bill, data["bill"]},
		} {
			if !bytes.Equal(r.got, r.raw) {
				t.Fatalf("delta %d: %q where encoding/json has %q", i, r.got, r.raw)
			}
		}
	}
}

// twists are texts near the border between the two paths. The first plainTwists are
// on this side of it.
var twists = []string{
	hot,
	strings.Replace(hot, `"UTC"`, `"Europe\/Kyiv \u00fc\n"`, 1),
	strings.Replace(hot, `"UTC"`, `"Zürich 東京 🏥"`, 1),
	strings.Replace(hot, `null`, `{"etag":null,"n":[-0.5e+7,1E3,0,true,false,[],{}]}`, 1),
	" \t\r\n" + strings.NewReplacer(":", " : ", ",", "\n,\t", "{", "{ ", "}", " }", "[", "[ ").Replace(hot) + " ",
	delta(`{"entityId":999999999999999}`),
	delta(`{"aaaaaaaabbbbbbbb":1,"aaaaaaaacbbbbbbb":2,"baaaaaaabbbbbbbb":3,"aaaaaaaa":4,"a":5,"":6}`),
	delta(`{"data":{}}`), delta(`{"data":{ }}`), delta(`{ }`),
	delta(`{"":1,"":1}`),
	delta(`{"entityId":9999999999999999}`),
	delta(`{"entityId":01}`),
	delta(`{"entityId":-1}`),
	delta(`{"entityId":1.}`),
	delta(`{"entityId":1,}`),
	delta(`{"entityId":1,"entityId":1}`),
	delta(`{"a":1,"b":2,"a":3}`),
	delta(`{"aaaaaaaaXbbbbbbbb":1,"aaaaaaaaYbbbbbbbb":2}`),
	delta(`{"\u0061":1}`),
	delta(`{"é":1}`),
	delta(`{"itemType":"éé"}`),
	delta(`{"data":{"appointment":{},"bill":{ },"section":""}}`),
	delta(`{"x":"\u00zz"}`), delta(`{"x":"\ud83d\ude00"}`), delta(`{"x":"\x"}`), delta("{\"x\":\"\x01\"}"), delta("{\"x\":\"\x7f\"}"),
	delta("{\"x\":\"\xc0\x80\"}"), delta("{\"x\":\"\xed\xa0\x80\"}"), delta("{\"x\":\"\xf4\x90\x80\x80\"}"), delta("{\"x\":\"\xef\xbf\xbd\"}"),
	delta(`{"x":tru}`), delta(`{"x":nul`), delta(`{"x":-}`), delta(`{"x":1e}`), delta(`{"x":1e+}`), delta(`{"x":.5}`),
	`[{"deltas":[]}]`, `[{"deltas":[{},]}]`, `[{"deltas":[{}}]`, `[{"deltas":[{}]},]`, `[{"deltas":[{}]}]]`, `[{"deltas":[{}]}`, `[{},{"deltas":[{}]}]`,
	`[{"deltas":[{}],"deltas":[{}]}]`, `[{"x":{"deltas":[{}]},"deltas":[{}],"y":1}]`, `[{}]`, `[ ]`, `[`, ``, `[{"deltas":[{}]}]` + "\x00",
	"\ufeff" + `[{"deltas":[{}]}]`,
	`[{"deltas":[` + strings.Repeat(`{"x":`, 61) + `1` + strings.Repeat(`}`, 61) + `]}]`,
	`[{"deltas":[` + strings.Repeat(`{"x":`, 62) + `1` + strings.Repeat(`}`, 62) + `]}]`,
	`[{"deltas":[{"x":` + strings.Repeat(`[`, 60) + strings.Repeat(`]`, 60) + `}]}]`,
	`[{"deltas":[{"x":` + strings.Repeat(`[`, 61) + strings.Repeat(`]`, 61) + `}]}]`,
	`[{"deltas":[{"data":{"x":` + strings.Repeat(`[`, 60) + strings.Repeat(`]`, 60) + `}}]}]`,
	`[{"deltas":[{"data":{"bill":{"x":` + strings.Repeat(`[`, 58) + strings.Repeat(`]`, 58) + `}}}]}]`,
	`[{"deltas":[{"data":{"bill":{"x":` + strings.Repeat(`[`, 59) + strings.Repeat(`]`, 59) + `}}}]}]`,
	`[{"x":` + strings.Repeat(`[`, 62) + strings.Repeat(`]`, 62) + `,"deltas":[{}]}]`,
	`[{"x":` + strings.Repeat(`[`, 63) + strings.Repeat(`]`, 63) + `,"deltas":[{}]}]`,
	delta(`{` + manyNames(31) + `}`), delta(`{` + manyNames(40) + `}`),
}

const plainTwists = 10

// manyNames returns n members of an object.
func manyNames(n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`"` + strings.Repeat("n", i) + `":1`)
	}
	return b.String()
}

// seeds are the texts that the fuzzers start from.
func seeds(t testing.TB) [][]byte {
	texts := append(sampleTexts(t), ownerDay(t)...)
	for _, s := range twists {
		texts = append(texts, []byte(s))
	}
	return texts
}

func TestPathsAgreeAtTheBorder(t *testing.T) {
	taken := 0
	for _, text := range seeds(t) {
		if agree(t, text) {
			taken++
		}
	}
	if taken < 60 {
		t.Errorf("the fast path took only %d of the texts", taken)
	}
}

// TestPathsAgreeOnEveryByte changes each byte of a message in telling ways.
func TestPathsAgreeOnEveryByte(t *testing.T) {
	texts := [][]byte{
		[]byte(delta(`{"itemType":"bill","entityId":10,"data":{"bill":{"id":1,"amount":-1.5e3,"etag":"é\n\u00e9"}},"version":1}`)),
		[]byte(delta(`{"action":"x", "y":[{"z":"\n"},null],"source":"rest" ,"planItemId":1,"data":{"section":"x"}},{}`)),
	}
	for _, text := range texts {
		for i, keep := range text {
			for _, c := range []byte("\x00 \"\\{}[]:,0-.enu\x80\xff") {
				text[i] = c
				agree(t, text)
			}
			text[i] = keep
		}
	}
}

func TestFastPathTakesWhatIsNotOdd(t *testing.T) {
	texts := ownerDay(t)
	for _, s := range twists[:plainTwists] {
		texts = append(texts, []byte(s))
	}
	for _, text := range texts {
		if !agree(t, text) {
			t.Errorf("the fast path declines %s", text)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, text := range seeds(f) {
		f.Add(text)
	}
	known := map[string]bool{}
	for _, r := range Rules() {
		known[r.Name] = true
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		agree(t, text)
		var m Message
		Decode(text, &m)
		for i := range m.Deltas {
			if !bytes.Contains(text, m.Deltas[i].Raw) || len(m.Deltas[i].Raw) == 0 {
				t.Fatalf("raw %q is not in %q", m.Deltas[i].Raw, text)
			}
		}
		last := -1
		var c Checker
		for range 2 {
			last = -1
			c.Check(&m, func(f Finding) {
				if !known[f.Rule] || f.Delta < last || f.Delta >= len(m.Deltas) {
					t.Fatalf("finding %+v after one on delta %d, on %q", f, last, text)
				}
				if bad := unreadable(f.Message); bad != "" {
					t.Fatalf("%s: message %q %s", f.Rule, f.Message, bad)
				}
				last = f.Delta
			})
		}
	})
}
