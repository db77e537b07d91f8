package socket

import (
	"time"

	"github.com/zishang520/socket.io/clients/engine/v3"
	"github.com/zishang520/socket.io/clients/socket/v3"
	"github.com/zishang520/socket.io/parsers/socket/v3/parser"
	"github.com/zishang520/socket.io/v3/pkg/types"
)

// library is the client library's part in one connection: it speaks Engine.IO and Socket.IO over a
// link that is open already, sends the CONNECT packet and answers pings. Its own reconnection is
// off.
type library struct {
	manager   *socket.Manager
	socket    *socket.Socket
	decoder   *decoder
	transport *transport
}

// newLibrary makes a Manager for one link and lets it run. ended is called once, on the reading
// goroutine, when the link has ended, after the last signal; then close is due.
func newLibrary(l link, in *intake, emits <-chan []byte, token string, ended func(error)) *library {
	lib := &library{transport: newTransport(l, in, emits, ended), decoder: newDecoder(in)}
	opts := socket.DefaultManagerOptions()
	opts.SetReconnection(false)
	opts.SetAutoConnect(false)
	opts.SetUpgrade(false)
	opts.SetTimeout(24 * time.Hour) // the attempt has a deadline of its own
	opts.SetParser(codec{lib.decoder})
	opts.SetTransports(types.NewSet[engine.TransportCtor](lib.transport))

	lib.manager = socket.NewManager("http://localhost", opts) // the address is the link's affair
	namespace := socket.DefaultSocketOptions()
	if token != "" {
		namespace.SetAuth(map[string]any{"token": token})
	}
	lib.socket = lib.manager.Socket("/", namespace)
	lib.socket.Connect()
	close(lib.transport.start)
	return lib
}

// close says goodbye to the server, closes the link and waits until every goroutine of the
// connection has ended.
func (lib *library) close() {
	lib.transport.leaving.Store(true)
	<-lib.transport.opened
	impatient := time.AfterFunc(2*farewellWait, lib.insist)
	defer impatient.Stop()
	lib.socket.Disconnect()
	lib.transport.tasks.Wait()
}

// insist ends a farewell that takes too long: the link may be stuck in a write, and the engine may
// have missed the end of one, which it waits for before it closes.
func (lib *library) insist() {
	lib.transport.link.abort()
	lib.manager.Engine().Emit("drain")
	lib.transport.DoClose()
}

// codec is the parser that the library is given: its own encoder, our decoder.
type codec struct{ decoder *decoder }

func (c codec) NewEncoder() parser.Encoder { return parser.NewEncoder() }
func (c codec) NewDecoder() parser.Decoder { return c.decoder }

// decoder sees each packet's text in order, on the goroutine that reads the network. What the
// intake takes, the library never sees; the few others go on to the library's own decoder.
type decoder struct {
	parser.Decoder
	intake *intake
}

func newDecoder(in *intake) *decoder {
	return &decoder{Decoder: parser.NewDecoder(), intake: in}
}

// Add takes one packet. Errors are kept from the library, which would close the connection under
// the reader.
func (d *decoder) Add(data any) error {
	text, ok := data.(*types.StringBuffer)
	if !ok {
		return nil
	}
	forward, err := d.intake.message(text.Bytes())
	if err != nil {
		d.intake.err = err
	}
	if forward {
		_ = d.Decoder.Add(text)
	}
	return nil
}
