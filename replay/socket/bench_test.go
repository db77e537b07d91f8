package socket

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// delta is a message of the size that a Carebase server sends.
func delta(n int) string {
	return fmt.Sprintf(`["plan:item-delta",{"deltas":[{"itemType":"appointment","entityId":%d,"planItemId":1,`+
		`"action":"updated","source":"rest","data":{"appointment":{%s}},"version":%d}]}]`,
		n, `"summary":"`+strings.Repeat("x", 470)+`"`, n)
}

// frames are n deltas as WebSocket frames, ready to be written.
func frames(n int) []byte {
	var b []byte
	for i := range n {
		text := "42" + delta(i+1)
		b = append(b, 0x81, 126, byte(len(text)>>8), byte(len(text)))
		b = append(b, text...)
	}
	return b
}

// flood writes n deltas to a peer, as fast as they are taken.
func flood(conn net.Conn, n int) {
	const chunk = 100
	text := frames(chunk)
	for ; n >= chunk; n -= chunk {
		if _, err := conn.Write(text); err != nil {
			return
		}
	}
	_, _ = conn.Write(frames(n))
}

// BenchmarkIngest measures what it costs to take one delta of 620 bytes from the network to the
// handler, server and client sharing the machine.
func BenchmarkIngest(b *testing.B) {
	begin := make(chan int)
	u := serve(b, func(_ int, p *peer) {
		p.greet(25000, 20000)
		p.accept()
		for n := range begin {
			flood(p.NetConn(), n)
		}
		_ = p.WriteControl(websocket.CloseMessage, nil, time.Now().Add(time.Second))
	})
	defer close(begin)
	b.SetBytes(int64(len(delta(1))))
	b.ReportAllocs()
	events := 0
	err := New(to(u)).Run(context.Background(), func(s Signal) error {
		switch s.Kind {
		case Connected:
			b.ResetTimer()
			begin <- b.N
		case Event:
			if events++; events == b.N {
				b.StopTimer()
				return errEnough
			}
		}
		return nil
	})
	if err != errEnough {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}
