package commands

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/carebase/deltatap/render"
	"github.com/carebase/deltatap/render/theme"
)

// screen is what a terminal line shows after text with carriage returns: the last state of each line.
func screen(text string) []string {
	var lines []string
	for _, line := range strings.Split(text, "\n") {
		cells := []rune{}
		at := 0
		for _, r := range line {
			switch {
			case r == '\r':
				at = 0
				continue
			case at == len(cells):
				cells = append(cells, r)
			default:
				cells[at] = r
			}
			at++
		}
		lines = append(lines, strings.TrimRight(string(cells), " "))
	}
	return lines
}

func TestBoardStaysBelowWhatElseIsSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &lockedBuffer{}
		started := time.Now()
		app := &App{Err: out, ErrWidth: func() int { return 60 }}
		b := newBoard(app, theme.Plain())
		records := int64(0)
		stop := b.every(func() render.RecordingState {
			records += 5
			return render.RecordingState{Elapsed: time.Since(started), Records: records, Bytes: 1000 * records}
		})
		b.note(func(s *render.RecordingState) { s.Deltas, s.Version, s.Connected = 7, 41, true })
		time.Sleep(2*boardEvery + time.Millisecond)
		_, _ = b.Write([]byte("connected\n"))
		synctest.Wait()
		got := screen(out.String())
		if want := "0s · 10 records · 7 deltas · 18/s · v41 · connected · 10 kB"; len(got) != 2 || got[0] != "connected" || got[1] != want {
			t.Errorf("the screen shows %q, want %q below", got, want)
		}
		stop()
		if got := screen(out.String()); got[len(got)-1] != "" {
			t.Errorf("the line stays: %q", got)
		}
	})
}

func TestBoardWithoutATerminalIsSparse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &lockedBuffer{}
		started := time.Now()
		b := newBoard(&App{Err: out, ErrWidth: func() int { return 0 }}, theme.Plain())
		stop := b.every(func() render.RecordingState { return render.RecordingState{Elapsed: time.Since(started)} })
		time.Sleep(5*time.Minute + time.Second)
		stop()
		if text := out.String(); strings.Count(text, "\n") != 10 || strings.Contains(text, "\r") {
			t.Errorf("in five minutes it says %q", text)
		}
	})
}

func TestBoardIsQuietWhenAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &lockedBuffer{}
		b := newBoard(&App{Err: out, Quiet: true, ErrWidth: func() int { return 80 }}, theme.Plain())
		stop := b.every(func() render.RecordingState { return render.RecordingState{} })
		time.Sleep(time.Minute)
		stop()
		if out.String() != "" {
			t.Errorf("it says %q", out)
		}
	})
}

func TestMeter(t *testing.T) {
	var m meter
	for i := range int64(100) {
		at := time.Duration(i+1) * boardEvery
		got := m.per(i*20, at) // a hundred a second
		if want := 100.0; i > 16 && (got < want-0.01 || got > want+0.01) {
			t.Errorf("after %s: %.2f a second, want %.0f", at, got, want)
		}
	}
	if got := m.per(100*20, 0); got != 0 {
		t.Errorf("where no time has passed: %f", got)
	}
	for i := range int64(20) {
		if got := m.per(2000, 20*time.Second+time.Duration(i+1)*boardEvery); i == 19 && got != 0 {
			t.Errorf("where nothing comes any more: %f", got)
		}
	}
}
