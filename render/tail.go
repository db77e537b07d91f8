package render

import (
	"io"
	"time"

	"github.com/carebase/deltatap/render/theme"
	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/session"
)

// TailOptions says what a Tail writes on. Only Started is needed.
type TailOptions struct {
	// Started is the moment from which the records' times count.
	Started time.Time
	// Width and ErrWidth tell the columns of the terminals that the data and the state go to, asked for anew from time to
	// time because windows change; nil or 0 means a pipe or a file, where nothing is shortened.
	Width, ErrWidth func() int
	// Theme and ErrTheme are those of the two writers; nil is plain.
	Theme, ErrTheme *theme.Theme
	// Location is the zone of the times shown; nil is the local one. Relative shows seconds since Started instead.
	Location *time.Location
	Relative bool
}

// Tail writes a stream of records as text for people. Deltas are data and go to the one writer; connection periods, gaps
// and findings are state and go to the other. Where both are the same terminal they appear in the order of the calls.
//
// Deltas are held back until Flush, or until something is to be said on the other writer: call Flush whenever nothing
// is waiting to be shown. The first error of the data's writer sticks: every later call returns it. A Tail is not safe
// for concurrent use.
type Tail struct {
	out, err         io.Writer
	opts             TailOptions
	theme, errTheme  *theme.Theme
	lay, errLay      layout
	clock            clock
	describe         describer
	memory           memory
	line             line
	phrase           phrase
	words            changeWords
	buf              []byte // lines for out that are not written yet
	own              []byte // scratch for a cell
	failed           error
	year, month, day int // of the last line
	shown            time.Duration
	anyShown         bool
	tally            tally
}

// held is how much text is held back at most, in bytes.
const held = 32 << 10

// NewTail returns a Tail that writes deltas to out and everything else to err.
func NewTail(out, err io.Writer, opts TailOptions) *Tail {
	t := &Tail{out: out, err: err, opts: opts, theme: opts.Theme, errTheme: opts.ErrTheme}
	if t.theme == nil {
		t.theme = theme.Plain()
	}
	if t.errTheme == nil {
		t.errTheme = theme.Plain()
	}
	t.clock = newClock(opts.Started, opts.Location, opts.Relative)
	year, _, _ := t.clock.day(0)
	t.describe = describer{theme: t.theme, year: year}
	t.lay = newLayout(ask(opts.Width), &t.theme.Marks)
	t.errLay = newLayout(ask(opts.ErrWidth), &t.errTheme.Marks)
	return t
}

func ask(width func() int) int {
	if width == nil {
		return 0
	}
	return width()
}

// Message writes the deltas of a message, a line each, in the order in which they came.
func (t *Tail) Message(rec *session.Record, m *contract.Message) error {
	t.begin(rec, m)
	if len(m.Deltas) == 0 {
		return t.empty(rec, m)
	}
	for i := range m.Deltas {
		d := &m.Deltas[i]
		t.phrase.reset()
		t.says(d)
		t.columns(rec, d, place(i, len(m.Deltas)))
		t.line.say(&t.phrase, t.room(), &t.theme.Marks)
		t.finish(i, len(m.Deltas))
		t.remember(d)
	}
	return t.spill()
}

// empty writes a message in which there is no delta to be found: its text, as far as the line takes it.
func (t *Tail) empty(rec *session.Record, m *contract.Message) error {
	d := &contract.Delta{Raw: m.Raw}
	t.phrase.reset()
	t.says(d)
	t.columns(rec, d, alone)
	t.line.say(&t.phrase, t.room(), &t.theme.Marks)
	t.finish(0, 1)
	return t.spill()
}

// Changes writes what a client's cache did with the deltas of a message, in the order in which it took them.
func (t *Tail) Changes(rec *session.Record, m *contract.Message, changes []Change) error {
	t.begin(rec, m)
	for i := range changes {
		c := &changes[i]
		d := &contract.Delta{}
		if c.Delta >= 0 && c.Delta < len(m.Deltas) {
			d = &m.Deltas[c.Delta]
			t.remember(d)
		}
		t.describe.change(&t.words, d, c, t.lay.wide)
		t.columns(rec, d, place(i, len(changes)))
		t.sayWords(i, len(changes))
		t.finish(i, len(changes))
	}
	return t.spill()
}

// Skip takes note of a message that a filter kept from being shown.
func (t *Tail) Skip(_ *session.Record, m *contract.Message) {
	t.tally.skipped += int64(len(m.Deltas))
	t.count(m)
	for i := range m.Deltas {
		t.remember(&m.Deltas[i])
	}
}

// Seen counts a message that is shown in another way, as JSON.
func (t *Tail) Seen(m *contract.Message) { t.count(m) }

// Flush writes what is held back.
func (t *Tail) Flush() error {
	if len(t.buf) > 0 && t.failed == nil {
		_, t.failed = t.out.Write(t.buf)
	}
	t.buf = t.buf[:0]
	t.resize()
	return t.failed
}

// resize takes up the terminals' present widths, but keeps what columns have grown to.
func (t *Tail) resize() {
	for _, side := range []struct {
		lay   *layout
		width func() int
		marks *theme.Marks
	}{{&t.lay, t.opts.Width, &t.theme.Marks}, {&t.errLay, t.opts.ErrWidth, &t.errTheme.Marks}} {
		if now := ask(side.width); now > 0 && now != side.lay.width {
			grown := *side.lay
			*side.lay = newLayout(now, side.marks)
			side.lay.version = max(grown.version, side.lay.version)
		}
	}
}

// begin counts a message and sees to the date.
func (t *Tail) begin(rec *session.Record, m *contract.Message) {
	t.count(m)
	t.date(rec.T)
	t.shown, t.anyShown = rec.T, true
}

// spill writes what is held back once there is enough of it.
func (t *Tail) spill() error {
	if len(t.buf) >= held {
		return t.Flush()
	}
	return t.failed
}

// remember keeps what an item was, to name it when it is deleted.
func (t *Tail) remember(d *contract.Delta) {
	if payload := d.Payload(); payload != nil {
		t.memory.put(d.Item(), payload)
	}
}

// says puts into words what a delta carries; of a deleted item, what it was. On a terminal what changed since the item was
// last seen stands out.
func (t *Tail) says(d *contract.Delta) {
	var before []byte
	if d.Action == contract.ActionDeleted || d.Action == contract.ActionUpdated && !t.lay.piped {
		before = t.memory.get(d.Item())
	}
	t.describe.delta(&t.phrase, d, before)
	if d.Action == contract.ActionDeleted && len(t.phrase.pieces) == 0 && len(before) > 0 {
		t.describe.item(&t.phrase, d.ItemType, before, nil)
		t.phrase.lead(t.theme.Muted, "was")
		t.phrase.restyle(t.theme.Muted)
	}
}

// spot is where a line stands among the lines of one message.
type spot uint8

const (
	alone spot = iota
	first
	inner
	last
)

func place(i, n int) spot {
	switch {
	case n <= 1:
		return alone
	case i == 0:
		return first
	case i == n-1:
		return last
	}
	return inner
}

// columns starts a line with all that stands before what a delta says.
func (t *Tail) columns(rec *session.Record, d *contract.Delta, at spot) {
	l, lay := &t.line, &t.lay
	l.start(t.buf)
	t.timeCell(rec.T, at)
	t.own = versionText(t.own[:0], d)
	lay.version = max(lay.version, len(t.own))
	l.bytes(t.theme.Version, t.own, lay.version)
	l.skip(lay.sep)
	style, sign := t.action(d)
	if !lay.wide {
		l.cell(style, sign, 1)
		l.skip(1)
	}
	t.own = lay.itemText(t.own[:0], d)
	if n := len(t.own); n <= widestItem {
		lay.item = max(lay.item, n)
	}
	l.bytes(theme.Style{}, t.own, lay.item)
	l.skip(lay.sep)
	if lay.wide {
		word := noBlank(fit(orElse(d.Action, "-"), 12, lay.ellipsis))
		l.cell(style, word, 7)
		l.skip(lay.sep)
	}
	l.cell(t.theme.Source, lay.sourceText(d), lay.source)
	l.skip(lay.sep)
}

// timeCell writes the time and the bracket that holds the deltas of one message together. On a terminal only the first
// of them has the time; in a pipe each line stands for itself.
func (t *Tail) timeCell(at time.Duration, where spot) {
	l := &t.line
	if t.lay.piped || where == alone || where == first {
		t.own = t.clock.append(t.own[:0], at)
		l.bytes(t.theme.Time, t.own, clockWidth)
	} else {
		l.skip(clockWidth)
	}
	if t.lay.piped {
		l.skip(t.lay.sep)
		return
	}
	l.skip(t.lay.sep - 1)
	marks := &t.theme.Marks
	l.cell(t.theme.Muted, [...]string{alone: "", first: marks.First, inner: marks.Inner, last: marks.Last}[where], 1)
}

// action is the style and the sign of what a delta does.
func (t *Tail) action(d *contract.Delta) (theme.Style, string) {
	marks := &t.theme.Marks
	switch {
	case d.ItemType == contract.TypePlan && d.Action == contract.ActionUpdated:
		return t.theme.Refresh, marks.Refresh
	case d.Action == contract.ActionCreated:
		return t.theme.Created, marks.Created
	case d.Action == contract.ActionUpdated:
		return t.theme.Updated, marks.Updated
	case d.Action == contract.ActionDeleted:
		return t.theme.Deleted, marks.Deleted
	}
	return t.theme.Warn, "?"
}

// room is how many columns are left on the line.
func (t *Tail) room() int { return t.lay.width - t.line.col }

// sayWords writes the phrases of a change, going on below where the line is full.
func (t *Tail) sayWords(i, n int) {
	l, width := &t.line, t.lay.width
	indent := min(l.col, max(0, width-leastWords))
	for k := range t.words.n {
		p := &t.words.phrases[k]
		comma := 1
		if k == t.words.n-1 {
			comma = 0
		}
		if k > 0 {
			if l.col < width {
				l.fill()
				l.b = append(l.b, ',')
				l.col++
			}
			if l.col+1+p.width()+comma > width {
				t.below(i, n, indent)
			} else {
				l.skip(1)
			}
		}
		l.say(p, t.room()-comma, &t.theme.Marks)
	}
}

// leastWords is how many columns there are at least for the words on the lines below the first.
const leastWords = 32

// below goes on under the words of a change, the message's bracket beside it.
func (t *Tail) below(i, n, indent int) {
	l := &t.line
	l.start(l.end())
	if n > 1 && i < n-1 {
		l.skip(clockWidth + t.lay.sep - 1)
		l.cell(t.theme.Muted, t.theme.Marks.Inner, 1)
	}
	l.skip(indent - l.col)
}

// finish ends a line. Without brackets, in a pipe, the place among the deltas of a message stands at its end.
func (t *Tail) finish(i, n int) {
	if t.lay.piped && n > 1 {
		t.own = append(t.own[:0], '[')
		t.own = appendCount(t.own, int64(i+1))
		t.own = append(t.own, '/')
		t.own = appendCount(t.own, int64(n))
		t.own = append(t.own, ']')
		if t.line.gap == 0 {
			t.line.skip(2)
		}
		t.line.bytes(t.theme.Muted, t.own, 0)
	}
	t.buf = t.line.end()
}
