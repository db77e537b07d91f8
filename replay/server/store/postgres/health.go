package postgres

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	probeEvery   = 250 * time.Millisecond
	probeTimeout = 2 * time.Second
)

// health knows whether the database is there, says so when that changes, and asks for it while it
// is not.
type health struct {
	pool   *pgxpool.Pool
	notify func(line string)
	ctx    context.Context
	cancel context.CancelFunc
	probes sync.WaitGroup

	mu   sync.Mutex
	lost bool
}

func newHealth(pool *pgxpool.Pool, notify func(line string)) *health {
	if notify == nil {
		notify = func(string) {}
	}
	h := &health{pool: pool, notify: notify}
	h.ctx, h.cancel = context.WithCancel(context.Background())
	return h
}

// see takes note of how a request to the database ended, and returns its error as the store's
// callers are told it.
func (h *health) see(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	lost := ctx.Err() == nil && isLost(err) || context.Cause(ctx) == errSilent
	err = told(ctx, err)
	if lost {
		h.lose(err)
	}
	return err
}

func (h *health) lose(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.lost || h.ctx.Err() != nil {
		return
	}
	h.lost = true
	reason := err.Error()
	if unreachable, ok := errors.AsType[*UnreachableError](err); ok {
		reason = unreachable.Message
	}
	h.notify("the database is lost: " + reason + "; requests fail until it is back")
	h.pool.Reset() // what else is open leads to the same database
	h.probes.Go(h.probe)
}

// probe waits until the database answers.
func (h *health) probe() {
	ticker := time.NewTicker(probeEvery)
	defer ticker.Stop()
	for !h.answers() {
		select {
		case <-ticker.C:
		case <-h.ctx.Done():
			return
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lost = false
	h.notify("the database is back")
}

func (h *health) answers() bool {
	ctx, cancel := context.WithTimeout(h.ctx, probeTimeout)
	defer cancel()
	return h.pool.Ping(ctx) == nil
}

func (h *health) stop() {
	h.mu.Lock()
	h.cancel()
	h.mu.Unlock()
	h.probes.Wait()
}
