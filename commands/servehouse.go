package commands

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/carebase/deltatap/render"
	"github.com/carebase/deltatap/replay/rawjson"
	"github.com/carebase/deltatap/replay/server/payload"
	"github.com/carebase/deltatap/replay/server/store"
	"github.com/carebase/deltatap/replay/server/store/postgres"
	"github.com/carebase/deltatap/replay/session"
)

// house is who lives on a stand-in server: its users, their plans and tokens, and its clock.
type house struct {
	memory *store.Memory // nil: they live in the database
	// database is where they live instead, or nil.
	database *postgres.Store
	tokens   map[string]int64
	ready    readyFile
	plan     store.Plan // the first user's
	now      func() time.Time
	shared   bool // the first token came from the environment
}

// recipients are the names that the plans of a house are about.
var recipients = []string{"Alex", "Sam", "Robin", "Kim", "Jo", "Lee", "Max", "Noor", "Ari", "Uma"}

// house makes what the options ask for; nothing has been written or listened at yet.
func (o *serveOptions) house(app *App) (*house, error) {
	h, err := o.begin(app)
	if err != nil {
		return nil, err
	}
	seed, err := o.seed(app, h.now().UTC())
	if err != nil {
		return nil, err
	}
	if h.memory, err = store.NewMemory(seed); err != nil {
		return nil, usage("", "%s: %v", o.plan, err)
	}
	h.plan = seed.Plans[0]
	return h, h.admit(seed.Users, app.Env("DELTATAP_TOKEN"))
}

// begin makes a house in which nobody lives.
func (o *serveOptions) begin(app *App) (*house, error) {
	h := &house{tokens: map[string]int64{}, now: app.Now}
	if o.users < 1 {
		return nil, usage("", "--users %d: want at least one", o.users)
	}
	if o.clock != "" {
		at, ok := rawjson.ParseInstant(o.clock)
		if !ok {
			return nil, usage("like 2026-11-23T09:00:00Z", "--clock %q: not an RFC 3339 time", o.clock)
		}
		h.now = func() time.Time { return at }
	}
	return h, nil
}

// store is where the plans are.
func (h *house) store() store.Store {
	if h.database != nil {
		return h.database
	}
	return h.memory
}

// close lets go of the store, where no server did.
func (h *house) close() error { return h.store().Close() }

// admit gives everybody a token; first is the one of the first user, where there is one.
func (h *house) admit(users []store.User, first string) error {
	h.ready.OperatorToken = rand.Text()
	h.shared = first != ""
	for i, user := range users {
		token := rand.Text()
		if i == 0 && h.shared {
			token = first
		}
		h.tokens[token] = user.ID
		h.ready.Users = append(h.ready.Users, readyUser{user.ID, token})
	}
	if strings.ContainsFunc(first, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return usage("", "DELTATAP_TOKEN: want a token without spaces")
	}
	return nil
}

// seed is what the server starts with: the owners, the first one's plan from a file where one is
// named, and behind them the contributor.
func (o *serveOptions) seed(app *App, now time.Time) (store.Seed, error) {
	var seed store.Seed
	var ids usedIDs
	if o.plan != "" {
		plan, err := loadPlan(app, o.plan)
		if err != nil {
			return seed, err
		}
		if !o.quirks {
			for i := range plan.Appointments {
				plan.Appointments[i].Payload = payload.Midnight00(plan.Appointments[i].Payload)
			}
		}
		seed.Users, seed.Plans = []store.User{ownerOf(plan)}, []store.Plan{plan}
		ids = idsOf(plan)
	}
	for n := len(seed.Plans); n < o.users; n++ {
		ids.user++
		ids.recipient = max(ids.recipient, ids.collaborator) + 1 // an owner's row has the recipient's id
		ids.collaborator = ids.recipient
		owner := store.User{ID: ids.user, Email: numbered("owner", n)}
		seed.Users = append(seed.Users, owner)
		seed.Plans = append(seed.Plans, store.NewPlan(owner, ids.recipient, recipients[n%len(recipients)], now))
	}
	if o.collaborator {
		contributor := store.User{ID: ids.user + 1, Email: "contributor@example.test"}
		seed.Users = append(seed.Users, contributor)
		first := &seed.Plans[0]
		first.Collaborators = append(first.Collaborators, store.Collaborator{
			ID: ids.collaborator + 1, RecipientID: first.Recipient.ID, UserID: contributor.ID, Email: contributor.Email,
			Role: store.Contributor, Status: store.Accepted, InvitedBy: first.Recipient.UserID, InvitedAt: now, AcceptedAt: now,
		})
	}
	return seed, nil
}

// usedIDs are the highest ids in use.
type usedIDs struct{ user, recipient, collaborator int64 }

func idsOf(plan store.Plan) usedIDs {
	ids := usedIDs{user: plan.Recipient.UserID, recipient: plan.Recipient.ID}
	for _, c := range plan.Collaborators {
		ids.collaborator, ids.user = max(ids.collaborator, c.ID), max(ids.user, c.UserID)
	}
	return ids
}

// numbered is owner@example.test, owner2@example.test and so on.
func numbered(name string, n int) string {
	if n == 0 {
		return name + "@example.test"
	}
	return fmt.Sprintf("%s%d@example.test", name, n+1)
}

// ownerOf is the user who owns a plan from a file.
func ownerOf(plan store.Plan) store.User {
	owner := store.User{ID: plan.Recipient.UserID, Email: numbered("owner", 0)}
	for _, c := range plan.Collaborators {
		if c.UserID == owner.ID && c.Email != "" {
			owner.Email = c.Email
		}
	}
	return owner
}

// loadPlan reads the plan that a file holds: the JSON of /api/plan, or a session, whose first plan
// it is.
func loadPlan(app *App, name string) (store.Plan, error) {
	in, err := openInput(app, name)
	if err != nil {
		return store.Plan{}, err
	}
	defer in.Close()
	recorded, err := in.isRecording()
	if err != nil {
		return store.Plan{}, err
	}
	var text []byte
	if recorded {
		text, err = firstPlan(app, in)
	} else if text, err = in.text(); err == nil {
		text, err = planText(in.name, text)
	}
	if err != nil {
		return store.Plan{}, err
	}
	plan, err := store.ParsePlan(text)
	if err != nil {
		return store.Plan{}, usage("want the JSON of /api/plan, or a session that has a plan", "%s: not a plan: %v", in.name, err)
	}
	return plan, nil
}

var sessionStart = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^\x{feff}?\s*\{\s*"(deltatap|at)"`)
})

// isSession tells a session from a plan by its first member.
func isSession(head []byte) bool { return sessionStart().Match(head) }

// firstPlan is the body of a session's first plan.
func firstPlan(app *App, in *input) ([]byte, error) {
	source, err := in.source(app, "")
	if err != nil {
		return nil, err
	}
	defer source.Close()
	var rec session.Record
	whose := newOneUser(0, source.Header())
	for {
		switch err := source.Next(&rec); {
		case errors.Is(err, io.EOF):
			if err := whose.check(app, in.name); err != nil {
				return nil, err
			}
			return nil, usage("", "%s: the session holds no plan", in.name)
		case err != nil:
			if _, line := errors.AsType[*session.LineError](err); !line {
				return nil, in.unusable(err)
			}
		case whose.wants(&rec) && rec.Kind == session.KindPlan && rec.Status == http.StatusOK:
			return bytes.Clone(rec.Body), whose.check(app, in.name)
		}
	}
}

// announce says where the server is, what it holds, and how to go on.
func (h *house) announce(app *App, addr net.Addr, files *tokenFiles) {
	app.note("serving %s", h.ready.URL)
	scheme, _, _ := strings.Cut(h.ready.URL, "://")
	announceReachable(app, addr, scheme)
	warnReachable(app, addr, scheme)
	h.announceDatabase(app)
	h.announcePlan(app)
	app.note("tokens: %s", files.ready)
	app.note("tail it: %s", files.tailLine(h))
}

// announcePlan says what the first plan holds, and how much of it /api/plan shows today.
func (h *house) announcePlan(app *App) {
	items := len(h.plan.Appointments) + len(h.plan.Bills)
	if items == 0 {
		return
	}
	app.note("plan of %s, version %d: %s and %s", h.plan.Recipient.DisplayName, h.plan.Version.Number,
		render.Plural(len(h.plan.Appointments), "appointment"), render.Plural(len(h.plan.Bills), "bill"))
	start := payload.Midnight(h.now())
	shown, err := h.store().Plan(context.Background(), h.plan.Recipient.UserID, store.Range{Start: start, End: start.AddDate(0, 0, 7)})
	if visible := len(shown.Appointments) + len(shown.Bills); err == nil && visible < items {
		app.note("warning: only %d of %d fall into the week from %s; --clock sets another day", visible, items, start.Format(time.DateOnly))
	}
}
