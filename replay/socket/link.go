package socket

import (
	"errors"
)

// The Engine.IO packet types, as the first byte of a packet's text.
const (
	engineOpen    = '0'
	engineClose   = '1'
	enginePing    = '2'
	enginePong    = '3'
	engineMessage = '4'
	engineUpgrade = '5'
	engineNoop    = '6'
)

// The transports by name.
const (
	transportWebsocket = "websocket"
	transportPolling   = "polling"
)

// Why a link ends, beside what the network says.
var (
	errSilent     = errors.New("no ping from the server") // half-open: pings stopped coming
	errTooLarge   = errors.New("a message is too long to be read")
	errHeaders    = errors.New("the answer's headers are longer than 1 MiB")
	errPacketKind = errors.New("not an Engine.IO packet")
)

// link is an open Engine.IO connection over one transport, greeted by the server. The client
// library's own transports are not used: they dial without a deadline, forget why a dial failed,
// poll without regard to proxies, and cannot be closed while they wait.
type link interface {
	name() string
	greeting() greeting
	// read hands every packet to r, in order, until the link ends, and says why. It notices when
	// the server's pings stop coming, yet not while r makes it wait.
	read(r receiver) error
	// write sends one message of whole packets; it fails rather than wait for long.
	write(packets []outgoing) error
	// close says goodbye; read ends within a moment, and its packets count no more.
	close()
	// abort ends read, and write, at once. It may be called at any time, more than once.
	abort()
}

// outgoing is one packet on its way to the server: a text packet with its type byte, or a binary
// message.
type outgoing struct {
	data   []byte
	binary bool
}

// receiver takes packets on the goroutine that reads a link.
type receiver interface {
	// arrived tells that bytes came from the network: the packets that follow came then.
	arrived()
	// packet takes one packet with its type byte, or one binary message, and says whether it keeps
	// the memory.
	packet(data []byte, binary bool) (keep bool, err error)
	// unread takes note of packets, so many bytes of them, that were too long and are gone.
	unread(packets int, bytes int64) error
	// idle tells that the reader is about to wait for the network; it says whether the receiver
	// made the reader wait.
	idle() (waited bool)
}

// longMessage is a message that was too long and was read past.
type longMessage struct {
	size int64 // bytes of it, as far as they came
	err  error // why its end did not come; nil where it did
}

func (e *longMessage) Error() string { return errTooLarge.Error() }

func (e *longMessage) Unwrap() error { return errTooLarge }
