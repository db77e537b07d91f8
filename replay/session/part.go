package session

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// part is one file of a recording while it is being written.
type part struct {
	disks  FS
	path   string // where the file is to be
	name   string // where it is: elsewhere until it takes the place of another
	disk   Disk
	packer packer
	size   int64 // bytes written
	good   int64 // of them, what is durable
	given  int64 // records that were given to the File and are durable in this part
	last   int64 // the number of the last durable record, in this part or before it
	before int64 // the number of the last record before it
	old    *old  // what it takes the place of; nil where nothing is there
	sealer *sealer
}

// old is a file that a recording replaces.
type old struct {
	info os.FileInfo
	lock io.Closer
}

// createPart makes a part's file and starts it with its header. With replace, what is at path stays
// there until settle.
func createPart(disks FS, path string, replace bool, h Header) (*part, error) {
	p := &part{disks: disks, path: path, name: path, sealer: newSealer()}
	if replace {
		folder, name := filepath.Split(path)
		p.name = folder + "." + name + "." + h.Session
	}
	var err error
	if p.disk, err = disks.Create(p.name); err != nil {
		return nil, err
	}
	p.packer = newPacker(packingOf(path), p)
	first := append(h.AppendJSON(nil), '\n')
	p.sealer.add(first)
	err = p.write(first)
	if err == nil {
		err = p.sync()
	}
	if err == nil {
		err = disks.SyncFolder(filepath.Dir(path))
	}
	if err != nil {
		p.discard()
		return nil, err
	}
	return p, nil
}

// Write counts what the packer passes on.
func (p *part) Write(b []byte) (int, error) {
	n, err := p.disk.Write(b)
	p.size += int64(n)
	return n, err
}

func (p *part) write(text []byte) error { return p.packer.write(text) }

// sync makes what was written durable.
func (p *part) sync() error {
	if err := p.packer.commit(); err != nil {
		return err
	}
	return p.syncDisk()
}

func (p *part) syncDisk() error {
	if p.size == p.good {
		return nil
	}
	if err := p.disk.Sync(); err != nil {
		return err
	}
	p.good = p.size
	return nil
}

// check says whether the file is still what was written.
func (p *part) check() error { return p.disk.Check(p.name, p.size) }

// settle puts the file in its place. It takes the place of no other than the one that it was to
// replace.
func (p *part) settle() error {
	if p.name == p.path {
		return nil
	}
	switch there, err := p.disks.Lstat(p.path); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case p.old == nil || !os.SameFile(p.old.info, there):
		return &fs.PathError{Op: "replace", Path: p.path, Err: errTaken}
	}
	if err := p.disks.Rename(p.name, p.path); err != nil {
		return err
	}
	p.name = p.path
	p.release()
	return p.disks.SyncFolder(filepath.Dir(p.path))
}

// errTaken says that a file cannot get its name.
var errTaken = errors.New("another program put another file in its place")

// release lets others have what the part was to replace.
func (p *part) release() {
	if p.old != nil {
		_ = p.old.lock.Close()
		p.old = nil
	}
}

// close ends the part, and puts it in its place if it is to stay.
func (p *part) close(stay bool) error {
	err := p.check()
	if err == nil {
		err = p.packer.finish()
	}
	if err == nil {
		err = p.syncDisk()
	}
	if err == nil && stay {
		err = p.settle()
	}
	if err == nil {
		err = p.check()
	}
	return errors.Join(err, p.disk.Close())
}

// repair leaves the file with what is durable, after text could not be written or made so. It
// returns how many lines of text that includes: where a plain file took a piece of it, those that
// are whole. With stay, the file is put in its place.
func (p *part) repair(text []byte, stay bool) (lines int64) {
	keep := p.good
	if _, plain := p.packer.(plainPacker); plain && p.size-p.good < int64(len(text)) {
		taken := text[:p.size-p.good]
		taken = taken[:bytes.LastIndexByte(taken, '\n')+1]
		lines = int64(bytes.Count(taken, newline))
		keep += int64(len(taken))
	}
	// A failed sync may have lost pages that a second one says nothing of, so nothing after a failed
	// sync counts.
	if p.disk.Truncate(keep) != nil || lines > 0 && p.disk.Sync() != nil {
		lines = 0
	}
	if stay && p.settle() != nil {
		lines = 0
		_ = p.disks.Remove(p.name)
	}
	p.release()
	_ = p.disk.Close()
	return lines
}

// abandon lets go of a file that is no longer the recording's own.
func (p *part) abandon() {
	p.release()
	_ = p.disk.Close()
	if p.name != p.path {
		_ = p.disks.Remove(p.name)
	}
}

// readBack is how many of the records that were given to the part are still there, and makes what
// it knows of it right.
func (p *part) readBack(gone *GoneError) int64 {
	if gone.Kept {
		return p.given
	}
	p.given, p.good, p.last = 0, 0, p.before
	if !gone.cut {
		return 0
	}
	r, err := Open(p.path)
	if err != nil {
		return 0
	}
	defer r.Close()
	for rec := (Record{}); r.Next(&rec) == nil; {
		if rec.Kind != KindSeal && (rec.Kind != KindEnd || rec.Reason != ReasonRotated) {
			p.given, p.last = p.given+1, rec.N
		}
	}
	p.good = gone.size
	return p.given
}

// discard leaves no trace of the part.
func (p *part) discard() {
	p.release()
	_ = p.disk.Close()
	_ = p.disks.Remove(p.name)
}
