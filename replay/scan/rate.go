package scan

import "time"

// histogram counts deltas in buckets of time whose width doubles whenever they do not suffice. So
// it does not depend on the order in which it is fed, and two can be added.
type histogram struct {
	width  time.Duration // 0: nothing came yet
	high   int           // buckets in use
	counts [MaxBuckets]int64
}

// finest is the width that a histogram starts with.
const finest = time.Millisecond

func (h *histogram) add(t time.Duration, deltas int64) {
	t = max(t, 0)
	if h.width == 0 {
		h.width = finest
	}
	for t/h.width >= MaxBuckets {
		h.double()
	}
	k := int(t / h.width)
	h.counts[k] += deltas
	h.high = max(h.high, k+1)
}

func (h *histogram) double() {
	h.width *= 2
	high := (h.high + 1) / 2
	for k := range high {
		h.counts[k] = h.counts[2*k] + h.counts[2*k+1]
	}
	clear(h.counts[high:h.high])
	h.high = high
}

// addAll adds what other holds. Its last bucket makes h at least as coarse as other, and coarser
// buckets hold finer ones whole.
func (h *histogram) addAll(other *histogram) {
	for k := other.high - 1; k >= 0; k-- {
		if n := other.counts[k]; n != 0 || k == other.high-1 {
			h.add(time.Duration(k)*other.width, n)
		}
	}
}

func (h *histogram) reset() {
	clear(h.counts[:h.high])
	h.width, h.high = 0, 0
}

// second is how many deltas a whole second saw, as far as records in a row fell into it.
type second struct{ at, deltas int64 }

// busiest finds the second with the most deltas.
type busiest struct{ now, most second }

func (b *busiest) add(s second) {
	if s.at == b.now.at {
		b.now.deltas += s.deltas
	} else {
		b.now = s
	}
	if b.now.deltas > b.most.deltas {
		b.most = b.now
	}
}

// secondOf is the number of the whole second that t lies in.
func secondOf(t time.Duration) int64 {
	s := int64(t / time.Second)
	if t%time.Second < 0 {
		s--
	}
	return s
}

func rate(h *histogram, b *busiest) Rate {
	return Rate{
		Width:   h.width,
		Counts:  append([]int64(nil), h.counts[:h.high]...),
		Busiest: time.Duration(b.most.at) * time.Second,
		Most:    b.most.deltas,
	}
}
