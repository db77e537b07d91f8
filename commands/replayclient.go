package commands

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/carebase/deltatap/replay/endpoint"
	"github.com/carebase/deltatap/replay/rest"
	"github.com/carebase/deltatap/replay/sink"
	"github.com/carebase/deltatap/replay/sink/emit"
	"github.com/carebase/deltatap/replay/sink/mutate"
)

// serverOf is the server that a target of the scheme names: socket+https://HOST, or the one of --server, the environment or
// the context where it is the scheme's own name alone.
func (p *replayPlan) serverOf(app *App, text, scheme string) (*endpoint.Endpoint, error) {
	connect := p.connect
	if url, named := strings.CutPrefix(text, scheme+"+"); named {
		if connect.flags.Changed("server") {
			return nil, usage("leave --server out", "--to names the server already")
		}
		connect.server = url
	}
	if len(p.users) > 0 && scheme == "socket" {
		return nil, usage("the token says who emits", "--user goes with the rooms of users: serve://, redis:// and postgres://")
	}
	return connect.resolve(app)
}

// socketTarget is a Socket.IO server to which deltatap emits as a client.
func socketTarget(p *replayPlan, app *App, text string) (*replayTarget, error) {
	server, err := p.serverOf(app, text, "socket")
	if err != nil {
		return nil, err
	}
	t := &replayTarget{name: "socket+" + server.Server(), writable: server.Writable, patience: server.Patience(), takes: eventsAlone}
	t.open = func(ctx context.Context, _ *App, o opening) (*openTarget, error) {
		s, err := emit.Dial(ctx, emit.Config{Endpoint: server, AckTimeout: server.Patience(), Tell: o.tell})
		return &openTarget{sink: s, name: t.name}, err
	}
	return t, nil
}

// restTarget is a server that makes the deltas itself, of the mutations that they become.
func restTarget(p *replayPlan, app *App, text string) (*replayTarget, error) {
	server, err := p.serverOf(app, text, "rest")
	if err != nil {
		return nil, err
	}
	user, err := p.onlyUser()
	if err != nil {
		return nil, err
	}
	t := &replayTarget{
		name: "rest+" + server.Server(), writable: server.Writable, tells: true, needsPlan: true, patience: server.Patience(), takes: eventsAlone,
	}
	dial := func(ctx context.Context, tell sink.Tell) (*mutate.Sink, error) {
		config := mutate.Config{Endpoint: server, User: user, Home: p.home, Behind: !p.when.From.IsZero(), Tell: tell}
		config.User, config.Session = p.follows(user)
		s, err := mutate.Dial(ctx, config)
		return s, dialError(t.name, server, err)
	}
	t.open = func(ctx context.Context, _ *App, o opening) (*openTarget, error) {
		s, err := dial(ctx, o.tell)
		if err != nil {
			return nil, err
		}
		return &openTarget{sink: s, name: t.name, plan: planOf(server), skip: s.Skip}, nil
	}
	t.rehearse = func(ctx context.Context) (rehearsal, error) { return dial(ctx, func(sink.Outcome) {}) }
	return t, nil
}

// dialError tells of a server that makes no mutations: it refuses, or has no plan of the user's.
func dialError(name string, server *endpoint.Endpoint, err error) error {
	status, answered := errors.AsType[*mutate.StatusError](err)
	switch {
	case !answered:
		return err
	case status.Status == http.StatusUnauthorized || status.Status == http.StatusForbidden:
		anonymous := server.Token == endpoint.Anonymous && server.Header.Get("Cookie") == ""
		return &Error{Code: ExitRefused, What: err.Error(), Hint: refusedHint(nil, &rest.RefusedError{Anonymous: anonymous})}
	}
	return &Error{Code: ExitInconclusive, What: name, Err: err}
}

// onlyUser is the user of the session whose changes are made where --user says so: 3=7 is user 3,
// and the token says that it is 7 who makes them.
func (p *replayPlan) onlyUser() (user int64, err error) {
	if len(p.users) == 0 {
		return 0, nil
	}
	for of := range p.rooms.Of {
		user = of
	}
	if len(p.users) > 1 || user == 0 {
		return 0, usage("the token says who they are on the target", "--user: REST makes the changes of one user; want it as FROM=TO")
	}
	return user, nil
}

// planOf reads the plan of a server.
func planOf(server *endpoint.Endpoint) func(context.Context) (*serverPlan, error) {
	return func(ctx context.Context) (*serverPlan, error) {
		client := rest.New(server)
		defer client.Close()
		return (&fence{client: client}).read(ctx, 5)
	}
}
