package server

import (
	"maps"
	"net/http"
	"sync"
)

// punctual is the answer to a request while its handler runs, and nothing afterwards. The library answers a poll from a goroutine that
// nobody waits for when the client is gone: what it wrote late went into a buffer that net/http had given to the next connection.
type punctual struct {
	to     http.ResponseWriter
	header http.Header

	mu    sync.Mutex
	begun bool
	over  bool
}

func newPunctual(to http.ResponseWriter) *punctual {
	return &punctual{to: to, header: to.Header().Clone()}
}

// Header is the header that WriteHeader, or else the first Write, sends.
func (p *punctual) Header() http.Header { return p.header }

// WriteHeader sends the header.
func (p *punctual) WriteHeader(status int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.begin(status)
}

// begin is called with the lock held.
func (p *punctual) begin(status int) {
	if p.begun || p.over {
		return
	}
	p.begun = true
	clear(p.to.Header())
	maps.Copy(p.to.Header(), p.header)
	p.to.WriteHeader(status)
}

// Write sends a part of the body. The error is http.ErrHandlerTimeout where the handler has returned.
func (p *punctual) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over {
		return 0, http.ErrHandlerTimeout
	}
	p.begin(http.StatusOK)
	return p.to.Write(text)
}

// end waits for who is writing, and refuses who comes later.
func (p *punctual) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over = true
}
