package commands

import (
	"context"
	"net/http"
	"net/url"

	"github.com/carebase/deltatap/replay/endpoint"
	"github.com/carebase/deltatap/replay/rest"
)

// stage is a stand-in server on a free port of this machine, and the people who use it.
type stage struct {
	ended  chan error
	cancel context.CancelFunc

	owner                    *endpoint.Endpoint
	family, helper, operator *rest.Client
}

// newStage starts the server with one family: an owner and an accepted contributor.
func newStage(ctx context.Context, app *App) (*stage, error) {
	private := *app
	private.Quiet = true
	private.Env = func(string) string { return "" } // its tokens are its own
	standIn, err := openStandIn(ctx, &private, &serveOptions{addr: "127.0.0.1:0", users: 1, collaborator: true, quirks: true})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	s := &stage{ended: make(chan error, 1), cancel: cancel}
	go func() { s.ended <- serveUntil(ctx, &private, standIn.server, standIn.listener) }()
	if err := s.admit(standIn.house.ready); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// admit makes a client for each of the people.
func (s *stage) admit(ready readyFile) (err error) {
	if s.owner, err = visitor(ready.URL, ready.Users[0].Token); err != nil {
		return err
	}
	helper, err := visitor(ready.URL, ready.Users[1].Token)
	if err != nil {
		return err
	}
	operator, err := visitor(ready.URL, ready.OperatorToken)
	if err != nil {
		return err
	}
	s.family, s.helper, s.operator = rest.New(s.owner), rest.New(helper), rest.New(operator)
	return nil
}

// visitor is the endpoint of somebody who has a token.
func visitor(server, token string) (*endpoint.Endpoint, error) {
	at, err := url.Parse(server)
	if err != nil {
		return nil, err
	}
	static, err := endpoint.Static(token)
	return &endpoint.Endpoint{
		URL: at, SocketPath: endpoint.DefaultSocketPath, Transport: endpoint.WebSocket, Header: http.Header{},
		Token: static, Timeout: endpoint.DefaultTimeout, Writable: true,
	}, err
}

// close sends everybody home and waits until the server has ended.
func (s *stage) close() {
	for _, client := range []*rest.Client{s.family, s.helper, s.operator} {
		if client != nil {
			client.Close()
		}
	}
	s.cancel()
	<-s.ended
}
