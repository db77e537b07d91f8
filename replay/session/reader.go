package session

import (
	"errors"
	"io"
)

// MaxLine is how long a line may be, in bytes, newline included.
const MaxLine = 64 << 20

// Source is anything that yields the records of a session in order: a *Reader, or a recording of
// another kind that is converted on the way.
type Source interface {
	// Header is the session's first line.
	Header() Header
	// Next reads the next record into rec, whose byte slices are valid until the call after it. It
	// returns io.EOF at the end. After a *LineError reading may go on; after any other error it may
	// not.
	Next(rec *Record) error
	// Truncated tells, after io.EOF, what was left unread of a cut-off file; nil where it is whole.
	Truncated() *Truncation
	// Complete says whether the last record was an end record.
	Complete() bool
	// Close stops what works ahead, and closes the files that were opened for reading.
	Close() error
}

// Reader reads a session, plain or compressed. It is not safe for concurrent use.
type Reader struct {
	lines  *Lines
	header Header
	ended  bool
	closer io.Closer
	pieces []piece // of the line that was read last, what is to come
}

// NewReader reads the header of the session in r, and detects compression by the content. A *FormatError says that r is no
// session, or of a newer format. Lines are there as soon as r yields them. No goroutine is started.
func NewReader(r io.Reader) (*Reader, error) {
	lines, err := NewLines(r)
	if err != nil {
		return nil, err
	}
	return newReader(lines)
}

func newReader(lines *Lines) (*Reader, error) {
	r := &Reader{lines: lines}
	line, whole, err := lines.Next()
	var bad *LineError
	switch {
	case errors.Is(err, io.EOF) && lines.truncated != nil:
		return nil, &FormatError{Line: 1, Reason: lines.truncated.Reason}
	case errors.Is(err, io.EOF):
		return nil, &FormatError{Reason: "empty file"}
	case errors.As(err, &bad):
		return nil, &FormatError{Line: 1, Reason: bad.Reason}
	case err != nil:
		return nil, err
	}
	var record bool
	if r.header, record, err = ParseFirst(line); record {
		r.pieces = pieces(line, whole)
	}
	return r, err
}

// Header is the session's first line.
func (r *Reader) Header() Header { return r.header }

// Next reads the next record into rec. Rec's byte slices are valid until the next call. It returns
// io.EOF at the end, a
// *LineError for a line that is no record, after which reading may go on, and a *FormatError where another session begins.
func (r *Reader) Next(rec *Record) error {
	for {
		line, whole, err := r.line()
		if err != nil {
			return err
		}
		err = ParseRecord(line, rec)
		if err == nil {
			r.ended = rec.Kind == KindEnd
			return nil
		}
		if all := pieces(line, whole); len(all) > 1 || len(all) > 0 && all[0].zeros {
			r.pieces = all
			continue
		}
		if !whole {
			r.lines.CutOff(len(dropZeros(line)))
			continue
		}
		if h, notHeader := ParseHeader(line); notHeader != nil {
			return r.lines.Blame(err)
		} else if h.Session != r.header.Session {
			return &FormatError{Line: r.lines.Number(), Reason: "another session begins here"}
		}
	}
}

// line is the next line, or what stands between the zero bytes of one.
func (r *Reader) line() (line []byte, whole bool, err error) {
	if len(r.pieces) == 0 {
		return r.lines.Next()
	}
	p := r.pieces[0]
	if r.pieces = r.pieces[1:]; p.zeros {
		return nil, false, r.lines.Blame(&LineError{Reason: ReasonZeros})
	}
	return p.text, p.whole, nil
}

// Line is the number of the line that Next read last. The header's is 1.
func (r *Reader) Line() int64 { return r.lines.Number() }

// Truncated tells, after io.EOF, what was left unread of a cut-off file; nil where it is whole.
func (r *Reader) Truncated() *Truncation { return r.lines.Truncated() }

// Complete says whether the last record read was an end record.
func (r *Reader) Complete() bool { return r.ended }

// Offset is how many bytes have been read from the file, compressed as they are. It is safe to call
// at any time.
func (r *Reader) Offset() int64 { return r.lines.Offset() }

// Close stops what works ahead, and closes the file where Open opened it. No record that was read
// may be used after it.
func (r *Reader) Close() error {
	r.lines.Close()
	if r.closer == nil {
		return nil
	}
	return r.closer.Close()
}
