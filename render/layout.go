package render

import (
	"strconv"

	"github.com/carebase/deltatap/render/theme"
	"github.com/carebase/deltatap/replay/contract"
)

// layout is how the columns of a stream share a line. A terminal of 80 columns takes single blanks
// between columns and signs for actions; from wideFrom columns on there is room for words. In a
// pipe nothing is shortened, every column has something in it, and two blanks part the columns, so
// that cut and awk find them.
type layout struct {
	width                 int // columns of the terminal; unlimited in a pipe
	piped, wide           bool
	sep                   int
	ellipsis              string
	version, item, source int // widths of the columns that have one to keep
}

const (
	wideFrom   = 100 // columns from which actions are words
	fullFrom   = 120 // columns from which no source is abbreviated
	widestItem = 24  // columns of an item on a terminal, before it is shortened
)

func newLayout(width int, marks *theme.Marks) layout {
	l := layout{width: width, ellipsis: marks.Ellipsis, piped: width <= 0, wide: width <= 0 || width >= wideFrom}
	if l.piped {
		l.width = unlimited
	}
	l.sep, l.version, l.item, l.source = 1, 3, 13, 7
	if l.wide {
		l.sep, l.version, l.item = 2, 4, 14
	}
	if l.piped || width >= fullFrom {
		l.item, l.source = 16, 12
	}
	return l
}

// versionText is a delta's version, "-" where it has none.
func versionText(own []byte, d *contract.Delta) []byte {
	if d.Has&contract.FieldVersion == 0 {
		return append(own, '-')
	}
	own = append(own, 'v')
	return strconv.AppendInt(own, d.Version, 10)
}

// itemText is a delta's item as --item takes it, with a question mark for what is missing.
func (l *layout) itemText(own []byte, d *contract.Delta) []byte {
	start := len(own)
	own = AppendClean(own, orElse(d.ItemType, "?"))
	own = append(own, ':')
	if d.Has&contract.FieldEntityID == 0 {
		own = append(own, '?')
	} else {
		own = strconv.AppendInt(own, d.EntityID, 10)
	}
	if !l.piped && len(own)-start > widestItem {
		own = append(own[:start], fit(string(own[start:]), widestItem, l.ellipsis)...)
	}
	return own
}

// sourceText is a delta's source in at most the columns that there are for it.
func (l *layout) sourceText(d *contract.Delta) string {
	switch {
	case d.Source == "":
		return "-"
	case l.piped:
		return noBlank(Clean(d.Source))
	case d.Source == contract.SourceCollaborator && l.source < len(contract.SourceCollaborator):
		return "collab"
	}
	return fit(d.Source, l.source, l.ellipsis)
}

// noBlank keeps a word from the wire in one column of awk's.
func noBlank(s string) string {
	if s == "" {
		return "-"
	}
	b := []byte(s)
	for i, c := range b {
		if c == ' ' {
			b[i] = '_'
		}
	}
	return string(b)
}
