package server

import (
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	const timers = "github.com/zishang520/socket.io/v3/pkg/utils."
	goleak.VerifyTestMain(m,
		// The library stops a timer by telling its goroutine, which does not hear it before it has begun: of a thousand
		// quick connections, a few leave such a goroutine behind. Nothing outside the library can reach it.
		goleak.IgnoreAnyFunction(timers+"SetTimeout.func1"),
		goleak.IgnoreAnyFunction(timers+"SetInterval.func1"),
	)
}
