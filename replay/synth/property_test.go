package synth

import (
	"fmt"
	"testing"
	"time"

	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/versions"
	"pgregory.net/rapid"
)

// anyOptions draws options of a session that keeps the contract.
func anyOptions(t *rapid.T) Options {
	return Options{
		Profile:  rapid.SampledFrom(profileOrder[:len(profileOrder)-1]).Draw(t, "profile"),
		Seed:     rapid.Uint64().Draw(t, "seed"),
		Items:    rapid.IntRange(0, 60).Draw(t, "items"),
		Deltas:   rapid.Int64Range(1, 250).Draw(t, "deltas"),
		Users:    rapid.IntRange(0, 8).Draw(t, "users"),
		Duration: rapid.SampledFrom([]time.Duration{0, 2 * time.Second, time.Minute, time.Hour, 40 * time.Hour, 200 * time.Hour}).Draw(t, "duration"),
		Start:    rapid.SampledFrom([]time.Time{{}, time.Date(2028, 2, 28, 23, 59, 30, 0, time.UTC), time.Date(1999, 12, 31, 12, 0, 0, 0, time.UTC)}).Draw(t, "start"),
	}
}

// keepsItsWord holds a session against everything that is promised of one that keeps the contract.
func keepsItsWord(t tb, o Options) {
	t.Helper()
	s := open(t, o)
	o = s.Options()
	name := o.Ref()
	contractual, mobile := newObserver(t, name, plancache.Contract), newObserver(t, name, plancache.Mobile)
	each(s, func(rec *session.Record) {
		contractual.see(rec)
		if len(contractual.errors) > 0 {
			t.Errorf("%s: record %d: %+v", name, rec.N, contractual.errors)
		}
		mobile.see(rec)
	})
	if contractual.deltas != o.Deltas {
		t.Errorf("%s: %d deltas", name, contractual.deltas)
	}
	if last := contractual.last; last.Kind != session.KindEnd || last.T != o.Duration || last.Records != last.N {
		t.Errorf("%s: ends with %s at %v, %d records", name, last.Kind, last.T, last.Records)
	}
	if contractual.unmet > 0 {
		t.Errorf("%s: %d messages came while the client had to ask for the plan", name, contractual.unmet)
	}
	explained(t, name, &contractual.account)
	for _, c := range []*observer{contractual, mobile} {
		differences, fields := c.compare(s.Plan())
		report(t, name, differences, fields)
	}
}

func report(t tb, name string, differences []diff.Difference, fields []diff.Field) {
	t.Helper()
	for _, d := range differences {
		t.Errorf("%s: %s is %s: %+v\ncached %s\nserver %s", name, d.Item, d.Kind, d.Fields, d.Cached, d.Server)
	}
	for _, f := range fields {
		t.Errorf("%s: %s is %s, and %s on the server", name, f.Path, f.Cached, f.Server)
	}
}

// explained checks that every version came, was coalesced, or passed while there was no connection.
func explained(t tb, name string, a *versions.Account) {
	t.Helper()
	for m := range a.Missing() {
		if !m.Coalescible && m.Period == versions.Connected {
			t.Errorf("%s: versions %d to %d are missing", name, m.From, m.To)
		}
	}
	for m := range a.Before() {
		if !m.Coalescible && m.Period == versions.Connected {
			t.Errorf("%s: versions %d to %d are missing at the start", name, m.From, m.To)
		}
	}
	for m := range a.After() {
		t.Errorf("%s: versions %d to %d are missing at the end", name, m.From, m.To)
	}
	r := a.Report()
	if r.Duplicates > 0 || r.Regressions > 0 {
		t.Errorf("%s: %d duplicates, %d regressions", name, r.Duplicates, r.Regressions)
	}
}

func TestProfilesKeepTheirWord(t *testing.T) {
	t.Parallel()
	for _, p := range Profiles() {
		if p.Name == Adversarial {
			continue
		}
		for seed := range uint64(3) {
			t.Run(fmt.Sprintf("%s-%d", p.Name, seed), func(t *testing.T) {
				keepsItsWord(t, Options{Profile: p.Name, Seed: seed, Deltas: min(p.Deltas, 800)})
			})
		}
	}
}

// A day that begins just before or at the end of a session is the client's to notice, or nobody's.
func TestSessionsThatEndAtMidnightKeepTheirWord(t *testing.T) {
	const duration = 30 * time.Second
	midnight := time.Date(2028, 2, 29, 0, 0, 0, 0, time.UTC)
	for _, p := range Profiles() {
		if p.Name == Adversarial {
			continue
		}
		t.Run(string(p.Name), func(t *testing.T) {
			for _, past := range []int{-1, 0, 1, 40, 79, 80, 81, 99, 100, 101, 150, 20_000, 29_999, 30_000} {
				end := midnight.Add(time.Duration(past) * time.Millisecond)
				keepsItsWord(t, Options{Profile: p.Name, Items: 10, Deltas: 20, Duration: duration, Start: end.Add(-duration)})
			}
		})
	}
}

func TestAnySessionKeepsItsWord(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) { keepsItsWord(t, anyOptions(t)) })
}
