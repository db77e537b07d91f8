package diagnose

// examineStaleOverwrite: what the server holds was there, and a delta of an older version was
// applied over it. It is struck where what the cache holds did not come as a delta, or where what
// that took the place of was not what the server holds.
func (q *question) examineStaleOverwrite() Finding {
	if q.base == nil || q.base.fact == nil {
		return q.ruledOut(StaleOverwrite, say("what the cache holds did not come as a delta"))
	}
	for i := len(q.writes) - 1; i >= 0; i-- {
		w := &q.writes[i]
		if w.n > q.base.n {
			continue
		}
		if w.fact == nil || !applied(w.fact.outcome.Result) {
			if w.has != w.had {
				break
			}
			continue
		}
		if !q.serves(w.had) {
			continue
		}
		return q.overwrittenBy(w.fact, i)
	}
	return q.ruledOut(StaleOverwrite, func() string {
		return "the delta" + versionText(q.base.fact.version) + ", " + q.record(q.base.moment) + ", took the place of nothing that the server holds"
	}, q.base.n)
}

// overwrittenBy tells of a delta that took the place of what the server holds: i is its index among
// the writes.
func (q *question) overwrittenBy(f *fact, i int) Finding {
	newer, known := q.newestBefore(i)
	if f.version > 0 && known > 0 && !q.undatedBefore(i) && f.version > known && (q.top == nil || q.top.version <= f.version) {
		return q.ruledOut(StaleOverwrite, func() string {
			return "v" + decimal(f.version) + ", " + q.record(f.moment) + ", was newer than all that the client had"
		}, f.n)
	}
	unseen := 0
	if f.version == 0 || known <= f.version {
		unseen = 2 // nothing shows that it was older
	}
	return func() Finding {
		x := q.stands(StaleOverwrite, unseen, func() string {
			text := "v" + decimal(f.version)
			if f.version == 0 {
				text = "a delta without a version"
			}
			return text + ", which arrived at " + q.clock(f.at) + ", was applied over the newer" + versionText(known)
		}, newer.n, f.n)
		x.Versions = versionsOf(f.version, known)
		return x
	}()
}

// undatedBefore tells whether a delta without a version was applied before a write: nothing tells
// which of the two is older.
func (q *question) undatedBefore(i int) bool {
	for k := range i {
		if f := q.writes[k].fact; f != nil && f.version == 0 && applied(f.outcome.Result) {
			return true
		}
	}
	return false
}

// newestBefore is the highest version that the client had of the item before a write, and the
// record that brought it.
func (q *question) newestBefore(i int) (at moment, version int64) {
	for k := range i {
		switch w := &q.writes[k]; {
		case w.fact != nil && applied(w.fact.outcome.Result) && w.fact.version >= version:
			at, version = w.moment, w.fact.version
		case w.sighting != nil && q.t.answers[w.sighting.answer].version > version:
			at, version = w.moment, q.t.answers[w.sighting.answer].version
		}
	}
	for k := range q.t.answers {
		if a := &q.t.answers[k]; a.n < q.writes[i].n && a.version > version {
			at, version = a.moment, a.version
		}
	}
	return at, version
}
