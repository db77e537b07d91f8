package diagnose

import (
	"fmt"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/versions"
)

// absence is the absent versions of a span, by what can be said of when they were emitted.
type absence struct {
	offline   []versions.Range // without a connection throughout
	perhaps   []versions.Range // without one for a part of the time
	connected []versions.Range // under a connection, and a later version came
	silent    []versions.Range // above every version that came, told by polls and plans
	after     []versions.Range // above everything that the session knows of
}

// kinds is how many kinds of absence there are.
func (a *absence) kinds() int {
	n := 0
	for _, some := range []bool{len(a.offline)+len(a.perhaps) > 0, len(a.connected) > 0, len(a.silent) > 0, len(a.after) > 0} {
		if some {
			n++
		}
	}
	return n
}

// absent lists the absent versions between the base and the server's plan.
func (q *question) absent() absence {
	if q.base.known {
		return q.absentFrom(q.base.version + 1)
	}
	return q.absentFrom(1)
}

func (q *question) absentFrom(from int64) absence {
	var a absence
	for r := range q.t.account.Before() {
		a.sort(r, from, q.server, &a.connected)
	}
	for r := range q.t.account.Missing() {
		a.sort(r, from, q.server, &a.connected)
	}
	top := q.t.account.Report().Last
	for r := range q.t.account.After() {
		top = max(top, r.To)
		a.sort(r, from, q.server, &a.silent)
	}
	if q.server > top && q.server >= from {
		a.after = append(a.after, versions.Range{From: max(top+1, from), To: q.server})
	}
	return a
}

// sort puts the part of a range that lies in a span where it belongs, or into connected.
func (a *absence) sort(r versions.Range, from, to int64, connected *[]versions.Range) {
	r.From = max(r.From, from)
	if to > 0 {
		r.To = min(r.To, to)
	}
	switch {
	case r.From > r.To:
	case r.Period == versions.Offline:
		a.offline = append(a.offline, r)
	case r.Period == versions.PerhapsOffline:
		a.perhaps = append(a.perhaps, r)
	default:
		*connected = append(*connected, r)
	}
}

func (q *question) anyAbsent() bool {
	a := q.absent()
	return a.kinds() > 0
}

func (q *question) absentAbove(version int64) bool {
	a := q.absentFrom(version + 1)
	return a.kinds() > 0
}

// certainlyLost tells whether a version of the span was lost for sure: absent in a connected stretch where nothing could have
// been coalesced.
func (q *question) certainlyLost() bool {
	a := q.absent()
	return lostForSure(a.connected)
}

func lostForSure(ranges []versions.Range) bool {
	for _, r := range ranges {
		if !r.Coalescible {
			return true
		}
	}
	return false
}

// otherwise tells whether a delta of the span that names no item can have been the item's change.
func (q *question) otherwise() bool {
	for i := range q.t.dues {
		d := &q.t.dues[i]
		if d.n > q.base.n && q.within(d.version) && q.touches(d) && (d.item == q.d.Item || d.item.Type != contract.TypeAppointment && d.item.Type != contract.TypeBill) {
			return true
		}
	}
	return false
}

// mostListed bounds the versions that a cause lists.
const mostListed = 100

func list(ranges []versions.Range) []int64 {
	var out []int64
	for _, r := range ranges {
		for v := range r.Each() {
			if len(out) == mostListed {
				return out
			}
			out = append(out, v)
		}
	}
	return out
}

func count(ranges []versions.Range) (n int64) {
	for _, r := range ranges {
		n += r.Len()
	}
	return n
}

// were is the verb for so many versions.
func were(ranges []versions.Range) string {
	if count(ranges) == 1 {
		return "was"
	}
	return "were"
}

// names tells the versions of ranges: one by its number, several by the first and the last.
func names(ranges []versions.Range) string {
	text := ""
	for i, r := range ranges {
		switch {
		case i == 3:
			return text + " and others"
		case i > 0:
			text += ", "
		}
		text += fmt.Sprintf("v%d", r.From)
		if r.To > r.From {
			text += fmt.Sprintf("–v%d", r.To)
		}
	}
	return text
}
