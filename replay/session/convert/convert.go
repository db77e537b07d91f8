// Package convert reads what others recorded as if it were a session: raw captures, HAR files of
// browsers and proxies, dumps of frames, and plain payloads. It tells them apart by their content.
//
// It carries over what a session holds and nothing else: no cookie, no header, no token, nothing
// that the client sent. What it leaves out it counts. It must not know what a delta means, nor who
// asks.
package convert

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/carebase/deltatap/replay/session"
)

// The formats that Open takes.
const (
	Session  = "session"  // a session file
	Capture  = "capture"  // {"at":…,"kind":"frame","data":"2[…]"} a line
	HAR      = "har"      // an HTTP archive with WebSocket messages
	Payloads = "payloads" // {"deltas":[…]} a line, an event's arguments, a frame, or lists of these
	Records  = "records"  // a session's records in a list, or over many lines
)

// Formats are the names of the formats that Options.Format may hold.
func Formats() []string { return []string{Session, Capture, HAR, Payloads, Records} }

// CheckFormat tells whether Options.Format may be that.
func CheckFormat(format string) bool {
	format, _, ok := clientOf(format)
	return ok && slices.Contains(Formats(), format)
}

// clientOf splits har:2 into the format and the number of the client that is meant, from 1; 0 where
// none is named.
func clientOf(format string) (name string, client int, ok bool) {
	number, of := strings.CutPrefix(format, HAR+":")
	if !of {
		return format, 0, true
	}
	client, err := strconv.Atoi(number)
	return HAR, client, err == nil && client > 0
}

// Options say how to open a recording.
type Options struct {
	Format string           // one of Formats, or har:N for the Nth client of a HAR file; empty to tell by the content
	Now    func() time.Time // when a session of payloads started, which nothing in it tells; time.Now by default
	Tool   string           // goes into the header of what is converted
	Size   int64            // of the whole, in bytes, where it is known: a large session is then read ahead
}

// Noted is a Source that has something to say, after io.EOF, of what it left out.
type Noted interface{ Notes() []string }

// OpenFile opens the recording at path, to be closed after use.
func OpenFile(path string, o Options) (session.Source, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	src, err := openFile(file, o)
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	return &fileSource{Source: src, file: file}, nil
}

func openFile(file *os.File, o Options) (session.Source, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, &session.FormatError{Reason: "a directory"}
	}
	o.Size = info.Size()
	return Open(file, o)
}

// fileSource closes its file with the source.
type fileSource struct {
	session.Source
	file *os.File
}

func (s *fileSource) Close() error { return errors.Join(s.Source.Close(), s.file.Close()) }

// Notes are those of the source.
func (s *fileSource) Notes() []string {
	if n, ok := s.Source.(Noted); ok {
		return n.Notes()
	}
	return nil
}

// Open reads the recording in r as a session. A *session.FormatError says that it cannot be read as
// one. A session whose lines come slowly is read as they come.
func Open(r io.Reader, o Options) (session.Source, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	in := bufio.NewReaderSize(r, DetectBytes)
	l, err := lookInto(in)
	if err != nil {
		return nil, err
	}
	format, asked, ok := clientOf(o.Format)
	if !ok {
		return nil, errFormat(o.Format)
	}
	if o.Format = format; format == "" {
		if o.Format = l.format; !l.known && startsList(in) {
			return nil, errOtherList
		}
	}
	switch o.Format {
	case Session:
		return session.NewReaderAhead(in, o.Size)
	case HAR:
		return openHAR(in, o, asked)
	case Records:
		l.fold = max(l.fold, spread)
	case Capture, Payloads:
	default:
		return nil, errFormat(o.Format)
	}
	return openLines(in, o, l.fold)
}

// openLines reads what comes in lines, or in values that do not stand one a line.
func openLines(r io.Reader, o Options, how fold) (session.Source, error) {
	if how != oneALine {
		var err error
		if r, err = unfold(r, how); err != nil {
			return nil, err
		}
	}
	switch o.Format {
	case Capture:
		return openCapture(r, o)
	case Records:
		return openRecords(r, o)
	}
	return openPayloads(r, o)
}

func errFormat(format string) error {
	return fmt.Errorf("unknown format %q: %s", format, strings.Join(Formats(), ", "))
}

var errOtherList = &session.FormatError{
	What: "recording", Reason: "a JSON list, but neither of records, deltas, payloads or frames nor of a HAR file's entries",
}

// startsList tells whether a text begins like a JSON list.
func startsList(in *bufio.Reader) bool {
	head, _ := in.Peek(min(in.Buffered(), 64))
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	return len(head) > 0 && head[0] == '['
}
