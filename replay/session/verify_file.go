package session

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// sealedFile is one file that is held against its seals.
type sealedFile struct {
	check *sealCheck
	sums  *sealer
	n     int64 // the number of the last record; -1 where any may follow

	line     int64   // the number of the line at hand
	from     int64   // the first line that no seal has covered yet
	odd      string  // what is out of order since then; empty where nothing is
	open     *Record // the seal whose end record is still to come
	sealed   bool    // the last line is an end record that a seal covers
	last     *Seal
	end      Record // the last record, where it is an end record
	noLine   bool   // the last line has no end of its own
	trailing bool   // there is something after the end
}

// mostSealLine is how long a line may be that is looked at as a whole: no seal and no end record is
// longer.
const mostSealLine = 4096

// read reads the file line by line, however long they are.
func (f *sealedFile) read(r io.Reader) error {
	raw := bufio.NewReaderSize(r, 64<<10)
	if mark, _ := raw.Peek(3); string(mark) == "\xef\xbb\xbf" {
		_, _ = f.sums.sum.Write(mark) // reading passes it over, and no session has it
	}
	text, err := Decompress(raw)
	if err != nil {
		return err
	}
	lines := bufio.NewReaderSize(text, 256<<10)
	f.from = 1
	for err == nil {
		var head []byte
		if head, err = lines.ReadSlice('\n'); len(head) == 0 {
			break
		}
		if err = f.take(head, err, lines); err != nil && !errors.Is(err, io.EOF) {
			break
		}
	}
	if err := f.unreadable(err); err != nil {
		return err
	}
	if f.line == 0 {
		return &FormatError{Reason: "empty file"}
	}
	f.conclude()
	return nil
}

// take takes a line that begins with head, and returns why reading ended, if it did.
func (f *sealedFile) take(head []byte, err error, lines *bufio.Reader) error {
	f.line++
	if errors.Is(err, bufio.ErrBufferFull) {
		return f.long(head, lines)
	}
	f.noLine = err != nil
	line := bytes.TrimSuffix(head, newline)
	switch {
	case f.line == 1:
		if err := f.header(line); err != nil {
			return err
		}
	case f.noLine:
		f.piece(line)
	default:
		f.record(line)
	}
	f.sums.add(head)
	return err
}

// piece takes what follows the last line break: a line that was cut off, unless it is the end
// record.
func (f *sealedFile) piece(line []byte) {
	switch {
	case f.sealed:
		f.trailing = true
	case f.open != nil && sumOf(line) == f.open.End:
		f.record(line)
	}
}

// long takes a line that is longer than a seal or an end record.
func (f *sealedFile) long(head []byte, lines *bufio.Reader) error {
	f.record(head[:mostSealLine])
	for {
		f.sums.add(head)
		var err error
		head, err = lines.ReadSlice('\n')
		if !errors.Is(err, bufio.ErrBufferFull) {
			f.noLine = err != nil
			f.sums.add(head)
			return err
		}
	}
}

func (f *sealedFile) header(line []byte) error {
	h, err := ParseHeader(line)
	if err != nil {
		return err
	}
	f.check.follow(&h)
	f.n = f.check.n
	if h.Seal != nil {
		f.check.found.Seals++
	}
	return nil
}

// record takes a record, or the beginning of one that is long.
func (f *sealedFile) record(line []byte) {
	f.check.found.Records++
	if f.sealed {
		f.trailing = true
	}
	rec := Record{N: -1}
	kind := f.inOrder(line, &rec)
	switch open := f.open; {
	case open != nil:
		f.open = nil
		f.ending(open, line, kind)
	case kind == KindSeal:
		f.seal(line)
	}
	f.end = Record{}
	if kind == KindEnd && ParseRecord(line, &rec) == nil {
		f.end = Record{Kind: KindEnd, Reason: rec.Reason}
		f.check.found.Lost = max(f.check.found.Lost, rec.Lost)
	}
}

// inOrder notes a number that does not follow, and finds the record's kind.
func (f *sealedFile) inOrder(line []byte, rec *Record) Kind {
	at := parseStart(line, rec)
	if at < 0 {
		if bytes.HasPrefix(line, []byte(`{"deltatap":`)) {
			f.oddity("another session begins at line %d", f.line)
		}
		f.n = -1
		return f.unlike(line)
	}
	if f.n >= 0 && rec.N != f.n+1 {
		f.oddity("at line %d record %d follows record %d", f.line, rec.N, f.n)
	}
	f.n = rec.N
	for _, kind := range [...]Kind{KindSeal, KindEnd} {
		if after(line, at, string(kind)+`"`) > 0 {
			return kind
		}
	}
	for _, kind := range [...]Kind{KindEvent, KindPlan, KindVersion, KindConnect, KindConnectError, KindDisconnect, KindMark} {
		if after(line, at, string(kind)+`"`) > 0 {
			return kind
		}
	}
	return f.unlike(line)
}

// unlike is the kind of a record that is spelled as none that deltatap writes: a seal that was
// changed, or another.
func (f *sealedFile) unlike(line []byte) Kind {
	if bytes.Contains(line, []byte(`"sha256":`)) && bytes.Contains(line, []byte(`"records":`)) {
		return KindSeal
	}
	return ""
}

func (f *sealedFile) oddity(format string, args ...any) {
	if f.odd == "" {
		f.odd = fmt.Sprintf(format, args...)
	}
}

// seal holds a seal against what stands before it.
func (f *sealedFile) seal(line []byte) {
	f.check.found.Seals++
	var rec Record
	err := ParseRecord(line, &rec)
	own := rec
	own.Raw = nil
	sum := f.sums.seal()
	switch {
	case err != nil || !bytes.Equal(own.AppendJSON(nil), line):
		f.check.say(SealChanged, "the seal at line %d was changed", f.line)
	case sum == Seal{SHA256: rec.SHA256, Records: rec.Records}:
	case f.odd != "":
		f.check.say(SealSpliced, "%s, and the seal at line %d does not fit", f.odd, f.line)
	case sum.Records != rec.Records:
		f.check.say(SealSpliced, "%d records stand before the seal at line %d, which is over %d", sum.Records, f.line, rec.Records)
	default:
		f.check.say(SealChanged, "something in lines %d to %d is not what the seal at line %d is over", f.from, f.line-1, f.line)
	}
	f.from, f.odd = f.line, ""
	f.last = &Seal{SHA256: rec.SHA256, Records: rec.Records}
	if rec.End != "" {
		f.open = &own
	}
}

// ending holds the line after a seal against the end record that the seal foretells.
func (f *sealedFile) ending(seal *Record, line []byte, kind Kind) {
	f.sealed = true
	var rec Record
	switch {
	case sumOf(line) != seal.End && kind != KindEnd:
		f.check.say(SealSpliced, "line %d is not the end record that the seal before it tells of", f.line)
	case sumOf(line) != seal.End:
		f.check.say(SealChanged, "the end record at line %d was changed", f.line)
	case ParseRecord(line, &rec) == nil && rec.T != seal.T:
		f.check.say(SealChanged, "the seal at line %d was changed", f.line-1)
	}
	if f.odd != "" { // the end record is as it was: it is the seal's number that is not
		f.check.say(SealChanged, "%s", f.odd)
		f.odd = ""
	}
}

// conclude says what the end of the file says.
func (f *sealedFile) conclude() {
	say := f.check.say
	switch {
	case f.trailing:
		say(SealSpliced, "something stands after the end record")
	case f.sealed && f.noLine:
		say(SealCut, "the last line break is not there")
	case f.sealed:
	case f.open != nil:
		say(SealCut, "the end record is not there")
	case f.last != nil:
		say(SealCut, "it breaks off after line %d; a seal covers all up to line %d", f.line, f.from)
	case f.end.Kind != KindEnd:
		say(SealCut, "it breaks off after line %d, without a seal and without an end", f.line)
	case f.odd != "":
		say(SealNone, "it has no seal, and %s", f.odd)
	default:
		say(SealNone, "it has no seal")
	}
}
