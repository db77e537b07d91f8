package synth

import (
	"io"
	"testing"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/fold"
	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/versions"
)

// tb is what tests, benchmarks and properties have in common.
type tb interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

func open(t tb, o Options) *Session {
	t.Helper()
	s, err := Open(o)
	if err != nil {
		t.Fatalf("%+v: %v", o, err)
	}
	return s
}

// each reads a session to its end.
func each(s *Session, see func(*session.Record)) {
	var rec session.Record
	for s.Next(&rec) != io.EOF {
		see(&rec)
	}
}

// observer looks at a session from all sides at once.
type observer struct {
	t        tb
	name     string
	checker  contract.Checker
	account  versions.Account
	fold     fold.Fold
	deltas   int64
	findings map[string]int
	errors   []contract.Finding // of the latest message
	unmet    int                // refreshes that were due when a message came
	last     session.Record
}

func newObserver(t tb, name string, policy plancache.Policy) *observer {
	o := &observer{t: t, name: name, findings: map[string]int{}}
	o.fold.Cache = plancache.New(policy)
	return o
}

func (o *observer) see(rec *session.Record) {
	if rec.N != o.last.N+1 || rec.T < o.last.T || rec.T%1000 != 0 || rec.N > 1 && rec.T == o.last.T {
		o.t.Errorf("%s: record %d at %v comes behind record %d at %v", o.name, rec.N, rec.T, o.last.N, o.last.T)
	}
	o.last = *rec
	due := o.fold.Cache.Loaded() && o.fold.Cache.Refresh().State != plancache.Idle
	o.fold.Record(rec)
	switch rec.Kind {
	case session.KindConnect:
		o.account.Connect(rec.T)
	case session.KindDisconnect, session.KindConnectError:
		o.account.Disconnect(rec.T)
	case session.KindPlan, session.KindVersion:
		if v, ok := fold.PlanVersion(rec.Body); ok {
			o.account.Plan(rec.T, rec.Took, v)
		}
	}
	if o.fold.Message == nil {
		return
	}
	if due {
		o.unmet++
	}
	o.deltas += int64(len(o.fold.Message.Deltas))
	o.account.Message(rec.N, rec.T, o.fold.Message)
	o.errors = o.errors[:0]
	o.checker.Check(o.fold.Message, func(f contract.Finding) {
		o.findings[f.Rule]++
		if f.Severity == contract.Error {
			o.errors = append(o.errors, f)
		}
	})
}

// compare lists how the client's cache differs from the server's plan, in ways that are not
// expected: deltas never carry googleSync, and items outside the plan's dates are not in it.
func (o *observer) compare(server []byte) (differences []diff.Difference, fields []diff.Field) {
	o.t.Helper()
	r, err := diff.Plans(o.fold.Cache.AppendJSON(nil), server, diff.Options{Ignore: []string{
		"appointment.googleSync", "bill.googleSync", "plan.planUpdatedAt",
	}})
	if err != nil {
		o.t.Fatalf("%s: %v", o.name, err)
	}
	p, err := plan.Parse(server)
	if err != nil {
		o.t.Fatalf("%s: %v", o.name, err)
	}
	for _, d := range r.Differences {
		if d.Kind != diff.Ghost || within(o.t, p, &d) {
			differences = append(differences, d)
		}
	}
	return differences, r.Plan
}

// within says whether an item that the server does not have belongs into the plan's dates.
func within(t tb, p *plan.Plan, d *diff.Difference) bool {
	start, end, ok := p.Range()
	if !ok {
		t.Fatalf("the plan has no dates")
	}
	if d.Item.Type == contract.TypeBill {
		b, err := contract.ParseBill(d.Cached)
		if err != nil {
			t.Fatalf("%v", err)
		}
		return b.DueDate.Time.Before(end)
	}
	a, err := contract.ParseAppointment(d.Cached)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return !a.StartLocal.Time.Before(start) && a.StartLocal.Time.Before(end)
}

func names(t *testing.T, each func(t *testing.T, p ProfileInfo)) {
	for _, p := range Profiles() {
		t.Run(string(p.Name), func(t *testing.T) { each(t, p) })
	}
}
