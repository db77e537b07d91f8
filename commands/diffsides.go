package commands

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/carebase/deltatap/replay/compare"
	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/diagnose"
	"github.com/carebase/deltatap/replay/fold"
	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/rest"
	"github.com/carebase/deltatap/replay/session"
)

// heldPlan is what a client holds, and what is known of how it came to that.
type heldPlan struct {
	source   string
	plan     *plan.Plan
	timeline *diagnose.Timeline // nil: no session
	chosen   *compare.Chosen    // why that history; nil where nothing was chosen
	folded   bool               // the plan is what the timeline's own cache holds
	live     bool               // the timeline's client is still connected
	vouched  bool               // the session's header names its device, or somebody says that the cache is of it
	newest   newestPlan         // the newest plan that the session of a cache file holds
}

// sides reads both plans: two files at once, but a server only after a cache that is good for
// something.
func (c *comparison) sides(ctx context.Context, app *App, r recording, asks bool) (held *heldPlan, server *serverPlan, err error) {
	var reading sync.WaitGroup
	var failed error
	if c.against != "" && c.against != "-" {
		reading.Go(func() { server, failed = c.serverSide(ctx, app) })
	}
	held, err = c.cached(ctx, app, r, asks)
	reading.Wait()
	if err == nil && server == nil && failed == nil {
		server, failed = c.serverSide(ctx, app)
	}
	if errors.Is(failed, errNoServer) && err == nil && !asks && held.newest.body != nil {
		server, failed = held.newest.side(c.session)
	}
	return held, server, cmp.Or(err, failed)
}

// newestPlan is the newest plan of a session: what a cache is held against where there is neither a
// server nor a file.
type newestPlan struct {
	body   []byte
	number int64
}

// take keeps a record's plan.
func (n *newestPlan) take(rec *session.Record) {
	if rec.Kind == session.KindPlan && rec.Status == http.StatusOK {
		n.body, n.number = append(n.body[:0], rec.Body...), rec.N
	}
}

// side is the plan in the server's place.
func (n *newestPlan) side(name string) (*serverPlan, error) {
	source := fmt.Sprintf("the newest plan of %s, record %d", name, n.number)
	parsed, err := parsePlan(source, n.body)
	return &serverPlan{source: source, plan: parsed}, err
}

// cached reads the client's side: a cache file, with or without the session of its client, or a
// session. asks says that there is a database to ask.
func (c *comparison) cached(ctx context.Context, app *App, r recording, asks bool) (*heldPlan, error) {
	if len(r.names) > 1 {
		return c.parts(ctx, app, r)
	}
	in, err := openInput(app, r.names[0])
	if err != nil {
		return nil, err
	}
	defer in.Close()
	recorded, err := in.isRecording()
	if err != nil {
		return nil, err
	}
	if recorded || c.format != "" && c.session == "" {
		src, err := in.source(app, c.format)
		if err != nil {
			return nil, err
		}
		return c.folded(ctx, app, in, src)
	}
	switch {
	case c.session != "":
	case c.point != nil:
		return nil, usage("", "--at goes with a session; %s is a plan", in.name)
	case c.user != 0 && !asks:
		return nil, usage("--db URL or "+envDatabase+"; without, it is for a session of several users", "--user: no database named")
	}
	text, err := in.text()
	if err != nil {
		return nil, err
	}
	held := &heldPlan{source: in.name}
	if held.plan, err = parsePlan(in.name, text); err != nil {
		return nil, err
	}
	warnOfItems(app, in.name, held.plan)
	if c.session == "" {
		return held, nil
	}
	of, err := openInput(app, c.session)
	if err != nil {
		return nil, err
	}
	defer of.Close()
	src, err := of.source(app, c.format)
	if err != nil {
		return nil, err
	}
	held.vouched = c.sameClient || src.Header().Client != ""
	held.chosen, err = c.timeline(ctx, app, of, src, held.plan, &held.newest)
	if err == nil {
		held.timeline = held.chosen.Timeline
	}
	return held, err
}

// parts is what a client that followed a recording in several parts holds.
func (c *comparison) parts(ctx context.Context, app *App, r recording) (*heldPlan, error) {
	in, src, err := r.open(app, c.format)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return c.folded(ctx, app, in, src)
}

// folded is what a client that followed a session holds. It closes the session.
func (c *comparison) folded(ctx context.Context, app *App, in *input, src session.Source) (*heldPlan, error) {
	if c.session != "" {
		return nil, errors.Join(usage("", "--session goes with a cache file; %s is a session itself", in.name), src.Close())
	}
	timeline, err := c.timeline(ctx, app, in, src, nil, &newestPlan{})
	if err != nil {
		return nil, err
	}
	cache := timeline.Cache()
	if !cache.Loaded() {
		app.warn(in.name + " holds no plan: what the client held is what deltas alone tell")
	}
	parsed, err := plan.Parse(cache.AppendJSON(nil))
	return &heldPlan{source: in.name, plan: parsed, timeline: timeline.Timeline, chosen: timeline, folded: true}, err
}

// timeline reads a session, and keeps the newest plan of that of a file, up to --at where that is
// given, or to where a cache was saved that is a file. It closes the session.
func (c *comparison) timeline(ctx context.Context, app *App, in *input, src session.Source, saved *plan.Plan, newest *newestPlan) (*compare.Chosen, error) {
	defer src.Close()
	point, err := c.point.resolve(src.Header().Started, c.zone())
	if err != nil {
		return nil, err
	}
	if point != nil {
		saved = nil
	}
	if names := sealedSource(in, src); names != nil {
		seals := checkSeals(names)
		defer func() { seals.warn(app) }()
	}
	t := compare.NewHistories(c.clientFor(saved, src.Header()), saved)
	t.Header(src.Header())
	var rec session.Record
	whose := newOneUser(c.user, src.Header())
	reached := point == nil
	err = readNoting(ctx, app, in, src, &rec, func(_ session.Source, rec *session.Record) error {
		if point != nil && point.timed && rec.T > point.moment {
			reached = true
			return errEnough
		}
		if !whose.wants(rec) {
			t.Other(rec)
			return nil
		}
		t.Record(rec)
		if saved != nil && c.against == "" {
			newest.take(rec)
		}
		if point != nil && !point.timed && t.First().Cache().Version() >= point.version {
			reached = true
			return errEnough
		}
		return nil
	}, t.Damaged)
	if err != nil && !errors.Is(err, errEnough) {
		return nil, in.unusable(err)
	}
	if err := whose.check(app, in.name); err != nil {
		return nil, err
	}
	if cut := src.Truncated(); cut != nil {
		t.CutOff()
	}
	if t.First().GoesOn() {
		app.warn(in.name + " goes on in another part: give all parts, like deltatap diff day*.ndjson")
	}
	if !reached && !point.timed {
		return nil, &Error{Code: ExitInconclusive, What: fmt.Sprintf("--at %s: the session does not reach that far", c.at)}
	}
	chosen := t.Choose()
	return &chosen, nil
}

// clientFor is whose rules the client is taken to follow: where nobody says, both are tried for a
// cache that is a file, and for a session that was recorded between an app and its server.
func (c *comparison) clientFor(saved *plan.Plan, h session.Header) compare.Client {
	switch {
	case c.client != "":
		return compare.Client(c.client)
	case saved != nil || h.Origin == session.OriginTap:
		return compare.Auto
	}
	return compare.Contract
}

// serverPlan is the server's plan, and how it was read.
type serverPlan struct {
	source  string
	plan    *plan.Plan
	fenced  bool // read live, through a fence
	tries   int
	stable  bool
	settled bool             // its version still stood after diagnose.SettleTime
	tables  *diagnose.Tables // what its database holds; nil where nobody asked it

	fromCache bool                              // a cache on the way answered in the server's place
	singles   map[contract.Item]diagnose.Single // what the server says of items by themselves

	again    *fence        // reads it anew; nil where it comes from a file
	patience time.Duration // how long one answer may take; 0 for the default
}

// fence is how the plan was read, for the ruling on causes.
func (s *serverPlan) fence() diagnose.Fence {
	switch {
	case !s.fenced:
		return diagnose.Saved
	case !s.stable:
		return diagnose.Unstable
	case s.settled:
		return diagnose.Settled
	}
	return diagnose.Fenced
}

// close lets go of the server.
func (s *serverPlan) close() {
	if s.again != nil {
		s.again.client.Close()
	}
}

// reread reads the server's plan as it is now.
func (s *serverPlan) reread(ctx context.Context, tries int) error {
	read, err := s.again.read(ctx, tries)
	if err != nil {
		return err
	}
	s.plan, s.fenced, s.tries, s.stable, s.fromCache = read.plan, read.fenced, read.tries, read.stable, read.fromCache
	return nil
}

// serverSide reads the server's side: live, or from a file. Close it.
func (c *comparison) serverSide(ctx context.Context, app *App) (*serverPlan, error) {
	if c.against != "" {
		return readPlanFile(app, c.against)
	}
	target, err := c.connect.resolve(app)
	if err != nil {
		return nil, err
	}
	server := &serverPlan{source: target.Server(), again: &fence{client: app.newClient(target), days: c.days}, patience: target.Patience()}
	if err := server.reread(ctx, c.fenceTries); err != nil {
		server.close()
		return nil, err
	}
	return server, nil
}

// readPlanFile reads the plan in a file.
func readPlanFile(app *App, name string) (*serverPlan, error) {
	in, err := openPlan(app, name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	text, err := in.text()
	if err != nil {
		return nil, err
	}
	parsed, err := parsePlan(in.name, text)
	if err == nil {
		warnOfItems(app, in.name, parsed)
	}
	return &serverPlan{source: in.name, plan: parsed}, err
}

// fence reads a plan between two readings of its version: where all three agree, the plan is that
// version's.
type fence struct {
	client *rest.Client
	days   int
}

// read tries until the plan holds still; after the last try it returns what it has, not stable.
func (f *fence) read(ctx context.Context, tries int) (*serverPlan, error) {
	before, err := f.version(ctx)
	if err != nil {
		return nil, err
	}
	for try := 1; ; try++ {
		answer, err := f.client.Plan(ctx, f.days)
		if err != nil {
			return nil, err
		}
		if answer.Status != http.StatusOK {
			return nil, noPlan("/api/plan", answer)
		}
		parsed, err := plan.Parse(answer.Body)
		if err != nil {
			return nil, &Error{Code: ExitInconclusive, What: "the server's /api/plan is no plan", Err: err}
		}
		after, err := f.version(ctx)
		if err != nil {
			return nil, err
		}
		stable := before == after && parsed.HasVersion && parsed.Version == before
		if stable || try == tries {
			return &serverPlan{plan: parsed, fenced: true, tries: try, stable: stable, fromCache: answer.Cached != ""}, nil
		}
		before = after
	}
}

// betweenRowAndVersion is how long a server may take from the change of a row to that of its plan's
// version.
const betweenRowAndVersion = 250 * time.Millisecond

// stands tells whether the plan's version is still this one after a moment: where it is, no row of
// the plan was newer.
func (f *fence) stands(ctx context.Context, version int64) (bool, error) {
	if err := pause(ctx, betweenRowAndVersion); err != nil {
		return false, err
	}
	now, err := f.version(ctx)
	return now == version, err
}

// pause waits, unless the context ends.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (f *fence) version(ctx context.Context) (int64, error) {
	answer, err := f.client.Version(ctx)
	if err != nil {
		return 0, err
	}
	version, ok := fold.PlanVersion(answer.Body)
	if answer.Status != http.StatusOK || !ok {
		return 0, noPlan("/api/plan/version", answer)
	}
	return version, nil
}

// noPlan is an answer that holds no plan. It is not quoted: what is in it may repeat what the
// server was sent, the token too.
func noPlan(path string, answer rest.Answer) error {
	told := &Error{Code: ExitInconclusive, What: fmt.Sprintf("the server's %s answered %d", path, answer.Status)}
	switch {
	case answer.Says != "":
		told.Err = errors.New(answer.Says)
	case answer.Status == http.StatusOK:
		told.Err = errors.New("it holds no planVersion")
	}
	return told
}
