package server

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/carebase/deltatap/replay/server/payload"
	"github.com/carebase/deltatap/replay/server/store"
)

// The sections of a plan that a delta tells clients to refresh.
const (
	sectionCollaborators = "collaborators"
	sectionReviews       = "pending-reviews"
)

// listCollaborators answers GET /api/collaborators: those that the plan shows.
func (s *Server) listCollaborators(c *call) (answer, error) {
	plan, err := s.store.Plan(c.Context(), c.access.Recipient.UserID, store.Range{})
	if err != nil {
		return answer{}, noRecipient(err)
	}
	body := appendCollaborators([]byte(`{"collaborators":[`), plan.Collaborators, c.owns())
	return answer{http.StatusOK, append(body, `]}`...)}, nil
}

// invite answers POST /api/collaborators. Who was invited before and has not accepted gets a new
// token ("resent"); who has accepted is left alone, and nothing changes.
func (s *Server) invite(c *call) (answer, error) {
	if !c.owns() {
		return answer{}, refuse(http.StatusForbidden, "Only the owner can invite collaborators")
	}
	email, role, err := invitation(c.body)
	if err != nil {
		return answer{}, err
	}
	var invited store.Collaborator
	var resent bool
	_, err = s.mutate(c.Context(), c.access.Recipient.UserID, false, func(m *mutation) error {
		all, err := m.Collaborators()
		if err != nil {
			return err
		}
		invited, resent = store.Collaborator{Email: email, Role: role}, false
		if i := slices.IndexFunc(all, func(o store.Collaborator) bool { return o.Email == email }); i >= 0 {
			invited, resent = all[i], all[i].Status == store.Pending
			if !resent {
				return nil
			}
		} else if invited.ID, err = m.Next(store.CollaboratorIDs); err != nil {
			return err
		}
		invited.RecipientID = m.Recipient().ID
		invited.Status, invited.InviteToken = store.Pending, secret(16)
		invited.InvitedBy, invited.InvitedAt = c.user, m.at
		return m.collaborate(invited)
	})
	if err != nil {
		return answer{}, err
	}
	body := appendCollaborator([]byte(`{"collaborator":`), invited)
	body = append(body, `,"resent":`...)
	if resent {
		return answer{http.StatusCreated, append(body, `true}`...)}, nil
	}
	return answer{http.StatusCreated, append(body, `false}`...)}, nil
}

// invitation reads whom to invite, and as what.
func invitation(body payload.Object) (email string, role store.Role, err error) {
	email, _ = payload.AsString(body.Get("email"))
	if email = strings.ToLower(strings.TrimSpace(email)); email == "" {
		return "", "", refuse(http.StatusBadRequest, "Email is required")
	}
	if payload.IsNull(body.Get("role")) {
		return email, store.Contributor, nil
	}
	text, _ := payload.AsString(body.Get("role"))
	if role = store.Role(text); role != store.Owner && role != store.Contributor {
		return "", "", refuse(http.StatusBadRequest, "Invalid role")
	}
	return email, role, nil
}

// collaborate stores a collaborator and records it.
func (m *mutation) collaborate(c store.Collaborator) error {
	if err := m.PutCollaborator(c); err != nil {
		return err
	}
	return m.notice(sectionCollaborators)
}

// accept answers POST /api/collaborators/accept: the user with the invited e-mail address joins the
// plan, whose owner is told.
func (s *Server) accept(r *http.Request) (answer, error) {
	c, err := s.open(r)
	if err != nil {
		return answer{}, err
	}
	body, err := readObject(r, maxBody)
	if err != nil {
		return answer{}, err
	}
	token, _ := payload.AsString(body.Get("token"))
	if token = strings.TrimSpace(token); token == "" {
		return answer{}, refuse(http.StatusBadRequest, "Token is required")
	}
	user, err := s.store.User(r.Context(), c.user)
	if err != nil {
		return answer{}, err
	}
	joined, owner, err := s.store.Invitation(r.Context(), token)
	if errors.Is(err, store.ErrNotFound) {
		return answer{}, refuse(http.StatusNotFound, "Invite not found")
	} else if err != nil {
		return answer{}, err
	}
	if !strings.EqualFold(strings.TrimSpace(user.Email), joined.Email) {
		return answer{}, refuse(http.StatusForbidden, "Invite belongs to a different email")
	}
	_, err = s.mutate(r.Context(), owner, false, func(m *mutation) error {
		joined.Status, joined.UserID, joined.AcceptedAt = store.Accepted, user.ID, m.at
		return m.collaborate(joined)
	})
	if err != nil {
		return answer{}, err
	}
	joined.InviteToken = ""
	text := appendCollaborator([]byte(`{"collaborator":`), joined)
	return answer{http.StatusOK, append(text, '}')}, nil
}
