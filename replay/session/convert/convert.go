// Package convert reads what others recorded as if it were a session: raw captures, HAR files of browsers, and plain
// payloads. It tells them apart by their content.
//
// It carries over what a session holds and nothing else: no cookie, no header, no token, nothing that the client sent. It
// must not know what a delta means, nor who asks.
package convert

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/carebase/deltatap/replay/session"
)

// The formats that Open takes.
const (
	Session  = "session"  // a session file
	Capture  = "capture"  // {"at":…,"kind":"frame","data":"2[…]"} a line
	HAR      = "har"      // an HTTP archive with WebSocket messages
	Payloads = "payloads" // {"deltas":[…]} a line, or an event's arguments
)

// Formats are the names of the formats that Options.Format may hold.
func Formats() []string { return []string{Session, Capture, HAR, Payloads} }

// Options say how to open a recording.
type Options struct {
	Format string           // one of Formats; empty to tell by the content
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

// Open reads the recording in r as a session. A *session.FormatError says that it cannot be read as one. A session whose
// lines come slowly is read as they come.
func Open(r io.Reader, o Options) (session.Source, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	in := bufio.NewReaderSize(r, DetectBytes)
	if o.Format == "" {
		var err error
		if o.Format, err = Detect(in); err != nil {
			return nil, err
		}
	}
	switch o.Format {
	case Session:
		return session.NewReaderAhead(in, o.Size)
	case Capture:
		return openCapture(in, o)
	case HAR:
		return openHAR(in, o)
	case Payloads:
		return openPayloads(in, o)
	}
	return nil, fmt.Errorf("unknown format %q: %s", o.Format, strings.Join(Formats(), ", "))
}
