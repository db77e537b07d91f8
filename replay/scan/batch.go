package scan

import (
	"errors"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/versions"
)

// batch is what one block of lines comes to: sums where the order does not matter, and in order
// what the account of versions and the connections are made of. Batches are made by several workers
// and merged in the order of the blocks.
type batch struct {
	sums
	rate  histogram
	rules map[string]int64

	versions []versions.Version // of all messages, one after the other
	ends     []int32            // where the versions of each message end
	owners   []owner            // of the messages that name a user themselves
	seconds  []second
	moments  []moment
	names    []name
	bad      []*session.LineError // Line counts within the batch
	cut      *session.Truncation  // likewise
	err      error                // why nothing after the batch is read
}

// sums is what can be added up in any order, and the first and last of its kind.
type sums struct {
	text, lines, badLines    int64
	records, first, last     int64
	events, messages, deltas int64
	plans, polls             int64
	refused, marks           int64
	types, actions           [4]int64
	sources                  [5]int64
	errors, warnings         int64
	latest                   time.Duration
	ended                    bool // the last record is an end record
	endReason                string
	lost                     int64
}

// moment is a record that is no message but matters to the account, and after how many messages of
// the batch it came.
type moment struct {
	after          int32
	kind           session.Kind
	t, took        time.Duration
	user           int64  // whom the record names
	version        int64  // what the server answered; below 0: nothing usable
	reason         string // of a disconnect
	sid, transport string // of a connect
}

// owner is the user whom a message names, which is among the batch's messages with versions the one
// of that index.
type owner struct {
	message int32
	user    int64
}

// name is a value of a delta's member that the contract does not know; empty where there is none.
type name struct {
	field contract.Field
	value string
}

func (b *batch) reset() {
	b.sums, b.cut, b.err = sums{}, nil, nil
	b.rate.reset()
	clear(b.rules)
	b.versions, b.ends, b.owners, b.seconds = b.versions[:0], b.ends[:0], b.owners[:0], b.seconds[:0]
	clear(b.moments)
	clear(b.names)
	b.moments, b.names, b.bad = b.moments[:0], b.names[:0], nil
}

// record enters what every record has.
func (b *batch) record(n int64, t time.Duration) {
	if b.records == 0 {
		b.first = n
	}
	b.records++
	b.last, b.ended = n, false
	b.latest = max(b.latest, t)
}

// message enters a record of deltas.
func (b *batch) message(t time.Duration, facts []fact) {
	b.events++
	b.messages++
	b.deltas += int64(len(facts))
	from := len(b.versions)
	for i := range facts {
		f := &facts[i]
		b.types[f.itemType]++
		b.actions[f.action]++
		b.sources[f.source]++
		if f.version > 0 {
			b.versions = append(b.versions, versions.Version{Number: f.version, Absorbs: f.action == actionUpdated || f.action == actionDeleted})
		}
	}
	if len(b.versions) > from {
		b.ends = append(b.ends, int32(len(b.versions)))
	}
	if n := int64(len(facts)); n > 0 {
		b.rate.add(t, n)
		b.second(second{secondOf(t), n})
	}
}

func (b *batch) second(s second) {
	if k := len(b.seconds) - 1; k >= 0 && b.seconds[k].at == s.at {
		b.seconds[k].deltas += s.deltas
		return
	}
	b.seconds = append(b.seconds, s)
}

func (b *batch) moment(m moment) {
	m.after = int32(len(b.ends))
	b.moments = append(b.moments, m)
}

func (b *batch) finding(f contract.Finding) {
	if b.rules == nil {
		b.rules = map[string]int64{}
	}
	b.rules[f.Rule]++
	if f.Severity == contract.Error {
		b.errors++
	} else {
		b.warnings++
	}
}

// lineError enters the line at hand as one that is no record.
func (b *batch) lineError(reason string) {
	b.badLines++
	if len(b.bad) < MaxBad {
		b.bad = append(b.bad, &session.LineError{Line: b.lines, Reason: reason})
	}
}

// fail ends the part with the line at hand.
func (b *batch) fail(err error) {
	var format *session.FormatError
	if errors.As(err, &format) {
		err = &session.FormatError{Line: b.lines, Newer: format.Newer, Reason: format.Reason}
	}
	b.err = err
}
