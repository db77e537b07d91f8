package plan

import (
	"bytes"

	"github.com/carebase/deltatap/replay/rawjson"
)

// Equal reports whether two valid JSON values mean the same: numbers as numbers, strings whatever
// their escapes, objects whatever the order of their members, lists in order. Two spellings of one
// instant are two strings, and not equal.
func Equal(a, b []byte) bool {
	return bytes.Equal(a, b) || same(trim(a), trim(b))
}

func trim(raw []byte) []byte {
	return bytes.Trim(raw, " \t\r\n")
}

// same is Equal for values without white space around them.
func same(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	kind := KindOf(a)
	if kind != KindOf(b) {
		return false
	}
	switch kind {
	case String:
		return sameString(a, b)
	case Number:
		return sameNumber(a, b)
	case Object:
		return sameObject(a, b)
	case Array:
		return sameList(a, b)
	}
	return kind != None && a[0] == b[0] // null, true or false: the first letter decides
}

// Kind is the kind of a JSON value.
type Kind uint8

// The kinds of a JSON value; None is for no value.
const (
	None Kind = iota
	Null
	Bool
	Number
	String
	Array
	Object
)

// KindOf returns the kind of a valid JSON value by its first byte.
func KindOf(raw []byte) Kind {
	if len(raw) == 0 {
		return None
	}
	switch raw[0] {
	case 'n':
		return Null
	case 't', 'f':
		return Bool
	case '"':
		return String
	case '[':
		return Array
	case '{':
		return Object
	}
	return Number
}

func sameString(a, b []byte) bool {
	if bytes.IndexByte(a, '\\') < 0 && bytes.IndexByte(b, '\\') < 0 {
		return bytes.Equal(a, b)
	}
	return bytes.Equal(rawjson.Unquote(a), rawjson.Unquote(b))
}

func sameObject(a, b []byte) bool {
	var roomA, roomB [16]Member
	left, right := Members(roomA[:0], a), Members(roomB[:0], b)
	if len(left) != len(right) {
		return false
	}
	var match Matcher
	match.Against(right)
	for i := range left {
		k := match.Find(i, left[i].Name)
		if k < 0 || !same(left[i].Value, right[k].Value) {
			return false
		}
	}
	return true
}

func sameList(a, b []byte) bool {
	left, right := Elements(a), Elements(b)
	if len(left) != len(right) {
		return false
	}
	for i := range left {
		if !same(left[i], right[i]) {
			return false
		}
	}
	return true
}
