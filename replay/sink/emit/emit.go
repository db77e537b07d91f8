// Package emit is the sink that acts as a client of a Socket.IO server: it emits every event of the
// session to it, and asks for an acknowledgement of each.
//
// Every event goes out but the greeting connection:ack, which was a server's to one connection:
// what the other server makes of an event is its affair. Records of other kinds are nothing to it.
// The arguments keep their bytes.
//
// An answer whose first argument is an object with "error" neither null nor false, or with "ok" or
// "success" false, says no: the record failed. Any other says yes. A server that never answers, for
// lack of a listener for instance, leaves every record unsure.
//
// It must not know what the events mean.
package emit

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/carebase/deltatap/replay/endpoint"
	"github.com/carebase/deltatap/replay/sink"
	"github.com/carebase/deltatap/replay/socket"
)

// Defaults of Config.
const (
	DefaultAckTimeout = 10 * time.Second
	DefaultWindow     = 256
)

// Config says where events go.
type Config struct {
	// Endpoint is the server, and as whom. Its token is resolved once; its Timeout bounds Dial.
	Endpoint *endpoint.Endpoint
	// AckTimeout is how long an answer may take, from when its event was handed to the connection;
	// after that the record is unsure, and a later answer does not count. DefaultAckTimeout where 0.
	AckTimeout time.Duration
	// Window is how many events may wait for their answers; Send waits when there are more.
	// DefaultWindow where 0.
	Window int
	// Tell is told what became of records. It must not call the sink.
	Tell sink.Tell
}

// Sink emits to one server over one connection. When that is lost, the sink is: to emit again what
// was not answered would make it arrive twice.
type Sink struct {
	cfg    Config
	client *socket.Client
	cancel context.CancelFunc
	ended  chan struct{} // closed when the client's Run has returned
	window chan struct{} // a place for each event that waits for its answer

	mu     sync.Mutex
	next   uint64
	open   map[uint64]*entry
	quiet  chan struct{} // closed while no event waits for its answer
	first  error         // of the first answer that will never come
	lost   error         // why no more is taken
	broken chan struct{} // closed once lost is set
}

// Dial connects, and returns when the server has accepted the client. The error is a *sink.RefusedError, a
// *sink.LostError where no connection came about, the token's own where there is none to be had, or the cause of ctx.
// ctx bounds Dial alone.
func Dial(ctx context.Context, cfg Config) (*Sink, error) {
	if cfg.AckTimeout <= 0 {
		cfg.AckTimeout = DefaultAckTimeout
	}
	if cfg.Window <= 0 {
		cfg.Window = DefaultWindow
	}
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s := &Sink{
		cfg:    cfg,
		client: socket.New(socket.Config{Endpoint: cfg.Endpoint, Backoff: func() backoff.BackOff { return &backoff.StopBackOff{} }}),
		cancel: cancel,
		ended:  make(chan struct{}),
		window: make(chan struct{}, cfg.Window),
		open:   map[uint64]*entry{},
		quiet:  closed(),
		broken: make(chan struct{}),
	}
	ready := make(chan struct{})
	go func() {
		defer close(s.ended)
		s.lose(s.explain(s.client.Run(running, func(signal socket.Signal) error { return s.handle(signal, ready) })))
	}()
	select {
	case <-ready:
		return s, nil
	case <-s.broken:
		_ = s.Close()
		return nil, s.lost
	case <-ctx.Done():
		_ = s.Close()
		return nil, context.Cause(ctx)
	}
}

func closed() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}

// handle takes what the connection tells.
func (s *Sink) handle(signal socket.Signal, ready chan struct{}) error {
	switch signal.Kind {
	case socket.Connected:
		close(ready)
	case socket.Acked:
		s.answered(signal.ID, signal.Args)
	case socket.Disconnected:
		if signal.Reason == socket.ReasonClientDisconnect {
			return nil // closed
		}
		return &sink.LostError{Target: s.cfg.Endpoint.Server(), Err: errors.New("the connection ended: " + signal.Reason)}
	}
	return nil
}

// explain turns why Run ended into an error of a sink.
func (s *Sink) explain(err error) error {
	var (
		refused     *socket.RefusedError
		unreachable *socket.UnreachableError
	)
	switch target := s.cfg.Endpoint.Server(); {
	case errors.As(err, &refused):
		return &sink.RefusedError{Target: target, Err: errors.New(refused.Message)}
	case errors.As(err, &unreachable):
		return &sink.LostError{Target: target, Err: unreachable.Err}
	case errors.Is(err, context.Canceled):
		return sink.ErrNoAnswer
	}
	return err
}
