package commands

import (
	"fmt"
	"os/exec"
	"time"

	"github.com/carebase/deltatap/render"
)

// hook runs the user's command beside the stream, which a command that takes long must not hold up.
// There is one run at a time. What is asked for meanwhile waits, and several that wait become one
// run, for the latest. It is for one goroutine.
type hook struct {
	app     *App
	command string
	// ended is told on a goroutine of its own that there is an end for done to take; nil: nobody asks
	// before wait.
	ended func()
	limit time.Duration // how long wait waits

	ends    chan error
	running *hookRun // nil: nothing runs
	next    []string // the environment of the run that waits; nil: none does
	asked   int      // what that run stands for
}

// hookRun is one run of the command.
type hookRun struct {
	cmd  *exec.Cmd
	gone chan struct{} // closed when the command has ended
}

// hookLimit is how long the end of a watch waits for its command.
const hookLimit = time.Minute

// hookGrace is how long a command that is told to end has for that.
const hookGrace = time.Second

func newHook(app *App, command string, ended func()) *hook {
	return &hook{app: app, command: command, ended: ended, limit: hookLimit, ends: make(chan error, 1)}
}

// ask has the command run with these variables, once the run at hand has ended. Nothing that a
// server said reaches its shell but as a value of the environment.
func (h *hook) ask(env ...string) {
	if h.running == nil {
		h.start(env)
		return
	}
	h.next = env
	h.asked++
}

func (h *hook) start(env []string) {
	cmd := exec.Command("sh", "-c", h.command)
	cmd.Env = append(cmd.Environ(), env...)
	cmd.Stdout, cmd.Stderr = h.app.childErr(), h.app.childErr()
	ownGroup(cmd)
	if err := cmd.Start(); err != nil {
		h.failed(err)
		return
	}
	run := &hookRun{cmd, make(chan struct{})}
	h.running = run
	h.app.atExit.set(func() {
		h.app.note("the command of --exec is ended")
		run.end()
	})
	go func() {
		err := cmd.Wait()
		close(run.gone)
		h.ends <- err
		if h.ended != nil {
			h.ended()
		}
	}()
}

func (h *hook) failed(err error) { h.app.warn(fmt.Sprintf("--exec: %v", err)) }

// done takes the end of a run, where there is one, and starts the next.
func (h *hook) done() {
	select {
	case err := <-h.ends:
		h.over(err)
	default:
	}
}

func (h *hook) over(err error) {
	h.running = nil
	h.app.atExit.set(nil)
	if err != nil {
		h.failed(err)
	}
	if h.next == nil {
		return
	}
	if h.asked > 1 {
		h.app.note("%s came while the command of --exec ran: it runs once for all of them", render.Plural(int64(h.asked), "report"))
	}
	env := h.next
	h.next, h.asked = nil, 0
	h.start(env)
}

// wait sees the command to its end, and the run that waits. What takes too long is ended, and
// nothing follows it.
func (h *hook) wait() {
	h.done()
	if h.running == nil {
		return
	}
	h.app.note("waiting for the command of --exec; a second Ctrl-C ends it")
	bound := time.NewTimer(h.limit)
	defer bound.Stop()
	for h.running != nil {
		select {
		case err := <-h.ends:
			h.over(err)
		case <-bound.C:
			h.giveUp()
		}
	}
}

// giveUp ends the command, and says so.
func (h *hook) giveUp() {
	unheard := ""
	if h.asked > 0 {
		unheard = fmt.Sprintf("; it does not run for %s that came meanwhile", render.Plural(int64(h.asked), "report"))
	}
	h.app.warn(fmt.Sprintf("--exec: the command took longer than %s after the watch, and is ended%s", render.Duration(h.limit), unheard))
	h.next, h.asked = nil, 0
	h.running.end()
	<-h.ends
	h.running = nil
	h.app.atExit.set(nil)
}

// end ends the command and its children: they are told, and after a grace killed.
func (r *hookRun) end() {
	tellGroup(r.cmd)
	select {
	case <-r.gone:
	case <-time.After(hookGrace):
	}
	killGroup(r.cmd)
}
