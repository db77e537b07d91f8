package plancache_test

import (
	"testing"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/session/sessiontest"
)

// TestRealSession follows the session that was recorded from a real server. What the cache holds whenever a plan is
// answered is that plan, but for what deltas never carry, for collaborators and for the plan's own members.
func TestRealSession(t *testing.T) {
	for _, policy := range []plancache.Policy{plancache.Contract, plancache.Mobile} {
		t.Run(policy.String(), func(t *testing.T) {
			c := plancache.New(policy)
			plans := 0
			for _, rec := range sessiontest.Fixture(t, "owner-day") {
				c.At(rec.T)
				switch {
				case rec.Kind == session.KindConnect:
					c.Connected()
				case rec.Kind == session.KindEvent && rec.Event == contract.Event:
					follow(t, c, &rec)
				case rec.Kind == session.KindPlan:
					if plans++; plans > 1 {
						agree(t, c, rec.Body)
					}
					if err := c.Load(rec.Body); err != nil {
						t.Fatal(err)
					}
				}
			}
			appointments, bills := c.Len()
			if plans != 3 || appointments != 2 || bills != 2 || c.Version() != 13 || c.Refresh().State != plancache.Idle {
				t.Errorf("%d plans, %d appointments, %d bills, version %d, refresh %v", plans, appointments, bills, c.Version(), c.Refresh().State)
			}
		})
	}
}

func follow(t *testing.T, c *plancache.Cache, rec *session.Record) {
	var m contract.Message
	contract.Decode(rec.Args, &m)
	c.Apply(&m, func(i int, o plancache.Outcome, _, _ []byte) {
		if refresh := m.Deltas[i].ItemType == contract.TypePlan; refresh != (o.Result == plancache.Refreshed) || o.Result == plancache.Stale {
			t.Errorf("record %d: %s is %s", rec.N, m.Deltas[i].Item(), o)
		}
	})
}

func agree(t *testing.T, c *plancache.Cache, server []byte) {
	r, err := diff.Plans(c.AppendJSON(nil), server, diff.Options{Ignore: []string{"googleSync", "collaborator", "plan"}})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Differences) > 0 {
		t.Errorf("the cache differs: %+v", r.Differences)
	}
	if c.Policy() == plancache.Contract && r.Cached.Version != r.Server.Version {
		t.Errorf("the cache is at version %d, the server at %d", r.Cached.Version, r.Server.Version)
	}
}

// FuzzCache gives a cache whatever comes: what it writes is a plan all the same, and as good as what it holds.
func FuzzCache(f *testing.F) {
	f.Add([]byte(`{"appointments":[{"id":1}],"bills":[null,{"id":2,"a":1}],"planVersion":3}`),
		[]byte(`[{"deltas":[{"itemType":"bill","entityId":2,"action":"updated","version":4,"data":{"bill":{"id":2,"a":2}}}]}]`),
		[]byte(`{"bills":[{"id":2},{"id":2}],"planVersion":4,"x":"\ud800"}`), true, int64(5))
	f.Add([]byte(`{"bills":[]}`), []byte(`[{"deltas":[{"itemType":"bill","entityId":2,"action":"deleted","version":-4},7,null]}]`), []byte(`{}`), false, int64(-1))
	f.Fuzz(func(t *testing.T, first, args, second []byte, mobile bool, poll int64) {
		policy := plancache.Contract
		if mobile {
			policy = plancache.Mobile
		}
		c := plancache.New(policy)
		_ = c.Load(first) // what is no plan changes nothing
		c.Polled(poll)
		c.Sent()
		var m contract.Message
		contract.Decode(args, &m)
		c.Apply(&m, nil)
		if _, err := c.Answered(second, 0); err != nil {
			c.Failed(0)
		}
		text := c.AppendJSON(nil)
		p, err := plan.Parse(text)
		if err != nil {
			t.Fatalf("wrote %q: %v", text, err)
		}
		if appointments, bills := c.Len(); appointments != p.Appointments.Len() || bills != p.Bills.Len() {
			t.Fatalf("holds %d and %d items, wrote %q", appointments, bills, text)
		}
		again := plancache.New(policy)
		if err := again.Load(text); err != nil {
			t.Fatal(err)
		}
		if copied := again.AppendJSON(nil); string(copied) != string(text) && p.Version >= 0 {
			t.Errorf("wrote %q, and of that %q", text, copied)
		}
	})
}
