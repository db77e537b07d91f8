package render

import (
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/carebase/deltatap/render/theme"
)

// Drawing says how to draw a timeline.
type Drawing struct {
	Started time.Time      // of the session
	Zone    *time.Location // of the times shown; nil for the local one
	Width   int            // columns; 0 for no terminal
	Height  int            // lines of the plot; 0 for the usual
	Theme   *theme.Theme   // nil for plain
}

// usualHeight is the lines of a plot where nothing else is asked for.
const usualHeight = 12

// Draw draws version against time: a line where versions came or the connection held, a shade where
// there was none, and below it where versions were missing, plans were read, something failed, or a
// mark was set.
func (t *Timeline) Draw(w io.Writer, d Drawing) error {
	p := newPage(d.Theme, d.Width, 0)
	if t.high == 0 {
		p.more(part{text: "no versions to draw", style: p.theme.Muted})
		return p.writeTo(w)
	}
	if d.Height <= 0 {
		d.Height = usualHeight
	}
	gutter := max(len(strconv.FormatInt(t.high, 10))+2, len("missing")+1)
	c := canvas{page: p, line: t, gutter: gutter, cols: p.width - gutter - 2, rows: d.Height, fineX: 1, fineY: 1}
	if p.theme.Marks.Braille {
		c.fineX, c.fineY = 2, 4
	}
	t.edges(c.cols)
	c.plot()
	c.axis(newClock(d.Started, d.Zone, false))
	c.notes()
	return p.writeTo(w)
}

// canvas is a plot of cols by rows characters, each of which holds fineX by fineY points.
type canvas struct {
	*page
	line         *Timeline
	gutter       int // columns before the axis
	cols, rows   int
	fineX, fineY int
	points       [][]bool // by row, from the top
}

// plot draws the curve and the time without a connection.
func (c *canvas) plot() {
	c.trace()
	columns := c.line.columns(c.cols)
	for row := range c.rows {
		var l line
		l.start(c.b)
		c.label(&l, row)
		for at := 0; at < c.cols; {
			text, style := c.cell(row, at, columns)
			n := at + 1
			for ; n < c.cols; n++ {
				next, same := c.cell(row, n, columns)
				if same != style {
					break
				}
				text += next
			}
			c.run(&l, style, text)
			at = n
		}
		c.b = l.end()
	}
}

// run writes characters of one style; blanks without one are only owed, so that no line ends in
// them.
func (c *canvas) run(l *line, style theme.Style, text string) {
	if bare := strings.TrimRight(text, " "); style == (theme.Style{}) {
		if bare != "" {
			l.cell(style, bare, 0)
		}
		l.skip(runes(text) - runes(bare))
		return
	}
	l.cell(style, text, 0)
}

// label writes the version that a row stands for, at the top, in the middle and at the bottom.
func (c *canvas) label(l *line, row int) {
	text := ""
	switch low, high := c.line.low, c.line.high; row {
	case 0:
		text = "v" + strconv.FormatInt(high, 10)
	case c.rows - 1:
		text = "v" + strconv.FormatInt(low, 10)
	case c.rows / 2:
		if high-low >= int64(c.rows) {
			text = "v" + strconv.FormatInt(low+int64(float64(high-low)*float64(c.rows-1-row)/float64(c.rows-1)), 10)
		}
	}
	edge := c.theme.Marks.Axis
	if text == "" {
		edge = c.theme.Marks.Inner
	}
	l.cell(c.theme.Version, PadLeft(text, c.gutter), c.gutter)
	l.cell(c.theme.Muted, edge, 1)
}

// trace sets the points of the curve: upright where versions came, level while the connection held
// and none did.
func (c *canvas) trace() {
	height := c.rows * c.fineY
	c.points = make([][]bool, height)
	for i := range c.points {
		c.points[i] = make([]bool, c.cols*c.fineX)
	}
	var now int64
	for x, b := range c.line.columns(c.cols * c.fineX) {
		from, to := now, now
		if b.low > 0 {
			to = max(now, b.high)
			from = b.low
			if now > 0 {
				from = min(now, b.low)
			}
		}
		if to == 0 || b.low == 0 && b.offline {
			continue
		}
		now = to
		for y := c.height(from); y <= c.height(to); y++ {
			c.points[height-1-y][x] = true
		}
	}
}

// height is how many points above the bottom a version lies.
func (c *canvas) height(version int64) int {
	low, high := c.line.low, c.line.high
	if high == low {
		return 0
	}
	return int(float64(version-low) / float64(high-low) * float64(c.rows*c.fineY-1))
}

// cell is what is drawn in a place.
func (c *canvas) cell(row, col int, columns []bucket) (string, theme.Style) {
	if sign := c.sign(row, col); sign != "" {
		return sign, c.theme.Updated
	}
	if columns[col].offline {
		return c.theme.Marks.Shade, c.theme.Muted
	}
	return " ", theme.Style{}
}

// sign is the points of a place as one character, empty where there is none.
func (c *canvas) sign(row, col int) string {
	dots := [4][2]rune{{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}
	var set rune
	for y := range c.fineY {
		for x := range c.fineX {
			if c.points[row*c.fineY+y][col*c.fineX+x] {
				set |= dots[y][x]
			}
		}
	}
	switch {
	case set == 0:
		return ""
	case !c.theme.Marks.Braille:
		return c.theme.Marks.Point
	}
	return string(0x2800 + set)
}

// tickEvery is the columns between two labels of the time axis.
const tickEvery = 16

// axis draws the time axis and its labels.
func (c *canvas) axis(clock clock) {
	marks := &c.theme.Marks
	edge := []string{}
	var labels line
	labels.skip(c.gutter + 1)
	for col := range c.cols {
		if col%tickEvery != 0 || col+len("15:04:05") > c.cols {
			edge = append(edge, marks.Rule)
			continue
		}
		edge = append(edge, marks.Tick)
		at := time.Duration(float64(c.line.last) * float64(col) / float64(c.cols))
		labels.skip(c.gutter + 1 + col - labels.col)
		labels.cell(c.theme.Time, c.when(clock, at), 0)
	}
	c.b = appendSpaces(c.b, c.gutter)
	c.b = c.theme.Muted.Append(c.b, marks.Corner+strings.Join(edge, ""))
	c.blank()
	c.b = append(c.b, labels.end()...)
}

// when labels a moment: the time of day, or the day where the session took more than one.
func (c *canvas) when(clock clock, at time.Duration) string {
	text := string(clock.append(nil, at))[:len("15:04:05")]
	if c.line.last <= 24*time.Hour {
		return text
	}
	_, month, day := clock.day(at)
	return strconv.Itoa(day) + " " + monthNames[month-1] + " " + text[:len("15:04")]
}

// notes writes under the axis when something happened that the curve does not show.
func (c *canvas) notes() {
	columns := c.line.columns(c.cols)
	marks := &c.theme.Marks
	c.note("missing", marks.Warn, c.theme.Warn, columns, func(b *bucket) bool { return b.missing })
	c.note("plans", marks.Refresh, c.theme.Refresh, columns, func(b *bucket) bool { return b.refreshed })
	c.note("failed", marks.Error, c.theme.Error, columns, func(b *bucket) bool { return b.failed })
	c.note("marks", marks.Waiting, c.theme.Emphasis, columns, func(b *bucket) bool { return b.marked })
	c.note("offline", marks.Shade, c.theme.Muted, columns, func(b *bucket) bool { return b.offline })
}

func (c *canvas) note(label, mark string, style theme.Style, columns []bucket, happened func(*bucket) bool) {
	var l line
	l.start(c.b)
	l.cell(c.theme.Muted, PadLeft(label, c.gutter), c.gutter+1)
	some := false
	for i := range columns {
		if happened(&columns[i]) {
			l.cell(style, mark, 0)
			some = true
		} else {
			l.skip(1)
		}
	}
	if some {
		c.b = l.end()
	}
}
