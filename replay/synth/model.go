package synth

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// entity is one appointment or bill of the plan.
type entity struct {
	id, itemID int64
	bill       bool
	at         int64 // seconds since 1970: when a visit begins, when a bill is due; noDate where it has no date
	created    int64 // milliseconds since 1970
	assigned   int64 // a collaborator's id; 0 is nobody
	synced     int64 // milliseconds since 1970, when Google Calendar was last asked; 0 is never
	syncs      uint32
	failed     bool // that did not work

	minutes int32 // how long a visit takes
	place   uint8
	room    uint8
	doctor  uint8
	visit   uint8
	note    uint8
	zone    uint8

	cents  int64 // what a bill asks for; below 0 is unknown
	issued int64 // seconds since 1970; noDate
	status uint8
	payee  uint8

	known bool  // the client has it, as far as the server's answers and deltas tell
	spot  int32 // in model.live
}

const noDate = int64(-1 << 62)

// The statuses of a bill.
const (
	todo = iota
	late
	paid
)

var statuses = [...]string{todo: "todo", late: "overdue", paid: "paid"}

const daySeconds = 24 * 60 * 60

// collaborator is somebody on the plan's list.
type collaborator struct {
	id, user    int64 // user is 0 until they accept
	email, role string
	invited     int64 // milliseconds since 1970
	accepted    int64 // 0: not yet
	resent      uint64
}

// model is the plan as the server keeps it.
type model struct {
	*dice
	seed      uint64
	all       []entity // by slot; some are free
	free      []int32
	live      []int32
	visits    int64 // the last ids given out
	bills     int64
	items     int64
	members   int64
	version   int64
	updated   int64 // milliseconds since 1970: when the version was bumped
	recipient int64
	owner     int64 // a user's id
	name      string
	people    []collaborator
	now       int64 // milliseconds since 1970
}

// midnight is when the day begins, in seconds.
func (m *model) midnight() int64 {
	seconds := m.now / 1000
	return seconds - mod(seconds, daySeconds)
}

// planDays is how many days a plan shows.
const planDays = 7

// within says whether a plan that is asked for now shows the entity.
func (m *model) within(e *entity) bool {
	start := m.midnight()
	end := start + planDays*daySeconds
	if e.bill {
		return e.at == noDate || e.at < end
	}
	return start <= e.at && e.at < end
}

// found makes the plan that a session begins with.
func (m *model) found(o Options, p *profile) {
	id := func(n int) int64 { return int64(1 + m.below(n)) }
	m.recipient, m.owner, m.members = id(9000), id(9000), id(9000)
	m.visits, m.bills, m.items = id(5000), id(5000), id(9000)
	m.now = o.Start.UnixMilli()
	host := people[m.below(len(people))]
	m.name = host.first + " " + host.last
	m.join(host, "owner", m.owner)
	for i := range o.Users - 1 {
		m.join(people[(i+1+int(m.owner))%len(people)], "contributor", m.owner+int64(i)+1)
	}
	for i := range o.Items {
		slot := m.create(m.percent(45))
		e := &m.all[slot]
		e.created -= share(20*daySeconds*1000, int64(o.Items-i), int64(o.Items))
		if m.percent(p.linked) {
			m.sync(e)
			e.synced -= int64(m.below(3600 * 1000))
		} else if e.bill && m.percent(15) {
			e.status = late
		}
		m.version += int64(m.between(1, 3))
	}
	m.updated = m.now - int64(m.between(1000, 3600*1000))
}

// join puts somebody on the list who has accepted.
func (m *model) join(p person, role string, user int64) {
	m.members++
	at := m.now - int64(m.between(1, 90))*daySeconds*1000
	m.people = append(m.people, collaborator{
		id: m.members, user: user, email: m.email(p), role: role, invited: at, accepted: at + int64(m.below(3600*1000)),
	})
}

func (m *model) email(p person) string {
	first, last := ascii(p.first), ascii(p.last)
	if m.percent(20) {
		first += "+care"
	}
	return first + "." + last + strconv.FormatInt(m.members%100, 10) + "@example.net"
}

// ascii is a name as an address spells it.
func ascii(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r - 'A' + 'a'
		}
		if r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, name)
}

// create makes a visit or a bill, within the plan's dates, and returns its slot.
func (m *model) create(bill bool) int32 {
	slot := m.slot()
	e := &m.all[slot]
	m.items++
	*e = entity{itemID: m.items, bill: bill, created: m.now, at: m.day(planDays), spot: e.spot}
	if bill {
		m.bills++
		e.id = m.bills
		e.cents = m.amount()
		e.payee = uint8(m.below(len(payees) + 2)) // beyond the list: nobody knows where to pay
		if e.issued = noDate; m.percent(40) {
			e.issued = e.at - int64(m.between(10, 40))*daySeconds
		}
		if m.percent(10) {
			e.at = noDate
		}
		return slot
	}
	m.visits++
	e.id = m.visits
	e.at += m.hour()
	e.minutes = int32(m.between(1, 8) * 15)
	e.place, e.doctor, e.visit = m.index(places), m.index(doctors), m.index(visits)
	e.room = uint8(m.below(len(rooms) * 2)) // beyond the list: none is known
	if m.percent(30) {
		e.note = m.index(notes)
	}
	if m.percent(50) {
		e.zone = uint8(m.below(len(zones)))
	}
	return slot
}

func (m *model) index(of []word) uint8 { return uint8(m.below(len(of))) }

// slot makes room for an entity.
func (m *model) slot() int32 {
	var slot int32
	if n := len(m.free); n > 0 {
		slot, m.free = m.free[n-1], m.free[:n-1]
	} else {
		m.all = append(m.all, entity{})
		slot = int32(len(m.all) - 1)
	}
	m.all[slot].spot = int32(len(m.live))
	m.live = append(m.live, slot)
	return slot
}

// drop takes an entity off the plan.
func (m *model) drop(slot int32) {
	hole, last := m.all[slot].spot, len(m.live)-1
	m.live[hole] = m.live[last]
	m.all[m.live[hole]].spot = hole
	m.live = m.live[:last]
	m.free = append(m.free, slot)
}

// day is the beginning of one of the next days, today included.
func (m *model) day(days int) int64 { return m.midnight() + int64(m.below(days))*daySeconds }

// hour is a time of day at which people see doctors.
func (m *model) hour() int64 { return int64(m.between(7*4, 19*4)) * 15 * 60 }

// amount is a sum in cents; now and then nobody knows it.
func (m *model) amount() int64 {
	switch m.below(10) {
	case 0:
		return -1
	case 1, 2, 3:
		return int64(m.between(5, 3000)) * 100
	}
	return int64(m.between(399, 250_000))
}

// sync notes that an entity was compared with Google Calendar.
func (m *model) sync(e *entity) {
	e.synced = m.now
	e.syncs++
	e.failed = m.percent(3)
}

// bump counts a mutation.
func (m *model) bump() int64 {
	m.version++
	m.updated = m.now
	return m.version
}

// shown lists the slots that a plan shows: visits or bills, by time, then id, those without a date
// last.
func (m *model) shown(dst []int32, bills bool) []int32 {
	for _, slot := range m.live {
		if e := &m.all[slot]; e.bill == bills && m.within(e) {
			dst = append(dst, slot)
		}
	}
	slices.SortFunc(dst, func(a, b int32) int {
		x, y := &m.all[a], &m.all[b]
		if (x.at == noDate) != (y.at == noDate) {
			return cmp.Compare(y.at, x.at)
		}
		return cmp.Or(cmp.Compare(x.at, y.at), cmp.Compare(x.id, y.id))
	})
	return dst
}

// archive forgets visits that are over. No plan shows them again, and a client that asked for one
// lately does not have them.
func (m *model) archive() {
	start := m.midnight()
	for i := len(m.live) - 1; i >= 0; i-- {
		if e := &m.all[m.live[i]]; !e.bill && e.at < start {
			m.drop(m.live[i])
		}
	}
}

// mod is the remainder that is never below 0.
func mod(n, by int64) int64 { return (n%by + by) % by }
