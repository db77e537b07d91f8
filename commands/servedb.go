package commands

import (
	"context"
	"crypto/x509"
	"errors"
	"strings"

	"github.com/carebase/deltatap/render"
	"github.com/carebase/deltatap/replay/server/cluster"
	"github.com/carebase/deltatap/replay/server/store"
	"github.com/carebase/deltatap/replay/server/store/postgres"
)

// mostTokens is how many users of a database get a token where nobody says which.
const mostTokens = 100

// dwell makes who lives on the server: in memory, or in a database.
func (o *serveOptions) dwell(ctx context.Context, app *App) (*house, error) {
	if o.db != "" {
		return o.databaseHouse(ctx, app)
	}
	switch {
	case o.createSchema:
		return nil, usage("--db names the database", "--create-schema without --db")
	case len(o.only) > 0:
		return nil, usage("--db names the database whose users they are; --users says how many live in memory", "--user without --db")
	}
	return o.house(app)
}

// seeds says whether somebody is to move into the database.
func (o *serveOptions) seeds() bool {
	return o.createSchema || o.plan != "" || o.peopled || o.collaborator
}

// databaseHouse opens a database, moves in who is to live there, and admits who does.
func (o *serveOptions) databaseHouse(ctx context.Context, app *App) (*house, error) {
	h, err := o.begin(app)
	if err != nil {
		return nil, err
	}
	var seed store.Seed
	if o.seeds() {
		if seed, err = o.seed(app, h.now().UTC()); err != nil {
			return nil, err
		}
	}
	notify := func(line string) { app.note("server: %s", line) }
	if h.database, err = postgres.Open(ctx, o.db, postgres.Options{Notify: notify}); err != nil {
		return nil, databaseError(err)
	}
	if err = o.settle(ctx, h, seed); err == nil {
		err = o.admitUsers(ctx, app, h)
	}
	if err != nil {
		return nil, errors.Join(err, h.close())
	}
	o.lacks(app, seed)
	return h, nil
}

// settle makes the database one that can be served.
func (o *serveOptions) settle(ctx context.Context, h *house, seed store.Seed) error {
	switch {
	case o.createSchema:
		if err := h.database.Create(ctx, seed); err != nil {
			return o.seedError(err, "the tables are there: leave --create-schema out; or is it another database that was meant?")
		}
	case o.seeds():
		if err := h.database.Check(ctx); err != nil {
			return databaseError(err)
		}
		if err := h.database.Seed(ctx, seed); err != nil {
			return o.seedError(err, "--plan, --users and --collaborator are for a database in which nobody lives: leave them out to serve those who do")
		}
	default:
		if err := h.database.Check(ctx); err != nil {
			return databaseError(err)
		}
	}
	if len(seed.Plans) > 0 {
		h.plan = seed.Plans[0]
	}
	return nil
}

// lacks says what of the seed's plans is not there any more.
func (o *serveOptions) lacks(app *App, seed store.Seed) {
	for _, plan := range seed.Plans {
		if names := postgres.Lacks(plan); len(names) > 0 {
			app.warn("the database has no column for what the plan holds as " + strings.Join(names, ", ") + ": left out")
		}
	}
}

// admitUsers gives tokens to the users of the database: those that were named, or the first ones.
func (o *serveOptions) admitUsers(ctx context.Context, app *App, h *house) error {
	users, total, err := h.database.Users(ctx, mostTokens)
	if err != nil {
		return databaseError(err)
	}
	if len(o.only) > 0 {
		if users, err = namedUsers(ctx, h.database, o.only); err != nil {
			return err
		}
	} else if total > len(users) {
		app.note("tokens are for %d of the %d users in the database, by id; --user ID names others", len(users), total)
	}
	if len(users) == 0 {
		return usage("--plan FILE, or --users 1, moves somebody in", "nobody lives in the database: it has no users")
	}
	return h.admit(users, app.Env("DELTATAP_TOKEN"))
}

func namedUsers(ctx context.Context, db *postgres.Store, ids []int64) ([]store.User, error) {
	users := make([]store.User, 0, len(ids))
	seen := map[int64]bool{}
	for _, id := range ids {
		if seen[id] {
			continue
		}
		seen[id] = true
		user, err := db.User(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			return nil, usage("", "--user %d: the database has no such user", id)
		}
		if err != nil {
			return nil, databaseError(err)
		}
		users = append(users, user)
	}
	return users, nil
}

// seedError says why nobody moved in.
func (o *serveOptions) seedError(err error, hint string) error {
	if errors.Is(err, store.ErrTaken) || errors.Is(err, store.ErrInvalid) {
		what := "the plan"
		if o.plan != "" {
			what = o.plan
		}
		return &Error{Code: ExitUsage, What: what + " does not fit into the database", Err: err, Hint: "nothing was written"}
	}
	var told *Error
	if unusable, ok := errors.AsType[*postgres.UnusableError](err); ok {
		told = &Error{Code: ExitUsage, What: unusable.Message, Hint: hint}
		return told
	}
	return databaseError(err)
}

// databaseError turns an error of the database's into what the user is told.
func databaseError(err error) error {
	told := &Error{What: "cannot keep plans in the database", Err: err}
	switch {
	case isA[*postgres.UnreachableError](err):
		told.Code, told.Hint = ExitUnreachable, "is PostgreSQL up, and is this its address?"
	case isA[*postgres.RefusedError](err):
		told.Code, told.Hint = ExitRefused, "the login of --db needs the right to read and write the tables of a Carebase server"
	case isA[*postgres.UnusableError](err):
		told.Code, told.Hint = ExitUsage, "--create-schema makes the tables in an empty database"
	default:
		return err
	}
	return told
}

// joinCluster joins the cluster of --redis, where there is one.
func (o *serveOptions) joinCluster(ctx context.Context, app *App) (*cluster.Cluster, error) {
	if o.redis == "" {
		return nil, nil
	}
	c, err := cluster.Open(ctx, o.redis, cluster.Options{
		TLS: o.trusted, Notify: func(line string) { app.note("server: %s", line) },
	})
	if err != nil {
		return nil, clusterError(err)
	}
	if o.db == "" {
		app.warn("without --db each server of the cluster keeps plans of its own, and the versions of one say nothing to the clients of another")
	}
	return c, nil
}

func leaveCluster(joined *cluster.Cluster) error {
	if joined == nil {
		return nil
	}
	return joined.Close()
}

// clusterError turns an error of Redis into what the user is told.
func clusterError(err error) error {
	told := &Error{What: "cannot join the cluster", Err: err}
	switch {
	case isA[*cluster.UnreachableError](err):
		told.Code, told.Hint = ExitUnreachable, "is Redis up, and is this its address?"
		if isA[x509.UnknownAuthorityError](err) {
			told.Hint = trustHint
		}
	case isA[*cluster.RefusedError](err):
		told.Code, told.Hint = ExitRefused, "the login of --redis needs the right to publish and to subscribe"
	case isA[*cluster.UnusableError](err):
		told.Code = ExitUsage
	default:
		return err
	}
	return told
}

func isA[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// announceDatabase says where the plans are, and whose.
func (h *house) announceDatabase(app *App) {
	if h.database != nil {
		app.note("plans are kept in PostgreSQL at %s; tokens for %s", h.database.Place(), render.Plural(len(h.ready.Users), "user"))
	}
}
