//go:build unix

// Package redistest gives a test a real Redis of its own, on a free port of the loopback interface, which ends with the test. Where
// Redis is not installed the test is skipped and says so; with CI=true that is a failure.
package redistest

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience bounds how long a server may take to start.
const patience = 30 * time.Second

// Server is a running Redis.
type Server struct {
	URL  string // redis://127.0.0.1:PORT
	Addr string // 127.0.0.1:PORT

	t    testing.TB
	args []string
	cmd  *exec.Cmd
}

// Start starts a Redis with further arguments.
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		text := fmt.Sprintf("SKIP-INTEROP %s: no Redis to test against: %v; install it with: apt-get install redis-server", t.Name(), err)
		if os.Getenv("CI") == "true" {
			t.Fatal(text)
		}
		t.Skip(text)
	}
	s := &Server{t: t, args: args, Addr: freeAddr(t)}
	s.URL = "redis://" + s.Addr
	s.Restart()
	t.Cleanup(s.Kill)
	return s
}

func freeAddr(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// Restart starts a Redis that was killed, at the same address, and waits until it answers.
func (s *Server) Restart() {
	s.t.Helper()
	_, port, _ := strings.Cut(s.Addr, ":")
	s.cmd = exec.Command("redis-server", append([]string{"--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"}, s.args...)...)
	s.cmd.Dir = s.t.TempDir()
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	timer := time.AfterFunc(patience, func() { _ = s.cmd.Process.Kill() })
	defer timer.Stop()
	var said []string
	for lines := bufio.NewScanner(out); lines.Scan(); {
		said = append(said, lines.Text())
		if strings.Contains(lines.Text(), "Ready to accept connections") {
			go func() {
				for lines.Scan() { // so that it never waits for who reads
				}
			}()
			return
		}
	}
	s.t.Fatalf("redis-server did not start:\n%s", strings.Join(said, "\n"))
}

// Freeze keeps the server from answering, until Thaw.
func (s *Server) Freeze() { s.signal(syscall.SIGSTOP) }

// Thaw lets a frozen server go on.
func (s *Server) Thaw() { s.signal(syscall.SIGCONT) }

func (s *Server) signal(signal syscall.Signal) {
	s.t.Helper()
	if err := s.cmd.Process.Signal(signal); err != nil {
		s.t.Fatal(err)
	}
}

// Kill ends the server at once.
func (s *Server) Kill() {
	if s.cmd.ProcessState == nil {
		_ = s.cmd.Process.Kill() // an error says that it has ended
		_ = s.cmd.Wait()
	}
}
