// Package redistest gives tests a real Redis of their own, on a free port of the loopback interface, which keeps nothing and ends
// with the test. Where redis-server is not installed, tests are skipped and say so; with CI=true that is a failure.
package redistest

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// startTime bounds how long a server may take to answer.
const startTime = 30 * time.Second

// Server is a running redis-server.
type Server struct {
	Addr string // HOST:PORT
	URL  string // redis://HOST:PORT, without a password

	cmd   *exec.Cmd
	log   bytes.Buffer
	ended chan struct{}
}

// Start starts a server with more options, as its command line takes them: "--requirepass", "secret".
func Start(tb testing.TB, options ...string) *Server {
	tb.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		lacking(tb, err)
	}
	for try := 1; ; try++ { // somebody else may take a port that was free
		s, err := start(tb, program, options)
		if err == nil {
			tb.Cleanup(s.Kill)
			return s
		}
		if try == 3 {
			tb.Fatalf("redis-server: %v", err)
		}
	}
}

func start(tb testing.TB, program string, options []string) (*Server, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	s := &Server{Addr: fmt.Sprintf("127.0.0.1:%d", port), ended: make(chan struct{})}
	s.URL = "redis://" + s.Addr
	s.cmd = exec.Command(program, append([]string{
		"--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "no",
	}, options...)...)
	s.cmd.Dir = tb.TempDir()
	s.cmd.Stdout, s.cmd.Stderr = &s.log, &s.log
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = s.cmd.Wait() // how it ended is in its log
		close(s.ended)
	}()
	if err := s.answer(); err != nil {
		s.Kill()
		return nil, err
	}
	return s, nil
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

// answer waits until the server answers, be it to say that it wants a password.
func (s *Server) answer() error {
	ctx, cancel := context.WithTimeout(context.Background(), startTime)
	defer cancel()
	client := redis.NewClient(&redis.Options{Addr: s.Addr, MaxRetries: -1, DialerRetries: 1, Protocol: 2, DisableIdentity: true})
	defer client.Close()
	for {
		err := client.Ping(ctx).Err()
		if err == nil || redis.HasErrorPrefix(err, "NOAUTH") {
			return nil
		}
		select {
		case <-s.ended:
			return fmt.Errorf("it ended:\n%s", s.log.Bytes())
		case <-ctx.Done():
			return fmt.Errorf("no answer: %w", err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Kill ends the server at once, as a crash does, and waits until it is gone.
func (s *Server) Kill() {
	_ = s.cmd.Process.Kill() // an error says that it has ended
	<-s.ended
}

func lacking(tb testing.TB, err error) {
	tb.Helper()
	text := fmt.Sprintf("no Redis to test against: %v; install it with: apt-get install redis-server", err)
	if os.Getenv("CI") == "true" {
		tb.Fatal(text)
	}
	tb.Skip(tb.Name() + ": " + text)
}
