package socket

import (
	"errors"
	"time"
)

const (
	// maxEarly bounds the events that are kept from before the server's consent.
	maxEarly = 1 << 10
	// maxGathered bounds what gathers, in bytes, before it is passed on in the middle of a read.
	maxGathered = 256 << 10
)

// Why the reading of a connection ends, beside what the network says.
var (
	errServerDisconnect = errors.New(ReasonServerDisconnect)
	errServerClose      = errors.New("closed by the server")
)

// intake turns packets into signals, on the goroutine that reads the network. Signals gather until
// the reader is about to wait for the network (flush): what came in one read goes to the queue in
// one step.
type intake struct {
	queue     *queue
	now       func() time.Time
	transport string
	attempt   int
	consent   func() bool    // told that the server has accepted; says whether anyone still waits for that
	refuse    func(*refusal) // told that the server has refused
	asked     func() bool    // whether acknowledgements are waited for

	at     time.Time // when the bytes came that are being taken apart
	batch  []Signal
	bytes  int
	waited bool     // the queue was full since it was last asked
	early  []Signal // events that came before consent
	open   bool
	// recovers tells that the server puts an offset behind the arguments of its events.
	recovers bool
	name     string // the last event's name: nearly always the next one's too
	err      error  // what message found, where the library stands between it and the reader
}

// arrived stamps the signals that follow.
func (in *intake) arrived() { in.at = in.now() }

// idle passes the gathered signals on, before the reader waits for the network. It says whether
// passing on had to wait for room since it was last called.
func (in *intake) idle() (waited bool) {
	in.flush()
	waited, in.waited = in.waited, false
	return waited
}

func (in *intake) flush() {
	if len(in.batch) == 0 {
		return
	}
	if in.queue.put(in.batch, in.bytes) {
		in.waited = true
	}
	clear(in.batch)
	in.batch, in.bytes = in.batch[:0], 0
}

// message takes one Socket.IO packet; it keeps the memory of an event. It says whether the client
// library has to see the packet too. An error ends the connection.
func (in *intake) message(text []byte) (forward bool, err error) {
	p, err := parsePacket(text)
	if err != nil || p.namespace != "/" {
		return false, err
	}
	switch p.kind {
	case packetEvent, packetBinaryEvent:
		return false, in.event(p.payload)
	case packetConnect:
		return in.connect(p.payload)
	case packetConnectError:
		return false, in.connectError(p.payload)
	case packetDisconnect:
		return false, errServerDisconnect
	case packetAck, packetBinaryAck:
		return false, in.acked(p)
	}
	return false, nil
}

// acked passes an acknowledgement on, where something was emitted that it may answer.
func (in *intake) acked(p packet) error {
	if !in.open || !in.asked() {
		return nil
	}
	id, args, err := splitAck(p)
	if err == nil {
		in.add(Signal{At: in.at, Kind: Acked, ID: id, Args: args})
	}
	return err
}

func (in *intake) event(payload []byte) error {
	token, args, err := splitEvent(payload)
	if err != nil {
		return err
	}
	if !quotes(token, in.name) {
		if in.name, err = eventName(token); err != nil {
			return err
		}
	}
	if in.recovers {
		args = withoutOffset(args)
	}
	s := Signal{At: in.at, Kind: Event, Event: in.name, Args: args}
	if in.open {
		in.add(s)
		return nil
	}
	if len(in.early) == maxEarly {
		return errPacket
	}
	in.early = append(in.early, s)
	return nil
}

// unread takes note of packets that were too long to be read. Before the server's consent there is
// no record that could tell of them.
func (in *intake) unread(packets int, bytes int64) error {
	if !in.open {
		return errTooLarge
	}
	in.queue.unread.Add(int64(packets))
	in.add(Signal{At: in.at, Kind: Unread, Packets: packets, Bytes: bytes})
	return nil
}

func (in *intake) add(s Signal) {
	in.batch = append(in.batch, s)
	if in.bytes += len(s.Args); in.bytes >= maxGathered {
		in.flush()
	}
}

func (in *intake) connect(payload []byte) (forward bool, err error) {
	if in.open {
		return false, nil
	}
	answer, err := parseConsent(payload)
	if err != nil {
		return false, err
	}
	if !in.consent() {
		return false, errServerClose
	}
	in.open, in.recovers = true, answer.PID != ""
	in.add(Signal{At: in.at, Kind: Connected, SID: answer.SID, Transport: in.transport, Attempt: in.attempt})
	for _, s := range in.early {
		s.At = in.at // they count from now
		in.add(s)
	}
	in.early = nil
	return true, nil
}

func (in *intake) connectError(payload []byte) error {
	if in.open {
		return errServerDisconnect
	}
	in.refuse(parseRefusal(payload))
	return errServerClose
}
