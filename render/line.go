package render

import "github.com/carebase/deltatap/render/theme"

// line builds one line of text out of cells. Padding is only written once something follows it, so
// that no line ends in blanks.
type line struct {
	b   []byte
	col int // columns so far, with the gap
	gap int // of them, blanks that are still to be written
}

// start begins a new line after what b holds.
func (l *line) start(b []byte) { l.b, l.col, l.gap = b, 0, 0 }

// skip leaves n columns blank.
func (l *line) skip(n int) {
	if n > 0 {
		l.gap += n
		l.col += n
	}
}

// cell writes clean text and fills it up to width columns.
func (l *line) cell(style theme.Style, text string, width int) {
	l.fill()
	l.b = style.Append(l.b, text)
	n := Width(text)
	l.col += n
	l.skip(width - n)
}

// bytes does what cell does for text that is no string yet.
func (l *line) bytes(style theme.Style, text []byte, width int) {
	l.fill()
	l.b = style.Start(l.b)
	l.b = append(l.b, text...)
	l.b = style.End(l.b)
	n := len(text)
	if !printable(text) {
		n = columns.StringWidth(string(text))
	}
	l.col += n
	l.skip(width - n)
}

// fill writes the blanks that are owed.
func (l *line) fill() {
	l.b = appendSpaces(l.b, l.gap)
	l.gap = 0
}

// say writes a phrase in at most room columns.
func (l *line) say(p *phrase, room int, marks *theme.Marks) {
	if len(p.pieces) == 0 || room <= 0 {
		return
	}
	l.fill()
	var n int
	l.b, n = p.append(l.b, room, marks)
	l.col += n
}

// end ends the line and returns the text.
func (l *line) end() []byte {
	l.b = append(l.b, '\n')
	return l.b
}
