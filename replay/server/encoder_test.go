package server

import (
	"testing"

	"github.com/zishang520/socket.io/parsers/socket/v3/parser"
)

func TestEncoder(t *testing.T) {
	id := uint64(3)
	raw := rawArgs(`{"a":"<é>&\u0026","z":1.0}`)
	for _, tc := range []struct {
		name   string
		packet parser.Packet
		want   string
	}{
		{"raw event", parser.Packet{Type: parser.EVENT, Nsp: "/", Data: []any{"e", raw}}, `2["e",{"a":"<é>&\u0026","z":1.0}]`},
		{"stock event", parser.Packet{Type: parser.EVENT, Nsp: "/", Data: []any{"e", 1}}, `2["e",1]`},
		{"acknowledgement", parser.Packet{Type: parser.ACK, Id: &id, Nsp: "/", Data: []any{true}}, `33[true]`},
		{"refusal", parser.Packet{Type: parser.CONNECT_ERROR, Nsp: "/", Data: map[string]any{"message": "Unauthorized", "data": nil}}, `4{"message":"Unauthorized"}`},
		{"refusal with data", parser.Packet{Type: parser.CONNECT_ERROR, Nsp: "/x", Data: map[string]any{"data": 1}}, `4/x,{"data":1}`},
	} {
		encoded := wireParser{parser.NewParser()}.NewEncoder().Encode(&tc.packet)
		if len(encoded) != 1 || encoded[0].String() != tc.want {
			t.Errorf("%s: %v, want %s", tc.name, encoded, tc.want)
		}
	}
}
