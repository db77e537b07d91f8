package socket

import (
	"context"
	"errors"
	"time"

	"github.com/gorilla/websocket"

	"github.com/carebase/deltatap/replay/endpoint"
)

// The packets that a client which began with polling tries a WebSocket with.
const (
	upgradeProbe  = "2probe"
	upgradeAnswer = "3probe"
)

// ErrUpgrade is a WebSocket that opened, and belongs to no session that polling began: the server
// does not offer one, or another server answered.
var ErrUpgrade = errors.New("the server did not take the WebSocket for the session that polling began")

// ProbeUpgrade begins a session with polling and tries a WebSocket for it, as browsers do. It sends
// no token, and leaves nothing open. The error is an *UnreachableError or an *endpoint.Error.
func ProbeUpgrade(ctx context.Context, e *endpoint.Endpoint) error {
	return probe(ctx, e, func(ctx context.Context, t target) error {
		l, err := dialPolling(ctx, t)
		if err != nil {
			return err
		}
		defer l.close()
		return tryUpgrade(ctx, t, l.(*pollingLink))
	})
}

// ProbePing opens a WebSocket, pings the server once for each place in took, one after the other,
// and notes how long each answer took. It sends no token, and leaves nothing open. Errors are those
// of ProbeUpgrade.
func ProbePing(ctx context.Context, e *endpoint.Endpoint, took []time.Duration) error {
	return probe(ctx, e, func(ctx context.Context, t target) error {
		l, err := dialWebsocket(ctx, t)
		if err != nil {
			return err
		}
		defer l.abort()
		return pingInTurn(ctx, l.(*websocketLink), took)
	})
}

// probe runs one try in the endpoint's time, and tells its failure as Run does.
func probe(parent context.Context, e *endpoint.Endpoint, try func(context.Context, target) error) error {
	limit := e.Patience()
	ctx, cancel := context.WithTimeoutCause(parent, limit, &timeoutError{after: limit})
	defer cancel()
	t, err := newTarget(e)
	if err != nil {
		return err
	}
	t.most = mostGreeting
	if err = try(ctx, t); err == nil || parent.Err() != nil {
		return parent.Err()
	}
	c := connector{endpoint: e}
	return &UnreachableError{Err: c.failed("", "", err)}
}

// tryUpgrade opens a WebSocket for a session, and asks whether it belongs to it. Balancers know the
// session by its cookies.
func tryUpgrade(ctx context.Context, t target, begun *pollingLink) error {
	way := &route{target: t}
	dialer := websocket.Dialer{Proxy: way.socks, TLSClientConfig: t.http1(), NetDialContext: way.dial, Jar: begun.client.Jar}
	conn, answer, err := dialer.DialContext(way.traced(timeless{ctx}), t.url(transportWebsocket, begun.hello.SID).String(), t.header)
	if errors.Is(err, websocket.ErrBadHandshake) && answer != nil {
		err = readStatus(answer)
	}
	if err != nil {
		return dialError(ctx, way.blame(err))
	}
	defer conn.Close()
	conn.SetReadLimit(mostGreeting)
	if err := conn.WriteMessage(websocket.TextMessage, []byte(upgradeProbe)); err != nil {
		return dialError(ctx, err)
	}
	_, text, err := conn.ReadMessage()
	if err == nil && string(text) == upgradeAnswer {
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return ErrUpgrade
}

// pingInTurn sends pings of the WebSocket's own, which every server must answer: those of Engine.IO
// are the server's to send.
func pingInTurn(ctx context.Context, l *websocketLink, took []time.Duration) error {
	stop := context.AfterFunc(ctx, l.abort)
	defer stop()
	pongs, broken := make(chan struct{}, len(took)), make(chan error, 1)
	l.conn.SetPongHandler(func(string) error {
		select {
		case pongs <- struct{}{}:
		default: // a server that answers more often than it was asked
		}
		return nil
	})
	go func() {
		for {
			if _, _, err := l.next(); err != nil {
				broken <- err
				return
			}
		}
	}()
	defer func() {
		l.abort()
		<-broken
	}()
	for i := range took {
		sent := time.Now()
		if err := l.conn.WriteControl(websocket.PingMessage, nil, sent.Add(writeWait)); err != nil {
			return dialError(ctx, err)
		}
		select {
		case <-pongs:
			took[i] = time.Since(sent)
		case err := <-broken:
			broken <- err // the goroutine is waited for once more
			return dialError(ctx, l.reason(err))
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}
