package plan

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A Matcher finds what a search finds, whatever it was used for before.
func TestMatcher(t *testing.T) {
	object := rapid.Custom(func(t *rapid.T) []Member {
		size := rapid.SampledFrom([]int{0, 1, 5, indexFrom - 1, indexFrom, 3 * indexFrom}).Draw(t, "size")
		var members []string
		for _, n := range rapid.Permutation(indexes(size)).Draw(t, "order") {
			members = append(members, fmt.Sprintf(`"m%d":%d`, n, n))
		}
		return Members(nil, []byte("{"+strings.Join(members, ",")+"}"))
	})
	rapid.Check(t, func(t *rapid.T) {
		var m Matcher
		for range 4 {
			left, right := object.Draw(t, "left"), object.Draw(t, "right")
			m.Against(right)
			for i := range left {
				if got, want := m.Find(i, left[i].Name), find(right, left[i].Name); got != want {
					t.Fatalf("found %s at %d, it is at %d", left[i].Name, got, want)
				}
			}
		}
	})
}

func indexes(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}
