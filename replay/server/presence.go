package server

// presence counts who is connected. The zero value counts nobody.
type presence struct {
	waiters
	users map[int64]int
	total int
	told  func(total int) // of each change; may be nil
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
	p.wake()
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
