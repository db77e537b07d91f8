package convert

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPollsAreSplit holds into which packets the body of a poll is split.
func TestPollsAreSplit(t *testing.T) {
	for _, test := range []struct {
		body string
		want []string
		bad  bool
	}{
		{"", nil, false},
		{"6", []string{"6"}, false},
		{"40{\"sid\":\"A\"}\x1e42[\"a\"]\x1e2", []string{`40{"sid":"A"}`, `42["a"]`, "2"}, false},
		{`40{"sid":"A"}42["a",{"b":"]42["}]42["c"]2`, []string{`40{"sid":"A"}`, `42["a",{"b":"]42["}]`, `42["c"]`, "2"}, false},
		{`451-["a",{}]` + "\x1ebAQID", []string{`451-["a",{}]`, "bAQID"}, false},
		{`42["a"`, []string{`42["a"`}, false},
		{"7:42[\"a\"]2:40", []string{`42["a"]`, "40"}, false},
		{"9:42[\"\U0001F600\"]", []string{"42[\"\U0001F600\"]"}, true},
		{"8:42[\"\U0001F600\"]", []string{"42[\"\U0001F600\"]"}, false},
		{"2:40300:4", []string{"40"}, true},
		{"0:", nil, true},
		{"\x00\x02\xff40\x01\x01\x02\xffabcdefghijkl", []string{"40", "babcdefghijkl"}, false},
		{"\x00\x09\xff40", nil, true},
		{"<html>", nil, true},
	} {
		packets, ok := splitPolling([]byte(test.body))
		var got []string
		for _, p := range packets {
			got = append(got, string(p))
		}
		if ok == test.bad {
			t.Errorf("%q: ok is %v", test.body, ok)
		}
		if diff := cmp.Diff(test.want, got); diff != "" && (ok || strings.HasPrefix(test.body, "2:")) {
			t.Errorf("%q (-want +got):\n%s", test.body, diff)
		}
	}
}
