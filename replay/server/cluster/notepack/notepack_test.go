package notepack

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"
)

// The bytes are those of notepack.io 3.0.1, but for integers beyond 2^53, which it rounds, and beyond 2^64, which it spoils.
func TestPacks(t *testing.T) {
	for _, tc := range []struct{ json, packed, back string }{
		{`null`, "c0", ""},
		{` true `, "c3", "true"},
		{`[]`, "90", ""},
		{`{}`, "80", ""},
		{`{"b":1,"a":[false,"x"]}`, "82a16201a16192c2a178", ""},
		{`127`, "7f", ""},
		{`128`, "cc80", ""},
		{`256`, "cd0100", ""},
		{`65536`, "ce00010000", ""},
		{`4294967296`, "cf0000000100000000", ""},
		{`9007199254740993`, "cf0020000000000001", ""},
		{`18446744073709551615`, "cfffffffffffffffff", ""},
		{`18446744073709551616`, "cb43f0000000000000", "18446744073709552000"},
		{`-1`, "ff", ""},
		{`-33`, "d0df", ""},
		{`-129`, "d1ff7f", ""},
		{`-32769`, "d2ffff7fff", ""},
		{`-9223372036854775808`, "d38000000000000000", ""},
		{`86.4`, "cb405599999999999a", ""},
		{`1.0`, "01", "1"},
		{`-2e1`, "ec", "-20"},
		{`-0`, "00", "0"},
		{`1e21`, "cb444b1ae4d6e2ef50", "1e+21"},
		{`1e400`, "cb7ff0000000000000", "null"},
		{`"\u00e9😀"`, "a6c3a9f09f9880", `"é😀"`},
		{`"` + strings.Repeat("x", 32) + `"`, "d920" + strings.Repeat("78", 32), ""},
		{`[` + strings.TrimSuffix(strings.Repeat("0,", 16), ",") + `]`, "dc0010" + strings.Repeat("00", 16), ""},
	} {
		packed, err := Append(nil, []byte(tc.json))
		if got := hex.EncodeToString(packed); err != nil || got != tc.packed {
			t.Errorf("%s: packed %s, %v; want %s", tc.json, got, err, tc.packed)
		}
		r := NewReader(packed)
		back, err := r.AppendJSON(nil)
		if want := cmpOr(tc.back, tc.json); err != nil || string(back) != want || r.Len() > 0 {
			t.Errorf("%s: back %s, %v; want %s", tc.json, back, err, want)
		}
	}
}

func cmpOr(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

// What other nodes may send, and JSON has other words for.
func TestUnpacks(t *testing.T) {
	for packed, want := range map[string]string{
		"ca3fc00000":                     "1.5",
		"d40000":                         "null",                       // undefined
		"d6ff00000000":                   `"1970-01-01T00:00:00.000Z"`, // a Date
		"d7ff3b9ac9fc00000001":           `"1970-01-01T00:00:01.249Z"`,
		"c70cff00000000ffffffffffffffff": `"1969-12-31T23:59:59.000Z"`,
		"cb7ff8000000000001":             "null", // NaN
		"cb8000000000000000":             "0",
		"a2ff41":                         "\"\ufffdA\"",
		"de0001a161dd0000000101":         `{"a":[1]}`,
		"dbf0000000":                     "", "dd00000002": "", "df00000001": "", "8101": "", "81a161": "", "c1": "", "": "", "d9": "",
		"c40101": "", "d40501": "", "c70301010203": "", "d8ff00000000000000000000000000000000": "",
	} {
		raw, err := hex.DecodeString(packed)
		if err != nil {
			t.Fatal(err)
		}
		got, err := NewReader(raw).AppendJSON(nil)
		if want == "" && !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrBinary) || want != "" && (err != nil || string(got) != want) {
			t.Errorf("%s: %s, %v; want %q", packed, got, err, want)
		}
	}
}

func TestRefuses(t *testing.T) {
	for _, json := range []string{``, `1 2`, `[1`, `{"a":}`, `{1:2}`, `nul`, `[1],`} {
		if packed, err := Append([]byte{7}, []byte(json)); err == nil || !bytes.Equal(packed, []byte{7}) {
			t.Errorf("%q: packed %x, %v; want an error and nothing appended", json, packed, err)
		}
	}
	if _, err := Append(nil, []byte(strings.Repeat("[", 1000)+strings.Repeat("]", 1000))); !errors.Is(err, ErrDeep) {
		t.Errorf("a deep array: %v", err)
	}
	if _, err := NewReader(bytes.Repeat([]byte{fixArray | 1}, 1000)).AppendJSON(nil); !errors.Is(err, ErrDeep) {
		t.Errorf("a deep array back: %v", err)
	}
}

// Whatever JSON of strings, integers and members there is comes back as it was.
func TestRoundTrip(t *testing.T) {
	var value func(depth int) *rapid.Generator[string]
	value = func(depth int) *rapid.Generator[string] {
		return rapid.Custom(func(t *rapid.T) string {
			kinds := 6
			if depth == 0 {
				kinds = 4
			}
			switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
			case 0:
				return rapid.SampledFrom([]string{"null", "true", "false"}).Draw(t, "word")
			case 1:
				return jsontext.Int(rapid.Int64().Draw(t, "int")).String()
			case 2:
				return jsontext.Uint(rapid.Uint64().Draw(t, "uint")).String()
			case 3:
				return quote(rapid.String().Draw(t, "string"))
			case 4:
				return "[" + strings.Join(rapid.SliceOfN(value(depth-1), 0, 20).Draw(t, "array"), ",") + "]"
			}
			var members []string
			for i, v := range rapid.SliceOfN(value(depth-1), 0, 20).Draw(t, "map") {
				members = append(members, quote(strings.Repeat("k", i)+"é")+":"+v)
			}
			return "{" + strings.Join(members, ",") + "}"
		})
	}
	rapid.Check(t, func(t *rapid.T) {
		json := value(3).Draw(t, "json")
		packed, err := Append(nil, []byte(json))
		if err != nil {
			t.Fatal(err)
		}
		back, err := NewReader(packed).AppendJSON(nil)
		if err != nil || string(back) != json {
			t.Fatalf("back %s, %v; want %s", back, err, json)
		}
	})
}

func quote(s string) string {
	quoted, _ := jsontext.AppendQuote(nil, s)
	return string(quoted)
}

// Whatever comes from Redis is JSON afterwards, or an error.
func FuzzReader(f *testing.F) {
	for _, json := range []string{`{"a":[1,-1,1.5,null,true,"x"]}`, `[128,65536,4294967296,-129]`} {
		packed, err := Append(nil, []byte(json))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(packed)
	}
	f.Fuzz(func(t *testing.T, packed []byte) {
		json, err := NewReader(packed).AppendJSON(nil)
		if err != nil {
			return
		}
		if v := jsontext.Value(json); !v.IsValid(jsontext.AllowDuplicateNames(true)) {
			t.Fatalf("%x: %q is no JSON", packed, json)
		}
		if _, err := Append(nil, json); err != nil {
			t.Fatalf("%x: %s does not go back: %v", packed, json, err)
		}
	})
}
