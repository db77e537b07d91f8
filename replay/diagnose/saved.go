package diagnose

import (
	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/session"
)

// savedFile is a cache that is a file, held against what the client of a session held at each
// record.
type savedFile struct {
	items   map[contract.Item]content
	version int64
	has     bool // it tells a version
	wrong   int  // how many items the client holds otherwise now

	fits   []fit // where all of it was what the client held; of a run of records the last
	best   fit   // where it was nearest: the latest of those with the fewest items that differ
	fewest int
}

// fit is a record after which a client held what a file holds.
type fit struct {
	moment
	first  int64 // the record from which on that was so
	answer bool  // the file equals the answer that the first record is
}

// Saved tells the history of a cache that is a file, so that it can be found where the file
// belongs. Tell it before the first record.
func (t *Timeline) Saved(file *plan.Plan) {
	s := &savedFile{items: map[contract.Item]content{}, version: file.Version, has: file.HasVersion, fewest: -1}
	for _, itemType := range itemTypes {
		list := listOf(file, itemType)
		for i := range list.Len() {
			if it := (contract.Item{Type: itemType, ID: list.ID(i)}); list.HasID(i) && s.items[it] == none {
				s.items[it] = contentOf(list.Raw(i))
			}
		}
	}
	s.wrong = len(s.items)
	t.saved = s
}

// savedAtEnd is the history with a file that was saved at its end, where no file was told before.
func (t *Timeline) savedAtEnd(file *plan.Plan) *Timeline {
	if t.saved != nil {
		return t
	}
	u := *t
	u.Saved(file)
	s := u.saved
	for it, h := range t.items {
		s.change(it, none, h.held)
	}
	s.fewest, s.best = s.wrong, fit{moment: t.last, first: t.last.n}
	if s.wrong == 0 {
		s.fits = []fit{s.best}
	}
	return &u
}

// change takes in that the client holds an item otherwise now.
func (s *savedFile) change(it contract.Item, before, now content) {
	if s == nil || before == now {
		return
	}
	filed := s.items[it]
	if before == filed {
		s.wrong++
	}
	if now == filed {
		s.wrong--
	}
}

// look holds the file against what the client holds after a record.
func (s *savedFile) look(t *Timeline, here moment, rec *session.Record) {
	if s == nil || !t.fold.Cache.Loaded() {
		return
	}
	whole := s.wrong == 0 && (!s.has || s.version == t.fold.Cache.Version())
	answered := rec.Kind == session.KindPlan && t.fold.Loaded
	n := len(s.fits)
	switch {
	case whole && n > 0 && s.fits[n-1].n == here.n-1 && !answered:
		s.fits[n-1].moment = here
	case whole:
		s.fits = append(s.fits, fit{moment: here, first: here.n, answer: answered})
	}
	if s.fewest < 0 || s.wrong <= s.fewest {
		s.fewest, s.best = s.wrong, fit{moment: here, first: here.n}
	}
}

// place is where the file belongs in the history: where it fits, the latest such place; else where
// it is nearest. Ok says that it fits.
func (s *savedFile) place() (f fit, ok bool) {
	if n := len(s.fits); n > 0 {
		return s.fits[n-1], true
	}
	return s.best, false
}

// Fits tells whether a file is all of what the client held at one record, the place of that record,
// and of how many items it is not where it is nearest.
func (t *Timeline) Fits() (place int64, ok bool, wrong int) {
	if t.saved == nil {
		return t.last.n, true, 0
	}
	f, ok := t.saved.place()
	return t.number(f.n), ok, max(t.saved.fewest, 0)
}
