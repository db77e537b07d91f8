package session

import (
	"bufio"
	"bytes"
)

// Another program that empties a file which is still written, as logrotate's copytruncate does,
// leaves zero bytes up to where writing goes on; so does a machine that loses power. What stands
// before and behind them is good.

// ReasonZeros is what is said of zero bytes.
const ReasonZeros = "zero bytes: the file was emptied by another program while it was written, or its machine lost power"

// CutZeros cuts a line at its first zero bytes. found says whether it has any, which JSON never
// has.
func CutZeros(line []byte) (before, after []byte, found bool) {
	at := bytes.IndexByte(line, 0)
	if at < 0 {
		return line, nil, false
	}
	return line[:at], bytes.TrimLeft(line[at:], "\x00"), true
}

// piece is a part of a line that zero bytes divide.
type piece struct {
	text  []byte
	whole bool
	zeros bool // it stands for zero bytes
}

// pieces divides a line at its zero bytes. Those at the end of a text that breaks off are left on:
// there is nothing after.
func pieces(line []byte, whole bool) (all []piece) {
	for {
		before, after, found := CutZeros(line)
		if !found || len(after) == 0 && !whole {
			return append(all, piece{text: line, whole: whole})
		}
		if !IsBlank(before) {
			all = append(all, piece{text: before, whole: true})
		}
		all = append(all, piece{zeros: true})
		if line = after; IsBlank(line) {
			return all
		}
	}
}

// dropZeros leaves one zero byte of those at the end of a text, however many came: a hole in a file
// can be larger than memory.
func dropZeros(text []byte) []byte {
	if n := len(text); n < 2 || text[n-1] != 0 || text[n-2] != 0 {
		return text
	}
	return append(bytes.TrimRight(text, "\x00"), 0)
}

// maxZeros is how many zero bytes in a row a file may hold: as many as were ever written to it, and
// a device has no end.
const maxZeros = 4 << 30

// skipZeros takes zero bytes.
func skipZeros(in *bufio.Reader) error {
	for skipped := 0; ; {
		if skipped > maxZeros {
			return &FormatError{Line: 1, Reason: "nothing but " + ReasonZeros}
		}
		if _, err := in.Peek(1); err != nil {
			return err
		}
		ahead, _ := in.Peek(in.Buffered())
		n := leadingZeros(ahead)
		if _, err := in.Discard(n); err != nil || n < len(ahead) {
			return err
		}
		skipped += n
	}
}

// leadingZeros counts the zero bytes that a text begins with.
func leadingZeros(text []byte) (n int) {
	for n+len(zeroBytes) <= len(text) && string(text[n:n+len(zeroBytes)]) == zeroBytes {
		n += len(zeroBytes)
	}
	return len(text) - len(bytes.TrimLeft(text[n:], "\x00"))
}

var zeroBytes = string(make([]byte, 4096))

// withoutHeader is the header of a session that has lost its own. Nobody knows when it started.
func withoutHeader() Header { return Header{Format: Format} }

// ParseFirst reads a session's first line. Where zero bytes have taken the header's place, as
// record says there are records all the same, and the line is to be read as one of those; the
// header then says nothing, not even when the session started.
func ParseFirst(line []byte) (h Header, record bool, err error) {
	h, err = ParseHeader(line)
	if err == nil || bytes.IndexByte(line, 0) < 0 {
		return h, false, err
	}
	all := pieces(line, true)
	if len(all) == 1 {
		return h, false, &FormatError{Line: 1, Reason: "nothing but " + ReasonZeros}
	}
	for _, p := range all {
		if p.zeros {
			continue
		}
		if found, wrong := ParseHeader(p.text); wrong == nil {
			return found, true, nil
		}
		if ParseRecord(p.text, &Record{}) == nil {
			return withoutHeader(), true, nil
		}
	}
	return h, false, err
}
