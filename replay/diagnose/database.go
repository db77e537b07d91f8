package diagnose

import (
	"fmt"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/plan"
)

// Tables is what the server's database holds of a plan, read in one transaction. It is evidence
// like any other: it tells what the API should have answered, and never what was sent.
type Tables struct {
	Plan *plan.Plan // for the dates of the server's plan
	// Apart is how the database (the server's side) differs from the server's plan (the cache's side),
	// without what is harmless. There is none where the database's plan stands in the place of the
	// server's.
	Apart  []diff.Difference
	User   int64 // for whom it was read
	Access Access
	// Newer tells of the rows whose age is known whether they were written after the plan's version
	// was bumped last.
	Newer map[contract.Item]bool
	Stood bool // its version still stood when it was read again after [SettleTime]
}

// Access is what the database tells of the user whose plan was read.
type Access uint8

// The accesses.
const (
	AccessUnknown Access = iota
	Owner                // the plan is the user's own
	Collaborator         // it was shared with the user, who accepted
)

// readDatabase takes in what the database tells, or why it decides nothing.
func (v *view) readDatabase() {
	if v.Database == nil {
		return
	}
	switch api, tables := v.Server, v.Database.Plan; {
	case v.Fence == Unstable:
		v.undecided = "the server's plan would not hold still"
	case !api.HasVersion:
		v.undecided = "the API's plan does not tell its version"
	case api.Version != tables.Version:
		v.undecided = fmt.Sprintf("the API was read at v%d and the database at v%d", api.Version, tables.Version)
	}
	v.differ = map[contract.Item]*diff.Difference{}
	for i := range v.Database.Apart {
		v.differ[v.Database.Apart[i].Item] = &v.Database.Apart[i]
	}
}

// heard tells whether the database was read at the version of the server's plan.
func (v *view) heard() bool { return v.Database != nil && v.undecided == "" }

// against is how the API and the database differ about an item; nil where they agree, and where
// nothing can be said.
func (v *view) against(it contract.Item) *diff.Difference {
	if !v.heard() {
		return nil
	}
	return v.differ[it]
}

// agreed tells whether the API and the database, at one version, hold the same of the item.
func (q *question) agreed() bool { return q.heard() && q.apart == nil }

// newer tells whether the item's row was written after the version was bumped, and whether that is
// known.
func (q *question) newer() (newer, known bool) {
	if !q.heard() {
		return false, false
	}
	newer, known = q.Database.Newer[q.d.Item]
	return newer, known
}

// access is what the database tells of the session's user.
func (v *view) access() Access {
	if v.Database == nil || v.t != nil && v.t.user != 0 && v.t.user != v.Database.User {
		return AccessUnknown
	}
	return v.Database.Access
}

// hearDatabase has the database's word count where it differs from the API's: the API answers
// something else than it should. What the client lacks of such an answer proves little, and nothing
// at all where the client holds what the database does.
func (q *question) hearDatabase(out []Finding) {
	switch {
	case q.apart != nil && q.own:
		right := q.clientIsRight()
		for i := range out {
			q.putBehind(&out[i], right)
		}
		between := q.betweenAPIAndDatabase()
		for _, f := range []Finding{between.apartBehind(right), between.apartHalfWritten(), between.apartUnversioned()} {
			out[byCode[f.Code]] = f
		}
	case q.t == nil && q.own && q.sinceVersion():
		out[byCode[HalfWritten]], out[byCode[UnversionedChange]] = q.rowHalfWritten(), q.rowUnversioned()
		out[byCode[Unknown]].Unseen++
	}
}

// betweenAPIAndDatabase is the question of how the API and the database differ about the item.
func (q *question) betweenAPIAndDatabase() *question {
	if q.beside {
		return q
	}
	between := newQuestion(q.view, q.apart)
	between.beside = true
	return between
}

// sinceVersion tells whether the cache is of the server's version, and the item's row was written
// after it.
func (q *question) sinceVersion() bool {
	newer, _ := q.newer()
	return newer && q.Cached.HasVersion && q.Cached.Version == q.Server.Version
}

// putBehind puts a hypothesis about the client behind what the API and the database tell by
// themselves.
func (q *question) putBehind(f *Finding, right bool) {
	if f.Standing != Stands {
		return
	}
	switch {
	case q.beside:
		*f = q.ruledOut(f.Code, say("it is the API and the database that differ, whatever the client holds"))
	case right:
		f.Standing = Remote
		f.Reason = say("the client holds what the database has, so a row would have to have changed without its version")
	default:
		f.Unseen += coincidence
	}
}

// clientIsRight tells whether the client holds what the database does, as far as the tables tell.
func (q *question) clientIsRight() bool {
	client, tables := q.d.Cached, q.apart.Server
	if q.beside || client == nil || tables == nil {
		return !q.beside && client == nil && tables == nil
	}
	for _, f := range diff.Fields(client, tables) {
		if f.Server != nil && !Harmless(&f) { // what the tables do not tell is absent there
			return false
		}
	}
	return true
}

// apartBehind: the API answers something else than the database holds at the same version.
func (q *question) apartBehind(right bool) Finding {
	unseen := 0
	newer, known := q.newer()
	switch {
	case newer && q.Fence != Settled, q.Fence == Saved && !known:
		unseen = 1 // the row may have changed since the API read it
	}
	return q.stands(AnswerBehind, unseen, func() string {
		text := "at v" + decimal(q.Server.Version) + " the API answers something else than the database holds"
		if right {
			text = "the client holds what the database has at v" + decimal(q.Server.Version) + ", and the API answers something else"
		}
		if q.Fence == Saved {
			text += " (a saved answer can be torn, if the plan changed while it was read)"
		}
		return text
	})
}

// apartHalfWritten: the row changed after the API read it, and its version was not bumped yet.
func (q *question) apartHalfWritten() Finding {
	if q.Fence == Saved {
		return q.ruledOut(HalfWritten, say("the server's plan was saved before the database was read"))
	}
	return q.rowHalfWritten()
}

// rowHalfWritten: the database holds a row that is newer than its version.
func (q *question) rowHalfWritten() Finding {
	newer, known := q.newer()
	unseen := coincidence
	if newer {
		unseen = 0
	}
	x := q.stands(HalfWritten, unseen, func() string {
		if newer {
			return "the database holds a row that was written after its v" + decimal(q.Server.Version) + ": a change may be half written"
		}
		return "the row may have changed after the API read it, and before its version did"
	})
	return q.settledRow(x, newer, known)
}

// settledRow has a half-written row be remote where the version stood. A row that is older than the
// version takes another change, whose version came between the row and its own.
func (q *question) settledRow(x Finding, newer, known bool) Finding {
	switch {
	case q.Fence == Settled, q.agreed() && q.Database.Stood:
		x.Standing, x.Reason = Remote, say("the plan was read again after %s, and its version stood", SettleTime)
	case known && !newer:
		x.Unseen, x.Reason = coincidence+1, q.olderRow()
	}
	return x
}

func (q *question) olderRow() func() string {
	return func() string { return "in the database its row is older than v" + decimal(q.Server.Version) }
}

// apartUnversioned: a table was edited by hand after the API had answered. A live API would have
// shown it, so that it takes a row that is known to be newer than its version; a saved answer may
// be older than the edit.
func (q *question) apartUnversioned() Finding {
	at := q.sameVersion()
	if newer, known := q.newer(); newer || known {
		x := q.rowUnversioned()
		if newer && q.Fence != Saved {
			x.Unseen = coincidence // and the API did not show it
		}
		return x
	}
	x := q.stands(UnversionedChange, coincidence, func() string {
		return "the database changed, and its version stayed v" + decimal(q.Server.Version) + q.toldOtherwise(at)
	}, at.n)
	switch {
	case q.Fence != Saved:
		x.Standing = Remote
	case at.n > 0:
		x.Unseen = 1
	}
	return x
}

// rowUnversioned: the row's age tells whether it changed after its version.
func (q *question) rowUnversioned() Finding {
	at := q.sameVersion()
	unseen := 0
	if q.Fence == Fenced {
		unseen = 1 // the version may still be to come
	}
	x := q.stands(UnversionedChange, unseen, func() string {
		return "in the database its row was written after v" + decimal(q.Server.Version) + " began, and the version stayed" + q.toldOtherwise(at)
	}, at.n)
	if newer, known := q.newer(); known && !newer {
		x.Standing, x.Reason = Remote, q.olderRow()
	}
	return x
}

// toldOtherwise tells which record told the same version otherwise, if one did.
func (q *question) toldOtherwise(at moment) string {
	if at.n == 0 {
		return ""
	}
	return ": " + q.record(at) + " told the same version otherwise"
}

// explainApart finds the cause of each difference between the API and the database.
func (v *view) explainApart() []Cause {
	if v.Database == nil {
		return nil
	}
	causes := make([]Cause, len(v.Database.Apart))
	for i := range causes {
		causes[i] = v.explainOneApart(&v.Database.Apart[i])
	}
	return causes
}

func (v *view) explainOneApart(d *diff.Difference) Cause {
	if !v.heard() {
		return Cause{
			Code: Unknown, Certainty: CertaintyUnknown, Parties: []Party{Nobody}, Summary: v.undecided, ahead: outlook{open: true},
			Heals: healsAt(AtRefresh),
		}
	}
	q := newQuestion(v, d)
	q.beside = true
	cause := rank(v.findings(q))
	cause.Heals = q.heals(&cause)
	return cause
}

// judgeApart is the verdict of what only the database tells: items about which the client and the
// API agree, or differ as expected.
func (v *view) judgeApart(causes, apart []Cause) Verdict {
	told := map[contract.Item]bool{}
	for i := range causes {
		told[v.Differences[i].Item] = told[v.Differences[i].Item] || !causes[i].Expected
	}
	verdict := InSync
	for i := range apart {
		if now := apart[i].ahead.verdict(); !told[v.Database.Apart[i].Item] && weight[now] > weight[verdict] {
			verdict = now
		}
	}
	return verdict
}
