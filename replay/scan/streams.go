package scan

import (
	"cmp"
	"slices"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/versions"
)

// stream is what a session tells of one user's plan. Its versions mean nothing beside those of
// another's.
type stream struct {
	user    int64
	account versions.Account
	checker contract.Checker
}

// streams are those of all users.
type streams struct {
	home   int64 // the user whom the part's header names; 0 where it names none
	byUser map[int64]*stream
	last   *stream // that was asked for: most likely the next, too
}

// of is the stream of the user whom a record names; 0 where it names none, and then it is the
// header's.
func (s *streams) of(user int64) *stream {
	if user == 0 {
		user = s.home
	}
	if s.last != nil && s.last.user == user {
		return s.last
	}
	if s.byUser == nil {
		s.byUser = map[int64]*stream{}
	}
	s.last = s.byUser[user]
	if s.last == nil {
		s.last = &stream{user: user}
		s.byUser[user] = s.last
	}
	return s.last
}

// users are those of whose plan a version was told; where there is none, the one that the header
// names, or nobody.
func (s *streams) users() []User {
	var out []User
	for _, at := range s.byUser {
		if at.account.Proven() > 0 {
			out = append(out, User{at.user, &at.account})
		}
	}
	if len(out) == 0 {
		at := s.of(0)
		out = append(out, User{at.user, &at.account})
	}
	slices.SortFunc(out, func(a, b User) int { return cmp.Compare(a.ID, b.ID) })
	return out
}
