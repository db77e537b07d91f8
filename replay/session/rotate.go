package session

import "time"

// rotation decides when a new part begins. It is guarded by its File's lock.
type rotation struct {
	size    int64 // of the part's file, as far as it is known
	begun   bool  // the part holds a record
	since   time.Duration
	asked   bool // for a fresh plan
	askedAt time.Duration
}

// due says, before rec is written, whether to ask for a fresh plan now, and whether rec begins a
// new part.
func (r *rotation) due(o *Options, rec *Record) (ask, turn bool) {
	if !r.begun {
		r.begun, r.since = true, rec.T
		return false, false
	}
	full := o.RotateSize > 0 && r.size >= o.RotateSize || o.RotateEvery > 0 && rec.T-r.since >= o.RotateEvery
	switch {
	case !full || rec.Kind == KindEnd:
		return false, false
	case o.Snapshot == nil || rec.Kind == KindPlan && rec.Status == 200:
		return false, true
	case !r.asked:
		r.asked, r.askedAt = true, rec.T
		return true, false
	}
	return false, rec.T-r.askedAt >= o.SnapshotWait
}

// turn closes the part with an end record of its own, and lets the next record, at t, begin
// another.
func (f *File) turn(t time.Duration) {
	end := Record{T: f.t, Kind: KindEnd, Reason: ReasonRotated, Lost: f.stats.Lost}
	before := f.n
	if f.options.Seal {
		before++
	}
	n := number(&end, before)
	b := f.batch()
	from := len(b.text)
	b.text = append(end.AppendJSON(b.text), '\n')
	f.took(b, from, n)
	if f.options.Seal {
		f.dueSeal(b, from, before, f.t)
	}
	f.stats.Part++
	f.rotate = rotation{begun: true, since: t}
}

// renumber gives a record that was read another number, as the end records between parts have
// numbers too. An end record is made anew, with what it counts.
func (r *Record) renumber(n int64) {
	switch {
	case r.Raw == nil || r.N == n && r.Kind != KindEnd:
		return
	case r.Kind == KindEnd:
		r.Raw, r.Records = nil, 0
		return
	}
	from := after(r.Raw, 0, `{"n":`)
	_, to := parseDigits(r.Raw, max(from, 0))
	if from < 0 || to < 0 {
		m, err := parseMembers(r.Raw)
		if err != nil || m["n"] == nil {
			return // it is no record, and nothing that was read
		}
		from = cap(r.Raw) - cap(m["n"]) // members alias the line
		to = from + len(m["n"])
	}
	raw := append([]byte(nil), r.Raw[:from]...)
	raw = appendInt(raw, n)
	r.Raw, r.N = append(raw, r.Raw[to:]...), n
}
