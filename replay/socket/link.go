package socket

import (
	"encoding/json"
	"errors"
	"time"
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

// maxMessage bounds one message, so that a server cannot fill the memory.
const maxMessage = 128 << 20

// The transports by name.
const (
	transportWebsocket = "websocket"
	transportPolling   = "polling"
)

// Why a link ends, beside what the network says.
var (
	errSilent     = errors.New("no ping from the server") // half-open: pings stopped coming
	errNotEngine  = errors.New("the server does not speak Engine.IO 4")
	errTooLarge   = errors.New("a message is larger than 128 MiB")
	errPacketKind = errors.New("not an Engine.IO packet")
)

// link is an open Engine.IO connection over one transport, greeted by the server. The client library's own transports
// are not used: they dial without a deadline, forget why a dial failed, poll without regard to proxies, and cannot be
// closed while they wait.
type link interface {
	name() string
	greeting() greeting
	// read hands every packet to r, in order, until the link ends, and says why. It notices when the server's pings
	// stop coming, yet not while r makes it wait.
	read(r receiver) error
	// write sends one message of whole packets; it fails rather than wait for long.
	write(packets []outgoing) error
	// close says goodbye; read ends within a moment, and its packets count no more.
	close()
	// abort ends read, and write, at once. It may be called at any time, more than once.
	abort()
}

// outgoing is one packet on its way to the server: a text packet with its type byte, or a binary message.
type outgoing struct {
	data   []byte
	binary bool
}

// receiver takes packets on the goroutine that reads a link.
type receiver interface {
	// arrived tells that bytes came from the network: the packets that follow came then.
	arrived()
	// packet takes one packet with its type byte, or one binary message, and says whether it keeps the memory.
	packet(data []byte, binary bool) (keep bool, err error)
	// idle tells that the reader is about to wait for the network; it says whether the receiver made the reader wait.
	idle() (waited bool)
}

// greeting is what the server says first.
type greeting struct {
	SID          string `json:"sid"`
	PingInterval int64  `json:"pingInterval"` // milliseconds
	PingTimeout  int64  `json:"pingTimeout"`  // milliseconds
	MaxPayload   int64  `json:"maxPayload"`   // bytes of one POST
}

// patience is how long the server may go without a ping before the link counts as dead.
func (g greeting) patience() time.Duration {
	return time.Duration(g.PingInterval+g.PingTimeout) * time.Millisecond
}

// parseGreeting reads the first packet: `0{"sid":"…","pingInterval":25000,"pingTimeout":20000,…}`.
func parseGreeting(packet []byte) (greeting, error) {
	var g greeting
	if len(packet) == 0 || packet[0] != engineOpen || json.Unmarshal(packet[1:], &g) != nil {
		return g, errNotEngine
	}
	const tooLong = int64(24 * time.Hour / time.Millisecond)
	if g.SID == "" || g.PingInterval <= 0 || g.PingTimeout <= 0 || g.PingInterval > tooLong || g.PingTimeout > tooLong {
		return g, errNotEngine
	}
	return g, nil
}
