package synth

import (
	"crypto/sha256"
	"io"
	"strconv"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/session"
)

// Session is a session that is made up while it is read. It is a session.Source.
type Session struct {
	model
	opts    Options
	profile *profile
	header  session.Header
	chances int // of profile.mix, in all

	parts  []part
	sent   int64         // deltas
	clock  time.Duration // of the last record
	polled time.Duration // when the next version poll is due
	client client
	faults faults

	ops    []op    // of the tick at hand, as they were made
	ticked []op    // those of them that are left after coalescing
	order  []int32 // of a plan's items

	text  []byte // what the records in queue consist of
	spans []span // the deltas of the last message
	queue []session.Record
	next  int // of queue
	n     int64
	ended bool
}

func newSession(o Options) *Session {
	s := &Session{opts: o, profile: profiles[o.Profile], client: newClient(o)}
	s.model = model{dice: newDice(o.Seed, o.Profile), seed: scramble(o.Seed, 0)}
	for _, c := range s.profile.mix {
		s.chances += c.of
	}
	s.found(o, s.profile)
	s.faults.init(o)
	s.parts = newTimeline(s.profile.pace, o.Deltas, 150*time.Millisecond, o.Duration-100*time.Millisecond).parts
	ref := o.Ref()
	sum := sha256.Sum256([]byte(ref))
	s.header = session.Header{
		Format: session.Format, Session: session.ID(o.Start, [10]byte(sum[:10])), Started: o.Start,
		User: []byte(`{"id":` + strconv.FormatInt(s.owner, 10) + `}`), Tool: "deltatap synth", From: ref,
		Origin: session.OriginSynth,
	}
	s.connect(0, 1)
	return s
}

// Options are what the session was made by, with everything that the profile filled in.
func (s *Session) Options() Options { return s.opts }

// Header implements session.Source. Its From is the name that ParseRef makes the same session of.
func (s *Session) Header() session.Header { return s.header }

// Truncated implements session.Source: nothing is ever cut off.
func (s *Session) Truncated() *session.Truncation { return nil }

// Complete implements session.Source.
func (s *Session) Complete() bool { return s.ended && s.next == len(s.queue) }

// Close implements session.Source.
func (s *Session) Close() error { return nil }

// Plan is what /api/plan would answer now: after io.EOF, the plan when the client asked for the
// version a last time. A day that begins between that and the end is nobody's to notice.
func (s *Session) Plan() []byte { return s.appendPlan(nil) }

// Next implements session.Source. It never fails.
func (s *Session) Next(rec *session.Record) error {
	for s.next == len(s.queue) {
		if s.ended {
			return io.EOF
		}
		s.queue, s.text, s.next = s.queue[:0], s.text[:0], 0
		s.advance()
	}
	*rec = s.queue[s.next]
	s.next++
	s.n++
	rec.N = s.n
	if rec.Kind == session.KindEnd {
		rec.Records = s.n
	}
	return nil
}

// advance makes what comes next: a tick, a stretch without a connection, or the end.
func (s *Session) advance() {
	for len(s.parts) > 0 {
		p := &s.parts[0]
		switch {
		case p.away:
			s.leave(p)
			s.parts = s.parts[1:]
			return
		case s.sent < p.to:
			s.tick(p)
			return
		}
		s.release()
		s.parts = s.parts[1:]
	}
	if len(s.queue) == 0 {
		s.finish()
	}
}

// put queues a record. Time goes on by a microsecond at least.
func (s *Session) put(at time.Duration, rec session.Record) {
	s.clock = max(at.Truncate(time.Microsecond), s.clock+time.Microsecond)
	rec.T = s.clock
	s.queue = append(s.queue, rec)
}

// tell sets the server's clock, which never goes back, to a moment of the session.
func (s *Session) tell(at time.Duration) {
	s.now = max(s.now, s.opts.Start.UnixMilli()+at.Milliseconds())
}

// connect begins a connection: the server welcomes the client, which asks for the plan.
func (s *Session) connect(at time.Duration, attempt int) {
	rec := session.Record{Kind: session.KindConnect, SID: s.sid(), Transport: "websocket", Attempt: attempt}
	if s.n == 0 && len(s.queue) == 0 {
		s.queue = append(s.queue, rec) // at 0
	} else {
		s.put(at, rec)
	}
	s.put(s.clock+time.Duration(s.between(12_000, 31_000))*time.Microsecond,
		session.Record{Kind: session.KindEvent, Event: "connection:ack", Args: []byte(`[{"ok":true}]`)})
	s.answer(s.between(3, 9), s.between(21, 48))
	s.polled = s.clock + s.profile.poll
}

// sid makes the id of a socket.
func (s *Session) sid() string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	var id [20]byte
	for i := range id {
		id[i] = alphabet[s.below(len(alphabet))]
	}
	return string(id[:16]) + "AAA" + string(id[19:])
}

// answer asks for the plan after so many milliseconds, and gets it after so many more.
func (s *Session) answer(wait, took int) {
	span := time.Duration(took) * time.Millisecond
	at := s.clock + time.Duration(wait)*time.Millisecond + span
	s.tell(at)
	s.takes()
	from := len(s.text)
	s.text = s.appendPlan(s.text)
	s.put(at, session.Record{Kind: session.KindPlan, Status: 200, Took: span, Body: s.text[from:len(s.text):len(s.text)]})
}

// poll asks for the version, and for the plan where a new day has begun.
func (s *Session) poll(at time.Duration) {
	s.tell(at)
	from := len(s.text)
	s.text = append(s.appendVersion(append(s.text, '{')), '}')
	s.put(at, session.Record{
		Kind: session.KindVersion, Status: 200, Took: time.Duration(s.between(2, 9)) * time.Millisecond,
		Body: s.text[from:len(s.text):len(s.text)],
	})
	if s.midnight() != s.client.midnight {
		s.answer(s.between(1, 4), s.between(20, 60))
	}
}

// tick makes one message, and what the client does about it.
func (s *Session) tick(p *part) {
	due := p.at(s.sent)
	at := due + time.Duration(s.under(int64(p.at(s.sent+1)-due)))
	for ; s.polled <= at; s.polled += s.profile.poll {
		s.poll(s.polled)
	}
	at = max(at, s.clock+time.Microsecond)
	s.tell(at - 4*time.Millisecond)
	tick := s.mutate(p.to - s.sent)
	s.sent += int64(len(tick))
	refresh := s.sees(tick)
	if s.message(at, tick) || refresh {
		s.refresh(p)
	}
}

// message sends the deltas of a tick, broken where that is wanted, and says whether the client
// cannot make sense of it.
func (s *Session) message(at time.Duration, tick []op) (refresh bool) {
	from := len(s.text)
	s.spans = s.spans[:0]
	s.text = append(s.text, `[{"deltas":[`...)
	for i := range tick {
		if i > 0 {
			s.text = append(s.text, ',')
		}
		start := len(s.text) - from
		s.text = s.appendDelta(s.text, &tick[i])
		s.spans = append(s.spans, span{start, len(s.text) - from})
	}
	s.text = append(s.text, `]}]`...)
	args := s.text[from:len(s.text):len(s.text)]
	if len(s.opts.Faulty) == 0 {
		s.event(at, args)
		return false
	}
	return s.sabotage(at, tick, args)
}

func (s *Session) event(at time.Duration, args []byte) {
	s.put(at, session.Record{Kind: session.KindEvent, Event: contract.Event, Args: args})
}

// refresh lets the client ask for the plan: a fast stream does not wait long for it.
func (s *Session) refresh(p *part) {
	s.client.asked++
	if p.at(s.sent)-p.at(s.sent-1) < 20*time.Millisecond {
		s.answer(1, s.between(1, 2))
		return
	}
	s.answer(s.between(1, 9), s.between(12, 60))
}

// leave is a stretch without a connection. What changes in it nobody is told.
func (s *Session) leave(p *part) {
	s.release()
	reasons := [...]string{"transport close", "ping timeout", "transport error"}
	begin := max(p.start, s.clock+time.Microsecond)
	s.put(begin, session.Record{Kind: session.KindDisconnect, Reason: reasons[s.below(len(reasons))]})
	s.client.away = true
	span := max(p.end-begin, time.Millisecond)
	for i := range p.hidden {
		s.tell(begin + time.Duration(share(int64(span), i, p.hidden)))
		s.ops = s.ops[:0]
		s.mutation()
	}
	s.client.away = false
	attempts := s.between(1, 4)
	for i := range attempts {
		at := begin + time.Duration(share(int64(span), int64(i+1), int64(attempts+2)))
		s.put(at, session.Record{Kind: session.KindConnectError, Message: s.refusal(i, attempts), Attempt: i + 1})
		if i == 0 {
			s.put(at+30*time.Millisecond, session.Record{
				Kind: session.KindVersion, Took: 30 * time.Millisecond, Error: "network is unreachable",
			})
		}
	}
	s.connect(max(p.end, s.clock+time.Microsecond), attempts+1)
}

// refusal is why an attempt to connect fails: mostly there is no network, and a token may have
// expired meanwhile.
func (s *Session) refusal(i, of int) string {
	if i > 0 && i == of-1 && s.percent(50) {
		return "Unauthorized"
	}
	return "websocket error"
}

// finish ends the session when its time is over.
func (s *Session) finish() {
	s.poll(max(s.opts.Duration-80*time.Millisecond, s.clock+time.Microsecond))
	s.put(max(s.opts.Duration-time.Microsecond, s.clock), session.Record{Kind: session.KindDisconnect, Reason: "io client disconnect"})
	s.put(s.opts.Duration, session.Record{Kind: session.KindEnd, Reason: "done"})
	s.ended = true
}

var _ session.Source = (*Session)(nil)
