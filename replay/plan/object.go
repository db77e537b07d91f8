package plan

import (
	"bytes"

	"github.com/carebase/deltatap/replay/rawjson"
)

// Member is a name and its raw value.
type Member struct {
	Name  []byte // without quotes, escapes resolved
	Value []byte // raw
	At    int    // where the value begins in the text that was read
}

// Members appends the members of a JSON object to dst, in the order of the text. Where a name
// occurs twice, the last value stands in the place of the first. A text that is no valid object has
// none.
func Members(dst []Member, object []byte) []Member {
	s := scanner{text: object}
	i := rawjson.SkipSpace(s.text, 0)
	if i >= len(object) || object[i] != '{' {
		return dst
	}
	set := names{members: dst, from: len(dst)}
	next, more := s.open(i, 0, '}')
	for more {
		nameEnd, value := s.member(next)
		if value < 0 {
			return dst
		}
		end := s.value(value, 1)
		if end < 0 {
			return dst
		}
		set.add(Member{Name: rawjson.Unquote(object[next:nameEnd]), Value: object[value:end:end], At: value})
		next, more = s.after(end, '}')
	}
	if next < 0 || s.rest(next) < 0 {
		return dst
	}
	return set.members
}

// Get returns the raw value of an object's member of that name; nil where it has none. A text that
// is no valid object has none.
func Get(object []byte, name string) []byte {
	var room [24]Member
	for _, m := range Members(room[:0], object) {
		if string(m.Name) == name {
			return m.Value
		}
	}
	return nil
}

// names collects members and finds those whose name came before. Objects are small, so that names
// are compared one by one, and only where a filter of one bit a name says that it may have come
// before; large ones get an index.
type names struct {
	members []Member
	from    int // where this object's members begin
	seen    uint64
	index   map[string]int
}

const indexFrom = 64 // members from which on an index is kept

func (n *names) add(m Member) {
	if i := n.find(m.Name); i >= 0 {
		n.members[i].Value, n.members[i].At = m.Value, m.At
		return
	}
	if n.index != nil {
		n.index[string(m.Name)] = len(n.members)
	}
	n.members = append(n.members, m)
}

func (n *names) find(name []byte) int {
	if len(n.members)-n.from >= indexFrom {
		return n.indexed(name)
	}
	bit := nameBit(name)
	seen := n.seen&bit != 0
	n.seen |= bit
	if !seen {
		return -1
	}
	for i := n.from; i < len(n.members); i++ {
		if bytes.Equal(n.members[i].Name, name) {
			return i
		}
	}
	return -1
}

func (n *names) indexed(name []byte) int {
	if n.index == nil {
		n.index = make(map[string]int, 2*indexFrom)
		for i := n.from; i < len(n.members); i++ {
			n.index[string(n.members[i].Name)] = i
		}
	}
	if i, ok := n.index[string(name)]; ok {
		return i
	}
	return -1
}

// nameBit picks one of 64 bits by a name's length and ends.
func nameBit(name []byte) uint64 {
	if len(name) == 0 {
		return 1
	}
	return 1 << ((uint(len(name))*7 + uint(name[0])*3 + uint(name[len(name)-1])) & 63)
}

// Elements returns the elements of a valid JSON list, in order. Any other text has none.
func Elements(list []byte) [][]byte {
	s := scanner{text: list}
	i := rawjson.SkipSpace(s.text, 0)
	if i >= len(list) || list[i] != '[' {
		return nil
	}
	var elements [][]byte
	next, more := s.open(i, 0, ']')
	for more {
		end := s.value(next, 1)
		if end < 0 {
			return nil
		}
		elements = append(elements, list[next:end:end])
		next, more = s.after(end, ']')
	}
	return elements
}
