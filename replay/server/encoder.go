package server

import (
	"github.com/carebase/deltatap/replay/server/payload"
	"github.com/zishang520/socket.io/parsers/socket/v3/parser"
	"github.com/zishang520/socket.io/v3/pkg/types"
)

// rawArgs are the arguments of an event, as JSON text with commas between, which goes over the wire
// byte for byte. (The library's own encoder would marshal it again, and escape <, > and & on the
// way.)
type rawArgs []byte

// wireParser is the library's parser with an encoder that keeps bytes and refuses as a Carebase
// does.
type wireParser struct{ parser.Parser }

// NewEncoder makes an encoder; several goroutines may use it.
func (p wireParser) NewEncoder() parser.Encoder { return wireEncoder{p.Parser.NewEncoder()} }

type wireEncoder struct{ stock parser.Encoder }

// Encode writes events of raw arguments itself, takes an empty "data" out of CONNECT_ERROR, and
// leaves the rest to the library's encoder.
func (e wireEncoder) Encode(packet *parser.Packet) []types.BufferInterface {
	switch data := packet.Data.(type) {
	case []any:
		if text := eventText(packet, data); text != nil {
			return []types.BufferInterface{types.NewStringBuffer(text)}
		}
	case map[string]any:
		if packet.Type == parser.CONNECT_ERROR && data["data"] == nil {
			delete(data, "data")
		}
	}
	return e.stock.Encode(packet)
}

// eventText is the packet of an event with raw arguments in the default namespace; nil for every
// other.
func eventText(packet *parser.Packet, data []any) []byte {
	if packet.Type != parser.EVENT || packet.Id != nil || packet.Nsp != "/" || len(data) != 2 {
		return nil
	}
	event, named := data[0].(string)
	args, raw := data[1].(rawArgs)
	if !named || !raw {
		return nil
	}
	return appendEvent(make([]byte, 0, len(event)+len(args)+len(`2["",]`)), event, args)
}

// appendEvent writes the packet of an event in the default namespace; args are its arguments, with
// commas between.
func appendEvent(dst []byte, event string, args []byte) []byte {
	dst = append(dst, '2', '[')
	dst = payload.AppendQuote(dst, event)
	if len(args) > 0 {
		dst = append(dst, ',')
		dst = append(dst, args...)
	}
	return append(dst, ']')
}
