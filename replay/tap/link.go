package tap

import (
	"errors"
	"io"
	"net/http"
	"sync"
)

// link is a WebSocket through the tap: what the proxy reads from it goes to the app, what it writes
// goes to the server.
type link struct {
	tap    *Tap
	server io.ReadWriteCloser
	talk   *talk // nil: nobody listens
	once   sync.Once

	fromApp frames
	toApp   frames
	refused error // why nothing more of the app's passes
}

var (
	// errClosed refuses what begins while the tap ends.
	errClosed = errors.New("the tap ends")
	// errOneWay is a connection that cannot be written to.
	errOneWay = errors.New("the server's connection cannot be written to")
)

// join takes a connection that became something else than HTTP under the tap's care.
func (t *Tap) join(answer *http.Response, q *question) error {
	server, ok := answer.Body.(io.ReadWriteCloser)
	if !ok {
		return errOneWay
	}
	l := &link{tap: t, server: server, talk: q.talk}
	l.fromApp.each, l.toApp.each = l.said, l.heard
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return errClosed
	}
	t.links[l] = struct{}{}
	answer.Body = l
	return nil
}

// Read gives what the server sent. It is told before it is passed on, so that nothing passes
// untold.
func (l *link) Read(p []byte) (int, error) {
	n, err := l.server.Read(p)
	if l.talk != nil {
		l.toApp.feed(p[:n])
	}
	return n, err
}

func (l *link) Write(p []byte) (int, error) {
	if l.talk != nil {
		l.fromApp.feed(p)
	}
	if l.refused != nil {
		return 0, l.refused
	}
	return l.server.Write(p)
}

func (l *link) said(packet []byte, text, whole bool) {
	if text && whole && l.refused == nil {
		l.refused = l.talk.fromApp(packet)
	}
}

func (l *link) heard(packet []byte, text, whole bool) {
	switch {
	case !whole:
		l.talk.unread()
	case text:
		l.talk.fromServer(packet)
	}
}

// Close ends both sides.
func (l *link) Close() (err error) {
	l.once.Do(func() {
		l.tap.mu.Lock()
		delete(l.tap.links, l)
		l.tap.mu.Unlock()
		err = l.server.Close()
		if l.talk != nil && l.talk.isWebSocket() {
			l.talk.closed()
		}
	})
	return err
}
