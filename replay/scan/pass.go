package scan

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"

	"github.com/carebase/deltatap/replay/session"
)

// pass is one run over one part. Its workers take blocks in turn, and whoever is done with the
// block that is due merges it and those that wait behind it.
type pass struct {
	ctx      context.Context
	progress func(int64)
	line     []byte // the header, with a newline

	reading sync.Mutex
	blocks  *session.Blocks
	first   *task // what follows the header in its block; nil once it has been taken
	next    int   // the number of the next block
	err     error // why there are no more; io.EOF at the end

	merging sync.Mutex
	merger  *merger
	due     int // the number of the block to be merged next
	waiting map[int]delivery
	ended   bool // a batch said that nothing after it counts

	free chan *batch
}

// task is a block whose text has not been read yet.
type task struct {
	seq   int
	block *session.Block
	rest  []byte // the first block's text after the header
	said  error  // likewise, what it said about the text after its own
}

// delivery is a batch that waits for its turn.
type delivery struct {
	batch *batch
	said  error
}

func newPass(ctx context.Context, blocks *session.Blocks, m *merger, opts Options) *pass {
	p := &pass{
		ctx: ctx, blocks: blocks, merger: m, progress: opts.Progress,
		waiting: map[int]delivery{}, free: make(chan *batch, 2*opts.Workers),
	}
	for range cap(p.free) {
		p.free <- new(batch)
	}
	return p
}

// header reads the first block that has text, and begins the part with its first line.
func (p *pass) header() error {
	lines := int64(0)
	for {
		b, err := p.blocks.Next()
		if errors.Is(err, io.EOF) {
			_, err = session.NewReader(bytes.NewReader(nil)) // an empty file
		}
		if err != nil {
			return err
		}
		text, said := b.Text()
		for rest := text; len(rest) > 0; {
			var line []byte
			before := len(text) - len(rest)
			line, rest, _ = bytes.Cut(rest, []byte("\n"))
			lines++
			if line = bytes.TrimSuffix(line, []byte("\r")); !session.IsBlank(line) {
				h, record, err := session.ParseFirst(line)
				if err != nil {
					return err
				}
				if record {
					lines, rest = lines-1, text[before:]
				}
				p.first = &task{block: b, rest: rest, said: said}
				p.line = append(h.AppendJSON(nil), '\n')
				p.merger.start(h, lines, int64(len(text)-len(rest)))
				return nil
			}
		}
		b.Release()
		if said != nil {
			return &session.FormatError{Line: 1, Reason: reasonOf(said)}
		}
	}
}

// work takes block after block. Only who has a batch to fill takes a block, so the block that is
// due never waits for one.
func (p *pass) work() {
	w := worker{header: p.line, offset: p.merger.part.Offset}
	for {
		b := <-p.free
		t, ok := p.take()
		if !ok {
			p.free <- b
			return
		}
		b.reset()
		text, said := t.rest, t.said
		if t.seq > 0 {
			text, said = t.block.Text()
		}
		w.block(b, text)
		t.block.Release()
		p.deliver(t.seq, delivery{b, said})
	}
}

// take takes the next block.
func (p *pass) take() (task, bool) {
	p.reading.Lock()
	defer p.reading.Unlock()
	if p.err == nil {
		p.err = p.ctx.Err()
	}
	if p.err != nil {
		return task{}, false
	}
	seq := p.next
	p.next++
	if seq == 0 {
		return *p.first, true
	}
	b, err := p.blocks.Next()
	if err != nil {
		p.err = err
		return task{}, false
	}
	return task{seq: seq, block: b}, true
}

// stop lets no more blocks be taken.
func (p *pass) stop(err error) {
	p.reading.Lock()
	defer p.reading.Unlock()
	p.err = err
}

// deliver merges what is due.
func (p *pass) deliver(seq int, d delivery) {
	p.merging.Lock()
	defer p.merging.Unlock()
	p.waiting[seq] = d
	for {
		d, ok := p.waiting[p.due]
		if !ok {
			break
		}
		delete(p.waiting, p.due)
		p.due++
		p.merge(d)
		p.free <- d.batch
	}
	if p.progress != nil {
		p.progress(p.blocks.Offset())
	}
}

func (p *pass) merge(d delivery) {
	if p.ended {
		return
	}
	p.merger.add(d.batch, d.said)
	if d.batch.err != nil {
		p.ended = true
		p.stop(d.batch.err)
	}
}
