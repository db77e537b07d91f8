package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/rest"
)

// checkREST asks for the plan's version, with the token.
func (e *examination) checkREST(ctx context.Context) Line {
	client := e.restClient()
	defer client.Close()
	answer, version, line := e.askVersion(ctx, client)
	if line != nil {
		return *line
	}
	e.version = version
	facts := HTTPAnswer{Status: answer.Status, PlanVersion: version}
	if version == nil {
		return warn("the token is taken, and its user has no plan yet", "sign in to the app once, or take another user's token").with(facts)
	}
	return ok("the token is taken; the plan's version is " + itoa(*version)).with(facts)
}

// askVersion reads /api/plan/version; no version for a user without a plan, and a line where there
// is no such answer.
func (e *examination) askVersion(ctx context.Context, client *rest.Client) (rest.Answer, *int64, *Line) {
	answer, err := client.Version(ctx)
	if err != nil {
		line := restFailure(err)
		return answer, nil, &line
	}
	var body struct {
		PlanVersion *int64 `json:"planVersion"`
	}
	switch {
	case noPlan(answer):
		return answer, nil, nil
	case answer.Status == http.StatusOK && json.Unmarshal(answer.Body, &body) == nil && body.PlanVersion != nil:
		return answer, body.PlanVersion, nil
	}
	line := strange("/api/plan/version", answer)
	return answer, nil, &line
}

// noPlan tells the answer for a user who has no plan from that of another server.
func noPlan(answer rest.Answer) bool {
	return answer.Status == http.StatusNotFound && answer.Says == "No recipient found"
}

// strange is the line of an answer that no Carebase server gives.
func strange(path string, answer rest.Answer) Line {
	says := path + " answers " + itoa(int64(answer.Status))
	switch {
	case answer.Says != "":
		says += ": " + fit(answer.Says)
	case answer.Status == http.StatusOK:
		says += ", but not as a Carebase server does: a sign-in page of the network, or another server"
	}
	next := "is this the server's address? A path in front of /api belongs to --server"
	if answer.Status >= http.StatusInternalServerError {
		next = "the server's log tells why"
	}
	return fail(says, next).as(Unreachable)
}

func restFailure(err error) Line {
	if refused, isRefused := errors.AsType[*rest.RefusedError](err); isRefused {
		return refusal(refused.Error(), refused.Anonymous, refused.Status)
	}
	return failure(err)
}

// people are those of a plan.
type people struct {
	collaborators []person
}

type person struct {
	UserID json.RawMessage `json:"userId"`
	Role   string          `json:"role"`
	Status string          `json:"status"`
}

func (p person) owns() bool { return strings.EqualFold(p.Role, roleOwner) }

func (p person) accepted() bool { return strings.EqualFold(p.Status, "accepted") }

// checkPlan reads the plan, and its version once more: the plan's own must lie between what was
// told before and after.
func (e *examination) checkPlan(ctx context.Context) Line {
	if e.version == nil {
		return skip(checkREST)
	}
	client := e.restClient()
	defer client.Close()
	answer, err := client.Plan(ctx, 0)
	if err != nil {
		return restFailure(err)
	}
	own, line := e.readPlan(answer)
	if line != nil {
		return *line
	}
	_, after, line := e.askVersion(ctx, client)
	if line != nil {
		return *line
	}
	return judgeVersions(Versions{Before: e.version, Plan: own, After: after})
}

// readPlan takes what is needed of a plan.
func (e *examination) readPlan(answer rest.Answer) (*int64, *Line) {
	read, err := plan.Parse(answer.Body)
	if answer.Status != http.StatusOK || err != nil || !read.HasVersion {
		line := strange("/api/plan", answer)
		return nil, &line
	}
	var body struct {
		Collaborators []person `json:"collaborators"`
	}
	if json.Unmarshal(answer.Body, &body) == nil {
		e.people = &people{body.Collaborators}
	}
	return &read.Version, nil
}

func judgeVersions(v Versions) Line {
	const next = "a replica or a cache on the way answers with what is old: deltatap diff tells what a client misses by it"
	switch {
	case v.After == nil || *v.After < *v.Before:
		return fail("the version went back from "+itoa(*v.Before), next).with(v)
	case *v.Plan < *v.Before:
		return fail("/api/plan answers with version "+itoa(*v.Plan)+", and /api/plan/version with "+itoa(*v.Before), next).with(v)
	case *v.Plan > *v.After:
		return fail("/api/plan/version answers "+itoa(*v.After)+", and /api/plan with version "+itoa(*v.Plan), next).with(v)
	case *v.Before != *v.After:
		return ok("the plan went on to version " + itoa(*v.After) + " meanwhile, and agrees").with(v)
	}
	return ok("both answer with version " + itoa(*v.Plan)).with(v)
}

// The roles of a user.
const (
	roleOwner        = "owner"
	roleCollaborator = "collaborator"
	roleUnknown      = "unknown"
)

// checkRole tells whether the user owns the plan: deltas go to the owner alone.
func (e *examination) checkRole(context.Context) Line {
	role := Role{Role: roleUnknown}
	if e.claims != nil {
		role.User = e.claims.user
	}
	if e.people == nil {
		return skip(checkPlan)
	}
	role.Role = e.people.role(role.User)
	e.role = role.Role
	switch role.Role {
	case roleOwner:
		return ok("the plan's owner, to whom deltas go").with(role)
	case roleCollaborator:
		return warn("a collaborator: deltas go to the owner alone, and this user's plan goes stale until the next poll", "take the owner's token to see deltas").with(role)
	}
	return warn("not known: the plan has collaborators, and the token does not say which user it is of", "where it is a collaborator's, no delta arrives: deltas go to the owner alone").with(role)
}

// role is what a user is to the plan, by the plan's own list, in which its owner may stand, too.
// Whoever may read a plan that nobody else may read owns it. A user who is not in a list that names
// the owner is known by some other number there.
func (p *people) role(user int64) string {
	others, ownerNamed := 0, false
	for _, person := range p.collaborators {
		listed := readUser(person.UserID)
		if listed > 0 && listed == user {
			if person.owns() {
				return roleOwner
			}
			return roleCollaborator
		}
		ownerNamed = ownerNamed || person.owns() && listed > 0
		if !person.owns() && person.accepted() {
			others++
		}
	}
	if others == 0 || user > 0 && !ownerNamed {
		return roleOwner
	}
	return roleUnknown
}
