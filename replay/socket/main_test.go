package socket

import (
	"testing"

	"go.uber.org/goleak"
)

// The client library watches the network interfaces from its init on, and cannot be told to stop:
// those goroutines are there before any test.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreCurrent())
}
