package player

import (
	"math/bits"
	"time"
)

// Lateness is how late records were sent, each against its own deadline. It takes the same memory
// for any number of them. The zero value has seen none.
type Lateness struct {
	Count int64
	Worst time.Duration
	At    int64 // the record that was sent that late

	buckets [buckets]int64
}

// Durations are counted by microseconds: each of the first 32 for itself, above that 16 buckets for
// each power of two.
const (
	exact   = 32
	parts   = 16
	octaves = 36
	buckets = exact + parts*octaves
)

func (l *Lateness) add(late time.Duration, record int64) {
	late = max(late, 0)
	l.Count++
	l.buckets[bucket(late)]++
	if late > l.Worst || l.Count == 1 {
		l.Worst, l.At = late, record
	}
}

func bucket(late time.Duration) int {
	micros := uint64(late / time.Microsecond)
	if micros < exact {
		return int(micros)
	}
	octave := bits.Len64(micros) - 5 // from 1
	i := exact + (octave-1)*parts + int(micros>>octave) - parts
	return min(i, buckets-1)
}

// ceiling is the longest duration that a bucket counts.
func ceiling(i int) time.Duration {
	if i < exact {
		return time.Duration(i+1)*time.Microsecond - 1
	}
	octave := (i-exact)/parts + 1
	part := (i - exact) % parts
	return time.Duration(uint64(parts+part+1)<<octave)*time.Microsecond - 1
}

// Quantile is a duration that at least so large a part of the records did not exceed, 0.99 for
// instance; too high by 7 percent at most. It is 0 where there are none.
func (l *Lateness) Quantile(part float64) time.Duration {
	if l.Count == 0 {
		return 0
	}
	most := min(int64(float64(l.Count)*(1-part)), l.Count-1) // so many may be later
	for i := buckets - 1; i >= 0; i-- {
		if most -= l.buckets[i]; most < 0 {
			return min(ceiling(i), l.Worst)
		}
	}
	return l.Worst
}
