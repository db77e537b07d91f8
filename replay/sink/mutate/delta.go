package mutate

import (
	"net/http"
	"strconv"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/sink"
)

// collections are where the items of a type live.
var collections = map[string]string{contract.TypeAppointment: "/api/appointments", contract.TypeBill: "/api/bills"}

// delta expresses one delta.
func (t *Translator) delta(j *job, d *contract.Delta, i int) step {
	const needed = contract.FieldItemType | contract.FieldEntityID | contract.FieldAction
	if d.Has&needed != needed {
		return unfits(i, "delta "+strconv.Itoa(i), reasonMalformed)
	}
	c := &changing{Translator: t, delta: d, index: i, what: name(d)}
	switch d.ItemType {
	case contract.TypePlan:
		return c.section(j)
	case contract.TypeAppointment, contract.TypeBill:
		return c.item()
	}
	return c.cannot(reasonType)
}

// name is a delta in words: "bill:42 updated", "plan:1 updated (collaborators)". What the contract
// does not name is quoted: it may hold anything.
func name(d *contract.Delta) string {
	itemType, action := d.ItemType, d.Action
	switch itemType {
	case contract.TypeAppointment, contract.TypeBill, contract.TypePlan:
	default:
		itemType = strconv.Quote(itemType)
	}
	switch action {
	case contract.ActionCreated, contract.ActionUpdated, contract.ActionDeleted:
	default:
		action = strconv.Quote(action)
	}
	text := itemType + ":" + strconv.FormatInt(d.EntityID, 10) + " " + action
	switch d.Section {
	case "":
		return text
	case contract.SectionCollaborators, contract.SectionPendingReviews:
		return text + " (" + d.Section + ")"
	}
	return text + " (" + strconv.Quote(d.Section) + ")"
}

// changing is one delta that is being expressed.
type changing struct {
	*Translator
	delta *contract.Delta
	index int
	what  string
}

func (c *changing) cannot(reason string) step { return unfits(c.index, c.what, reason) }

// unfit is a field of the delta that cannot be expressed.
func (c *changing) unfit(field, reason string) sink.Unfit {
	return sink.Unfit{Delta: c.index, What: c.what + ": " + shortName(field), Reason: reason}
}

// shortName is a field's name where it looks like one, else quoted.
func shortName(field string) string {
	for _, r := range field {
		if r > '~' || r <= ' ' || r == '"' {
			return strconv.Quote(field)
		}
	}
	return field
}

// mutation is a request that expresses the delta.
func (c *changing) mutation(role Role, method, path string, body []byte) *Mutation {
	return &Mutation{Delta: c.index, What: c.what, As: role, Method: method, Path: path, Body: body}
}

// section expresses a delta of the plan itself: a notice that something changed.
func (c *changing) section(j *job) step {
	switch c.delta.Section {
	case contract.SectionCollaborators:
		j.waits++
		c.held = append(c.held, &notice{j, c.index, c.what})
		return step{}
	case contract.SectionPendingReviews:
		return c.cannot(reasonReviews)
	case "":
		return c.cannot(reasonBulk)
	}
	return c.cannot(reasonSection)
}

// item expresses a delta of an appointment or a bill.
func (c *changing) item() step {
	role, reason := c.role()
	switch {
	case c.delta.Action == contract.ActionCreated:
		return c.created(role, reason)
	case reason != "":
		c.known()
		return c.cannot(reason)
	case c.delta.Action == contract.ActionUpdated:
		return c.updated(role)
	case c.delta.Action == contract.ActionDeleted:
		return c.deleted(role)
	}
	return c.cannot(reasonAction)
}

// role is as whom the delta's change is made, or why nobody can. A delta without a source is taken
// for the owner's.
func (c *changing) role() (role Role, reason string) {
	switch {
	case c.delta.Has&contract.FieldSource == 0 || c.delta.Source == contract.SourceREST:
		return Owner, ""
	case c.delta.Source == contract.SourceGoogle:
		return Owner, reasonGoogle
	case c.delta.Source == contract.SourceInbound:
		return Owner, reasonInbound
	case c.delta.Source != contract.SourceCollaborator:
		return Owner, reasonSource
	case !c.Contributor:
		return Contributor, reasonContributor
	}
	return Contributor, ""
}

// known is what is known of the delta's item; nil where the session has not shown it, this delta
// included.
func (c *changing) known() *item {
	key := c.delta.Item()
	if it := c.items[key]; it != nil || c.delta.Payload() == nil {
		return it
	}
	k := newCard(key.Type, c.delta.Payload())
	k.item = key
	c.matcher.session.add(k)
	c.meet([]*card{k}, false)
	return c.items[key]
}

// created expresses an item that came into being: REST makes none, save for a bill whose review is
// approved. It may be on the target all the same.
func (c *changing) created(role Role, reason string) step {
	review, reviewed := c.IDs.Reviews[c.delta.PlanItemID]
	byHand := reason == "" && role == Owner && c.delta.ItemType == contract.TypeBill && c.delta.Has&contract.FieldSource != 0
	switch {
	case byHand && reviewed && c.delta.Payload() != nil:
		return c.approved(review)
	case byHand:
		reason = reasonReviewed
	case reason == "":
		reason = reasonCreated
	}
	c.known()
	return c.cannot(reason)
}

// approved expresses a bill that came from a review.
func (c *changing) approved(review int64) step {
	it := &item{why: reasonNoID}
	ch := c.changes(it, c.delta, Owner, c.unfit)
	var bill change
	for _, f := range ch.fields {
		if f.name != assignedField {
			bill.fields = append(bill.fields, f)
		} else if plan.KindOf(f.value) != plan.Null {
			ch.unfit = append(ch.unfit, c.unfit(f.name, reasonField))
		}
	}
	body := append(append([]byte(`{"action":"approve","bill":`), bill.body()...), '}')
	m := c.mutation(Owner, http.MethodPatch, "/api/review/"+strconv.FormatInt(review, 10), body)
	key := c.delta.Item()
	m.done = func(answer []byte) []sink.Unfit {
		made := approvedBill(answer)
		if it.id, _ = plan.Int64(made["id"]); it.id == 0 && answer == nil {
			it.id = key.ID // nobody was asked
		}
		c.items[key] = it
		return bill.taken(it, made, c.unfit)
	}
	return makes(m, ch.unfit...)
}

// approvedBill is the bill in the answer to an approval: {"status":"approved","bill":{…}}.
func approvedBill(answer []byte) map[string][]byte {
	if bill := plan.Get(answer, "bill"); bill != nil {
		return newCard(contract.TypeBill, bill).fields
	}
	return nil
}

// updated expresses what a payload changes.
func (c *changing) updated(role Role) step {
	if c.delta.Payload() == nil {
		return c.cannot(reasonPayload)
	}
	it := c.known()
	if it.id == 0 {
		return c.cannot(it.why)
	}
	ch := c.changes(it, c.delta, role, c.unfit)
	if len(ch.fields) == 0 {
		if len(ch.unfit) == 0 {
			return c.cannot(reasonSame)
		}
		return step{unfit: ch.unfit}
	}
	s := step{unfit: ch.unfit}
	path := collections[c.delta.ItemType] + "/" + strconv.FormatInt(it.id, 10)
	var paid change
	if role == Owner {
		paid = ch.takeStatus()
	}
	if len(ch.fields) > 0 {
		s.mutations = append(s.mutations, c.noted(c.mutation(role, http.MethodPatch, path, ch.body()), it, ch))
	}
	if len(paid.fields) > 0 {
		s.mutations = append(s.mutations, c.noted(c.mutation(role, http.MethodPost, path+"/mark-paid", nil), it, paid))
	}
	return s
}

// noted is a mutation that notes, once it is made, what the target took of a change.
func (c *changing) noted(m *Mutation, it *item, ch change) *Mutation {
	m.done = func(answer []byte) []sink.Unfit { return ch.taken(it, newCard("", answer).fields, c.unfit) }
	return m
}

// deleted expresses a deletion.
func (c *changing) deleted(role Role) step {
	it := c.items[c.delta.Item()]
	switch {
	case it == nil:
		id, said := c.IDs.of(c.delta.Item())
		if !said {
			return c.cannot(reasonUnknown)
		}
		it = &item{id: id}
		c.items[c.delta.Item()] = it
	case it.id == 0:
		return c.cannot(it.why)
	}
	if role == Contributor {
		return c.cannot(reasonMayNot)
	}
	m := c.mutation(role, http.MethodDelete, collections[c.delta.ItemType]+"/"+strconv.FormatInt(it.id, 10), nil)
	m.done = func([]byte) []sink.Unfit {
		*it = item{why: reasonGone}
		return nil
	}
	return makes(m)
}
