package session

import (
	"bytes"
	"errors"
	"path/filepath"
)

// part is one file of a recording while it is being written.
type part struct {
	fs     FS
	path   string // where the file is to be
	name   string // where it is: elsewhere until it takes the place of another
	disk   Disk
	packer packer
	size   int64 // bytes written
	good   int64 // of them, what is durable
}

// createPart makes a part's file and starts it with its header. With replace, what is at path stays there until settle.
func createPart(fs FS, path string, replace bool, h Header) (*part, error) {
	p := &part{fs: fs, path: path, name: path}
	if replace {
		folder, name := filepath.Split(path)
		p.name = folder + "." + name + "." + h.Session
	}
	var err error
	if p.disk, err = fs.Create(p.name); err != nil {
		return nil, err
	}
	p.packer = newPacker(packingOf(path), p)
	err = p.write(append(h.AppendJSON(nil), '\n'))
	if err == nil {
		err = p.sync()
	}
	if err == nil {
		err = fs.SyncFolder(filepath.Dir(path))
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

// settle puts the file in its place.
func (p *part) settle() error {
	if p.name == p.path {
		return nil
	}
	if err := p.fs.Rename(p.name, p.path); err != nil {
		return err
	}
	p.name = p.path
	return p.fs.SyncFolder(filepath.Dir(p.path))
}

// close ends the part, and puts it in its place if it is to stay.
func (p *part) close(stay bool) error {
	err := p.packer.finish()
	if err == nil {
		err = p.syncDisk()
	}
	if err == nil && stay {
		err = p.settle()
	}
	return errors.Join(err, p.disk.Close())
}

// repair leaves the file with what is durable, after text could not be written or made so. It returns how many lines of text
// that includes: where a plain file took a piece of it, those that are whole.
func (p *part) repair(text []byte) (lines int64) {
	keep := p.good
	if _, plain := p.packer.(plainPacker); plain && p.size-p.good < int64(len(text)) {
		taken := text[:p.size-p.good]
		taken = taken[:bytes.LastIndexByte(taken, '\n')+1]
		lines = int64(bytes.Count(taken, newline))
		keep += int64(len(taken))
	}
	// A failed sync may have lost pages that a second one says nothing of, so nothing after a failed sync counts.
	if p.disk.Truncate(keep) != nil || lines > 0 && p.disk.Sync() != nil {
		lines = 0
	}
	_ = p.settle()
	_ = p.disk.Close()
	return lines
}

// discard leaves no trace of the part.
func (p *part) discard() {
	_ = p.disk.Close()
	_ = p.fs.Remove(p.name)
}
