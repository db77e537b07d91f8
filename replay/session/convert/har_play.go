package convert

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/carebase/deltatap/replay/session"
)

// ClientsError says that a recording holds what several clients did, who are not to be mixed.
type ClientsError struct {
	Clients []string // what is told of each
	Asked   int      // which was asked for; 0 where none was
}

// Error names the clients.
func (e *ClientsError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "it holds the connections of %d clients:", len(e.Clients))
	if e.Asked > 0 {
		b.Reset()
		fmt.Fprintf(&b, "it holds no client %d, but:", e.Asked)
	}
	for i, c := range e.Clients {
		fmt.Fprintf(&b, " %d) %s;", i+1, c)
	}
	return strings.TrimSuffix(b.String(), ";")
}

// choose returns the client that is meant.
func (d *browserDay) choose(asked int) (*client, error) {
	all, unclear := tellApart(d.links, d.answers)
	if !slices.ContainsFunc(all, (*client).matters) {
		return &client{links: d.links, answers: d.answers}, nil
	}
	var told []*client
	for _, c := range all {
		if c.matters() {
			told = append(told, c)
		} else {
			d.leave(leftClient, len(c.links)+len(c.answers))
		}
	}
	if len(told) > 1 && asked == 0 || asked > len(told) {
		wrong := &ClientsError{Asked: asked}
		for _, c := range told {
			wrong.Clients = append(wrong.Clients, c.String())
		}
		return nil, wrong
	}
	chosen := told[max(asked, 1)-1]
	for _, c := range told {
		if c != chosen {
			d.leave(leftClient, len(c.links)+len(c.answers))
		}
	}
	d.leave(leftUnclear, unclear)
	return chosen, nil
}

func (d *browserDay) leave(l leftOut, n int) {
	if n > 0 {
		d.left[l] += n
	}
}

// moments are what the client saw, in order, and when the first of it began.
func (c *client) moments() (all []moment, began time.Time) {
	slices.SortStableFunc(c.links, func(a, b *link) int { return a.began.Compare(b.began) })
	for i, l := range c.links {
		all = append(all, l.moments...)
		if at, why := c.end(i); !at.IsZero() {
			all = append(all, moment{at: at, what: closed, text: why, link: l})
		}
	}
	for _, a := range c.answers {
		if a.cache != "" {
			all = append(all, moment{at: a.moment.at, what: noted, text: "the browser's own cache gave the next answer: " + a.cache})
		}
		all = append(all, a.moment)
	}
	slices.SortStableFunc(all, func(a, b moment) int { return a.at.Compare(b.at) })
	if len(all) > 0 {
		began = all[0].at
	}
	if len(c.links) > 0 && c.links[0].began.Before(began) {
		began = c.links[0].began
	}
	return all, began
}

// end is when a connection ended that does not say so itself: when its end was seen from outside,
// or else when another was begun after all that came over it. It is zero where nothing tells.
func (c *client) end(i int) (at time.Time, why string) {
	l := c.links[i]
	if !l.over.Before(l.last) {
		return l.over, l.why
	}
	next := sort.Search(len(c.links), func(k int) bool { return !c.links[k].began.Before(l.last) })
	if next = max(next, i+1); next < len(c.links) {
		return c.links[next].began, reasonUnseen
	}
	return time.Time{}, ""
}

// player turns what a client saw over several connections into records: it is connected as long as
// any of them is up.
type player struct {
	follower
	left tally
	up   []*link
	seen map[[sha256.Size]byte]map[*link]int // events that came while several were up
}

// play takes the next moment.
func (p *player) play(m *moment, t time.Duration) {
	switch m.what {
	case connected:
		if !p.connected {
			p.take(m, t)
		}
		p.raise(m.link)
	case came:
		p.raise(m.link)
		if p.doubled(m) {
			p.left[leftDoubled]++
			return
		}
		p.take(m, t)
	case closed:
		p.drop(m, t)
	case refused:
		if len(p.up) > 0 {
			p.left[leftBeside]++
			return
		}
		p.take(m, t)
	default:
		p.take(m, t)
	}
}

// raise notes that a connection is up: what comes over one shows that.
func (p *player) raise(l *link) {
	if !slices.Contains(p.up, l) {
		p.up = append(p.up, l)
	}
}

func (p *player) drop(m *moment, t time.Duration) {
	i := slices.Index(p.up, m.link)
	if i < 0 {
		return
	}
	p.up = slices.Delete(p.up, i, i+1)
	if len(p.up) == 0 {
		p.take(m, t)
	}
}

// doubled tells whether an event came over another connection that is up, too: the server sends a
// user's to each.
func (p *player) doubled(m *moment) bool {
	if len(p.up) < 2 {
		p.seen = nil
		return false
	}
	if p.seen == nil {
		p.seen = map[[sha256.Size]byte]map[*link]int{}
	}
	hash := hashOf(m)
	by := p.seen[hash]
	if by == nil {
		by = map[*link]int{}
		p.seen[hash] = by
	}
	by[m.link]++
	for _, l := range p.up {
		if l != m.link && by[l] >= by[m.link] {
			return true
		}
	}
	return false
}

func hashOf(m *moment) [sha256.Size]byte {
	return sha256.Sum256(slices.Concat([]byte(m.event), []byte{0}, m.args))
}

// apart tells whether two connections are of different users: both were up for a while in which
// deltas came over both, and none came over both.
func apart(a, b *link) bool {
	from, to := a.began, a.last
	if b.began.After(from) {
		from = b.began
	}
	if b.last.Before(to) {
		to = b.last
	}
	if a.deltas == 0 || b.deltas == 0 || !from.Before(to) {
		return false
	}
	mine, theirs := deltasBetween(a, from, to), deltasBetween(b, from, to)
	for args := range mine {
		if theirs[args] {
			return false
		}
	}
	return len(mine) > 0 && len(theirs) > 0
}

func deltasBetween(l *link, from, to time.Time) map[[sha256.Size]byte]bool {
	all := map[[sha256.Size]byte]bool{}
	for i := range l.moments {
		if m := &l.moments[i]; m.what == came && m.event == deltaEvent && !m.at.Before(from) && !m.at.After(to) {
			all[hashOf(m)] = true
		}
	}
	return all
}

// filterOf says which messages a HAR file lacks.
func filterOf(links []*link) (filter string, mute int) {
	for _, l := range links {
		mute += l.mute
	}
	if mute == 0 {
		return "", 0
	}
	return fmt.Sprintf("without the messages of WebSockets (%d), which the HAR file does not hold", mute), mute
}

// leftMute is a WebSocket's entry without messages.
var leftMute = leftOut{"WebSocket", "WebSockets", "without its messages, which the browser did not write into the file", false}

// nothingIn says that a HAR file has nothing for a session.
func nothingIn(mute int) *session.FormatError {
	reason := "it has no Socket.IO messages and no answer of /api/plan; " +
		"the browser records them from when its developer tools are opened, before the page is"
	if mute > 0 {
		reason = "its WebSocket is without its messages, and it has no answer of /api/plan; " +
			"Chrome and Safari write the messages, and so does deltatap record"
	}
	return &session.FormatError{What: harName, Reason: reason}
}
