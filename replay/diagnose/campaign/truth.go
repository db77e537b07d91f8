package campaign

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// outcome is what a script comes to.
type outcome struct {
	run    *Run // of the client whose cache it is
	kept   recording
	cached Plan
}

// judge plays a script again and again, each time without something.
type judge struct {
	*Script
	base     outcome
	told     []telling
	suspects []suspect
}

// suspect is something that a difference may not be there without.
type suspect struct {
	step    int // -1 for a condition
	cond    condition
	outcome outcome
}

// Judge plays a script and tells the truth about what it leaves.
func Judge(s *Script) *Judged {
	w, j := judgeScript(s, true)
	w.Evidence, w.Healthy = s.evidence(j.base.run, j.base.kept, j.base.cached), j.healthy()
	return w
}

// judgeScript is Judge without the evidence, whose texts it has the script write or not.
func judgeScript(s *Script, texts bool) (*Judged, *judge) {
	j := &judge{Script: s, base: s.outcome(mask{}, texts)}
	w := &Judged{Script: s, Truths: map[string]Truth{}}
	for _, id := range j.base.everything() {
		switch j.base.level(id) {
		case same:
			continue
		case differs:
			j.prepare()
		}
		w.Truths[id] = j.truth(id)
	}
	return w, j
}

// prepare plays the script without each suspect, once.
func (j *judge) prepare() {
	if j.suspects != nil {
		return
	}
	j.told = tellings(j.base.kept.entries)
	j.suspects = j.Script.suspects(j.base.run.half)
	for i := range j.suspects {
		j.suspects[i].outcome = j.outcome(j.suspects[i].mask(), false)
	}
}

// healthy tells whether the client holds what it would hold if nothing had gone wrong.
func (j *judge) healthy() bool {
	clean := j.outcome(mask{all: true}, false)
	return clean.cached.holds(&j.base.cached) && j.base.cached.holds(&clean.cached)
}

// outcome plays the script without something.
func (s *Script) outcome(without mask, texts bool) outcome {
	o := outcome{run: play(s, without, false, texts)}
	o.kept = s.record(o.run.entries, without)
	if s.Other {
		o.run = play(s, without, true, false)
	}
	o.cached = s.cache(o.run, o.kept, without)
	return o
}

// suspects lists all that the script can be played without. Half says that a row was read whose
// version had not come.
func (s *Script) suspects(half bool) []suspect {
	var all []suspect
	for i := range s.Steps {
		step := &s.Steps[i]
		if step.Kind.trouble() && !step.Kind.recorder() || step.Hold > 0 {
			all = append(all, suspect{step: i})
		}
	}
	for _, c := range []struct {
		is   bool
		cond condition
	}{
		{true, ended},
		{!s.Live, passed},
		{s.flawed(), recorded},
		{s.Cached != Folded && (s.SavedAt > 0 || s.Cached == Answer), filed},
		{s.Tear != 0, tornRead},
		{half, halfRead},
		{s.Midnight > 0, dayPassed},
		{!s.Live && s.ReadAt < s.End, early},
	} {
		if c.is {
			all = append(all, suspect{step: -1, cond: c.cond})
		}
	}
	return all
}

// flawed tells whether the recording is not whole.
func (s *Script) flawed() bool {
	return s.Untimed || s.Begun > 0 || s.Only != "" ||
		slices.ContainsFunc(s.Steps, func(p Step) bool { return p.Kind.recorder() })
}

func (p *suspect) mask() mask {
	if p.step >= 0 {
		return mask{}.step(p.step)
	}
	return mask{}.cond(p.cond)
}

// level is how much an item differs.
type level int

const (
	same     level = iota
	harmless       // in what deltas never carry filled, or in spelling
	excused        // its dates keep it out of the server's plan
	differs
)

// everything is the names of all that either plan holds.
func (o *outcome) everything() []string {
	names := map[string]bool{}
	for _, p := range []*Plan{&o.cached, &o.run.server} {
		for _, it := range p.Items {
			names[it.ID] = true
		}
		for n := range p.People {
			names[person(n+1)] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

func person(n int) string { return fmt.Sprintf("collaborator:%d", n) }

// level tells how much an item differs.
func (o *outcome) level(id string) level {
	if id[0] == 'c' {
		if n := number(id); (n <= o.cached.People) == (n <= o.run.server.People) {
			return same
		}
		return differs
	}
	held, has := o.cached.find(id)
	there, is := o.run.server.find(id)
	switch {
	case has && is && held == there && (id[0] == 'b' || o.cached.respells == o.run.server.respells), !has && !is:
		return same
	case has && is && held.alike(there):
		return harmless
	case has && !is && o.outside(id, held):
		return excused
	}
	return differs
}

// outside tells whether a ghost's own dates, and the server's, keep it out of the server's plan.
func (o *outcome) outside(id string, held Item) bool {
	r := o.run.rows[id]
	p := &o.run.server
	return r != nil && !r.deleted && !r.hidden && !p.shows(r.it) && !p.shows(held)
}

// truth tells the truth about an item that differs.
func (j *judge) truth(id string) Truth {
	switch held, _ := j.base.cached.find(id); j.base.level(id) {
	case harmless:
		there, _ := j.base.run.server.find(id)
		return j.harmlessTruth(held, there)
	case excused:
		return j.excusedTruth(held)
	}
	t := j.because(id, j.decisive(id))
	j.allow(&t, id)
	t.Excusable = j.excusable(id)
	return t
}

// excusedTruth tells whether dates moved, or an item did. Where the client asked for other days
// than the server's plan is of, it may be told as either.
func (j *judge) excusedTruth(held Item) Truth {
	t := Truth{Main: OutsideRange, Any: []Code{OutsideRange}, Expected: true, Innocent: true}
	switch cached, server := &j.base.cached, &j.base.run.server; {
	case !cached.shows(held):
	case cached.From != server.From:
		t.Main, t.Any = RangeMoved, []Code{RangeMoved}
	case cached.To != server.To:
		t.Main, t.Any = "", []Code{OutsideRange, RangeMoved}
	}
	return t
}

// allow adds what may be said, too.
func (j *judge) allow(t *Truth, id string) {
	if j.Other {
		j.stranger(t)
	}
	if j.Cached != Folded && j.equalsAnswer() && j.carried(id) && !slices.Contains(t.Any, SavedEarlier) {
		t.Main = "" // the file is the phone's last answer, whatever became of its screen
		t.add(SavedEarlier)
	}
	t.Loose = t.Loose || !j.Live && j.ReadAt < j.End || j.has(Unheard) || j.has(Restart) && j.flawed()
	if j.has(Restart) && t.Main.refreshes() {
		t.Main, t.Loose, t.Rare = "", true, true // that the app began again is in no record
	}
	if j.has(Outsider) && (j.Other || t.Rare || t.Main == "" || t.Main == AfterTheEnd || t.Main.refreshes() || t.Main.misses()) {
		t.Main, t.Loose = "", t.Loose || !slices.Contains(t.Any, NotAddressed) // it strikes whatever else kept deltas away
		t.add(NotAddressed)
		t.Innocent = false
	}
}

// hides tells whether the recording lacks what came between its first record and its last.
func (j *judge) hides() bool {
	return j.Only != "" || j.base.kept.lost > 0 || len(j.base.kept.damaged) > 0
}

func (s *Script) has(kind Kind) bool {
	return slices.ContainsFunc(s.Steps, func(p Step) bool { return p.Kind == kind })
}

// stranger tells the truth about a cache of another client: that it is one, where the session never
// held the like.
func (j *judge) stranger(t *Truth) {
	t.Wrong = false
	if !j.fits() {
		t.Main, t.Any, t.Unjudged = OtherClient, []Code{OtherClient}, false
		return
	}
	t.Unjudged = true // it is taken for the recorded client's own
}

// fits tells whether the recorded client held all that the cache holds, after some record.
func (j *judge) fits() bool {
	for n := range j.base.kept.entries {
		p := j.fold(recording{entries: j.base.kept.entries[:n+1]})
		if p.holds(&j.base.cached) && j.base.cached.holds(&p) {
			return true
		}
	}
	return false
}

// harmlessTruth tells which of the two harmless differences an item has, or that it has both.
func (j *judge) harmlessTruth(held, there Item) Truth {
	t := Truth{Any: []Code{Unhydrated, SameInstant}, Expected: true, Innocent: true}
	spelled := j.Respelled && strings.HasPrefix(held.ID, "appointment") && !j.base.cached.respells
	switch {
	case !spelled:
		t.Main, t.Any = Unhydrated, []Code{Unhydrated}
	case held.Google == there.Google:
		t.Main, t.Any = SameInstant, []Code{SameInstant}
	}
	return t
}

// decisive returns what the difference would not be there without.
func (j *judge) decisive(id string) []suspect {
	var found []suspect
	for _, p := range j.suspects {
		if p.outcome.level(id) < differs {
			found = append(found, p)
		}
	}
	return found
}

// excusable tells whether dates, or the age of a file, may seem to excuse an item.
func (j *judge) excusable(id string) bool {
	if j.Cached != Folded && j.equalsAnswer() {
		return true
	}
	held, has := j.base.cached.find(id)
	there, is := j.base.run.server.find(id)
	switch {
	case has && !is:
		return !j.base.run.server.shows(held)
	case is && !has:
		return !j.base.cached.shows(there)
	}
	return false
}

// equalsAnswer tells whether the file equals an answer of the recording.
func (j *judge) equalsAnswer() bool {
	return slices.ContainsFunc(j.base.kept.entries, func(e entry) bool {
		return e.answer != nil && e.answer.Version == j.base.cached.Version && slices.Equal(e.answer.Items, j.base.cached.Items)
	})
}

// because names what is decisive.
func (j *judge) because(id string, found []suspect) Truth {
	if len(found) == 0 {
		return j.together(id)
	}
	var t Truth
	var open, blind, aged, past bool // the end made it; the recorder did; the file's age or the reading of the server's plan did
	main := map[Code]bool{}
	for i := range found {
		p := &found[i]
		codes, m := j.codes(id, p, &p.outcome)
		switch {
		case p.step >= 0 && len(codes) == 0 && j.Steps[p.step].Kind != Unheard:
			continue // it only happened to keep away what would have mended the item
		case p.step >= 0:
			t.Troubles = append(t.Troubles, p.step)
			t.Rare = t.Rare || j.Steps[p.step].Kind.rare()
		case p.cond == ended:
			open = len(codes) == 0
		case p.cond == recorded && (len(t.Troubles) == 0 || j.hides()):
			blind = true
		case p.cond == recorded:
			t.Loose = true // it has all that came since it began
		case p.cond == early:
			past = true
		case p.cond == dayPassed && len(t.Troubles) > 0:
			continue // the dates do not excuse what should have come
		default:
			aged = true
		}
		t.add(codes...)
		switch {
		case m != "" && (p.step >= 0 || len(t.Troubles) == 0):
			main[m] = true
		case p.step < 0 && len(codes) > 0 && len(t.Troubles) == 0:
			main["several"] = true // which of them, cannot be said
		}
	}
	if len(t.Troubles)+len(t.Any) == 0 && !open && !blind && !past {
		return j.together(id)
	}
	if len(t.Troubles) > 0 && open && !blind {
		open = j.unfinished(&t)
	}
	j.settle(&t, id, main, open || blind, aged || past)
	return t
}

// unfinished takes from the truth the codes that say that nothing made up for a delta, since
// something was about to when the session ended. It reports whether no code is left. The other
// codes are as true as they were.
func (j *judge) unfinished(t *Truth) bool {
	n := len(t.Any)
	t.Any = slices.DeleteFunc(t.Any, func(c Code) bool {
		return c == PayloadMissing || c == UnknownEntity || c == Malformed || c == RefreshFailed
	})
	t.Loose = len(t.Any) < n
	return len(t.Any) == 0
}

// settle tells which code is the one, and what it says of the world.
func (j *judge) settle(t *Truth, id string, main map[Code]bool, open, aged bool) {
	byCondition := len(t.Troubles) == 0
	ends := slices.Contains(t.Any, AfterTheEnd)
	t.Innocent = byCondition && !open
	t.Expected = byCondition && !open && len(t.Any) > 0 && !slices.ContainsFunc(t.Any, func(c Code) bool { return c != SavedEarlier && c != RangeMoved })
	if open {
		t.Main, t.Any, t.Loose = "", nil, !byCondition || j.flawed() // what the session does not show is not known
		if ends {
			t.Any = []Code{AfterTheEnd}
		}
		return
	}
	t.Loose = t.Loose || aged && j.flawed()
	t.Wrong = !byCondition && !aged && !t.Rare && !j.mended(id)
	j.links(t, id)
	if one := slices.Collect(maps.Keys(main)); len(one) == 1 && (byCondition || !aged) && t.Allows(one[0]) {
		t.Main = one[0]
	} else if last := lastLink(main); last != "" && !aged && !main[Restarted] && j.came(id) {
		t.Main = last
	}
}

// mended tells whether more of the session would have mended the item.
func (j *judge) mended(id string) bool {
	return slices.ContainsFunc(j.suspects, func(p suspect) bool {
		return (p.cond == ended || p.cond == recorded) && p.outcome.level(id) < differs
	})
}

// links adds to a refresh what called for it.
func (j *judge) links(t *Truth, id string) {
	if !slices.ContainsFunc(t.Any, Code.refreshes) {
		return
	}
	for _, p := range j.base.run.useless {
		if p.id == id || p.id == "" {
			switch c := Code(p.why); c {
			case PayloadMissing, UnknownEntity, Malformed:
				t.add(c)
			}
		}
	}
}

// lastLink is the only code of a refresh; empty where there are several.
func lastLink(main map[Code]bool) (last Code) {
	for c := range main {
		switch {
		case !c.refreshes():
		case last != "":
			return ""
		default:
			last = c
		}
	}
	return last
}

// came tells whether the delta of the item's last change arrived, usable or not.
func (j *judge) came(id string) bool {
	e := lastOf(j.base.run, id)
	return e != nil && e.arrived > 0
}

// lastOf is the latest emission about an item.
func lastOf(run *Run, id string) (last *emission) {
	for _, e := range run.sent {
		if slices.Contains(e.affects, id) && (last == nil || e.real > last.real) {
			last = e
		}
	}
	return last
}

// together looks for two that make the difference only with each other.
func (j *judge) together(id string) Truth {
	t := Truth{Unjudged: true}
	for i := range j.suspects {
		for k := i + 1; k < len(j.suspects); k++ {
			a, b := &j.suspects[i], &j.suspects[k]
			both := j.outcome(a.mask().and(b.mask()), false)
			if both.level(id) == differs {
				continue
			}
			t.Unjudged = false
			for _, p := range []*suspect{a, b} {
				codes, _ := j.codes(id, p, &both)
				t.add(codes...)
				t.Loose = t.Loose || p.cond == recorded || p.cond == early
				if p.step >= 0 {
					t.Troubles = append(t.Troubles, p.step)
					t.Rare = t.Rare || j.Steps[p.step].Kind.rare()
				}
			}
		}
	}
	t.Innocent = !t.Unjudged && len(t.Troubles) == 0
	return t
}
