package campaign

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// held is an item as the client has it.
type held struct {
	state, version, syncs int
	away                  bool
	touched               time.Duration // when a delta changed it last; 0 for never
}

// client keeps a cache. Under the contract an item never goes back to an older version; the mobile app takes what comes.
type client struct {
	mobile bool
	items  map[string]held
	left   map[string]int           // versions of deleted items
	gone   map[string]time.Duration // when deltas deleted them
	seen   int                      // the highest version of deltas and plans: planVersion
	known  int                      // a version that the server has reached, polls included
	floor  int                      // what the latest answer holds at least
	people int
}

func (c *client) ids() []string { return slices.Sorted(maps.Keys(c.items)) }

func (c *client) see(version int) {
	c.seen = max(c.seen, version)
	c.know(version)
}

func (c *client) know(version int) { c.known = max(c.known, version) }

// take applies a delta, and reports whether it could.
func (c *client) take(d delta, at time.Duration) bool {
	c.see(d.version)
	had, has := c.items[d.id]
	least := had.version
	if !has {
		left, was := c.left[d.id]
		least = c.floor
		if was {
			least = left
		}
	}
	if !c.mobile && (d.version < least || has && d.version == least && d.it.state == had.state) {
		return true
	}
	switch {
	case d.action == "deleted" && !has && c.mobile:
		return false
	case d.action == "deleted" && !has && d.version <= least:
	case d.action == "deleted":
		delete(c.items, d.id)
		c.left[d.id] = d.version
		if c.gone == nil {
			c.gone = map[string]time.Duration{}
		}
		c.gone[d.id] = at
		return has // it is remembered, too, where there was nothing to delete
	case !has && d.action == "updated" && !c.mobile:
		return false
	default:
		c.items[d.id] = held{state: d.it.state, version: d.version, away: d.it.away, touched: at}
	}
	return true
}

// answer takes a plan that was asked for at a moment, when so much was known.
func (c *client) answer(s *server, version, known int, sent time.Duration, timed bool) {
	least := version
	if timed && known > 0 {
		least = min(known, version)
	}
	items := map[string]held{}
	for id, it := range s.items {
		if !it.away {
			items[id] = held{state: it.state, version: version, syncs: it.syncs}
		}
	}
	if !c.mobile {
		for id, had := range c.items {
			if had.touched > 0 && (had.version > version || timed && had.touched > sent && had.version > known) {
				items[id] = had
			} else if now, ok := items[id]; ok && now.state == had.state {
				now.version = max(had.version, least)
				items[id] = now
			} else if !ok && least < version {
				c.left[id] = version
			}
		}
		for id, at := range c.gone {
			if v := c.left[id]; v > version || timed && at > sent && v > known {
				delete(items, id)
			}
		}
	}
	c.items, c.people, c.floor = items, s.people, least
	c.see(version)
}

// plan is the client's plan as JSON.
func (c *client) plan() string {
	return planText(c.ids(), c.seen, 0, c.people, func(id string) string {
		it := c.items[id]
		return payload(id, it.state, it.syncs, it.away)
	})
}

// plan is the server's plan as JSON.
func (s *server) plan(version int, updated time.Duration) string {
	ids := slices.DeleteFunc(s.ids(), func(id string) bool { return s.items[id].away })
	return planText(ids, version, updated, s.people, func(id string) string {
		return payload(id, s.items[id].state, 1+s.items[id].syncs, false)
	})
}

func planText(ids []string, version int, updated time.Duration, people int, text func(id string) string) string {
	slices.SortFunc(ids, func(a, b string) int { return cmp.Compare(number(a), number(b)) })
	var bills, appointments, collaborators []string
	for _, id := range ids {
		if strings.HasPrefix(id, "bill:") {
			bills = append(bills, text(id))
		} else {
			appointments = append(appointments, text(id))
		}
	}
	for id := range people {
		collaborators = append(collaborators, fmt.Sprintf(`{"id":%d,"role":"contributor"}`, id+1))
	}
	return fmt.Sprintf(`{"recipient":{"id":1},"dateRange":{"start":"2026-11-23T00:00:00.000Z","end":"2026-11-30T00:00:00.000Z"},`+
		`"appointments":[%s],"bills":[%s],"collaborators":[%s],%s`,
		strings.Join(appointments, ","), strings.Join(bills, ","), strings.Join(collaborators, ","), versionText(version, updated)[1:])
}

func number(id string) int {
	n, _ := strconv.Atoi(id[strings.IndexByte(id, ':')+1:]) // the model's own
	return n
}

// started is when sessions begin.
var started = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func versionText(version int, updated time.Duration) string {
	return fmt.Sprintf(`{"planVersion":%d,"planUpdatedAt":%q}`, version, started.Add(updated).Format("2006-01-02T15:04:05.000Z"))
}

// payload is an item's JSON; syncs is how often its calendar was asked, 0 is what deltas tell of that.
func payload(id string, state, syncs int, away bool) string {
	google := "null"
	if syncs > 0 {
		google = fmt.Sprintf(`{"etag":"%d"}`, syncs)
	}
	if strings.HasPrefix(id, "bill:") {
		return fmt.Sprintf(`{"id":%d,"itemId":%d,"amount":%d,"dueDate":null,"status":"todo","googleSync":%s}`, number(id), number(id), state, google)
	}
	month := 11
	if away {
		month = 12
	}
	return fmt.Sprintf(`{"id":%d,"itemId":%d,"startLocal":"2026-%d-27T10:00:00+00:00","summary":"visit %d","googleSync":%s}`, number(id), number(id), month, state, google)
}
