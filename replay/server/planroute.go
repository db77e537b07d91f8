package server

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/carebase/deltatap/replay/server/payload"
	"github.com/carebase/deltatap/replay/server/store"
)

// The days of a plan.
const (
	defaultDays = 7
	maxDays     = 30
)

// readPlan answers GET /api/plan.
func (s *Server) readPlan(c *call) (answer, error) {
	span, err := s.span(c.URL.Query())
	if err != nil {
		return answer{}, err
	}
	plan, err := s.store.Plan(c.Context(), c.access.Recipient.UserID, span)
	if err != nil {
		return answer{}, noRecipient(err)
	}
	return answer{http.StatusOK, appendPlan(nil, plan, span, c.owns(), s.shown)}, nil
}

// span is the range of a plan of so many days, from today's midnight.
func (s *Server) span(query url.Values) (store.Range, error) {
	days := defaultDays
	if query.Has("days") {
		n, err := strconv.Atoi(query.Get("days"))
		if err != nil || n < 1 || n > maxDays {
			return store.Range{}, refuse(http.StatusBadRequest, "days must be a number from 1 to %d", maxDays)
		}
		days = n
	}
	start := payload.Midnight(s.now())
	return store.Range{Start: start, End: start.AddDate(0, 0, days)}, nil
}

// readVersion answers GET /api/plan/version.
func (s *Server) readVersion(c *call) (answer, error) {
	version, err := s.store.Version(c.Context(), c.access.Recipient.UserID)
	if err != nil {
		return answer{}, noRecipient(err)
	}
	body := append([]byte{'{'}, versionMembers(version)...)
	return answer{http.StatusOK, append(body, '}')}, nil
}

func noRecipient(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return errNoRecipient
	}
	return err
}

func versionMembers(v store.Version) []byte {
	members := strconv.AppendInt([]byte(`"planVersion":`), v.Number, 10)
	members = append(members, `,"planUpdatedAt":`...)
	return append(members, instantOrNull(v.UpdatedAt)...)
}

func instantOrNull(t time.Time) []byte {
	if t.IsZero() {
		return payload.Null
	}
	return payload.Quote(payload.Instant(t))
}

// shown is a stored payload as /api/plan shows it.
func (s *Server) shown(stored []byte) []byte {
	if s.quirks {
		return payload.Midnight24(payload.Shown(stored))
	}
	return payload.Shown(stored)
}

// emitted is a stored payload as a delta carries it.
func (s *Server) emitted(stored []byte) []byte {
	if s.quirks {
		return payload.Midnight24(payload.Emitted(stored))
	}
	return payload.Emitted(stored)
}

// appendPlan writes a plan in the shape of /api/plan, its appointments as show shows them. Only the
// owner is shown invitations.
func appendPlan(dst []byte, p store.Plan, span store.Range, owner bool, show func(stored []byte) []byte) []byte {
	dst = append(dst, `{"recipient":{"id":`...)
	dst = strconv.AppendInt(dst, p.Recipient.ID, 10)
	dst = append(dst, `,"displayName":`...)
	dst = append(dst, payload.Quote(p.Recipient.DisplayName)...)
	dst = append(dst, `},"dateRange":{"start":`...)
	dst = append(dst, payload.Quote(payload.Instant(span.Start))...)
	dst = append(dst, `,"end":`...)
	dst = append(dst, payload.Quote(payload.Instant(span.End))...)
	dst = append(dst, `},"appointments":[`...)
	dst = appendItems(dst, p.Appointments, show)
	dst = append(dst, `],"bills":[`...)
	dst = appendItems(dst, p.Bills, payload.Shown)
	dst = append(dst, `],`...)
	dst = append(dst, versionMembers(p.Version)...)
	dst = append(dst, `,"collaborators":[`...)
	dst = appendCollaborators(dst, p.Collaborators, owner)
	dst = append(dst, ']')
	dst = appendExtra(dst, p.Extra)
	return append(dst, '}')
}

func appendItems(dst []byte, items []store.Item, show func(stored []byte) []byte) []byte {
	for i, item := range items {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, show(item.Payload)...)
	}
	return dst
}

func appendCollaborators(dst []byte, all []store.Collaborator, owner bool) []byte {
	first := true
	for _, c := range all {
		if !owner && c.Status != store.Accepted {
			continue
		}
		if !owner || c.Status != store.Pending {
			c.InviteToken = ""
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = appendCollaborator(dst, c)
	}
	return dst
}

func appendCollaborator(dst []byte, c store.Collaborator) []byte {
	var o payload.Object
	o.Set("id", payload.Int(c.ID))
	o.Set("recipientId", payload.Int(c.RecipientID))
	o.Set("userId", payload.Null)
	if c.UserID != 0 {
		o.Set("userId", payload.Int(c.UserID))
	}
	o.Set("email", payload.Quote(c.Email))
	o.Set("role", payload.Quote(string(c.Role)))
	o.Set("status", payload.Quote(c.Status))
	o.Set("inviteToken", payload.Quote(c.InviteToken))
	o.Set("invitedBy", payload.Int(c.InvitedBy))
	o.Set("invitedAt", instantOrNull(c.InvitedAt))
	o.Set("acceptedAt", instantOrNull(c.AcceptedAt))
	if extra, err := payload.Parse(c.Extra); err == nil {
		o.Extend(extra)
	}
	return o.Append(dst)
}

func appendExtra(dst, extra []byte) []byte {
	o, err := payload.Parse(extra)
	if err != nil || o.Len() == 0 {
		return dst
	}
	dst = append(dst, ',')
	return o.AppendMembers(dst)
}

// owners lists the users, of those with a token, who own a plan.
func (s *Server) owners(ctx context.Context) ([]int64, error) {
	var owners []int64
	for _, user := range s.users {
		access, err := s.store.Access(ctx, user)
		switch {
		case errors.Is(err, store.ErrNotFound):
		case err != nil:
			return nil, err
		case access.Role == store.Owner:
			owners = append(owners, user)
		}
	}
	return owners, nil
}
