package standin

import (
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	const timers = "github.com/zishang520/socket.io/v3/pkg/utils."
	goleak.VerifyTestMain(m,
		// The library's timers; see package server's tests.
		goleak.IgnoreAnyFunction(timers+"SetTimeout.func1"),
		goleak.IgnoreAnyFunction(timers+"SetInterval.func1"),
	)
}
