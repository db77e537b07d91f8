package session

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"slices"
	"time"
)

// sealer sums up what a file holds.
type sealer struct {
	sum     hash.Hash
	records int64 // lines but for the header
}

func newSealer() *sealer { return &sealer{sum: sha256.New(), records: -1} }

// add takes whole lines.
func (s *sealer) add(lines []byte) {
	_, _ = s.sum.Write(lines)
	s.records += int64(bytes.Count(lines, newline))
}

// seal is the seal of all that was added.
func (s *sealer) seal() Seal {
	return Seal{SHA256: hex.EncodeToString(s.sum.Sum(nil)), Records: s.records}
}

// sealDue is a seal that is to be put into a batch, before the end record that is its last line.
type sealDue struct {
	at int // where the end record begins
	n  int64
	t  time.Duration
}

// seal takes a batch that is about to be written into account, and puts the seal that is due into
// it.
func (f *File) seal(b *batch) {
	sealer := f.part.sealer
	switch due := b.seal; {
	case !f.options.Seal:
	case due == nil:
		sealer.add(b.text)
	default:
		before, end := b.text[:due.at], b.text[due.at:]
		sealer.add(before)
		sum := sealer.seal()
		rec := Record{N: due.n, T: due.t, Kind: KindSeal, SHA256: sum.SHA256, Records: sum.Records, End: sumOf(bytes.TrimSuffix(end, newline))}
		line := append(rec.AppendJSON(nil), '\n')
		b.text = slices.Concat(before, line, end)
		sealer.add(b.text[due.at:])
		f.sealed = &sum
	}
}

func sumOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
