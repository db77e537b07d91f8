package campaign

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Kind is what a step of a script is.
type Kind string

// What happens in every world.
const (
	Change Kind = "change" // Item changes by Op, and its delta goes into the message of Tick
	Bulk   Kind = "bulk"   // Items change by Op, and a plan delta (of Section) tells
	Sync   Kind = "sync"   // Item's calendar is asked: neither a version nor a delta tells
	Poll   Kind = "poll"   // the client asks for the version
	Pull   Kind = "pull"   // the user pulls the list
)

// What goes wrong. Each of these steps can be left out, and then the world is as it should have
// been.
const (
	Lose     Kind = "lose"     // delta Nth of the message of Tick is lost on the way; of -1 all
	Unsent   Kind = "unsent"   // the message of Tick is emitted to the sockets of another process only
	Late     Kind = "late"     // the message of Tick arrives later by For
	Double   Kind = "double"   // the message of Tick arrives again, later by For
	Strip    Kind = "strip"    // delta Nth of the message of Tick arrives without its payload
	Alter    Kind = "alter"    // delta Nth of the message of Tick arrives with other content
	Mangle   Kind = "mangle"   // the message of Tick arrives without a list of deltas
	Break    Kind = "break"    // the client has no socket, for For
	Deaf     Kind = "deaf"     // the connection carries nothing any more, until it ends
	Swallow  Kind = "swallow"  // deltas of the type Section are swallowed on the way, for For
	Ignore   Kind = "ignore"   // the client does not make the refreshes that fall due, for For
	Fail     Kind = "fail"     // the plan is refused, for For
	Slow     Kind = "slow"     // the plan is read at once and answered later by Delay, for For
	Torn     Kind = "torn"     // the plan's version is read later than its rows by Delay, for For
	Behind   Kind = "behind"   // a replica answers as the server was before, by Delay, for For
	Edit     Kind = "edit"     // somebody edits Item in the cache by hand
	Unversed Kind = "unversed" // somebody edits Item in the database by hand
	Unheard  Kind = "unheard"  // the message of Tick was passed on and recorded, and the app never processed it
	Restart  Kind = "restart"  // the app begins again, from the file that it wrote at its last answer
	Outsider Kind = "outsider" // the user is a collaborator, to whom nothing is addressed
	Forget   Kind = "forget"   // the recorder loses records, for For
	Damage   Kind = "damage"   // the recording cannot be read, for For
)

// Op is what becomes of an item.
type Op string

// The ops.
const (
	Update Op = "update" // Value is new
	Touch  Op = "touch"  // a version without an effect
	Create Op = "create"
	Delete Op = "delete"
	Away   Op = "away" // out of the plan's dates
	Back   Op = "back" // into them
	Hide   Op = "hide" // by a review; bulk only
	Show   Op = "show"
	People Op = "people" // a collaborator is invited; bulk only
)

// Step is one thing that happens.
type Step struct {
	At        time.Duration
	Kind      Kind
	Item      string
	Items     []string
	Op        Op
	Value     int
	Section   string
	Tick      int           // of a change: which message takes its delta. Of trouble on the way: which message it is about
	Nth       int           // which delta of the message
	For       time.Duration // how long, or how late
	Delay     time.Duration
	Hold      time.Duration // of a change: how long the version comes after the row
	Unversion bool          // of a change: the delta says no version
	Theirs    bool          // it befalls the other client, see Script.Other
}

// Cached says what the cache is that is held against the server's plan.
type Cached string

// The caches there are.
const (
	Folded Cached = "folded" // what a client that follows the session holds
	Screen Cached = "screen" // a file: what the client itself shows
	Answer Cached = "answer" // a file: what the client wrote at its last answer
)

// Fence says how the server's plan was read.
type Fence string

// The ways to read it.
const (
	Saved   Fence = "saved"   // it is a saved answer
	Fenced  Fence = "fenced"  // version, plan, version
	Settled Fence = "settled" // and again, 5 s later
)

// Script is a world: what it begins with, what happens in it, and how it is looked at.
type Script struct {
	Mobile              bool // which client
	Bills, Appointments int  // that there are in the beginning: bill:1 …, appointment:1 …
	Steps               []Step
	End                 time.Duration // of the session
	ReadAt              time.Duration // when the server's plan is read
	Fence               Fence
	Tear                time.Duration // of a saved plan: how much later its version was read than its rows
	Live                bool          // the client is still connected when the plan is read
	Cached              Cached
	SavedAt             time.Duration // when the file was written; 0 for the end
	Other               bool          // the file is of another client of the same user
	Another             bool          // the file is of another recipient
	Owned               bool          // it is said that cache and session are of one client
	Midnight            time.Duration // when the server's day ends; 0 where it does not
	AppDays             int           // how many days the client asks for; 0 for 7
	Edge                bool          // the first appointment is today, and the first bill due on the first day behind the plan's
	Night               bool          // appointments are a quarter past midnight, which the server writes T24:15
	Respelled           bool          // the server's plan writes instants as other answers do
	Alone               bool          // there is no session
	Skew                time.Duration // how far the server's clock is ahead
	CutOff              bool          // the recording has no end record: the client went on
	Untimed             bool          // the recording does not tell how long answers took
	Begun               time.Duration // when the recording began
	Only                string        // the recording is filtered for deltas of this type
}

// Clone returns a copy that shares nothing.
func (s *Script) Clone() *Script {
	c := *s
	c.Steps = slices.Clone(s.Steps)
	return &c
}

// trouble tells whether a world would be better without the step.
func (k Kind) trouble() bool {
	switch k {
	case Change, Bulk, Sync, Poll, Pull:
		return false
	}
	return true
}

// hides tells whether it can keep a delta away from the client.
func (k Kind) hides() bool {
	switch k {
	case Lose, Unsent, Late, Break, Deaf, Swallow, Outsider:
		return true
	}
	return false
}

// recorder tells whether only the recording is worse for it.
func (k Kind) recorder() bool { return k == Forget || k == Damage }

// rare tells whether it is an event that need not leave a trace.
func (k Kind) rare() bool { return k == Edit || k == Unversed || k == Behind }

// ofClient tells whether it befalls one client alone.
func (k Kind) ofClient() bool { return k.trouble() && !k.recorder() && k != Unversed && k != Edit }

// String is the script as text, a line a step.
func (s *Script) String() string {
	var b strings.Builder
	client := "contract"
	if s.Mobile {
		client = "mobile"
	}
	fmt.Fprintf(&b, "client %s, %d bills, %d appointments", client, s.Bills, s.Appointments)
	for _, step := range s.ordered() {
		fmt.Fprintf(&b, "\n%8.3f  %s", step.At.Seconds(), step.words())
	}
	fmt.Fprintf(&b, "\n%8.3f  end%s", s.End.Seconds(), s.words())
	fmt.Fprintf(&b, "\n%8.3f  the server's plan is read: %s", s.ReadAt.Seconds(), s.Fence)
	if s.Tear != 0 {
		fmt.Fprintf(&b, ", its version %v after its rows", s.Tear)
	}
	return b.String()
}

func (s *Script) ordered() []Step {
	steps := slices.Clone(s.Steps)
	slices.SortStableFunc(steps, func(a, b Step) int { return int(a.At - b.At) })
	return steps
}

// words tells how the world is looked at.
func (s *Script) words() string {
	var b strings.Builder
	for _, is := range []struct {
		so   bool
		text string
	}{
		{s.Live, "live"},
		{s.CutOff, "cut off"},
		{s.Untimed, "untimed"},
		{s.Owned, "the cache is this client's"},
		{s.Other, "the cache is another client's"},
		{s.Another, "the cache is another recipient's"},
		{s.Skew != 0, fmt.Sprintf("the server's clock is ahead by %v", s.Skew)},
		{s.Midnight > 0, fmt.Sprintf("midnight at %v", s.Midnight)},
		{s.AppDays > 0, fmt.Sprintf("the client asks for %d days", s.AppDays)},
		{s.Edge, "appointment:1 is today, bill:1 is of the day behind the plan's last"},
		{s.Night, "appointments at night"},
		{s.Respelled, "instants respelled"},
		{s.Alone, "without a session"},
		{s.Begun > 0, fmt.Sprintf("recorded from %v", s.Begun)},
		{s.Only != "", "only deltas of " + s.Only},
		{s.Cached != Folded, fmt.Sprintf("the cache is a file (%s)", s.Cached)},
		{s.SavedAt > 0, fmt.Sprintf("saved at %v", s.SavedAt)},
	} {
		if is.so {
			b.WriteString(", " + is.text)
		}
	}
	return b.String()
}

// words tells the step.
func (p *Step) words() string {
	var b strings.Builder
	b.WriteString(string(p.Kind))
	add := func(so bool, format string, args ...any) {
		if so {
			fmt.Fprintf(&b, format, args...)
		}
	}
	add(p.Item != "", " %s", p.Item)
	add(len(p.Items) > 0, " %s", strings.Join(p.Items, " "))
	add(p.Op != "", " %s", p.Op)
	add(p.Op == Update || p.Op == Create, " to %d", p.Value)
	add(p.Section != "", " (%s)", p.Section)
	add(p.Tick > 0, " in message %d", p.Tick)
	add(p.Kind == Lose && p.Nth < 0, ", all of it")
	add(p.Tick > 0 && p.Nth > 0, ", delta %d", p.Nth)
	add(p.For > 0, " for %v", p.For)
	add(p.Delay != 0, " by %v", p.Delay)
	add(p.Hold > 0, ", its version %v later", p.Hold)
	add(p.Unversion, ", its delta without a version")
	add(p.Theirs, ", with the other client")
	return b.String()
}

// Troubles counts what goes wrong: what comes of one thing counts once with it.
func (s *Script) Troubles() int {
	n := 0
	for i := range s.Steps {
		if k := s.Steps[i].Kind; (k.trouble() || s.Steps[i].Hold > 0) && k != Ignore && k != Fail {
			n++
		}
	}
	return n
}
