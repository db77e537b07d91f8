package plancache

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"

	"github.com/carebase/deltatap/replay/plan"
)

// frame is a plan's text without what deltas change: its items and its version. What is left is
// kept byte for byte, members that nobody knows yet included.
type frame struct {
	loaded  bool
	parts   []part
	tail    []byte
	written []byte // planVersion as the answer writes it; nil where it has none
	version int64  // that as a number
}

// part is a stretch of text, and the value behind it that is written anew.
type part struct {
	text  []byte
	value string // the member's name
	added bool   // the answer has no such member
}

// rewritten are the members that are written anew.
var rewritten = []string{"appointments", "bills", "planVersion"}

// newFrame takes the frame of a plan. It keeps nothing of text by reference.
func newFrame(text []byte, p *plan.Plan) frame {
	f := frame{loaded: true, version: p.Version, written: bytes.Clone(p.Member("planVersion"))}
	missing, from := slices.Clone(rewritten), 0
	for _, m := range cuts(p) {
		name := string(m.Name)
		f.parts = append(f.parts, part{text: bytes.Clone(text[from:m.At]), value: name})
		from = m.At + len(m.Value)
		missing = slices.DeleteFunc(missing, func(s string) bool { return s == name })
	}
	end := bytes.LastIndexByte(text, '}')
	rest := bytes.Clone(text[from:end])
	for _, name := range missing {
		f.parts = append(f.parts, part{text: append(rest, `,"`+name+`":`...), value: name, added: true})
		rest = nil
	}
	f.tail = append(rest, '}')
	return f
}

// cuts returns the members that are written anew, in the order of the text.
func cuts(p *plan.Plan) []plan.Member {
	members := slices.DeleteFunc(slices.Clone(p.Members), func(m plan.Member) bool {
		return !slices.Contains(rewritten, string(m.Name))
	})
	slices.SortFunc(members, func(a, b plan.Member) int { return cmp.Compare(a.At, b.At) })
	return members
}

// AppendJSON appends the plan that the client holds, in the shape of /api/plan: the latest answer's
// text with the items and the version that there are now.
func (c *Cache) AppendJSON(dst []byte) []byte {
	if !c.frame.loaded {
		dst = c.appendItems(append(dst, `{"appointments":`...), &c.appointments)
		dst = c.appendItems(append(dst, `,"bills":`...), &c.bills)
		return append(strconv.AppendInt(append(dst, `,"planVersion":`...), c.version, 10), '}')
	}
	for _, p := range c.frame.parts {
		if p.added && c.policy == Mobile && p.value == "planVersion" && c.version == 0 {
			continue // the app adds a version only where a delta brought one
		}
		dst = append(dst, p.text...)
		switch p.value {
		case "appointments":
			dst = c.appendItems(dst, &c.appointments)
		case "bills":
			dst = c.appendItems(dst, &c.bills)
		default:
			dst = c.appendVersion(dst)
		}
	}
	return append(dst, c.frame.tail...)
}

func (c *Cache) appendVersion(dst []byte) []byte {
	if c.frame.written != nil && c.frame.version == c.version {
		return append(dst, c.frame.written...)
	}
	return strconv.AppendInt(dst, c.version, 10)
}

func (c *Cache) appendItems(dst []byte, l *list) []byte {
	dst = append(dst, '[')
	first := true
	for i := range l.order() {
		e := &l.entries[i]
		if !e.there() {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		dst, first = append(dst, c.raw(e)...), false
	}
	return append(dst, ']')
}
