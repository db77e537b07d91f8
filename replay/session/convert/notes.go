package convert

import (
	"fmt"
	"maps"
	"slices"
)

// notes words what was left out: how many things of which sort.
func notes(thing string, left map[string]int) []string {
	var out []string
	for _, kind := range slices.Sorted(maps.Keys(left)) {
		s := "s"
		if left[kind] == 1 {
			s = ""
		}
		out = append(out, fmt.Sprintf("left out %d %s%s: %s", left[kind], thing, s, kind))
	}
	return out
}
