package tap

import (
	"bytes"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/carebase/deltatap/replay/socket"
)

// talk is an Engine.IO connection between an app and the server, over one transport and then
// perhaps the other.
type talk struct {
	tap *Tap

	mu        sync.Mutex
	device    Device
	app       *app   // of that device; nil before it asked to connect
	token     string // that the app connected with, to be kept out of what the server says; "" where it is not known
	engine    string // Engine.IO's name for it
	transport string
	open      bool // the server accepted the app
	offsets   bool
	over      bool
	patience  time.Duration // how long it stays without a word of the server
	heard     time.Time     // when the last one came
	silence   *time.Timer   // of a connection that polls, and does not poll just now
}

// The transports of Engine.IO.
const (
	transportWebSocket = "websocket"
	transportPolling   = "polling"
)

// newTalk begins a connection that r asks for.
func (t *Tap) newTalk(r *http.Request, transport string) (*talk, error) {
	c := &talk{tap: t, transport: transport, token: bearerOf(r), heard: t.config.Now()}
	id, known := identify(r)
	if !known {
		c.device = byAddress(r).device(t.config.Key) // until its token tells more
		return c, nil
	}
	c.device = id.device(t.config.Key)
	return c, c.belong()
}

// belong has the device admitted whose connection it is.
func (c *talk) belong() (err error) {
	if c.app == nil || c.app.device != c.device {
		c.app, err = c.tap.app(c.device)
	}
	return err
}

// fromApp takes an Engine.IO packet that the app sends.
func (c *talk) fromApp(packet []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(packet) == 0 || c.over {
		return nil
	}
	switch packet[0] {
	case '1':
		c.end(socket.ReasonClientDisconnect)
		c.drop()
	case '5':
		c.transport = transportWebSocket
		c.quiet(false)
	case '4':
		switch kind, token := socket.OverhearClient(packet[1:]); kind {
		case socket.Connected:
			return c.asks(token)
		case socket.Disconnected:
			c.end(socket.ReasonClientDisconnect)
		}
	}
	return nil
}

// asks takes the app's wish to connect, with the token that says who it is.
func (c *talk) asks(token string) error {
	if token != "" {
		c.token = token
	}
	if subject := subjectOf(token); subject != "" {
		c.device = identity{"subject", subject}.device(c.tap.config.Key)
	}
	return c.belong()
}

// fromServer takes an Engine.IO packet that the app got.
func (c *talk) fromServer(packet []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.heard = c.tap.config.Now()
	if len(packet) == 0 || c.over {
		return
	}
	switch packet[0] {
	case '0':
		c.greeted(packet[1:])
	case '1':
		c.end(socket.ReasonTransportClose)
		c.drop()
	case '4':
		c.message(packet[1:])
	}
}

// greeted reads Engine.IO's greeting.
func (c *talk) greeted(text []byte) {
	var hello struct {
		SID          string `json:"sid"`
		PingInterval int64  `json:"pingInterval"`
		PingTimeout  int64  `json:"pingTimeout"`
	}
	_ = json.Unmarshal(text, &hello)
	c.engine = hello.SID
	c.patience = time.Duration(hello.PingInterval+hello.PingTimeout) * time.Millisecond
	c.tap.keepTalk(c.engine, c)
}

func (c *talk) message(text []byte) {
	said, offsets, err := socket.Overhear(text, c.offsets)
	if err != nil {
		return // the app closes the connection for it
	}
	c.offsets = offsets
	if said.Kind == 0 || c.belong() != nil {
		return
	}
	switch said.Kind {
	case socket.Connected:
		c.open = true
		c.app.connected(c, said.SID, c.transport)
	case socket.Refused:
		if said.Data != nil {
			said.Data = []byte(c.hide(string(said.Data)))
		}
		c.app.refused(c.hide(said.Message), said.Data)
	case socket.Disconnected:
		c.end(said.Reason)
	case socket.Event:
		if c.open {
			c.app.event(c, said.Event, said.Args)
		}
	}
}

// minSecret is how long a token must be to be looked for: "1" is in every text.
const minSecret = 4

// hide takes the app's token out of what the server says about it.
func (c *talk) hide(text string) string {
	if len(c.token) < minSecret {
		return text
	}
	return string(bytes.ReplaceAll([]byte(text), []byte(c.token), []byte("[redacted]")))
}

// end ends the connection period. It is called with mu held.
func (c *talk) end(reason string) {
	if c.open {
		c.open = false
		c.app.disconnected(c, reason)
	}
}

// drop ends the connection below. It is called with mu held.
func (c *talk) drop() {
	if !c.over {
		c.over = true
		c.quiet(false)
		c.tap.dropTalk(c.engine)
	}
}

// closed ends what the network ended.
func (c *talk) closed() {
	c.mu.Lock()
	defer c.mu.Unlock()
	reason := socket.ReasonTransportClose
	if c.patience > 0 && c.tap.config.Now().Sub(c.heard) >= c.patience {
		reason = socket.ReasonPingTimeout
	}
	c.end(reason)
	c.drop()
}

// failed ends a connection over which polling failed.
func (c *talk) failed() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.end(socket.ReasonTransportError)
	c.drop()
}

// isWebSocket says whether the connection goes over WebSocket now.
func (c *talk) isWebSocket() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.transport == transportWebSocket
}

// quiet says whether nothing is under way to the app. Where it polls, and asks for nothing for
// long, it is gone.
func (c *talk) quiet(now bool) {
	if c.silence != nil {
		c.silence.Stop()
		c.silence = nil
	}
	if now && c.patience > 0 && !c.over && c.transport == transportPolling {
		c.silence = time.AfterFunc(c.patience, c.closed)
	}
}

// polling says that the app's poll began or ended.
func (c *talk) polling(now bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.quiet(!now)
}

// unread says that something came that was too long to be looked at.
func (c *talk) unread() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open {
		c.app.unread()
	}
}
