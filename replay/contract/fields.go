package contract

import (
	"bytes"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/carebase/deltatap/replay/rawjson"
)

// fieldKind is the type of a payload field when it is not null.
type fieldKind uint8

const (
	kindInteger fieldKind = iota
	kindNumber
	kindText
	kindStatus // text: todo, overdue or paid
	kindTime   // text: RFC 3339
	kindDate   // text: RFC 3339, a UTC midnight
	kindSync   // object: GoogleSync
)

// String names the kind in a sentence.
func (k fieldKind) String() string {
	switch k {
	case kindInteger:
		return "an integer"
	case kindNumber:
		return "a number"
	case kindSync:
		return "an object"
	}
	return "a string"
}

// accepts reports whether a raw value has the JSON type that the kind is written in.
func (k fieldKind) accepts(raw []byte) bool {
	switch c := raw[0]; k {
	case kindInteger, kindNumber:
		return c == '-' || '0' <= c && c <= '9'
	case kindSync:
		return c == '{'
	default:
		return c == '"'
	}
}

// payloadField is one field that a payload has.
type payloadField struct {
	name string
	kind fieldKind
	null bool // null is among its values
}

// maxFields is the length of the longest list of fields.
const maxFields = 15

// The fields of each payload, in the order in which servers write them.
var (
	appointmentFields = []payloadField{
		{"id", kindInteger, false},
		{"itemId", kindInteger, false},
		{"startLocal", kindTime, false},
		{"endLocal", kindTime, false},
		{"startTimeZone", kindText, true},
		{"endTimeZone", kindText, true},
		{"startOffset", kindText, true},
		{"endOffset", kindText, true},
		{"location", kindText, true},
		{"prepNote", kindText, true},
		{"summary", kindText, false},
		{"icsToken", kindText, false},
		{"assignedCollaboratorId", kindInteger, true},
		{"createdAt", kindTime, false},
		{"googleSync", kindSync, true},
	}
	billFields = []payloadField{
		{"id", kindInteger, false},
		{"itemId", kindInteger, false},
		{"statementDate", kindDate, true},
		{"amount", kindNumber, true},
		{"dueDate", kindDate, true},
		{"payUrl", kindText, true},
		{"status", kindStatus, false},
		{"taskKey", kindText, true},
		{"assignedCollaboratorId", kindInteger, true},
		{"createdAt", kindTime, false},
		{"googleSync", kindSync, true},
	}
	syncFields = []payloadField{
		{"calendarId", kindText, true},
		{"eventId", kindText, true},
		{"etag", kindText, true},
		{"lastSyncedAt", kindTime, true},
		{"lastSyncDirection", kindText, true},
		{"localHash", kindText, true},
		{"remoteUpdatedAt", kindTime, true},
		{"syncStatus", kindText, true},
		{"lastError", kindText, true},
	}
)

// members puts the raw values of the fields of an object into vals, nil for those
// that are absent, and the last one where a name occurs twice. It reads by hand
// what it can, and the rest with jsontext, which also says what is wrong.
func members(object []byte, fields []payloadField, vals [][]byte) error {
	clear(vals)
	if fastMembers(object, fields, vals) {
		return nil
	}
	names := make([]string, len(fields))
	for k := range fields {
		names[k] = fields[k].name
	}
	return slowMembers(object, names, vals)
}

// fastMembers is members for an object with plain names, or declines.
func fastMembers(b []byte, fields []payloadField, vals [][]byte) bool {
	if len(b) == 0 || b[0] != '{' {
		return false
	}
	i := rawjson.SkipSpace(b, 1)
	if i < len(b) && b[i] == '}' {
		return true
	}
	expect := 0
	for {
		var from, to int
		if from, to, i = name(b, i); i < 0 {
			return false
		}
		end := skipValue(b, i, 1)
		if end < 0 {
			return false
		}
		if at := fieldNamed(fields, b[from:to], expect); at >= 0 {
			vals[at] = b[i:end:end]
			expect = at + 1
		}
		var done bool
		if i, done = next(b, end, '}'); i < 0 || done {
			return done
		}
	}
}

// fieldNamed returns the index of the field with a name, which is likely the one at
// expect, or -1.
func fieldNamed(fields []payloadField, name []byte, expect int) int {
	if expect < len(fields) && fields[expect].name == string(name) {
		return expect
	}
	for k := range fields {
		if fields[k].name == string(name) {
			return k
		}
	}
	return -1
}

// unquote returns the text of a raw JSON string. Invalid UTF-8 becomes U+FFFD.
func unquote(raw []byte) string {
	if bytes.IndexByte(raw, '\\') < 0 && utf8.Valid(raw) {
		return string(raw[1 : len(raw)-1])
	}
	b, _ := jsontext.AppendUnquote(make([]byte, 0, len(raw)), raw)
	return string(b)
}
