package plan

import (
	"encoding/json"
	"math/big"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestSameNumber(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"1240", "1240.00", true},
		{"1240", "1.24e3", true},
		{"1240", "12400E-1", true},
		{"0.00124", "1.24e-3", true},
		{"0", "-0.0e99", true},
		{"0", "1e-400", false},
		{"10", "1", false},
		{"100", "10", false},
		{"-5", "5", false},
		{"9007199254740993", "9007199254740992", false},
		{"123456789012345678901234567890", "1.2345678901234567890123456789e29", true},
		{"1e99999999999999999999", "10e99999999999999999998", true},
		{"1e99999999999999999999", "1e-99999999999999999999", false},
		{"1e0000000000000000000000005", "100000", true},
		{"86.4", "86.40", true},
		{"86.4", "864", false},
	} {
		if got := sameNumber([]byte(c.a), []byte(c.b)); got != c.want {
			t.Errorf("sameNumber(%s, %s) = %v, want %v", c.a, c.b, got, c.want)
		}
	}
}

var numbers = rapid.StringMatching(`-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,6})?([eE][+-]?[0-9]{1,2})?`)

func TestNumbersAgreeWithBig(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := numbers.Draw(t, "a"), numbers.Draw(t, "b")
		x, _ := new(big.Rat).SetString(a)
		y, _ := new(big.Rat).SetString(b)
		if got, want := sameNumber([]byte(a), []byte(b)), x.Cmp(y) == 0; got != want {
			t.Errorf("sameNumber(%s, %s) = %v, want %v", a, b, got, want)
		}
		if again := x.FloatString(120); !sameNumber([]byte(a), []byte(again)) {
			t.Errorf("sameNumber(%s, %s) = false", a, again)
		}
		got, ok := Int64([]byte(a))
		want := x.IsInt() && x.Num().IsInt64()
		if ok != want || ok && got != x.Num().Int64() {
			t.Errorf("Int64(%s) = %d, %v, want %v", a, got, ok, x)
		}
	})
}

func TestInt64Limits(t *testing.T) {
	for raw, want := range map[string]bool{
		"9223372036854775807": true, "9223372036854775808": false, "-9223372036854775808": true, "-9223372036854775809": false,
		"9223372036854775807.0": true, "1e18": true, "1e19": false, "18446744073709551617": false, "0.5": false, "": false, `"1"`: false, "null": false,
	} {
		if _, got := Int64([]byte(raw)); got != want {
			t.Errorf("Int64(%s) ok = %v, want %v", raw, got, want)
		}
	}
}

func TestEqual(t *testing.T) {
	many := func(reverse bool) string {
		var parts []string
		for i := range 200 {
			name := string(rune('a'+i%26)) + strings.Repeat("x", i/26)
			if part := `"` + name + `":` + string(rune('0'+i%10)); reverse {
				parts = append([]string{part}, parts...)
			} else {
				parts = append(parts, part)
			}
		}
		return "{" + strings.Join(parts, ",") + "}"
	}
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{`{"a":1,"b":{"c":[1,2]}}`, ` { "b" : {"c":[1.0, 2]} , "a":1 } `, true},
		{`{"a":1,"b":2}`, `{"a":1,"c":2}`, false},
		{`{"a":1}`, `{"a":1,"b":null}`, false},
		{`{"a":1,"a":2}`, `{"a":2}`, true},
		{`[1,2]`, `[2,1]`, false},
		{`[1]`, `[1,1]`, false},
		{`"é\/"`, `"\u00e9/"`, true},
		{`"\ud83d\ude00"`, `"😀"`, true},
		{`"\ud83d"`, `"\ud83e"`, false},
		{`true`, `false`, false},
		{`null`, `false`, false},
		{`1`, `"1"`, false},
		{`null`, `null `, true},
		{many(false), many(true), true},
	} {
		if got := Equal([]byte(c.a), []byte(c.b)); got != c.want {
			t.Errorf("Equal(%.60s, %.60s) = %v, want %v", c.a, c.b, got, c.want)
		}
	}
}

// FuzzEqual holds Equal against encoding/json's values. Numbers are left as text there, so that those that differ in
// spelling alone are left out.
func FuzzEqual(f *testing.F) {
	f.Add(`{"a":1,"b":[true,null]}`, `{"b":[true,null],"a":1}`)
	f.Add(`"a\u0062"`, `"ab"`)
	f.Add(`{"a":1,"a":2}`, `{"a":2}`)
	f.Fuzz(func(t *testing.T, a, b string) {
		if Valid([]byte(a)) != nil || Valid([]byte(b)) != nil || strings.Contains(a+b, `\u`) && strings.ContainsAny(a+b, "dD\ufffd") {
			return // encoding/json cannot tell halves of surrogate pairs apart
		}
		x, y := values(a), values(b)
		got, want := Equal([]byte(a), []byte(b)), reflect.DeepEqual(x, y)
		if got != want && !strings.ContainsAny(a+b, "0123456789") {
			t.Errorf("Equal(%q, %q) = %v, want %v", a, b, got, want)
		}
		if want && !got {
			t.Errorf("Equal(%q, %q) = false", a, b)
		}
	})
}

func values(text string) any {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return nil
	}
	return v
}
