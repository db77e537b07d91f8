package synth

import (
	"bytes"
	"strings"
	"sync"
	"time"

	"github.com/carebase/deltatap/replay/session"
)

// MarkPrefix is what the text of a mark begins with that announces a departure from the contract in
// the next message. The rule that it breaks follows.
const MarkPrefix = "faulty: "

// Breakable lists the rules of the contract that a session can be made to break.
func Breakable() []string {
	var rules []string
	for _, b := range breakages() {
		rules = append(rules, b.rule)
	}
	return rules
}

// breakage is a way to break a rule, by the first delta of a message, or by the message.
type breakage struct {
	rule  string
	fits  func(*op) bool
	delta func([]byte) []byte // what becomes of the delta; nil where it stays
	args  func([]byte) []byte // what becomes of the message; nil where it stays
	how   how
	lost  bool // the client can make nothing of it, and asks for the plan
}

// how a broken message is sent.
type how uint8

const (
	instead how = iota // of the right one
	before             // it, as one more
	again              // behind it, as one more
	belated            // behind the next
)

// span is where a delta is in the arguments of a message.
type span struct{ at, end int }

func anyDelta(*op) bool     { return true }
func isItem(o *op) bool     { return o.itemType != planType }
func isPlan(o *op) bool     { return o.itemType == planType }
func hasData(o *op) bool    { return o.slot >= 0 }
func isBill(o *op) bool     { return o.slot >= 0 && o.itemType == billType }
func isDeletion(o *op) bool { return o.action == deleted }
func hasSource(o *op) bool  { return o.source != "" }

// breakages makes the table when it is first needed: most commands never do.
var breakages = sync.OnceValue(func() []breakage {
	return []breakage{
		{rule: "json-invalid", fits: anyDelta, args: func(a []byte) []byte { return a[:len(a)-2] }, lost: true},
		{rule: "json-too-deep", fits: anyDelta, delta: add(`"x":` + strings.Repeat("[", 80) + strings.Repeat("]", 80)), lost: true},
		{rule: "json-duplicate-name", fits: anyDelta, delta: add(`"action":"updated"`), lost: true},
		{rule: "json-invalid-utf8", fits: anyDelta, delta: add("\"x\":\"\xff\""), lost: true},
		{rule: "json-lone-surrogate", fits: anyDelta, delta: add(`"x":"\ud83d"`)},
		{rule: "args-not-a-list", fits: anyDelta, args: func(a []byte) []byte { return a[1 : len(a)-1] }, lost: true},
		{rule: "message-not-an-object", fits: anyDelta, args: wrap(`[`, `]`), lost: true},
		{rule: "message-extra-arguments", fits: anyDelta, args: func(a []byte) []byte { return append(a[:len(a)-1:len(a)-1], `,1]`...) }},
		{rule: "deltas-not-a-list", fits: anyDelta, args: swap(`{"deltas":[`, `{"deltas":{"0":[`, `]}]`, `]}}]`), lost: true},
		{rule: "deltas-empty", fits: anyDelta, args: func([]byte) []byte { return []byte(`[{"deltas":[]}]`) }, how: before},
		{rule: "delta-not-an-object", fits: anyDelta, args: swap(`[{"deltas":[`, `[{"deltas":[7,`, ``, ``), lost: true},
		{rule: "member-type-wrong", fits: isItem, delta: quoteValue("entityId"), lost: true},
		{rule: "member-null", fits: hasSource, delta: set("source", `null`)},
		{rule: "number-too-large", fits: isDeletion, delta: set("planItemId", `9007199254740993`)},
		{rule: "number-not-plain", fits: anyDelta, delta: suffixed("version", `.0`)},
		{rule: "item-type-missing", fits: isItem, delta: drop("itemType"), lost: true},
		{rule: "item-type-unknown", fits: isItem, delta: set("itemType", `"medication"`), lost: true},
		{rule: "entity-id-missing", fits: isItem, delta: drop("entityId"), lost: true},
		{rule: "entity-id-below-one", fits: isItem, delta: set("entityId", `0`), lost: true},
		{rule: "plan-item-id-below-one", fits: isItem, delta: set("planItemId", `-3`)},
		{rule: "action-missing", fits: isItem, delta: drop("action"), lost: true},
		{rule: "action-unknown", fits: isItem, delta: set("action", `"merged"`), lost: true},
		{rule: "plan-action", fits: isPlan, delta: set("action", `"created"`)},
		{rule: "version-missing", fits: isItem, delta: drop("version")},
		{rule: "version-below-one", fits: isItem, delta: set("version", `0`), lost: true},
		{rule: "version-regressed", fits: isItem, how: belated, lost: true},
		{rule: "version-duplicate", fits: isItem, how: again},
		{rule: "source-missing", fits: hasSource, delta: drop("source")},
		{rule: "source-unknown", fits: hasSource, delta: set("source", `"import"`)},
		{rule: "data-missing", fits: hasData, delta: dropData, lost: true},
		{rule: "data-on-deleted", fits: isDeletion, delta: add(`"data":{"note":"kept for the archive"}`)},
		{rule: "section-misplaced", fits: hasData, delta: replace(`"data":{`, `"data":{"section":"collaborators",`)},
		{rule: "payload-type-mismatch", fits: isBill, delta: replace(`"data":{"bill"`, `"data":{"appointment"`), lost: true},
		{rule: "payload-extra", fits: isBill, delta: replace(`"data":{`, `"data":{"appointment":{"id":1},`)},
		{rule: "payload-id-mismatch", fits: hasData, delta: suffixed(`id`, `77`), lost: true},
		{rule: "payload-item-id-mismatch", fits: hasData, delta: suffixed(`itemId`, `77`)},
		{rule: "payload-field-missing", fits: hasData, delta: replace(`,"googleSync":null`, ``)},
		{rule: "payload-field-null", fits: hasData, delta: set("createdAt", `null`)},
		{rule: "payload-field-type", fits: hasData, delta: set("assignedCollaboratorId", `"7"`)},
		{rule: "payload-time-invalid", fits: hasData, delta: set("createdAt", `"yesterday"`)},
		{rule: "payload-date-not-midnight", fits: isBill, delta: set("statementDate", `"2026-11-20T09:30:00.000Z"`)},
		{rule: "payload-status-unknown", fits: isBill, delta: set("status", `"settled"`)},
	}
})

// The edits rely on what appendDelta writes: no white space, and names that no text can hold with
// their quotes.

// value finds the value of the first member of that name, which is no object.
func value(delta []byte, name string) (at, end int) {
	key := `"` + name + `":`
	at = bytes.Index(delta, []byte(key)) + len(key)
	end = at
	if delta[at] == '"' {
		end += bytes.IndexByte(delta[at+1:], '"') + 2
	}
	return at, end + bytes.IndexAny(delta[end:], ",}")
}

// splice is text with what is between at and end replaced.
func splice(text []byte, at, end int, by string) []byte {
	out := append(make([]byte, 0, len(text)+len(by)), text[:at]...)
	return append(append(out, by...), text[end:]...)
}

func set(name, to string) func([]byte) []byte {
	return func(delta []byte) []byte {
		at, end := value(delta, name)
		return splice(delta, at, end, to)
	}
}

func suffixed(name, suffix string) func([]byte) []byte {
	return func(delta []byte) []byte {
		_, end := value(delta, name)
		return splice(delta, end, end, suffix)
	}
}

func quoteValue(name string) func([]byte) []byte {
	return func(delta []byte) []byte {
		at, end := value(delta, name)
		return splice(delta, at, end, `"`+string(delta[at:end])+`"`)
	}
}

func drop(name string) func([]byte) []byte {
	return func(delta []byte) []byte {
		at, end := value(delta, name)
		at -= len(name) + len(`"":`)
		if delta[at-1] == ',' {
			at--
		} else {
			end++
		}
		return splice(delta, at, end, "")
	}
}

func dropData(delta []byte) []byte {
	at := bytes.Index(delta, []byte(`,"data":`))
	return splice(delta, at, bytes.LastIndex(delta, []byte(`,"version":`)), "")
}

func add(member string) func([]byte) []byte {
	return func(delta []byte) []byte { return splice(delta, len(delta)-1, len(delta)-1, ","+member) }
}

func replace(part, by string) func([]byte) []byte {
	return func(delta []byte) []byte {
		at := bytes.Index(delta, []byte(part))
		return splice(delta, at, at+len(part), by)
	}
}

func wrap(open, shut string) func([]byte) []byte {
	return func(args []byte) []byte {
		return splice(splice(args, len(args), len(args), shut), 0, 0, open)
	}
}

// swap replaces what args begin with, and what they end with.
func swap(open, opened, shut, shutBy string) func([]byte) []byte {
	return func(args []byte) []byte {
		args = splice(args, len(args)-len(shut), len(args), shutBy)
		at := bytes.Index(args, []byte(open))
		return splice(args, at, at+len(open), opened)
	}
}

// faults is what is to be broken.
type faults struct {
	every int   // messages
	since int   // messages since the last
	turn  []int // breakages, those whose turn it is first
	held  []byte
	rule  string // of held
}

// How often a message is broken: a profile that is about it does so more often.
const (
	oftenFaulty  = 5
	seldomFaulty = 40
)

func (f *faults) init(o Options) {
	f.every = seldomFaulty
	if o.Profile == Adversarial {
		f.every = oftenFaulty
	}
	for _, rule := range o.Faulty {
		for i, b := range breakages() {
			if b.rule == rule {
				f.turn = append(f.turn, i)
			}
		}
	}
}

// due finds the next breakage that a message suits; nil where it is not time, or none does. There
// is nothing to hold the last message of a connection back for.
func (f *faults) due(first *op, mayLose, last bool) *breakage {
	if f.since++; f.since < f.every || f.held != nil {
		return nil
	}
	for k, i := range f.turn {
		b := &breakages()[i]
		if !b.fits(first) || b.lost && !mayLose || b.how == belated && last {
			continue
		}
		f.turn = append(append(f.turn[:k], f.turn[k+1:]...), i)
		f.since = 0
		return b
	}
	return nil
}

// sabotage sends a message, broken if it is time, and what was held back before it. It says whether
// the client cannot make sense of it.
func (s *Session) sabotage(at time.Duration, tick []op, args []byte) (lost bool) {
	b := s.faults.due(&tick[0], s.client.mayRefresh(s.sent), s.sent == s.parts[0].to)
	if b == nil {
		s.event(at, args)
		return s.release()
	}
	broken := args
	if b.delta != nil {
		d := s.spans[0]
		broken = splice(args, d.at, d.end, string(b.delta(args[d.at:d.end])))
	}
	if b.args != nil {
		broken = b.args(args)
	}
	switch b.how {
	case instead:
		s.faulty(at, b.rule, broken)
	case before:
		s.faulty(at, b.rule, broken)
		s.event(at, args)
	case again:
		s.event(at, args)
		s.faulty(at, b.rule, broken)
	case belated:
		s.faults.held, s.faults.rule = bytes.Clone(broken), b.rule
		return false
	}
	return b.lost
}

// faulty announces a broken message, and sends it.
func (s *Session) faulty(at time.Duration, rule string, args []byte) {
	s.put(at, session.Record{Kind: session.KindMark, Text: MarkPrefix + rule})
	s.event(at, args)
}

// release sends the message that was held back, if there is one.
func (s *Session) release() (released bool) {
	if s.faults.held == nil {
		return false
	}
	s.faulty(s.clock, s.faults.rule, s.faults.held)
	s.faults.held = nil
	return true
}
