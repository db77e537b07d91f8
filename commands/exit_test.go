package commands

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"
	"testing"

	"github.com/carebase/deltatap/replay/diagnose"
	"github.com/carebase/deltatap/replay/endpoint"
	"github.com/carebase/deltatap/replay/player"
	"github.com/carebase/deltatap/replay/rest"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/sink"
	"github.com/carebase/deltatap/replay/socket"
)

func TestExitCodes(t *testing.T) {
	for _, c := range []struct {
		err  error
		code int
		says string
	}{
		{nil, 0, ""},
		{context.Canceled, 3, "deltatap: interrupted before the end\n"},
		{errInterrupted, 3, "deltatap: interrupted before the end\n"},
		{errFound, 1, ""},
		{errInconclusive, 3, ""},
		{usage("do this", "what"), 2, "deltatap: what\nhint: do this\n"},
		{&socket.RefusedError{Message: "Unauthorized"}, 4, "deltatap: refused by the server: Unauthorized\nhint: the token may have expired; deltatap doctor tells\n"},
		{fmt.Errorf("more: %w", &rest.RefusedError{}), 4, ""},
		{&socket.UnreachableError{Err: errors.New("connection refused")}, 5, "deltatap: cannot connect: connection refused\nhint: is the server up, and is this its address? deltatap doctor tells\n"},
		{&rest.UnreachableError{}, 5, ""},
		{&session.FormatError{Reason: "made by a newer deltatap"}, 2, ""},
		{&endpoint.Error{Reason: "no server named", Hint: "name one"}, 2, "deltatap: no server named\nhint: name one\n"},
		{&player.SendError{N: 3, Err: &sink.UnknownUserError{N: 3}}, 2, "deltatap: record 3 names no user\nhint: --user ID says whose\n"},
		{&player.SendError{N: 3, Err: &sink.UnknownUserError{N: 3, User: 7}}, 2, "deltatap: record 3 is of user 7, who is mapped to nobody\n"},
		{&fs.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.ENOSPC}, 3, "deltatap: standard output: no space left on device\n"},
		{errors.New("line one\nline two"), 70, "deltatap: line one; line two\n"},
		{verdictError(diagnose.InSync), 0, ""},
		{verdictError(diagnose.Explained), 0, ""},
		{verdictError(diagnose.Desynced), 1, ""},
		{verdictError(diagnose.Inconclusive), 3, ""},
	} {
		var errs bytes.Buffer
		code := (&App{Err: &errs}).fail(c.err)
		if code != c.code || c.says != "" && errs.String() != c.says {
			t.Errorf("%v: exit %d, %q; want %d, %q", c.err, code, errs.String(), c.code, c.says)
		}
	}
}

func TestPanicIsOneLineAndExit70(t *testing.T) {
	var errs bytes.Buffer
	app := &App{Err: &errs, Out: panicWriter{}, Env: func(string) string { return "" }, OutWidth: func() int { return 0 }, ErrWidth: func() int { return 0 }}
	if code := Run(t.Context(), app, []string{"version"}); code != ExitFault {
		t.Errorf("exit %d, want %d", code, ExitFault)
	}
	if got := errs.String(); !bytes.HasPrefix(errs.Bytes(), []byte("deltatap: internal fault: out of paper\nhint: ")) || bytes.Count(errs.Bytes(), []byte{'\n'}) != 2 {
		t.Errorf("it says %q", got)
	}
}

type panicWriter struct{}

func (panicWriter) Write([]byte) (int, error) { panic("out of paper") }
