package render

import (
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/versions"
)

// Timeline collects what a drawing of version against time needs, in constant memory however long
// the session is: as the time grows, it is divided more coarsely. Feed it the records of a session
// in order, then Draw. The zero value is ready.
type Timeline struct {
	width   time.Duration // that a bucket stands for
	buckets []bucket
	last    time.Duration
	online  bool
	since   time.Duration // when the connection last began or ended
	first   time.Duration // when the first connection began
	known   bool          // there was a record about the connection
	low     int64         // of all versions; 0 where none came
	high    int64
	missing int64
}

// bucket is a stretch of time.
type bucket struct {
	low, high int64 // versions that came; 0 where none did
	missing   bool  // a gap showed
	refreshed bool  // a plan was read
	failed    bool  // a connection could not be made, or a plan not be read
	marked    bool
	offline   bool // without a connection for a part of it
}

// mostBuckets is how finely the time is divided at most: two columns' worth of points on a very
// wide terminal.
const mostBuckets = 2048

// Record takes a record that carries no deltas.
func (t *Timeline) Record(rec *session.Record) {
	b := t.at(rec.T)
	switch rec.Kind {
	case session.KindConnect:
		t.connection(rec.T, true)
	case session.KindDisconnect:
		t.connection(rec.T, false)
	case session.KindConnectError:
		b.failed = true
	case session.KindPlan:
		if rec.Status == 200 {
			b.refreshed = true
		} else {
			b.failed = true
		}
	case session.KindMark:
		b.marked = true
	}
}

// Message takes a record that carries deltas.
func (t *Timeline) Message(rec *session.Record, m *contract.Message) {
	b := t.at(rec.T)
	for i := range m.Deltas {
		v := m.Deltas[i].Version
		if v < 1 {
			continue
		}
		b.include(v, v)
		t.high = max(t.high, v)
		if t.low == 0 || v < t.low {
			t.low = v
		}
	}
}

// Gap takes a gap that a message has left.
func (t *Timeline) Gap(g versions.Gap) {
	t.at(g.At).missing = true
	t.missing += g.Len()
}

func (b *bucket) include(low, high int64) {
	if low == 0 {
		return
	}
	if b.low == 0 || low < b.low {
		b.low = low
	}
	b.high = max(b.high, high)
}

// connection notes that a connection began or ended at a moment.
func (t *Timeline) connection(at time.Duration, online bool) {
	switch {
	case online && !t.known:
		t.first = at
	case online && !t.online:
		t.away(t.since, at)
	}
	t.online, t.since, t.known = online, at, true
}

// edges marks the time before the first and after the last connection as one without, where that is
// as much as a column of a drawing: the moment that a connection takes is no outage.
func (t *Timeline) edges(columns int) {
	column := t.last / time.Duration(columns)
	if t.first > column {
		t.away(0, t.first)
	}
	if t.known && !t.online && t.last-t.since > column {
		t.away(t.since, t.last)
	}
}

// away marks the time between two moments as one without a connection.
func (t *Timeline) away(from, to time.Duration) {
	if to <= from {
		return
	}
	t.at(to)
	for i := int(from / t.width); i <= int((to-1)/t.width); i++ {
		t.buckets[i].offline = true
	}
}

// at returns the bucket of a moment, which makes the buckets coarser where they do not reach that
// far.
func (t *Timeline) at(moment time.Duration) *bucket {
	moment = max(moment, 0)
	t.last = max(t.last, moment)
	if t.width == 0 {
		t.width = time.Millisecond
	}
	for moment/t.width >= mostBuckets {
		t.halve()
	}
	i := int(moment / t.width)
	for len(t.buckets) <= i {
		t.buckets = append(t.buckets, bucket{})
	}
	return &t.buckets[i]
}

// halve makes one bucket of two.
func (t *Timeline) halve() {
	t.width *= 2
	for i := range t.buckets {
		if i%2 == 0 {
			t.buckets[i/2] = t.buckets[i]
		} else {
			t.buckets[i/2].add(t.buckets[i])
		}
	}
	t.buckets = t.buckets[:(len(t.buckets)+1)/2]
}

func (b *bucket) add(o bucket) {
	b.include(o.low, o.high)
	b.missing = b.missing || o.missing
	b.refreshed = b.refreshed || o.refreshed
	b.failed = b.failed || o.failed
	b.marked = b.marked || o.marked
	b.offline = b.offline || o.offline
}

// columns returns the buckets joined, or stretched, to so many columns that stand for the whole
// time.
func (t *Timeline) columns(n int) []bucket {
	out := make([]bucket, n)
	for i := range t.buckets {
		from := column(time.Duration(i)*t.width, t.last, n)
		out[from].add(t.buckets[i])
		if !t.buckets[i].offline {
			continue
		}
		for c := from; c <= column(time.Duration(i+1)*t.width-1, t.last, n); c++ {
			out[c].offline = true
		}
	}
	return out
}
