package synth

// change is a kind of mutation.
type change uint8

// The kinds of mutation.
const (
	findVisit change = iota // found in e-mail
	findBill
	addVisit  // entered by hand
	note      // what to bring to a visit
	move      // a visit, within the plan's dates
	moveAway  // a visit, beyond them
	relocate  // where a visit is, with whom, or what it is
	assign    // who takes care of an item
	pay       // a bill
	amend     // a bill's amount or date
	overdue   // a bill that is not paid in time
	remove    // an item
	helpVisit // what a contributor may change
	helpBill
	pull // what changed in Google Calendar
	pullNew
	pullGone
	section // who is on the plan
	review  // what was found in e-mail and waits for somebody
	bulk    // much at once
)

// op is a mutation that was made, and what the delta of it says.
type op struct {
	itemType   string
	entityID   int64
	planItemID int64 // 0: none
	action     string
	source     string // "": none
	section    string
	version    int64
	slot       int32 // of an item that is still there; -1
	known      bool  // the client had the item, before this tick
}

const (
	created = "created"
	updated = "updated"
	deleted = "deleted"

	viaREST         = "rest"
	viaCollaborator = "collaborator"
	viaGoogle       = "google"
	viaInbound      = "inbound"

	visitType = "appointment"
	billType  = "bill"
	planType  = "plan"
)

// item is the op of a mutation of an item.
func (s *Session) item(slot int32, action, source string) op {
	e := &s.all[slot]
	o := op{
		itemType: visitType, entityID: e.id, planItemID: e.itemID, action: action, source: source,
		version: s.bump(), slot: slot, known: e.known,
	}
	if e.bill {
		o.itemType = billType
	}
	return o
}

// change makes a mutation of that kind. It is not ok where there is nothing to make it of.
func (s *Session) change(kind change) (o op, ok bool) {
	switch kind {
	case findVisit:
		return s.item(s.create(false), created, viaInbound), true
	case findBill:
		return s.item(s.create(true), created, viaInbound), true
	case addVisit:
		return s.item(s.create(false), created, viaREST), true
	case pullNew:
		slot := s.create(false)
		s.sync(&s.all[slot])
		return s.item(slot, created, viaGoogle), true
	case section:
		s.invite()
		return s.plan(s.recipient, viaREST, "collaborators"), true
	case review:
		return s.plan(s.recipient, viaREST, "pending-reviews"), true
	case bulk:
		s.bulk()
		return s.plan(0, "", ""), true
	}
	slot := s.pick(kind)
	if slot < 0 {
		return op{}, false
	}
	return s.touch(slot, kind), true
}

// plan is the op of a mutation that no item's delta tells of.
func (s *Session) plan(id int64, source, section string) op {
	return op{itemType: planType, entityID: id, action: updated, source: source, section: section, version: s.bump(), slot: -1}
}

// suits says whether a kind of mutation can be made of an entity.
func (c change) suits(e *entity) bool {
	switch c {
	case note, move, moveAway, relocate, helpVisit:
		return !e.bill
	case pay, helpBill:
		return e.bill && e.status != paid
	case overdue:
		return e.bill && e.status == todo
	case amend:
		return e.bill
	case pull, pullGone:
		return e.synced != 0
	}
	return true
}

// pick draws an item for a kind of mutation; -1 where none is found. An item that the client does
// not have makes it ask for the plan, which it may not do all the time.
func (s *Session) pick(kind change) int32 {
	const tries = 24
	if len(s.live) == 0 {
		return -1
	}
	strangers := s.client.mayRefresh(s.sent)
	for range tries {
		slot := s.live[s.below(len(s.live))]
		if e := &s.all[slot]; kind.suits(e) && (e.known || strangers) {
			return slot
		}
	}
	return -1
}

// touch makes a mutation of an item.
func (s *Session) touch(slot int32, kind change) op {
	e := &s.all[slot]
	source := viaREST
	switch kind {
	case note, helpVisit:
		e.note = other(s.dice, e.note, len(notes))
	case move:
		e.at = s.day(planDays) + s.hour()
	case moveAway:
		e.at = s.midnight() + int64(s.between(planDays+3, 40))*daySeconds + s.hour()
	case relocate:
		e.place = other(s.dice, e.place, len(places))
		e.doctor, e.room = s.index(doctors), uint8(s.below(len(rooms)))
	case assign:
		e.assigned = s.people[s.below(len(s.people))].id
	case pay:
		e.status = paid
	case overdue:
		e.status = late
	case helpBill:
		e.status = other(s.dice, e.status, len(statuses))
	case amend:
		s.amend(e)
	case pull:
		source = viaGoogle
		s.pull(e)
	case pullGone:
		source = viaGoogle
	}
	if kind == remove || kind == pullGone {
		o := s.item(slot, deleted, source)
		o.slot = -1
		s.drop(slot)
		return o
	}
	if (kind == helpVisit || kind == helpBill) && len(s.people) > 1 {
		source = viaCollaborator
	}
	return s.item(slot, updated, source)
}

// other is an index below n that is not at.
func other(d *dice, at uint8, n int) uint8 {
	return uint8((int(at) + 1 + d.below(n-1)) % n)
}

func (s *Session) amend(e *entity) {
	if e.at != noDate && s.percent(30) {
		e.at = s.day(planDays)
		return
	}
	before := e.cents
	for e.cents == before {
		e.cents = s.amount()
	}
}

// pull takes over what changed in Google Calendar.
func (s *Session) pull(e *entity) {
	s.sync(e)
	switch {
	case e.bill:
		s.amend(e)
	case s.percent(60):
		e.at = s.day(planDays) + s.hour()
	default:
		e.note = other(s.dice, e.note, len(notes))
	}
}

// bulk changes many items in one mutation.
func (s *Session) bulk() {
	most := min(len(s.live), 40)
	if most == 0 {
		return
	}
	for range s.between(1, most) {
		e := &s.all[s.live[s.below(len(s.live))]]
		if e.bill {
			e.status = other(s.dice, e.status, len(statuses))
		} else {
			e.assigned = s.people[0].id
			e.room = uint8(s.below(len(rooms)))
		}
	}
}

// invite changes the list of people: somebody is invited, reminded, accepts, or is taken off it
// again.
func (s *Session) invite() {
	last := &s.people[len(s.people)-1]
	switch pending := last.accepted == 0; {
	case pending && s.percent(50):
		last.accepted, last.user = s.now, s.owner+last.id
	case pending:
		last.resent++
		last.invited = s.now
	case len(s.people) > s.opts.Users+4:
		s.people = s.people[:len(s.people)-1]
	default:
		s.members++
		p := people[s.below(len(people))]
		s.people = append(s.people, collaborator{id: s.members, email: s.email(p), role: "contributor", invited: s.now})
	}
}
