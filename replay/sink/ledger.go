package sink

import (
	"sync"
)

// Ledger keeps account of what became of every record. It may be used from several goroutines. Its
// memory grows with the runs of records that went wrong, not with the session. In a session that is
// played more than once, a record's number stands for its latest sending.
type Ledger struct {
	mu    sync.Mutex
	open  map[int64]int    // taken, and not yet answered for: how often
	told  map[int64][]Fate // answered for before Taken was called
	round round
	a     Account
}

// round is what became of the records since the session was begun, for the last time.
type round struct {
	acknowledged   int64 // the last of them
	failed, unsure Spans
}

// Account is a Ledger at one moment.
type Account struct {
	Sent          int64 // records that the target took, those that it ignores left out
	Acknowledged  int64
	Failed        int64
	Unsure        int64
	Inexpressible int64
	Unheard       int64 // acknowledged, and nobody was there to receive it
	Partly        int64 // acknowledged, and parts of it could not be expressed

	Last         int64 // the last record that was taken; 0 where none was
	FailedAt     Spans
	UnsureAt     Spans
	OpenAt       Spans // without an answer so far
	UnfitAt      Spans // inexpressible, wholly or in part
	Unfit        []UnfitCount
	FirstFailure error // of the first record that failed, or is unsure

	resume int64
}

// UnfitCount is how often a part of a record could not be expressed for one reason.
type UnfitCount struct {
	Reason string
	Count  int64
	Sample []string // the first few that it was, in words
}

// samples is how many of those that could not be expressed are named for each reason.
const samples = 3

// NewLedger makes an empty ledger.
func NewLedger() *Ledger { return &Ledger{open: map[int64]int{}, told: map[int64][]Fate{}} }

// Taken notes that Send took a record.
func (l *Ledger) Taken(n int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n <= l.a.Last {
		l.round = round{}
	}
	l.a.Last = n
	fates := l.told[n]
	if len(fates) == 0 {
		l.open[n]++
		return
	}
	l.round.settle(n, fates[0])
	if l.told[n] = fates[1:]; len(fates) == 1 {
		delete(l.told, n)
	}
}

// Tell notes what became of a record. It is a Tell.
func (l *Ledger) Tell(o Outcome) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch open := l.open[o.N]; {
	case open == 0:
		l.told[o.N] = append(l.told[o.N], o.Fate)
	case open > 1: // an earlier sending's
		l.open[o.N]--
	default:
		delete(l.open, o.N)
		if o.N <= l.a.Last { // else it is of the round before this one
			l.round.settle(o.N, o.Fate)
		}
	}
	l.count(o)
	for _, u := range o.Unfit {
		l.unfit(u)
	}
	if len(o.Unfit) > 0 {
		l.a.UnfitAt.Add(o.N)
	}
}

func (r *round) settle(n int64, f Fate) {
	switch f {
	case Acknowledged:
		r.acknowledged = max(r.acknowledged, n)
	case Failed:
		r.failed.Add(n)
	case Unsure:
		r.unsure.Add(n)
	}
}

// resume is what Account.Resume tells.
func (r *round) resume(last int64, open *Spans) int64 {
	next := last + 1
	for _, n := range []int64{open.First(), r.unsure.First(), r.failed.After(r.acknowledged)} {
		if n > 0 {
			next = min(next, n)
		}
	}
	return next
}

func (l *Ledger) count(o Outcome) {
	a := &l.a
	switch o.Fate {
	case Ignored:
		return
	case Acknowledged:
		a.Acknowledged++
		if o.Reach == 0 {
			a.Unheard++
		}
		if len(o.Unfit) > 0 {
			a.Partly++
		}
	case Failed:
		a.Failed++
		a.FailedAt.Add(o.N)
	case Unsure:
		a.Unsure++
		a.UnsureAt.Add(o.N)
	case Inexpressible:
		a.Inexpressible++
		return
	}
	a.Sent++
	if a.FirstFailure == nil && o.Err != nil {
		a.FirstFailure = o.Err
	}
}

func (l *Ledger) unfit(u Unfit) {
	for i := range l.a.Unfit {
		c := &l.a.Unfit[i]
		if c.Reason == u.Reason {
			if c.Count++; len(c.Sample) < samples {
				c.Sample = append(c.Sample, u.What)
			}
			return
		}
	}
	l.a.Unfit = append(l.a.Unfit, UnfitCount{Reason: u.Reason, Count: 1, Sample: []string{u.What}})
}

// Account is how things stand. Records that were taken and have no answer yet are not in Sent; they
// are in OpenAt.
func (l *Ledger) Account() Account {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.a
	a.FailedAt, a.UnsureAt, a.UnfitAt = a.FailedAt.clone(), a.UnsureAt.clone(), a.UnfitAt.clone()
	a.Unfit = append([]UnfitCount(nil), a.Unfit...)
	for n := range l.open {
		a.OpenAt.Add(n)
	}
	a.resume = l.round.resume(a.Last, &a.OpenAt)
	return a
}

// Resume is the record to go on from when the replay broke off: the first of which it is not sure
// that the target has it. That is one that is unsure or has no answer, or one that failed, unless
// the target has acknowledged a record behind it. A record that failed and was overtaken failed for
// reasons of its own: it would fail again, and what follows it would come twice. It is told in
// FailedAt alone. What failed at the end was never there: its target was gone.
func (a *Account) Resume() int64 { return a.resume }
