package endpoint

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// execToken runs a command and takes the first line that it prints. The command's own complaints
// are never repeated: they may hold the token, or the secret that it is made from.
type execToken struct{ command func() string }

// grace is how long a command's children may hold its output open after it was stopped.
const grace = time.Second

func newExecToken(command string) (Token, error) {
	if strings.TrimSpace(command) == "" || strings.ContainsRune(command, 0) {
		return nil, faulty("exec:// wants a command").hinted("exec://COMMAND, run by the shell; its first line of output is the token")
	}
	return &execToken{func() string { return command }}, nil
}

func (*execToken) String() string               { return schemeExec + "…" }
func (t *execToken) GoString() string           { return t.String() }
func (t *execToken) Format(f fmt.State, _ rune) { io.WriteString(f, t.String()) }

func (t *execToken) Token(ctx context.Context) (string, error) {
	cmd := shell(ctx, t.command())
	cmd.WaitDelay = grace
	out := &head{limit: maxToken + 1}
	cmd.Stdout = out
	err := cmd.Run()
	if ctx.Err() != nil {
		return "", about(t.String(), ended(ctx, "the token command took too long"))
	}
	if err != nil && !errors.Is(err, exec.ErrWaitDelay) {
		return "", about(t.String(), execFault(err).hinted("run it by itself to see why"))
	}
	token, err := checked(firstLine(out.Bytes()))
	return token, about(t.String(), err)
}

// shell runs a command line by the system's shell, without a standard input: that may be a session
// being read.
func shell(ctx context.Context, line string) *exec.Cmd {
	if runtime.GOOS == "windows" {
		return exec.CommandContext(ctx, "cmd", "/C", line)
	}
	return exec.CommandContext(ctx, "sh", "-c", line)
}

func execFault(err error) *Error {
	e := &Error{Reason: "the token command cannot be run", Err: nil}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		switch code := exit.ExitCode(); code {
		case 126:
			e.Reason = "the token command may not be run (exit status 126)"
		case 127:
			e.Reason = "the token command was not found (exit status 127)"
		case -1:
			e.Reason = "the token command was killed"
		default:
			e.Reason = fmt.Sprintf("the token command failed (exit status %d)", code)
		}
	}
	return e
}

// head keeps the first bytes written to it and drops the rest.
type head struct {
	bytes.Buffer
	limit int
}

func (h *head) Write(p []byte) (int, error) {
	if room := h.limit - h.Len(); room > 0 {
		h.Buffer.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}
