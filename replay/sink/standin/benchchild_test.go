package standin

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/carebase/deltatap/replay/player"
	"github.com/carebase/deltatap/replay/server"
	"github.com/carebase/deltatap/replay/server/store"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/sink"
	"github.com/gorilla/websocket"
)

// This file is the other processes of the benchmarks: this test's binary started again, with childVariable set to what it is
// to do and with what. Each prints JSON objects, a line each, and ends when its standard input does.
const childVariable = "DELTATAP_STANDIN_CHILD"

// child does what the environment asks for instead of testing.
func child() bool {
	args := strings.Fields(os.Getenv(childVariable))
	if len(args) == 0 {
		return false
	}
	var err error
	switch args[0] {
	case "replay":
		err = childReplay(args[1], number(args[2]))
	case "clients":
		err = childClients(args[1], number(args[2]), number(args[3]))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
	return true
}

func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		panic(err)
	}
	return n
}

func say(what map[string]any) {
	line, err := json.Marshal(what)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(line))
}

// childReplay plays a session as fast as it can, once so many clients are there.
func childReplay(path string, clients int) error {
	first, err := firstPlan(path)
	if err != nil {
		return err
	}
	memory, err := store.NewMemory(store.Seed{Users: []store.User{{ID: 1}}, Plans: []store.Plan{first}})
	if err != nil {
		return err
	}
	s, err := server.New(server.Config{Store: memory, Tokens: map[string]int64{token(1): 1}, Now: func() time.Time { return started }})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go func() { _ = http.Serve(listener, s.Handler()) }()
	say(map[string]any{"url": "http://" + listener.Addr().String(), "pid": os.Getpid()})
	ctx := context.Background()
	if err := s.AwaitClients(ctx, clients); err != nil {
		return err
	}
	ledger := sink.NewLedger()
	to := New(Config{Server: s, Store: memory, Target: "serve://bench", Users: sink.Users{Default: 1}, Tell: ledger.Tell, Started: started})
	src, err := session.Open(path)
	if err != nil {
		return err
	}
	defer src.Close()
	report, err := player.Play(ctx, src, player.Options{Max: true}, func(ctx context.Context, rec *session.Record) error {
		if err := to.Follow(rec); err != nil {
			return err
		}
		if err := to.Send(ctx, rec); err != nil {
			return err
		}
		ledger.Taken(rec.N)
		return nil
	})
	if err := errors.Join(err, to.Settle(ctx)); err != nil {
		return err
	}
	version, err := memory.Version(ctx, 1)
	say(map[string]any{"emitted": report.Events, "version": version.Number})
	return err
}

func firstPlan(path string) (store.Plan, error) {
	src, err := session.Open(path)
	if err != nil {
		return store.Plan{}, err
	}
	defer src.Close()
	for {
		var rec session.Record
		if err := src.Next(&rec); err != nil {
			return store.Plan{}, err
		}
		if rec.Kind == session.KindPlan {
			return store.ParsePlan(rec.Body)
		}
	}
}

// crowd is many clients that speak Engine.IO as it is on the wire, each of which counts what it gets and keeps a sum of it.
type crowd struct {
	url         string
	want        int
	first, last atomic.Int64 // nanoseconds since began
	began       time.Time

	mu   sync.Mutex
	sums map[uint32]int // how many clients have a sum
}

// childClients connects so many clients, each of which gets so many events.
func childClients(url string, clients, events int) error {
	c := &crowd{url: url, want: events, began: time.Now(), sums: map[uint32]int{}}
	conns := make([]*websocket.Conn, clients)
	var dialing sync.WaitGroup
	failed := make(chan error, clients)
	gate := make(chan struct{}, 16)
	for i := range conns {
		gate <- struct{}{}
		dialing.Go(func() {
			defer func() { <-gate }()
			var err error
			if conns[i], err = c.dial(); err != nil {
				failed <- err
			}
		})
	}
	dialing.Wait()
	var reading sync.WaitGroup
	for _, conn := range conns {
		if conn != nil {
			reading.Go(func() {
				if err := c.read(conn); err != nil {
					failed <- err
				}
			})
		}
	}
	say(map[string]any{"connected": clients})
	reading.Wait()
	select {
	case err := <-failed:
		return err
	default:
	}
	var sums []string
	for sum, n := range c.sums {
		sums = append(sums, fmt.Sprintf("%08x of %d clients", sum, n))
	}
	say(map[string]any{
		"sums": strings.Join(sums, ", "), "clients": clients, "count": events,
		"seconds": time.Duration(c.last.Load() - c.first.Load()).Seconds(),
	})
	return nil
}

func (c *crowd) dial() (*websocket.Conn, error) {
	dialer := websocket.Dialer{ReadBufferSize: 8 << 10, WriteBufferSize: 256}
	conn, _, err := dialer.Dial("ws"+strings.TrimPrefix(c.url, "http")+"/socket.io/?EIO=4&transport=websocket", nil)
	if err != nil {
		return nil, err
	}
	return conn, conn.WriteMessage(websocket.TextMessage, []byte(`40{"token":"`+token(1)+`"}`))
}

// read reads until the last event has come. Frames are read by hand, from the connection below the library's: it would
// make this process the slowest of all.
func (c *crowd) read(conn *websocket.Conn) error {
	r := bufio.NewReaderSize(conn.NetConn(), 32<<10)
	table := crc32.MakeTable(crc32.Castagnoli)
	var sum uint32
	for n := 0; n < c.want; {
		size, err := frameSize(r)
		if err != nil {
			return err
		}
		packet, err := r.Peek(size)
		if err != nil {
			return err
		}
		switch {
		case bytes.HasPrefix(packet, []byte(`42["plan:item-delta",`)):
			if n++; n == 1 {
				c.first.CompareAndSwap(0, int64(time.Since(c.began)))
			}
			sum = crc32.Update(sum, table, packet)
		case string(packet) == "2":
			if err := conn.WriteMessage(websocket.TextMessage, []byte("3")); err != nil {
				return err
			}
		}
		_, _ = r.Discard(size)
	}
	c.last.Store(int64(time.Since(c.began))) // the latest to come here is about the last
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sums[sum]++
	return nil
}

// frameSize reads the header of an unmasked frame.
func frameSize(r *bufio.Reader) (int, error) {
	head, err := r.Peek(2)
	if err != nil {
		return 0, err
	}
	switch size := int(head[1]); size {
	default:
		_, err = r.Discard(2)
		return size, err
	case 126:
		head, err = r.Peek(4)
		if err != nil {
			return 0, err
		}
		size = int(head[2])<<8 | int(head[3])
		_, err = r.Discard(4)
		return size, err
	case 127:
		return 0, errors.New("a frame of more than 64 KiB")
	}
}
