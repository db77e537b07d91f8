package commands

import (
	"fmt"

	"github.com/carebase/deltatap/replay/session"
)

// oneUser picks the records of one client out of a session that holds those of several users, who each have versions of their own:
// of the user who is asked for, or whom the header names, or who is named first. What names nobody is everybody's.
type oneUser struct {
	user   int64 // 0: nobody was named yet
	others map[int64]bool
}

func newOneUser(asked int64, h session.Header) *oneUser {
	if asked == 0 {
		asked = h.UserID()
	}
	return &oneUser{user: asked, others: map[int64]bool{}}
}

// wants tells whether a record is of that user.
func (o *oneUser) wants(rec *session.Record) bool {
	user := rec.UserID()
	if o.user == 0 {
		o.user = user
	}
	if user != 0 && user != o.user {
		o.others[user] = true
		return false
	}
	return true
}

// warn says whose records were passed over.
func (o *oneUser) warn(app *App, name string) {
	if n := len(o.others); n > 0 {
		app.warn(fmt.Sprintf("%s holds the records of %d users: those of user %d are compared", name, n+1, o.user))
	}
}
