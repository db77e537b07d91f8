package commands

import (
	"context"
	"fmt"
	"time"

	"github.com/carebase/deltatap/render"
	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/endpoint"
	"github.com/carebase/deltatap/replay/fold"
	"github.com/carebase/deltatap/replay/follow"
	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/rest"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/socket"
	"github.com/carebase/deltatap/replay/versions"
)

// stream is a live connection as the commands that follow one share it: the records in order, the
// account of versions, and what the contract has to say of each message.
type stream struct {
	app     *App
	target  *endpoint.Endpoint
	conn    *socket.Client
	rest    *rest.Client
	started time.Time
	config  follow.Config

	account  versions.Account
	checker  contract.Checker
	gaps     []versions.Gap      // that the current message left
	back     []versions.Reversal // that the current answer is
	findings []contract.Finding  // of the current message
	report   func(contract.Finding)
	n        int64  // records so far
	met      bool   // there was a connection
	tally    *tally // nil: nobody asked
}

// mostRanges bounds what a stream without an end remembers of versions that did not come: a
// megabyte of each sort.
const mostRanges = 1 << 16

func newStream(app *App, target *endpoint.Endpoint) *stream {
	s := &stream{app: app, target: target, started: app.Now()}
	s.conn = socket.New(socket.Config{Endpoint: target, Now: app.Now})
	s.rest = app.newClient(target)
	s.config = follow.Config{Conn: s.conn, Started: s.started, Clock: follow.NewClock(s.started), Now: app.Now}
	s.account.Most = mostRanges
	s.account.OnGap = func(g versions.Gap) { s.gaps = append(s.gaps, g) }
	s.account.OnReversal = func(r versions.Reversal) { s.back = append(s.back, r) }
	s.report = func(f contract.Finding) { s.findings = append(s.findings, f) }
	return s
}

func (s *stream) close() { s.rest.Close() }

// followPlan keeps cache as a client would: the plan is fetched on connecting and whenever the
// cache asks for it.
func (s *stream) followPlan(cache *plancache.Cache, days int) {
	s.config.Plans, s.config.Cache, s.config.Days = s.rest, cache, days
}

// header is the header of a session that holds this stream.
func (s *stream) header(filter string) session.Header {
	return session.Header{Started: s.started, Server: s.target.Origin(), Tool: toolName(), Filter: filter, Origin: session.OriginRecord}
}

// run follows the stream until ctx ends or each errs; each finds the step accounted for.
func (s *stream) run(ctx context.Context, each func(*follow.Step) error) error {
	return follow.Run(ctx, s.config, func(step *follow.Step) error {
		s.enter(step)
		return each(step)
	})
}

// enter numbers a record and takes it into the accounts.
func (s *stream) enter(step *follow.Step) {
	rec := step.Record
	s.n++
	rec.N = s.n
	s.met = s.met || rec.Kind == session.KindConnect
	s.gaps, s.back, s.findings = s.gaps[:0], s.back[:0], s.findings[:0]
	s.detail(rec)
	enter(&s.account, rec, step.Message)
	if step.Message != nil {
		s.checker.Check(step.Message, s.report)
	}
	if s.tally != nil {
		s.count(step)
	}
}

// detail tells those who asked for it what goes by unseen otherwise: with -v the answers of REST
// and events other than deltas, with -vv every record.
func (s *stream) detail(rec *session.Record) {
	level := 2
	switch {
	case s.app.Verbose == 0:
		return
	case rec.Kind == session.KindPlan, rec.Kind == session.KindVersion, rec.Kind == session.KindEvent && rec.Event != contract.Event:
		level = 1
	}
	switch rec.Kind {
	case session.KindEvent:
		s.app.detail(level, "record %d: event %s, %s", rec.N, rec.Event, render.Bytes(int64(len(rec.Args))))
	case session.KindPlan, session.KindVersion:
		s.app.detail(level, "record %d: %s answered %d in %s, %s", rec.N, rec.Kind, rec.Status, render.Duration(rec.Took), render.Bytes(int64(len(rec.Body))))
	default:
		s.app.detail(level, "record %d: %s", rec.N, rec.Kind)
	}
}

// enter takes a record, with its deltas where it has some, into an account of versions.
func enter(account *versions.Account, rec *session.Record, m *contract.Message) {
	switch rec.Kind {
	case session.KindConnect:
		account.Connect(rec.T)
	case session.KindDisconnect, session.KindConnectError:
		account.Disconnect(rec.T)
	case session.KindPlan:
		if v, ok := fold.Version(rec); ok {
			account.Plan(rec.T, rec.Took, v)
		}
	case session.KindVersion:
		if v, ok := fold.Version(rec); ok {
			account.Poll(rec.T, rec.Took, v)
		}
	}
	if m != nil {
		account.Message(rec.N, rec.T, m)
	}
}

// outcome tells why a stream ended, as stopReason does. One that never was connected told nothing,
// whatever ended it.
func (s *stream) outcome(ctx context.Context, err error) (reason string, failure error) {
	reason, failure = stopReason(ctx, err)
	if failure != nil || s.met {
		return reason, failure
	}
	never := &Error{
		Code: ExitUnreachable,
		What: fmt.Sprintf("not connected: %s had not answered after %s", s.target.Server(), render.Duration(s.elapsed(s.app.Now()))),
		Hint: "--timeout says how long one answer may take",
	}
	return never.reason(), never
}

// lost counts what came and was told to nobody: messages that were too long to be read and, where
// the stream ended by a failure, events that were not handed over. What came behind the record that
// a clean stop waited for was not asked for: it is no loss.
func (s *stream) lost(failure error) int64 {
	lost := s.conn.Unread()
	if failure != nil {
		lost += s.conn.Lost()
	}
	return lost
}

// lossError is the error of a stream that ended well but for what it lost.
func lossError(lost int64) error {
	if lost == 0 {
		return nil
	}
	return &Error{Code: ExitInconclusive, What: "lost " + render.Plural(lost, "message")}
}

// elapsed is how long the stream has been followed.
func (s *stream) elapsed(now time.Time) time.Duration { return s.config.Clock.At(now) }
