package scan

import "github.com/carebase/deltatap/replay/rawjson"

// shape is how the template expects a payload's value to be written.
type shape uint8

const (
	textValue     shape = iota // string or null
	wordValue                  // string
	timeValue                  // an instant
	dateValue                  // a midnight of UTC, or null
	moneyValue                 // number or null
	referValue                 // integer or null
	statusValue                // todo, overdue or paid
	entityValue                // the id, which is to be the delta's entityId
	itemValue                  // the item's id, which is to be the delta's planItemId
	unlinkedValue              // null: deltas are built before the Google state is joined
)

// member is one member of a payload as servers write it.
type member struct {
	key   string // from the comma or brace before the name to the colon after it
	shape shape
}

var appointmentMembers = []member{
	{`{"id":`, entityValue},
	{`,"itemId":`, itemValue},
	{`,"startLocal":`, timeValue},
	{`,"endLocal":`, timeValue},
	{`,"startTimeZone":`, textValue},
	{`,"endTimeZone":`, textValue},
	{`,"startOffset":`, textValue},
	{`,"endOffset":`, textValue},
	{`,"location":`, textValue},
	{`,"prepNote":`, textValue},
	{`,"summary":`, wordValue},
	{`,"icsToken":`, wordValue},
	{`,"assignedCollaboratorId":`, referValue},
	{`,"createdAt":`, timeValue},
	{`,"googleSync":`, unlinkedValue},
}

var billMembers = []member{
	{`{"id":`, entityValue},
	{`,"itemId":`, itemValue},
	{`,"statementDate":`, dateValue},
	{`,"amount":`, moneyValue},
	{`,"dueDate":`, dateValue},
	{`,"payUrl":`, textValue},
	{`,"status":`, statusValue},
	{`,"taskKey":`, textValue},
	{`,"assignedCollaboratorId":`, referValue},
	{`,"createdAt":`, timeValue},
	{`,"googleSync":`, unlinkedValue},
}

// payload reads the payload of a delta: all members, in the order in which servers write them, and
// others after the first.
func payload(b []byte, i int, members []member, f *fact) int {
	var more extras
	for k := 0; k < len(members); {
		m := &members[k]
		end := literal(b, i, m.key)
		if end < 0 {
			i = more.member(b, i, members)
		} else {
			i = value(b, end, m.shape, f)
			k++
		}
		if i < 0 {
			return no
		}
	}
	for i < len(b) && b[i] == ',' {
		if i = more.member(b, i, members); i < 0 {
			return no
		}
	}
	return literal(b, i, `}`)
}

// value reads one value of a payload.
func value(b []byte, i int, s shape, f *fact) int {
	if i >= len(b) {
		return no
	}
	quoted := b[i] == '"'
	switch s {
	case textValue, wordValue:
		if quoted {
			return text(b, i+1)
		}
		if s == wordValue {
			return no
		}
	case timeValue:
		if quoted {
			return rawjson.SkipInstant(b, i+1)
		}
		return no
	case dateValue:
		if quoted {
			return rawjson.SkipMidnight(b, i+1)
		}
	case statusValue:
		return status(b, i)
	case entityValue:
		f.id, i = natural(b, i)
		return i
	case itemValue:
		f.itemID, i = natural(b, i)
		return i
	case moneyValue:
		if b[i] != 'n' {
			return number(b, i)
		}
	case referValue:
		if b[i] != 'n' {
			_, end := natural(b, i)
			return end
		}
	}
	return literal(b, i, `null`)
}

func status(b []byte, i int) int {
	for _, s := range [...]string{`"` + "todo" + `"`, `"` + "paid" + `"`, `"` + "overdue" + `"`} {
		if end := literal(b, i, s); end >= 0 {
			return end
		}
	}
	return no
}
