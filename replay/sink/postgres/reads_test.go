package postgres

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/carebase/deltatap/replay/msgpack"
	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/sink"
	"github.com/carebase/deltatap/replay/sink/sinktest"
	"github.com/carebase/deltatap/replay/witness/pgtest"
)

// A server answers requests at once, whatever it still has to read: by its answers it seems to have
// had a row that it gets to in a while.
func TestNothingOvertakesARowThatIsReadLate(t *testing.T) {
	url := pgtest.Empty(t)
	pgtest.Exec(t, url, table)
	s := startServer(t, url, 300*time.Millisecond, 5)
	ledger := sink.NewLedger()
	target := dial(t, Config{URL: url, Users: everybody, Tell: ledger.Tell})
	for n, size := range []int{0, mostPayload, 0, mostPayload, 0} {
		rec := sinktest.Delta(int64(n+1), size)
		if err := target.Send(t.Context(), &rec); err != nil {
			t.Fatal(err)
		}
	}
	if err := target.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := s.messages()
	if want := "small, large, small, large, small"; strings.Join(got, ", ") != want {
		t.Errorf("the server had %v, want %s", got, want)
	}
	if a := ledger.Account(); a.Acknowledged != 5 || len(a.Unfit) > 0 {
		t.Errorf("%d acknowledged, unfit: %v", a.Acknowledged, a.Unfit)
	}
}

// lateServer does as a server with the adapter does, but takes its time to read a message's row. It
// ends when it had as many messages as are wanted.
type lateServer struct {
	t        *testing.T
	url      string
	late     time.Duration
	want     int
	messages func() []string // waits for them
	reads    *pgconn.PgConn
	had      []string
	due      []row
}

// row is one that is to be read.
type row struct {
	id string
	at time.Time
}

func startServer(t *testing.T, url string, late time.Duration, want int) *lateServer {
	s := &lateServer{t: t, url: url, late: late, want: want, reads: connection(t, url, nil)}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	listening, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		s.serve(ctx, listening)
	}()
	s.messages = func() []string {
		<-ended
		return s.had
	}
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	<-listening
	return s
}

func connection(t *testing.T, url string, on func(*pgconn.PgConn, *pgconn.Notification)) *pgconn.PgConn {
	config, err := pgconn.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	config.OnNotification = on
	conn, err := pgconn.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// serve takes notifications, and reads in between what is due.
func (s *lateServer) serve(ctx context.Context, listening chan struct{}) {
	conn := connection(s.t, s.url, func(_ *pgconn.PgConn, n *pgconn.Notification) { s.notified([]byte(n.Payload)) })
	if _, err := conn.Exec(ctx, `LISTEN "socket.io#/"`).ReadAll(); err != nil {
		s.t.Error(err)
	}
	close(listening)
	for len(s.had) < s.want && ctx.Err() == nil {
		limited, cancel := context.WithTimeout(ctx, 10*time.Millisecond)
		_ = conn.WaitForNotification(limited)
		cancel()
		for len(s.due) > 0 && time.Now().After(s.due[0].at) {
			s.read(s.due[0].id)
			s.had = append(s.had, "large")
			s.due = s.due[1:]
		}
	}
}

func (s *lateServer) notified(message []byte) {
	id := strings.Trim(string(plan.Get(message, "attachmentId")), `"`)
	kind := string(plan.Get(message, "type"))
	switch isRequest := kind == typeFetchSockets; {
	case isRequest && id != "":
		s.answer(s.read(id))
	case isRequest:
		s.answer(strings.Trim(string(plan.Get(plan.Get(message, "data"), "requestId")), `"`))
	case id != "":
		s.due = append(s.due, row{id, time.Now().Add(s.late)})
	case kind == typeBroadcast:
		s.had = append(s.had, "small")
	}
}

// read reads a row as the adapter does; of a request it returns the id.
func (s *lateServer) read(id string) string {
	result := s.reads.ExecParams(context.Background(), "SELECT payload FROM "+defaultTable+" WHERE id = $1", [][]byte{[]byte(id)}, nil, nil, []int16{formatBinary}).Read()
	if result.Err != nil || len(result.Rows) != 1 {
		s.t.Errorf("row %s: %d rows, %v", id, len(result.Rows), result.Err)
		return ""
	}
	text := string(result.Rows[0][0])
	key := string(msgpack.AppendString(nil, "requestId"))
	_, rest, ok := strings.Cut(text, key)
	if !ok {
		return ""
	}
	return rest[1 : 1+int(rest[0]&0x1f)] // a short string
}

func (s *lateServer) answer(request string) {
	text := `{"type":` + typeFetchResponse + `,"data":{"requestId":"` + request + `","sockets":[]},"uid":"late","nsp":"/"}`
	result := s.reads.ExecParams(context.Background(), "SELECT pg_notify($1, $2)", [][]byte{[]byte("socket.io#/"), []byte(text)}, nil, nil, nil).Read()
	if result.Err != nil {
		s.t.Error(result.Err)
	}
}
