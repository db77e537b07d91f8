package diagnose

// Report is what a comparison comes to.
type Report struct {
	Verdict Verdict
	Causes  []Cause // of each difference, in their order
	Heals   Healing // the slowest of them
	Apart   []Cause // of each difference between the API and the database, in their order

	view *view
}

// Explain finds the cause of each difference, in their order. It reads the evidence as it is now;
// until the report has been shown, nothing may be folded into the timeline.
func Explain(c Case) *Report {
	r := &Report{view: newView(c), Causes: make([]Cause, len(c.Differences))}
	for i := range c.Differences {
		q := newQuestion(r.view, &c.Differences[i])
		cause := rank(r.view.findings(q))
		cause.Heals = q.heals(&cause)
		r.Causes[i] = cause
	}
	r.Apart = r.view.explainApart()
	r.Verdict = r.view.judge(r.Causes, r.Apart)
	r.Heals = slowest(r.Causes)
	return r
}

// Findings is what became of every hypothesis about a difference, in the order of the table: those
// that stand, and the others, too.
func (r *Report) Findings(i int) []Finding {
	return r.view.findings(newQuestion(r.view, &r.view.Differences[i]))
}

// judge tells the verdict: the first that holds.
func (v *view) judge(causes, apart []Cause) Verdict {
	if v.strange != "" {
		return Inconclusive
	}
	verdict := v.judgeApart(causes, apart)
	for i := range causes {
		if now := v.judgeOne(&causes[i]); weight[now] > weight[verdict] {
			verdict = now
		}
	}
	if v.Fence == Unstable || v.FromCache {
		return Inconclusive
	}
	return verdict
}

// weight orders the verdicts: one difference of a higher makes the report's.
var weight = map[Verdict]int{InSync: 0, Explained: 1, Behind: 2, Inconclusive: 3, Desynced: 4}

// judgeOne is the verdict of one difference. Without a session the versions of the two plans decide
// what nothing explains.
func (v *view) judgeOne(c *Cause) Verdict {
	if v.t != nil || c.Expected || c.Code != Unknown {
		return c.ahead.verdict()
	}
	switch cached, server := v.Cached, v.Server; {
	case !cached.HasVersion || !server.HasVersion || cached.Version == server.Version:
		return Desynced
	case cached.Version < server.Version:
		return Behind
	}
	return Inconclusive
}

// HoldUnder lowers what is certain where another history that the evidence fits as well has another
// cause for it.
func (r *Report) HoldUnder(other *Report) {
	for i := range r.Causes {
		mine, theirs := &r.Causes[i], &other.Causes[i]
		if mine.Certainty == Certain && (theirs.Code != mine.Code || theirs.Certainty != Certain) {
			mine.Certainty = Likely
		}
	}
}
