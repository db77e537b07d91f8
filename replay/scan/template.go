package scan

import "time"

// The template: a record with deltas as deltatap writes it and a Carebase server words it, payload
// fields in the server's order and a few unknown members allowed for, with nothing in it that any
// rule of the contract on a message alone could object to. What deviates is declined, and the
// general decoder reads the line instead, so the template may only ever accept too little.

// Values of a delta as indexes of counters. 0 stands for those that have none of the contract's
// values.
const (
	other = 0

	typeAppointment = 1
	typeBill        = 2
	typePlan        = 3

	actionCreated = 1
	actionUpdated = 2
	actionDeleted = 3

	sourceREST         = 1
	sourceCollaborator = 2
	sourceGoogle       = 3
	sourceInbound      = 4
)

// fact is what the account needs to know of a delta, and what its parts have to agree on.
type fact struct {
	itemType, action, source uint8
	payload                  uint8 // whose payload the data holds; other where there is none
	version                  int64
	entity, item             int64 // below 0: none
	id, itemID               int64 // those of the payload
}

// reading is a record of deltas that the template has read.
type reading struct {
	n     int64
	t     time.Duration
	facts []fact
}

// line reads the record at b[i], its newline included.
func (r *reading) line(b []byte, i int) int {
	r.facts = r.facts[:0]
	if i = literal(b, i, `{"n":`); i < 0 {
		return no
	}
	if r.n, i = natural(b, i); i < 0 {
		return no
	}
	if i = literal(b, i, `,"t":`); i < 0 {
		return no
	}
	if r.t, i = seconds(b, i); i < 0 {
		return no
	}
	if i = literal(b, i, `,"kind":"event","event":"plan:item-delta","args":[{"deltas":[`); i < 0 {
		return no
	}
	for len(r.facts) < maxFacts {
		r.facts = append(r.facts, fact{})
		if i = delta(b, i, &r.facts[len(r.facts)-1]); i < 0 || i == len(b) {
			return no
		}
		if b[i] != ',' {
			return literal(b, i, "]}]}\n")
		}
		i++
	}
	return no
}

// maxFacts is how many deltas of a message the template reads.
const maxFacts = 1000

// The members of a delta, as bits.
const (
	hasItemType = 1 << iota
	hasEntity
	hasItem
	hasAction
	hasVersion
	hasSource
	hasData
)

// delta reads one delta. Its members may come in any order, and others between them.
func delta(b []byte, i int, f *fact) int {
	if b[i] != '{' {
		return no
	}
	f.entity, f.item = -1, -1
	var has uint8
	var more extras
	for {
		bit, end := deltaMember(b, i+1, f)
		if end < 0 {
			bit, end = 0, more.member(b, i, deltaMembers)
		}
		if end < 0 || end == len(b) || has&bit != 0 {
			return no
		}
		has |= bit
		i = end
		if b[i] == '}' {
			break
		}
		if b[i] != ',' {
			return no
		}
	}
	if !sound(f, has) {
		return no
	}
	return i + 1
}

// deltaMembers are the members that deltaMember reads.
var deltaMembers = []member{
	{key: `,"itemType":`},
	{key: `,"entityId":`},
	{key: `,"planItemId":`},
	{key: `,"action":`},
	{key: `,"version":`},
	{key: `,"source":`},
	{key: `,"data":`},
}

// deltaMember reads the member at b[i], if it is one of the contract's.
func deltaMember(b []byte, i int, f *fact) (bit uint8, end int) {
	if i+1 >= len(b) {
		return 0, no
	}
	switch b[i+1] {
	case 'i':
		if end = literal(b, i, `"itemType":"`); end >= 0 {
			f.itemType, end = itemType(b, end)
		}
		return hasItemType, end
	case 'e':
		if end = literal(b, i, `"entityId":`); end >= 0 {
			f.entity, end = natural(b, end)
		}
		return hasEntity, end
	case 'p':
		if end = literal(b, i, `"planItemId":`); end >= 0 {
			f.item, end = natural(b, end)
		}
		return hasItem, end
	case 'a':
		if end = literal(b, i, `"action":"`); end >= 0 {
			f.action, end = action(b, end)
		}
		return hasAction, end
	case 'v':
		if end = literal(b, i, `"version":`); end >= 0 {
			f.version, end = natural(b, end)
		}
		return hasVersion, end
	case 's':
		if end = literal(b, i, `"source":"`); end >= 0 {
			f.source, end = source(b, end)
		}
		return hasSource, end
	case 'd':
		if end = literal(b, i, `"data":{"`); end >= 0 {
			end = content(b, end, f)
		}
		return hasData, end
	}
	return 0, no
}

// sound says whether the contract has nothing to say about a delta of which each member is fine.
func sound(f *fact, has uint8) bool {
	const all = hasItemType | hasEntity | hasAction | hasVersion | hasSource
	if has&all != all || f.version < 1 || f.item == 0 {
		return false
	}
	if f.itemType == typePlan {
		return f.entity == 0 && f.action == actionUpdated && f.payload == other
	}
	if f.entity < 1 {
		return false
	}
	if f.action == actionDeleted {
		return has&hasData == 0
	}
	return f.payload == f.itemType && f.id == f.entity && (f.item < 0 || f.itemID == f.item)
}

// content reads the data from after the quote that opens its only member's name.
func content(b []byte, i int, f *fact) int {
	if end := literal(b, i, `appointment":`); end >= 0 {
		f.payload = typeAppointment
		i = payload(b, end, appointmentMembers, f)
	} else if end := literal(b, i, `bill":`); end >= 0 {
		f.payload = typeBill
		i = payload(b, end, billMembers, f)
	} else if i = literal(b, i, `section":"`); i >= 0 {
		i = text(b, i)
	}
	if i < 0 {
		return no
	}
	return literal(b, i, `}`)
}

// itemType reads the rest of an item type and the quote after it.
func itemType(b []byte, i int) (uint8, int) {
	if end := literal(b, i, `appointment"`); end >= 0 {
		return typeAppointment, end
	}
	if end := literal(b, i, `bill"`); end >= 0 {
		return typeBill, end
	}
	return typePlan, literal(b, i, `plan"`)
}

// action reads the rest of an action and the quote after it.
func action(b []byte, i int) (uint8, int) {
	if end := literal(b, i, `updated"`); end >= 0 {
		return actionUpdated, end
	}
	if end := literal(b, i, `created"`); end >= 0 {
		return actionCreated, end
	}
	return actionDeleted, literal(b, i, `deleted"`)
}

// source reads the rest of a source and the quote after it.
func source(b []byte, i int) (uint8, int) {
	if end := literal(b, i, `rest"`); end >= 0 {
		return sourceREST, end
	}
	if end := literal(b, i, `collaborator"`); end >= 0 {
		return sourceCollaborator, end
	}
	if end := literal(b, i, `google"`); end >= 0 {
		return sourceGoogle, end
	}
	return sourceInbound, literal(b, i, `inbound"`)
}
