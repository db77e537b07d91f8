package server

import (
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/zishang520/socket.io/servers/engine/v3"
)

// abruptEnds are clients that go without a goodbye, at each stage of a connection.
var abruptEnds = map[string]func(t *testing.T, c *carebase){
	"a websocket that follows":    func(t *testing.T, c *carebase) { hangUp(enterFast(t, c)) },
	"a websocket that said hello": func(t *testing.T, c *carebase) { hangUp(dialFast(t, c, "")) },
	"a websocket that asked to follow": func(t *testing.T, c *carebase) {
		conn := dialFast(t, c, "")
		writeFast(t, conn, `40{"token":"`+ownerToken+`"}`)
		hangUp(conn)
	},
	"a websocket of an upgrade": func(t *testing.T, c *carebase) {
		conn := dialFast(t, c, c.openPolling(t))
		writeFast(t, conn, "2probe")
		if got := readFast(t, conn); got != "3probe" {
			t.Fatalf("packet %s", got)
		}
		writeFast(t, conn, "5")
		hangUp(conn)
	},
	"a poll that waits": func(t *testing.T, c *carebase) {
		sid := c.openPolling(t)
		host := strings.TrimPrefix(c.url, "http://")
		conn, err := net.Dial("tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(conn, "GET /socket.io/?EIO=4&transport=polling&sid="+sid+" HTTP/1.1\r\nHost: "+host+"\r\n\r\n")
		eventually(t, "the poll waits", func() bool {
			client, ok := c.server.sockets.io.Engine().Clients().Load(sid)
			return ok && client.Transport().Writable()
		})
		_ = conn.(*net.TCPConn).SetLinger(0)
		_ = conn.Close()
	},
}

// hangUp ends a websocket as a network does that fails.
func hangUp(conn *websocket.Conn) {
	_ = conn.NetConn().(*net.TCPConn).SetLinger(0)
	_ = conn.Close()
}

// TestAbruptEndsLeaveNothing counts the goroutines and the memory that connections leave that ended abruptly.
func TestAbruptEndsLeaveNothing(t *testing.T) {
	const (
		connections = 150
		most        = 4 << 10 // bytes that one may leave; it was 40 kB once
	)
	for name, end := range abruptEnds {
		t.Run(name, func(t *testing.T) {
			c := start(t)
			ended := func() {
				for range connections {
					end(t, c)
				}
				eventually(t, "no connection", func() bool { return c.server.sockets.io.Engine().Clients().Len() == 0 && c.connections() == 0 })
				c.http.CloseIdleConnections()
			}
			ended() // what is made once is there
			goroutines := settled(t)
			before := heldBytes()
			ended()
			eventually(t, "as many goroutines as before", func() bool { return runtime.NumGoroutine() <= goroutines })
			if left := int64(heldBytes()) - int64(before); left > connections*most {
				t.Errorf("%d connections leave %d bytes", connections, left)
			}
		})
	}
}

// settled is how many goroutines there are once what has ended is gone.
func settled(t *testing.T) int {
	t.Helper()
	last, same := 0, 0
	eventually(t, "goroutines that stay", func() bool {
		n := runtime.NumGoroutine()
		if n != last {
			last, same = n, 0
		}
		same++
		return same == 50
	})
	return last
}

// heldBytes is the memory that is in use.
func heldBytes() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // what had a finalizer
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestAPollingClientThatFallsSilent: it is given up when a ping has no answer, and no poll of its is waited for any more.
func TestAPollingClientThatFallsSilent(t *testing.T) {
	c := start(t)
	pings := c.server.sockets.io.Engine().Opts()
	pings.SetPingInterval(50 * time.Millisecond)
	pings.SetPingTimeout(50 * time.Millisecond)
	ended := make(chan string, 1)
	_ = c.server.sockets.io.Engine().Once("connection", func(args ...any) {
		conn := args[0].(engine.Socket)
		_ = conn.Once("close", func(args ...any) {
			ended <- fmt.Sprint(args[0], ", transport ", conn.Transport().ReadyState())
		})
	})
	c.poll(t, "", "")
	if got, want := <-ended, "ping timeout, transport closed"; got != want {
		t.Errorf("it ends with %s, want %s", got, want)
	}
}
