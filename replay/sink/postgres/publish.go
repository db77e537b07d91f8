package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/carebase/deltatap/replay/msgpack"
	"github.com/carebase/deltatap/replay/sink"
	"github.com/carebase/deltatap/replay/sink/cluster"
)

const (
	// mostPayload is how long a notification may be, in bytes (PostgreSQL:
	// NOTIFY_PAYLOAD_MAX_LENGTH - 1).
	mostPayload = 7999

	// lazily has the transaction end without waiting for a disk.
	lazily     = `set_config('synchronous_commit', 'off', true)`
	notify     = `select ` + lazily + `, pg_notify($1, $2)`
	notifyName = "notify" // what it is prepared under
	// insertAndNotify takes the channel, the row and the type of the message in it.
	insertAndNotify = `with attachment as (insert into %s (payload) values ($2) returning id)
		select ` + lazily + `, pg_notify($1, '{"uid":"` + cluster.Emitter + `","type":' || $3 || ',"attachmentId":"' || id || '"}') from attachment`
)

// Types of the adapter's messages (socket.io-adapter: MessageType).
const (
	typeBroadcast     = "3"
	typeFetchSockets  = "7"
	typeFetchResponse = "8"
)

// PostgreSQL's types of parameters (pg_type.oid), and the formats they are sent in.
var (
	insertTypes   = []uint32{oidText, oidBytea, oidText}
	insertFormats = []int16{formatText, formatBinary, formatText}
)

const (
	oidBytea, oidText        = 17, 25
	formatText, formatBinary = 0, 1
)

// write appends the message that tells servers to send an event to a room: in JSON, or, where that
// is too long for a notification, in MessagePack.
func (p *publisher) write(dst []byte, m *cluster.Message, room, event string, args []byte) ([]byte, error) {
	out, err := cluster.AppendJSON(append(dst, `{"type":`+typeBroadcast+`,"data":`...), room, event, args)
	if err != nil {
		return dst, err
	}
	out = append(out, `,"uid":"`+cluster.Emitter+`","nsp":"`+cluster.Namespace+`"}`...)
	if len(out)-len(dst) <= mostPayload {
		return out, nil
	}
	m.Large = true
	out = msgpack.AppendString(msgpack.AppendMap(dst, 4), "type")
	out = msgpack.AppendString(append(out, typeBroadcast[0]-'0'), "data")
	out = msgpack.AppendString(msgpack.AppendMap(out, 2), "packet")
	if out, err = p.encoder.AppendPacket(out, event, args); err != nil {
		return dst, err
	}
	m.Unfit = p.encoder.Lost()
	out = cluster.AppendOptions(msgpack.AppendString(out, "opts"), room)
	return appendSender(out), nil
}

// appendSender appends the members that end a message in MessagePack.
func appendSender(dst []byte) []byte {
	dst = msgpack.AppendString(msgpack.AppendString(dst, "uid"), cluster.Emitter)
	return msgpack.AppendString(msgpack.AppendString(dst, "nsp"), cluster.Namespace)
}

// Publish notifies of what fits, many at a time, and stops at each message that does not, until the
// servers had it.
func (p *publisher) Publish(batch []cluster.Message, answer func(int, error)) error {
	return p.use(func(ctx context.Context) error {
		for len(batch) > 0 {
			n := 0
			for n < len(batch) && !batch[n].Large {
				n++
			}
			if err := p.told(p.small(ctx, batch[:n], answer)); err != nil {
				return err
			}
			if batch = batch[n:]; len(batch) == 0 {
				break
			}
			if err := p.told(p.large(ctx, &batch[0], answer)); err != nil {
				return err
			}
			batch = batch[1:]
		}
		return nil
	})
}

// small sends messages in one piece, each a transaction of its own: in a common one, PostgreSQL
// would fold those that are equal, and one that fails would take the others with it.
func (p *publisher) small(ctx context.Context, batch []cluster.Message, answer func(int, error)) error {
	if len(batch) == 0 {
		return nil
	}
	pipe, done := p.pipeline(ctx)
	defer done()
	for i := range batch {
		pipe.SendQueryPrepared(notifyName, [][]byte{[]byte(p.channel), batch[i].Body}, nil, nil)
		pipe.SendPipelineSync()
	}
	if err := pipe.Flush(); err != nil {
		return err
	}
	for range batch {
		refusal, err := result(pipe)
		if err != nil {
			return err
		}
		answer(sink.ReachUnknown, refusal)
	}
	return nil
}

// large puts a message into the table, and answers for it when the servers had it.
func (p *publisher) large(ctx context.Context, m *cluster.Message, answer func(int, error)) error {
	since, err := p.moment(ctx)
	if err != nil {
		return err
	}
	refusal, err := p.attach(ctx, m.Body, typeBroadcast)
	if err != nil {
		return err
	}
	if refusal != nil {
		answer(sink.ReachUnknown, p.explained(refusal, len(m.Body)))
		return nil
	}
	sure, err := p.await(ctx, since, m.Body)
	if err != nil {
		return err // it is in the table, and who had it is unknown
	}
	if !sure {
		m.Unfit = append(m.Unfit, unsureOrder)
	}
	answer(sink.ReachUnknown, nil)
	return nil
}

// unsureOrder is told of a large message which others may overtake.
var unsureOrder = sink.Unfit{Delta: -1, What: "the order behind a large message", Reason: "not every server was seen to read it, and said that it had it"}

// attach puts a message of a type into the table and notifies of it.
func (p *publisher) attach(ctx context.Context, body []byte, messageType string) (refusal, err error) {
	pipe, done := p.pipeline(ctx)
	defer done()
	pipe.SendQueryParams(p.insert, [][]byte{[]byte(p.channel), body, []byte(messageType)}, insertTypes, insertFormats, nil)
	if err := pipe.Sync(); err != nil {
		return nil, err
	}
	return result(pipe)
}

func (p *publisher) pipeline(ctx context.Context) (pipe *pgconn.Pipeline, done func()) {
	limited, cancel := context.WithTimeout(ctx, p.timeout)
	pipe = p.conn.StartPipeline(limited)
	return pipe, func() {
		_ = pipe.Close() // every answer was read, or the connection is lost
		cancel()
	}
}

// result reads the answer to one statement and to the end of its transaction, at which PostgreSQL
// refuses a notification for which there is no room. An error means that no answer came.
func result(pipe *pgconn.Pipeline) (refusal, err error) {
	for {
		got, err := pipe.GetResults()
		if reader, ok := got.(*pgconn.ResultReader); ok {
			_, err = reader.Close()
		}
		if e, ok := errors.AsType[*pgconn.PgError](err); ok && e.Severity != "FATAL" && e.Severity != "PANIC" {
			refusal = errors.New(oneLine(e.Message))
			if e.Code == undefinedTable {
				refusal = &missingTable{refusal}
			}
			continue
		}
		if err != nil {
			return nil, err
		}
		switch got.(type) {
		case *pgconn.PipelineSync:
			return refusal, nil
		case nil:
			return nil, sink.ErrNoAnswer
		}
	}
}

// undefinedTable is the code of PostgreSQL's error (PostgreSQL documentation, appendix A).
const undefinedTable = "42P01"

type missingTable struct{ error }

// explained says what a message needs a table for that is missing.
func (p *publisher) explained(refusal error, size int) error {
	if _, ok := errors.AsType[*missingTable](refusal); !ok {
		return refusal
	}
	return fmt.Errorf("%d bytes do not fit a notification, and there is no table %s to put them into: the servers of a cluster have one", size, p.table)
}
