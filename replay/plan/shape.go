package plan

import (
	"bytes"

	"github.com/carebase/deltatap/replay/rawjson"
)

// shape remembers how the members of an object were named and spelled, up to their values. The
// objects of a list are alike, so that most names need no reading: they are compared with those of
// the object before.
type shape struct {
	keys []key
}

// key is a member from its first quote to its value.
type key struct {
	text []byte
	name []byte // what the quotes say
	id   bool   // that is "id"
}

// maxKeys is how many members of an object are remembered.
const maxKeys = indexFrom

// value returns where the value of member k begins, if the member at i is named as that of the
// object before, or -1.
func (h *shape) value(s *scanner, k, i int) int {
	if k < len(h.keys) && bytes.HasPrefix(s.text[i:], h.keys[k].text) {
		return rawjson.SkipSpace(s.text, i+len(h.keys[k].text))
	}
	return -1
}

// set remembers member k.
func (h *shape) set(k int, m key) {
	switch {
	case k < len(h.keys):
		h.keys[k] = m
	case k < maxKeys:
		h.keys = append(h.keys, m)
	}
}

// A Reader reads the members of objects that are like each other faster than [Members] does. The
// zero value is ready.
type Reader struct {
	shape shape // always of one object, whose names all differ
}

// Members does what the function of that name does. Names may be those of an object that was read
// before, whose text must not change.
func (r *Reader) Members(dst []Member, object []byte) []Member {
	s := scanner{text: object}
	i := rawjson.SkipSpace(s.text, 0)
	if i >= len(object) || object[i] != '{' {
		return dst
	}
	members := dst
	next, more := s.open(i, 0, '}')
	for k := 0; more; k++ {
		value := r.shape.value(&s, k, next)
		if value < 0 {
			return r.learn(dst, object)
		}
		end := s.value(value, 1)
		if end < 0 {
			return dst
		}
		members = append(members, Member{Name: r.shape.keys[k].name, Value: object[value:end:end], At: value})
		next, more = s.after(end, '}')
	}
	if next < 0 || s.rest(next) < 0 {
		return dst
	}
	return members
}

// learn reads an object that is not like the one before, and remembers it.
func (r *Reader) learn(dst []Member, object []byte) []Member {
	members := Members(dst, object)
	r.shape.keys = r.shape.keys[:0]
	s := scanner{text: object}
	next, _ := s.open(rawjson.SkipSpace(s.text, 0), 0, '}')
	for k := range min(len(members)-len(dst), maxKeys) {
		_, value := s.member(next)
		m := &members[len(dst)+k]
		if m.At != value {
			break // a name that occurs twice: what was remembered so far is of one object still
		}
		r.shape.set(k, key{text: object[next:value], name: m.Name})
		next, _ = s.after(m.At+len(m.Value), '}')
	}
	return members
}
