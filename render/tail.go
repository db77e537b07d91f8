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
	// Width and ErrWidth tell the columns of the terminals that the data and the state go to, asked
	// for anew from time to time because windows change; nil or 0 means a pipe or a file, where
	// nothing is shortened.
	Width, ErrWidth func() int
	// Theme and ErrTheme are those of the two writers; nil is plain.
	Theme, ErrTheme *theme.Theme
	// Location is the zone of the times shown; nil is the local one. Relative shows seconds since
	// Started instead.
	Location *time.Location
	Relative bool
}

// Tail writes a stream of records as text for people. Deltas are data and go to the one writer;
// connection periods, gaps and findings are state and go to the other. Where both are the same
// terminal they appear in the order of the calls.
//
// Deltas are held back until Flush, or until something is to be said on the other writer: call
// Flush whenever nothing is waiting to be shown. The first error of the data's writer sticks: every
// later call returns it. A Tail is not safe for concurrent use.
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
	t.describe = newDescriber(t.theme, year)
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

// empty writes a message in which there is no delta to be found: its text, as far as the line takes
// it.
func (t *Tail) empty(rec *session.Record, m *contract.Message) error {
	d := &contract.Delta{Raw: m.Raw}
	t.phrase.reset()
	t.says(d)
	t.columns(rec, d, alone)
	t.line.say(&t.phrase, t.room(), &t.theme.Marks)
	t.finish(0, 1)
	return t.spill()
}

// Changes writes what a client's cache did with the deltas of a message, in the order in which it
// took them.
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
		t.words.write(&t.line, t.lay.width, &t.theme.Marks, func(indent int) { t.below(i, len(changes), indent) })
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

// says puts into words what a delta carries; of a deleted item, what it was. On a terminal what
// changed since the item was last seen stands out.
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
