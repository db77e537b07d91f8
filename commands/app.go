// Package commands is deltatap's command line: it turns flags and the environment into calls of the
// engine in replay, and results into text through render. One file holds one command: an options
// struct, a constructor that only parses, and a run function that is given everything it needs.
// Nothing in it touches os.Stdout or os.Stderr but Main.
package commands

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/term"
)

// App is what a command may use of the world outside: its streams, its environment and its clock.
type App struct {
	In  io.Reader
	Out io.Writer // data
	Err io.Writer // state, warnings, progress and summaries

	// Env looks up an environment variable; "" means unset.
	Env func(string) string
	// Now tells the time; its values carry a monotonic reading.
	Now func() time.Time
	// OutWidth and ErrWidth tell the terminal's columns now, or 0 where the stream is no terminal.
	OutWidth, ErrWidth func() int
	// InTerminal tells whether a person can type an answer.
	InTerminal bool
	// atExit is run before the process ends, also where a second signal ends it.
	atExit *atExit

	// Color, Verbose and Quiet are the options that every command takes.
	Color   string
	Verbose int
	Quiet   bool
}

// Main runs deltatap with the process's own streams and arguments and returns its exit code.
func Main() int {
	// net/http's client and servers log what they find odd, bodies with their tokens, too. What is to
	// be told, errors tell.
	log.SetOutput(io.Discard)
	hooks, says := &atExit{}, newErrQueue(openStdErr())
	defer says.close(lastWords)
	defer hooks.run()
	ctx, stop := interruptible(context.Background(), func(code int) {
		hooks.run()
		says.close(lastWordsAtOnce)
		os.Exit(code)
	})
	defer stop()
	app := &App{
		atExit:     hooks,
		In:         os.Stdin,
		Out:        os.Stdout,
		Err:        says,
		Env:        os.Getenv,
		Now:        time.Now,
		OutWidth:   func() int { return columns(os.Stdout) },
		ErrWidth:   func() int { return columns(os.Stderr) },
		InTerminal: term.IsTerminal(int(os.Stdin.Fd())),
	}
	return Run(ctx, app, os.Args[1:])
}

// How long a program that ends gives what it said last to be read: after its work, and after a
// second signal.
const (
	lastWords       = 2 * time.Second
	lastWordsAtOnce = 200 * time.Millisecond
)

// Run runs deltatap with the given arguments (without the program's name) and returns the exit
// code. Every error is written to app.Err as one line, with a hint where there is one.
func Run(ctx context.Context, app *App, args []string) (code int) {
	defer func() {
		if p := recover(); p != nil {
			code = app.fail(&Error{Code: ExitFault, What: "internal fault", Err: fmt.Errorf("%v", p), Hint: "this is a bug of deltatap's; please report it with the command that you ran"})
		}
	}()
	out := &keptOutput{Writer: app.Out}
	app.Out = out
	root := newRoot(app, wantedCommand(args))
	root.SetArgs(args)
	root.SetIn(app.In)
	root.SetOut(app.Out)
	root.SetErr(app.Err)
	err := strayWord(root, args)
	if err == nil {
		err = root.ExecuteContext(ctx)
	}
	return app.fail(cmp.Or(err, out.err))
}

// errInterrupted is the cause of a context that ended by a signal.
var errInterrupted = errors.New("interrupt")

// interruptible returns a context that ends at the first SIGINT, SIGTERM or SIGHUP, with
// errInterrupted as its cause. A second SIGINT or SIGTERM ends the process at once through exit,
// with 130 or 143: the first asked for a clean end, the second does not wait. A second SIGHUP is
// none: a terminal that closes and the shell in it send one each. A SIGHUP that whoever started the
// program has it ignore (nohup) stays ignored.
func interruptible(parent context.Context, exit func(int)) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(signals, syscall.SIGHUP)
	}
	done := make(chan struct{})
	go func() {
		for first := true; ; first = false {
			select {
			case s := <-signals:
				if s == syscall.SIGHUP && !first {
					continue
				}
				if !first {
					exit(128 + int(s.(syscall.Signal)))
					return
				}
				cancel(errInterrupted)
			case <-done:
				return
			}
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(done)
		cancel(nil)
	}
}

func columns(f *os.File) int {
	if !term.IsTerminal(int(f.Fd())) {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil || width <= 0 {
		return 80
	}
	return width
}
