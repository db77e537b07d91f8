package postgres

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/carebase/deltatap/replay/msgpack"
	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/sink/cluster"
)

const (
	// discovery is how long to wait for servers that the database does not show.
	discovery = time.Second
	// rediscovery is after how long to look again where there were none.
	rediscovery = 5 * time.Second
	// patience is how long to wait for a server that is there: as long as the servers take each
	// other for alive (socket.io-adapter: heartbeatTimeout).
	patience = 10 * time.Second
)

// fence is what is known of the servers that answer.
type fence struct {
	known   map[string]bool // by uid; true: has answered the request that is open
	request string          // its id; "" while none is open
	least   int             // how many must answer, by what the database shows
	silent  int             // how many it shows that do not answer
	looked  time.Time       // for servers, when there was no sign of any
	blind   time.Time       // when the database last showed nobody who read the table
}

// await waits until the servers had the message that was notified of last, after the given moment,
// whose body this is. It is not sure that they had it where one that was there is not seen to read
// it or does not answer, or none ever did. An error is one of the connection.
func (p *publisher) await(ctx context.Context, since, body []byte) (sure bool, err error) {
	f := &p.fence
	listeners, err := p.listeners(ctx)
	if err != nil {
		return false, err
	}
	f.least = max(0, listeners-f.silent)
	if f.nobody() && time.Since(f.looked) < rediscovery {
		return false, nil
	}
	if err := p.execute(ctx, "listen "+identifier(p.channel)); err != nil {
		return false, err
	}
	if f.nobody() {
		f.looked = time.Now()
		if err := p.ask(ctx, nil, discovery); err != nil {
			return false, err
		}
	}
	if sure, err = p.awaitReading(ctx, since, f.least); err != nil {
		return false, err
	}
	for _, after := range [][]byte{body, nil} {
		if f.nobody() {
			break
		}
		if err := p.ask(ctx, after, patience); err != nil {
			return false, err
		}
		sure = f.complete() && sure
		f.forget(listeners)
	}
	return sure, p.execute(ctx, "unlisten "+identifier(p.channel))
}

// listeners counts the connections that the adapters are notified on. Of those of other users,
// PostgreSQL does not tell everybody what they are.
func (p *publisher) listeners(ctx context.Context) (n int, err error) {
	const query = `select count(*) from pg_stat_activity where datname = current_database() and query = $1`
	text, err := p.value(ctx, query, []byte(`LISTEN "`+p.channel+`"`)) // as they spell it
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(string(text))
}

// ask makes one request, in the table if it is to be as large as what it comes after, and waits for
// the servers to answer; where there is no sign of any, for as long as it may.
func (p *publisher) ask(ctx context.Context, after []byte, wait time.Duration) error {
	f := &p.fence
	looking := f.nobody()
	for uid := range f.known {
		f.known[uid] = false
	}
	f.request = rand.Text()
	defer func() { f.request = "" }()
	if err := p.request(ctx, after); err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	for looking || !f.complete() {
		err := p.conn.WaitForNotification(limited)
		if pgconn.Timeout(err) && ctx.Err() == nil {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// nobody says that there is no sign of any server.
func (f *fence) nobody() bool { return len(f.known) == 0 && f.least == 0 }

// complete says whether every server has answered that should.
func (f *fence) complete() bool {
	for _, answered := range f.known {
		if !answered {
			return false
		}
	}
	return len(f.known) >= f.least
}

// forget waits no more for servers that did not answer.
func (f *fence) forget(listeners int) {
	maps.DeleteFunc(f.known, func(_ string, answered bool) bool { return !answered })
	f.least = min(f.least, len(f.known))
	f.silent = max(0, listeners-len(f.known))
}

// request asks every server for the sockets in a room where nobody is.
func (p *publisher) request(ctx context.Context, after []byte) error {
	id := p.fence.request
	if after == nil {
		text := fmt.Sprintf(`{"type":%s,"data":{"opts":{"rooms":[%q],"flags":{},"except":[]},"requestId":%[2]q},"uid":%q,"nsp":%q}`,
			typeFetchSockets, id, cluster.Emitter, cluster.Namespace)
		limited, cancel := context.WithTimeout(ctx, p.timeout)
		defer cancel()
		return p.conn.ExecPrepared(limited, notifyName, [][]byte{[]byte(p.channel), []byte(text)}, nil, nil).Read().Err
	}
	row := msgpack.AppendString(msgpack.AppendMap(nil, 4), "type")
	row = msgpack.AppendString(append(row, typeFetchSockets[0]-'0'), "data")
	row = cluster.AppendOptions(msgpack.AppendString(msgpack.AppendMap(row, 3), "opts"), id)
	row = msgpack.AppendString(msgpack.AppendString(row, "requestId"), id)
	row = append(msgpack.AppendString(row, "after"), after...) // nobody reads it: it takes as long as the message took
	_, err := p.attach(ctx, appendSender(row), typeFetchSockets)
	return err
}

// identifier quotes a name.
func identifier(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func (p *publisher) execute(ctx context.Context, statement string) error {
	limited, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	_, err := p.conn.Exec(limited, statement).ReadAll()
	return err
}

// notified notes who answers the request that is open.
func (p *publisher) notified(_ *pgconn.PgConn, n *pgconn.Notification) {
	f := &p.fence
	if f.request == "" {
		return
	}
	if uid, request := response([]byte(n.Payload)); uid != "" && request == f.request {
		if f.known == nil {
			f.known = map[string]bool{}
		}
		f.known[uid] = true
	}
}

// response takes an answer apart: who answers, and which request. Both are "" in any other message.
func response(payload []byte) (uid, request string) {
	var isResponse bool
	for _, m := range plan.Members(nil, payload) {
		switch string(m.Name) {
		case "type":
			isResponse = string(m.Value) == typeFetchResponse
		case "uid":
			uid = string(m.Value)
		case "data":
			request = string(plan.Get(m.Value, "requestId"))
		}
	}
	if !isResponse || len(request) < 2 {
		return "", ""
	}
	return uid, request[1 : len(request)-1]
}
