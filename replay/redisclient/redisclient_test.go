package redisclient

import (
	"bufio"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// TestEachCommandOnce has a server take a command and end the connection without an answer: whether it was carried out is not
// known, so that it must not be sent again.
func TestEachCommandOnce(t *testing.T) {
	var taken atomic.Int64
	client := connect(t, 10*time.Second, func(conn net.Conn, command string) bool {
		if command == "publish" {
			taken.Add(1)
			return false
		}
		_, err := conn.Write([]byte("-ERR unknown command\r\n")) // as a Redis before 6 greets a client
		return err == nil
	})
	if err := client.Publish(t.Context(), "channel", "text").Err(); err == nil {
		t.Error("no answer, and no error")
	}
	pipe := client.Pipeline()
	pipe.Publish(t.Context(), "channel", "text")
	if _, err := pipe.Exec(t.Context()); err == nil {
		t.Error("no answer to a pipeline, and no error")
	}
	if got := taken.Load(); got != 2 {
		t.Errorf("two commands were sent %d times", got)
	}
}

// A server that does not answer is waited for no longer than was asked.
func TestSilentServer(t *testing.T) {
	client := connect(t, 200*time.Millisecond, func(net.Conn, string) bool { return true })
	begun := time.Now()
	if err := client.Ping(t.Context()).Err(); err == nil {
		t.Error("no answer, and no error")
	}
	if took := time.Since(begun); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestURLIsNotQuoted(t *testing.T) {
	for _, url := range []string{"http://:hunter2@127.0.0.1", "redis://:hunter2@[::1/%zz", "hunter2"} {
		if _, err := Options(url, time.Second); err != ErrURL || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", url, err)
		}
	}
}

// connect makes a client of a server that gives each command's name to serve, until that says that the connection ends.
func connect(t *testing.T, timeout time.Duration, serve func(conn net.Conn, command string) bool) *redis.Client {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				for in := bufio.NewReader(conn); ; {
					command, ok := readCommand(in)
					if !ok || !serve(conn, command) {
						return
					}
				}
			}()
		}
	}()
	options, err := Options("redis://"+listener.Addr().String(), timeout)
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	t.Cleanup(func() {
		client.Close()
		listener.Close()
	})
	return client
}

// readCommand reads a command, an array of strings (the Redis serialization protocol), and tells its name.
func readCommand(in *bufio.Reader) (name string, ok bool) {
	length := func(kind byte) int {
		line, err := in.ReadString('\n')
		if err != nil || line[0] != kind {
			return -1
		}
		n, _ := strconv.Atoi(strings.TrimSpace(line[1:]))
		return n
	}
	parts := length('*')
	for i := range parts {
		text := make([]byte, max(length('$'), 0)+len("\r\n"))
		for k := range text {
			b, err := in.ReadByte()
			if err != nil {
				return "", false
			}
			text[k] = b
		}
		if i == 0 {
			name = strings.ToLower(strings.TrimSpace(string(text)))
		}
	}
	return name, parts > 0
}
