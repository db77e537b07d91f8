package store

import (
	"errors"
	"fmt"
	"time"

	"github.com/carebase/deltatap/replay/server/payload"
)

// Seed is what a store starts with.
type Seed struct {
	Users []User
	// Plans holds at most one plan per owner. Items and collaborators keep their ids; their order does
	// not matter.
	Plans []Plan
}

// NewPlan is an empty plan that owner made at a moment: its first collaborator is the owner, whose
// row has the recipient's id.
func NewPlan(owner User, recipient int64, displayName string, at time.Time) Plan {
	return Plan{
		Recipient: Recipient{ID: recipient, UserID: owner.ID, DisplayName: displayName},
		Version:   Version{UpdatedAt: at},
		Collaborators: []Collaborator{{
			ID: recipient, RecipientID: recipient, UserID: owner.ID, Email: owner.Email, Role: Owner, Status: Accepted,
			InvitedBy: owner.ID, InvitedAt: at, AcceptedAt: at,
		}},
	}
}

// planMembers are the members of /api/plan that a Plan has a place for, or that depend on the day.
var planMembers = []string{
	"recipient", "dateRange", "appointments", "bills", "planVersion", "planUpdatedAt", "collaborators",
}

// ParsePlan reads the JSON of /api/plan. Items, collaborators and version are those of the text,
// items byte for byte. The owner is the collaborator with that role, or the first user where the
// text names none.
func ParsePlan(raw []byte) (Plan, error) {
	o, err := payload.Parse(raw)
	if err != nil {
		return Plan{}, err
	}
	var p Plan
	if p.Recipient, err = parseRecipient(o.Get("recipient")); err != nil {
		return Plan{}, err
	}
	if p.Version, err = ParseVersion(o); err != nil {
		return Plan{}, err
	}
	if p.Appointments, err = parseItems(Appointment, o.Get("appointments")); err != nil {
		return Plan{}, fmt.Errorf("appointments: %w", err)
	}
	if p.Bills, err = parseItems(Bill, o.Get("bills")); err != nil {
		return Plan{}, fmt.Errorf("bills: %w", err)
	}
	if p.Collaborators, err = parseCollaborators(o.Get("collaborators")); err != nil {
		return Plan{}, fmt.Errorf("collaborators: %w", err)
	}
	p.Recipient.UserID = 1
	for _, c := range p.Collaborators {
		if c.Role == Owner && c.UserID != 0 {
			p.Recipient.UserID = c.UserID
			break
		}
	}
	if rest := o.Without(planMembers...); rest.Len() > 0 {
		p.Extra = rest.Bytes()
	}
	return p, nil
}

func parseRecipient(raw []byte) (Recipient, error) {
	o, err := payload.Parse(raw)
	if err != nil {
		return Recipient{}, errors.New("recipient is not an object")
	}
	id, ok := payload.AsInt(o.Get("id"))
	if !ok || id <= 0 {
		return Recipient{}, errors.New("recipient.id is not an id")
	}
	name, _ := payload.AsString(o.Get("displayName"))
	return Recipient{ID: id, DisplayName: name}, nil
}

// ParseVersion reads the version of a plan: the members planVersion and planUpdatedAt.
func ParseVersion(o payload.Object) (Version, error) {
	number, ok := payload.AsInt(o.Get("planVersion"))
	if !ok || number < 0 {
		return Version{}, errors.New("planVersion is not a version")
	}
	at, err := parseInstant(o.Get("planUpdatedAt"))
	if err != nil {
		return Version{}, fmt.Errorf("planUpdatedAt: %w", err)
	}
	return Version{Number: number, UpdatedAt: at}, nil
}

// parseInstant reads an instant; the zero time where there is none.
func parseInstant(raw []byte) (time.Time, error) {
	if payload.IsNull(raw) {
		return time.Time{}, nil
	}
	text, ok := payload.AsString(raw)
	if !ok {
		return time.Time{}, errors.New("neither a string nor null")
	}
	return payload.ParseTime(text)
}

func parseItems(kind Kind, raw []byte) ([]Item, error) {
	values, err := payload.Elements(raw)
	if err != nil {
		return nil, err
	}
	items := make([]Item, len(values))
	for i, value := range values {
		o, err := payload.Parse(value)
		if err != nil {
			return nil, fmt.Errorf("%d: %w", i, err)
		}
		id, ok := payload.AsInt(o.Get("id"))
		itemID, too := payload.AsInt(o.Get("itemId"))
		if !ok || !too {
			return nil, fmt.Errorf("%d: id or itemId is not an id", i)
		}
		items[i] = Item{Kind: kind, ID: id, ItemID: itemID, Payload: value}
	}
	return items, nil
}

// collaboratorMembers are the members of a collaborator that a Collaborator has a place for.
var collaboratorMembers = []string{
	"id", "recipientId", "userId", "email", "role", "status", "inviteToken", "invitedBy", "invitedAt", "acceptedAt",
}

func parseCollaborators(raw []byte) ([]Collaborator, error) {
	if payload.IsNull(raw) {
		return nil, nil
	}
	values, err := payload.Elements(raw)
	if err != nil {
		return nil, err
	}
	all := make([]Collaborator, len(values))
	for i, value := range values {
		if all[i], err = parseCollaborator(value); err != nil {
			return nil, fmt.Errorf("%d: %w", i, err)
		}
	}
	return all, nil
}

func parseCollaborator(raw []byte) (Collaborator, error) {
	o, err := payload.Parse(raw)
	if err != nil {
		return Collaborator{}, err
	}
	var c Collaborator
	var ok bool
	if c.ID, ok = payload.AsInt(o.Get("id")); !ok {
		return c, errors.New("id is not an id")
	}
	c.RecipientID, _ = payload.AsInt(o.Get("recipientId"))
	c.UserID, _ = payload.AsInt(o.Get("userId"))
	c.InvitedBy, _ = payload.AsInt(o.Get("invitedBy"))
	c.Email, _ = payload.AsString(o.Get("email"))
	c.Status, _ = payload.AsString(o.Get("status"))
	c.InviteToken, _ = payload.AsString(o.Get("inviteToken"))
	role, _ := payload.AsString(o.Get("role"))
	c.Role = Role(role)
	if c.InvitedAt, err = parseInstant(o.Get("invitedAt")); err != nil {
		return c, fmt.Errorf("invitedAt: %w", err)
	}
	if c.AcceptedAt, err = parseInstant(o.Get("acceptedAt")); err != nil {
		return c, fmt.Errorf("acceptedAt: %w", err)
	}
	if rest := o.Without(collaboratorMembers...); rest.Len() > 0 {
		c.Extra = rest.Bytes()
	}
	return c, nil
}
