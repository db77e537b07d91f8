package convert

import (
	"errors"
	"io"
	"slices"
	"time"

	"github.com/carebase/deltatap/replay/session"
	"github.com/go-json-experiment/json/jsontext"
)

// archive reads HAR files. It takes the whole file at once, as nothing in it need be in the order of time.
type archive struct {
	queue
	truncated *session.Truncation
	left      map[string]int // what has no place in a session, by its sort
}

const harName = "HAR file"

func openHAR(r io.Reader, o Options) (session.Source, error) {
	text, err := session.Decompress(r)
	if err != nil {
		return nil, err
	}
	a := &archive{left: map[string]int{}}
	day := &browserDay{left: a.left}
	a.truncated, err = eachEntry(text, func(value jsontext.Value) {
		e, err := parseEntry(value)
		if err != nil {
			a.left["that is not as HAR files have them"]++
			return
		}
		day.add(e)
	})
	if err != nil {
		return nil, err
	}
	moments, server := day.choose()
	if !slices.ContainsFunc(moments, func(m moment) bool { return m.what != opened }) {
		return nil, &session.FormatError{What: harName, Reason: "it has no Socket.IO messages and no answer of /api/plan; " +
			"the browser records them from when its developer tools are opened, before the page is"}
	}
	o.Format = HAR
	a.header = header(o, moments[0].at, server, []byte(server+moments[0].at.String()))
	a.play(moments)
	if a.truncated == nil {
		a.end()
	}
	return a, nil
}

// play turns moments, which are in order, into records.
func (a *archive) play(moments []moment) {
	f := follower{emit: a.put}
	started := moments[0].at
	for _, m := range moments {
		t := m.at.Sub(started)
		switch m.what {
		case opened:
			f.disconnect(t, "transport close")
		case packetCame:
			f.received(t, m.transport, m.text)
		case closed:
			f.disconnect(t, string(m.text))
		case refused:
			f.refuse(t, string(m.text))
		case answered:
			rec := m.answer
			rec.T = t
			a.put(rec)
		}
	}
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

// Notes says what was left out.
func (a *archive) Notes() []string { return notes("entry", "entries", a.left) }

// maxEntry is how much one entry of a HAR file may hold, in bytes.
const maxEntry = 256 << 20

// eachEntry calls f with each of log.entries.
func eachEntry(r io.Reader, f func(jsontext.Value)) (*session.Truncation, error) {
	limit := &budget{r: r}
	limit.renew()
	dec := jsontext.NewDecoder(limit, lenient...)
	var whole int64 // where the last whole entry ends
	err := enter(dec, limit, "log", "entries")
	if err == nil {
		err = into(dec, '[')
	}
	for err == nil && dec.PeekKind() != ']' {
		limit.renew()
		var value jsontext.Value
		if value, err = dec.ReadValue(); err == nil {
			whole = dec.InputOffset()
			f(value)
		}
	}
	switch {
	case err == nil:
		return nil, nil
	case whole > 0 && endsEarly(err):
		_, _ = io.Copy(io.Discard, limit)
		return &session.Truncation{Bytes: limit.read - whole, Reason: errBreaksOff.Error()}, nil
	case errors.Is(err, errTooLarge), errors.Is(err, errNotHAR):
	case endsEarly(err):
		err = errBreaksOff
	default:
		var syntax *jsontext.SyntacticError
		if !errors.As(err, &syntax) {
			return nil, err
		}
		err = errors.New("broken JSON")
	}
	return nil, &session.FormatError{What: harName, Reason: err.Error()}
}

var (
	errBreaksOff = errors.New("the file breaks off")
	errTooLarge  = errors.New("an entry holds more than 256 MiB")
	errNotHAR    = errors.New("no log.entries")
)

// enter goes to the value of a member of a member and so on.
func enter(dec *jsontext.Decoder, limit *budget, names ...string) error {
	for _, want := range names {
		if err := into(dec, '{'); err != nil {
			return err
		}
		for {
			if dec.PeekKind() == '}' {
				return errNotHAR
			}
			name, err := dec.ReadToken()
			if err != nil {
				return err
			}
			if name.String() == want {
				break
			}
			limit.renew()
			if err := dec.SkipValue(); err != nil {
				return err
			}
		}
	}
	return nil
}

func into(dec *jsontext.Decoder, kind jsontext.Kind) error {
	if dec.PeekKind() != kind {
		if _, err := dec.ReadToken(); err != nil {
			return err
		}
		return errNotHAR
	}
	_, err := dec.ReadToken()
	return err
}

// budget is a reader that gives up after so much, unless it is renewed.
type budget struct {
	r          io.Reader
	left, read int64
}

func (b *budget) renew() { b.left = maxEntry }

func (b *budget) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooLarge
	}
	n, err := b.r.Read(p)
	b.left -= int64(n)
	b.read += int64(n)
	return n, err
}

// moment is something that the browser saw.
type moment struct {
	at        time.Time
	what      what
	transport string
	text      []byte         // a packet, or a reason
	answer    session.Record // of REST
}

type what int

const (
	opened     what = iota // a new Engine.IO connection was begun
	packetCame             // a Socket.IO packet was received
	closed
	refused
	answered
)
