package scan

import "time"

// The template: a record with deltas exactly as deltatap writes it and a Carebase server words it, with nothing in it that
// any rule of the contract on a message alone could object to. What deviates is declined, and the general decoder reads
// the line instead, so the template may only ever accept too little.

// Values of a delta as indexes of counters. 0 stands for those that have none of the contract's values.
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

// fact is what the account needs to know of a delta.
type fact struct {
	itemType, action, source uint8
	version                  int64 // below 1: none
	entity                   int64
	item                     int64 // below 0: none
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

// delta reads one delta: itemType, entityId, planItemId and action in this order, then version, source and data in any.
func delta(b []byte, i int, f *fact) int {
	if i = literal(b, i, `{"itemType":"`); i < 0 {
		return no
	}
	if f.itemType, i = itemType(b, i); i < 0 {
		return no
	}
	if i = literal(b, i, `"entityId":`); i < 0 {
		return no
	}
	if f.entity, i = natural(b, i); i < 0 {
		return no
	}
	f.item = -1
	if end := literal(b, i, `,"planItemId":`); end >= 0 {
		if f.item, i = natural(b, end); i < 0 || f.item < 1 {
			return no
		}
	}
	if i = literal(b, i, `,"action":"`); i < 0 {
		return no
	}
	if f.action, i = action(b, i); i < 0 {
		return no
	}
	return tail(b, i, f)
}

// tail reads the members after the action, and holds the whole against the rules.
func tail(b []byte, i int, f *fact) int {
	data := false
	for i >= 0 && i+3 < len(b) && b[i] == ',' {
		switch {
		case b[i+2] == 'v' && f.version == 0:
			if i = literal(b, i, `,"version":`); i >= 0 {
				f.version, i = natural(b, i)
			}
		case b[i+2] == 's' && f.source == other:
			if i = literal(b, i, `,"source":"`); i >= 0 {
				f.source, i = source(b, i)
			}
		case b[i+2] == 'd' && !data:
			data = true
			if i = literal(b, i, `,"data":{"`); i >= 0 {
				i = content(b, i, f)
			}
		default:
			return no
		}
	}
	if i < 0 || !sound(f, data) {
		return no
	}
	return literal(b, i, `}`)
}

// sound says whether the contract has nothing to say about a delta of which each member is fine.
func sound(f *fact, data bool) bool {
	if f.version < 1 || f.source == other {
		return false
	}
	if f.itemType == typePlan {
		return f.entity == 0 && f.action == actionUpdated
	}
	return f.entity > 0 && data == (f.action != actionDeleted)
}

// content reads the data from after the quote that opens its only member's name.
func content(b []byte, i int, f *fact) int {
	switch f.itemType {
	case typeAppointment:
		if i = literal(b, i, `appointment":`); i >= 0 {
			i = payload(b, i, appointmentMembers, f)
		}
	case typeBill:
		if i = literal(b, i, `bill":`); i >= 0 {
			i = payload(b, i, billMembers, f)
		}
	default:
		if i = literal(b, i, `section":"`); i >= 0 {
			i = text(b, i)
		}
	}
	if i < 0 {
		return no
	}
	return literal(b, i, `}`)
}

// itemType reads the rest of an item type, the quote and the comma after it.
func itemType(b []byte, i int) (uint8, int) {
	if end := literal(b, i, `appointment",`); end >= 0 {
		return typeAppointment, end
	}
	if end := literal(b, i, `bill",`); end >= 0 {
		return typeBill, end
	}
	return typePlan, literal(b, i, `plan",`)
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
