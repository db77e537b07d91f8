//go:build unix

package commands

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestSecondSignalEndsTheProcess(t *testing.T) {
	for _, c := range []struct {
		signal syscall.Signal
		code   int
	}{{syscall.SIGINT, 130}, {syscall.SIGTERM, 143}} {
		exited := make(chan int, 1)
		ctx, stop := interruptible(t.Context(), func(code int) { exited <- code })
		if err := syscall.Kill(os.Getpid(), c.signal); err != nil {
			t.Fatal(err)
		}
		<-ctx.Done()
		if cause := context.Cause(ctx); !errors.Is(cause, errInterrupted) {
			t.Errorf("the first %s ends the context with %v", c.signal, cause)
		}
		select {
		case code := <-exited:
			t.Errorf("the first %s exits with %d", c.signal, code)
		default:
		}
		if err := syscall.Kill(os.Getpid(), c.signal); err != nil {
			t.Fatal(err)
		}
		if code := <-exited; code != c.code {
			t.Errorf("the second %s exits with %d, want %d", c.signal, code, c.code)
		}
		stop()
	}
}

// A terminal that closes sends SIGHUP, and so does the shell in it: both ask for one clean end.
func TestHangupsEndTheContextAndNotTheProcess(t *testing.T) {
	heedHangups()
	exited := make(chan int, 1)
	ctx, stop := interruptible(t.Context(), func(code int) { exited <- code })
	defer stop()
	for range 2 {
		if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		<-ctx.Done()
		if cause := context.Cause(ctx); !errors.Is(cause, errInterrupted) {
			t.Errorf("it ends the context with %v", cause)
		}
	}
	if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := <-exited; code != 143 {
		t.Errorf("a SIGTERM after hangups exits with %d, want 143", code)
	}
}

// heedHangups has this process heed a SIGHUP that it was started to ignore, as by nohup: deltatap respects that.
func heedHangups() {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGHUP)
	signal.Stop(c)
}

func TestProgressShowsItselfAfterASecond(t *testing.T) {
	var errs bytes.Buffer
	now := time.Unix(0, 0)
	app := &App{Err: &errs, Now: func() time.Time { return now }, ErrWidth: func() int { return 80 }}
	p := newProgress(app)
	p.open(&input{name: "day.ndjson", size: 1000})
	now = now.Add(900 * time.Millisecond)
	p.read(100)
	if errs.Len() > 0 {
		t.Errorf("too early: %q", errs.String())
	}
	now = now.Add(200 * time.Millisecond)
	p.read(500)
	if got := errs.String(); !strings.Contains(got, "day.ndjson") || !strings.Contains(got, "50%") || strings.Contains(got, "\n") {
		t.Errorf("it shows %q", got)
	}
	p.done()
	if !strings.HasSuffix(errs.String(), " \r") {
		t.Error("it stays on the screen")
	}
	errs.Reset()
	app.ErrWidth = func() int { return 0 }
	p = newProgress(app)
	p.open(&input{name: "day.ndjson", size: 1000})
	now = now.Add(5 * time.Second)
	p.read(500)
	p.done()
	if errs.Len() > 0 {
		t.Errorf("without a terminal it says %q", errs.String())
	}
}

func TestServerTextIsCleanedOnTheWayToATerminal(t *testing.T) {
	const hostile = "a\x1b[2Jb\u202ec\n"
	var out bytes.Buffer
	app := &App{Out: &out, OutWidth: func() int { return 80 }}
	if _, err := app.cleaned().Write([]byte(hostile[:5])); err != nil || out.Len() > 0 {
		t.Errorf("half a line: %q, %v", out.String(), err)
	}
	w := app.cleaned()
	_, _ = w.Write([]byte(hostile[:5]))
	_, _ = w.Write([]byte(hostile[5:]))
	if got := out.String(); strings.ContainsAny(got, "\x1b\u202e") || !strings.HasSuffix(got, "\n") {
		t.Errorf("to a terminal: %q", got)
	}
	out.Reset()
	app.OutWidth = func() int { return 0 }
	_, _ = app.cleaned().Write([]byte(hostile))
	if out.String() != hostile {
		t.Errorf("to a file: %q", out.String())
	}
}
