package mutate

import (
	"bytes"
	"strconv"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/rawjson"
)

// card is what an item is known by.
type card struct {
	item    contract.Item
	itemID  int64
	token   string // icsToken or taskKey; "" where there is none
	created string
	content string // "" where there is too little of it
	fields  map[string][]byte
}

// tokens names the secret of each type of item.
var tokens = map[string]string{contract.TypeAppointment: "icsToken", contract.TypeBill: "taskKey"}

// newCard reads an item. It keeps nothing of raw.
func newCard(itemType string, raw []byte) *card {
	c := &card{fields: map[string][]byte{}}
	for _, m := range plan.Members(nil, bytes.Clone(raw)) {
		c.fields[string(m.Name)] = m.Value
	}
	id, _ := plan.Int64(c.fields["id"])
	c.item = contract.Item{Type: itemType, ID: id}
	c.itemID, _ = plan.Int64(c.fields["itemId"])
	c.token = c.said(tokens[itemType])
	c.created = c.said("createdAt")
	c.content = c.contentOf(itemType)
	return c
}

// said is one spelling for all of a value; "" where it is null, empty or missing.
func (c *card) said(name string) string {
	value := c.fields[name]
	if at, ok := rawjson.ReadInstant(value); ok {
		return "@" + strconv.FormatInt(at.UnixNano(), 10)
	}
	switch plan.KindOf(value) {
	case plan.String:
		if string(value) == `""` {
			return ""
		}
		return string(value)
	case plan.Number:
		if f, err := strconv.ParseFloat(string(value), 64); err == nil {
			return strconv.FormatFloat(f, 'g', -1, 64)
		}
	}
	return ""
}

func (c *card) contentOf(itemType string) string {
	names, enough := []string{"summary", "startLocal"}, 2
	if itemType == contract.TypeBill {
		names = []string{"amount", "dueDate", "payUrl"}
	}
	content, there := "", 0
	for _, name := range names {
		value := c.said(name)
		if value != "" {
			there++
		}
		content += value + "\x00"
	}
	if there < enough {
		return ""
	}
	return content
}

// trait is something that items may have in common: which, of which type, and its value.
type trait struct{ name, itemType, value string }

// pool is the items of one side.
type pool struct {
	byID   map[contract.Item]*card
	shared map[trait][]*card
}

func newPool() *pool {
	return &pool{byID: map[contract.Item]*card{}, shared: map[trait][]*card{}}
}

func (p *pool) add(c *card) {
	if p.byID[c.item] != nil {
		return
	}
	p.byID[c.item] = c
	for name, value := range map[string]string{"token": c.token, "content": c.content} {
		if value != "" {
			t := trait{name, c.item.Type, value}
			p.shared[t] = append(p.shared[t], c)
		}
	}
}

// addPlan adds the items of a plan, and returns those that were not there before.
func (p *pool) addPlan(body *plan.Plan) (added []*card) {
	for itemType, list := range map[string]*plan.List{contract.TypeAppointment: &body.Appointments, contract.TypeBill: &body.Bills} {
		for _, item := range list.All() {
			if item.HasID && p.byID[contract.Item{Type: itemType, ID: item.ID}] == nil {
				c := newCard(itemType, item.Raw)
				p.add(c)
				added = append(added, c)
			}
		}
	}
	return added
}

// matcher finds which item of the target an item of the session is.
type matcher struct {
	session, target *pool
	claimed         map[*card]bool // those of the target that are known to be one of the session's
}

// tiers are the ways to tell, the surest first. ambiguous says that several could be it.
var tiers = []func(m *matcher, c *card) (found *card, ambiguous bool){
	func(m *matcher, c *card) (*card, bool) {
		found, _ := m.alone("token", c, c.token) // a token that several have is none: it was blotted out
		return found, false
	},
	func(m *matcher, c *card) (*card, bool) {
		x := m.target.byID[c.item]
		if x == nil || x.itemID != c.itemID || !(same(x.created, c.created) || same(x.content, c.content)) {
			return nil, false
		}
		return x, false
	},
	func(m *matcher, c *card) (*card, bool) { return m.alone("content", c, c.content) },
}

func same(a, b string) bool { return a != "" && a == b }

// alone is the one item of the target that shares a trait with the session's, which shares it with
// no other.
func (m *matcher) alone(name string, c *card, value string) (found *card, ambiguous bool) {
	t := trait{name, c.item.Type, value}
	there := m.target.shared[t]
	if value == "" || len(there) == 0 {
		return nil, false
	}
	if len(there) > 1 || len(m.session.shared[t]) > 1 {
		return nil, true
	}
	return there[0], false
}

// match tells of each item, which are all in the session's pool, which of the target's it is, or
// why that is not known.
func (m *matcher) match(items []*card) (found map[*card]*card, why map[*card]string) {
	found, why = map[*card]*card{}, map[*card]string{}
	for _, tier := range tiers {
		for _, c := range items {
			if found[c] != nil {
				continue
			}
			x, ambiguous := tier(m, c)
			switch {
			case ambiguous, x != nil && m.claimed[x]:
				why[c] = reasonAmbiguous
			case x != nil:
				found[c], m.claimed[x] = x, true
			}
		}
	}
	for _, c := range items {
		switch {
		case found[c] != nil || why[c] != "":
		case m.target.byID[c.item] != nil:
			why[c] = reasonOther
		default:
			why[c] = reasonMissing
		}
	}
	return found, why
}
