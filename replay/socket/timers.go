package socket

import (
	"runtime"
	"strings"
	"time"
)

// settleTimers waits until the goroutine of every timer of the client library waits for its timer. The library's
// timers can be stopped only then: one that is stopped earlier leaves its goroutine behind for good. A connection has
// two of them, made when it opens; stopping them is safe after this.
func settleTimers() {
	const patience = time.Second
	for start := time.Now(); !timersSettled() && time.Since(start) < patience; {
		time.Sleep(50 * time.Microsecond)
	}
}

// timersSettled looks at all goroutines: those inside the library's SetTimeout must be parked.
func timersSettled() bool {
	records := make([]runtime.StackRecord, runtime.NumGoroutine()+32)
	n, ok := runtime.GoroutineProfile(records)
	if !ok {
		return false // goroutines were made meanwhile: look again
	}
	for i := range records[:n] {
		if isTimer, parked := timerState(records[i].Stack()); isTimer && !parked {
			return false
		}
	}
	return true
}

func timerState(stack []uintptr) (isTimer, parked bool) {
	frames := runtime.CallersFrames(stack)
	for {
		frame, more := frames.Next()
		switch {
		case frame.Function == "runtime.gopark":
			parked = true
		case strings.HasSuffix(frame.Function, "/pkg/utils.SetTimeout.func1"):
			isTimer = true
		}
		if !more {
			return isTimer, parked
		}
	}
}
