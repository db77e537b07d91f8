package diagnose

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

// clockText is how a moment is told.
const clockText = "15:04:05"

// clock tells a moment of the session.
func (v *view) clock(at time.Duration) string {
	return v.t.started.Add(at).In(v.Location).Format(clockText)
}

// record names a record by the number that it bears.
func (v *view) record(m moment) string { return "record " + decimal(v.t.number(m.n)) }

// numbersOf are the numbers that records bear, each once, in order of mention; places of 0 are
// none.
func (v *view) numbersOf(places ...int64) []int64 {
	var out []int64
	for i, place := range places {
		if place > 0 && !slices.Contains(places[:i], place) {
			out = append(out, v.t.number(place))
		}
	}
	return out
}

func versionsOf(vs ...int64) []int64 {
	var out []int64
	for _, v := range vs {
		if v > 0 {
			out = append(out, v)
		}
	}
	return out
}

// versionText is " v7", or nothing where there is no version.
func versionText(v int64) string {
	if v == 0 {
		return ""
	}
	return " v" + decimal(v)
}

// listVersions lists the versions of runs; of very many the first.
func listVersions(runs []absence) []int64 {
	out := make([]int64, 0, min(countVersions(runs), mostListed))
	for _, r := range runs {
		for n := range r.len() {
			if len(out) == mostListed {
				return out
			}
			out = append(out, r.from+n)
		}
	}
	return out
}

// nameVersions tells the versions of runs: one by its number, several by the first and the last.
func nameVersions(runs []absence) string {
	var b strings.Builder
	for i := 0; i < len(runs); i++ {
		from, to := runs[i].from, runs[i].to
		for i+1 < len(runs) && runs[i+1].from == to+1 {
			i++
			to = runs[i].to
		}
		if b.Len() > 40 {
			b.WriteString(" and others")
			break
		}
		if b.Len() > 0 {
			b.WriteString(", ")
		}
		b.WriteString("v" + decimal(from))
		if to > from {
			b.WriteString("–v" + decimal(to))
		}
	}
	return b.String()
}

// verbOf is the verb for the versions of runs.
func verbOf(runs []absence) string {
	if len(runs) == 1 && runs[0].from == runs[0].to {
		return "was"
	}
	return "were"
}

// frames are the places of the records that frame runs: the last that knew less, the first that
// knew more.
func frames(runs []absence) (low, high moment) {
	return runs[0].low, runs[len(runs)-1].high
}

// whenText tells between which records runs were emitted; empty where nothing frames them.
func (v *view) whenText(runs []absence) string {
	low, high := frames(runs)
	switch {
	case low.n > 0 && high.n > 0 && v.clock(low.at) == v.clock(high.at):
		return "at " + v.clock(low.at)
	case low.n > 0 && high.n > 0:
		return "between " + v.clock(low.at) + " and " + v.clock(high.at)
	case high.n > 0:
		return "before " + v.clock(high.at)
	case low.n > 0:
		return "after " + v.clock(low.at)
	}
	return ""
}

// say makes a reason of a format.
func say(format string, args ...any) func() string {
	return func() string { return fmt.Sprintf(format, args...) }
}

// ruledOut strikes a hypothesis for a reason, by the records at some places.
func (q *question) ruledOut(code Code, reason func() string, places ...int64) Finding {
	f := Finding{Code: code, Standing: RuledOut, Reason: reason}
	if len(places) > 0 {
		f.Records = q.numbersOf(places...)
	}
	return f
}

// stands lets a hypothesis stand: its simplest history takes so many events that nobody saw.
func (q *question) stands(code Code, unseen int, reason func() string, places ...int64) Finding {
	f := Finding{Code: code, Standing: Stands, Unseen: unseen, Reason: reason}
	if len(places) > 0 {
		f.Records = q.numbersOf(places...)
	}
	return f
}
