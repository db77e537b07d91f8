package render

import (
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/carebase/deltatap/render/theme"
	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/plancache"
)

// Change is what a client's cache did with one delta.
type Change struct {
	Delta         int // index in the message; -1 for the message as a whole
	Outcome       plancache.Outcome
	Held          int64        // version that the item holds where the delta is stale; 0 where it is not known
	Before, After []byte       // the item's JSON; nil where it was or is not there
	Fields        []diff.Field // how After (Server) differs from Before (Cached)
}

// change says what the cache did with d (nil for a message without deltas). titled puts the item's
// title first.
func (w describer) change(words *changeWords, d *contract.Delta, c *Change, titled bool) {
	words.reset()
	t := w.theme
	switch c.Outcome.Result {
	case plancache.Refreshed:
		w.refresh(words.next(), d, c)
	case plancache.Checked:
		words.next().add(t.Refresh, "", "asks for the version: "+string(c.Outcome.Reason))
	case plancache.Failed:
		words.next().add(t.Muted, "", "fails on it: "+string(c.Outcome.Reason))
	case plancache.Stale:
		text := "stale, kept the newer one"
		if c.Held > 0 {
			text = "stale, kept v" + strconv.FormatInt(c.Held, 10)
		}
		words.next().add(t.Stale, "", text)
	case plancache.Duplicate:
		words.next().add(t.Muted, "", "duplicate, nothing new")
	case plancache.Removed:
		p := words.next()
		w.known(p, d, c.Before)
		p.lead(t.Deleted, "removed")
	case plancache.Applied:
		p := words.next()
		w.known(p, d, c.After)
		p.lead(t.Created, "added")
	default:
		w.fields(words, d, c, titled)
	}
}

func (w describer) refresh(p *phrase, d *contract.Delta, c *Change) {
	p.add(w.theme.Refresh, "", "refresh: "+string(c.Outcome.Reason))
	if d != nil && d.Section != "" {
		p.add(w.theme.Muted, " ", "("+d.Section+")").gives(1, 8)
	}
}

func (w describer) known(p *phrase, d *contract.Delta, payload []byte) {
	if d != nil && len(payload) > 0 {
		w.item(p, d.ItemType, payload, nil)
	}
}

// lead puts a word before all that a phrase says already.
func (p *phrase) lead(style theme.Style, word string) {
	p.add(style, "", word)
	last := len(p.pieces) - 1
	word0 := p.pieces[last]
	copy(p.pieces[1:], p.pieces[:last])
	p.pieces[0] = word0
	if last > 0 {
		p.pieces[1].lead = " "
	}
}

// fields says how the item differs from before, a phrase a field.
func (w describer) fields(words *changeWords, d *contract.Delta, c *Change, titled bool) {
	moved := sameShift(c.Fields)
	for i := range c.Fields {
		f := &c.Fields[i]
		switch {
		case f.SameInstant, moved && f.Path == "endLocal", unfilled(f):
		case moved && f.Path == "startLocal":
			w.field(words.next(), f, "moved")
		default:
			w.field(words.next(), f, label(f.Path))
		}
	}
	if words.n == 0 {
		words.next().add(w.theme.Muted, "", "no change")
	}
	if titled && d != nil && d.ItemType == contract.TypeAppointment {
		w.titled(&words.phrases[0], c.After)
	}
}

// titled puts an appointment's title before its first change.
func (w describer) titled(p *phrase, payload []byte) {
	if !w.now.read(payload) || len(w.now.summary) == 0 {
		return
	}
	p.lead(w.theme.Muted, string(w.now.summary))
	if len(p.pieces) > 1 {
		p.pieces[1].lead = ": "
	}
	p.pieces[0].quote().gives(1, leastTitle)
}

// unfilled tells the one field that a plan has and deltas never carry: that it went is no change.
func unfilled(f *diff.Field) bool {
	return f.Path == "googleSync" && string(f.Server) == "null"
}

// sameShift tells that an appointment was moved as a whole: its start and its end by the same time.
func sameShift(fields []diff.Field) bool {
	start, end := shift(fields, "startLocal"), shift(fields, "endLocal")
	return start != 0 && start == end
}

// shift is how far a time was moved, 0 where it was not, or where that cannot be told.
func shift(fields []diff.Field, path string) int64 {
	for i := range fields {
		if fields[i].Path != path {
			continue
		}
		old, ok1 := parseStamp(text(fields[i].Cached))
		now, ok2 := parseStamp(text(fields[i].Server))
		if ok1 && ok2 && old.offset == now.offset {
			return int64(now.wall().Sub(old.wall()))
		}
	}
	return 0
}

// label is the word for a field.
func label(path string) string {
	switch path {
	case "startLocal":
		return "start"
	case "endLocal":
		return "end"
	case "dueDate":
		return "due"
	case "statementDate":
		return "statement"
	case "prepNote":
		return "note"
	case "summary":
		return "title"
	case "payUrl":
		return "pay link"
	case "assignedCollaboratorId":
		return "assigned to"
	}
	return path
}

// secret tells fields whose values are keys to something: that they changed is all that is said.
func secret(path string) bool {
	return strings.HasSuffix(path, "Token") || strings.HasSuffix(path, "taskKey")
}

func (w describer) field(p *phrase, f *diff.Field, name string) {
	if secret(f.Path) {
		p.add(theme.Style{}, "", name+" changed").gives(0, leastLabel)
		return
	}
	p.add(theme.Style{}, "", name).gives(0, leastLabel)
	w.value(p, " ", w.theme.Old, f.Path, f.Cached, nil)
	p.add(w.theme.Muted, " ", w.theme.Marks.Arrow)
	style := w.theme.New
	if f.Path == "status" {
		style = w.status([]byte(text(f.Server)))
	}
	w.value(p, " ", style, f.Path, f.Server, f.Cached)
}

// value adds a value of a field. since is the value before, which a date need not repeat.
func (w describer) value(p *phrase, lead string, style theme.Style, path string, raw, since []byte) {
	s := text(raw)
	switch {
	case len(raw) == 0 || string(raw) == "null":
		p.add(style, lead, "none")
	case path == "amount" && raw[0] != '"':
		w.money(p, style, lead, number(raw)).gives(0, 8)
	case path == "startLocal" || path == "endLocal":
		w.moment(p, lead, style, s, text(since))
	case path == "dueDate" || path == "statementDate":
		w.day(p, lead, style, s)
	case path == "status":
		p.add(style, lead, s).gives(0, 4)
	case raw[0] == '"':
		p.add(style, lead, s).quote().gives(0, leastTitle)
	default:
		p.add(style, lead, excerpt(raw)).gives(0, leastTitle)
	}
}

// moment adds a time of an appointment: without the day where that is the same as before, with the
// offset where it is not plainly UTC.
func (w describer) moment(p *phrase, lead string, style theme.Style, s, since string) {
	at, ok := parseStamp(s)
	if !ok {
		p.add(style, lead, s).quote().gives(0, leastTitle)
		return
	}
	before, known := parseStamp(since)
	sameDay := known && before.sameDay(at)
	if !sameDay {
		p.add(style, lead, at.weekday()).gives(rankWeekday, 0)
	}
	lo := len(p.text)
	if !sameDay {
		p.text = at.appendDate(p.text, w.year)
		p.text = append(p.text, ' ')
	}
	p.text = at.appendClock(p.text)
	if known && before.offset != at.offset || !at.utc() && at.offset != "" {
		p.text = AppendClean(append(p.text, ' '), at.offset)
	}
	p.close(lo, style, lead)
}

func (w describer) day(p *phrase, lead string, style theme.Style, s string) {
	at, ok := parseStamp(s)
	if !ok {
		p.add(style, lead, s).quote().gives(0, leastTitle)
		return
	}
	lo := len(p.text)
	p.text = at.appendDate(p.text, w.year)
	p.close(lo, style, lead)
}

// text is the content of a JSON string, "" for anything else.
func text(raw []byte) string {
	if len(raw) < 2 || raw[0] != '"' {
		return ""
	}
	out, err := jsontext.AppendUnquote(nil, raw)
	if err != nil && len(out) == 0 {
		return string(raw)
	}
	return string(out)
}
