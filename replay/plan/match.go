package plan

import "bytes"

// Matcher finds the members of one object in another. It remembers where it found them: in a list
// of like objects, the members of one kind of object stand in the same place again and again. The
// zero value is ready.
type Matcher struct {
	members []Member
	places  []int // where the member at this place of the other object was found last
	index   map[string]int
}

// Against sets the members to find names in. They must not hold a name twice, as [Members] sees to.
func (m *Matcher) Against(members []Member) {
	m.members, m.index = members, nil
	if len(members) < indexFrom {
		return
	}
	m.index = make(map[string]int, len(members))
	for i := range members {
		m.index[string(members[i].Name)] = i
	}
}

// Find returns the index of the member of that name, or -1. The name is that of the other object's
// member i.
func (m *Matcher) Find(i int, name []byte) int {
	if m.index != nil {
		if at, ok := m.index[string(name)]; ok {
			return at
		}
		return -1
	}
	for len(m.places) <= i && i < indexFrom {
		m.places = append(m.places, len(m.places))
	}
	if i < len(m.places) {
		if at := m.places[i]; at < len(m.members) && bytes.Equal(m.members[at].Name, name) {
			return at
		}
	}
	at := find(m.members, name)
	if at >= 0 && i < len(m.places) {
		m.places[i] = at
	}
	return at
}
