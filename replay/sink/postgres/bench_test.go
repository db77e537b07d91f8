//go:build unix

package postgres

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/carebase/deltatap/replay/sink"
	"github.com/carebase/deltatap/replay/sink/cluster/clustertest"
	"github.com/carebase/deltatap/replay/witness/pgtest"
)

const benchListeners = 2 // as many as servers of a small cluster

// discard is notified as a server is, and drops what it is told.
func discard(b *testing.B, url string) {
	b.Helper()
	conn, err := pgx.Connect(b.Context(), url)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := conn.Exec(b.Context(), `listen "socket.io#/"`); err != nil {
		b.Fatal(err)
	}
	go func() {
		for {
			if _, err := conn.WaitForNotification(b.Context()); err != nil { // the benchmark is over
				return
			}
		}
	}()
}

// BenchmarkAgainstNode notifies of messages of 620 bytes through one PostgreSQL, in turn by this
// sink and by @socket.io/postgres-emitter with its pool of ten connections, which keeps no order
// among them.
func BenchmarkAgainstNode(b *testing.B) {
	url := pgtest.Empty(b)
	for range benchListeners {
		discard(b, url)
	}
	open := func(tell sink.Tell) sink.Sink { return dial(b, Config{URL: url, Users: everybody, Tell: tell}) }
	clustertest.Race(b, 20_000, open, "--postgres", url)
}
