package diagnose

import (
	"fmt"
	"slices"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/versions"
)

// absence is the absent versions of a span, by what can be said of when they were emitted.
type absence struct {
	offline   []versions.Range // without a connection throughout
	perhaps   []versions.Range // without one for a part of the time
	connected []versions.Range // under a connection, and a later version came
	silent    []versions.Range // above every version that came, told by polls and plans
	after     []versions.Range // above everything that the session knows of
	among     int              // kinds there are in the span, before it was narrowed by what clocks say
	byClock   bool             // it was, and nothing shows that the clocks agree
}

// kind is a kind of absence.
type kind uint8

const (
	nothing kind = iota
	offline
	connected
	silently
	after
)

// weights is how much of each kind there is: versions, of which those that coalescing may explain count little.
func (a *absence) weights() [after + 1]float64 {
	w := [after + 1]float64{
		offline: float64(count(a.offline) + count(a.perhaps)), silently: float64(count(a.silent)), after: float64(count(a.after)),
	}
	for _, r := range a.connected {
		if r.Coalescible {
			w[connected] += float64(r.Len()) / 4
		} else {
			w[connected] += float64(r.Len()) + 0.5 // lost for sure, where others may be explained in more ways
		}
	}
	return w
}

// heaviest is the kind of which there is the most.
func (a *absence) heaviest() (kind, float64) {
	best, weights := nothing, a.weights()
	for k := range weights {
		if weights[k] > weights[best] {
			best = kind(k)
		}
	}
	return best, weights[best]
}

// kinds is how many kinds of absence there are.
func (a *absence) kinds() int {
	n := 0
	for _, w := range a.weights() {
		if w > 0 {
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
	top := q.t.account.Last()
	for r := range q.t.account.After() {
		top = max(top, r.To)
		a.sort(r, from, q.server, &a.silent)
	}
	if q.server > top && q.server >= from {
		a.after = append(a.after, versions.Range{From: max(top+1, from), To: q.server})
	}
	return q.about(a)
}

// about narrows an absence to what was emitted when the item was created, where the client has never heard of the item. That is
// told by the server's clock.
func (q *question) about(a absence) absence {
	a.among = a.kinds()
	if q.d.Kind != diff.Missing || len(q.facts) > 0 {
		return a
	}
	created, ok := instant(q.d.Server, "createdAt")
	if !ok || q.t.agreed != nil && created.Sub(q.t.started) <= q.t.agreed.at+clockSlack {
		return a // or it is not known any more whether the client heard of it
	}
	agree, known := q.clocksAgree()
	if known && !agree {
		return a
	}
	at := created.Sub(q.t.started)
	elsewhere := func(r versions.Range) bool {
		low, high := q.t.bounds([]versions.Range{r})
		return at < low.at-clockSlack || high.n > 0 && at > high.at+clockSlack
	}
	n := absence{among: a.among}
	n.offline, n.perhaps = without(a.offline, elsewhere), without(a.perhaps, elsewhere)
	n.connected, n.silent = without(a.connected, elsewhere), without(a.silent, elsewhere)
	if at > q.t.last-clockSlack {
		n.after = a.after
	}
	if n.kinds() == 0 {
		return a
	}
	n.byClock = !known && n.versions() < a.versions()
	return n
}

// versions is how many absent versions there are.
func (a *absence) versions() int64 {
	return count(a.offline) + count(a.perhaps) + count(a.connected) + count(a.silent) + count(a.after)
}

// clocksAgree tells whether the server dates versions to about when their deltas came; known is false where it dates none that did.
func (q *question) clocksAgree() (agree, known bool) {
	c := q.t.clocks
	for i := range q.t.seen {
		s := &q.t.seen[i]
		if at, ok := q.updatedAt(s.version); ok {
			c.compare(at.Sub(q.t.started), s.at)
		}
	}
	return c.known && !c.apart, c.known
}

// clockSlack is how far the server's clock and the session's may be apart.
const clockSlack = time.Second

func without(ranges []versions.Range, elsewhere func(versions.Range) bool) []versions.Range {
	return slices.DeleteFunc(slices.Clone(ranges), elsewhere)
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

// lostForSure tells whether a version was lost for sure, of those that are absent in a connected stretch: nothing can have been
// coalesced there.
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
