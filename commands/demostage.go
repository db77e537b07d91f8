package commands

import (
	"context"
	"crypto/rand"
	"errors"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/carebase/deltatap/replay/endpoint"
	"github.com/carebase/deltatap/replay/rest"
	"github.com/carebase/deltatap/replay/server"
	"github.com/carebase/deltatap/replay/server/store"
)

// stage is a stand-in server on a free port of this machine, and the people who use it.
type stage struct {
	standIn *server.Server
	http    *http.Server
	ended   chan error

	owner                    *endpoint.Endpoint
	family, helper, operator *rest.Client
}

// newStage starts the server with one family: an owner and an accepted contributor.
func newStage(ctx context.Context, app *App) (*stage, error) {
	owner, helper := store.User{ID: 1, Email: "daughter@example.test"}, store.User{ID: 2, Email: "neighbour@example.test"}
	plan := store.NewPlan(owner, 1, "Alex", app.Now().UTC())
	plan.Collaborators = append(plan.Collaborators, store.Collaborator{
		ID: 2, RecipientID: 1, UserID: helper.ID, Email: helper.Email, Role: store.Contributor, Status: store.Accepted,
		InvitedBy: owner.ID, InvitedAt: app.Now().UTC(), AcceptedAt: app.Now().UTC(),
	})
	memory, err := store.NewMemory(store.Seed{Users: []store.User{owner, helper}, Plans: []store.Plan{plan}})
	if err != nil {
		return nil, err
	}
	tokens := []string{rand.Text(), rand.Text(), rand.Text()}
	standIn, err := server.New(server.Config{
		Store: memory, Now: app.Now, OperatorToken: tokens[2],
		Tokens: map[string]int64{tokens[0]: owner.ID, tokens[1]: helper.ID},
	})
	if err != nil {
		return nil, err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &stage{standIn: standIn, http: &http.Server{Handler: standIn.Handler(), ReadHeaderTimeout: 10 * time.Second}, ended: make(chan error, 1)}
	go func() { s.ended <- s.http.Serve(listener) }()
	at := &url.URL{Scheme: "http", Host: listener.Addr().String()}
	visitors := make([]*endpoint.Endpoint, len(tokens))
	for i, token := range tokens {
		if visitors[i], err = visitor(at, token); err != nil {
			return nil, err
		}
	}
	s.owner = visitors[0]
	s.family, s.helper, s.operator = rest.New(visitors[0]), rest.New(visitors[1]), rest.New(visitors[2])
	return s, nil
}

// visitor is the endpoint of somebody who has a token.
func visitor(at *url.URL, token string) (*endpoint.Endpoint, error) {
	static, err := endpoint.Static(token)
	return &endpoint.Endpoint{
		URL: at, SocketPath: endpoint.DefaultSocketPath, Transport: endpoint.WebSocket, Header: http.Header{},
		Token: static, Timeout: endpoint.DefaultTimeout, Writable: true,
	}, err
}

// close sends everybody home.
func (s *stage) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	for _, client := range []*rest.Client{s.family, s.helper, s.operator} {
		client.Close()
	}
	return errors.Join(s.standIn.Close(ctx), s.http.Close())
}
