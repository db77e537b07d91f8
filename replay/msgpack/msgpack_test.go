package msgpack

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"
)

// The bytes are those of notepack.io 3.0.1, but for integers beyond 2^53, which it rounds, and beyond 2^64, which it spoils. The
// sinks' packages hold them against running emitters.
func TestPacks(t *testing.T) {
	for _, tc := range []struct{ json, packed, back string }{
		{`null`, "c0", ""},
		{` true `, "c3", "true"},
		{`[]`, "90", ""},
		{`{}`, "80", ""},
		{`{"b":1,"a":[false,"x"]}`, "82a16201a16192c2a178", ""},
		{`127`, "7f", ""},
		{`128`, "cc80", ""},
		{`255`, "ccff", ""},
		{`256`, "cd0100", ""},
		{`65535`, "cdffff", ""},
		{`65536`, "ce00010000", ""},
		{`4294967295`, "ceffffffff", ""},
		{`4294967296`, "cf0000000100000000", ""},
		{`9007199254740993`, "cf0020000000000001", ""},
		{`18446744073709551615`, "cfffffffffffffffff", ""},
		{`18446744073709551616`, "cb43f0000000000000", "18446744073709552000"},
		{`-1`, "ff", ""},
		{`-32`, "e0", ""},
		{`-33`, "d0df", ""},
		{`-128`, "d080", ""},
		{`-129`, "d1ff7f", ""},
		{`-32768`, "d18000", ""},
		{`-32769`, "d2ffff7fff", ""},
		{`-2147483648`, "d280000000", ""},
		{`-2147483649`, "d3ffffffff7fffffff", ""},
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
		packed, err := new(Encoder).Append(nil, []byte(tc.json))
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
	var e Encoder // used after errors, too
	for _, json := range []string{``, `1 2`, `[1`, `{"a":}`, `{1:2}`, `{"a"}`, `nul`, `[1],`, `]`, "\"\xff\"", "[1]\xff"} {
		if packed, err := e.Append([]byte{7}, []byte(json)); !errors.Is(err, ErrJSON) || !bytes.Equal(packed, []byte{7}) {
			t.Errorf("%q: packed %x, %v; want an error and nothing appended", json, packed, err)
		}
	}
	for _, json := range []string{``, `1`, `{}`, `"a"`, `[1`, `[],[]`, "[\"\xff\"]"} {
		if packed, err := e.AppendBehind([]byte{7}, "e", []byte(json)); !errors.Is(err, ErrJSON) || !bytes.Equal(packed, []byte{7}) {
			t.Errorf("behind a name, %q: packed %x, %v; want an error and nothing appended", json, packed, err)
		}
	}
	if packed, err := e.AppendBehind(nil, "e", []byte(` [ 1, [] ] `)); err != nil || string(packed) != "\x93\xa1e\x01\x90" {
		t.Errorf("behind a name: %x, %v", packed, err)
	}
}

// As deep as JSON may be it goes both ways, and no deeper.
func TestDepth(t *testing.T) {
	deep := strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth)
	packed, err := new(Encoder).Append(nil, []byte(deep))
	if err != nil {
		t.Fatal(err)
	}
	if back, err := NewReader(packed).AppendJSON(nil); err != nil || string(back) != deep {
		t.Errorf("back %d bytes, %v; want %d", len(back), err, len(deep))
	}
	if _, err := new(Encoder).Append(nil, []byte("["+deep+"]")); !errors.Is(err, ErrJSON) {
		t.Errorf("a deeper array: %v", err)
	}
	for _, level := range []string{"\x91", "\x81\xa1a"} {
		if _, err := NewReader([]byte(strings.Repeat(level, maxDepth+1) + "\x01")).AppendJSON(nil); !errors.Is(err, ErrDeep) {
			t.Errorf("deeper than JSON, %q: %v", level, err)
		}
	}
}

// What MessagePack or its decoders have no place for is told.
func TestLost(t *testing.T) {
	e := Encoder{NoProto: true}
	for json, want := range map[string]struct {
		packed string
		lost   Lost
	}{
		`"\ud83d"`:                        {"\xa3\ufffd", LostSurrogate},
		`"\ud83d\ude97"`:                  {"\xa4🚗", 0},
		`1e400`:                           {"\xcb\x7f\xf0\x00\x00\x00\x00\x00\x00", LostNumber},
		`{"__proto__":[1],"b":2}`:         {"\x81\xa1b\x02", LostProto},
		`[{"\u005f_proto__":{"a":[]}},0]`: {"\x92\x80\x00", LostProto},
		`{"__proto__":"\ud83d"}`:          {"\x80", LostProto},
		`["__proto__"]`:                   {"\x91\xa9__proto__", 0},
		`"__proto__"`:                     {"\xa9__proto__", 0},
		`{"x":"__proto__"}`:               {"\x81\xa1x\xa9__proto__", 0},
		`{"a":1,"a":2}`:                   {"\x82\xa1a\x01\xa1a\x02", 0},
	} {
		if packed, err := e.Append(nil, []byte(json)); err != nil || string(packed) != want.packed || e.Lost() != want.lost {
			t.Errorf("%s: packed %q, lost %b, %v; want %q, %b", json, packed, e.Lost(), err, want.packed, want.lost)
		}
	}
	if packed, err := new(Encoder).Append(nil, []byte(`{"__proto__":1}`)); err != nil || string(packed) != "\x81\xa9__proto__\x01" {
		t.Errorf("where __proto__ is allowed: %q, %v", packed, err)
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
		packed, err := new(Encoder).Append(nil, []byte(json))
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
		packed, err := new(Encoder).Append(nil, []byte(json))
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
		if _, err := new(Encoder).Append(nil, json); err != nil {
			t.Fatalf("%x: %s does not go back: %v", packed, json, err)
		}
	})
}

// Whatever is JSON becomes MessagePack that is read back to the end, and packs to the same bytes again; nothing else becomes any.
func FuzzEncoder(f *testing.F) {
	for _, json := range []string{
		`[1,2.5,"a\n"]`, `{"a":[{}],"b":null,"a":1e400}`, `[1]x`, `[`, "[\"\xff\"]", `["\ud83d"]`, `[{"__proto__":{}}]`, `-0`, `1e2`, `123456789012`,
	} {
		f.Add([]byte(json))
	}
	var e Encoder
	f.Fuzz(func(t *testing.T, json []byte) {
		valid := utf8.Valid(json) && jsontext.Value(json).IsValid(lenient...)
		before := bytes.Clone(json)
		packed, err := e.Append(nil, json)
		if (err == nil) != valid || !bytes.Equal(json, before) {
			t.Fatalf("%q: %v, valid: %v", json, err, valid)
		}
		if err != nil {
			return
		}
		lost := e.Lost()
		r := NewReader(packed)
		back, err := r.AppendJSON(nil)
		if err != nil || r.Len() > 0 {
			t.Fatalf("%q: %x is not read back: %v, %d bytes left", json, packed, err, r.Len())
		}
		if again, err := e.Append(nil, back); err != nil || lost&LostNumber == 0 && !bytes.Equal(again, packed) {
			t.Fatalf("%q: %x comes back as %q, which is %x, %v", json, packed, back, again, err)
		}
	})
}
