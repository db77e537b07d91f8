package server

import (
	"maps"
	"net/http"
	"sync"
)

// punctual is the answer to a request, kept until its handler has returned. What is written afterwards goes nowhere: the library answers
// a poll from a goroutine that nobody waits for when the client is gone, and wrote late into a buffer that net/http had
// given to the next connection. Nor does anything leave before: net/http sends what is longer than its buffer at once, the client polls
// again by another connection, and the library, which cleans a poll up once more when it has written its answer, cleaned up
// the new one.
type punctual struct {
	to     http.ResponseWriter
	header http.Header

	mu     sync.Mutex
	status int // 0 until it is told
	body   []byte
	over   bool
}

func newPunctual(to http.ResponseWriter) *punctual {
	return &punctual{to: to, header: to.Header().Clone()}
}

// Header is the header that WriteHeader, or else the first Write, fixes.
func (p *punctual) Header() http.Header { return p.header }

// WriteHeader tells the status.
func (p *punctual) WriteHeader(status int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.begin(status)
}

// begin is called with the lock held.
func (p *punctual) begin(status int) {
	if p.status != 0 || p.over {
		return
	}
	p.status = status
	clear(p.to.Header())
	maps.Copy(p.to.Header(), p.header)
}

// Write adds a part of the body. The error is http.ErrHandlerTimeout where the handler has returned.
func (p *punctual) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over {
		return 0, http.ErrHandlerTimeout
	}
	p.begin(http.StatusOK)
	p.body = append(p.body, text...)
	return len(text), nil
}

// end sends the answer, after who is writing, and refuses who comes later. A client that is gone gets none.
func (p *punctual) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over = true
	if p.status != 0 {
		p.to.WriteHeader(p.status)
		_, _ = p.to.Write(p.body)
	}
}
