package commands

import (
	"context"
	"slices"
	"time"
)

// readOnNotice is how long after an interrupt a user hears that standard input is still being read.
const readOnNotice = time.Second

// readOn is the context of a command that reads these inputs. Where standard input is one of them,
// the first interrupt does not end it: a ^C on a pipe reaches both of its ends, the one that writes
// ends by itself, and the one that reads is wanted to tell what came until then. The second one
// ends the process. Call the returned function in the end.
func (app *App) readOn(ctx context.Context, names ...string) (context.Context, func()) {
	if !slices.Contains(names, "-") {
		return ctx, func() {}
	}
	over := make(chan struct{})
	unwatch := context.AfterFunc(ctx, func() {
		select {
		case <-over:
		case <-time.After(readOnNotice):
			app.note("standard input is read to its end; a second Ctrl-C ends this at once")
		}
	})
	return context.WithoutCancel(ctx), func() {
		unwatch()
		close(over)
	}
}
