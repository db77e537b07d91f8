package diagnose

// examineNotAddressed: the user is a collaborator, whose room gets no delta. The database shows it,
// or the plan's own list where the session names its user; a delta that came shows the contrary.
func (q *question) examineNotAddressed() Finding {
	if q.shown {
		return q.stands(NotAddressed, 0, func() string {
			return "user " + decimal(q.reads()) + " is an accepted collaborator of this plan, and deltas go to the owner's room alone"
		})
	}
	if q.t.message > 0 {
		return q.ruledOut(NotAddressed, func() string {
			return "deltas came to this client, record " + decimal(q.t.number(q.t.message))
		}, q.t.message)
	}
	if q.access() == Owner {
		return q.ruledOut(NotAddressed, func() string { return "the database shows user " + decimal(q.Database.User) + " to own the plan" })
	}
	runs, torn := q.lost(between | edge | deafness | gap | afterAll)
	if len(runs) == 0 || torn || len(q.t.links) == 0 {
		return q.noneAbsent(NotAddressed, "nothing was emitted that could have been addressed")
	}
	return q.stands(NotAddressed, 2, say("no delta ever came to this user, as it is for a collaborator"))
}

// reads is the user who reads the plan, as the session or the database tells.
func (q *question) reads() int64 {
	if q.t.user != 0 || q.Database == nil {
		return q.t.user
	}
	return q.Database.User
}
