package sink

import (
	"slices"
	"sort"
	"strconv"
	"strings"
)

// Spans is a set of record numbers, as runs of consecutive ones. The zero value is empty. It takes
// memory for each run, not for each number.
type Spans struct{ runs []run }

type run struct{ first, last int64 }

// Add puts a number in.
func (s *Spans) Add(n int64) {
	i := s.after(n)
	joinsLeft := i > 0 && s.runs[i-1].last >= n-1
	joinsRight := i < len(s.runs) && s.runs[i].first == n+1
	switch {
	case i > 0 && s.runs[i-1].last >= n:
	case joinsLeft && joinsRight:
		s.runs[i-1].last = s.runs[i].last
		s.runs = slices.Delete(s.runs, i, i+1)
	case joinsLeft:
		s.runs[i-1].last = n
	case joinsRight:
		s.runs[i].first = n
	default:
		s.runs = slices.Insert(s.runs, i, run{n, n})
	}
}

// Remove takes a number out, and says whether it was there.
func (s *Spans) Remove(n int64) bool {
	i := s.after(n) - 1
	if i < 0 || s.runs[i].last < n {
		return false
	}
	switch r := s.runs[i]; {
	case r.first == r.last:
		s.runs = slices.Delete(s.runs, i, i+1)
	case n == r.first:
		s.runs[i].first++
	case n == r.last:
		s.runs[i].last--
	default:
		s.runs[i].last = n - 1
		s.runs = slices.Insert(s.runs, i+1, run{n + 1, r.last})
	}
	return true
}

// after is the index of the first run that begins behind n.
func (s *Spans) after(n int64) int {
	if k := len(s.runs); k == 0 || s.runs[k-1].first <= n {
		return k // most numbers come in order
	}
	return sort.Search(len(s.runs), func(i int) bool { return s.runs[i].first > n })
}

// Has says whether a number is in the set.
func (s *Spans) Has(n int64) bool {
	i := s.after(n) - 1
	return i >= 0 && s.runs[i].last >= n
}

// Len is how many numbers there are.
func (s *Spans) Len() int64 {
	var n int64
	for _, r := range s.runs {
		n += r.last - r.first + 1
	}
	return n
}

// First is the smallest number; 0 where there is none.
func (s *Spans) First() int64 {
	if len(s.runs) == 0 {
		return 0
	}
	return s.runs[0].first
}

// After is the smallest number above n; 0 where there is none.
func (s *Spans) After(n int64) int64 {
	i := s.after(n)
	switch {
	case i > 0 && s.runs[i-1].last > n:
		return n + 1
	case i < len(s.runs):
		return s.runs[i].first
	}
	return 0
}

// Runs are the first and the last of each run of consecutive numbers, in order.
func (s *Spans) Runs() [][2]int64 {
	var runs [][2]int64
	for _, r := range s.runs {
		runs = append(runs, [2]int64{r.first, r.last})
	}
	return runs
}

// String lists the numbers: "3, 7-12, 40".
func (s *Spans) String() string {
	var b strings.Builder
	for i, r := range s.runs {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(strconv.FormatInt(r.first, 10))
		if r.last > r.first {
			b.WriteByte('-')
			b.WriteString(strconv.FormatInt(r.last, 10))
		}
	}
	return b.String()
}

// clone is a copy that shares nothing.
func (s *Spans) clone() Spans { return Spans{slices.Clone(s.runs)} }
