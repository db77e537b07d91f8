package session

import (
	"bufio"
	"errors"
	"io"
)

// Writer writes a plain session to an io.Writer. It is not safe for concurrent use. For a file that
// must survive, see Create.
type Writer struct {
	w    *bufio.Writer
	n    int64
	line []byte
	err  error
	part bool // records are left out, or changed: seals do not fit
}

// NewWriter starts a session: it hands h to w, with Format, and with an id where it has none. A
// header that was read is written as it was read.
func NewWriter(w io.Writer, h Header) (*Writer, error) {
	if err := h.complete(); err != nil {
		return nil, err
	}
	out := &Writer{w: bufio.NewWriterSize(w, 64<<10), part: h.Filter != "" || h.Faults != ""}
	out.line = append(h.AppendJSON(out.line), '\n')
	_, out.err = out.w.Write(out.line)
	return out, out.err
}

// complete fills in what a new header may leave out.
func (h *Header) complete() error {
	if h.Raw != nil {
		return nil
	}
	if h.Started.IsZero() {
		return errors.New("a session header needs the time at which it started")
	}
	h.Format = Format
	if h.Session == "" {
		h.Session = NewID(h.Started)
	}
	return nil
}

// Write numbers rec and writes it; a record with Raw keeps its number, and numbering goes on from there. An end record
// without a count gets it. Seals are left out where records are, or where faults were planted. After an error of the underlying writer every call returns that error; a *TooLongError leaves the
// session as it was.
func (w *Writer) Write(rec *Record) error {
	if w.err != nil || w.part && rec.Kind == KindSeal {
		return w.err
	}
	n := w.n
	w.n = number(rec, n)
	w.line = append(rec.AppendJSON(w.line[:0]), '\n')
	if len(w.line) > MaxLine {
		w.n = n
		return &TooLongError{Bytes: len(w.line)}
	}
	_, w.err = w.w.Write(w.line)
	return w.err
}

// number gives rec the number after n, unless it has its own, and returns its number.
func number(rec *Record, n int64) int64 {
	if rec.Raw != nil {
		return rec.N
	}
	rec.N = n + 1
	if rec.Kind == KindEnd && rec.Records == 0 {
		rec.Records = rec.N
	}
	return rec.N
}

// Flush hands everything written so far to the underlying writer.
func (w *Writer) Flush() error {
	if w.err == nil {
		w.err = w.w.Flush()
	}
	return w.err
}
