package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/endpoint"
	"github.com/carebase/deltatap/replay/socket"
)

// ackEvent greets a client.
const ackEvent = "connection:ack"

// errLost ends a connection that is over: an examination connects once.
var errLost = errors.New("the connection ended")

// stream is one connection, and what came over it. The channels are closed by its goroutine, and
// what stands beside each is written before.
type stream struct {
	began, opened, acked, heard time.Time
	greeted                     []byte // the arguments of connection:ack
	version                     int64  // of the first delta
	reason                      string // why it ended, once it was open
	err                         error  // why it never was

	open, ack, delta, over chan struct{}
}

// connect begins a connection over one transport, which stays until the examination ends.
func (e *examination) connect(transport endpoint.Transport) *stream {
	s := &stream{
		began: e.cfg.Now(),
		open:  make(chan struct{}), ack: make(chan struct{}), delta: make(chan struct{}), over: make(chan struct{}),
	}
	target := *e.target
	target.Transport = transport
	client := socket.New(socket.Config{Endpoint: &target, Now: e.cfg.Now})
	e.streams.Go(func() {
		defer close(s.over)
		s.err = client.Run(e.ctx, s.take)
	})
	select {
	case <-s.open:
	case <-s.over:
	}
	return s
}

// take notes what a signal tells for the first time.
func (s *stream) take(signal socket.Signal) error {
	switch {
	case signal.Kind == socket.Connected:
		s.opened = signal.At
		close(s.open)
	case signal.Kind == socket.Disconnected:
		s.reason = signal.Reason
		return errLost
	case signal.Kind == socket.Event && signal.Event == ackEvent && s.acked.IsZero():
		s.acked, s.greeted = signal.At, slices.Clone(signal.Args)
		close(s.ack)
	case signal.Kind == socket.Event && signal.Event == contract.Event && s.heard.IsZero():
		s.heard, s.version = signal.At, highestVersion(signal.Args)
		close(s.delta)
	}
	return nil
}

// highestVersion is that of a message's deltas; 0 where none has one.
func highestVersion(args []byte) (highest int64) {
	var messages []struct {
		Deltas []struct {
			Version int64 `json:"version"`
		} `json:"deltas"`
	}
	if json.Unmarshal(args, &messages) != nil {
		return 0
	}
	for _, message := range messages {
		for _, delta := range message.Deltas {
			highest = max(highest, delta.Version)
		}
	}
	return highest
}

// connected tells whether the server accepted the connection.
func (s *stream) connected() bool { return !s.opened.IsZero() }

// refused is the server's no; nil where it said none.
func (s *stream) refused() *socket.RefusedError {
	if s.connected() {
		return nil // how the connection ends is no answer to that
	}
	refused, _ := errors.AsType[*socket.RefusedError](s.err)
	return refused
}

func (e *examination) checkWebSocket(context.Context) Line {
	e.websocket = e.connect(endpoint.WebSocket)
	line := e.judgeTransport(e.websocket, endpoint.WebSocket)
	if line.Status != OK && line.Next == "" {
		line.Next = "the app connects by WebSocket alone: what stands in front of the server has to pass on Upgrade and Connection"
	}
	return line
}

func (e *examination) checkPolling(context.Context) Line {
	e.polling = e.connect(endpoint.Polling)
	line := e.judgeTransport(e.polling, endpoint.Polling)
	if line.Status != OK && line.Next == "" {
		line.Next = "browsers begin with polling: the server's transports, or what stands in front of it, leave it out"
	}
	return line
}

// judgeTransport tells whether a transport reaches the server, whatever that says of the token. One
// that nobody asked for may be missing; the app's own, the WebSocket, only where polling was asked
// for.
func (e *examination) judgeTransport(s *stream, transport endpoint.Transport) Line {
	refused := s.refused()
	switch {
	case s.connected():
		took := s.opened.Sub(s.began)
		return ok("connects in " + span(took)).with(Delay{took.Seconds()})
	case refused != nil && refused.Status == 0:
		return ok("reaches the server, which refuses the token over it")
	}
	line := fail(fit(s.err.Error()), "")
	if _, proxied := errors.AsType[*endpoint.ProxyError](s.err); proxied || errors.Is(s.err, endpoint.ErrRedirect) || errors.Is(s.err, socket.ErrSocketIO2) || errors.Is(s.err, socket.ErrHTTP2) {
		line.Next = nextStep(s.err)
	}
	wanted := e.cfg.Endpoint.Transport
	if wanted != transport && (transport == endpoint.Polling || wanted == endpoint.Polling) {
		line.Status = Warn
	}
	return line
}

// checkUpgrade tries what browsers do: they begin with polling and go on over a WebSocket.
func (e *examination) checkUpgrade(ctx context.Context) Line {
	switch {
	case e.websocket.unreached():
		return skip(checkWebSocket)
	case e.polling.unreached():
		return skip(checkPolling)
	}
	if err := socket.ProbeUpgrade(ctx, e.target); err != nil {
		return warn(fit(err.Error()), "browsers stay with polling: where several servers share an address, a session must stay with one of them (sticky sessions)")
	}
	return ok("polling can go on as a WebSocket")
}

// unreached tells whether a transport did not reach the server.
func (s *stream) unreached() bool {
	refused := s.refused()
	return !s.connected() && (refused == nil || refused.Status != 0)
}

// checkSocket tells whether the server takes the token at the socket, over the transport that
// deltatap would take.
func (e *examination) checkSocket(context.Context) Line {
	e.primary = e.websocket
	if e.cfg.Endpoint.Transport == endpoint.Polling || e.cfg.Endpoint.Transport == endpoint.Auto && e.websocket.unreached() {
		e.primary = e.polling
	}
	if e.primary.connected() {
		return ok("the token is taken")
	}
	if refused := e.primary.refused(); refused != nil {
		return refusal(refused.Error(), refused.Anonymous, refused.Status)
	}
	return failure(e.primary.err)
}

// checkAck waits for the server's greeting.
func (e *examination) checkAck(ctx context.Context) Line {
	s := e.primary
	late := time.NewTimer(e.cfg.Endpoint.Patience())
	defer late.Stop()
	select {
	case <-s.ack:
		return judgeAck(s)
	case <-s.over:
		select {
		case <-s.ack:
			return judgeAck(s)
		default:
		}
		return fail("the connection ended before it: "+s.reason, "the server's log tells why it sends this client away")
	case <-late.C:
		return warn("no "+ackEvent+" within "+span(e.cfg.Endpoint.Patience()), "the server connects clients, and does not make them members of a room: its log tells why")
	case <-ctx.Done():
		return fail("interrupted", "")
	}
}

func judgeAck(s *stream) Line {
	took := s.acked.Sub(s.began)
	facts := Delay{took.Seconds()}
	var args []struct {
		OK *bool `json:"ok"`
	}
	if json.Unmarshal(s.greeted, &args) == nil && len(args) > 0 && args[0].OK != nil && !*args[0].OK {
		return warn(ackEvent+" says that it is not ok", "the server's log tells why").with(facts)
	}
	return ok(ackEvent + " came " + span(took) + " after dialling").with(facts)
}

// pings is how many are sent; the one in the middle counts.
const pings = 3

// checkPing measures the way there and back.
func (e *examination) checkPing(ctx context.Context) Line {
	if e.websocket.unreached() {
		return skip(checkWebSocket)
	}
	took := make([]time.Duration, pings)
	if err := socket.ProbePing(ctx, e.target, took); err != nil {
		return warn(fit(err.Error()), "something on the way does not pass the pings of WebSockets on, and may cut quiet connections")
	}
	slices.Sort(took)
	return ok(span(took[pings/2]) + " there and back").with(Delay{took[pings/2].Seconds()})
}

// grace is how long a delta may come after its version was told.
const grace = time.Second

// checkDelta waits for a delta. Where none comes, the plan's version tells whether one was due.
func (e *examination) checkDelta(ctx context.Context) Line {
	if e.cfg.Wait <= 0 {
		return ok("not waited for").with(Heard{})
	}
	begin := e.cfg.Now()
	before := e.versionNow(ctx)
	if e.cfg.OnWait != nil {
		e.cfg.OnWait()
	}
	if line, over := e.waitForDelta(ctx, e.cfg.Wait, begin); over {
		return line
	}
	after := e.versionNow(ctx)
	moved := before != nil && after != nil && *after > *before
	if moved {
		if line, over := e.waitForDelta(ctx, grace, begin); over {
			return line
		}
	}
	facts := Heard{Waited: e.cfg.Now().Sub(begin).Seconds()}
	switch {
	case moved && e.role == roleCollaborator:
		return warn("none, though the version went from "+itoa(*before)+" to "+itoa(*after)+": this user is a collaborator", "take the owner's token: deltas go to the owner alone").with(facts)
	case moved:
		return fail("none, though the version went from "+itoa(*before)+" to "+itoa(*after), "the server's processes may not share an adapter, or something on the way swallows messages; deltatap record keeps the evidence").with(facts)
	case before != nil && after != nil:
		return warn("none within "+span(e.cfg.Wait)+"; the version stayed at "+itoa(*after)+", so that none was due", "change something in the plan meanwhile: --wait 1m leaves the time").with(facts)
	}
	return warn("none within "+span(e.cfg.Wait), "change something in the plan meanwhile: --wait 1m leaves the time").with(facts)
}

// waitForDelta waits until a delta comes, the connection ends or the time is over; over tells that
// there is a line.
func (e *examination) waitForDelta(ctx context.Context, wait time.Duration, begin time.Time) (line Line, over bool) {
	s := e.primary
	late := time.NewTimer(wait)
	defer late.Stop()
	select {
	case <-s.delta:
	case <-s.over:
	case <-late.C:
	case <-ctx.Done():
	}
	select {
	case <-s.delta:
		return e.judgeDelta(begin), true
	default:
	}
	select {
	case <-s.over:
		return fail("the connection ended while waiting: "+s.reason, "something on the way, or the server, cuts connections: its log tells"), true
	default:
		return Line{}, ctx.Err() != nil
	}
}

func (e *examination) judgeDelta(begin time.Time) Line {
	s := e.primary
	waited := max(0, s.heard.Sub(begin))
	says := "a delta arrived"
	if s.version > 0 {
		says += ", of version " + itoa(s.version)
	}
	return ok(says + ", after " + span(waited)).with(Heard{Arrived: true, Waited: waited.Seconds(), Version: s.version})
}

// versionNow is what /api/plan/version says; nil where it says nothing.
func (e *examination) versionNow(ctx context.Context) *int64 {
	client := e.restClient()
	defer client.Close()
	_, version, _ := e.askVersion(ctx, client)
	return version
}
