package render

import (
	"io"
	"strconv"
	"time"

	"github.com/carebase/deltatap/render/theme"
	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/session"
)

// StoryOptions says how to tell a Story.
type StoryOptions struct {
	Item    contract.Item
	Started time.Time      // from which the records' times count
	Zone    *time.Location // of the times shown; nil for the local one
	Width   int            // columns of the terminal; 0 for a pipe, where each delta takes one line
	Theme   *theme.Theme   // nil for plain
}

// Story writes the life of one item, delta by delta: with the number of each record, so that it can
// be looked up, and with what changed. Feed it the records of a session in order, then End.
type Story struct {
	w        io.Writer
	opts     StoryOptions
	theme    *theme.Theme
	lay      layout
	clock    clock
	describe describer
	words    changeWords
	b        []byte
	deltas   int64
	versions [2]int64 // lowest and highest
	offline  *session.Record
	waiting  []byte // what is only worth saying when something follows
}

// NewStory returns a Story that is written to w.
func NewStory(w io.Writer, opts StoryOptions) *Story {
	s := &Story{w: w, opts: opts, theme: opts.Theme}
	if s.theme == nil {
		s.theme = theme.Plain()
	}
	s.lay = newLayout(opts.Width, &s.theme.Marks)
	s.lay.version = 4
	s.clock = newClock(opts.Started, opts.Zone, false)
	year, _, _ := s.clock.day(0)
	s.describe = newDescriber(s.theme, year)
	s.b = s.theme.Emphasis.Append(nil, Clean(opts.Item.String()))
	s.b = append(s.b, '\n')
	return s
}

// Delta tells a delta of the item, and what a client's cache did with it.
func (s *Story) Delta(rec *session.Record, d *contract.Delta, c *Change) {
	s.describe.change(&s.words, d, c, false)
	s.deltas++
	if v := d.Version; v > 0 {
		s.versions[1] = max(s.versions[1], v)
		if s.versions[0] == 0 || v < s.versions[0] {
			s.versions[0] = v
		}
	}
	l := s.begin(rec)
	l.bytes(s.theme.Version, versionText(nil, d), s.lay.version)
	l.skip(s.lay.sep)
	l.cell(s.actionStyle(d.Action), fit(orElse(d.Action, "-"), storyAction, s.theme.Marks.Ellipsis), storyAction)
	l.skip(s.lay.sep)
	l.cell(s.theme.Source, s.lay.sourceText(d), s.lay.source)
	l.skip(s.lay.sep)
	s.finish(l)
}

// Plan tells how the item differed in a plan that the server answered: fields as diff lists them.
// nil for both sides is an item that the plan does not show.
func (s *Story) Plan(rec *session.Record, before, after []byte, fields []diff.Field) {
	s.words.reset()
	d := &contract.Delta{ItemType: s.opts.Item.Type}
	switch {
	case after == nil && before == nil:
		return
	case after == nil:
		s.words.next().add(s.theme.Deleted, "", "not in the plan")
	case before == nil:
		p := s.words.next()
		s.describe.known(p, d, after)
		p.lead(s.theme.Created, "in the plan:")
	default:
		s.describe.fields(&s.words, d, &Change{Fields: fields, After: after}, false)
	}
	l := s.begin(rec)
	l.cell(s.theme.Refresh, "plan answered", s.lay.version+storyAction+s.lay.source+3*s.lay.sep)
	s.finish(l)
}

// State takes note of a record about the connection: time without one is told where something
// follows it.
func (s *Story) State(rec *session.Record) {
	switch rec.Kind {
	case session.KindDisconnect:
		if s.offline == nil {
			kept := session.Record{T: rec.T, N: rec.N}
			s.offline = &kept
		}
	case session.KindConnect:
		if s.offline == nil {
			return
		}
		l := &line{}
		l.start(s.waiting)
		l.skip(storyNumber)
		l.bytes(s.theme.Time, s.clock.append(nil, s.offline.T), clockWidth+s.lay.sep)
		l.cell(s.theme.Offline, "offline for "+Duration(rec.T-s.offline.T), 0)
		s.waiting, s.offline = l.end(), nil
	}
}

// End writes the story, with its summary. Nothing is written before.
func (s *Story) End() error {
	text := "no delta of it in this session"
	if s.deltas > 0 {
		text = Plural(s.deltas, "delta")
		if s.versions[1] > 0 {
			text += ", " + span(s.versions[0], s.versions[1], &s.theme.Marks)
		}
	}
	s.b = s.theme.Muted.Append(s.b, text)
	_, err := s.w.Write(append(s.b, '\n'))
	return err
}

// The columns of a record's number and of an action.
const (
	storyNumber = 8
	storyAction = 7
)

// begin starts the line of a record.
func (s *Story) begin(rec *session.Record) *line {
	s.b = append(s.b, s.waiting...)
	s.waiting = s.waiting[:0]
	l := &line{}
	l.start(s.b)
	l.cell(s.theme.Muted, PadLeft("#"+strconv.FormatInt(rec.N, 10), storyNumber-1), storyNumber)
	l.bytes(s.theme.Time, s.clock.append(nil, rec.T), clockWidth+s.lay.sep)
	return l
}

// finish writes the words and ends the line.
func (s *Story) finish(l *line) {
	s.words.write(l, s.lay.width, &s.theme.Marks, func(indent int) {
		l.start(l.end())
		l.skip(indent)
	})
	s.b = l.end()
}

func (s *Story) actionStyle(action string) theme.Style {
	switch action {
	case contract.ActionCreated:
		return s.theme.Created
	case contract.ActionUpdated:
		return s.theme.Updated
	case contract.ActionDeleted:
		return s.theme.Deleted
	}
	return s.theme.Warn
}
