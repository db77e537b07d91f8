package server

import (
	"github.com/gorilla/websocket"
	"github.com/zishang520/socket.io/parsers/engine/v3/packet"
	"github.com/zishang520/socket.io/servers/socket/v3"
	"github.com/zishang520/socket.io/v3/pkg/types"
)

// fullBurst is how many bytes of frames make a burst that takes no more events.
const fullBurst = 64 << 10

// A burst is a row of events for the clients of one room, encoded once for all of them. For the
// library it is one packet, so that a thousand clients cost a thousand times what one packet does,
// not what one does for each event.
type burst struct {
	text   []byte // as a poll carries several packets, without the type of the first one
	frames []byte // as websockets carry them
}

const (
	messageType = '4'    // of an Engine.IO packet
	separator   = '\x1e' // between the packets of a poll
)

// add puts an event behind the others; args are its arguments, with commas between.
func (b *burst) add(event string, args []byte) {
	if len(b.text) > 0 {
		b.text = append(b.text, separator, messageType)
	}
	from := len(b.text)
	b.text = appendEvent(b.text, event, args)
	text := b.text[from:]
	b.frames = appendHeader(b.frames, websocket.TextMessage, 1+len(text))
	b.frames = append(b.frames, messageType)
	b.frames = append(b.frames, text...)
}

// burstOf is a burst of one event, whose text polls and websockets share.
func burstOf(event string, args []byte) *burst {
	text := appendEvent(make([]byte, 0, len(event)+len(args)+8), event, args)
	frames := appendHeader(make([]byte, 0, len(text)+11), websocket.TextMessage, 1+len(text))
	frames = append(append(frames, messageType), text...)
	return &burst{text: frames[len(frames)-len(text):], frames: frames}
}

// weight is what the burst weighs where it waits.
func (b *burst) weight() int { return len(b.frames) }

// frames are whole websocket frames that are written as they are.
type frames struct{ types.BufferInterface }

// send sends a burst to every client of a room.
func (s *sockets) send(room string, b *burst) {
	ids, ok := s.io.Sockets().Adapter().Rooms().Load(socket.Room(room))
	if !ok {
		return
	}
	opts := &packet.Options{WsPreEncodedFrame: frames{types.NewBytesBuffer(b.frames)}}
	for _, id := range ids.Keys() {
		if client, ok := s.io.Sockets().Sockets().Load(id); ok && client.Connected() {
			client.Conn().Write(types.NewStringBuffer(b.text), opts, nil)
		}
	}
}
