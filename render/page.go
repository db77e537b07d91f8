package render

import (
	"io"
	"strings"

	"github.com/carebase/deltatap/render/theme"
)

// page is a text of labelled rows, which break between their parts where the line ends.
type page struct {
	b      []byte
	theme  *theme.Theme
	width  int
	indent int // columns before the parts of a row
}

// pageWidth is how wide a page is where no terminal says it.
const pageWidth = 80

func newPage(th *theme.Theme, width, indent int) *page {
	if th == nil {
		th = theme.Plain()
	}
	if width <= 0 {
		width = pageWidth
	}
	return &page{theme: th, width: max(width, indent+20), indent: indent}
}

// part is what a row is made of: text in a style, and what parts it from the part before on the
// same line.
type part struct {
	text  string
	style theme.Style
	lead  string
}

// plain is a part without a style.
func plain(lead, text string) part { return part{text: text, lead: lead} }

// row writes a labelled row.
func (p *page) row(label string, parts ...part) {
	var l line
	l.start(p.b)
	l.skip(2)
	l.cell(p.theme.Muted, label, p.indent-2)
	p.flow(&l, parts)
	p.b = l.end()
}

// more goes on under the row above.
func (p *page) more(parts ...part) {
	var l line
	l.start(p.b)
	l.skip(p.indent)
	p.flow(&l, parts)
	p.b = l.end()
}

// blank writes an empty line.
func (p *page) blank() { p.b = append(p.b, '\n') }

// flow writes parts from the page's indentation on. A part that is wider than a line is wrapped.
func (p *page) flow(l *line, parts []part) {
	for i, c := range parts {
		text := Clean(c.text)
		if i > 0 {
			lead, fits := strings.TrimRight(c.lead, " "), l.col+Width(c.lead)+Width(text) <= p.width
			if fits || l.col+Width(lead) <= p.width {
				l.cell(theme.Style{}, lead, Width(c.lead))
			}
			if !fits {
				p.under(l)
			}
		}
		for i, s := range wrap(text, p.width-p.indent, mostLines, p.theme.Marks.Ellipsis) {
			if i > 0 {
				p.under(l)
			}
			l.cell(c.style, s, 0)
		}
	}
}

// under starts the next line of a row.
func (p *page) under(l *line) {
	l.start(l.end())
	l.skip(p.indent)
}

func (p *page) writeTo(w io.Writer) error {
	_, err := w.Write(p.b)
	return err
}
