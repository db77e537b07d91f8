package convert

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// tally counts what was left out of a session.
type tally map[leftOut]int

// leftOut is a sort of things that have no place in a session.
type leftOut struct {
	one, many string // what it is called: "message", "messages"
	what      string // what is said of it
	gap       bool   // deltas may have been in it
}

// message is a sort of messages that the client received, and that may have held deltas.
func message(what string) leftOut { return leftOut{"message", "messages", what, true} }

// entry is a sort of a HAR file's entries.
func entry(what string) leftOut { return leftOut{"entry", "entries", what, false} }

// line is a sort of lines.
func line(what string) leftOut { return leftOut{"line", "lines", what, false} }

// notes words what was left out: how many things of which sort.
func (t tally) notes() []string { return t.words(func(leftOut) bool { return true }) }

// lost is how many things were left out that may have held deltas.
func (t tally) lost() (n int64) {
	for l, count := range t {
		if l.gap {
			n += int64(count)
		}
	}
	return n
}

func (t tally) words(wanted func(leftOut) bool) []string {
	var out []string
	for _, l := range slices.SortedFunc(maps.Keys(t), byWhat) {
		if !wanted(l) {
			continue
		}
		thing := l.many
		if t[l] == 1 {
			thing = l.one
		}
		out = append(out, fmt.Sprintf("left out %d %s: %s", t[l], thing, l.what))
	}
	return out
}

func byWhat(a, b leftOut) int {
	return cmp.Or(cmp.Compare(a.one, b.one), cmp.Compare(a.what, b.what))
}
