package socket

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/zishang520/socket.io/v3/pkg/types"
)

// muteLink is a link that takes everything and brings nothing.
type muteLink struct{ gone chan struct{} }

func (l *muteLink) name() string { return transportWebsocket }
func (l *muteLink) greeting() greeting {
	return greeting{SID: "e1", PingInterval: 25000, PingTimeout: 20000}
}
func (l *muteLink) write([]outgoing) error { return nil }
func (l *muteLink) close()                 { l.abort() }

func (l *muteLink) read(receiver) error {
	<-l.gone
	return errServerClose
}

func (l *muteLink) abort() {
	select {
	case <-l.gone:
	default:
		close(l.gone)
	}
}

// The engine does not close before it has heard that all is written, which it may have missed: it
// hears it again. (A goroutine that is left fails the test.)
func TestAFarewellThatTheEngineDoesNotBegin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := &intake{queue: newQueue(1 << 20), now: time.Now}
		ended := make(chan error, 1)
		lib := newLibrary(&muteLink{gone: make(chan struct{})}, in, nil, "", func(err error) { ended <- err })
		<-lib.transport.opened
		synctest.Wait() // CONNECT is written
		lib.transport.SetWritable(false)
		lib.manager.Engine().Send(types.NewStringBufferString("never written"), nil, nil)
		lib.close()
		<-ended
	})
}
