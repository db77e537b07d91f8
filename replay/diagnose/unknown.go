package diagnose

// examineUnknown: the evidence lacks what would tell. It is struck where the session is whole
// between its first and its last record.
func (q *question) examineUnknown() Finding {
	if q.strange != "" {
		return q.stands(Unknown, 0, say("%s", q.strange))
	}
	if q.t == nil {
		return q.stands(Unknown, q.withoutSession(), say("without the client's session nothing tells why"))
	}
	if q.t.filter {
		return q.stands(Unknown, 0, say("the session is filtered: what is absent from it may be what the filter left out"))
	}
	if why, ok := q.t.hasHoleBetween(q.basePlace(), 0); ok {
		return q.stands(Unknown, 0, say("%s: what made up for it may be among them", why))
	}
	if known := q.whole.heardOf(); q.older {
		return q.stands(Unknown, 0, func() string {
			return "the server's plan was saved at v" + decimal(q.Server.Version) + ", and the session goes on to v" + decimal(known)
		})
	}
	if known := q.whole.heardOf(); q.agreed() && q.Server.Version < known {
		return q.stands(Unknown, 0, func() string {
			return "the database itself is at v" + decimal(q.Server.Version) + ", and v" + decimal(known) + " had been heard of: its versions began again, or it is another"
		})
	}
	if q.Fence == Saved && q.base != nil && q.base.fact != nil && q.base.fact.version == 0 {
		return q.stands(Unknown, 0, say("what the cache holds came with a delta without a version, which may be later than the saved plan"), q.base.n)
	}
	if q.t.goesOn {
		return q.stands(Unknown, 0, say("another part of the recording follows, which is not here"))
	}
	if q.SameClient && !q.fits && q.whole.saved != nil && q.whole.saved.fewest != 1 {
		return q.stands(Unknown, 0, say("at no record did the client hold all of what the file holds: the session does not tell how it came to that"))
	}
	if !q.t.fold.Cache.Loaded() {
		return q.stands(Unknown, 0, say("the session holds no plan, and does not tell what its client held"))
	}
	return q.ruledOut(Unknown, say("the session is whole"))
}

// withoutSession is how many events it takes that nobody saw that a difference has another cause
// than its dates.
func (q *question) withoutSession() int {
	if q.examineOutsideRange().Standing == Stands || q.examineRangeMoved().Standing == Stands {
		return 1
	}
	return 0
}
