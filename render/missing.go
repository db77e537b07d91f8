package render

import (
	"strconv"
	"strings"

	"github.com/carebase/deltatap/render/theme"
	"github.com/carebase/deltatap/replay/versions"
)

// missing names ranges of absent versions ("v48–v51") and says how many they are and what could
// explain them.
func missing(ranges []versions.Range, marks *theme.Marks) (names, why string) {
	var a absence
	for _, r := range ranges {
		a.add(r)
	}
	why = ": "
	if a.total > 1 {
		why = ": " + Plural(a.total, "version") + ", "
	}
	return versionNames(ranges, marks), why + a.String()
}

// absence adds up what could explain absent versions. A version counts once, under the likeliest
// cause.
type absence struct{ total, coalescible, offline, perhaps int64 }

func (a *absence) add(r versions.Range) {
	a.total += r.Len()
	switch {
	case r.Period == versions.Offline:
		a.offline += r.Len()
	case r.Period == versions.PerhapsOffline:
		a.perhaps += r.Len()
	case r.Coalescible:
		a.coalescible += r.Len()
	}
}

// String says what could explain them, and how many.
func (a *absence) String() string {
	var said []string
	some := func(n int64, says string) {
		switch {
		case n == 0:
		case n == a.total:
			said = append(said, says)
		default:
			said = append(said, Count(n)+" "+says)
		}
	}
	some(a.offline, "emitted while offline")
	some(a.perhaps, "perhaps emitted while offline")
	switch {
	case a.coalescible == 0:
	case a.coalescible == a.total && a.total == 1:
		said = append(said, "coalescing could explain it")
	case a.coalescible == a.total:
		said = append(said, "coalescing could explain them")
	default:
		said = append(said, "coalescing could explain "+Count(a.coalescible))
	}
	if len(said) == 0 {
		said = append(said, "coalescing explains none")
	}
	return strings.Join(said, ", ")
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
	if to == from {
		return versionName(from)
	}
	return versionName(from) + marks.Dash + versionName(to)
}

// versionName writes a version: "v48".
func versionName(version int64) string { return "v" + strconv.FormatInt(version, 10) }
