// Package scan answers what a session holds, at the speed of memory: the summary behind inspect,
// and its counts of findings. A session of a gigabyte takes the time that it takes to read it.
//
// It knows the shape of the lines that deltatap writes and of the deltas that a Carebase server
// sends, but only as a shortcut: what deviates from that template in any way is read by packages
// session and contract, which alone say what is a record, what a delta holds and what is wrong with
// it. It must not know how a summary is shown.
//
// Blocks of lines are read in order, turned into columns of facts by several workers, and merged in
// order.
package scan

import (
	"context"
	"errors"
	"io"
	"runtime"
	"sync"

	"github.com/carebase/deltatap/replay/session"
)

// Options are how to scan. The zero value is good.
type Options struct {
	// Workers is how many goroutines read lines; as many as there are processors where it is 0.
	Workers int
	// Progress, where it is set, is told now and then how many bytes have been read of the part at
	// hand, compressed as they are. It is never called by two goroutines at once.
	Progress func(read int64)
}

// Session scans one session, plain or compressed. The error is a *session.FormatError for what is
// no session, the context's, or that of r; the summary is then of what had been read, and nil where
// that is nothing.
func Session(ctx context.Context, r io.Reader, opts Options) (*Summary, error) {
	s := NewScanner(opts)
	err := s.Part(ctx, r)
	return s.Summary(), err
}

// Scanner scans the parts of a session one after the other.
type Scanner struct {
	opts   Options
	merger merger
}

// NewScanner makes a Scanner that has seen nothing.
func NewScanner(opts Options) *Scanner {
	if opts.Workers < 1 {
		opts.Workers = runtime.GOMAXPROCS(0)
	}
	return &Scanner{opts: opts}
}

// Summary sums up the parts so far; it is nil where there is none.
func (s *Scanner) Summary() *Summary {
	if len(s.merger.sum.Parts) == 0 {
		return nil
	}
	return s.merger.summary()
}

// Part scans the next part. Its errors are those of Session.
func (s *Scanner) Part(ctx context.Context, r io.Reader) error {
	blocks, err := session.NewBlocks(r)
	if err != nil {
		return err
	}
	p := newPass(ctx, blocks, &s.merger, s.opts)
	if err := p.header(); err != nil {
		return err
	}
	var workers sync.WaitGroup
	for range s.opts.Workers {
		workers.Go(p.work)
	}
	workers.Wait()
	s.merger.finish()
	if errors.Is(p.err, io.EOF) {
		return nil
	}
	return p.err
}
