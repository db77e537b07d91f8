package postgres

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/sink/cluster"
)

const (
	// discovery is how long to wait for servers that nobody knows of yet.
	discovery = time.Second
	// rediscovery is after how long to look again where there were none.
	rediscovery = 5 * time.Second
	// patience is how long to wait for servers that are known: as long as they wait for each other (socket.io-adapter:
	// DEFAULT_TIMEOUT).
	patience = 5 * time.Second
)

// fence is what is known of the servers that answer.
type fence struct {
	known   map[string]bool // by uid; true: has answered the request that is open
	request string          // its id; "" while none is open
	looked  time.Time       // for servers, when none was known
}

// await waits until the servers had the message that was notified of last, whose body this is. It is not sure that they
// had it where a server that answered before does not any more, or none ever did. An error is one of the connection.
func (p *publisher) await(ctx context.Context, body []byte) (sure bool, err error) {
	f := &p.fence
	if len(f.known) == 0 && time.Since(f.looked) < rediscovery {
		return false, nil
	}
	if err := p.execute(ctx, "listen "+identifier(p.channel)); err != nil {
		return false, err
	}
	if len(f.known) == 0 {
		f.looked = time.Now()
		if err := p.ask(ctx, nil, discovery); err != nil {
			return false, err
		}
	}
	sure = len(f.known) > 0
	for _, after := range [][]byte{body, nil} {
		if len(f.known) == 0 {
			break
		}
		if err := p.ask(ctx, after, patience); err != nil {
			return false, err
		}
		sure = f.forget() && sure
	}
	return sure, p.execute(ctx, "unlisten "+identifier(p.channel))
}

// ask makes one request, in the table if it is to be as large as what it comes after, and waits for the servers that are known
// to answer; where none is, for as long as it may.
func (p *publisher) ask(ctx context.Context, after []byte, wait time.Duration) error {
	f := &p.fence
	looking := len(f.known) == 0
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

func (f *fence) complete() bool {
	for _, answered := range f.known {
		if !answered {
			return false
		}
	}
	return true
}

// forget drops the servers that did not answer, and says whether there were none.
func (f *fence) forget() bool {
	complete := f.complete()
	maps.DeleteFunc(f.known, func(_ string, answered bool) bool { return !answered })
	return complete
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
	row := cluster.AppendText(cluster.AppendMap(nil, 4), "type")
	row = cluster.AppendText(append(row, typeFetchSockets[0]-'0'), "data")
	row = cluster.AppendOptions(cluster.AppendText(cluster.AppendMap(row, 3), "opts"), id)
	row = cluster.AppendText(cluster.AppendText(row, "requestId"), id)
	row = append(cluster.AppendText(row, "after"), after...) // nobody reads it: it takes as long as the message took
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
			for _, d := range plan.Members(nil, m.Value) {
				if string(d.Name) == "requestId" {
					request = string(d.Value)
				}
			}
		}
	}
	if !isResponse || len(request) < 2 {
		return "", ""
	}
	return uid, request[1 : len(request)-1]
}
