package session

import (
	"cmp"
	"errors"
	"io/fs"
	"time"
)

// Write numbers rec and takes it. It is durable once Synced says so. Write waits only where the
// disk is slower than the records for a long time. After a failure of the disk it returns that,
// always, and counts what it is given as lost. A
// *TooLongError costs only the one record. A record with Raw keeps its number, unless the recording rotates. An end
// record gets the number of records and, added to its own, of lost ones. A recording that seals
// itself takes no seals.
func (f *File) Write(rec *Record) error {
	f.mu.Lock()
	ask, err := f.write(rec)
	f.mu.Unlock()
	if ask {
		f.options.Snapshot()
	}
	return err
}

func (f *File) write(rec *Record) (ask bool, err error) {
	if f.options.Seal && rec.Kind == KindSeal {
		return false, nil
	}
	f.stats.Received++
	for f.pending > mostPending && f.err == nil {
		f.changed.Wait()
	}
	if f.err != nil || f.closed {
		f.stats.Lost++
		return false, cmp.Or(f.err, fs.ErrClosed)
	}
	ask, turn := f.rotate.due(&f.options, rec)
	if turn {
		f.turn(rec.T)
	}
	if rec.Kind == KindEnd && rec.Raw == nil {
		rec.Lost += f.stats.Lost
	}
	if f.options.rotates() {
		rec.renumber(f.n + 1)
	}
	seals := f.options.Seal && rec.Kind == KindEnd && rec.Reason != ReasonRotated
	before := f.n
	if seals {
		before++
	}
	n := number(rec, before)
	b := f.batch()
	from := len(b.text)
	b.text = append(rec.AppendJSON(b.text), '\n')
	if size := len(b.text) - from; size > MaxLine {
		b.text = b.text[:from]
		f.stats.Lost++
		return ask, &TooLongError{Bytes: size}
	}
	b.given++
	f.took(b, from, n)
	if seals {
		f.dueSeal(b, from, before, rec.T)
	}
	f.t = rec.T
	return ask, nil
}

// batch is where the next record goes.
func (f *File) batch() *batch {
	if last := len(f.queue) - 1; last < 0 || f.queue[last].part != f.stats.Part || f.queue[last].seal != nil {
		f.queue = append(f.queue, &batch{part: f.stats.Part, text: f.spare[:0]})
		f.spare = nil
	}
	return f.queue[len(f.queue)-1]
}

// dueSeal has a seal put before the end record that begins at from.
func (f *File) dueSeal(b *batch, from int, n int64, t time.Duration) {
	b.seal = &sealDue{at: from, n: n, t: t}
	b.lines++
	f.lines++
}

// took notes that a line has been put into b, from from on.
func (f *File) took(b *batch, from int, n int64) {
	f.n, b.last = n, n
	f.lines++
	b.lines++
	f.pending += len(b.text) - from
	if packingOf(f.path) == plainText {
		f.rotate.size += int64(len(b.text) - from)
	}
	f.urgent = f.urgent || f.pending > enoughPending
	if f.urgent || len(f.queue) == 1 && from == 0 {
		f.poke()
	}
}

func (f *File) poke() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// Synced is the number of the last record that is durable. Only what it covers may be shown as
// recorded.
func (f *File) Synced() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.synced
}

// Stats are the recording's numbers so far.
func (f *File) Stats() Stats {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.stats
}

// Sync returns when everything written so far is durable and the file is still there, or when that
// cannot be.
func (f *File) Sync() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked++
	for ask := f.asked; f.looked < ask && f.err == nil && !f.ended; {
		f.urgent = true
		f.poke()
		f.changed.Wait()
	}
	return f.err
}

// Close makes everything durable, ends the file, and returns what went wrong with it, if anything
// ever did.
func (f *File) Close() error {
	f.mu.Lock()
	f.closed, f.urgent = true, true
	f.poke()
	f.mu.Unlock()
	<-f.done
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}

// ReadBack reads what is left of a recording that was closed, and returns how many records that is,
// in all its parts.
func (f *File) ReadBack() (records int64) {
	for part := 1; part <= f.Stats().Part; part++ {
		r, err := Open(PartName(f.path, part))
		if err != nil {
			continue
		}
		if r.Header().Session == f.header.Session {
			for rec := (Record{}); r.Next(&rec) == nil; {
				records++
			}
		}
		_ = r.Close()
	}
	return records
}

// Discard ends the recording and removes its files: for input that turns out to be of no use. What
// was at path before is still there where Options.Whole was set.
func (f *File) Discard() {
	f.mu.Lock()
	f.closed, f.urgent, f.discarded = true, true, true
	if f.err == nil {
		f.err = errDiscarded
	}
	f.poke()
	f.mu.Unlock()
	<-f.done
}

var errDiscarded = errors.New("the recording was discarded")
