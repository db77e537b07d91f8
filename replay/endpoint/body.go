package endpoint

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// DefaultBodyLimit is how many bytes of an answer are read, after decompression, unless told
// otherwise: 64 MiB.
const DefaultBodyLimit = 64 << 20

// TooLargeError tells of an answer that is longer than what is read of one.
type TooLargeError struct{ Limit int64 } // bytes

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("the answer is longer than %d bytes", e.Limit)
}

// EncodingError tells of an answer that is compressed in a way that cannot be read.
type EncodingError struct {
	Coding string // as Content-Encoding names it: letters, digits and hyphens
	Broken bool   // it is not what that name says
	Untold bool   // no header says so, so that no app can read it either
}

func (e *EncodingError) Error() string {
	switch {
	case e.Broken:
		return "the answer says that it is compressed as " + e.Coding + ", and is not"
	case e.Untold:
		return "the answer is compressed as " + e.Coding + " and does not say so (Content-Encoding)"
	}
	name := e.Coding
	if name == "br" {
		name = "br (Brotli)"
	}
	return "the answer is compressed as " + name + ", which was not asked for and cannot be read"
}

// ReadBody reads the body of an answer, no more than limit bytes of it, decompressed and without a
// byte order mark, as browsers and apps do. Errors are *TooLargeError, *EncodingError, and the
// network's.
func ReadBody(answer *http.Response, limit int64) ([]byte, error) {
	r, err := OpenBody(answer)
	if err != nil {
		return nil, err
	}
	pieces, err := readPieces(r, answer.ContentLength, limit)
	if err != nil {
		return nil, err
	}
	return bytes.TrimPrefix(joinPieces(pieces), []byte("\xef\xbb\xbf")), nil
}

// maxCodings is how many times over an answer may be compressed.
const maxCodings = 3

// OpenBody decompresses the body of an answer that NewTransport's client got.
func OpenBody(answer *http.Response) (io.Reader, error) {
	body := &source{r: answer.Body}
	r := bufio.NewReader(body)
	if _, err := r.Peek(1); errors.Is(err, io.EOF) {
		return r, nil // nothing was compressed, whatever the headers say
	}
	codings := contentCodings(answer.Header)
	if len(codings) > maxCodings {
		return nil, &EncodingError{Coding: codings[maxCodings]}
	}
	for _, coding := range slices.Backward(codings) {
		plain, err := decompress(coding, r)
		if err != nil {
			return nil, body.blame(coding, err)
		}
		r = bufio.NewReader(&decoded{coding: coding, r: plain, body: body})
	}
	return r, nil
}

// contentCodings lists how a body was compressed, first to last.
func contentCodings(header http.Header) []string {
	var codings []string
	for _, value := range header.Values("Content-Encoding") {
		for coding := range strings.SplitSeq(strings.ToLower(value), ",") {
			if coding = strings.TrimSpace(coding); coding != "" && coding != "identity" {
				codings = append(codings, coding)
			}
		}
	}
	return codings
}

// maxWindow is how much memory zstd's window may take, as RFC 9659 has it for HTTP.
const maxWindow = 8 << 20

func decompress(coding string, r *bufio.Reader) (io.Reader, error) {
	switch coding {
	case "gzip", "x-gzip":
		return gzip.NewReader(r)
	case "deflate":
		// The name means zlib's format, yet some servers send the bare stream, and browsers read
		// both.
		if head, _ := r.Peek(2); len(head) == 2 && head[0]&0xf == 8 && (int(head[0])<<8|int(head[1]))%31 == 0 {
			return zlib.NewReader(r)
		}
		return flate.NewReader(r), nil
	case "zstd":
		return zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
	}
	if !isToken(coding) || len(coding) > 20 {
		coding = "something unreadable"
	}
	return nil, &EncodingError{Coding: coding}
}

// source is a body as it comes, and what went wrong with its coming.
type source struct {
	r   io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// blame tells whether a body could not be decompressed because it did not come, or because it is
// not what it says.
func (s *source) blame(coding string, err error) error {
	_, known := errors.AsType[*EncodingError](err)
	switch {
	case s.err != nil:
		return s.err
	case known, errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return err
	}
	return &EncodingError{Coding: coding, Broken: true}
}

// decoded is a body decompressed.
type decoded struct {
	coding string
	r      io.Reader
	body   *source
}

func (d *decoded) Read(p []byte) (int, error) {
	n, err := d.r.Read(p)
	if err != nil {
		err = d.body.blame(d.coding, err)
	}
	return n, err
}

const (
	// leastRead is how much room a reading begins with, in bytes, where nothing was announced.
	leastRead = 16 << 10
	// mostRead bounds the memory taken at once, in bytes, before what was announced has begun to
	// come.
	mostRead = 4 << 20
)

// ReadAll reads to the end of r, and takes hardly more memory than what comes. announced is how
// much is said to come, -1 where nothing is said. Where more than limit bytes come, it returns
// those that it has, somewhat more than limit, and a *TooLargeError; the rest is left in r.
func ReadAll(r io.Reader, announced, limit int64) ([]byte, error) {
	pieces, err := readPieces(r, announced, limit)
	if _, large := errors.AsType[*TooLargeError](err); err != nil && !large {
		return nil, err
	}
	return joinPieces(pieces), err
}

// readPieces reads into pieces, so that nothing is moved before the end has come: or into one, as
// long as was announced, once its beginning has come.
func readPieces(r io.Reader, announced, limit int64) (pieces [][]byte, err error) {
	piece := make([]byte, 0, roomFor(announced))
	for total := int64(0); ; {
		n, err := r.Read(piece[len(piece):cap(piece)])
		piece, total = piece[:len(piece)+n], total+int64(n)
		switch {
		case total > limit:
			return append(pieces, piece), &TooLargeError{limit}
		case errors.Is(err, io.EOF):
			return append(pieces, piece), nil
		case err != nil:
			return nil, err
		}
		switch {
		case len(piece) < cap(piece):
		case len(pieces) == 0 && announced > total && announced <= limit:
			piece = append(make([]byte, 0, announced+1), piece...)
		default:
			pieces = append(pieces, piece)
			piece = make([]byte, 0, min(2*cap(piece), mostRead))
		}
	}
}

// joinPieces is pieces as one.
func joinPieces(pieces [][]byte) []byte {
	if len(pieces) == 1 {
		return pieces[0]
	}
	return bytes.Join(pieces, nil)
}

// roomFor is how much memory a reading begins with: with room for one byte more than announced, the
// end is found without a further piece.
func roomFor(announced int64) int64 {
	if announced < 0 {
		return leastRead
	}
	return min(announced+1, mostRead)
}
