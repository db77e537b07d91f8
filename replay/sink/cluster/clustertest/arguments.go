package clustertest

import (
	"fmt"
	"strings"

	"github.com/carebase/deltatap/replay/sink/sinktest"
)

// Arguments are arguments of events that end in every form of MessagePack, for comparison with the
// official emitters. They are spelled as JavaScript spells them.
var Arguments = []string{
	string(delta(0)), string(delta(7500)), string(delta(70_000)),
	`[[],{},"",null,true,false]`,
	`[0,1,127,128,255,256,65535,65536,4294967295,4294967296,9007199254740991]`,
	`[-1,-31,-32,-33,-127,-128,-129,-32767,-32768,-32769,-2147483647,-2147483648,-2147483649,-9007199254740991]`,
	`[0.5,-0.1,3.141592653589793,5e-324,123456.789]`,
	`[{"zebra":1,"apple":{"n":[1],"m":{"a":{}}},"":null,"a name that is longer than 31 bytes":1,"ü":"ü"}]`,
	`["\u0000\t\n\"\\/ü“€🚗"]`,
	`["` + strings.Repeat("a", 31) + `","` + strings.Repeat("a", 32) + `","` + strings.Repeat("a", 255) + `","` + strings.Repeat("a", 256) +
		`","` + strings.Repeat("é", 16) + `","` + strings.Repeat("é", 40_000) + `"]`,
	`[` + elements(15) + `,` + elements(16) + `,` + elements(65_535) + `,` + elements(65_536) + `]`,
	`[` + members(15) + `,` + members(16) + `,` + members(65_535) + `,` + members(65_536) + `]`,
	`[` + strings.Repeat(`{"a":[`, 40) + `{"b":` + elements(20) + `}` + strings.Repeat(`]}`, 40) + `]`,
	`[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16]`,
}

func delta(padding int) []byte { return sinktest.Delta(1, padding).Args }

func elements(n int) string { return "[" + strings.TrimSuffix(strings.Repeat("7,", n), ",") + "]" }

func members(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"k%d":%d`, i, i%100)
	}
	return "{" + b.String()[1:] + "}"
}
