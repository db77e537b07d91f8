//go:build unix

package postgres

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/carebase/deltatap/fixtures/node/nodetest"
	"github.com/carebase/deltatap/replay/sink"
	"github.com/carebase/deltatap/replay/sink/cluster/clustertest"
	"github.com/carebase/deltatap/replay/sink/sinktest"
	"github.com/carebase/deltatap/replay/witness/pgtest"
)

const table = `create table socket_io_attachments (id bigserial unique, created_at timestamptz default now(), payload bytea)`

// listener is notified as a server is.
type listener struct {
	t    *testing.T
	conn *pgx.Conn
}

func listen(t *testing.T, url string) *listener {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	if _, err := conn.Exec(t.Context(), `listen "socket.io#/"`); err != nil {
		t.Fatal(err)
	}
	return &listener{t, conn}
}

// next is the next broadcast, and the row that it names, if it names one.
func (l *listener) next() (notification, row string) {
	l.t.Helper()
	var message struct {
		Type         int
		AttachmentID string
	}
	for message.Type != 3 {
		n, err := l.conn.WaitForNotification(l.t.Context())
		if err != nil {
			l.t.Fatal(err)
		}
		notification = n.Payload
		if err := json.Unmarshal([]byte(notification), &message); err != nil {
			l.t.Fatalf("%s: %v", notification, err)
		}
	}
	if message.AttachmentID == "" {
		return notification, ""
	}
	query := `select payload from socket_io_attachments where id = $1`
	if err := l.conn.QueryRow(l.t.Context(), query, message.AttachmentID).Scan((*rawBytes)(&row)); err != nil {
		l.t.Fatal(err)
	}
	return strings.Replace(notification, `"`+message.AttachmentID+`"`, `"…"`, 1), row
}

// rawBytes takes a bytea into a string.
type rawBytes string

func (r *rawBytes) ScanBytes(v []byte) error {
	*r = rawBytes(v)
	return nil
}

// What PostgreSQL is told is what the official emitter tells it, byte for byte, and the namespace,
// which the official adapter needs and the official emitter forgets.
func TestBytesAreTheOfficialEmitters(t *testing.T) {
	url := pgtest.Empty(t)
	pgtest.Exec(t, url, table)
	official := nodetest.Start(t, "emitter.mjs", "--postgres", url)
	official.Await("ready")
	l := listen(t, url)
	s := dial(t, Config{URL: url, Users: everybody, Tell: func(sink.Outcome) {}})
	for i, args := range clustertest.Arguments {
		official.Tell(`user:7 ["an \"event\"",` + args[1:])
		official.Await("emitted")
		want, wantRow := l.next()
		rec := sinktest.Args(int64(i+1), `an "event"`, args)
		if err := s.Send(t.Context(), &rec); err != nil {
			t.Fatal(err)
		}
		got, gotRow := l.next()
		if wantRow == "" {
			want = strings.TrimSuffix(want, "}") + `,"nsp":"/"}`
		} else {
			wantRow = "\x84" + wantRow[1:] + "\xa3nsp\xa1/"
		}
		if got != want || gotRow != wantRow {
			t.Errorf("%.100s: notified\n%.500s and a row of %d bytes, want\n%.500s and %d", args, got, len(gotRow), want, len(wantRow))
		}
	}
}
