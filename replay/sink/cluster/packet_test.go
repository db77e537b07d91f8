package cluster

import (
	"bytes"
	"strings"
	"testing"

	"github.com/carebase/deltatap/replay/msgpack"
)

// frame is a packet around its data.
func frame(data string) string { return "\x83\xa4type\x02\xa4data" + data + "\xa3nsp\xa1/" }

// What the official emitters write is held against them in the packages of the sinks; here is what they cannot, or do otherwise.
func TestPacket(t *testing.T) {
	for args, tc := range map[string]struct {
		data string
		lost string // a part of the reason
	}{
		`[]`:                            {"\x91\xa1e", ""},
		` [ ] `:                         {"\x91\xa1e", ""},
		`[1.0,1e2,-0,-0.0,12.5e1]`:      {"\x96\xa1e\x01\x64\x00\x00\x7d", ""},
		`[9007199254740993]`:            {"\x92\xa1e\xcf\x00\x20\x00\x00\x00\x00\x00\x01", ""},
		`[-9223372036854775808]`:        {"\x92\xa1e\xd3\x80\x00\x00\x00\x00\x00\x00\x00", ""},
		`[18446744073709551615]`:        {"\x92\xa1e\xcf\xff\xff\xff\xff\xff\xff\xff\xff", ""},
		`[18446744073709551616]`:        {"\x92\xa1e\xcb\x43\xf0\x00\x00\x00\x00\x00\x00", ""},
		`[1e300]`:                       {"\x92\xa1e\xcb\x7e\x37\xe4\x3c\x88\x00\x75\x9c", ""},
		`[1e400]`:                       {"\x92\xa1e\xcb\x7f\xf0\x00\x00\x00\x00\x00\x00", "null"},
		`["\ud83d"]`:                    {"\x92\xa1e\xa3\ufffd", "U+FFFD"},
		`["\ud83d\ude97"]`:              {"\x92\xa1e\xa4🚗", ""},
		`[{"a":1,"a":2}]`:               {"\x92\xa1e\x82\xa1a\x01\xa1a\x02", ""},
		`[{"__proto__":[1],"b":2}]`:     {"\x92\xa1e\x81\xa1b\x02", "left out"},
		`[{"\u005f_proto__":{"a":[]}}]`: {"\x92\xa1e\x80", "left out"},
		`["__proto__"]`:                 {"\x92\xa1e\xa9__proto__", ""},
		`[{"x":"__proto__"}]`:           {"\x92\xa1e\x81\xa1x\xa9__proto__", ""},
	} {
		var e Encoder
		got, err := e.AppendPacket([]byte("before"), "e", []byte(args))
		if want := "before" + frame(tc.data); err != nil || string(got) != want {
			t.Errorf("%s is\n%q (%v), want\n%q", args, got, err, want)
		}
		lost := e.Lost()
		if (tc.lost == "") != (len(lost) == 0) || len(lost) > 0 && !strings.Contains(lost[0].Reason, tc.lost) {
			t.Errorf("%s loses %v, want %q", args, lost, tc.lost)
		}
	}
}

// An encoder is used again and again, after errors too, and takes the same arguments as the form in JSON.
func FuzzPacket(f *testing.F) {
	for _, args := range []string{`[]`, `[1,2.5,"a\n"]`, `[{"a":[{}],"b":null}]`, `{}`, `[1]x`, `[`, "[\"\xff\"]", `["\ud83d"]`, `[{"__proto__":{}}]`} {
		f.Add([]byte(args))
	}
	var e Encoder
	f.Fuzz(func(t *testing.T, args []byte) {
		before := bytes.Clone(args)
		packet, err := e.AppendPacket(nil, "e", args)
		_, errJSON := AppendJSON(nil, "user:7", "e", args)
		if err != errJSON || !bytes.Equal(args, before) {
			t.Fatalf("%q: %v in MessagePack, %v in JSON", args, err, errJSON)
		}
		if err != nil {
			return
		}
		r := msgpack.NewReader(packet)
		if _, err := r.AppendJSON(nil); err != nil || r.Len() > 0 {
			t.Fatalf("%q: %x is not read back: %v, %d bytes left", args, packet, err, r.Len())
		}
	})
}
