package campaign

import (
	"time"

	"github.com/carebase/deltatap/replay/session"
)

// telling is a record that tells of a version of the server's, or of a connection.
type telling struct {
	at      time.Duration
	conn    int
	version int // the highest that it tells; 0 for none
	delta   bool
	down    bool // the connection ended
}

// tellings is what a recording tells of versions.
func tellings(entries []entry) []telling {
	var all []telling
	for _, e := range entries {
		t := telling{at: e.rec.T, conn: e.conn, version: e.version, delta: e.isDelta, down: e.rec.Kind == session.KindDisconnect}
		if e.answer != nil {
			t.version = e.answer.Version
		}
		if e.isDelta && !e.message.mangled {
			for _, d := range e.message.deltas {
				t.version = max(t.version, d.version)
			}
		}
		all = append(all, t)
	}
	return all
}

// heard is the highest version that the session, or the file, can know of.
func (j *judge) heard() int {
	version := 0
	if j.Cached != Folded {
		version = j.base.cached.Version
	}
	for _, t := range j.told {
		version = max(version, t.version)
	}
	return version
}

// place is where an absent version lies in a recording, as the table of absent versions has it.
type place struct {
	between bool // between two on one connection
	atBreak bool // with a break of the connection around it
	silent  bool // under a connection on which no delta came any more
	beyond  bool // above all that is told
}

// placeOf finds where a version lies.
func (j *judge) placeOf(version int) place {
	p := place{beyond: true}
	last, first := -1, len(j.told)
	below := map[int]bool{}
	for i, t := range j.told {
		if t.version > 0 && t.version < version && p.beyond {
			last = i
		}
		if t.version >= version && p.beyond {
			first, p.beyond = i, false
		}
		if t.version >= version && t.conn > 0 && below[t.conn] {
			p.between = true
		}
		if t.version > 0 && t.version < version {
			below[t.conn] = true
		}
	}
	conn := 0
	if last >= 0 {
		conn = j.told[last].conn
	}
	for _, t := range j.told[last+1 : first] {
		p.atBreak = p.atBreak || t.down
	}
	if first < len(j.told) {
		p.atBreak = p.atBreak || j.told[first].conn != conn
	}
	p.silent = p.beyond || !j.told[first].delta || p.atBreak
	return p
}

// codes tells which codes the place has by the table.
func (p place) codes() (codes []Code) {
	for _, c := range []struct {
		is   bool
		code Code
	}{{p.between, MissedDelta}, {p.atBreak, MissedWhileOffline}, {p.silent, MissedWhileDeaf}, {p.beyond, AfterTheEnd}} {
		if c.is {
			codes = append(codes, c.code)
		}
	}
	return codes
}

// absent tells the codes of a delta that did not arrive, and which is the one.
func (j *judge) absent(kind Kind, e *emission) ([]Code, Code) {
	p := j.placeOf(e.real)
	codes := p.codes()
	switch {
	case j.CutOff && p.beyond && e.at-j.Begun > j.last():
		return append(codes, MissedDelta), "" // the file may have been cut off before
	case kind == Break && e.conn == 0:
		return append(p.end(), MissedWhileOffline), MissedWhileOffline
	case kind == Break:
		return append(codes, MissedWhileOffline, MissedDelta), ""
	case kind == Outsider:
		return append(codes, NotAddressed), NotAddressed
	case kind == Deaf:
		return append(codes, MissedWhileDeaf), MissedWhileDeaf
	case kind == Swallow && p.silent:
		return append(codes, MissedWhileDeaf, MissedDelta), ""
	case kind == Unsent:
		codes = append(codes, NeverEmitted)
	}
	codes = append(codes, MissedDelta)
	if p.between {
		return codes, MissedDelta
	}
	return codes, ""
}

// last is the moment of the latest record.
func (j *judge) last() time.Duration {
	if len(j.told) == 0 {
		return 0
	}
	return j.told[len(j.told)-1].at
}

// end is the code of what lies above all that is told.
func (p place) end() []Code {
	if p.beyond {
		return []Code{AfterTheEnd}
	}
	return nil
}
