package convert

import (
	"fmt"
	"maps"
	"slices"
)

// notes words what was left out: how many things of which sort.
func notes(one, many string, left map[string]int) []string {
	var out []string
	for _, kind := range slices.Sorted(maps.Keys(left)) {
		thing := many
		if left[kind] == 1 {
			thing = one
		}
		out = append(out, fmt.Sprintf("left out %d %s: %s", left[kind], thing, kind))
	}
	return out
}
