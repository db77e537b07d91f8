package session

import (
	"errors"
	"io"
	"os"
	"sync"
)

// feed is where a Reader gets its blocks from.
type feed interface {
	Next() (*Block, error)
	Offset() int64
	stop()
}

func (b *Blocks) stop() {}

// ahead reads blocks, and decompresses them, before they are asked for.
type ahead struct {
	blocks *Blocks
	order  chan *Block // as they are in the file
	quit   chan struct{}
	err    error // why order was closed
	all    sync.WaitGroup
	once   sync.Once
}

// The number of goroutines that decompress, and of blocks that are read ahead: enough to keep them
// busy, few enough to stay within some MiB.
const (
	workers     = 2
	blocksAhead = 2 * workers
)

func newAhead(blocks *Blocks) *ahead {
	a := &ahead{blocks: blocks, order: make(chan *Block, blocksAhead), quit: make(chan struct{})}
	work := make(chan *Block, blocksAhead)
	a.all.Add(1 + workers)
	go a.read(work)
	for range workers {
		go func() {
			defer a.all.Done()
			for b := range work {
				b.load()
			}
		}()
	}
	return a
}

func (a *ahead) read(work chan<- *Block) {
	defer a.all.Done()
	defer close(work)
	defer close(a.order)
	for {
		b, err := a.blocks.Next()
		if err != nil {
			a.err = err
			return
		}
		for _, to := range [...]chan<- *Block{work, a.order} {
			select {
			case to <- b:
			case <-a.quit:
				a.err = errClosed
				return
			}
		}
	}
}

var errClosed = errors.New("the session is closed")

// Next returns the next block, whose text is there or about to be.
func (a *ahead) Next() (*Block, error) {
	b, ok := <-a.order
	if !ok {
		return nil, a.err
	}
	return b, nil
}

// Offset is how many bytes have been read.
func (a *ahead) Offset() int64 { return a.blocks.Offset() }

// stop ends the goroutines and waits for them. A read that is under way is waited for.
func (a *ahead) stop() {
	a.once.Do(func() { close(a.quit) })
	a.all.Wait()
}

// Open opens the session at path, to be closed after use. A compressed one of some size is
// decompressed ahead, by two goroutines. What is no session is closed again, and a *FormatError.
func Open(path string) (*Reader, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	r, err := openFile(file)
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	r.closer = file
	return r, nil
}

func openFile(file *os.File) (*Reader, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, &FormatError{Reason: "a directory"}
	}
	return NewReaderAhead(file, info.Size())
}

// NewReaderAhead is NewReader for a source of so many bytes. If it is worth it, goroutines read and
// decompress ahead until the Reader is closed, so that it must be.
func NewReaderAhead(r io.Reader, size int64) (*Reader, error) {
	blocks, err := NewBlocks(r)
	if err != nil {
		return nil, err
	}
	if !blocks.packed || size < blockSize {
		return newReader(&Lines{feed: blocks})
	}
	a := newAhead(blocks)
	out, err := newReader(&Lines{feed: a})
	if err != nil {
		a.stop()
	}
	return out, err
}
