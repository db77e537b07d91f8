package redis

import (
	"io"
	"net"
	"testing"

	"github.com/carebase/deltatap/replay/redisclient/redistest"
	"github.com/carebase/deltatap/replay/sink"
	"github.com/carebase/deltatap/replay/sink/cluster/clustertest"
)

const benchSubscribers = 2 // as many as servers of a small cluster

// subscribeRaw subscribes as a cluster's servers do; what comes is read from the connection.
func subscribeRaw(tb testing.TB, addr string) net.Conn {
	tb.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = conn.Close() })
	if _, err := io.WriteString(conn, "PSUBSCRIBE socket.io#/#*\r\n"); err != nil {
		tb.Fatal(err)
	}
	if _, err := conn.Read(make([]byte, 1)); err != nil { // it is subscribed
		tb.Fatal(err)
	}
	return conn
}

// BenchmarkAgainstNode publishes messages of 620 bytes into one Redis, in turn by this sink and by @socket.io/redis-emitter, which
// waits for Redis's answers after every 1,000 messages or in the end alone, whichever is faster for it.
func BenchmarkAgainstNode(b *testing.B) {
	server := redistest.Start(b)
	for range benchSubscribers {
		conn := subscribeRaw(b, server.Addr)
		go func() { _, _ = io.Copy(io.Discard, conn) }()
	}
	open := func(tell sink.Tell) sink.Sink { return dial(b, Config{URL: server.URL, Users: everybody, Tell: tell}) }
	clustertest.Race(b, 100_000, open, "--redis", server.URL)
}
