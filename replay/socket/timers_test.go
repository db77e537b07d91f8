package socket

import (
	"testing"
	"time"

	"github.com/zishang520/socket.io/v3/pkg/utils"
	"go.uber.org/goleak"
)

// Without settling, a few of these goroutines stay behind: their timer is stopped before they first run.
func TestSettledTimersCanBeStopped(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	for range 200 {
		timers := make([]*utils.Timer, 10)
		for i := range timers {
			timers[i] = utils.SetTimeout(func() {}, time.Hour)
		}
		settleTimers()
		for _, timer := range timers {
			utils.ClearTimeout(timer)
		}
	}
}
