// Package redistest gives tests a real Redis of their own, on a free port of the loopback
// interface, which keeps nothing and ends with the test. Where redis-server is not installed, tests
// are skipped and say so; with CI=true that is a failure. It must not know what deltatap says to
// it.
package redistest

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/carebase/deltatap/fixtures/certtest"
	"github.com/carebase/deltatap/fixtures/lacking"
	"github.com/carebase/deltatap/replay/redisclient"
)

// patience bounds how long a server may take to answer.
const patience = time.Minute

// Server is a running redis-server.
type Server struct {
	Addr string // HOST:PORT
	URL  string // redis://HOST:PORT, or rediss://HOST:PORT, without a password

	tb      testing.TB
	program string
	options []string
	secure  *certtest.Pair // nil: it speaks no TLS
	running *process
}

// process is one run of a server.
type process struct {
	cmd   *exec.Cmd
	log   bytes.Buffer
	ended chan struct{}
}

// Start starts a server with more options, as its command line takes them: "--requirepass",
// "secret".
func Start(tb testing.TB, options ...string) *Server {
	tb.Helper()
	return start(tb, nil, options)
}

// StartTLS starts a server that speaks TLS alone, with that certificate. Where redis-server was
// built without TLS, the test is skipped, whatever CI says: nothing that is easily installed brings
// it.
func StartTLS(tb testing.TB, pair certtest.Pair, options ...string) *Server {
	tb.Helper()
	return start(tb, &pair, options)
}

func start(tb testing.TB, secure *certtest.Pair, options []string) *Server {
	tb.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		lacking.Skip(tb, "Redis", err, "apt-get install redis-server")
	}
	s := &Server{tb: tb, program: program, options: options, secure: secure}
	tb.Cleanup(s.Kill)
	for try := 1; ; try++ { // somebody else may take a port that was free
		s.Addr = freeAddr(tb)
		s.URL = "redis://" + s.Addr
		if secure != nil {
			s.URL = "rediss://" + s.Addr
		}
		err := s.run()
		if err == nil {
			return s
		}
		if secure != nil && strings.Contains(err.Error(), "'tls-port") {
			tb.Skipf("SKIP-INTEROP %s: this redis-server is built without TLS: %v", tb.Name(), err)
		}
		if try == 3 {
			tb.Fatalf("redis-server: %v", err)
		}
	}
}

// Restart starts a server that was killed, at the same address, and waits until it answers.
func (s *Server) Restart() {
	s.tb.Helper()
	if err := s.run(); err != nil {
		s.tb.Fatalf("redis-server again: %v", err)
	}
}

// Kill ends the server at once, as a crash does, and waits until it is gone.
func (s *Server) Kill() {
	if p := s.running; p != nil {
		_ = p.cmd.Process.Kill() // an error says that it has ended
		<-p.ended
	}
}

func (s *Server) run() error {
	_, port, err := net.SplitHostPort(s.Addr)
	if err != nil {
		return err
	}
	p := &process{ended: make(chan struct{})}
	listen := []string{"--port", port}
	if s.secure != nil {
		listen = []string{
			"--port", "0", "--tls-port", port, "--tls-cert-file", s.secure.Cert, "--tls-key-file", s.secure.Key,
			"--tls-ca-cert-file", s.secure.Authority, "--tls-auth-clients", "no",
		}
	}
	p.cmd = exec.Command(s.program, slices.Concat(listen, []string{
		"--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "no",
	}, s.options)...)
	p.cmd.Dir = s.tb.TempDir()
	p.cmd.Stdout, p.cmd.Stderr = &p.log, &p.log
	if err := p.cmd.Start(); err != nil {
		return err
	}
	go func() {
		_ = p.cmd.Wait() // how it ended is in its log
		close(p.ended)
	}()
	s.running = p
	if err := s.answers(p); err != nil {
		s.Kill()
		return err
	}
	return nil
}

// answers waits until the server answers, be it to say that it wants a password.
func (s *Server) answers(p *process) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	options, err := redisclient.Options(s.URL, patience)
	if err != nil {
		return err
	}
	if options.TLSConfig != nil {
		options.TLSConfig.InsecureSkipVerify = true // it need only answer
	}
	client := redis.NewClient(options)
	defer client.Close()
	for {
		err := client.Ping(ctx).Err()
		if err == nil || redis.HasErrorPrefix(err, "NOAUTH") {
			return nil
		}
		select {
		case <-p.ended:
			return fmt.Errorf("it ended:\n%s", p.log.Bytes())
		case <-ctx.Done():
			return fmt.Errorf("no answer: %w", err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func freeAddr(tb testing.TB) string {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}
