package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

// crowdToken is whom the crowd says it is.
const crowdToken = "token-1"

func say(what map[string]any) {
	line, err := json.Marshal(what)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(line))
}

// crowd is many clients that speak Engine.IO as it is on the wire, each of which counts what it
// gets and keeps a sum of it.
type crowd struct {
	url         string
	want        int
	first, last atomic.Int64 // nanoseconds since began
	began       time.Time

	mu   sync.Mutex
	sums map[uint32]int // how many clients have a sum
}

// runCrowd connects so many clients, each of which gets so many events: crowd URL CLIENTS EVENTS.
// It prints JSON objects, a line each: that all are there, then the sums of what they got.
func runCrowd() {
	clients, _ := strconv.Atoi(os.Args[2])
	events, _ := strconv.Atoi(os.Args[3])
	if err := gather(os.Args[1], clients, events); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func gather(url string, clients, events int) error {
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
	return conn, conn.WriteMessage(websocket.TextMessage, []byte(`40{"token":"`+crowdToken+`"}`))
}

// read reads until the last event has come. Frames are read by hand, from the connection below the
// library's: it would make this process the slowest of all.
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
