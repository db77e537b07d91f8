//go:build unix

package pgtest

import "testing"

// Server is a PostgreSQL of one test's own, which the test may take away.
type Server struct {
	URL     string // of an empty database; its user may do everything
	cluster *cluster
}

// Own starts a server that ends with the test. It takes seconds: Empty shares one.
func Own(tb testing.TB) *Server {
	tb.Helper()
	bin := programs(tb)
	c, err := start(bin)
	if err != nil {
		tb.Fatalf("postgres: %v", err)
	}
	tb.Cleanup(c.stop)
	return &Server{URL: c.url("postgres"), cluster: c}
}

// Kill ends the server at once, without a goodbye to anybody, and waits until it is gone.
func (s *Server) Kill() { s.cluster.stop() }
