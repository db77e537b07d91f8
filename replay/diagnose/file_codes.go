package diagnose

import "github.com/carebase/deltatap/replay/contract"

// This file holds the hypotheses of a cache that is a file. A file belongs to a session where what
// its client held after one record is all of it, or where somebody vouches for that.

// foldedCache strikes them where the cache is what the session's own client holds.
func (q *question) foldedCache(code Code) (Finding, bool) {
	switch {
	case q.t == nil:
		return q.ruledOut(code, say("there is no session that the cache could be held against")), true
	case q.SessionIsCache || q.whole.saved == nil:
		return q.ruledOut(code, say("the cache is what the session itself tells")), true
	}
	return Finding{}, false
}

// examineSavedEarlier: the whole file equals an answer of the session, and a later record carried
// the change.
func (q *question) examineSavedEarlier() Finding {
	if f, ok := q.foldedCache(SavedEarlier); ok {
		return f
	}
	a := q.answerOfFile()
	if a == nil {
		return q.ruledOut(SavedEarlier, say("the file equals no answer of the session"))
	}
	at, ok := q.carriedAfter(a.n)
	if !ok {
		return q.ruledOut(SavedEarlier, func() string {
			return "nothing behind the answer of " + q.record(a.moment) + " carried the change"
		}, a.n)
	}
	return q.stands(SavedEarlier, 0, func() string {
		return "the file equals the answer of " + q.record(a.moment) + " at " + q.clock(a.at) + ", the phone's last refresh, and " +
			q.record(at) + " carried the change"
	}, a.n, at.n)
}

// answerOfFile is the latest answer that the file equals; nil where there is none.
func (q *question) answerOfFile() *answer {
	fits := q.whole.saved.fits
	for i := len(fits) - 1; i >= 0; i-- {
		if !fits[i].answer {
			continue
		}
		for k := range q.whole.answers {
			if q.whole.answers[k].n == fits[i].first {
				return &q.whole.answers[k]
			}
		}
	}
	return nil
}

// carriedAfter finds the first record behind a place that brought the client what the server holds.
func (q *question) carriedAfter(place int64) (moment, bool) {
	h := q.whole.items[q.d.Item]
	if h == nil {
		return moment{}, false
	}
	for i := range h.facts {
		if f := &h.facts[i]; f.n > place && (q.brings(f) && f.held == q.wanted || q.putOut(f)) {
			return f.moment, true
		}
	}
	for i := range h.told {
		if s := &h.told[i]; s.n > place && s.held == q.wanted {
			return s.moment, true
		}
	}
	return moment{}, false
}

// putOut tells whether a delta left an item that the server's plan lacks outside that plan's dates.
func (q *question) putOut(f *fact) bool {
	return q.wanted == none && f.held != none && f.held == f.carried && q.leavesOutAt(q.d.Item.Type, f.when)
}

// examineRestarted: the app began again from its saved file, so that it holds what an answer told,
// or what came behind a later connect.
func (q *question) examineRestarted() Finding {
	if f, ok := q.foldedCache(Restarted); ok {
		return f
	}
	if q.fits || len(q.whole.links) < 2 {
		return q.ruledOut(Restarted, say("nothing shows that the client began again"))
	}
	h := q.whole.items[q.d.Item]
	if h == nil || !q.toldEver(h) {
		return q.ruledOut(Restarted, say("no answer of the session told what the cache holds"))
	}
	return q.stands(Restarted, 1, say("the cache holds what an earlier answer told, as after a start from the saved file"))
}

// toldEver tells whether an answer told of an item what the cache holds.
func (q *question) toldEver(h *history) bool {
	for i := range h.told {
		if h.told[i].told == q.held {
			return true
		}
	}
	return false
}

// examineCacheEdited: all else equals what one client held, and what the cache holds of this item
// was never carried.
func (q *question) examineCacheEdited() Finding {
	if f, ok := q.foldedCache(CacheEdited); ok {
		return f
	}
	if q.fits {
		return q.ruledOut(CacheEdited, func() string {
			return "the whole file is what this client held after record " + decimal(q.whole.number(q.fit.n))
		}, q.fit.n)
	}
	if at, ok := q.carriedEver(); ok {
		return q.ruledOut(CacheEdited, func() string { return q.record(at) + " carried what the cache holds" }, at.n)
	}
	unseen := 1
	if q.whole.saved.fewest <= 1 && q.SameClient {
		unseen = 0
	}
	return q.stands(CacheEdited, unseen, say("no record of the session ever carried what the cache holds"))
}

// carriedEver finds a record that carried what the cache holds of the item.
func (q *question) carriedEver() (moment, bool) {
	h := q.whole.items[q.d.Item]
	if h == nil {
		return moment{}, false
	}
	for i := range h.facts {
		f := &h.facts[i]
		gone := f.action == contract.ActionDeleted && q.held == none
		if f.held == q.held || q.held != none && f.carried == q.held || gone {
			return f.moment, true
		}
	}
	for i := range h.told {
		if h.told[i].told == q.held || h.told[i].held == q.held {
			return h.told[i].moment, true
		}
	}
	return moment{}, false
}

// examineOtherClient: the cache is not of the session's client: no record is all of it.
func (q *question) examineOtherClient() Finding {
	if q.strange != "" {
		return q.stands(OtherClient, 0, say("%s", q.strange))
	}
	if f, ok := q.foldedCache(OtherClient); ok {
		return f
	}
	switch {
	case q.fits:
		return q.ruledOut(OtherClient, func() string {
			return "the whole file is what this client held after record " + decimal(q.whole.number(q.fit.n))
		}, q.fit.n)
	case q.SameClient:
		return q.ruledOut(OtherClient, say("it is vouched for that the cache is of the session's client"))
	}
	return q.stands(OtherClient, 0, say("at no record did the session's client hold all of what the cache holds: it may be another device's"))
}
