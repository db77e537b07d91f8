package diagnose

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"pgregory.net/rapid"

	"github.com/carebase/deltatap/replay/diff"
)

// TestContentIsWhatDiffersNot holds contents against package diff: two items are alike where nothing differs but what is expected.
func TestContentIsWhatDiffersNot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := drawValue(0).Draw(t, "item")
		if v.kind != objectValue {
			v = value{kind: objectValue, members: []member{{"amount", v}}}
		}
		a := v.spell(t)
		if rapid.Bool().Draw(t, "change it") {
			v = v.change(t)
		}
		b := v.spell(t)
		checkContents(t, a, b)
	})
}

// TestContentsOfShortTexts has short texts collide nowhere: a task key's end must not stand for another's.
func TestContentsOfShortTexts(t *testing.T) {
	seen := map[content]string{}
	const letters = "abcABC019-_"
	var fill func(prefix string)
	fill = func(prefix string) {
		raw := `{"taskKey":"` + prefix + `"}`
		if other, ok := seen[contentOf([]byte(raw))]; ok {
			t.Fatalf("%s and %s have one content", other, raw)
		}
		seen[contentOf([]byte(raw))] = raw
		for _, c := range letters {
			if len(prefix) < 4 {
				fill(prefix + string(c))
			}
		}
	}
	fill("")
}

func TestContentsOfPairs(t *testing.T) {
	for _, c := range [][2]string{
		{`{"amount":1240}`, `{"amount":1.24e3}`},
		{`{"amount":0}`, `{"amount":-0.00e9}`},
		{`{"amount":1}`, `{"amount":1e99999999999999999999}`},
		{`{"amount":1e99999999999999999999}`, `{"amount":10e99999999999999999998}`},
		{`{"amount":1e-99999999999999999999}`, `{"amount":1e99999999999999999999}`},
		{`{"amount":9007199254740993}`, `{"amount":9007199254740992}`},
		{`{"startLocal":"2026-12-06T24:15:00+00:00"}`, `{"startLocal":"2026-12-06T00:15:00Z"}`},
		{`{"startLocal":"2026-12-06T10:00:00+00:00"}`, `{"startLocal":"2026-12-06T10:00:00.000Z"}`},
		{`{"startLocal":"0001-01-01T00:00:00Z"}`, `{"startLocal":"9999-01-01T00:00:00Z"}`},
		{`{"startLocal":"1000-01-01T00:00:00Z"}`, `{"startLocal":"1584-07-21T23:34:33.709551616Z"}`},
		{`{"at":["2026-12-06T10:00:00Z"]}`, `{"at":["2026-12-06T10:00:00.000Z"]}`},
		{`{"at":{"b":"2026-12-06T10:00:00Z"}}`, `{"at":{"b":"2026-12-06T10:00:00.000Z"}}`},
		{`{"googleSync":null,"a":1}`, `{"a":1,"googleSync":{"etag":"x"}}`},
		{`{"a":{"googleSync":null}}`, `{"a":{"googleSync":1}}`},
		{`{"a":null}`, `{}`},
		{`{"a":1,"a":2}`, `{"a":2}`},
		{`{"a":1,"a":2}`, `{"a":1}`},
		{`{"a":"\u0062"}`, `{"a":"b"}`},
		{`{"\u0061":1}`, `{"a":1}`},
		{`{"a":"\ud83d\ude00"}`, `{"a":"😀"}`},
		{`{"a":"ab"}`, `{"a":"bC"}`},
		{`{"a":"1"}`, `{"a":1}`},
		{`{"a":true}`, `{"a":"true"}`},
		{`{"a":[]}`, `{"a":{}}`},
		{`{"a":[1,[2]]}`, `{"a":[1,2]}`},
		{`{"a":[[],[]]}`, `{"a":[[[]]]}`},
		{`{"a":{"b":1},"c":2}`, `{"a":{"c":2},"b":1}`},
		{`{"a":1,"b":2}`, `{"a":2,"b":1}`},
		{`{"a":{"x":1},"b":{"y":1}}`, `{"a":{"y":1},"b":{"x":1}}`},
	} {
		checkContents(t, c[0], c[1])
	}
}

// testingT is what a test and a property have in common.
type testingT interface {
	Helper()
	Fatalf(format string, args ...any)
}

func checkContents(t testingT, a, b string) {
	t.Helper()
	fields := diff.Fields([]byte(a), []byte(b))
	same := !slices.ContainsFunc(fields, func(f diff.Field) bool { return !Harmless(&f) })
	if is := contentOf([]byte(a)) == contentOf([]byte(b)); is != same {
		t.Fatalf("%s and %s: one content %t, nothing but what is expected differs %t (%d fields differ)", a, b, is, same, len(fields))
	}
}

// value is a JSON value that is spelled in more ways than one.
type value struct {
	kind    valueKind
	text    string // of a string; of a literal
	number  int64
	power   int // of ten
	members []member
}

type member struct {
	name  string
	value value
}

type valueKind int

const (
	literalValue valueKind = iota
	numberValue
	stringValue
	instantValue
	arrayValue
	objectValue
)

func drawValue(depth int) *rapid.Generator[value] {
	return rapid.Custom(func(t *rapid.T) value {
		most := objectValue
		if depth > 2 {
			most = instantValue
		}
		v := value{kind: valueKind(rapid.IntRange(0, int(most)).Draw(t, "kind"))}
		switch v.kind {
		case literalValue:
			v.text = rapid.SampledFrom([]string{"null", "true", "false"}).Draw(t, "literal")
		case numberValue:
			v.number, v.power = rapid.Int64().Draw(t, "digits"), rapid.IntRange(-30, 30).Draw(t, "power")
		case stringValue:
			v.text = rapid.OneOf(rapid.StringMatching(`[a-c]{0,10}`), rapid.String()).Draw(t, "text")
		case instantValue:
			v.number = rapid.Int64Range(0, 9999*365*24*4).Draw(t, "quarters")
		default:
			for range rapid.IntRange(0, 4).Draw(t, "length") {
				name := rapid.SampledFrom([]string{"a", "b", "amount", googleSync, "", "ü", "a.b"}).Draw(t, "name")
				v.members = append(v.members, member{name, drawValue(depth+1).Draw(t, "value")})
			}
		}
		return v
	})
}

// change makes the value another in one place, or not.
func (v value) change(t *rapid.T) value {
	switch {
	case len(v.members) > 0:
		v.members = slices.Clone(v.members)
		i := rapid.IntRange(0, len(v.members)-1).Draw(t, "which")
		switch rapid.IntRange(0, 3).Draw(t, "how") {
		case 0:
			v.members = slices.Delete(v.members, i, i+1)
		case 1:
			v.members[i].name = "c"
		default:
			v.members[i].value = v.members[i].value.change(t)
		}
	case v.kind == numberValue:
		v.number += rapid.Int64Range(-1, 1).Draw(t, "by")
	case v.kind == instantValue:
		v.number = (v.number + rapid.Int64Range(0, 96).Draw(t, "later")) % (9999 * 365 * 24 * 4)
	case v.kind == stringValue:
		v.text = rapid.StringMatching(`[a-c]{0,10}`).Draw(t, "other text")
	default:
		v.text = rapid.SampledFrom([]string{"null", "true", "false"}).Draw(t, "other literal")
		v.kind = literalValue
	}
	return v
}

// spell writes the value in one of its spellings.
func (v value) spell(t *rapid.T) string {
	space := rapid.SampledFrom([]string{"", "", " ", "\n\t"}).Draw(t, "space")
	switch v.kind {
	case literalValue:
		return v.text
	case numberValue:
		return v.spellNumber(t)
	case stringValue:
		return spellString(t, v.text)
	case instantValue:
		return v.spellInstant(t)
	}
	var parts []string
	for _, m := range v.spelledMembers(t) {
		text := m.value.spell(t)
		if v.kind == objectValue {
			text = spellString(t, m.name) + space + ":" + space + text
		}
		parts = append(parts, space+text)
	}
	text := strings.Join(parts, ",") + space
	if v.kind == objectValue {
		return "{" + text + "}"
	}
	return "[" + text + "]"
}

// spelledMembers are the members in an order that may be another, and some of them twice: of those the last counts.
func (v value) spelledMembers(t *rapid.T) []member {
	if v.kind != objectValue || len(v.members) == 0 {
		return v.members
	}
	last := map[string]value{}
	for _, m := range v.members {
		last[m.name] = m.value
	}
	var all []member
	for name, value := range last {
		all = append(all, member{name, value})
	}
	slices.SortFunc(all, func(a, b member) int { return strings.Compare(a.name, b.name) })
	all = rapid.Permutation(all).Draw(t, "order")
	if rapid.IntRange(0, 4).Draw(t, "twice") == 0 {
		all = append([]member{{all[0].name, value{kind: literalValue, text: "null"}}}, all...)
	}
	return all
}

func (v value) spellNumber(t *rapid.T) string {
	shift := rapid.IntRange(0, 3).Draw(t, "shift")
	digits, sign := strconv.FormatUint(magnitude(v.number), 10), ""
	if v.number < 0 {
		sign = "-"
	}
	if v.number == 0 {
		return sign + rapid.SampledFrom([]string{"0", "-0", "0.0", "0e5", "-0.00E-3"}).Draw(t, "zero")
	}
	digits += strings.Repeat("0", shift)
	power := v.power - shift
	if rapid.Bool().Draw(t, "point") && len(digits) > 1 {
		at := rapid.IntRange(1, len(digits)-1).Draw(t, "at")
		power += len(digits) - at
		digits = digits[:at] + "." + digits[at:]
	}
	if power == 0 && rapid.Bool().Draw(t, "no power") {
		return sign + digits
	}
	e := rapid.SampledFrom([]string{"e", "E"}).Draw(t, "e")
	if power >= 0 {
		e += rapid.SampledFrom([]string{"", "+", "0", "+00"}).Draw(t, "plus")
	}
	return sign + digits + e + strconv.Itoa(power)
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return uint64(-n)
	}
	return uint64(n)
}

func spellString(t *rapid.T, text string) string {
	if rapid.Bool().Draw(t, "escape") {
		var b strings.Builder
		b.WriteByte('"')
		for _, r := range text {
			for _, unit := range utf16.Encode([]rune{r}) {
				fmt.Fprintf(&b, `\u%04x`, unit)
			}
		}
		return b.String() + `"`
	}
	quoted, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(quoted)
}

// spellInstant writes a moment, counted in quarters of an hour, in one of the ways that servers write it in.
func (v value) spellInstant(t *rapid.T) string {
	day, quarter := v.number/96, v.number%96
	date := fmt.Sprintf("%04d-%02d-%02d", 1+day/336%9998, 1+day%336/28, 1+day%28)
	hour, minute := quarter/4, quarter%4*15
	if hour == 0 && rapid.Bool().Draw(t, "midnight is 24") {
		hour = 24
	}
	end := rapid.SampledFrom([]string{"Z", "+00:00", ".000Z", "-00:00", ".0+00:00"}).Draw(t, "end")
	return fmt.Sprintf(`"%sT%02d:%02d:00%s"`, date, hour, minute, end)
}
