package socket

import (
	"encoding/json"
	"io"
	"sync"
	"sync/atomic"

	"github.com/zishang520/socket.io/clients/engine/v3"
	enginepkt "github.com/zishang520/socket.io/parsers/engine/v3/packet"
	"github.com/zishang520/socket.io/v3/pkg/types"
)

// transport lends an open link to the client library's engine, as a transport of its own kind. It
// reads the link, keeps the events for the intake and shows the rest to the engine; what the engine
// sends it writes.
//
// The engine learns of no error: a link's end is told to ended, and whoever listens there closes
// the engine.
type transport struct {
	engine.Transport

	link   link
	intake *intake
	ended  func(error)

	start   chan struct{} // closed once the library listens
	opened  chan struct{} // closed once the engine has seen the greeting
	closing chan struct{} // closed by the engine
	once    sync.Once
	out     chan []*enginepkt.Packet // what the engine wants sent
	emits   <-chan []byte            // what Client.Emit wants sent, past the library
	pings   chan struct{}            // what the server wants answered
	tasks   sync.WaitGroup
	leaving atomic.Bool // what still comes is not for us
}

func newTransport(l link, in *intake, emits <-chan []byte, ended func(error)) *transport {
	t := &transport{
		Transport: engine.MakeTransport(),
		link:      l,
		intake:    in,
		ended:     ended,
		start:     make(chan struct{}),
		opened:    make(chan struct{}),
		closing:   make(chan struct{}),
		out:       make(chan []*enginepkt.Packet, 1),
		emits:     emits,
		pings:     make(chan struct{}, 1),
	}
	t.Prototype(t)
	return t
}

// New lets a transport be its own maker, for the one engine that gets it.
func (t *transport) New(socket engine.Socket, opts engine.SocketOptionsInterface) engine.Transport {
	t.Construct(socket, opts)
	return t
}

// Name is "websocket" or "polling".
func (t *transport) Name() string { return t.link.name() }

// DoOpen is called by the engine while it is being made, before anyone listens to it: reading waits
// for start.
func (t *transport) DoOpen() {
	t.tasks.Go(func() {
		<-t.start
		t.open()
		err := t.link.read(t)
		t.link.abort()
		t.intake.flush()
		t.ended(err)
	})
	t.tasks.Go(t.send)
}

// open shows the engine the server's greeting, without the offer to upgrade, and with a patience
// that never ends: the link watches the pings itself, and knows when it was not the server that was
// slow.
func (t *transport) open() {
	const forever = 365 * 24 * 60 * 60 * 1000 // milliseconds
	defer close(t.opened)
	hello := t.link.greeting()
	hello.PingTimeout = forever
	text, _ := json.Marshal(hello) // strings and numbers: cannot fail
	t.OnOpen()
	t.show(enginepkt.OPEN, text)
}

func (t *transport) show(kind enginepkt.Type, text []byte) {
	t.OnPacket(&enginepkt.Packet{Type: kind, Data: types.NewStringBuffer(text)})
}

func (t *transport) arrived()   { t.intake.arrived() }
func (t *transport) idle() bool { return t.intake.idle() }

func (t *transport) unread(packets int, bytes int64) error {
	if t.leaving.Load() {
		return nil
	}
	return t.intake.unread(packets, bytes)
}

// packet takes one packet from the link. Messages go through the library to its decoder, which is
// ours, save for plain events: the way there costs each of them ten allocations and a third of the
// time, and it would end in the intake all the same. So it would for acknowledgements. Pings are
// answered here, since the engine starts a timer and a goroutine for each.
func (t *transport) packet(data []byte, binary bool) (keep bool, err error) {
	if binary || t.leaving.Load() {
		return false, nil // a binary message is the attachment of an event that was handed over without
	}
	if len(data) == 0 {
		return false, errPacketKind
	}
	switch data[0] {
	case engineMessage:
		if len(data) > 1 && (data[1] == packetEvent || data[1] == packetAck) {
			_, err := t.intake.message(data[1:])
			return true, err
		}
		t.show(enginepkt.MESSAGE, data[1:])
		return true, t.intake.err
	case enginePing:
		select {
		case t.pings <- struct{}{}:
		default: // the last one has not been answered yet: one answer does for both
		}
	case engineClose:
		return false, errServerClose
	case engineOpen, engineUpgrade, engineNoop:
	default:
		return false, errPacketKind
	}
	return false, nil
}

// Write is called by the engine, which does not call again before "drain".
func (t *transport) Write(packets []*enginepkt.Packet) {
	t.SetWritable(false)
	select {
	case t.out <- packets:
	case <-t.closing:
	}
}

// DoClose is called by the engine: what it has written is sent, then the link is closed.
func (t *transport) DoClose() { t.once.Do(func() { close(t.closing) }) }

// send writes until the engine closes the transport. A link that fails is left to the reader to
// notice; the engine is told that its packets are gone all the same, since it waits for that before
// it closes.
func (t *transport) send() {
	for {
		select {
		case packets := <-t.out:
			t.write(packets)
		case text := <-t.emits:
			t.emit(text)
		case <-t.pings:
			_ = t.link.write([]outgoing{{data: []byte{enginePong}}})
		case <-t.closing:
			select {
			case packets := <-t.out:
				t.write(packets)
			default:
			}
			t.link.close()
			return
		}
	}
}

func (t *transport) write(packets []*enginepkt.Packet) {
	message := make([]outgoing, 0, len(packets))
	for _, p := range packets {
		if o, ok := encode(p); ok {
			message = append(message, o)
		}
	}
	_ = t.link.write(message)
	t.SetWritable(true)
	t.Emit("drain")
}

// encode writes a message as Engine.IO does: the type before text, nothing before binary data. The
// engine sends nothing else.
func encode(p *enginepkt.Packet) (outgoing, bool) {
	var data []byte
	if p.Data != nil {
		var err error
		if data, err = io.ReadAll(p.Data); err != nil {
			return outgoing{}, false
		}
	}
	if _, binary := p.Data.(*types.BytesBuffer); binary {
		return outgoing{data: data, binary: true}, true
	}
	return outgoing{data: append([]byte{engineMessage}, data...)}, p.Type == enginepkt.MESSAGE
}
