package cluster

import (
	"github.com/carebase/deltatap/replay/msgpack"
	"github.com/carebase/deltatap/replay/sink"
)

// Encoder writes packets in MessagePack, in the bytes of the official emitters. The zero value is
// ready.
type Encoder struct{ values msgpack.Encoder }

// AppendPacket appends the packet of an event, {type, data, nsp}. The error is ErrArguments.
func (e *Encoder) AppendPacket(dst []byte, name string, args []byte) ([]byte, error) {
	e.values.NoProto = true
	out := msgpack.AppendUint(msgpack.AppendString(msgpack.AppendMap(dst, 3), "type"), EventPacket)
	out, err := e.values.AppendBehind(msgpack.AppendString(out, "data"), name, args)
	if err != nil {
		return dst, ErrArguments
	}
	return msgpack.AppendString(msgpack.AppendString(out, "nsp"), Namespace), nil
}

// AppendOptions appends whom a packet is for: the members of one room.
func AppendOptions(dst []byte, room string) []byte {
	dst = msgpack.AppendString(msgpack.AppendMap(dst, 3), "rooms")
	dst = msgpack.AppendString(msgpack.AppendArray(dst, 1), room)
	dst = msgpack.AppendMap(msgpack.AppendString(dst, "flags"), 0)
	return msgpack.AppendArray(msgpack.AppendString(dst, "except"), 0)
}

// losses are what a packet may lose on its way.
var losses = []struct {
	what  msgpack.Lost
	unfit sink.Unfit
}{
	{msgpack.LostSurrogate, sink.Unfit{Delta: -1, What: "half a surrogate pair", Reason: "MessagePack cannot hold it: it arrives as U+FFFD"}},
	{msgpack.LostNumber, sink.Unfit{Delta: -1, What: "a number", Reason: "it is beyond a double: it arrives as null"}},
	{msgpack.LostProto, sink.Unfit{Delta: -1, What: "a member named __proto__", Reason: "nodes do not take it from MessagePack: left out"}},
}

// Lost is what the latest packet loses on its way.
func (e *Encoder) Lost() (unfit []sink.Unfit) {
	for _, loss := range losses {
		if e.values.Lost()&loss.what != 0 {
			unfit = append(unfit, loss.unfit)
		}
	}
	return unfit
}
