package session

import (
	"bytes"
	"errors"
	"time"
)

// run is the File's goroutine: it gathers, writes and syncs until the File is closed.
func (f *File) run() {
	defer close(f.done)
	for {
		<-f.wake
		f.gather()
		batches, asked, closed := f.grab()
		for i, b := range batches {
			if err := f.commit(b); err != nil {
				f.fail(batches[i:], err)
				break
			}
		}
		f.look(asked)
		if closed {
			f.end()
			return
		}
	}
}

// gather waits for more to write together, unless it is urgent.
func (f *File) gather() {
	timer := time.NewTimer(f.options.Group)
	defer timer.Stop()
	for !f.isUrgent() {
		select {
		case <-timer.C:
			return
		case <-f.wake:
		}
	}
}

func (f *File) isUrgent() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.urgent
}

// grab takes what is to be written.
func (f *File) grab() (batches []*batch, asked int64, closed bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	batches, f.queue = f.queue, nil
	f.pending, f.urgent = 0, false
	if f.err != nil {
		batches = nil
	}
	f.changed.Broadcast()
	return batches, f.asked, f.closed
}

// look finds out whether the file is still there, for those who asked so often.
func (f *File) look(asked int64) {
	f.mu.Lock()
	due := f.looked < asked && f.err == nil
	f.mu.Unlock()
	if due {
		if err := f.part.check(); err != nil {
			f.fail(nil, err)
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.looked = asked
	f.changed.Broadcast()
}

// commit writes a batch and makes it durable.
func (f *File) commit(b *batch) error {
	if b.part > f.at {
		if err := f.nextPart(); err != nil {
			return err
		}
	}
	if err := f.part.check(); err != nil {
		return err
	}
	f.seal(b)
	if err := f.part.write(b.text); err != nil {
		return err
	}
	if err := f.part.sync(); err != nil {
		return err
	}
	if err := f.settle(); err != nil {
		return err
	}
	f.part.given, f.part.last = f.part.given+b.given, b.last
	if err := f.part.check(); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.synced = b.last
	f.safe += b.lines
	f.stats.Written += b.given
	f.stats.Bytes = f.whole + f.part.good
	f.stats.Path = f.part.path
	if f.spare == nil && cap(b.text) <= 2*mostPending {
		f.spare = b.text
	}
	if f.stats.Part == f.at && packingOf(f.path) != plainText {
		f.rotate.size = f.part.size
	}
	f.changed.Broadcast()
	return nil
}

// settle puts the part in its place, and what is left of the recording that it replaces out of it.
func (f *File) settle() error {
	if f.options.Whole {
		return nil
	}
	if err := f.part.settle(); err != nil {
		return err
	}
	return f.removeStale()
}

func (f *File) removeStale() error {
	for _, path := range f.stale {
		if err := f.options.FS.Remove(path); err != nil {
			return err
		}
	}
	f.stale = nil
	return nil
}

// nextPart ends the part and begins another, which appears only when its header is durable: there
// is never a part that cannot be read.
func (f *File) nextPart() error {
	if err := f.part.close(!f.options.Whole); err != nil {
		return err
	}
	h := f.header.withPart(f.at+1, f.sealed)
	p, err := createPart(f.options.FS, PartName(f.path, h.Part), true, h)
	if err != nil {
		return err
	}
	if !f.options.Whole {
		if err := p.settle(); err != nil {
			p.discard()
			return err
		}
	}
	f.whole += f.part.good
	f.made = append(f.made, f.part)
	p.before, p.last = f.part.last, f.part.last
	f.part, f.at = p, h.Part
	return nil
}

// fail ends all writing: of batches, the first was written in part or not at all.
func (f *File) fail(batches []*batch, err error) {
	if gone, ok := errors.AsType[*GoneError](err); ok {
		f.abandon(batches, gone)
		return
	}
	kept := f.part.repair(batches[0].text, !f.options.Whole)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err = err
	first := batches[0]
	written := min(first.givenOf(kept), first.given)
	f.stats.Written += written
	if kept > 0 {
		f.synced = numberOf(first.text, kept)
	}
	f.stats.Lost -= written
	for _, b := range append(batches, f.queue...) {
		f.stats.Lost += b.given
	}
	f.queue, f.pending = nil, 0
	f.stats.Bytes = f.whole + f.part.good
	f.changed.Broadcast()
}

// givenOf is how many of the first lines were given to the File, before those that it made to end a
// part.
func (b *batch) givenOf(lines int64) int64 {
	if b.seal != nil && lines > int64(bytes.Count(b.text[:b.seal.at], newline)) {
		return lines - 1
	}
	return lines
}

// abandon ends all writing where another program took the file.
func (f *File) abandon(batches []*batch, gone *GoneError) {
	f.part.abandon()
	held := f.part.readBack(gone)
	for _, p := range f.made {
		held += p.given
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err = gone
	f.synced = f.part.last
	taken := f.stats.Written
	for _, b := range append(batches, f.queue...) {
		taken += b.given
	}
	f.stats.Lost += taken - held
	f.stats.Written = held
	f.stats.Bytes = f.whole + f.part.good
	f.queue, f.pending = nil, 0
	f.changed.Broadcast()
}

// numberOf is the number of the record in the k-th line of text.
func numberOf(text []byte, k int64) int64 {
	for ; k > 1; k-- {
		text = text[bytes.IndexByte(text, '\n')+1:]
	}
	line, _, _ := bytes.Cut(text, newline)
	var rec Record
	_ = ParseRecord(line, &rec) // it was written here
	return rec.N
}

// end closes the file, or removes it where it is of no use.
func (f *File) end() {
	f.mu.Lock()
	err, discarded := f.err, f.discarded
	f.mu.Unlock()
	parts := append(f.made, f.part)
	if err == nil {
		err = f.finish(parts)
		if gone, ok := errors.AsType[*GoneError](err); ok {
			f.abandon(nil, gone)
		}
	}
	remove := discarded || err != nil && f.options.Whole
	if remove {
		for _, p := range parts {
			p.discard()
		}
	}
	f.account(remove, err)
}

// finish ends the last part, and puts all in their places that are not yet there.
func (f *File) finish(parts []*part) error {
	err := f.part.close(!f.options.Whole)
	if err == nil {
		err = f.removeStale()
	}
	for _, p := range parts {
		if err == nil {
			err = p.settle()
		}
	}
	return err
}

// account makes the numbers final.
func (f *File) account(removed bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ended = true
	if f.err == nil {
		f.err = err
	}
	f.stats.Bytes = f.whole + f.part.good
	if removed {
		f.synced, f.stats.Written, f.stats.Bytes = 0, 0, 0
		f.stats.Lost = f.stats.Received
	}
	f.changed.Broadcast()
}
