package socket

import (
	"errors"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// busy is a receiver that makes the reader wait for an hour, the first time.
type busy struct{ waited bool }

func (b *busy) arrived()                          {}
func (b *busy) packet([]byte, bool) (bool, error) { return true, nil }
func (b *busy) idle() bool {
	if b.waited {
		return false
	}
	b.waited = true
	time.Sleep(time.Hour)
	return true
}

// Silence counts only while the reader listens: what came while the receiver made it wait is read, and the patience
// starts anew.
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
