package diff

import (
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/carebase/deltatap/replay/contract"
)

// Options narrow what is compared. A pattern is a path as [Field] writes it, such as
// "googleSync.etag", and stands for everything below it as well; "*" stands for any one name. It
// may begin with an item, or a type of item, "plan" being that of the plan's own members:
// "bill:42", "bill.amount", "plan.recipient". (A member that is called like that is written in
// brackets.) Items without a path stand for being there or not, too.
type Options struct {
	// Ignore is what is left out.
	Ignore []string
	// Only, where there is any, is what is not left out. A field of which a part is asked for stays:
	// googleSync, null on one side, for "googleSync.etag". An item that is missing or a ghost stays if
	// a pattern fits the item, whatever its path.
	Only []string
}

// PatternError says what is wrong with a pattern.
type PatternError struct {
	Pattern string
	Reason  string
}

// Error quotes the pattern and gives the reason.
func (e *PatternError) Error() string {
	return fmt.Sprintf("pattern %q: %s", e.Pattern, e.Reason)
}

// Validate returns a *PatternError for the first pattern that is none.
func (o Options) Validate() error {
	_, err := newFilter(o)
	return err
}

// filter is Options, understood. Nil lets everything pass.
type filter struct {
	ignore, only []pattern
}

type pattern struct {
	itemType string // empty: any
	id       int64
	hasID    bool
	names    []name
}

// name is one step of a pattern's path.
type name struct {
	text string
	any  bool
}

func newFilter(o Options) (*filter, error) {
	if len(o.Ignore)+len(o.Only) == 0 {
		return nil, nil
	}
	var f filter
	for _, group := range []struct {
		texts []string
		into  *[]pattern
	}{{o.Ignore, &f.ignore}, {o.Only, &f.only}} {
		for _, text := range group.texts {
			p, reason := parsePattern(text)
			if reason != "" {
				return nil, &PatternError{Pattern: text, Reason: reason}
			}
			*group.into = append(*group.into, p)
		}
	}
	return &f, nil
}

// item reports whether an item that is on one side only counts.
func (f *filter) item(it contract.Item) bool {
	if f == nil {
		return true
	}
	for _, p := range f.ignore {
		if p.fits(it) && len(p.names) == 0 {
			return false
		}
	}
	for _, p := range f.only {
		if p.fits(it) {
			return true
		}
	}
	return len(f.only) == 0
}

// field reports whether a field that differs counts.
func (f *filter) field(it contract.Item, names [][]byte) bool {
	if f == nil {
		return true
	}
	for _, p := range f.ignore {
		if p.fits(it) && len(p.names) <= len(names) && p.along(names) {
			return false
		}
	}
	for _, p := range f.only {
		if p.fits(it) && p.along(names) {
			return true
		}
	}
	return len(f.only) == 0
}

func (p *pattern) fits(it contract.Item) bool {
	return p.itemType == "" || p.itemType == it.Type && (!p.hasID || p.id == it.ID)
}

// along reports whether a pattern's path and a field's are the same as far as both go.
func (p *pattern) along(names [][]byte) bool {
	for i := range min(len(p.names), len(names)) {
		if !p.names[i].any && p.names[i].text != string(names[i]) {
			return false
		}
	}
	return true
}

// parsePattern reads a pattern; the reason is empty where it is one.
func parsePattern(text string) (p pattern, reason string) {
	rest := text
	if end := nameEnd(text); p.takeItem(text[:end]) {
		rest = strings.TrimPrefix(text[end:], ".")
		if end == len(text) {
			return p, ""
		}
	}
	for first := true; first || rest != ""; first = false {
		var n name
		if n, rest, reason = parseName(rest, first); reason != "" {
			return p, reason
		}
		p.names = append(p.names, n)
	}
	return p, ""
}

// takeItem takes what a pattern begins with for an item or a type, if it is one.
func (p *pattern) takeItem(head string) bool {
	itemType, id, hasID := strings.Cut(head, ":")
	switch itemType {
	case contract.TypeAppointment, contract.TypeBill, TypeCollaborator, contract.TypePlan:
	default:
		return false
	}
	if hasID {
		it, err := contract.ParseItem(contract.TypeBill + ":" + id)
		if err != nil {
			return false
		}
		p.id, p.hasID = it.ID, true
	}
	p.itemType = itemType
	return true
}

// parseName takes the first name of a path, and what separates it from the one before.
func parseName(rest string, first bool) (n name, tail, reason string) {
	if strings.HasPrefix(rest, "[") {
		return parseQuoted(rest[1:])
	}
	if !first {
		if rest[0] != '.' {
			return n, "", "a name ends with a dot, a bracket, or the pattern"
		}
		rest = rest[1:]
	}
	end := nameEnd(rest)
	if n.text = rest[:end]; n.text == "" {
		return n, "", "a name is empty"
	}
	n.any = n.text == "*"
	return n, rest[end:], ""
}

// nameEnd returns where a name without quotes ends.
func nameEnd(rest string) int {
	if end := strings.IndexAny(rest, ".["); end >= 0 {
		return end
	}
	return len(rest)
}

// parseQuoted takes a JSON string and the bracket behind it.
func parseQuoted(rest string) (n name, tail, reason string) {
	const no = `brackets must hold a JSON string: ["a.b"]`
	for end := strings.Index(rest, "]"); end >= 0; {
		text, err := jsontext.AppendUnquote(nil, rest[:end])
		if err == nil {
			return name{text: string(text)}, rest[end+1:], ""
		}
		next := strings.Index(rest[end+1:], "]")
		if next < 0 {
			break
		}
		end += 1 + next
	}
	return n, "", no
}
