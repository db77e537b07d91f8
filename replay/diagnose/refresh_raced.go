package diagnose

// examineRefreshRaced: what the server holds was there, and the answer of a refresh that had been
// asked for before it came put something older in its place; or the item's own refresh joined one
// that was under way. It is struck where the answer was asked for afterwards, and where no answer
// took the place of what the server holds.
func (q *question) examineRefreshRaced() Finding {
	if a, f := q.overwritingAnswer(); a != nil {
		if a.timed && a.sent >= f.at+tookUnit {
			return q.ruledOut(RefreshRaced, func() string {
				return "the plan of " + q.record(a.moment) + " was asked for after" + q.deltaText(f) + " had come"
			}, a.n)
		}
		unseen := 0
		if !a.timed {
			unseen = 1
		}
		x := q.stands(RefreshRaced, unseen, func() string {
			return "v" + decimal(f.version) + " arrived at " + q.clock(f.at) + " while a refresh was under way, and its answer at " + q.clock(a.at) + " overwrote it"
		}, f.n, a.n)
		x.Versions = versionsOf(f.version)
		return x
	}
	d, unseen, at := q.openDue(func(o outcome) bool { return o == joined || o == perhaps })
	if d == nil {
		return q.ruledOut(RefreshRaced, say("no answer took the place of what the server holds"))
	}
	if out, _, _ := q.outcomeOf(d); out == perhaps {
		unseen++
	}
	x := q.stands(RefreshRaced, unseen, func() string {
		return q.dueText(d) + " while one was under way, and its answer at " + q.clock(at.at) + " was read before"
	}, d.n, at.n)
	x.Versions = versionsOf(d.version)
	return x
}

// overwritingAnswer finds the answer since which the cache holds what it holds, and the delta of
// what it took the place of, where that is what the server holds.
func (q *question) overwritingAnswer() (*answer, *fact) {
	if q.base == nil || q.base.sighting == nil || !q.serves(q.base.had) {
		return nil, nil
	}
	a := &q.t.answers[q.base.sighting.answer]
	if a.portal {
		return nil, nil
	}
	for i := len(q.facts) - 1; i >= 0; i-- {
		f := &q.facts[i]
		if f.n < a.n && applied(f.outcome.Result) && f.held == q.base.had {
			return a, f
		}
	}
	return nil, nil
}
