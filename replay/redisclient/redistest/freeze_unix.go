//go:build unix

package redistest

import "syscall"

// Freeze keeps the server from answering, until Thaw.
func (s *Server) Freeze() { s.signal(syscall.SIGSTOP) }

// Thaw lets a frozen server go on.
func (s *Server) Thaw() { s.signal(syscall.SIGCONT) }

func (s *Server) signal(signal syscall.Signal) {
	s.tb.Helper()
	if err := s.running.cmd.Process.Signal(signal); err != nil {
		s.tb.Fatal(err)
	}
}
