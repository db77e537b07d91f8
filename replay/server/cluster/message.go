package cluster

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strconv"

	"github.com/carebase/deltatap/replay/msgpack"
	"github.com/carebase/deltatap/replay/server/payload"
)

// A message is what the official adapter publishes of a broadcast: [uid, packet, opts], in
// MessagePack. The packet is {type, data: [event, …arguments], nsp} and opts {rooms, except,
// flags}. Servers of this package add to opts the serial number of what they publish; official ones
// pass over it.
type message struct {
	uid    string
	serial uint64 // 0: none
	event  string
	args   []byte // as JSON, with commas between
	rooms  []string
	except []string
}

// The values of a broadcast of an event to the default namespace.
const (
	eventPacket = 2
	namespace   = "/"
	serialName  = "serial"
)

// pack writes the message of an event. It fails where the arguments are no JSON.
func pack(uid string, e *emission) ([]byte, error) {
	text := msgpack.AppendArray(make([]byte, 0, len(e.args)+256), 3)
	text = msgpack.AppendString(text, uid)

	text = msgpack.AppendMap(text, 3)
	text = msgpack.AppendUint(msgpack.AppendString(text, "type"), eventPacket)
	var values msgpack.Encoder
	array := append(append([]byte{'['}, e.args...), ']')
	text, err := values.AppendBehind(msgpack.AppendString(text, "data"), e.event, array)
	if err != nil {
		return nil, errArguments
	}
	text = msgpack.AppendString(msgpack.AppendString(text, "nsp"), namespace)

	text = msgpack.AppendMap(text, 4)
	text = msgpack.AppendArray(msgpack.AppendString(text, "rooms"), 1)
	text = msgpack.AppendString(text, e.room)
	text = msgpack.AppendArray(msgpack.AppendString(text, "except"), 0)
	text = msgpack.AppendMap(msgpack.AppendString(text, "flags"), 0)
	return msgpack.AppendUint(msgpack.AppendString(text, serialName), e.serial), nil
}

var errArguments = errors.New("its arguments are not JSON in UTF-8")

// Errors of messages that are something else than the broadcast of an event to the default
// namespace.
var (
	errNotMessage   = errors.New("not a message of the official adapter's")
	errNotEvent     = errors.New("not an event")
	errOtherSpace   = errors.New("of another namespace")
	errNotNamed     = errors.New("an event without a name")
	errTrailingText = errors.New("more than one message")
)

// unpack reads a message. It is hostile: anybody may publish.
func unpack(text []byte) (message, error) {
	m := message{}
	r := msgpack.NewReader(text)
	n, err := r.Array()
	if err != nil || n < 3 {
		return m, errNotMessage
	}
	if m.uid, err = r.String(); err != nil {
		return m, errNotMessage
	}
	if err := m.packet(r); err != nil {
		return m, err
	}
	if err := m.opts(r); err != nil {
		return m, err
	}
	for range n - 3 {
		if _, err := r.AppendJSON(nil); err != nil {
			return m, err
		}
	}
	if r.Len() > 0 {
		return m, errTrailingText
	}
	return m, nil
}

func (m *message) packet(r *msgpack.Reader) error {
	kind, space := "", strconv.Quote(namespace)
	named := false
	err := members(r, func(name string) error {
		if name == "data" {
			named = true
			return m.data(r)
		}
		value, err := r.AppendJSON(nil)
		switch name {
		case "type":
			kind = string(value)
		case "nsp":
			space = string(value)
		}
		return err
	})
	switch {
	case err != nil:
		return err
	case kind != strconv.Itoa(eventPacket):
		return errNotEvent
	case space != strconv.Quote(namespace):
		return errOtherSpace
	case !named:
		return errNotNamed
	}
	return nil
}

// data is the event's name and, behind it, its arguments.
func (m *message) data(r *msgpack.Reader) error {
	n, err := r.Array()
	if err != nil || n == 0 {
		return errNotNamed
	}
	if m.event, err = r.String(); err != nil {
		return errNotNamed
	}
	for i := range n - 1 {
		if i > 0 {
			m.args = append(m.args, ',')
		}
		if m.args, err = r.AppendJSON(m.args); err != nil {
			return err
		}
	}
	return nil
}

func (m *message) opts(r *msgpack.Reader) error {
	return members(r, func(name string) (err error) {
		switch name {
		case "rooms":
			m.rooms, err = rooms(r)
		case "except":
			m.except, err = rooms(r)
		case serialName:
			var value []byte
			if value, err = r.AppendJSON(nil); err == nil {
				m.serial, _ = strconv.ParseUint(string(value), 10, 64) // another's serial may be anything
			}
		default:
			_, err = r.AppendJSON(nil)
		}
		return err
	})
}

// members calls member for each name of a map; it reads the value.
func members(r *msgpack.Reader, member func(name string) error) error {
	n, err := r.Map()
	if err != nil {
		return errNotMessage
	}
	for range n {
		name, err := r.String()
		if err != nil {
			return err
		}
		if err := member(name); err != nil {
			return err
		}
	}
	return nil
}

// rooms reads a list of rooms. To JavaScript anything names a room; here all but strings are taken
// by how they are spelled.
func rooms(r *msgpack.Reader) ([]string, error) {
	n, err := r.Array()
	if err != nil {
		return nil, errNotMessage
	}
	var list []string
	for range n {
		value, err := r.AppendJSON(nil)
		if err != nil {
			return nil, err
		}
		name, ok := payload.AsString(value)
		if !ok {
			name = string(value)
		}
		list = append(list, name)
	}
	return list, nil
}

// inOrder lists emissions in the order in which they were published.
func inOrder(waiting map[uint64]*emission) []*emission {
	return slices.SortedFunc(maps.Values(waiting), func(a, b *emission) int { return cmp.Compare(a.serial, b.serial) })
}
