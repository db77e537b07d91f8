package compare

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"slices"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/session"
	"github.com/go-json-experiment/json/jsontext"
)

// Recording is one of two recordings of one user. Tell it the records in their order.
type Recording struct {
	Source string    `json:"source"`
	Deltas int       `json:"deltas"`
	From   time.Time `json:"from"` // the first and the last record
	To     time.Time `json:"to"`

	recipient int64 // 0: no plan tells
	started   time.Time
	heard     map[delivery][]delivered
	breaks    []period // without a connection
	message   contract.Message
}

// delivery is what makes two deltas the same: item and version, or of one without a version all
// that it holds.
type delivery struct {
	item    contract.Item
	version int64
	sum     [sha256.Size]byte
}

type delivered struct {
	record int64
	at     time.Time
	action string
	sum    [sha256.Size]byte
}

type period struct{ from, to time.Time } // to is zero while it lasts

// NewRecording begins a recording.
func NewRecording(source string, h session.Header) *Recording {
	return &Recording{Source: source, started: h.Started, heard: map[delivery][]delivered{}}
}

// Record takes the next record in.
func (r *Recording) Record(rec *session.Record) {
	at := r.started.Add(rec.T)
	if r.From.IsZero() {
		r.From = at
	}
	r.To = at
	switch rec.Kind {
	case session.KindConnect:
		if n := len(r.breaks); n > 0 && r.breaks[n-1].to.IsZero() {
			r.breaks[n-1].to = at
		}
	case session.KindDisconnect:
		r.breaks = append(r.breaks, period{from: at})
	case session.KindPlan:
		if parsed, err := plan.Parse(rec.Body); err == nil {
			if id, ok := parsed.Recipient(); ok {
				r.recipient = id
			}
		}
	case session.KindEvent:
		if rec.Event == contract.Event {
			r.event(rec, at)
		}
	}
}

func (r *Recording) event(rec *session.Record, at time.Time) {
	contract.Decode(rec.Args, &r.message)
	for i := range r.message.Deltas {
		d := &r.message.Deltas[i]
		one := delivered{rec.N, at, d.Action, sumOf(d.Raw)}
		key := delivery{item: d.Item(), version: d.Version}
		if key.version == 0 {
			key.sum = one.sum
		}
		r.Deltas++
		r.heard[key] = append(r.heard[key], one)
	}
}

// sumOf stands for what a delta holds, however it is written.
func sumOf(raw []byte) [sha256.Size]byte {
	value := jsontext.Value(bytes.Clone(raw))
	if value.Canonicalize(jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true)) != nil {
		return sha256.Sum256(raw)
	}
	return sha256.Sum256(value)
}

// Presence is what a recording was doing at a moment of the other's, by the clocks of both.
type Presence string

// The presences.
const (
	Connected Presence = "connected"
	Offline   Presence = "offline"
	Before    Presence = "before" // it began later
	After     Presence = "after"  // it had ended
)

func (r *Recording) presence(at time.Time) Presence {
	switch {
	case r.From.IsZero() || at.Before(r.From):
		return Before
	case at.After(r.To):
		return After
	}
	for _, b := range r.breaks {
		if !at.Before(b.from) && (b.to.IsZero() || at.Before(b.to)) {
			return Offline
		}
	}
	return Connected
}

// Lone is a delta that one recording has and the other has not.
type Lone struct {
	Record  int64     `json:"record"`
	At      time.Time `json:"at"`
	Version int64     `json:"version,omitempty"` // 0: the delta has none
	Item    string    `json:"item"`
	Action  string    `json:"action"`
	Other   Presence  `json:"other"` // what the other recording was doing then
}

// Altered is a delta that both recordings have, with other content.
type Altered struct {
	Version int64  `json:"version"`
	Item    string `json:"item"`
	A       int64  `json:"a"` // the records
	B       int64  `json:"b"`
}

// Beside is what two recordings of one user have of each other's deltas.
type Beside struct {
	A       *Recording `json:"a"`
	B       *Recording `json:"b"`
	Same    int        `json:"same"`
	OnlyA   []Lone     `json:"onlyA"`
	OnlyB   []Lone     `json:"onlyB"`
	Altered []Altered  `json:"altered"`
}

// Alike tells whether both recordings have the same deltas.
func (b *Beside) Alike() bool { return len(b.OnlyA)+len(b.OnlyB)+len(b.Altered) == 0 }

// OfOneUser tells whether nothing shows that the two recordings are of two users.
func OfOneUser(a, b *Recording) bool {
	return a.recipient == 0 || b.recipient == 0 || a.recipient == b.recipient
}

// HoldBeside compares two recordings. That one of them got a delta twice is no difference.
func HoldBeside(a, b *Recording) *Beside {
	out := &Beside{A: a, B: b, OnlyA: a.without(b), OnlyB: b.without(a), Altered: []Altered{}}
	for key, mine := range a.heard {
		theirs, both := b.heard[key]
		switch {
		case !both:
		case shareContent(mine, theirs):
			out.Same++
		default:
			out.Altered = append(out.Altered, Altered{key.version, key.item.String(), mine[0].record, theirs[0].record})
		}
	}
	slices.SortFunc(out.Altered, func(a, b Altered) int { return cmp.Or(cmp.Compare(a.A, b.A), cmp.Compare(a.Item, b.Item)) })
	return out
}

func shareContent(mine, theirs []delivered) bool {
	return slices.ContainsFunc(mine, func(m delivered) bool {
		return slices.ContainsFunc(theirs, func(t delivered) bool { return t.sum == m.sum })
	})
}

// without lists what another recording lacks, in the order of the records.
func (r *Recording) without(other *Recording) []Lone {
	out := []Lone{}
	for key, mine := range r.heard {
		if _, both := other.heard[key]; !both {
			first := mine[0]
			out = append(out, Lone{first.record, first.at.UTC(), key.version, key.item.String(), first.action, other.presence(first.at)})
		}
	}
	slices.SortFunc(out, func(a, b Lone) int {
		return cmp.Or(cmp.Compare(a.Record, b.Record), cmp.Compare(a.Version, b.Version), cmp.Compare(a.Item, b.Item))
	})
	return out
}
