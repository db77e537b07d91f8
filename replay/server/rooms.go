package server

import (
	"sync"

	"github.com/zishang520/socket.io/servers/socket/v3"
	"github.com/zishang520/socket.io/v3/pkg/types"
)

// roomsBuilder makes adapters whose rooms do not vanish. In the library's, a socket that joins a
// room in the moment in which the last one leaves it is in no room afterwards: a user who
// reconnects would get no deltas, and no error.
type roomsBuilder struct{ socket.AdapterConstructor }

// New makes the adapter of a namespace.
func (b roomsBuilder) New(nsp socket.Namespace) socket.Adapter {
	r := &rooms{Adapter: b.AdapterConstructor.New(nsp)}
	r.Prototype(r)
	return r
}

// rooms lets sockets join and leave one after another.
type rooms struct {
	socket.Adapter
	mu sync.Mutex
}

// AddAll puts a socket into rooms.
func (r *rooms) AddAll(id socket.SocketId, into *types.Set[socket.Room]) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Adapter.AddAll(id, into)
}

// Del takes a socket out of a room.
func (r *rooms) Del(id socket.SocketId, from socket.Room) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Adapter.Del(id, from)
}

// DelAll takes a socket out of every room.
func (r *rooms) DelAll(id socket.SocketId) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Adapter.DelAll(id)
}
