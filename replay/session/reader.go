package session

import (
	"bufio"
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
	// Complete says whether an end record was seen.
	Complete() bool
}

// Reader reads a session. It is not safe for concurrent use.
type Reader struct {
	r         *bufio.Reader
	header    Header
	line      int64
	long      []byte
	truncated *Truncation
	complete  bool
}

// NewReader reads the header of the session in r. A *FormatError says that r is no session, or of a newer format.
func NewReader(r io.Reader) (*Reader, error) {
	out := &Reader{r: bufio.NewReaderSize(r, 1<<20)}
	line, err := out.readLine()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if len(line) == 0 {
		return nil, &FormatError{Reason: "empty file"}
	}
	out.header, err = parseHeader(line)
	return out, err
}

// Header is the session's first line.
func (r *Reader) Header() Header { return r.header }

// Next reads the next record into rec. Rec's byte slices are valid until the next call. It returns io.EOF at the end, and a *LineError
// for a line that is no record, after which reading may go on.
func (r *Reader) Next(rec *Record) error {
	line, err := r.readLine()
	if err != nil && (!errors.Is(err, io.EOF) || len(line) == 0) {
		return err
	}
	last := err != nil
	if err := ParseRecord(line, rec); err != nil {
		if last {
			r.truncated = &Truncation{Line: r.line, Bytes: int64(len(line)), Reason: "cut off"}
			return io.EOF
		}
		var bad *LineError
		if errors.As(err, &bad) {
			bad.Line = r.line
		}
		return err
	}
	r.complete = r.complete || rec.Kind == KindEnd
	return nil
}

// Truncated tells, after io.EOF, what was left unread of a cut-off file; nil where it is whole.
func (r *Reader) Truncated() *Truncation { return r.truncated }

// Complete says whether an end record was seen.
func (r *Reader) Complete() bool { return r.complete }

func (r *Reader) readLine() ([]byte, error) {
	r.line++
	r.long = r.long[:0]
	for {
		part, err := r.r.ReadSlice('\n')
		if err == nil && len(r.long) == 0 {
			return bytes.TrimSuffix(part[:len(part)-1], []byte("\r")), nil
		}
		r.long = append(r.long, part...)
		if err == nil {
			return bytes.TrimSuffix(r.long[:len(r.long)-1], []byte("\r")), nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return r.long, err
		}
	}
}
