package plan

import (
	"iter"
	"strconv"

	"github.com/carebase/deltatap/replay/rawjson"
)

// List is one of a plan's lists of items, in the order of the text.
type List struct {
	text  []byte
	spans []span
}

// span is where an item lies in the text, and its id.
type span struct {
	id      int64
	at, end uint32
	hasID   bool
}

// Item is one element of a list.
type Item struct {
	ID    int64  // 0 unless HasID
	HasID bool   // the element is an object whose id is an integer that fits an int64
	Raw   []byte // the element, byte for byte
}

// Len returns how many items there are.
func (l *List) Len() int { return len(l.spans) }

// ID returns the id of item i; 0 where it has none.
func (l *List) ID(i int) int64 { return l.spans[i].id }

// HasID reports whether item i is an object whose id is an integer that fits an int64.
func (l *List) HasID(i int) bool { return l.spans[i].hasID }

// Raw returns the text of item i.
func (l *List) Raw(i int) []byte {
	s := &l.spans[i]
	return l.text[s.at:s.end:s.end]
}

// At returns item i.
func (l *List) At(i int) Item {
	return Item{ID: l.spans[i].id, HasID: l.spans[i].hasID, Raw: l.Raw(i)}
}

// All yields the items with their indexes.
func (l *List) All() iter.Seq2[int, Item] {
	return func(yield func(int, Item) bool) {
		for i := range l.spans {
			if !yield(i, l.At(i)) {
				return
			}
		}
	}
}

// items reads a list of items.
func (r *reader) items(i int, l *List) int {
	if i >= len(r.text) || r.text[i] != '[' {
		if end := r.value(i, 1); end < 0 {
			return end
		}
		return r.fail(i, reasonList)
	}
	*l = List{text: r.text, spans: l.spans[:0]}
	next, more := r.open(i, 1, ']')
	for more {
		s := span{at: uint32(next)}
		end := r.item(next, &s)
		s.end = uint32(end)
		l.spans = append(l.spans, s)
		next, more = r.after(end, ']')
	}
	return next
}

// item reads one element and, if it is an object, its id.
func (r *reader) item(i int, s *span) int {
	if i >= len(r.text) || r.text[i] != '{' {
		return r.value(i, 2)
	}
	next, more := r.open(i, 2, '}')
	for k := 0; more; k++ {
		value := r.shape.value(&r.scanner, k, next)
		isID := value >= 0 && r.shape.keys[k].id
		if value < 0 {
			value, isID = r.newKey(k, next)
		}
		if value < 0 {
			return -1
		}
		end := r.value(value, 3)
		if isID && end >= 0 {
			s.id, s.hasID = Int64(r.text[value:end])
		}
		next, more = r.after(end, '}')
	}
	return next
}

// TextID returns the whole number that an item has as a text where an id should be: {"id":"1"}. It
// is not ok where it has none.
func TextID(item []byte) (int64, bool) {
	value := Get(item, "id")
	if KindOf(value) != String {
		return 0, false
	}
	id, err := strconv.ParseInt(string(rawjson.Unquote(value)), 10, 64)
	return id, err == nil
}

// newKey reads the name of member k, and remembers it.
func (r *reader) newKey(k, i int) (value int, id bool) {
	nameEnd, value := r.member(i)
	if value < 0 {
		return -1, false
	}
	id = isID(r.text[i:nameEnd])
	r.shape.set(k, key{text: r.text[i:value], id: id})
	return value, id
}

// isID reports whether a quoted name is "id", however it is escaped: `"\u0069\u0064"` is, too.
func isID(name []byte) bool {
	if len(name) == len(`"id"`) {
		return string(name) == `"id"`
	}
	return len(name) >= len(`"\u0069d"`) && (name[1] == '\\' || name[2] == '\\') && string(rawjson.Unquote(name)) == "id"
}
