package campaign

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Item is an appointment or a bill, or a collaborator.
type Item struct {
	ID      string // "bill:1"
	Value   int    // its amount, or the number in its summary
	Day     int    // when it is due or begins, counted from the first day of the first plan
	Google  int    // how often its calendar was asked; 0 is what deltas tell of that
	Created time.Duration
}

// alike tells whether two items hold the same, as far as a delta can tell it.
func (i Item) alike(other Item) bool {
	i.Google, other.Google = 0, 0
	return i == other
}

// Plan is what /api/plan answers, or a client holds.
type Plan struct {
	Version  int
	Updated  time.Duration // by the server's clock
	From, To int           // its first day, and the one behind its last
	Items    []Item
	People   int
	loaded   bool // there was an answer
	respells bool // it writes instants in another way
	another  bool // it is of another recipient
}

// holds tells whether a plan holds all that another does.
func (p *Plan) holds(other *Plan) bool {
	for _, it := range other.Items {
		if mine, ok := p.find(it.ID); !ok || !mine.alike(it) {
			return false
		}
	}
	return p.People >= other.People
}

// days is how many days a plan shows.
const days = 7

// shows tells whether the plan's dates let an item in. Of a bill they only do so to the end.
func (p *Plan) shows(it Item) bool {
	return it.Day < p.To && (it.Day >= p.From || strings.HasPrefix(it.ID, "bill"))
}

// find returns an item of the plan.
func (p *Plan) find(id string) (Item, bool) {
	for _, it := range p.Items {
		if it.ID == id {
			return it, true
		}
	}
	return Item{}, false
}

// firstDay is the day that sessions begin on.
var firstDay = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)

// calendar turns moments of a world into dates.
type calendar struct {
	started time.Time
	night   bool // see Script.Night
}

// calendarOf has the session begin in the morning, or so that the server's day ends when the script
// says so.
func calendarOf(s *Script) calendar {
	if s.Midnight > 0 {
		return calendar{firstDay.AddDate(0, 0, 1).Add(-s.Midnight - s.Skew), s.Night}
	}
	return calendar{firstDay.Add(9 * time.Hour), s.Night}
}

const millis = "2006-01-02T15:04:05.000Z"

func (c calendar) instant(at time.Duration) string { return c.started.Add(at).Format(millis) }

func day(n int, layout string) string { return firstDay.AddDate(0, 0, n).Format(layout) }

// planText is a plan as JSON.
func (c calendar) planText(p *Plan) string {
	var bills, appointments, people []string
	for _, it := range p.Items {
		if strings.HasPrefix(it.ID, "bill") {
			bills = append(bills, c.itemText(it, p.respells))
		} else {
			appointments = append(appointments, c.itemText(it, p.respells))
		}
	}
	frame := ""
	if p.loaded {
		for n := range p.People {
			people = append(people, personText(n+1))
		}
		recipient := 1
		if p.another {
			recipient = 7
		}
		frame = fmt.Sprintf(`"recipient":{"id":%d},"dateRange":{"start":%q,"end":%q},`, recipient, day(p.From, millis), day(p.To, millis))
	}
	text := fmt.Sprintf(`{%s"appointments":[%s],"bills":[%s],`, frame, strings.Join(appointments, ","), strings.Join(bills, ","))
	if p.loaded {
		text += fmt.Sprintf(`"collaborators":[%s],"planUpdatedAt":%q,`, strings.Join(people, ","), c.instant(p.Updated))
	}
	return text + fmt.Sprintf(`"planVersion":%d}`, p.Version)
}

// versionText is what /api/plan/version answers.
func (c calendar) versionText(version int, updated time.Duration) string {
	return fmt.Sprintf(`{"planVersion":%d,"planUpdatedAt":%q}`, version, c.instant(updated))
}

func personText(n int) string {
	role := "contributor"
	if n == 1 {
		role = "owner"
	}
	return fmt.Sprintf(`{"id":%d,"recipientId":1,"userId":%d,"role":%q,"status":"accepted"}`, n, n, role)
}

// itemText is an item as JSON.
func (c calendar) itemText(it Item, respelled bool) string {
	google := "null"
	if it.Google > 0 {
		google = fmt.Sprintf(`{"etag":"%d"}`, it.Google)
	}
	id := number(it.ID)
	if strings.HasPrefix(it.ID, "bill") {
		return fmt.Sprintf(`{"id":%d,"itemId":%d,"amount":%d,"dueDate":%q,"status":"todo","createdAt":%q,"googleSync":%s}`,
			id, id, it.Value, day(it.Day, millis), c.instant(it.Created), google)
	}
	hour := "10:00"
	if c.night {
		hour = "24:15"
	}
	start := day(it.Day, time.DateOnly) + "T" + hour + ":00"
	if respelled {
		start += ".000Z"
	} else {
		start += "+00:00"
	}
	return fmt.Sprintf(`{"id":%d,"itemId":%d,"startLocal":%q,"summary":"visit %d","createdAt":%q,"googleSync":%s}`,
		id, 100+id, start, it.Value, c.instant(it.Created), google)
}

// number is the number in an item's name.
func number(id string) int {
	n, _ := strconv.Atoi(id[strings.IndexByte(id, ':')+1:])
	return n
}

// delta is one mutation as it is told.
type delta struct {
	id      string // "plan" for none
	action  string
	version int  // 0 where it says none
	bare    bool // it has no payload
	it      Item
	section string
}

// message is what one event carries.
type message struct {
	deltas  []delta
	mangled bool // it is no list
}

// args is a message as it comes over the wire.
func (c calendar) args(m message) string {
	if m.mangled {
		return `[{"deltas":"lost"}]`
	}
	texts := make([]string, len(m.deltas))
	for i, d := range m.deltas {
		texts[i] = c.deltaText(d)
	}
	return `[{"deltas":[` + strings.Join(texts, ",") + `]}]`
}

func (c calendar) deltaText(d delta) string {
	version := ""
	if d.version > 0 {
		version = fmt.Sprintf(`,"version":%d`, d.version)
	}
	switch {
	case d.id == "plan" && d.section != "":
		return fmt.Sprintf(`{"itemType":"plan","entityId":1,"action":"updated","source":"rest","data":{"section":%q}%s}`, d.section, version)
	case d.id == "plan":
		return fmt.Sprintf(`{"itemType":"plan","entityId":0,"action":"updated"%s}`, version)
	}
	kind, id, _ := strings.Cut(d.id, ":")
	data, item := "", number(d.id)
	if kind == "appointment" {
		item += 100
	}
	if d.action != deleted && !d.bare {
		data = fmt.Sprintf(`,"data":{%q:%s}`, kind, c.itemText(d.it, false))
	}
	return fmt.Sprintf(`{"itemType":%q,"entityId":%s,"planItemId":%d,"action":%q,"source":"rest"%s%s}`, kind, id, item, d.action, data, version)
}

// The actions.
const (
	created = "created"
	updated = "updated"
	deleted = "deleted"
)
