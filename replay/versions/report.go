package versions

import (
	"iter"
	"math"
)

// Range is a run of versions, both ends included, that share the same explanation.
type Range struct {
	From, To    int64
	Coalescible bool
	Period      Period
}

// Len is the number of versions in r.
func (r Range) Len() int64 { return r.To - r.From + 1 }

// Each yields the versions of r in order.
func (r Range) Each() iter.Seq[int64] {
	return func(yield func(int64) bool) {
		for i := range r.Len() {
			if !yield(r.From + i) {
				return
			}
		}
	}
}

func (r Range) part(from, to int64, p Period) Range {
	r.From, r.To, r.Period = from, to, p
	return r
}

// Report is the state of an account in numbers. The versions behind them come from the account's
// iterators.
type Report struct {
	// First and Last are the lowest and the highest version seen; 0 where none was.
	First, Last int64
	// Deltas counts the deltas that carried a version.
	Deltas int64
	// Missing counts the versions between First and Last that were not seen, Coalescible and Offline
	// (or PerhapsOffline) those of them.
	Missing, Coalescible, Offline int64
	// Duplicates counts the versions that came more than once.
	Duplicates int64
	// Regressions and Unsorted count messages.
	Regressions, Unsorted int64
	// Proven is the highest version known to exist: seen, or told by a plan or version answer.
	Proven int64
	// Absent counts what Account.Absent yields: Missing, and what is missing before the first and
	// after the last seen.
	Absent Absence
	// Reversals counts the answers that went back.
	Reversals int64
}

// Last is the highest version seen; 0 where none was. Unlike Report it takes no time.
func (a *Account) Last() int64 { return a.last }

// Proven is the highest version known to exist, as in Report. Unlike that it takes no time.
func (a *Account) Proven() int64 { return max(a.last, a.link.horizon) }

// Report adds up the account so far, in a time that grows with the holes.
func (a *Account) Report() Report {
	r := Report{
		First: a.first, Last: a.Last(), Deltas: a.deltas,
		Regressions: a.regressions, Unsorted: a.unsorted,
		Proven: a.Proven(), Reversals: a.link.reversed,
	}
	c := a.forgotten
	c.add(a.upTo(math.MaxInt64))
	r.Missing, r.Coalescible, r.Offline, r.Duplicates = c.missing, c.coalescible, c.offline, c.duplicates
	r.Absent = c.absent
	return r
}

// counts are the numbers of versions that a report tells.
type counts struct {
	missing, coalescible, offline, duplicates int64
	absent                                    Absence
}

func (c *counts) add(d counts) {
	c.missing += d.missing
	c.coalescible += d.coalescible
	c.offline += d.offline
	c.duplicates += d.duplicates
	c.absent.Add(d.absent)
}

// upTo counts what is held of the versions up to one.
func (a *Account) upTo(version int64) (c counts) {
	for m := range upTo(version, a.Missing()) {
		c.missing += m.Len()
		if m.Coalescible {
			c.coalescible += m.Len()
		}
		if m.Period != Connected {
			c.offline += m.Len()
		}
	}
	for r := range upTo(version, a.Absent()) {
		c.absent.count(r, a.last)
	}
	for d := range upTo(version, a.Duplicates()) {
		c.duplicates += d.Len()
	}
	return c
}

// upTo yields the parts of ranges, which are in order, up to a version.
func upTo(version int64, ranges iter.Seq[Range]) iter.Seq[Range] {
	return func(yield func(Range) bool) {
		for r := range ranges {
			if r.From > version {
				return
			}
			if r.To = min(r.To, version); !yield(r) {
				return
			}
		}
	}
}

// Missing yields the ranges of versions between First and Last that were not seen, in order.
func (a *Account) Missing() iter.Seq[Range] {
	return func(yield func(Range) bool) {
		for hole := range a.missing.all() {
			if hole.To < a.first {
				continue
			}
			for r := range a.link.split(hole) {
				if !yield(r) {
					return
				}
			}
		}
	}
}

// Before yields the ranges of versions below First that no delta carried although a plan or version
// answer given before the first message was older: the deltas that a client missed at the very
// start.
func (a *Account) Before() iter.Seq[Range] {
	return func(yield func(Range) bool) {
		for hole := range a.missing.all() {
			if hole.From > a.first {
				return
			}
			for r := range a.link.split(hole) {
				if !yield(r) {
					return
				}
			}
		}
	}
}

// After yields the ranges of versions above Last that a plan or version answer proved: no delta of
// them came, or none came yet. Where nothing was seen, they start above the first answer.
func (a *Account) After() iter.Seq[Range] {
	return func(yield func(Range) bool) {
		last := a.last
		if last == 0 {
			last = a.link.base
		}
		last = max(last, a.floor)
		if a.link.horizon > last {
			a.link.split(Range{From: last + 1, To: a.link.horizon})(yield)
		}
	}
}

// Duplicates yields the ranges of versions that came more than once, in order.
func (a *Account) Duplicates() iter.Seq[Range] { return a.again.all() }
