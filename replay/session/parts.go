package session

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Recording is the parts of one recording, in order.
type Recording struct {
	Header Header // of the first part
	Paths  []string
}

// Group reads the headers of sessions, and puts the parts of one recording together, in order.
// Recordings come in the order in which they are first named. An error names its file.
func Group(paths []string) ([]Recording, error) {
	type file struct {
		path   string
		header Header
	}
	var ids []string
	files := map[string][]file{}
	for _, path := range paths {
		h, err := readHeader(path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		id := h.Session
		if id == "" {
			id = path // nothing says that it belongs to another
		}
		if files[id] == nil {
			ids = append(ids, id)
		}
		files[id] = append(files[id], file{path, h})
	}
	var out []Recording
	for _, id := range ids {
		parts := files[id]
		slices.SortStableFunc(parts, func(a, b file) int { return cmp.Compare(a.header.Part, b.header.Part) })
		r := Recording{Header: parts[0].header}
		for i, p := range parts {
			if i > 0 && p.header.Part == parts[i-1].header.Part {
				return nil, fmt.Errorf("%s: %w", p.path, &FormatError{
					What: "another part", Reason: "the same part as " + parts[i-1].path,
				})
			}
			r.Paths = append(r.Paths, p.path)
		}
		out = append(out, r)
	}
	return out, nil
}

func readHeader(path string) (Header, error) {
	r, err := Open(path)
	if err != nil {
		return Header{}, err
	}
	return r.Header(), r.Close()
}

// Hole is a stretch of a recording that is in none of its parts.
type Hole struct {
	After  int64 // the last record before it; 0 where the beginning is missing
	Before int64 // the first record after it; 0 where the rest is missing
}

func (h Hole) String() string {
	switch {
	case h.After == 0:
		return fmt.Sprintf("records 1 to %d are in none of the parts", h.Before-1)
	case h.Before == 0:
		return fmt.Sprintf("records from %d on are in none of the parts", h.After+1)
	}
	return fmt.Sprintf("records %d to %d are in none of the parts", h.After+1, h.Before-1)
}

// Parts reads the parts of one recording one after the other. It is a Source.
type Parts struct {
	paths     []string
	header    Header
	part      *Reader
	at        int
	n         int64
	rotated   bool  // the last record says that there is another part
	begun     bool  // the part has had a record
	before    int64 // bytes of the parts before it
	holes     []Hole
	truncated *Truncation
	complete  bool
}

// OpenAll opens the parts of one recording, given in any order. Files of several recordings are an
// error: see Group.
func OpenAll(paths []string) (*Parts, error) {
	recordings, err := Group(paths)
	if err != nil {
		return nil, err
	}
	if len(recordings) != 1 {
		return nil, &FormatError{What: "single recording", Reason: fmt.Sprintf("%d of them", len(recordings))}
	}
	r := recordings[0]
	p := &Parts{paths: r.Paths, header: r.Header}
	p.part, err = Open(r.Paths[0])
	return p, err
}

// Header is the first part's.
func (p *Parts) Header() Header { return p.header }

// Next reads the next record, as Source says.
func (p *Parts) Next(rec *Record) error {
	for {
		err := p.part.Next(rec)
		if err == nil {
			p.follow(rec)
			return nil
		}
		if !errors.Is(err, io.EOF) {
			return p.blame(err)
		}
		p.truncate()
		if p.at+1 == len(p.paths) {
			return p.finish()
		}
		if err := p.open(p.at + 1); err != nil {
			return err
		}
	}
}

// follow notes rec, and a hole before it.
func (p *Parts) follow(rec *Record) {
	if !p.begun && rec.N > p.n+1 && (p.at > 0 || p.header.Part > 1) {
		p.holes = append(p.holes, Hole{After: p.n, Before: rec.N})
	}
	p.begun = true
	p.n = rec.N
	p.rotated = rec.Kind == KindEnd && rec.Reason == ReasonRotated
}

func (p *Parts) open(at int) error {
	p.before += p.part.Offset()
	_ = p.part.Close()
	p.at, p.begun = at, false
	var err error
	p.part, err = Open(p.paths[at])
	if err != nil {
		return fmt.Errorf("%s: %w", p.paths[at], err)
	}
	return nil
}

// finish notes that there should be another part.
func (p *Parts) finish() error {
	p.complete = p.part.Complete() && !p.rotated
	if p.rotated {
		p.rotated = false
		p.holes = append(p.holes, Hole{After: p.n})
	}
	return io.EOF
}

func (p *Parts) truncate() {
	if t := p.part.Truncated(); t != nil && p.truncated == nil {
		cut := *t
		cut.Path = p.path()
		p.truncated = &cut
	}
}

func (p *Parts) blame(err error) error {
	var bad *LineError
	if !errors.As(err, &bad) {
		return fmt.Errorf("%s: %w", p.paths[p.at], err)
	}
	return &LineError{Path: p.path(), Line: bad.Line, Reason: bad.Reason}
}

// path names the part, where there are several.
func (p *Parts) path() string {
	if len(p.paths) == 1 {
		return ""
	}
	return p.paths[p.at]
}

// Offset is how many bytes have been read of all the parts, compressed as they are.
func (p *Parts) Offset() int64 { return p.before + p.part.Offset() }

// Holes are the stretches of the recording that are in none of the parts, as far as has been read.
func (p *Parts) Holes() []Hole { return p.holes }

// Truncated tells of the first part that was cut off.
func (p *Parts) Truncated() *Truncation { return p.truncated }

// Line is the line that was read last, from 1, in the file that Path names; 0 where the file is not
// one of lines.
func (p *Parts) Line() int64 { return p.part.Line() }

// Paths are the files, in their order.
func (p *Parts) Paths() []string { return p.paths }

// Path is the file that is being read.
func (p *Parts) Path() string { return p.paths[p.at] }

// Complete says whether the recording was read to its end.
func (p *Parts) Complete() bool { return p.complete }

// Close closes the part that is open.
func (p *Parts) Close() error { return p.part.Close() }
