package convert

import (
	"errors"
	"fmt"
	"io"

	"github.com/carebase/deltatap/replay/session"
)

// archive reads HAR files. It takes the whole file at once, as nothing in it need be in the order
// of time.
type archive struct {
	queue
	truncated *session.Truncation
	old       bool // the server speaks Engine.IO 3
	stored    int  // answers that came out of the browser's own cache
	untimed   int  // entries that tell no time
}

// Notes says what was left out, and what else is worth knowing.
func (a *archive) Notes() []string {
	all := a.queue.Notes()
	if a.old {
		all = append(all, "the server speaks Engine.IO 3, which is Socket.IO 2: later clients cannot connect to it")
	}
	if a.untimed > 0 {
		all = append(all, fmt.Sprintf("entries that tell no time, and are taken in the order of the file: %d", a.untimed))
	}
	if a.stored > 0 {
		all = append(all, fmt.Sprintf("answers that the browser's own cache gave, and not the server: %d", a.stored))
	}
	return all
}

const harName = "HAR file"

func openHAR(r io.Reader, o Options, asked int) (session.Source, error) {
	text, err := session.Decompress(r)
	if err != nil {
		return nil, err
	}
	a := &archive{}
	a.left = tally{}
	day := &browserDay{left: a.left}
	a.truncated, err = eachEntry(text, day.add)
	if err != nil {
		return nil, err
	}
	day.settle(o.Now())
	day.gather()
	server := day.keepServer()
	filter, mute := filterOf(day.links)
	chosen, err := day.choose(asked)
	if err != nil {
		return nil, err
	}
	moments, began := chosen.moments()
	if len(moments) == 0 {
		return nil, nothingIn(mute)
	}
	o.Format = HAR
	a.header = header(o, began, server, []byte(server+began.String()))
	a.header.Filter, a.untimed = filter, day.untimed
	day.leave(leftMute, mute)
	p := player{follower: follower{emit: a.put}, left: a.left}
	for i := range moments {
		p.play(&moments[i], moments[i].at.Sub(began))
	}
	for _, answer := range chosen.answers {
		if answer.cache != "" {
			a.stored++
		}
	}
	for _, l := range chosen.links {
		a.old = a.old || l.old
		a.t = max(a.t, l.last.Sub(began)) // a ping tells that nothing else came until then
		for what, n := range l.left {
			a.left[what] += n
		}
	}
	if a.truncated == nil {
		a.end()
	}
	return a, nil
}

// Next implements session.Source.
func (a *archive) Next(rec *session.Record) error {
	if len(a.ready) == 0 {
		return io.EOF
	}
	a.take(rec)
	return nil
}

// Truncated implements session.Source.
func (a *archive) Truncated() *session.Truncation { return a.truncated }

// Close implements session.Source.
func (a *archive) Close() error { return nil }

// Bounds on what is taken of a HAR file, in bytes.
const (
	maxValue = 64 << 20  // one message, or one body
	maxKept  = 192 << 20 // all messages and bodies that go into the session
)

var (
	errBreaksOff  = errors.New("the file breaks off")
	errBrokenJSON = errors.New("broken JSON")
	errTooLarge   = errors.New("a value in it holds more than 64 MiB")
	errTooMuch    = errors.New("it holds more than 192 MiB of messages and answers")
	errNotHAR     = errors.New("no log.entries")
)

// budget is a reader that gives up after so much, unless it is renewed.
type budget struct {
	r          io.Reader
	left, read int64
}

func (b *budget) renew() { b.left = maxValue }

func (b *budget) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooLarge
	}
	n, err := b.r.Read(p)
	b.left -= int64(n)
	b.read += int64(n)
	return n, err
}

// drain reads to the end, so that read tells the size of the whole.
func (b *budget) drain() {
	n, _ := io.Copy(io.Discard, b.r)
	b.read += n
}
