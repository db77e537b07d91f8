package convert

import (
	"bytes"
	"unicode/utf8"
)

// wire reads what went over one Engine.IO connection. What it cannot turn into a moment, and may
// have held deltas, it counts.
type wire struct {
	left        tally
	sid         string // of Engine.IO: older servers have no other
	recovers    bool   // the server puts an offset behind an event's arguments
	attachments int    // how many binary messages belong to the packet before
	text        bool   // packets are text: then no other bytes hold deltas
	engine      bool   // Engine.IO's types stand in front of packets
}

// Sorts of messages that no session holds.
var (
	leftAttachments = message("with binary attachments")
	leftBinary      = message("binary, as msgpack's are")
	leftForeign     = message("not Socket.IO's")
	leftBroken      = message("an event that cannot be read")
	leftOdd         = message("not as HAR files have them")
	leftStray       = leftOut{"message", "messages", "binary, and of no packet", false}
	leftNamespace   = leftOut{"message", "messages", "of another namespace", false}
)

// received takes an Engine.IO packet that the server sent. It is not ok where nothing happened that
// a session holds.
func (w *wire) received(text []byte) (m moment, ok bool) {
	if len(text) == 0 {
		return m, false
	}
	switch text[0] {
	case engineOpen:
		w.open(text)
	case engineMessage:
		return w.packet(text[1:])
	case engineClose:
		return moment{what: closed, text: reasonUnseen}, len(text) == 1
	case 'b':
		return w.binary(nil)
	}
	if text[0] < engineOpen || text[0] > engineHighest {
		if plain := unmask(text); plain != nil {
			return w.received(plain)
		}
		w.left[leftForeign]++
	}
	return m, false
}

func (w *wire) open(text []byte) { w.sid = packet{data: text[1:]}.member("sid") }

// binary takes a message of bytes. Some tools write text so.
func (w *wire) binary(data []byte) (m moment, ok bool) {
	if w.attachments > 0 {
		w.attachments--
		return m, false
	}
	if len(data) > 0 && utf8.Valid(data) && data[0] >= engineOpen && data[0] <= engineHighest {
		return w.received(data)
	}
	if w.text {
		w.left[leftStray]++
	} else {
		w.left[leftBinary]++
	}
	return m, false
}

// packet takes a Socket.IO packet that the server sent.
func (w *wire) packet(text []byte) (m moment, ok bool) {
	p, ok := parsePacket(text)
	w.text = w.text || ok
	switch {
	case !ok:
		w.left[leftBroken]++
		return m, false
	case p.kind == packetBinaryEvent || p.kind == packetBinaryAck:
		w.attachments = p.attachments
		if p.kind == packetBinaryEvent {
			w.left[leftAttachments]++
		}
		return m, false
	case p.namespace != defaultNamespace:
		if p.kind == packetEvent {
			w.left[leftNamespace]++
		}
		return m, false
	}
	switch p.kind {
	case packetConnect:
		return w.connect(p)
	case packetDisconnect:
		return moment{what: closed, text: "io server disconnect"}, true
	case packetConnectError:
		return moment{what: refused, text: p.refusal()}, true
	case packetEvent:
		return w.event(p)
	}
	return m, false
}

// connect takes a CONNECT packet. One that has data and no sid is the client's own: recordings of
// both directions hold it, and it holds the token.
func (w *wire) connect(p packet) (m moment, ok bool) {
	sid := p.member("sid")
	if sid == "" && len(p.data) > 0 {
		return m, false
	}
	if sid == "" {
		sid = w.sid
	}
	w.recovers = p.names("pid")
	return moment{what: connected, sid: sid}, true
}

func (w *wire) event(p packet) (m moment, ok bool) {
	name, args, ok := p.event()
	if !ok {
		w.left[leftBroken]++
		return m, false
	}
	if w.recovers {
		args = withoutOffset(args)
	}
	return moment{what: came, event: name, args: args}, true
}

// refusal is what a CONNECT_ERROR packet says: in its member "message", or, of an older server, all
// of it.
func (p packet) refusal() string {
	if len(p.data) > 0 && p.data[0] == '"' {
		return unquote(p.data)
	}
	return p.member("message")
}

// sent takes an Engine.IO packet that the client sent: of these only the end of the connection
// counts.
func (w *wire) sent(text []byte) (m moment, ok bool) {
	if len(text) == 1 && text[0] == engineClose {
		return moment{what: closed, text: reasonUnseen}, true
	}
	if len(text) < 2 || text[0] != engineMessage {
		return m, false
	}
	p, ok := parsePacket(text[1:])
	if !ok || p.kind != packetDisconnect || p.namespace != defaultNamespace {
		return m, false
	}
	return moment{what: closed, text: "io client disconnect"}, true
}

// either takes a packet of which nobody says whether Engine.IO's type is still in front of it. It
// is known where it is one.
func (w *wire) either(text []byte) (m moment, ok, known bool) {
	if !isFrame(text) {
		return m, false, false
	}
	switch {
	case len(text) > 1 && text[0] == engineMessage && text[1] != '{' && text[1] != '"':
		w.engine = true
		m, ok = w.packet(text[1:])
	case text[0] == engineOpen && bytes.Contains(text, []byte(`"pingInterval"`)):
		w.engine = true
		w.open(text)
	case len(text) == 1 && (w.engine || text[0] > packetDisconnect), isProbe(text):
		m, ok = w.received(text)
	default:
		m, ok = w.packet(text)
	}
	return m, ok, true
}

// isFrame tells whether a text looks like a packet of Engine.IO or Socket.IO: digits, perhaps the
// count of attachments and a namespace, then JSON or nothing.
func isFrame(text []byte) bool {
	rest := bytes.TrimLeft(text, digits)
	switch n := len(text) - len(rest); {
	case n == 0 || text[0] > engineHighest:
		return false
	case len(rest) == 0:
		return n <= 2
	case string(rest) == "probe":
		return n == 1
	}
	rest = bytes.TrimLeft(bytes.TrimPrefix(rest, []byte("-")), digits)
	if bytes.HasPrefix(rest, []byte("/")) {
		namespace, data, _ := bytes.Cut(rest, []byte(","))
		if bytes.ContainsAny(namespace, " \"[{") {
			return false
		}
		if rest = bytes.TrimLeft(data, digits); len(rest) == 0 {
			return true
		}
	}
	return len(rest) > 0 && (rest[0] == '[' || rest[0] == '{' || rest[0] == '"')
}
