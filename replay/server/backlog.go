package server

import (
	"context"

	"github.com/zishang520/socket.io/parsers/engine/v3/packet"
	"github.com/zishang520/socket.io/servers/engine/v3"
	"github.com/zishang520/socket.io/v3/pkg/types"
)

// The bytes that may wait for one connection before who emits has to wait, and those at which it
// may go on. Many connections share the text of what was emitted to all of them.
const (
	backlogHigh = 2 << 20
	backlogLow  = 512 << 10
)

// packetCost is what a packet weighs beside its text.
const packetCost = 256

// backlog knows how much waits for each connection. The zero value knows none.
type backlog struct {
	waiters
	most    int // bytes that may wait for one connection; 0: any number
	full    int // connections for which too much waits
	waiting int // connections for which anything waits
}

// waitingLine is what waits for one connection.
type waitingLine struct {
	of    *backlog
	bytes int
	full  bool
	gone  bool
	over  func(bytes int) // is called once, when more waits than may; may be nil
}

// watch begins to count what waits for a connection. over is told once when more waits than may. It
// is called while the connection is being written to, and must return at once.
func (b *backlog) watch(conn engine.Socket, over func(bytes int)) {
	q := &waitingLine{of: b, over: over}
	_ = conn.On("packetCreate", func(args ...any) {
		if p, ok := args[0].(*packet.Packet); ok {
			q.add(weight(p))
		}
	})
	_ = conn.On("flush", func(args ...any) {
		if sent, ok := args[0].([]*packet.Packet); ok {
			total := 0
			for _, p := range sent {
				total += weight(p)
			}
			q.add(-total)
		}
	})
	_ = conn.Once("close", func(...any) { q.end() })
	if conn.ReadyState() == "closed" {
		q.end()
	}
}

func weight(p *packet.Packet) int {
	if p.Options != nil && p.Options.WsPreEncodedFrame != nil {
		return p.Options.WsPreEncodedFrame.Len() + packetCost
	}
	if data, ok := p.Data.(types.BufferInterface); ok {
		return data.Len() + packetCost
	}
	return packetCost
}

// add counts bytes that came to wait, or went. What was there before the watch began goes without
// having come.
func (q *waitingLine) add(bytes int) {
	b := q.of
	b.mu.Lock()
	defer b.mu.Unlock()
	if q.gone {
		return
	}
	// What comes may be longer than all that may wait: it is what waited before that tells who does
	// not read.
	if bytes > 0 && b.most > 0 && q.bytes > b.most && q.over != nil {
		q.over(q.bytes)
		q.over = nil
	}
	q.set(max(q.bytes+bytes, 0))
}

// set is called with the lock held.
func (q *waitingLine) set(bytes int) {
	b := q.of
	before := q.bytes > 0
	q.bytes = bytes
	if after := q.bytes > 0; after != before {
		b.count(&b.waiting, after)
	}
	if q.bytes > backlogHigh && !q.full || q.bytes < backlogLow && q.full {
		q.full = !q.full
		b.count(&b.full, q.full)
	}
}

func (q *waitingLine) end() {
	q.of.mu.Lock()
	defer q.of.mu.Unlock()
	q.set(0)
	q.gone = true
}

// count counts one more or one less, and wakes those who wait for less.
func (b *backlog) count(what *int, more bool) {
	if more {
		*what++
		return
	}
	*what--
	b.wake()
}

// wait waits while too much waits for any connection.
func (b *backlog) wait(ctx context.Context) error {
	return b.await(ctx, func() bool { return b.full == 0 })
}

// empty waits until nothing waits for any connection.
func (b *backlog) empty(ctx context.Context) error {
	return b.await(ctx, func() bool { return b.waiting == 0 })
}
