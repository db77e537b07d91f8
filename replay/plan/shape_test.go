package plan

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// A Reader reads what Members does, whatever it has read before.
func TestReader(t *testing.T) {
	name := rapid.SampledFrom([]string{`"a"`, `"b"`, `"\u0061"`, `"id"`, `"c d"`, `"é"`})
	value := rapid.SampledFrom([]string{`1`, `"x"`, `null`, `{"a":1}`, `[]`, ` 2 `, `01`, `"a`})
	colon := rapid.SampledFrom([]string{":", ": ", " :"})
	object := rapid.Custom(func(t *rapid.T) string {
		var members []string
		for range rapid.IntRange(0, 4).Draw(t, "members") {
			members = append(members, name.Draw(t, "name")+colon.Draw(t, "colon")+value.Draw(t, "value"))
		}
		return "{" + strings.Join(members, ",") + rapid.SampledFrom([]string{"}", " } ", "", ",}", "} x"}).Draw(t, "end")
	})
	large := "{" + strings.Repeat(`"a":1,`, 100) + `"b":2}`
	rapid.Check(t, func(t *rapid.T) {
		var r Reader
		texts := rapid.SliceOfN(rapid.OneOf(object, rapid.SampledFrom([]string{"", " ", "[]", "null", "{", large, `{"a":1,"b":2}`, `{"a":1,"b":2,"a":3}`})), 1, 6)
		for _, text := range texts.Draw(t, "texts") {
			kept := []Member{{At: -1}}
			want, got := Members(kept, []byte(text)), r.Members(kept, []byte(text))
			if d := cmp.Diff(want, got); d != "" {
				t.Fatalf("%s (-Members +Reader):\n%s", text, d)
			}
			if again := r.Members(kept, []byte(text)); !cmp.Equal(want, again) {
				t.Fatalf("%s, read again, has %v", text, again)
			}
		}
	})
}
