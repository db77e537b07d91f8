package session

import (
	"bytes"
	"errors"
	"io"

	"github.com/carebase/deltatap/replay/rawjson"
)

// Lines reads text line by line, plain or compressed. It knows nothing of sessions. It is not safe
// for concurrent use.
type Lines struct {
	feed      feed
	block     *Block
	text      []byte // what is left of the block
	pending   error  // what is wrong after text
	number    int64
	truncated *Truncation
}

// NewLines detects compression by the content.
func NewLines(r io.Reader) (*Lines, error) {
	blocks, err := NewBlocks(r)
	if err != nil {
		return nil, err
	}
	return &Lines{feed: blocks}, nil
}

// Next returns the next line that is not blank, without its end, and whether it had one: the last
// line of a text may have been cut off. The line is valid until the next call. After a *LineError
// there may be more lines; io.EOF is the end.
func (l *Lines) Next() (line []byte, whole bool, err error) {
	for {
		if len(l.text) > 0 {
			l.number++
			line, l.text, whole = bytes.Cut(l.text, newline)
			if len(line) >= MaxLine {
				return nil, false, l.Blame(errLongLine)
			}
			if line = bytes.TrimSuffix(line, carriageReturn); !IsBlank(line) {
				return line, whole, nil
			}
			continue
		}
		if err := l.complain(); err != nil {
			return nil, false, err
		}
		if err := l.advance(); err != nil {
			return nil, false, err
		}
	}
}

var newline, carriageReturn = []byte("\n"), []byte("\r")

// IsBlank says whether a line is white space alone.
func IsBlank(line []byte) bool { return rawjson.SkipSpace(line, 0) == len(line) }

// complain returns what was wrong after the block's text, once.
func (l *Lines) complain() error {
	err := l.pending
	l.pending = nil
	var damaged *DamageError
	if !errors.As(err, &damaged) {
		if err != nil {
			l.number++
			err = l.Blame(err)
		}
		return err
	}
	if l.block.last {
		l.cutOff(damaged.Reason, l.number+1, 0)
		return nil
	}
	return &LineError{Line: l.number + 1, Reason: damaged.Reason}
}

func (l *Lines) advance() error {
	if l.block != nil {
		l.block.Release()
		l.block = nil
	}
	b, err := l.feed.Next()
	if err != nil {
		return err
	}
	l.block = b
	l.text, l.pending = b.Text()
	return nil
}

// Blame gives a *LineError the number of the line that was read last.
func (l *Lines) Blame(err error) error {
	var bad *LineError
	if !errors.As(err, &bad) {
		return err
	}
	return &LineError{Line: l.number, Reason: bad.Reason}
}

// CutOff notes that the last line, of so many bytes, is not whole, and was left unread.
func (l *Lines) CutOff(bytes int) { l.cutOff("the file breaks off", l.number, bytes) }

// cutOff keeps the first that is noted: a line that breaks off says more than the compression
// around it.
func (l *Lines) cutOff(reason string, line int64, bytes int) {
	if l.truncated == nil {
		l.truncated = &Truncation{Line: line, Bytes: int64(bytes), Reason: reason}
	}
}

// Number is the number of the line that was read last, from 1; empty lines count.
func (l *Lines) Number() int64 { return l.number }

// Truncated tells, after io.EOF, what was left unread of a text that was cut off; nil where it is
// whole.
func (l *Lines) Truncated() *Truncation { return l.truncated }

// Offset is how many bytes have been read, compressed as they are. It is safe to call at any time.
func (l *Lines) Offset() int64 { return l.feed.Offset() }

// Close stops what works ahead. No line that was read may be used after it.
func (l *Lines) Close() {
	l.feed.stop()
}
