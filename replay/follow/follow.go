// Package follow turns a live connection to a Carebase server into one ordered stream of session
// records: what the socket brought, what REST answered, and what somebody noted meanwhile, each in
// the order and at the time it arrived.
//
// It behaves as a client would where it is given a cache. By the contract a plan is fetched at
// every connection and whenever the cache calls for a refresh, and the version is polled as a
// safety net. The app fetches a plan as it begins and whenever its cache calls for one, never
// because it connected again, and polls while its socket is down alone. It begins with the first
// connection: without one there is nothing to follow. The package must not know where the records
// go, nor what they look like on a screen.
package follow

import (
	"context"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/fold"
	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/rest"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/socket"
)

// Conn is a supervised connection; *socket.Client is the one for real use.
type Conn interface {
	// Run delivers signals in order, on the caller's goroutine, until ctx ends, handle errs or it
	// gives up.
	Run(ctx context.Context, handle func(socket.Signal) error) error
	// Inject queues a note behind everything that arrived before it. It never blocks.
	Inject(note any)
}

// Plans answers what REST is asked; *rest.Client is the one for real use.
type Plans interface {
	Plan(ctx context.Context, days int) (rest.Answer, error)
	Version(ctx context.Context) (rest.Answer, error)
}

// Config says what to follow.
type Config struct {
	Conn    Conn
	Plans   Plans            // nil: the socket alone
	Cache   *plancache.Cache // nil: no cache is kept and no plan is fetched
	Started time.Time        // zero of the records' clock
	Clock   *Clock           // the records'; nil for one that starts at Started
	Now     func() time.Time
	Days    int             // days of the plan to ask for; 0 leaves it to the server
	Poll    time.Duration   // how often the version is polled; 0 never. The app begins to count when its socket goes down
	OnNote  func(any) error // is given the notes of Conn.Inject that are not this package's, in their place; may be nil

	// TokenLife is that of a mobile client's token, see [fold.Fold]: once it is over, the client has
	// no socket any more, while Conn goes on with tokens of its own. 0 is for ever.
	TokenLife time.Duration
}

// Step is one record with what is known of it. It is valid until the emit call returns.
type Step struct {
	Record  *session.Record
	Message *contract.Message // the decoded deltas, for a plan:item-delta event
	Changes []fold.Change     // what the cache did with them, where there is one, in the order it took them
}

// Mark is a note that becomes a mark record when given to Conn.Inject.
type Mark struct{ Text string }

// Snapshot is a note that has a plan fetched, whether or not the cache calls for one, when given to
// Conn.Inject.
type Snapshot struct{}

// Run follows until ctx ends, emit errs, or the connection gives up; it returns why: ctx's cause,
// emit's error, or the connection's.
func Run(ctx context.Context, cfg Config, emit func(*Step) error) error {
	ctx, cancel := context.WithCancel(ctx)
	f := &follower{Config: cfg, emit: emit, ctx: ctx, fold: fold.Fold{Cache: cfg.Cache, TokenLife: cfg.TokenLife}}
	if f.Clock == nil {
		f.Clock = NewClock(cfg.Started)
	}
	defer f.background.Wait()
	defer cancel()
	if cfg.Plans != nil && cfg.Poll > 0 {
		f.ticker = time.NewTicker(f.Poll)
		defer f.ticker.Stop()
		f.background.Go(f.tick)
	}
	return cfg.Conn.Run(ctx, f.handle)
}
