package server

import (
	"context"
	"sync"
)

// presence counts who is connected. The zero value counts nobody.
type presence struct {
	mu      sync.Mutex
	users   map[int64]int
	total   int
	told    func(total int) // of each change; may be nil
	changed chan struct{}   // closed, and made anew, when the count changes; nil while nobody waits
}

func (p *presence) add(user int64, by int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.users == nil {
		p.users = map[int64]int{}
	}
	if p.users[user] += by; p.users[user] == 0 {
		delete(p.users, user)
	}
	p.total += by
	if p.told != nil {
		p.told(p.total)
	}
	if p.changed != nil {
		close(p.changed)
		p.changed = nil
	}
}

func (p *presence) of(user int64) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.users[user]
}

func (p *presence) all() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.total
}

// await waits until the numbers are right. right is called with the lock held.
func (p *presence) await(ctx context.Context, right func() bool) error {
	for {
		p.mu.Lock()
		if right() {
			p.mu.Unlock()
			return nil
		}
		if p.changed == nil {
			p.changed = make(chan struct{})
		}
		changed := p.changed
		p.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
