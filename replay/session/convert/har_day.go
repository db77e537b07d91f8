package convert

import (
	"bytes"
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/carebase/deltatap/replay/session"
)

// browserDay gathers from a HAR file what concerns a plan: the Socket.IO connections of each server, and the answers of REST.
type browserDay struct {
	sockets []*place
	answers []answer
	left    map[string]int
}

// place is where Socket.IO connections go, and what came over them.
type place struct {
	name    string
	origin  string
	moments []moment
	deltas  int // messages with plan deltas
	events  int
}

// answer is an answer of REST.
type answer struct {
	origin string
	moment moment
}

func (d *browserDay) add(e *harEntry) {
	kind, isAnswer := restKind(e)
	switch {
	case isAnswer:
		d.answers = append(d.answers, answer{e.origin(), d.answer(kind, e)})
	case !e.isEngine():
		if len(e.Messages) > 0 {
			d.left["a WebSocket that is not Socket.IO's"]++
		}
	case strings.HasPrefix(e.url.Scheme, "ws"):
		d.place(e).webSocket(e)
	default:
		d.place(e).polling(e)
	}
}

// restKind says of which kind the record of a request to REST is.
func restKind(e *harEntry) (session.Kind, bool) {
	switch path := strings.TrimSuffix(e.url.Path, "/"); {
	case e.Request.Method != http.MethodGet:
	case strings.HasSuffix(path, "/api/plan"):
		return session.KindPlan, true
	case strings.HasSuffix(path, "/api/plan/version"):
		return session.KindVersion, true
	}
	return "", false
}

func (d *browserDay) answer(kind session.Kind, e *harEntry) moment {
	rec := session.Record{Kind: kind, Status: e.Response.Status, Took: session.TookUnknown}
	if took := e.took(); took >= 0 {
		rec.Took = took
	}
	if rec.Status == 0 {
		rec.Error = e.failure()
	} else if body, ok := e.body(); ok {
		rec.Body = body
	} else {
		rec.Error = "the browser did not keep the body"
	}
	return moment{at: e.ended(), what: answered, answer: rec}
}

func (d *browserDay) place(e *harEntry) *place {
	name := e.place()
	for _, p := range d.sockets {
		if p.name == name {
			return p
		}
	}
	p := &place{name: name, origin: e.origin()}
	d.sockets = append(d.sockets, p)
	return p
}

// webSocket takes a WebSocket and its messages.
func (p *place) webSocket(e *harEntry) {
	if e.begins() {
		p.moments = append(p.moments, moment{at: e.Started, what: opened})
		if len(e.Messages) == 0 && e.Response.Status != http.StatusSwitchingProtocols {
			p.refused(e)
		}
	}
	at := e.Started
	for _, m := range e.Messages {
		if t := m.at(e); t.After(at) {
			at = t // messages are in order, whatever their times
		}
		switch {
		case m.Type == "error":
			p.moments = append(p.moments, moment{at: at, what: closed, text: []byte("transport error")})
		case m.Opcode == 1 || m.Opcode == 0:
			p.enginePacket(at, "websocket", []byte(m.Data), m.Type == "send")
		}
	}
}

// polling takes a request of the transport that polls.
func (p *place) polling(e *harEntry) {
	begins := e.begins()
	if begins {
		p.moments = append(p.moments, moment{at: e.Started, what: opened})
	}
	if data := e.Request.PostData; e.Request.Method == http.MethodPost && data != nil {
		p.enginePackets(e.Started, []byte(data.Text), true)
		return
	}
	body, kept := e.body()
	switch {
	case e.Response.Status == http.StatusOK && kept:
		p.enginePackets(e.ended(), body, false)
	case begins && e.Response.Status != http.StatusOK:
		p.refused(e)
	}
}

func (p *place) refused(e *harEntry) {
	why := e.failure()
	if e.Response.Status != 0 {
		why = fmt.Sprintf("HTTP status %d", e.Response.Status)
	}
	p.moments = append(p.moments, moment{at: e.ended(), what: refused, text: []byte(why)})
}

// separator stands between the packets of one answer.
const separator = "\x1e"

func (p *place) enginePackets(at time.Time, body []byte, sent bool) {
	for _, text := range bytes.Split(body, []byte(separator)) {
		p.enginePacket(at, "polling", text, sent)
	}
}

// The types of an Engine.IO packet, its first byte.
const (
	engineClose   = '1'
	engineMessage = '4'
)

// enginePacket takes an Engine.IO packet. Of what the client sent only the end of the connection counts.
func (p *place) enginePacket(at time.Time, transport string, text []byte, sent bool) {
	switch {
	case len(text) == 0:
	case text[0] == engineClose && len(text) == 1:
		p.moments = append(p.moments, moment{at: at, what: closed, text: []byte("transport close")})
	case text[0] != engineMessage:
	case !sent:
		p.received(moment{at: at, what: packetCame, transport: transport, text: text[1:]})
	default:
		if packet, ok := parsePacket(text[1:]); ok && packet.kind == packetDisconnect {
			p.moments = append(p.moments, moment{at: at, what: closed, text: []byte("io client disconnect")})
		}
	}
}

func (p *place) received(m moment) {
	p.moments = append(p.moments, m)
	packet, ok := parsePacket(m.text)
	if !ok || packet.kind != packetEvent {
		return
	}
	p.events++
	if bytes.HasPrefix(packet.data, []byte(`["`+deltaEvent+`"`)) {
		p.deltas++
	}
}

// choose returns what came over the connections with the most deltas, and the answers of REST that belong to it, in order.
func (d *browserDay) choose() (moments []moment, server string) {
	slices.SortStableFunc(d.sockets, func(a, b *place) int {
		return cmp.Or(cmp.Compare(b.deltas, a.deltas), cmp.Compare(b.events, a.events))
	})
	for i, p := range d.sockets {
		if i > 0 {
			d.left["of another Socket.IO server"]++
			continue
		}
		moments, server = p.moments, p.origin
	}
	if len(d.answers) > 0 && !d.answeredBy(server) {
		from := d.answers[0].origin // REST may have a server of its own
		if server == "" {
			server = from
		}
		moments = d.withAnswers(moments, from)
	} else {
		moments = d.withAnswers(moments, server)
	}
	slices.SortStableFunc(moments, func(a, b moment) int { return a.at.Compare(b.at) })
	return moments, server
}

func (d *browserDay) answeredBy(server string) bool {
	return slices.ContainsFunc(d.answers, func(a answer) bool { return a.origin == server })
}

func (d *browserDay) withAnswers(moments []moment, server string) []moment {
	for _, a := range d.answers {
		if a.origin != server {
			d.left["of another server's REST"]++
			continue
		}
		moments = append(moments, a.moment)
	}
	return moments
}
