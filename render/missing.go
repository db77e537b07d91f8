package render

import (
	"strconv"
	"strings"

	"github.com/carebase/deltatap/render/theme"
	"github.com/carebase/deltatap/replay/versions"
)

// missing names ranges of absent versions ("v48–v51") and says how many they are and what could explain them.
func missing(ranges []versions.Range, marks *theme.Marks) (names, why string) {
	var total, coalescible, offline, perhaps int64
	for _, r := range ranges {
		total += r.Len()
		switch {
		case r.Period == versions.Offline:
			offline += r.Len()
		case r.Period == versions.PerhapsOffline:
			perhaps += r.Len()
		case r.Coalescible:
			coalescible += r.Len()
		}
	}
	if total > 1 {
		why = ": " + Plural(total, "version")
	}
	parts := []string{}
	for _, p := range []struct {
		n    int64
		says string
	}{{offline, "emitted while offline"}, {perhaps, "perhaps emitted while offline"}} {
		switch {
		case p.n == 0:
		case p.n == total:
			parts = append(parts, p.says)
		default:
			parts = append(parts, Count(p.n)+" "+p.says)
		}
	}
	switch {
	case coalescible == 0:
	case coalescible == total && total == 1:
		parts = append(parts, "coalescing could explain it")
	case coalescible == total:
		parts = append(parts, "coalescing could explain them")
	default:
		parts = append(parts, "coalescing could explain "+Count(coalescible))
	}
	if len(parts) == 0 {
		parts = append(parts, "coalescing explains none")
	}
	lead := ": "
	if why != "" {
		lead = ", "
	}
	return versionNames(ranges, marks), why + lead + strings.Join(parts, ", ")
}

// versionNames writes ranges as "v48–v51, v60", neighbours joined.
func versionNames(ranges []versions.Range, marks *theme.Marks) string {
	var b strings.Builder
	for i := 0; i < len(ranges); i++ {
		from, to := ranges[i].From, ranges[i].To
		for i+1 < len(ranges) && ranges[i+1].From == to+1 {
			i++
			to = ranges[i].To
		}
		if b.Len() > 0 {
			b.WriteString(", ")
		}
		b.WriteString(span(from, to, marks))
	}
	return b.String()
}

// span writes a range of versions: "v48–v51", or "v48" for a single one.
func span(from, to int64, marks *theme.Marks) string {
	s := "v" + strconv.FormatInt(from, 10)
	if to != from {
		s += marks.Dash + "v" + strconv.FormatInt(to, 10)
	}
	return s
}
