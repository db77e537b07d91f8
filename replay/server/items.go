package server

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/carebase/deltatap/replay/server/payload"
	"github.com/carebase/deltatap/replay/server/store"
)

// fieldsOf lists the payload's fields of a kind.
func fieldsOf(kind store.Kind) []string {
	if kind == store.Appointment {
		return payload.AppointmentFields
	}
	return payload.BillFields
}

// sequenceOf names the primary keys of a kind.
func sequenceOf(kind store.Kind) store.Sequence {
	if kind == store.Appointment {
		return store.AppointmentIDs
	}
	return store.BillIDs
}

// title is how answers name a kind.
func title(kind store.Kind) string { return strings.ToUpper(string(kind[:1])) + string(kind[1:]) }

// readItem answers GET /api/appointments/:id and GET /api/bills/:id with the item, in the spelling
// of the answers to mutations.
func (s *Server) readItem(kind store.Kind) func(c *call) (answer, error) {
	return func(c *call) (answer, error) {
		item, err := s.store.Item(c.Context(), c.access.Recipient.UserID, kind, c.pathID())
		return itemAnswer(item, missing(kind, err))
	}
}

// patchItem answers PATCH /api/appointments/:id and PATCH /api/bills/:id with the changed item.
// Unknown fields are ignored, and a patch without a known field still counts as a change, as at a
// Carebase server. A contributor's patch must have the one field that they may change; its others
// are ignored. An owner's patch of a bill must not have status: an owner pays by mark-paid.
func (s *Server) patchItem(kind store.Kind) func(c *call) (answer, error) {
	return func(c *call) (answer, error) {
		var item store.Item
		_, err := s.mutate(c.Context(), c.access.Recipient.UserID, false, func(m *mutation) error {
			var err error
			if item, err = m.Item(kind, c.pathID()); err != nil {
				return err
			}
			body, err := c.permitted(kind)
			if err != nil {
				return err
			}
			given, err := patchOf(kind, body, m)
			if err != nil {
				return err
			}
			if item.Payload, err = patched(kind, item.Payload, given); err != nil {
				return err
			}
			return m.put(item, updated, c.source())
		})
		return itemAnswer(item, missing(kind, err))
	}
}

// permitted is what the user may patch an item of a kind with.
func (c *call) permitted(kind store.Kind) (payload.Object, error) {
	switch {
	case !c.owns():
		return contributed(kind, c.body)
	case kind == store.Bill && c.body.Has("status"):
		return payload.Object{}, refuse(http.StatusForbidden, "Only contributors can update status")
	}
	return c.body, nil
}

// contributed is what a contributor may change.
func contributed(kind store.Kind, body payload.Object) (payload.Object, error) {
	field, refusal := "prepNote", "Contributors can only update prep notes"
	if kind == store.Bill {
		field, refusal = "status", "Contributors can only update status"
	}
	if !body.Has(field) {
		return payload.Object{}, refuse(http.StatusForbidden, "%s", refusal)
	}
	var only payload.Object
	only.Set(field, body.Get(field))
	return only, nil
}

// markPaid answers POST /api/bills/:id/mark-paid with the bill.
func (s *Server) markPaid(c *call) (answer, error) {
	var item store.Item
	_, err := s.mutate(c.Context(), c.access.Recipient.UserID, false, func(m *mutation) error {
		var err error
		if item, err = m.Item(store.Bill, c.pathID()); err != nil {
			return err
		}
		var paid payload.Object
		paid.Set("status", payload.Quote("paid"))
		if item.Payload, err = patched(store.Bill, item.Payload, paid); err != nil {
			return err
		}
		return m.put(item, updated, c.source())
	})
	return itemAnswer(item, missing(store.Bill, err))
}

// deleteItem answers DELETE /api/appointments/:id and DELETE /api/bills/:id.
func (s *Server) deleteItem(kind store.Kind) func(c *call) (answer, error) {
	return func(c *call) (answer, error) {
		if !c.owns() {
			return answer{}, refuse(http.StatusForbidden, "Only the owner can delete %ss", kind)
		}
		_, err := s.mutate(c.Context(), c.access.Recipient.UserID, false, func(m *mutation) error {
			item, err := m.Item(kind, c.pathID())
			if err != nil {
				return err
			}
			return m.remove(item, "rest")
		})
		if err != nil {
			return answer{}, missing(kind, err)
		}
		return answer{http.StatusOK, []byte(`{"success":true}`)}, nil
	}
}

// remove deletes an item and records it.
func (m *mutation) remove(item store.Item, source string) error {
	if err := m.Delete(item.Kind, item.ID); err != nil {
		return err
	}
	return m.record(change{
		itemType: string(item.Kind), entityID: item.ID, planItemID: item.ItemID, action: deleted, source: source,
	})
}

func itemAnswer(item store.Item, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	return answer{http.StatusOK, payload.Answered(item.Payload)}, nil
}

// missing tells the client that there is no such item.
func missing(kind store.Kind, err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return refuse(http.StatusNotFound, "%s not found", title(kind))
	}
	return err
}

// fresh makes a new item of what is given and the defaults. An id of 0 is given out.
func (m *mutation) fresh(kind store.Kind, given payload.Object, id, itemID int64) (store.Item, error) {
	item := store.Item{Kind: kind, ID: id, ItemID: itemID}
	var err error
	if item.ID == 0 {
		if item.ID, err = m.Next(sequenceOf(kind)); err != nil {
			return item, err
		}
	}
	if item.ItemID == 0 {
		if item.ItemID, err = m.Next(store.ItemIDs); err != nil {
			return item, err
		}
	}
	given.Set("id", payload.Int(item.ID))
	given.Set("itemId", payload.Int(item.ItemID))
	whole := payload.Complete(fieldsOf(kind), given, defaults(kind, given, m.at))
	item.Payload = whole.Bytes()
	return item, nil
}

// defaults is an item of a kind of which nothing else is known.
func defaults(kind store.Kind, given payload.Object, now time.Time) payload.Object {
	var o payload.Object
	for _, field := range fieldsOf(kind) {
		o.Set(field, payload.Null)
	}
	o.Set("createdAt", payload.Quote(payload.Instant(now)))
	if kind == store.Bill {
		o.Set("status", payload.Quote("todo"))
		o.Set("taskKey", payload.Quote(secret(16)))
		return o
	}
	start := payload.Midnight(now).AddDate(0, 0, 1).Add(10 * time.Hour) // tomorrow at ten
	if text, ok := payload.AsString(given.Get("startLocal")); ok {
		if at, err := payload.ParseTime(text); err == nil {
			start = at
		}
	}
	o.Set("startLocal", payload.Quote(payload.Local(start, time.UTC)))
	o.Set("endLocal", payload.Quote(payload.Local(start.Add(time.Hour), time.UTC)))
	o.Set("summary", payload.Quote("Appointment"))
	o.Set("icsToken", payload.Quote(secret(32)))
	for _, side := range []string{"start", "end"} {
		o.Set(side+"TimeZone", payload.Quote("UTC"))
		o.Set(side+"Offset", payload.Quote("+00:00"))
	}
	return o
}

// secret is a random token of n bytes, in hexadecimal.
func secret(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}
