package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/carebase/deltatap/render"
	"github.com/carebase/deltatap/replay/rest"
	"github.com/carebase/deltatap/replay/server"
	"github.com/carebase/deltatap/replay/sink/standin"
)

// replayStage is a stand-in server that a session is played on.
type replayStage struct {
	house    *house
	server   *server.Server
	clock    *sessionClock
	follower *standin.Sink
	evidence *evidence // nil: nobody asks what a client was sent
	files    *tokenFiles
	linger   time.Duration

	cancel context.CancelFunc
	ended  chan error
}

// serveTarget is a stand-in server on this machine.
func serveTarget(p *replayPlan, _ *App, text string) (*replayTarget, error) {
	u, err := url.Parse(text)
	if err != nil || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || !portNumber(u.Port()) {
		return nil, usage("like "+defaultTarget+", where port 0 picks a free one", "--to %q: not serve://HOST:PORT", shownTarget(text))
	}
	return &replayTarget{
		name: "serve://" + u.Host, free: true, serves: true, tells: true, rooms: true, takes: eventsAndCuts,
		open: func(ctx context.Context, app *App, o opening) (*openTarget, error) {
			return p.openStage(ctx, app, u.Host, o)
		},
	}, nil
}

// portNumber says whether a text is the number of a port.
func portNumber(text string) bool {
	_, err := strconv.ParseUint(text, 10, 16)
	return err == nil
}

// openStage starts the stand-in, and tells where it is.
func (p *replayPlan) openStage(ctx context.Context, app *App, addr string, o opening) (*openTarget, error) {
	s := &replayStage{clock: newSessionClock(o.header.Started, p.when.Speed, app.Now), linger: p.linger, ended: make(chan error, 1)}
	users := o.users
	var err error
	if s.house, err = p.house(app, s.clock, &users); err != nil {
		return nil, err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, listenError("--to serve://", addr, err)
	}
	clearFile(p.readyFile)
	s.house.ready.URL = serveURL("http", listener.Addr())
	s.server, err = server.New(server.Config{
		Store: s.house.memory, Tokens: s.house.tokens, OperatorToken: s.house.ready.OperatorToken, Now: s.house.now,
		Logf: func(format string, args ...any) { app.note("server: "+format, args...) },
	})
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	if p.expectClient != "" {
		s.evidence = newEvidence(p.policy, s, o.header, users)
	}
	played := standin.New(standin.Config{
		Server: s.server, Store: s.house.memory, Target: s.house.ready.URL, Users: users, Tell: o.tell, Started: o.header.Started,
	})
	s.follower = played
	s.serve(ctx, listener)
	if s.files, err = keepTokens(app, p.readyFile, s.house.ready, nil); err != nil {
		return nil, errors.Join(err, played.Close(), s.close())
	}
	s.house.announce(app, listener.Addr(), s.files)
	return &openTarget{sink: played, name: "serve://" + listener.Addr().String(), stage: s, plan: s.plan, close: s.close}, nil
}

// serve answers until close.
func (s *replayStage) serve(ctx context.Context, listener net.Listener) {
	ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	handler := s.server.Handler()
	if s.evidence != nil {
		handler = s.evidence.watch(handler)
	}
	web := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	served := make(chan error, 1)
	go func() { served <- web.Serve(listener) }()
	go func() {
		var failure error
		select {
		case failure = <-served:
		case <-ctx.Done():
		}
		bye, cancel := context.WithTimeout(context.WithoutCancel(ctx), serveGrace)
		defer cancel()
		shut := make(chan error, 1)
		go func() { shut <- web.Shutdown(bye) }()
		if err := errors.Join(s.server.Close(bye), <-shut); err != nil {
			_ = web.Close() // a client that does not let go is no failure of the replay
		}
		s.ended <- failure
	}()
}

// close ends the stand-in, and takes its tokens away.
func (s *replayStage) close() error {
	s.cancel()
	err := <-s.ended
	if s.files != nil {
		s.files.remove()
	}
	return err
}

// await waits for as many clients as there are to be; within 0, without end.
func (s *replayStage) await(ctx context.Context, app *App, clients int, within time.Duration) error {
	if clients == 0 {
		return nil
	}
	app.note("waiting for %s", render.Plural(clients, "client"))
	if within == 0 {
		return s.server.AwaitClients(ctx, clients)
	}
	late := errors.New("late")
	limited, cancel := context.WithTimeoutCause(ctx, within, late)
	defer cancel()
	err := s.server.AwaitClients(limited, clients)
	if !errors.Is(err, late) {
		return err
	}
	what := fmt.Sprintf("no client came within %s", within)
	if clients > 1 {
		what = fmt.Sprintf("%d of %d clients came within %s", s.server.Clients(), clients, within)
	}
	return &Error{Code: ExitUnreachable, What: what, Hint: "--timeout says how long to wait; without it there is no end"}
}

// stay keeps the stand-in up behind the last record.
func (s *replayStage) stay(ctx context.Context, app *App) {
	if s.linger == forever {
		app.note("%s stays until interrupted; --linger says how long", s.house.ready.URL)
		<-ctx.Done()
		return
	}
	timer := time.NewTimer(s.linger)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// plan reads the plan as its owner does.
func (s *replayStage) plan(ctx context.Context) (*serverPlan, error) {
	owner, err := visitor(s.house.ready.URL, s.house.ready.Users[0].Token)
	if err != nil {
		return nil, err
	}
	owner.Header.Set(ownRequest, "1")
	client := rest.New(owner)
	defer client.Close()
	return (&fence{client: client}).read(ctx, 5)
}
