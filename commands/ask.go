package commands

import (
	"sync"

	"github.com/carebase/deltatap/replay/endpoint"
	"github.com/carebase/deltatap/replay/rest"
)

// newClient makes a client of a server's REST that warns, once, of answers that a cache on the way
// gave.
func (app *App) newClient(target *endpoint.Endpoint) *rest.Client {
	client := rest.New(target)
	var once sync.Once
	client.OnCached = func(answer rest.Answer) {
		once.Do(func() {
			app.warn("a cache between here and the server answered in its place (" + answer.Cached + "): what it says may be old")
		})
	}
	return client
}
