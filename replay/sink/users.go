package sink

import (
	"fmt"
	"strconv"

	"github.com/carebase/deltatap/replay/session"
)

// Users says into whose room a record goes. A record names its user in a member "user", or the
// session does in its header; the zero value sends each to the user that is named.
type Users struct {
	Of      map[int64]int64 // the target's user, for a user of the session
	Default int64           // for records whose user is not named, or not in Of; 0: see User
	All     bool            // Default is for every record
	Header  int64           // the user whom the session's header names; 0 where it names none
}

// UnknownUserError is a record that goes into nobody's room.
type UnknownUserError struct {
	N    int64
	User int64 // whom it names; 0 where it names nobody
}

func (e *UnknownUserError) Error() string {
	if e.User == 0 {
		return fmt.Sprintf("record %d names no user", e.N)
	}
	return fmt.Sprintf("record %d is of user %d, who is mapped to nobody", e.N, e.User)
}

// User is the user of the target whom a record is for. The error is an *UnknownUserError.
func (u *Users) User(rec *session.Record) (int64, error) {
	if u.All {
		return u.Default, nil
	}
	from := rec.UserID()
	if from == 0 {
		from = u.Header
	}
	if to, ok := u.Of[from]; ok && from != 0 {
		return to, nil
	}
	switch {
	case u.Default != 0:
		return u.Default, nil
	case from != 0 && len(u.Of) == 0:
		return from, nil
	}
	return 0, &UnknownUserError{N: rec.N, User: from}
}

// Room is the name of a user's room.
func Room(user int64) string { return "user:" + strconv.FormatInt(user, 10) }
