package session

import "fmt"

// FormatError says why a file is not a session that this program reads, nor, in package convert,
// the recording that it was said to be.
type FormatError struct {
	What   string // what the file should have been; empty for a deltatap session
	Line   int64  // the line, from 1; 0 where no line is to blame
	Newer  int    // the format number, where it is newer than Format
	Reason string // what is wrong, in lower case
}

func (e *FormatError) Error() string {
	what := e.What
	if what == "" {
		what = "deltatap session"
	}
	switch {
	case e.Newer > 0:
		return fmt.Sprintf("made by a newer deltatap (session format %d; this one reads up to %d)", e.Newer, Format)
	case e.Line > 0:
		return fmt.Sprintf("not a %s: line %d: %s", what, e.Line, e.Reason)
	}
	return fmt.Sprintf("not a %s: %s", what, e.Reason)
}

// LineError is a line that is no record. Reading may go on after it.
type LineError struct {
	Path   string // the file, where there are several
	Line   int64  // the line, from 1, the header's included
	Reason string // what is wrong, in lower case
}

func (e *LineError) Error() string {
	return fmt.Sprintf("%sline %d: %s", prefix(e.Path), e.Line, e.Reason)
}

func prefix(path string) string {
	if path == "" {
		return ""
	}
	return path + ": "
}

// Truncation is what a cut-off file holds after its last whole line.
type Truncation struct {
	Path   string // the file, where there are several
	Line   int64  // the number of the line that is cut off; 0 where the file is not one of lines
	Bytes  int64  // how many bytes were left unread: of text, as far as it could be decompressed
	Reason string // in lower case
}

func (t *Truncation) String() string {
	at := ""
	if t.Line > 0 {
		at = fmt.Sprintf(" at line %d", t.Line)
	}
	return fmt.Sprintf("%s%s%s (%d bytes left unread)", prefix(t.Path), t.Reason, at, t.Bytes)
}

// TooLongError is a record that no reader would take, and that was not written for that.
type TooLongError struct{ Bytes int }

func (e *TooLongError) Error() string {
	return fmt.Sprintf("a record of %d bytes is longer than a session's line may be (%d)", e.Bytes, MaxLine)
}
