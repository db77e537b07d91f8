package diagnose

// findings examines every hypothesis about a difference, in the order of the table.
func (v *view) findings(q *question) []Finding {
	out := make([]Finding, len(hypotheses))
	for i := range hypotheses {
		out[i] = v.examineOne(q, &hypotheses[i])
	}
	if v.shown && out[byCode[NotAddressed]].Standing == Stands {
		strikeOthers(out)
	}
	q.hearDatabase(out)
	joinChains(out)
	return out
}

// examineOne examines a hypothesis, unless the two plans alone settle it.
func (v *view) examineOne(q *question, h *Hypothesis) Finding {
	byPlans := h.Code == SameInstant || h.Code == Unhydrated
	switch {
	case byPlans:
	case !q.own:
		return q.ruledOut(h.Code, say("the two plans hold the same but for what is expected"))
	case v.strange != "" && h.Code != OtherClient && h.Code != Unknown:
		return q.ruledOut(h.Code, say("%s", v.strange))
	case v.t == nil && h.Code != OutsideRange && h.Code != RangeMoved && h.Code != Unknown && h.Code != OtherClient:
		return q.ruledOut(h.Code, say("there is no session that could show it"))
	}
	if q.mended() && h.Silent && h.Code != SavedEarlier {
		return q.ruledOut(h.Code, say("the client's screen holds what the server does"))
	}
	if f, ok := q.askedAlone(h.Code); ok && !byPlans {
		return f
	}
	f := h.examine(q)
	if f.Standing == RuledOut && (h.Silent && q.gappy() || q.older && !byPlans) {
		struck := f.Reason
		f.Standing, f.Unseen = Stands, beyondEvidence
		f.Reason = func() string { return "the session does not show it, and does not show all (" + struck() + ")" }
	}
	return f
}

// mended tells whether the app that saved the file came to show what the server holds.
func (q *question) mended() bool { return q.t != nil && q.stored && q.held == q.wanted }

// beyondEvidence is how many events that nobody saw a hypothesis counts that stands only because
// the session does not show all.
const beyondEvidence = 4

// gappy tells whether something may have happened to the client that the session does not show,
// since what is known of the item.
func (q *question) gappy() bool {
	if q.t == nil {
		return false
	}
	if q.t.filter || !q.fits || q.t.last.n < q.whole.last.n || !q.t.fold.Cache.Loaded() {
		return true
	}
	if len(q.facts) > 0 && q.facts[0].n <= q.t.early {
		return true // the client may have had the item before the recording began
	}
	_, hole := q.t.hasHoleBetween(q.knownPlace(), 0)
	return hole
}

// knownPlace is the place of the latest answer that shows what the server held before.
func (q *question) knownPlace() int64 {
	if last := q.lastOtherwise(); last >= 0 {
		return q.t.answers[last].n
	}
	return 0
}

// ofFiles are the codes that say what became of a file or of the server's plan, whatever the client
// was told.
var ofFiles = map[Code]bool{CacheEdited: true, OtherClient: true, Restarted: true, HalfWritten: true}

// strikeOthers leaves nothing but what is expected beside the fact that a user gets no deltas by
// design.
func strikeOthers(out []Finding) {
	for i := range out {
		if f := &out[i]; f.Code != NotAddressed && f.Standing != RuledOut && !f.Expected() && !ofFiles[f.Code] {
			f.Standing, f.Reason = RuledOut, say("the user is a collaborator, whose room gets no delta by design")
		}
	}
}

// joinChains has a delta that could not be used be an earlier link only where what became of its
// refresh stands, too, or what the session does not show of it.
func joinChains(out []Finding) {
	last := false
	for _, code := range []Code{RefreshMissed, RefreshFailed, RefreshRaced, AnswerBehind} {
		last = last || out[byCode[code]].Standing == Stands
	}
	for i := range out {
		out[i].Link = out[i].Link && last
	}
}

// rank finds the cause among findings.
func rank(out []Finding) Cause {
	standing := standingOf(out, Stands)
	promoted := len(standing) == 0
	if promoted {
		standing = standingOf(out, Remote)
	}
	if len(standing) == 0 {
		return Cause{
			Code: Unknown, Certainty: CertaintyUnknown, Parties: Of(Unknown).Parties, ahead: outlook{open: true},
			Summary: "nothing that can happen explains what the evidence shows",
		}
	}
	least := standing[0].Unseen
	for _, f := range standing {
		least = min(least, f.Unseen)
	}
	var ahead []*Finding
	var view outlook
	for _, f := range standing {
		if f.Unseen == least {
			ahead = append(ahead, f)
			view.add(f)
		}
	}
	cause := causeOf(ahead[0], out)
	cause.ahead = view
	switch {
	case ahead[0].Code == Unknown, len(ahead) > 1:
		cause.Certainty = CertaintyUnknown
	case len(standing) > 1 || promoted || neverSure[ahead[0].Code]:
		cause.Certainty = Likely
	default:
		cause.Certainty = Certain
	}
	return cause
}

// neverSure are the codes of which no evidence is proof: another reading of the plan would have to
// tell.
var neverSure = map[Code]bool{HalfWritten: true, UnversionedChange: true}

// standingOf are the findings of a standing that are no earlier links of a chain.
func standingOf(out []Finding, s Standing) []*Finding {
	var found []*Finding
	for i := range out {
		if out[i].Standing == s && !out[i].Link {
			found = append(found, &out[i])
		}
	}
	return found
}

// causeOf makes a cause of a finding; the earlier links of its chain are told as what it came
// because of.
func causeOf(f *Finding, out []Finding) Cause {
	c := Cause{
		Code: f.Code, Parties: f.Parties(), Expected: f.Expected(), Summary: f.Reason(), Records: f.Records, Versions: f.Versions,
	}
	switch f.Code {
	case RefreshMissed, RefreshFailed, RefreshRaced, AnswerBehind:
		for i := range out {
			if out[i].Link && out[i].Standing == Stands {
				c.Because = append(c.Because, string(out[i].Code)+": "+out[i].Reason())
			}
		}
	}
	return c
}

// add takes in what a hypothesis says that is ahead.
func (o *outlook) add(f *Finding) {
	switch {
	case f.Expected():
		o.expected = true
	case f.Code == HalfWritten:
		o.moving = true
	case f.Code == AfterTheEnd:
		o.later = true
	case f.Code == Unknown, f.Code == OtherClient:
		o.open = true
	default:
		o.fault = true
	}
}

// verdict is that of one difference.
func (o outlook) verdict() Verdict {
	switch o {
	case outlook{fault: true}:
		return Desynced
	case outlook{expected: true}:
		return Explained
	case outlook{later: true}, outlook{later: true, expected: true}:
		return Behind
	}
	return Inconclusive
}
