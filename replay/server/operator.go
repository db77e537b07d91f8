package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/carebase/deltatap/replay/server/payload"
	"github.com/carebase/deltatap/replay/server/store"
)

// operate answers POST /_deltatap/deltas, the operator's way to change a plan from any source. The
// body is
//
//	{"user":1,"deltas":[…],"lose":false}
//
// user (or userId) may be missing where only one user has a plan. Each delta is one mutation in the
// shape of a PlanItemDelta; see delta for how it is read. All of them are one transaction, made in
// one tick: they leave in one message. With lose, the plan and its version change and nothing is
// emitted, which is how a delta is lost on purpose. The answer is {"versions":[…],"planVersion":N}:
// the version of each mutation, and the plan's.
func (s *Server) operate(r *http.Request) (answer, error) {
	if !s.guard.isOperator(r) {
		return answer{}, errNotAuthenticated
	}
	body, err := readObject(r, maxOperatorBody)
	if err != nil {
		return answer{}, err
	}
	owner, err := s.operated(r.Context(), body)
	if err != nil {
		return answer{}, err
	}
	deltas, err := payload.Elements(body.Get("deltas"))
	if err != nil || len(deltas) == 0 {
		return answer{}, refuse(http.StatusBadRequest, "deltas must be a list of at least one delta")
	}
	m, err := s.mutate(r.Context(), owner, string(body.Get("lose")) == "true", func(m *mutation) error {
		for i, raw := range deltas {
			if err := m.delta(raw); err != nil {
				return placed(i, err)
			}
		}
		return nil
	})
	if err != nil {
		return answer{}, err
	}
	return answer{http.StatusOK, versionsAnswer(m.versions)}, nil
}

func versionsAnswer(versions []int64) []byte {
	body := []byte(`{"versions":[`)
	for i, v := range versions {
		if i > 0 {
			body = append(body, ',')
		}
		body = append(body, payload.Int(v)...)
	}
	body = append(body, `],"planVersion":`...)
	body = append(body, payload.Int(versions[len(versions)-1])...)
	return append(body, '}')
}

// operated tells whose plan is meant.
func (s *Server) operated(ctx context.Context, body payload.Object) (int64, error) {
	value := body.Get("user")
	if value == nil {
		value = body.Get("userId")
	}
	if value == nil {
		owners, err := s.owners(ctx)
		if err == nil && len(owners) != 1 {
			err = refuse(http.StatusBadRequest, "user is required: %d users have a plan", len(owners))
		}
		if err != nil {
			return 0, err
		}
		return owners[0], nil
	}
	user, ok := payload.AsInt(value)
	if !ok {
		return 0, refuse(http.StatusBadRequest, "user must be an id")
	}
	access, err := s.store.Access(ctx, user)
	if err != nil {
		return 0, noRecipient(err)
	}
	return access.Recipient.UserID, nil
}

// placed says which delta is wrong, and turns what the store refuses into the client's problem.
func placed(i int, err error) error {
	told, ok := errors.AsType[*problem](err)
	switch {
	case ok:
		return &problem{told.status, fmt.Sprintf("deltas[%d]: %s", i, told.message)}
	case errors.Is(err, store.ErrNotFound):
		return &problem{http.StatusNotFound, fmt.Sprintf("deltas[%d]: %v", i, err)}
	case errors.Is(err, store.ErrTaken), errors.Is(err, store.ErrInvalid):
		return &problem{http.StatusBadRequest, fmt.Sprintf("deltas[%d]: %v", i, err)}
	default:
		return err
	}
}

// The members of a delta that the server knows, and of its data.
var (
	deltaMembers = []string{"itemType", "entityId", "planItemId", "action", "source", "data", "version"}
	dataMembers  = []string{"appointment", "bill", "section"}
)

// delta makes the change that a PlanItemDelta tells of:
//
//   - the version is the server's to give; one that is given is ignored;
//   - source may be anything; where it is missing it is "rest" (none for a plan delta without a section), and where it
//     is null the delta has none;
//   - created and updated put the item: the fields of data.appointment or data.bill that are given, byte for byte, the
//     missing ones as they are in the plan, or by default. An unknown id is taken as it is, a missing one given out;
//   - deleted takes out an item of the plan;
//   - a plan delta has entityId 0, or the recipient's id where it names a section. "pending-reviews" with a planItemId
//     registers that item for PATCH /api/review;
//   - further members are passed on as they are. planItemId null leaves it out of the delta.
func (m *mutation) delta(raw []byte) error {
	d, err := payload.Parse(raw)
	if err != nil {
		return errInvalidJSON
	}
	data, err := payload.Parse(d.Get("data"))
	if err != nil && !payload.IsNull(d.Get("data")) {
		return refuse(http.StatusBadRequest, "data must be an object")
	}
	c := change{data: data.Without(dataMembers...), extra: d.Without(deltaMembers...)}
	c.itemType, _ = payload.AsString(d.Get("itemType"))
	c.action, _ = payload.AsString(d.Get("action"))
	c.section, _ = payload.AsString(data.Get("section"))
	if c.entityID, err = id(d, "entityId"); err != nil {
		return err
	}
	if c.planItemID, err = id(d, "planItemId"); err != nil {
		return err
	}
	if c.source, err = source(d, c); err != nil {
		return err
	}
	switch c.itemType {
	case planType:
		return m.plan(d, c)
	case string(store.Appointment), string(store.Bill):
		return m.item(d, data, c)
	default:
		return refuse(http.StatusBadRequest, "itemType must be appointment, bill or plan")
	}
}

// id reads an optional id; 0 where it is missing or null.
func id(d payload.Object, name string) (int64, error) {
	value := d.Get(name)
	if payload.IsNull(value) {
		return 0, nil
	}
	n, ok := payload.AsInt(value)
	if !ok || n < 0 {
		return 0, refuse(http.StatusBadRequest, "%s must be an id", name)
	}
	return n, nil
}

func source(d payload.Object, c change) (string, error) {
	value := d.Get("source")
	switch {
	case value == nil && (c.itemType != planType || c.section != ""):
		return "rest", nil
	case payload.IsNull(value):
		return "", nil
	}
	text, ok := payload.AsString(value)
	if !ok {
		return "", refuse(http.StatusBadRequest, "source must be a string")
	}
	return text, nil
}

func (m *mutation) plan(d payload.Object, c change) error {
	if c.action == "" {
		c.action = updated
	}
	if c.action != updated {
		return refuse(http.StatusBadRequest, "the action of a plan delta is updated")
	}
	if c.section != "" && !d.Has("entityId") {
		c.entityID = m.Recipient().ID
	}
	if c.section == sectionReviews && c.planItemID != 0 {
		if err := m.PutReview(store.Review{ItemID: c.planItemID, Status: store.ReviewPending}); err != nil {
			return err
		}
	}
	return m.record(c)
}

func (m *mutation) item(d, data payload.Object, c change) error {
	kind := store.Kind(c.itemType)
	before, err := m.known(kind, data, &c)
	if err != nil {
		return err
	}
	item := before
	switch c.action {
	case created, updated:
		if item, err = m.filled(kind, data, before, c); err != nil {
			return err
		}
		if err := m.Put(item); err != nil {
			return err
		}
		c.item = m.emitted(item.Payload)
	case deleted:
		if err := m.Delete(kind, c.entityID); err != nil {
			return err
		}
	default:
		return refuse(http.StatusBadRequest, "action must be created, updated or deleted")
	}
	c.entityID, c.planItemID = item.ID, item.ItemID
	if d.Has("planItemId") && payload.IsNull(d.Get("planItemId")) {
		c.planItemID = 0
	}
	return m.record(c)
}

// known finds the item that a delta is about; an empty one where the plan does not have it. The
// payload's ids stand in for missing ones.
func (m *mutation) known(kind store.Kind, data payload.Object, c *change) (store.Item, error) {
	given, err := payload.Parse(data.Get(c.itemType))
	if err != nil && !payload.IsNull(data.Get(c.itemType)) {
		return store.Item{}, refuse(http.StatusBadRequest, "data.%s must be an object", c.itemType)
	}
	if n, ok := payload.AsInt(given.Get("id")); ok && c.entityID == 0 {
		c.entityID = n
	}
	if n, ok := payload.AsInt(given.Get("itemId")); ok && c.planItemID == 0 {
		c.planItemID = n
	}
	item, err := m.Item(kind, c.entityID)
	if errors.Is(err, store.ErrNotFound) {
		return store.Item{Kind: kind}, nil
	}
	return item, err
}

// filled is the item after a created or updated delta.
func (m *mutation) filled(kind store.Kind, data payload.Object, before store.Item, c change) (store.Item, error) {
	given, _ := payload.Parse(data.Get(c.itemType)) // known has refused what is no object
	if before.ID == 0 {
		return m.fresh(kind, given, c.entityID, c.planItemID)
	}
	if c.planItemID != 0 {
		before.ItemID = c.planItemID
	}
	given.Set("id", payload.Int(before.ID))
	given.Set("itemId", payload.Int(before.ItemID))
	base, err := payload.Parse(before.Payload)
	if err != nil {
		return before, err
	}
	base.Extend(defaults(kind, given, m.at))
	whole := payload.Complete(fieldsOf(kind), given, base)
	before.Payload = whole.Bytes()
	return before, nil
}
