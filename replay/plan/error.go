package plan

import "fmt"

// Error says where a text stops being JSON, or the JSON of a plan. It never holds any of the text.
type Error struct {
	Offset int    // in bytes, from 0
	Reason string // lower case, without a full stop
}

// Error returns the reason and the offset.
func (e *Error) Error() string {
	return fmt.Sprintf("%s at byte %d", e.Reason, e.Offset)
}

// The reasons of an Error.
const (
	reasonEnd     = "unexpected end of text"
	reasonValue   = "no value where one must be"
	reasonName    = "no member name where one must be"
	reasonColon   = "no colon after a member name"
	reasonComma   = "neither a comma nor the end of an object or a list"
	reasonControl = "bare control character in a string"
	reasonEscape  = "unknown escape in a string"
	reasonUTF8    = "invalid UTF-8"
	reasonNumber  = "malformed number"
	reasonDeep    = "nested too deeply"
	reasonAfter   = "something after the end"
	reasonLarge   = "larger than 4 GiB"

	reasonObject = "a plan must be an object"
	reasonList   = "appointments, bills and collaborators must be lists"
	reasonNoList = "a plan must have appointments or bills"
)
