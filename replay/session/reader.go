package session

import (
	"bytes"
	"errors"
	"io"
)

// MaxLine is how long a line may be, in bytes, newline included.
const MaxLine = 64 << 20

// Source is anything that yields the records of a session in order: a *Reader, or a recording of another kind that is
// converted on the way.
type Source interface {
	// Header is the session's first line.
	Header() Header
	// Next reads the next record into rec, whose byte slices are valid until the call after it. It returns
	// io.EOF at the end. After a *LineError reading may go on; after any other error it may not.
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
	feed      feed
	header    Header
	block     *Block
	text      []byte // what is left of the block
	pending   error  // what is wrong after text
	line      int64  // the number of the line that was read last
	truncated *Truncation
	ended     bool
	closer    io.Closer
}

// NewReader reads the header of the session in r, and detects compression by the content. A *FormatError says that r is no
// session, or of a newer format. Lines are there as soon as r yields them. No goroutine is started.
func NewReader(r io.Reader) (*Reader, error) {
	blocks, err := NewBlocks(r)
	if err != nil {
		return nil, err
	}
	return newReader(blocks)
}

func newReader(blocks feed) (*Reader, error) {
	r := &Reader{feed: blocks}
	line, _, err := r.readLine()
	var bad *LineError
	switch {
	case errors.Is(err, io.EOF) && r.truncated != nil:
		return nil, &FormatError{Line: 1, Reason: r.truncated.Reason}
	case errors.Is(err, io.EOF):
		return nil, &FormatError{Reason: "empty file"}
	case errors.As(err, &bad):
		return nil, &FormatError{Line: 1, Reason: bad.Reason}
	case err != nil:
		return nil, err
	}
	r.header, err = parseHeader(line)
	return r, err
}

// Header is the session's first line.
func (r *Reader) Header() Header { return r.header }

// Next reads the next record into rec. Rec's byte slices are valid until the next call. It returns io.EOF at the end, a
// *LineError for a line that is no record, after which reading may go on, and a *FormatError where another session begins.
func (r *Reader) Next(rec *Record) error {
	for {
		line, whole, err := r.readLine()
		if err != nil {
			return err
		}
		err = ParseRecord(line, rec)
		if err == nil {
			r.ended = rec.Kind == KindEnd
			return nil
		}
		if !whole {
			r.cutOff("the file breaks off", len(line))
			continue
		}
		if h, notHeader := parseHeader(line); notHeader != nil {
			return r.blame(err)
		} else if h.Session != r.header.Session {
			return &FormatError{Line: r.line, Reason: "another session begins here"}
		}
	}
}

// blame gives a line's error the line's number.
func (r *Reader) blame(err error) error {
	var bad *LineError
	if !errors.As(err, &bad) {
		return err
	}
	return &LineError{Line: r.line, Reason: bad.Reason}
}

// readLine returns the next line that is not empty, and whether it ends with a newline.
func (r *Reader) readLine() (line []byte, whole bool, err error) {
	for {
		if len(r.text) > 0 {
			r.line++
			line, r.text, whole = bytes.Cut(r.text, newline)
			if line = bytes.TrimSuffix(line, carriageReturn); len(line) > 0 {
				return line, whole, nil
			}
			continue
		}
		if err := r.complain(); err != nil {
			return nil, false, err
		}
		if err := r.advance(); err != nil {
			return nil, false, err
		}
	}
}

var newline, carriageReturn = []byte("\n"), []byte("\r")

// complain returns what was wrong after the block's text, once.
func (r *Reader) complain() error {
	err := r.pending
	r.pending = nil
	var damaged *DamageError
	if !errors.As(err, &damaged) {
		if err != nil {
			r.line++
			err = r.blame(err)
		}
		return err
	}
	if r.block.last {
		r.cutOff(damaged.Reason, 0)
		return nil
	}
	return &LineError{Line: r.line + 1, Reason: damaged.Reason}
}

// cutOff notes where the file ends too early. The line that breaks off says more than the compression around it.
func (r *Reader) cutOff(reason string, left int) {
	if r.truncated == nil {
		r.truncated = &Truncation{Line: r.line, Bytes: int64(left), Reason: reason}
		if left == 0 {
			r.truncated.Line++
		}
	}
}

func (r *Reader) advance() error {
	if r.block != nil {
		r.block.Release()
		r.block = nil
	}
	b, err := r.feed.Next()
	if err != nil {
		return err
	}
	r.block = b
	r.text, r.pending = b.Text()
	return nil
}

// Line is the number of the line that Next read last. The header's is 1.
func (r *Reader) Line() int64 { return r.line }

// Truncated tells, after io.EOF, what was left unread of a cut-off file; nil where it is whole.
func (r *Reader) Truncated() *Truncation { return r.truncated }

// Complete says whether the last record read was an end record.
func (r *Reader) Complete() bool { return r.ended }

// Offset is how many bytes have been read from the file, compressed as they are. It is safe to call at any time.
func (r *Reader) Offset() int64 { return r.feed.Offset() }

// Close stops what works ahead, and closes the file where Open opened it. No record that was read may be used after it.
func (r *Reader) Close() error {
	r.feed.stop()
	if r.closer == nil {
		return nil
	}
	return r.closer.Close()
}
