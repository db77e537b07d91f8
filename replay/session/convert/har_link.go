package convert

import (
	"fmt"
	"net/http"
	"time"
)

// link is one Engine.IO connection, whatever its transports.
type link struct {
	wire
	place   string
	origin  string
	who     identity
	began   time.Time
	last    time.Time // when something came or went over it last
	over    time.Time // when its end was seen from outside: the WebSocket's entry ended, or a poll failed
	why     string    // of that
	moments []moment
	events  int  // messages
	deltas  int  // messages with plan deltas
	mute    int  // WebSockets without their messages
	old     bool // it is of Engine.IO 3
}

// hear notes that something went over the connection.
func (l *link) hear(at time.Time) {
	if at.After(l.last) {
		l.last = at
	}
}

// take takes what its wire made of a message.
func (l *link) take(m moment, ok bool, at time.Time, transport string) {
	if !ok {
		return
	}
	m.at, m.transport, m.link = at, transport, l
	l.moments = append(l.moments, m)
	if m.what == came {
		l.events++
		if m.event == deltaEvent {
			l.deltas++
		}
	}
}

// fell notes an end that was seen from outside. It counts where nothing is heard afterwards.
func (l *link) fell(at time.Time, why string) {
	if at.After(l.over) {
		l.over, l.why = at, why
	}
}

// refuse notes that there was no connection.
func (l *link) refuse(e *harEntry) {
	why := e.why()
	if e.status != 0 {
		why = fmt.Sprintf("HTTP status %d", e.status)
	}
	l.take(moment{what: refused, text: why}, true, e.ended(), "")
}

// webSocket takes a WebSocket's entry.
func (l *link) webSocket(e *harEntry) {
	switch {
	case len(e.messages) > 0:
		l.talk(e)
	case e.status == http.StatusSwitchingProtocols:
		l.mute++
	case e.sid() == "":
		l.refuse(e)
	}
}

// slack is by how much an entry must end later than its last message does, to tell of the
// connection's end: some tools write the time until the last message.
const slack = time.Millisecond

// talk takes a WebSocket's messages.
func (l *link) talk(e *harEntry) {
	at, spoke := e.started, e.sid() == ""
	times := clocks(e)
	for i := range e.messages {
		m := &e.messages[i]
		if t := times(m); t.After(at) {
			at = t // messages are in order, whatever their times
		}
		l.hear(at)
		spoke = spoke || len(m.text) > 0 && (m.text[0] == engineUpgrade || m.text[0] == engineMessage)
		l.said(m, at)
	}
	if ended := e.ended(); spoke && e.took >= 0 && ended.After(at.Add(slack)) {
		l.fell(ended, reasonUnseen)
	}
}

// said takes one message.
func (l *link) said(m *harMessage, at time.Time) {
	what, ok := moment{}, true
	switch {
	case m.failed:
		what = moment{what: closed, text: "transport error"}
	case m.closes:
		what = moment{what: closed, text: reasonUnseen}
	case m.odd:
		l.left[leftOdd]++
		return
	case m.sent:
		l.asks(m.text)
		what, ok = l.sent(m.text)
	case m.binary:
		what, ok = l.binary(m.text)
	default:
		what, ok = l.received(m.text)
	}
	l.take(what, ok, at, "websocket")
}

// asks learns from the client's CONNECT packet who it is.
func (l *link) asks(text []byte) {
	if len(text) < 2 || text[0] != engineMessage || text[1] != packetConnect {
		return
	}
	if p, ok := parsePacket(text[1:]); ok && p.namespace == defaultNamespace {
		var who identity
		who.token(p.member("token"))
		if who.subject != "" {
			l.who.subject = who.subject
		}
		if token := p.member("token"); token != "" {
			l.who.secret = who.secret
		}
	}
}

// clocks tells when the messages of an entry came: where they tell it by a clock that began at an
// unknown moment, it began when the entry did.
func clocks(e *harEntry) func(*harMessage) time.Time {
	first := 0.0
	return func(m *harMessage) time.Time {
		switch {
		case !m.at.IsZero():
			return m.at
		case m.clock == 0:
			return e.started
		case first == 0:
			first = m.clock
		}
		return e.started.Add(time.Duration((m.clock - first) * float64(time.Second)))
	}
}

// polling takes a request of the transport that polls.
func (l *link) polling(e *harEntry) {
	l.hear(e.started)
	begins := e.sid() == ""
	switch failed := e.status >= 400 || e.status == 0 && e.failure != ""; {
	case begins && (failed || e.status == 0):
		l.refuse(e)
		return
	case failed:
		l.fell(e.ended(), "transport error")
		return
	case e.status == 0:
		return // it was under way when the file was written
	}
	if e.method == http.MethodPost {
		l.posted(e)
		return
	}
	l.polled(e)
}

// posted takes what the client sent.
func (l *link) posted(e *harEntry) {
	packets, _ := splitPolling(e.sent)
	for _, text := range packets {
		l.asks(text)
		m, ok := l.sent(text)
		l.take(m, ok, e.started, "polling")
	}
}

// Sorts of polls that hold nothing that can be read.
var (
	leftBodiless   = leftOut{"poll", "polls", "without its answer's body", true}
	leftUnreadable = leftOut{"poll", "polls", "not Engine.IO's", true}
)

// polled takes what the server answered.
func (l *link) polled(e *harEntry) {
	if e.status != http.StatusOK {
		return
	}
	if !e.kept {
		l.left[leftBodiless]++
		return
	}
	packets, ok := splitPolling(e.body)
	if !ok {
		l.left[leftUnreadable]++
	}
	at := e.ended()
	l.hear(at)
	for _, text := range packets {
		m, ok := l.received(text)
		l.take(m, ok, at, "polling")
	}
}

// redirected tells whether a request was sent elsewhere, where another entry goes on.
func (e *harEntry) redirected() bool {
	return e.status >= 300 && e.status < 400 && e.status != http.StatusNotModified
}
