package commands

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/carebase/deltatap/render"
	"github.com/carebase/deltatap/replay/sink/mutate"
)

// printDryRun tells what the replay would do.
func (p *replayPlan) printDryRun(app *App) error {
	v := p.seen
	plan := &render.ReplayPlan{
		Session: p.shownName(), Target: p.target.name, Records: v.records(), Events: v.report.Events, Deltas: v.report.Deltas,
		Low: v.low, High: v.report.Version, Kinds: counted(v.sent), Ignored: counted(v.ignored()), Greetings: v.greets, Rooms: p.roomsOf(v),
		From: v.from, To: v.to, Pace: p.paceText(), Takes: v.planned, Max: p.when.Max, Rounds: p.loop,
		Spec: p.spec.String(), Seed: p.seed, Faults: counted(v.faults.counts), Missed: v.missed, Skipped: v.report.Skipped, BadLines: v.report.BadLines,
	}
	plan.Rehearsed = v.as != nil
	for i := range v.mutations {
		m := &v.mutations[i]
		plan.Mutations = append(plan.Mutations, render.ReplayMutation{
			Record: m.N, Delta: m.Delta, What: m.What, Method: m.Method, Path: m.Path, Body: m.Shown(),
			Contributor: m.As == mutate.Contributor, Text: m.String(),
		})
	}
	for i := range v.unfit {
		u := &v.unfit[i]
		plan.Unfit = append(plan.Unfit, render.ReplayCannot{Record: u.N, Delta: u.Delta, What: u.What, Reason: u.Reason})
	}
	if v.report.Truncated != nil {
		plan.CutOff = v.report.Truncated.String()
	}
	plan.Allowed, plan.Why = p.allowed()
	if p.output == "json" {
		return render.ReplayDryRunJSON(app.Out, plan)
	}
	return render.ReplayDryRun(app.Out, plan)
}

// allowed says whether the replay could begin, and why.
func (p *replayPlan) allowed() (bool, string) {
	t := p.target
	switch {
	case t.free:
		return true, "nothing else is written to"
	case t.writable:
		return true, "the context is marked writable"
	case p.yes:
		return true, "--yes lets it in"
	}
	return false, "would be refused without --yes"
}

func (p *replayPlan) paceText() string {
	switch {
	case p.when.Max:
		return "as fast as it can be"
	case p.rate > 0:
		return fmt.Sprintf("%v events a second", p.rate)
	case p.when.Speed != 1:
		return fmt.Sprintf("%v times as recorded", p.when.Speed)
	}
	return "as recorded"
}

// roomsOf is how many events go to whom.
func (p *replayPlan) roomsOf(v *survey) (rooms []render.ReplayRoom) {
	if !p.target.rooms {
		return nil
	}
	var owner int64
	for _, events := range v.nobody {
		owner += events // only a stand-in takes them, for the owner of its plan
	}
	if owner > 0 {
		rooms = append(rooms, render.ReplayRoom{Events: owner})
	}
	for _, user := range slices.Sorted(maps.Keys(v.rooms)) {
		rooms = append(rooms, render.ReplayRoom{User: user, Events: v.rooms[user]})
	}
	return rooms
}

// counted lists counts, the largest first.
func counted[K ~string](counts map[K]int64) []render.ReplayCount {
	var all []render.ReplayCount
	for name, count := range counts {
		all = append(all, render.ReplayCount{Name: string(name), Count: count})
	}
	slices.SortFunc(all, func(a, b render.ReplayCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name))
	})
	return all
}
