//go:build unix

package commands

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// hooked is a hook whose command waits for a file, go, to be there, and says in another one, told, what it ran for.
type hooked struct {
	*hook
	dir   string
	errs  *lockedBuffer
	ended chan struct{}
}

func newHooked(t *testing.T, command string) *hooked {
	h := &hooked{dir: t.TempDir(), errs: &lockedBuffer{}, ended: make(chan struct{}, 1)}
	app := &App{Err: h.errs, Now: time.Now, atExit: &atExit{}}
	h.hook = newHook(app, strings.ReplaceAll(command, "DIR", h.dir), func() { h.ended <- struct{}{} })
	t.Cleanup(func() {
		if h.running != nil {
			killGroup(h.running.cmd)
		}
	})
	return h
}

// slow is a command that ends when it is let go.
const slow = `echo "$DELTATAP_ITEMS begins" >>DIR/told; until test -e DIR/go; do sleep 0.02; done; echo "$DELTATAP_ITEMS ends" >>DIR/told`

func (h *hooked) write(t *testing.T, name string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(h.dir, name), nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

// told waits until a file of the hook's says something.
func (h *hooked) told(t *testing.T, name, want string) string {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		text, err := os.ReadFile(filepath.Join(h.dir, name))
		if err == nil && strings.Contains(string(text), want) {
			return string(text)
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s holds %q (%v), want %q", name, text, err, want)
		}
	}
}

// A command that takes long holds nobody up, runs alone and in order; what is asked for meanwhile becomes one run, for the latest.
func TestASlowCommandRunsBesideTheStream(t *testing.T) {
	h := newHooked(t, slow)
	for _, item := range []string{"1", "2", "3", "4"} {
		h.ask("DELTATAP_ITEMS=bill:" + item) // returns, though the first has not ended
	}
	h.told(t, "told", "bill:1 begins")
	h.done()
	if h.running == nil || h.errs.String() != "" {
		t.Errorf("nothing runs, or something was said: %q", h.errs)
	}
	h.write(t, "go")
	<-h.ended
	h.done()
	h.wait()
	const want = "bill:1 begins\nbill:1 ends\nbill:4 begins\nbill:4 ends\n"
	if got := h.told(t, "told", "bill:4 ends"); got != want {
		t.Errorf("the runs were %q, want %q", got, want)
	}
	if !strings.Contains(h.errs.String(), "3 reports came while the command of --exec ran: it runs once for all of them\n") {
		t.Errorf("it says %q", h.errs)
	}
}

func TestACommandThatFailsIsAWarning(t *testing.T) {
	h := newHooked(t, "exit 3")
	h.ask()
	h.wait()
	if got := h.errs.String(); !strings.HasSuffix(got, "deltatap: warning: --exec: exit status 3\n") || h.running != nil {
		t.Errorf("it says %q", got)
	}
}

// The end of a watch waits for the command, though not for ever: then it is ended with its children, even those that want to stay, and
// what waits does not run.
func TestTheEndOfAWatchDoesNotWaitForEver(t *testing.T) {
	h := newHooked(t, `trap "" TERM; (trap "" TERM; sleep 300) & echo $! >DIR/child; echo $$ >DIR/self; echo x >>DIR/runs; wait; sleep 300`)
	h.limit = 10 * time.Millisecond
	h.ask()
	self := h.told(t, "self", "\n")
	h.ask()
	h.wait()
	for _, pid := range []string{self, h.told(t, "child", "\n")} {
		h.hasEnded(t, pid)
	}
	if got := h.told(t, "runs", "x"); got != "x\n" || h.running != nil {
		t.Errorf("it ran %q", got)
	}
	if got := h.errs.String(); !strings.Contains(got, "waiting for the command of --exec; a second Ctrl-C ends it\n") || !strings.Contains(got, "and is ended; it does not run for 1 report that came meanwhile\n") {
		t.Errorf("it says %q", got)
	}
}

// A second signal ends the process at once, and the command with it.
func TestASecondSignalEndsTheCommand(t *testing.T) {
	h := newHooked(t, `sleep 300 & echo $! >DIR/child; wait`)
	h.ask()
	child := h.told(t, "child", "\n")
	h.app.atExit.run()
	<-h.ended
	h.done()
	h.hasEnded(t, child)
	if got := h.errs.String(); !strings.HasPrefix(got, "the command of --exec is ended\n") {
		t.Errorf("it says %q", got)
	}
}

// hasEnded waits until there is no such process: whoever inherits it has to see to its end.
func (h *hooked) hasEnded(t *testing.T, pid string) {
	t.Helper()
	n, err := strconv.Atoi(strings.TrimSpace(pid))
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(patience); alive(n); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("process %d is still there", n)
		}
	}
}

// alive tells whether a process runs; one that has ended, and whose end nobody has taken note of, does not.
func alive(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return false
	}
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	return err != nil || !strings.Contains(string(stat), ") Z ")
}
