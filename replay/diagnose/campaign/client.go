package campaign

import (
	"cmp"
	"slices"
	"time"
)

// client keeps a plan as CAREBASE.md's table says, of either column.
type client struct {
	mobile  bool
	order   []string // the ids of held items, as the plan lists them
	items   map[string]*held
	frame   Plan // of the latest answer; its Items are not used
	version int  // planVersion
	seen    int  // mobile: what polls are compared with
	now     time.Duration

	// What follows is the contract's: versions order deltas.
	known     []knowledge
	floor     int // what the latest answer holds at least
	connected time.Duration
	knownThen int // when the connection began; none for nothing
}

// held is an item that a client holds, or held.
type held struct {
	it      Item
	version int
	guessed bool          // the version is that of an answer whose rows may be of another one
	touched time.Duration // when a delta changed it; never where none did
	gone    bool
}

// knowledge is that the server was known to have reached a version.
type knowledge struct {
	at      time.Duration
	version int
}

const (
	none  = -1
	never = time.Duration(-1)
)

func newClient(mobile bool) *client {
	return &client{mobile: mobile, items: map[string]*held{}, floor: none, connected: never, knownThen: none}
}

// plan is what the client shows.
func (c *client) plan() Plan {
	p := c.frame
	p.Version, p.Items = c.version, nil
	for _, id := range c.order {
		p.Items = append(p.Items, c.items[id].it)
	}
	return p
}

// tick makes what happens now later than all that happened before.
func (c *client) tick(at time.Duration) time.Duration {
	c.now = max(c.now+1, at+1)
	return c.now
}

// knew is the version that the server was known to have reached at a moment.
func (c *client) knew(at time.Duration) int {
	version := none
	for _, k := range c.known {
		if k.at <= at {
			version = k.version
		}
	}
	return version
}

func (c *client) learn(version int) {
	if n := len(c.known); n == 0 || c.known[n-1].version < version {
		c.known = append(c.known, knowledge{c.now, version})
	}
}

// connect notes that a connection began.
func (c *client) connect(at time.Duration) {
	c.connected, c.knownThen = c.tick(at), c.knew(c.now)
}

// poll takes the answer to a version poll, and reports whether a refresh is due.
func (c *client) poll(version int, at time.Duration) bool {
	c.tick(at)
	c.learn(version)
	if c.mobile {
		return version > c.seen
	}
	return version > c.version
}

// problem is why a delta could not be used.
type problem struct {
	id, why string
	version int
}

// take takes a message, and returns what of it calls for a refresh. Mobile's answer to a message
// that is no list is to ask for the version: that is reported apart.
func (c *client) take(m message, at time.Duration) (calls []problem, asks bool) {
	c.tick(at)
	if m.mangled {
		if c.mobile {
			return nil, true
		}
		return []problem{{"", "malformed", 0}}, false
	}
	deltas := m.deltas
	if !c.mobile {
		deltas = slices.Clone(deltas)
		slices.SortStableFunc(deltas, func(a, b delta) int { return cmp.Compare(rank(a), rank(b)) })
	}
	for _, d := range deltas {
		if why := c.takeDelta(d); why != "" {
			calls = append(calls, problem{d.id, why, d.version})
		}
	}
	return calls, false
}

// rank orders deltas by version; those without one are the latest.
func rank(d delta) int {
	if d.version == 0 {
		return 1 << 30
	}
	return d.version
}

// takeDelta applies a delta, or says why it cannot.
func (c *client) takeDelta(d delta) string {
	c.seen = max(c.seen, d.version)
	if d.version > 0 {
		c.learn(d.version)
	}
	if c.mobile {
		return c.takeMobile(d)
	}
	c.version = max(c.version, d.version)
	if d.id == "plan" {
		return "plan-delta"
	}
	return c.takeContract(d)
}

func (c *client) takeMobile(d delta) string {
	switch h := c.items[d.id]; {
	case d.id == "plan":
		return "plan-delta"
	case !c.frame.loaded:
		return "no-plan"
	case d.action == deleted && h == nil:
		return "unknown-entity"
	case d.action == deleted:
		c.drop(d.id)
		delete(c.items, d.id)
	case d.bare:
		return "payload-missing"
	case h == nil:
		c.items[d.id] = &held{it: d.it}
		c.order = slices.Insert(c.order, 0, d.id)
	default:
		h.it = d.it
	}
	c.version = max(c.version, d.version)
	return ""
}

func (c *client) drop(id string) {
	c.order = slices.DeleteFunc(c.order, func(o string) bool { return o == id })
}

// takeContract follows the contract: an item never goes back to an older version.
func (c *client) takeContract(d delta) string {
	h := c.items[d.id]
	holds := c.floor
	if h != nil {
		holds = h.version
	}
	if d.version > 0 && d.version < holds && c.old(h, d) {
		return ""
	}
	if d.action == deleted {
		return c.remove(h, d)
	}
	if d.bare {
		return "payload-missing"
	}
	live := h != nil && !h.gone
	switch {
	case live && d.version > 0 && d.version == h.version && h.it.alike(d.it):
		return "" // a duplicate
	case live:
		h.it = d.it
		c.touch(h, d.version)
		return ""
	}
	deletedThen := h != nil && d.version > 0 && d.version == h.version
	if d.action == updated && (!deletedThen || h.guessed) {
		return "unknown-entity"
	}
	if deletedThen {
		return ""
	}
	c.items[d.id] = &held{it: d.it, version: max(holds, version(d)), touched: c.now}
	c.order = append(c.order, d.id)
	return ""
}

func version(d delta) int {
	if d.version == 0 {
		return none
	}
	return d.version
}

func (c *client) touch(h *held, version int) {
	if version == 0 {
		version = none
	}
	h.version, h.guessed, h.touched = max(h.version, version), false, c.now
}

// old judges a delta below the version of its item, and reports whether it goes no further. Where
// that version is a guess, made of an answer's, the item itself may tell.
func (c *client) old(h *held, d delta) bool {
	if h == nil || !h.guessed {
		return true
	}
	same := d.action == deleted && h.gone || d.action != deleted && !d.bare && !h.gone && h.it.alike(d.it)
	switch {
	case same:
		h.version, h.guessed = max(d.version, c.floor), false
		return true
	case d.version <= c.floor:
		return true
	case d.action == deleted, d.action == updated && h.gone:
		return false
	}
	return true
}

func (c *client) remove(h *held, d delta) string {
	if h != nil && h.gone && d.version > 0 && d.version == h.version {
		return ""
	}
	if h == nil || h.gone {
		switch {
		case d.version == 0:
		case h == nil:
			c.items[d.id] = &held{it: Item{ID: d.id}, version: d.version, touched: c.now, gone: true}
		default:
			c.touch(h, d.version)
		}
		return "unknown-entity"
	}
	h.gone = true
	c.touch(h, d.version)
	c.drop(d.id)
	return ""
}
