package commands

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/carebase/deltatap/render"
	"github.com/carebase/deltatap/replay/session"
)

// oneUser picks the records of one client out of a session that holds those of several users, who
// each have versions of their own: of the user who is asked for, or whom the header names, or who
// is named first. What came over a connection and names nobody is the header's user's; the rest,
// and where the header names nobody all, is everybody's.
type oneUser struct {
	user   int64 // 0: nobody was named yet
	home   int64 // whom the header names; 0 where it names none
	found  bool  // there was something that is that user's alone
	others map[int64]bool
}

func newOneUser(asked int64, h session.Header) *oneUser {
	home := h.UserID()
	if asked == 0 {
		asked = home
	}
	return &oneUser{user: asked, home: home, others: map[int64]bool{}}
}

// wants tells whether a record is of that user.
func (o *oneUser) wants(rec *session.Record) bool {
	user := rec.UserID()
	if user == 0 && told(rec.Kind) {
		user = o.home
	}
	if o.user == 0 {
		o.user = user
	}
	switch user {
	case 0:
		return true
	case o.user:
		o.found = true
		return true
	}
	o.others[user] = true
	return false
}

// told says whether records of a kind are what a server told somebody.
func told(kind session.Kind) bool {
	return kind == session.KindEvent || kind == session.KindPlan || kind == session.KindVersion
}

// check says whose records were passed over. It is an error where that were all: the user who was
// asked for is not in it.
func (o *oneUser) check(app *App, name string) error {
	switch n := len(o.others); {
	case n == 0:
	case !o.found:
		other := slices.Min(slices.Collect(maps.Keys(o.others)))
		return usage("--user ID takes another's", "%s: nothing in it is of user %d; it is of %s, like user %d", name, o.user, render.Plural(n, "other user"), other)
	default:
		app.warn(fmt.Sprintf("%s holds the records of %d users: those of user %d are taken; --user takes another's", name, n+1, o.user))
	}
	return nil
}

// readOne reads a recording like read, and takes the records of one user: of the one asked for,
// where that is not 0.
func (r recording) readOne(ctx context.Context, app *App, format string, asked int64, begin func(session.Header) func(*session.Record) error) error {
	var whose *oneUser
	err := r.read(ctx, app, format, func(h session.Header) func(*session.Record) error {
		whose = newOneUser(asked, h)
		each := begin(h)
		return func(rec *session.Record) error {
			if !whose.wants(rec) {
				return nil
			}
			return each(rec)
		}
	})
	if err != nil {
		return err
	}
	return whose.check(app, r.String())
}
