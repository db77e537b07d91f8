package diff

import (
	"bytes"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/rawjson"
)

// Field is one member in which two JSON objects differ.
type Field struct {
	// Path leads to the member: "status", "googleSync.etag". A name that is empty, or holds a dot, a
	// quote, a bracket, a star, white space or a control character, is written as a JSON string in
	// brackets: `["a.b"].c`. The path of the value itself is empty.
	Path string
	// Cached and Server are the raw JSON of both sides; nil where the member is absent, "null" where
	// it is null.
	Cached, Server []byte
	// SameInstant says that both are strings that spell one instant (RFC 3339) in two ways.
	SameInstant bool
}

// Fields lists how two JSON values differ, in the order of the server's members, those that only
// the cache has last. Nested objects are gone into where both sides have one; lists differ as a
// whole. Values that are no objects, or no JSON, differ as a whole as well, under an empty path.
// Nil is an absent value.
func Fields(cached, server []byte) []Field {
	if bytes.Equal(cached, server) && (cached == nil) == (server == nil) {
		return nil
	}
	cached, server = trim(cached), trim(server)
	var c comparer
	if cached == nil || server == nil || plan.Valid(cached) != nil || plan.Valid(server) != nil {
		c.add(0, cached, server)
	} else {
		c.value(0, cached, server)
	}
	return c.fields
}

func trim(raw []byte) []byte {
	if raw == nil {
		return nil
	}
	return bytes.Trim(raw, " \t\r\n")
}

// comparer lists the fields in which values differ. Reuse it for values of one kind: it remembers
// where members stand.
type comparer struct {
	filter *filter // nil lets everything pass
	item   contract.Item
	fields []Field
	names  [][]byte // the way to the value that is looked at
	levels []*level
}

// level is the scratch space of one level of nesting.
type level struct {
	cached, server []plan.Member
	readCached     plan.Reader
	readServer     plan.Reader
	found          []bool // by index of the cached member: the server has it
	match          plan.Matcher
}

// value compares two values that are there.
func (c *comparer) value(depth int, cached, server []byte) {
	if bytes.Equal(cached, server) {
		return
	}
	if plan.KindOf(cached) == plan.Object && plan.KindOf(server) == plan.Object {
		l := c.level(depth)
		l.cached, l.server = l.readCached.Members(l.cached[:0], cached), l.readServer.Members(l.server[:0], server)
		c.members(depth, l.cached, l.server)
		return
	}
	if !plan.Equal(cached, server) {
		c.add(depth, cached, server)
	}
}

func (c *comparer) level(depth int) *level {
	for len(c.levels) <= depth {
		c.levels = append(c.levels, &level{})
		c.names = append(c.names, nil)
	}
	return c.levels[depth]
}

// members compares the members of two objects.
func (c *comparer) members(depth int, cached, server []plan.Member) {
	l := c.level(depth)
	l.match.Against(cached)
	l.found = append(l.found[:0], make([]bool, len(cached))...)
	for i := range server {
		c.names[depth] = server[i].Name
		if k := l.match.Find(i, server[i].Name); k >= 0 {
			l.found[k] = true
			c.value(depth+1, cached[k].Value, server[i].Value)
		} else {
			c.add(depth+1, nil, server[i].Value)
		}
	}
	for k, found := range l.found {
		if !found {
			c.names[depth] = cached[k].Name
			c.add(depth+1, cached[k].Value, nil)
		}
	}
}

// add notes a difference in the value at the end of so many names.
func (c *comparer) add(depth int, cached, server []byte) {
	if !c.filter.field(c.item, c.names[:depth]) {
		return
	}
	c.fields = append(c.fields, Field{
		Path: path(c.names[:depth]), Cached: cached, Server: server, SameInstant: sameInstant(cached, server),
	})
}

func sameInstant(a, b []byte) bool {
	s, ok := rawjson.ReadInstant(a)
	if !ok {
		return false
	}
	t, ok := rawjson.ReadInstant(b)
	return ok && s.Equal(t)
}

// path writes the way to a value.
func path(names [][]byte) string {
	var b strings.Builder
	for i, name := range names {
		if needsQuotes(name) {
			quoted, _ := jsontext.AppendQuote(nil, bytes.ToValidUTF8(name, []byte("\ufffd"))) // valid UTF-8 can be quoted
			b.WriteString("[" + string(quoted) + "]")
			continue
		}
		if i > 0 {
			b.WriteByte('.')
		}
		b.Write(name)
	}
	return b.String()
}

func needsQuotes(name []byte) bool {
	return len(name) == 0 || bytes.ContainsFunc(name, func(r rune) bool {
		return r <= ' ' || r == 0x7f || strings.ContainsRune(`."'[]*`, r)
	})
}
