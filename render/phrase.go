package render

import (
	"math"

	"github.com/carebase/deltatap/render/theme"
)

// unlimited is the room of a line that no terminal cuts off.
const unlimited = math.MaxInt32

// phrase is what a line says, in pieces that give way one after the other where there is no room
// for all of them. It is made to be reused: a phrase that has grown allocates nothing.
type phrase struct {
	text   []byte
	pieces []piece
}

// piece is one part of a phrase.
type piece struct {
	lo, hi int // its text, in phrase.text
	width  int // columns of that text
	style  theme.Style
	lead   string // what parts it from the piece before: narrow characters
	rank   uint8  // the highest rank gives way first; 0 stays as long as there is a column
	least  int    // columns that it may be shortened to, 0 for all or nothing
	quoted bool   // shown in quotation marks, which stay when it is shortened
	gone   bool
}

func (p *phrase) reset() {
	p.text, p.pieces = p.text[:0], p.pieces[:0]
}

// add appends a piece and returns it for the few that need more said. The text is cleaned.
func (p *phrase) add(style theme.Style, lead, text string) *piece {
	lo := len(p.text)
	p.text = AppendClean(p.text, text)
	return p.close(lo, style, lead)
}

// addBytes appends a piece of a label, which is clean, and the text after it.
func (p *phrase) addBytes(style theme.Style, lead, label string, text []byte) *piece {
	lo := len(p.text)
	p.text = append(p.text, label...)
	p.text = AppendClean(p.text, text)
	return p.close(lo, style, lead)
}

// close makes a piece of the clean text that was appended to p.text since lo.
func (p *phrase) close(lo int, style theme.Style, lead string) *piece {
	added := p.text[lo:]
	width := len(added)
	if !printable(added) {
		width = columns.StringWidth(string(added))
	}
	p.pieces = append(p.pieces, piece{lo: lo, hi: len(p.text), width: width, style: style, lead: lead})
	return &p.pieces[len(p.pieces)-1]
}

// restyle gives all pieces one style, for what is only said in passing.
func (p *phrase) restyle(style theme.Style) {
	for i := range p.pieces {
		p.pieces[i].style = style
	}
}

// gives lets the piece give way at the given rank, shortened to least columns first.
func (c *piece) gives(rank uint8, least int) *piece {
	c.rank, c.least = rank, least
	return c
}

func (c *piece) quote() *piece {
	c.quoted = true
	c.width += 2
	return c
}

// width is the columns that the pieces take which are still there.
func (p *phrase) width() int {
	total := 0
	for i := range p.pieces {
		c := &p.pieces[i]
		if c.gone {
			continue
		}
		if total > 0 {
			total += runes(c.lead)
		}
		total += c.width
	}
	return total
}

// fit lets pieces give way until the phrase takes at most room columns, or nothing is left that
// can: the highest rank goes first, and what has to stay is shortened evenly.
func (p *phrase) fit(room int) {
	for over := p.width() - room; over > 0; over = p.width() - room {
		c := p.weakest()
		switch {
		case c == nil:
			if !p.shorten(over) {
				return
			}
		case c.least > 0 && c.width-over >= c.least:
			c.width -= over
		default:
			p.drop(c.rank)
		}
	}
}

// drop takes out the pieces of a rank.
func (p *phrase) drop(rank uint8) {
	for i := range p.pieces {
		p.pieces[i].gone = p.pieces[i].gone || p.pieces[i].rank == rank
	}
}

// weakest is the piece to give way next: the last of the highest rank, nil where only rank 0 is
// left.
func (p *phrase) weakest() *piece {
	var found *piece
	for i := range p.pieces {
		c := &p.pieces[i]
		if !c.gone && c.rank > 0 && (found == nil || c.rank >= found.rank) {
			found = c
		}
	}
	return found
}

// shorten takes up to so many columns from the widest piece that can be shortened, but not more
// than it is wider than the next. It reports false where there is none.
func (p *phrase) shorten(over int) bool {
	var widest *piece
	second := 0
	for i := range p.pieces {
		c := &p.pieces[i]
		switch {
		case c.gone || c.least == 0 || c.width <= c.least:
		case widest == nil || c.width > widest.width:
			if widest != nil {
				second = widest.width
			}
			widest = c
		default:
			second = max(second, c.width)
		}
	}
	if widest == nil {
		return false
	}
	widest.width = max(widest.least, min(widest.width-1, max(widest.width-over, second)))
	return true
}

// append appends the phrase in at most room columns and returns how many it took.
func (p *phrase) append(dst []byte, room int, marks *theme.Marks) ([]byte, int) {
	if room < unlimited {
		p.fit(room)
	}
	used := 0
	for i := range p.pieces {
		c := &p.pieces[i]
		if c.gone {
			continue
		}
		if used > 0 {
			if used+runes(c.lead) >= room {
				break
			}
			dst = append(dst, c.lead...)
			used += runes(c.lead)
		}
		var n int
		dst, n = p.appendPiece(dst, c, min(c.width, room-used), marks)
		used += n
		if n == 0 && c.width > 0 {
			break // no room for it: nothing after it makes sense
		}
	}
	return dst, used
}

// appendPiece appends a piece in at most width columns.
func (p *phrase) appendPiece(dst []byte, c *piece, width int, marks *theme.Marks) ([]byte, int) {
	text, quotes := p.text[c.lo:c.hi], 0
	if c.quoted {
		quotes = 2
	}
	if width <= quotes {
		return dst, 0
	}
	dst = c.style.Start(dst)
	if c.quoted {
		dst = append(dst, '"')
	}
	n := width - quotes
	if full := p.full(c); full > n {
		short := fit(string(text), n, marks.Ellipsis)
		dst, n = append(dst, short...), Width(short)
	} else {
		dst, n = append(dst, text...), full
	}
	if c.quoted {
		dst = append(dst, '"')
	}
	return c.style.End(dst), n + quotes
}

// full is the width of a piece's whole text without quotation marks.
func (p *phrase) full(c *piece) int {
	text := p.text[c.lo:c.hi]
	if printable(text) {
		return len(text)
	}
	return columns.StringWidth(string(text))
}
