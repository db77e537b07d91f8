package campaign_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/diagnose"
	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/fault"
	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/synth"
)

var seeds = flag.Int("campaign.seeds", 20, "how many seeds to play for each kind of fault and each client")

// planted is a kind of fault, and what it can be the cause of.
type planted struct {
	spec     func(versions []int64, seed uint64) string
	causes   []diagnose.Code
	perhaps  []diagnose.Code // nothing that is called certain
	ordered  bool            // who keeps the order of versions is not harmed by it
	harmless bool            // nor is anybody
	doubtful bool            // nothing about it is certain
}

// explains tells whether the fault can be that cause. That nobody knows is never wrong.
func (p *planted) explains(cause diagnose.Cause) bool {
	return cause.Code == diagnose.Unknown || slices.Contains(p.causes, cause.Code) ||
		cause.Certainty != diagnose.Certain && slices.Contains(p.perhaps, cause.Code)
}

// always gives a specification that is the same for every session.
func always(spec string) func([]int64, uint64) string {
	return func([]int64, uint64) string { return spec }
}

var kinds = map[fault.Kind]planted{
	// An update of what was made by a delta that is lost is of an unknown entity; and where it came after all that came, it
	// seems never to have been emitted.
	fault.Drop: {
		spec:    always("drop=6%"),
		causes:  []diagnose.Code{diagnose.MissedDelta, diagnose.UnknownEntity, diagnose.RefreshMissed},
		perhaps: []diagnose.Code{diagnose.MissedWhileDeaf},
	},
	// What calls for a refresh that is not made is told by that: it is the last link. A plan that was recorded without the fault
	// looks like one that is older than what came.
	fault.Strip: {
		spec:    always("strip=8%"),
		causes:  []diagnose.Code{diagnose.PayloadMissing, diagnose.UnknownEntity, diagnose.RefreshMissed},
		perhaps: []diagnose.Code{diagnose.AnswerBehind},
	},
	// What a newer version has overtaken overwrites it.
	fault.Stale:     {spec: always("stale=15%"), causes: []diagnose.Code{diagnose.StaleOverwrite}, ordered: true},
	fault.Duplicate: {spec: always("duplicate=15%"), causes: []diagnose.Code{diagnose.StaleOverwrite}, ordered: true},
	// A change that comes before what it changes cannot be applied.
	fault.Reorder: {spec: always("reorder=20%"), causes: []diagnose.Code{diagnose.StaleOverwrite, diagnose.UnknownEntity}},
	fault.Delay:   {spec: always("delay=15%:40ms"), harmless: true},
	// What was sent just before the end of a connection is told from what was lost on it by luck alone.
	fault.Disconnect: {
		spec: func(versions []int64, seed uint64) string {
			return fmt.Sprintf("disconnect=v%d:90s", versions[int(seed*37)%len(versions)])
		},
		causes:   []diagnose.Code{diagnose.MissedWhileOffline, diagnose.UnknownEntity, diagnose.RefreshMissed},
		perhaps:  []diagnose.Code{diagnose.MissedDelta},
		doubtful: true,
	},
	everything: {
		spec: always("drop=2%,strip=2%,stale=4%,duplicate=4%,reorder=5%,delay=5%:40ms,disconnect=v60:40s"),
		causes: []diagnose.Code{
			diagnose.MissedDelta, diagnose.UnknownEntity, diagnose.PayloadMissing, diagnose.StaleOverwrite,
			diagnose.MissedWhileOffline, diagnose.RefreshMissed,
		},
		perhaps: []diagnose.Code{diagnose.MissedWhileDeaf, diagnose.AnswerBehind},
	},
}

// everything is all kinds at once.
const everything fault.Kind = "everything"

// by is which faults of an item's own deltas have a cause for certain.
var by = map[diagnose.Code][]fault.Kind{
	diagnose.MissedDelta:        {fault.Drop},
	diagnose.PayloadMissing:     {fault.Strip},
	diagnose.StaleOverwrite:     {fault.Stale, fault.Duplicate, fault.Reorder},
	diagnose.UnknownEntity:      {fault.Drop, fault.Strip, fault.Reorder, fault.Disconnect},
	diagnose.MissedWhileOffline: {fault.Disconnect},
	diagnose.RefreshMissed:      {fault.Disconnect, fault.Strip, fault.Drop, fault.Reorder},
}

// TestFaultLogAndDiffAgree plays made-up sessions with faults to a client and holds what diff says against the fault log, the
// answer key: every difference is in an item that a fault touched, with a cause that this fault can be; what is called certain
// is right; and a last change that was dropped is reported.
func TestFaultLogAndDiffAgree(t *testing.T) {
	for kind, p := range kinds {
		for _, policy := range []plancache.Policy{plancache.Contract, plancache.Mobile} {
			t.Run(fmt.Sprintf("%s/%s", kind, policy), func(t *testing.T) {
				var tally tally
				for seed := range uint64(*seeds) {
					c := play(t, kind, p, policy, seed)
					c.hold(t, &tally)
				}
				t.Log(&tally)
				none := p.harmless || policy == plancache.Contract && p.ordered
				some := !p.harmless && policy == plancache.Mobile
				if none && tally.differences > 0 || some && tally.differences == 0 {
					t.Errorf("%d differences came of %d faults", tally.differences, tally.faults)
				}
				if some && !p.doubtful && tally.certain == 0 {
					t.Errorf("of %d differences none has a certain cause", tally.differences)
				}
			})
		}
	}
}

type tally struct {
	faults, differences, certain, dropped int
	causes                                map[string]int // by code and certainty
}

func (n *tally) String() string {
	return fmt.Sprintf("%d faults, %d differences, %d of them with a certain cause, %d last changes dropped: %v",
		n.faults, n.differences, n.certain, n.dropped, n.causes)
}

// played is a session that was played with faults.
type played struct {
	name    string
	planted planted
	log     []fault.Entry
	last    map[string]int64 // the version of each item's last delta, had there been no faults
	held    *plan.Plan
	server  *plan.Plan
	found   []diff.Difference
	causes  []diagnose.Cause
}

// play plays a session.
func play(t *testing.T, kind fault.Kind, p planted, policy plancache.Policy, seed uint64) *played {
	t.Helper()
	profiles := synth.Profiles()
	o := synth.Options{Profile: profiles[int(seed)%(len(profiles)-1)].Name, Seed: seed, Items: 12, Deltas: 90, Duration: 10 * time.Minute}
	c := &played{name: fmt.Sprintf("%s of %s", kind, o.Ref()), planted: p, last: map[string]int64{}}
	var versions []int64
	c.through(t, open(t, o), func(rec *session.Record, m *contract.Message) {
		for i := range m.Deltas {
			d := &m.Deltas[i]
			c.last[d.Item().String()] = max(c.last[d.Item().String()], d.Version)
			versions = append(versions, d.Version)
		}
	})
	spec, err := fault.ParseSpec(p.spec(versions, seed))
	if err != nil {
		t.Fatal(err)
	}
	faulted := fault.Wrap(open(t, o), spec, seed, func(e fault.Entry) error {
		c.log = append(c.log, e)
		return nil
	})
	timeline := diagnose.NewTimeline(policy)
	timeline.Header(faulted.Header())
	c.through(t, faulted, func(rec *session.Record, _ *contract.Message) {
		timeline.Record(rec)
	})
	c.compare(t, timeline, o)
	return c
}

func open(t *testing.T, o synth.Options) *synth.Session {
	t.Helper()
	s, err := synth.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (c *played) through(t *testing.T, src session.Source, see func(*session.Record, *contract.Message)) {
	t.Helper()
	var rec session.Record
	var m contract.Message
	for {
		err := src.Next(&rec)
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		m = contract.Message{}
		if rec.Event == contract.Event {
			contract.Decode(rec.Args, &m)
		}
		see(&rec, &m)
	}
}

// compare is what deltatap diff does.
func (c *played) compare(t *testing.T, timeline *diagnose.Timeline, o synth.Options) {
	t.Helper()
	final, err := synth.FinalPlan(o)
	if err != nil {
		t.Fatal(err)
	}
	c.held, c.server = parse(t, string(timeline.Cache().AppendJSON(nil))), parse(t, string(final))
	result, err := diff.Parsed(c.held, c.server, diff.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c.found = result.Differences
	c.causes = diagnose.Explain(diagnose.Case{
		Differences: result.Differences, Cached: c.held, Server: c.server, Timeline: timeline, SessionIsCache: true, Fence: diagnose.Settled, Location: time.UTC,
	}).Causes
}

// hold holds what was found against the log.
func (c *played) hold(t *testing.T, n *tally) {
	t.Helper()
	n.faults += len(c.log)
	if n.causes == nil {
		n.causes = map[string]int{}
	}
	reported := map[string]bool{}
	for i := range c.found {
		cause, item := c.causes[i], c.found[i].Item.String()
		// An item that neither side shows is what its dates excuse, and nobody misses what became of it.
		reported[item] = !cause.Expected || cause.Code == diagnose.OutsideRange
		if cause.Expected {
			continue
		}
		n.differences++
		n.causes[string(cause.Code)+" "+string(cause.Certainty)]++
		if !c.touched(item) {
			t.Errorf("%s: %s differs, and no fault touched it: %+v", c.name, item, cause)
		}
		if cause.Certainty == diagnose.Certain {
			n.certain++
			if !c.logged(item, by[cause.Code]) {
				t.Errorf("%s: %s is certainly %s, and no such fault touched it: %s", c.name, item, cause.Code, cause.Summary)
			}
		}
		if !c.planted.explains(cause) {
			t.Errorf("%s: %s is said to be %s (%s): %s", c.name, item, cause.Code, cause.Certainty, cause.Summary)
		}
	}
	for _, e := range c.log {
		if e.Fault == fault.Drop && c.matters(e) {
			n.dropped++
			if !reported[e.Item] {
				t.Errorf("%s: the last change of %s, v%d, was dropped, and nothing is said of it", c.name, e.Item, e.Version)
			}
		}
	}
}

// touched tells whether a fault concerned an item: a delta of it, or a plan that would have told of it.
func (c *played) touched(item string) bool {
	for _, e := range c.log {
		if e.Item == item || e.Fault == fault.Disconnect && (e.Delta < 0 || strings.HasPrefix(e.Item, contract.TypePlan)) {
			return true
		}
	}
	return false
}

// logged tells whether a fault of one of these kinds touched a delta of the item.
func (c *played) logged(item string, kinds []fault.Kind) bool {
	return slices.ContainsFunc(c.log, func(e fault.Entry) bool { return e.Item == item && slices.Contains(kinds, e.Fault) })
}

// matters tells whether a dropped delta was the last word on its item, and left the client with something else than the
// server has.
func (c *played) matters(e fault.Entry) bool {
	item, err := contract.ParseItem(e.Item)
	if err != nil || item.Type == contract.TypePlan || c.last[e.Item] != e.Version {
		return false
	}
	return !bytes.Equal(bare(c.held, item), bare(c.server, item))
}

// bare is an item of a plan without its googleSync; nil where the plan does not have it.
func bare(p *plan.Plan, item contract.Item) []byte {
	list := &p.Appointments
	if item.Type == contract.TypeBill {
		list = &p.Bills
	}
	for _, it := range list.All() {
		if it.HasID && it.ID == item.ID {
			head, _, _ := bytes.Cut(it.Raw, []byte(`,"googleSync":`))
			return head
		}
	}
	return nil
}
