package socket

import (
	"bufio"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
)

// busy is a receiver that makes the reader wait for an hour, the first time.
type busy struct{ waited bool }

func (b *busy) arrived()                          {}
func (b *busy) packet([]byte, bool) (bool, error) { return true, nil }
func (b *busy) unread(int, int64) error           { return nil }
func (b *busy) idle() bool {
	if b.waited {
		return false
	}
	b.waited = true
	time.Sleep(time.Hour)
	return true
}

// Silence counts only while the reader listens: what came while the receiver made it wait is read,
// and the patience starts anew.
func TestSilenceIsTheServersOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := net.Pipe()
		defer client.Close()
		wire := &tap{Conn: client}
		wire.watch(&busy{}, time.Minute)
		go server.Write([]byte("ping"))
		start := time.Now()
		text := make([]byte, 10)
		if n, err := wire.Read(text); err != nil || string(text[:n]) != "ping" {
			t.Fatalf("read %q, %v after %v", text[:n], err, time.Since(start))
		}
		_, err := wire.Read(text)
		if !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != time.Hour+time.Minute {
			t.Errorf("error %v after %v, want a timeout one minute after the hour", err, time.Since(start))
		}
	})
}

// overPipe is a WebSocket over a pipe, and the server's end of the pipe.
func overPipe(t *testing.T) (*websocketLink, net.Conn) {
	t.Helper()
	client, server := net.Pipe()
	go func() {
		request, err := http.ReadRequest(bufio.NewReader(server))
		if err != nil {
			t.Error(err)
			return
		}
		sum := sha1.Sum([]byte(request.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")) // RFC 6455, section 1.3
		fmt.Fprintf(server, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
			base64.StdEncoding.EncodeToString(sum[:]))
	}()
	wire := &tap{Conn: client}
	dialer := websocket.Dialer{NetDialContext: func(context.Context, string, string) (net.Conn, error) { return wire, nil }}
	conn, _, err := dialer.Dial("ws://carebase/", nil)
	if err != nil {
		t.Fatal(err)
	}
	return &websocketLink{conn: conn, tap: wire, most: DefaultMessageBytes}, server
}

// Each ping lets the silence begin anew, and an event does not.
func TestPingsKeepALinkOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, server := overPipe(t)
		l.hello = greeting{PingInterval: 20_000, PingTimeout: 10_000}
		var sending sync.WaitGroup
		sending.Go(func() {
			packet := "2"
			for n := 1; ; n++ {
				time.Sleep(10 * time.Second)
				if n > 6 {
					packet = `42["e"]`
				}
				if _, err := server.Write(append([]byte{0x81, byte(len(packet))}, packet...)); err != nil {
					return
				}
			}
		})
		start := time.Now()
		err := l.read(calm{})
		took := time.Since(start)
		l.abort()
		sending.Wait()
		if err != errSilent || took != 90*time.Second {
			t.Errorf("%v after %v, want the end of patience half a minute after the last ping, a minute after the start", err, took)
		}
	})
}

// stream is a connection that always has something, after a while.
type stream struct {
	net.Conn
	wait time.Duration
	full bool
}

func (s *stream) Read(p []byte) (int, error) {
	time.Sleep(s.wait)
	if s.full {
		return len(p), nil
	}
	return 1, nil
}

func (s *stream) SetReadDeadline(time.Time) error { return nil }

// calm is a receiver that takes everything.
type calm struct{}

func (calm) arrived()                          {}
func (calm) idle() bool                        { return false }
func (calm) packet([]byte, bool) (bool, error) { return true, nil }
func (calm) unread(int, int64) error           { return nil }

// Only a stream that is both fast and read to its end is left to gather.
func TestFastStreamsGather(t *testing.T) {
	const reads = 100
	tests := []struct {
		name string
		conn stream
		want time.Duration
	}{
		{"drops, one after the other", stream{}, (reads - busyReads) * lull},
		{"drops, now and then", stream{wait: 2 * quickRead}, reads * 2 * quickRead},
		{"a flood", stream{full: true}, 0},
	}
	for _, test := range tests {
		synctest.Test(t, func(t *testing.T) {
			wire := &tap{Conn: &test.conn}
			wire.watch(calm{}, time.Minute)
			start := time.Now()
			for range reads {
				if _, err := wire.Read(make([]byte, 10)); err != nil {
					t.Fatal(err)
				}
			}
			if took := time.Since(start); took != test.want {
				t.Errorf("%s: %d reads took %v, want %v", test.name, reads, took, test.want)
			}
		})
	}
}
