package session

import (
	"bytes"
	"strconv"
)

var userMember = []byte(`"user"`)

// UserID is the user whom the record itself names, in a member "user"; 0 where it names none. A
// record that was made here names nobody.
func (r *Record) UserID() int64 {
	if !bytes.Contains(r.Raw, userMember) {
		return 0
	}
	return userID(member(r.Raw, "user"))
}

// UserID is the user whom the header names; 0 where it names none.
func (h *Header) UserID() int64 { return userID(h.User) }

// userID reads a user's id as a session may write it: 7, "7", or {"id":7}; 0 where it is none.
func userID(raw []byte) int64 {
	if len(raw) > 0 && raw[0] == '{' {
		raw = member(raw, "id")
	}
	id, err := strconv.ParseInt(string(bytes.Trim(raw, `"`)), 10, 64)
	if err != nil || id <= 0 {
		return 0
	}
	return id
}

// member is the raw value of a member of an object; nil where there is none.
func member(object []byte, name string) []byte {
	m, _ := parseMembers(object)
	return m[name]
}
