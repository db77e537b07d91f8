package sink

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// listed is how a set of numbers is written, worked out the long way.
func listed(numbers map[int64]bool) string {
	var sorted []int64
	for n := range numbers {
		sorted = append(sorted, n)
	}
	slices.Sort(sorted)
	var parts []string
	for i := 0; i < len(sorted); {
		j := i
		for j+1 < len(sorted) && sorted[j+1] == sorted[j]+1 {
			j++
		}
		if i == j {
			parts = append(parts, fmt.Sprint(sorted[i]))
		} else {
			parts = append(parts, fmt.Sprintf("%d-%d", sorted[i], sorted[j]))
		}
		i = j + 1
	}
	return strings.Join(parts, ", ")
}

func TestSpansAreSets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var spans Spans
		model := map[int64]bool{}
		for _, step := range rapid.SliceOfN(rapid.Int64Range(-30, 30), 0, 100).Draw(t, "steps") {
			n := max(step, -step) + 1
			if step >= 0 {
				spans.Add(n)
				model[n] = true
			} else {
				if got := spans.Remove(n); got != model[n] {
					t.Fatalf("removing %d says %v", n, got)
				}
				delete(model, n)
			}
			if got, want := spans.String(), listed(model); got != want {
				t.Fatalf("the set is %q, want %q", got, want)
			}
			next := int64(0)
			for m := range model {
				if m > n && (next == 0 || m < next) {
					next = m
				}
			}
			if got := spans.After(n); got != next {
				t.Fatalf("after %d comes %d, want %d of %s", n, got, next, spans.String())
			}
			if spans.Len() != int64(len(model)) || spans.Has(n) != model[n] {
				t.Fatalf("%d numbers, %d among them: %v", spans.Len(), n, spans.Has(n))
			}
		}
		if len(model) == 0 && spans.First() != 0 || len(model) > 0 && !model[spans.First()] {
			t.Fatalf("the first is %d of %s", spans.First(), spans.String())
		}
	})
}
