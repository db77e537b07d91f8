package server

import (
	"errors"
	"net/http"

	"github.com/carebase/deltatap/replay/server/payload"
	"github.com/carebase/deltatap/replay/server/store"
)

// draftFields are what a reviewer says of a bill.
var draftFields = []string{"amount", "dueDate", "statementDate", "payUrl", "status", "notes"}

// pendingReviews answers GET /api/review/pending: the items of the plan that wait for the owner's
// decision.
func (s *Server) pendingReviews(c *call) (answer, error) {
	if !c.owns() {
		return answer{}, refuse(http.StatusForbidden, "Only the owner can review items")
	}
	pending, err := s.store.Reviews(c.Context(), c.access.Recipient.UserID)
	if err != nil {
		return answer{}, noRecipient(err)
	}
	body := []byte(`{"items":[`)
	for i, r := range pending {
		var o payload.Object
		o.Set("itemId", payload.Int(r.ItemID))
		o.Set("reviewStatus", payload.Quote(r.Status))
		o.Set("draft", payload.Null)
		if r.Draft != nil {
			o.Set("draft", r.Draft)
		}
		if i > 0 {
			body = append(body, ',')
		}
		body = o.Append(body)
	}
	return answer{http.StatusOK, append(body, `]}`...)}, nil
}

// review answers PATCH /api/review/:itemId, the owner's decision on an item that was classified
// with too little confidence. {"action":"approve","bill":{…}} makes it a bill (a created delta);
// "save" keeps the draft and "reject" drops the item (both tell clients to refresh their pending
// reviews).
func (s *Server) review(c *call) (answer, error) {
	if !c.owns() {
		return answer{}, refuse(http.StatusForbidden, "Only the owner can review items")
	}
	action, _ := payload.AsString(c.body.Get("action"))
	decide, ok := map[string]func(m *mutation, r store.Review, bill payload.Object) ([]byte, error){
		"approve": approve, "save": saveDraft, "reject": reject,
	}[action]
	if !ok {
		return answer{}, refuse(http.StatusBadRequest, "Invalid action")
	}
	bill, err := payload.Parse(c.body.Get("bill"))
	if err != nil && action != "reject" {
		return answer{}, refuse(http.StatusBadRequest, "Bill payload is required for this action")
	}
	var body []byte
	_, err = s.mutate(c.Context(), c.access.Recipient.UserID, false, func(m *mutation) error {
		pending, err := m.Review(c.pathID())
		if errors.Is(err, store.ErrNotFound) || err == nil && pending.Status != store.ReviewPending {
			return refuse(http.StatusNotFound, "Pending review item not found")
		} else if err != nil {
			return err
		}
		body, err = decide(m, pending, bill)
		return err
	})
	return answer{http.StatusOK, body}, err
}

func approve(m *mutation, r store.Review, bill payload.Object) ([]byte, error) {
	draft, err := drafted(r, bill)
	if err != nil {
		return nil, err
	}
	if payload.IsNull(draft.Get("amount")) {
		return nil, refuse(http.StatusBadRequest, "Amount is required to approve a bill.")
	}
	r.Status, r.Draft = store.ReviewAuto, nil
	if err := m.PutReview(r); err != nil {
		return nil, err
	}
	item, err := m.fresh(store.Bill, draft.Without("notes"), 0, r.ItemID)
	if err != nil {
		return nil, err
	}
	if err := m.put(item, created, "rest"); err != nil {
		return nil, err
	}
	body := append([]byte(`{"status":"approved","bill":`), payload.Answered(item.Payload)...)
	return append(body, '}'), nil
}

func saveDraft(m *mutation, r store.Review, bill payload.Object) ([]byte, error) {
	draft, err := drafted(r, bill)
	if err != nil {
		return nil, err
	}
	r.Draft = draft.Bytes()
	if err := m.PutReview(r); err != nil {
		return nil, err
	}
	if err := m.notice(sectionReviews); err != nil {
		return nil, err
	}
	body := append([]byte(`{"status":"saved","draft":`), r.Draft...)
	return append(body, '}'), nil
}

func reject(m *mutation, r store.Review, _ payload.Object) ([]byte, error) {
	r.Status, r.Draft = store.ReviewNoise, nil
	if err := m.PutReview(r); err != nil {
		return nil, err
	}
	return []byte(`{"status":"rejected"}`), m.notice(sectionReviews)
}

// drafted is the draft of a review with what is now said of the bill.
func drafted(r store.Review, bill payload.Object) (payload.Object, error) {
	given, err := readFields(reviewable, bill)
	if err != nil {
		return given, err
	}
	if notes, ok := payload.AsString(bill.Get("notes")); ok {
		given.Set("notes", payload.Quote(notes))
	}
	var draft payload.Object
	for _, field := range draftFields {
		draft.Set(field, payload.Null)
	}
	draft.Set("status", payload.Quote("todo"))
	if before, err := payload.Parse(r.Draft); err == nil {
		given.Extend(before)
	}
	for _, name := range given.Names() {
		draft.Set(name, given.Get(name))
	}
	return draft, nil
}
