package tap

import (
	"sync"
	"time"

	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/socket"
)

// Heard is something that an app got or asked for.
type Heard struct {
	Device Device
	At     time.Time
	Record session.Record // without number and time
}

// Listener is told what apps get and ask for.
type Listener interface {
	// Admit is asked once for each device, before anything that tells of the device is passed on.
	// Where it errs, nothing is.
	Admit(Device) error
	// Hear is told what a device got, in the order in which it got it. It must not block, and may keep
	// what it is given.
	Hear(Heard)
	// Lose is told that something passed to a device that nothing can be told of.
	Lose(Device)
	// Remark is told what is odd about a device.
	Remark(Device, string)
}

// app is a device that was seen.
type app struct {
	device Device
	tap    *Tap
	admit  func() error

	mu      sync.Mutex
	current *talk // its newest connection; nil where it has none
	failed  int   // attempts to connect since the last connection
	aside   bool  // a remark was made of a connection that is not the newest
	tagged  map[string]tagged
}

// app returns what is known of a device, or why it must not be served.
func (t *Tap) app(device Device) (*app, error) {
	t.mu.Lock()
	a := t.apps[device.Name]
	if a == nil {
		a = &app{device: device, tap: t}
		a.admit = sync.OnceValue(func() error { return t.config.Listener.Admit(device) })
		t.apps[device.Name] = a
	}
	t.mu.Unlock()
	return a, a.admit()
}

// hear passes a record on.
func (a *app) hear(rec session.Record) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.tell(rec)
}

func (a *app) tell(rec session.Record) {
	a.tap.config.Listener.Hear(Heard{Device: a.device, At: a.tap.config.Now(), Record: rec})
}

// connected begins a connection period. An older connection that was not closed is over with that:
// a phone that changed its network leaves one behind.
func (a *app) connected(c *talk, sid, transport string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.current != nil && a.current != c {
		a.tell(session.Record{Kind: session.KindDisconnect, Reason: socket.ReasonTransportClose})
	}
	a.tell(session.Record{Kind: session.KindConnect, SID: sid, Transport: transport, Attempt: a.failed + 1})
	a.current, a.failed = c, 0
}

// refused tells of an attempt that led to no connection.
func (a *app) refused(message string, data []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.failed++
	a.tell(session.Record{Kind: session.KindConnectError, Message: message, Data: data, Attempt: a.failed})
}

// event tells of an event, unless it came over a connection that is not the device's newest.
func (a *app) event(c *talk, name string, args []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.current == c:
		a.tell(session.Record{Kind: session.KindEvent, Event: name, Args: args})
	case !a.aside:
		a.aside = true
		a.tap.config.Listener.Remark(a.device, "has several connections at once; only what comes over the newest is told")
	}
}

// disconnected ends the connection period that c is.
func (a *app) disconnected(c *talk, reason string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.current == c {
		a.current = nil
		a.tell(session.Record{Kind: session.KindDisconnect, Reason: reason})
	}
}

// unread tells of something that passed and could not be looked at.
func (a *app) unread() { a.tap.config.Listener.Lose(a.device) }
