package campaign

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// generator makes a script up.
type generator struct {
	*rand.Rand
	Script
	now   time.Duration
	ids   []string
	last  map[string]int // the number of the last item of a type
	tick  int
	value int
}

// Random makes the script of a seed up.
func Random(seed uint64) *Script {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 9)), value: 1, last: map[string]int{}}
	g.begin()
	for range 2 + g.IntN(8) {
		g.happen()
	}
	for range []int{0, 1, 1, 1, 1, 1, 1, 2, 2, 3}[g.IntN(10)] {
		g.trouble()
		if g.chance(50) {
			g.happen()
		}
	}
	if g.chance(40) {
		g.happen()
	}
	g.finish()
	return &g.Script
}

// chance is true in so many of a hundred times.
func (g *generator) chance(percent int) bool { return g.IntN(100) < percent }

func (g *generator) between(low, high time.Duration) time.Duration {
	return low + time.Duration(g.Int64N(int64((high-low)/time.Millisecond)))*time.Millisecond
}

func (g *generator) begin() {
	g.Mobile = g.chance(50)
	g.Bills, g.Appointments = 1+g.IntN(3), g.IntN(3)
	g.Cached, g.Fence = Folded, Fenced
	for kind, n := range map[string]int{"bill": g.Bills, "appointment": g.Appointments} {
		g.last[kind] = n
		for i := range n {
			g.ids = append(g.ids, fmt.Sprintf("%s:%d", kind, i+1))
		}
	}
	slices.Sort(g.ids)
	g.now = time.Second
	if g.chance(6) {
		g.Midnight, g.Edge = g.between(2*time.Second, 10*time.Second), g.chance(80)
	}
	if g.chance(25) {
		g.Skew = g.between(-3*time.Second, 3*time.Second)
	}
	g.Night, g.Respelled = g.chance(5), g.chance(5)
	if g.chance(5) {
		g.AppDays = 30
	}
	if g.Mobile && g.chance(5) { // the plan is read before the socket is up
		g.add(Step{Kind: Break, For: g.between(100*time.Millisecond, 3*time.Second)})
	}
	if !g.Mobile && g.chance(40) {
		for at := g.between(500*time.Millisecond, 4*time.Second); at < time.Minute; at += g.between(2*time.Second, 9*time.Second) {
			s := Step{At: at, Kind: Poll}
			if g.chance(15) {
				s.Delay = g.between(100*time.Millisecond, 4*time.Second)
			}
			g.add(s)
		}
	}
}

func (g *generator) add(s Step) { g.Steps = append(g.Steps, s) }

// pass lets time go by.
func (g *generator) pass() { g.now += g.between(200*time.Millisecond, 3*time.Second) }

func (g *generator) item() string { return g.ids[g.IntN(len(g.ids))] }

// happen has the server do something.
func (g *generator) happen() {
	g.pass()
	switch n := g.IntN(100); {
	case n < 62:
		g.change(1)
		if g.Mobile && g.chance(10) { // the user's own, for which the app asks
			g.add(Step{At: g.now + 40*time.Millisecond, Kind: Poll})
		}
	case n < 76:
		g.change(2 + g.IntN(2))
	case n < 84:
		g.bulk()
	case n < 90:
		g.section()
	case n < 94:
		g.add(Step{At: g.now, Kind: Sync, Item: g.item()})
	case n < 96:
		g.add(Step{At: g.now, Kind: Pull})
	default:
		g.change(1)
		g.Steps[len(g.Steps)-1].Unversion = true
	}
}

// change has items change in one tick.
func (g *generator) change(n int) {
	g.tick++
	for i := range n {
		g.changeOf(g.item(), g.now+time.Duration(i)*3*time.Millisecond)
	}
}

func (g *generator) changeOf(id string, at time.Duration) {
	g.value++
	s := Step{At: at, Kind: Change, Item: id, Tick: g.tick, Op: Update, Value: 100 + g.value}
	switch n := g.IntN(100); {
	case n < 70:
	case n < 76:
		s.Op = Touch
	case n < 86:
		s.Op, s.Item = Create, g.fresh(id)
	case n < 92:
		s.Op = Delete
	case n < 97:
		s.Op = Away
	default:
		s.Op = Back
	}
	g.add(s)
}

// fresh is the name of a new item.
func (g *generator) fresh(like string) string {
	kind, _, _ := strings.Cut(like, ":")
	g.last[kind]++
	id := fmt.Sprintf("%s:%d", kind, g.last[kind])
	g.ids = append(g.ids, id)
	return id
}

// bulk has a job change some items, or none.
func (g *generator) bulk() {
	g.tick++
	g.value++
	s := Step{At: g.now, Kind: Bulk, Tick: g.tick, Op: []Op{Update, Update, Update, Delete, Away}[g.IntN(5)], Value: 100 + g.value}
	for range g.IntN(3) {
		if id := g.item(); !slices.Contains(s.Items, id) {
			s.Items = append(s.Items, id)
		}
	}
	g.add(s)
}

// section has a part of the plan change that no item's delta tells of.
func (g *generator) section() {
	g.tick++
	s := Step{At: g.now, Kind: Bulk, Tick: g.tick, Section: "collaborators", Op: People}
	switch g.IntN(5) {
	case 4: // somebody is removed, and with them their assignments
		g.value++
		s.Op, s.Value, s.Items = Update, 100+g.value, []string{g.item()}
	case 0:
		s.Op, s.Section, s.Items = Hide, "pending-reviews", []string{g.item()}
	case 1:
		s.Op, s.Section, s.Items = Show, "pending-reviews", []string{g.item()}
	}
	g.add(s)
	if g.chance(30) { // in one tick one section takes the other's place
		s.At += 2 * time.Millisecond
		s.Op, s.Section, s.Items = Touch, "pending-reviews", nil
		g.add(s)
	}
}

// trouble has something go wrong.
func (g *generator) trouble() {
	g.pass()
	kinds := []func(){
		g.loss, g.loss, g.loss, g.away, g.away, g.silence, g.lateness, g.lateness, g.bending, g.bending,
		g.calling, g.calling, g.race, g.race, g.tearing, g.opposite, g.swallowing, g.rarity, g.again, g.outside, g.unheard,
	}
	kinds[g.IntN(len(kinds))]()
}

func (g *generator) loss() {
	g.change(1 + g.IntN(4)/2)
	s := Step{At: g.now, Kind: Lose, Tick: g.tick, Nth: -1}
	if g.chance(25) {
		s.Nth = 0
	}
	if g.chance(15) {
		s.Kind, s.Nth = Unsent, 0
	}
	g.add(s)
}

func (g *generator) away() {
	s := Step{At: g.now, Kind: Break, For: g.between(300*time.Millisecond, 8*time.Second)}
	if g.chance(20) {
		s.For += pause
	}
	g.add(s)
	for range 1 + g.IntN(2) {
		g.now += g.between(20*time.Millisecond, 4*time.Second)
		g.change(1)
	}
	g.now = max(g.now, s.At+s.For)
	if !g.Mobile && g.chance(70) { // the plan that it reads then does not come
		g.hinder(s.At + s.For)
	}
}

func (g *generator) silence() {
	g.add(Step{At: g.now, Kind: Deaf})
	for range 1 + g.IntN(3) {
		g.happen()
	}
	if g.chance(50) {
		g.pass()
		g.add(Step{At: g.now, Kind: Break, For: g.between(300*time.Millisecond, 3*time.Second)})
		g.now += 3 * time.Second
	}
}

func (g *generator) lateness() {
	id := g.item()
	g.tick++
	g.changeOf(id, g.now)
	s := Step{At: g.now, Kind: []Kind{Late, Double}[g.IntN(2)], Tick: g.tick, For: g.between(100*time.Millisecond, 4*time.Second)}
	g.add(s)
	g.now += g.between(20*time.Millisecond, 3*time.Second)
	g.tick++
	g.changeOf(id, g.now)
}

func (g *generator) bending() {
	g.change(1)
	kind := []Kind{Strip, Alter, Alter, Mangle}[g.IntN(4)]
	g.add(Step{At: g.now, Kind: kind, Tick: g.tick})
	if kind != Alter {
		g.hinder(g.now)
	}
}

// hinder keeps a refresh from being made that falls due about then.
func (g *generator) hinder(at time.Duration) {
	s := Step{At: at - time.Millisecond, Kind: []Kind{Ignore, Fail}[g.IntN(2)], For: g.between(100*time.Millisecond, 3*time.Second)}
	if s.Kind == Fail {
		s.For += 2 * time.Second
	}
	g.add(s)
}

func (g *generator) calling() {
	if g.chance(70) {
		g.bulk()
	} else {
		g.section()
	}
	g.hinder(g.now)
}

// race has a delta come while an answer is under way that does not know of it.
func (g *generator) race() {
	g.bulk()
	late := g.between(100*time.Millisecond, 900*time.Millisecond)
	g.add(Step{At: g.now, Kind: Slow, For: 100 * time.Millisecond, Delay: late})
	if g.chance(20) { // asked for before a break, answered behind it
		g.add(Step{At: g.now + 50*time.Millisecond, Kind: Break, For: g.between(20*time.Millisecond, late)})
	}
	g.now += g.between(30*time.Millisecond, late)
	g.change(1)
}

// tearing has an answer's rows be read before its version, and something change between them.
func (g *generator) tearing() {
	id := g.item()
	g.tick++
	g.value++
	g.add(Step{At: g.now, Kind: Bulk, Tick: g.tick, Op: Update, Value: 100 + g.value, Items: []string{id}})
	apart := g.between(40*time.Millisecond, 400*time.Millisecond)
	if g.chance(20) {
		apart = -apart
	}
	g.add(Step{At: g.now, Kind: Torn, For: 100 * time.Millisecond, Delay: apart})
	g.now += g.between(30*time.Millisecond, 40*time.Millisecond+max(apart, -apart))
	g.tick++
	g.changeOf(id, g.now)
	if g.chance(70) {
		g.changeOf(g.item(), g.now+time.Millisecond)
	}
}

// opposite has two changes of an item write their rows in one order, and get their versions in the
// other.
func (g *generator) opposite() {
	id := g.item()
	for i := range 2 {
		g.tick++
		g.value++
		s := Step{At: g.now + time.Duration(i)*2*time.Millisecond, Kind: Change, Item: id, Tick: g.tick, Op: Update, Value: 100 + g.value}
		if i == 0 {
			s.Hold = g.between(5*time.Millisecond, 50*time.Millisecond)
		}
		g.add(s)
	}
}

func (g *generator) swallowing() {
	s := Step{At: g.now, Kind: Swallow, Section: []string{"bill", "appointment", "plan", ""}[g.IntN(4)], For: g.between(time.Second, 8*time.Second)}
	g.add(s)
	for range 1 + g.IntN(3) {
		g.happen()
	}
}

// again has the app begin again, and its plan not be read then.
func (g *generator) again() {
	if !g.Mobile {
		g.loss()
		return
	}
	g.add(Step{At: g.now, Kind: Restart})
	g.Cached = Screen
	if g.chance(80) {
		g.hinder(g.now)
	}
	g.pass()
	g.change(1)
}

// unheard has the app not process what it was passed.
func (g *generator) unheard() {
	g.change(1)
	g.add(Step{At: g.now, Kind: Unheard, Tick: g.tick})
	g.Cached = Screen
}

// outside has nothing be addressed to the client.
func (g *generator) outside() {
	if g.chance(50) {
		g.loss()
		return
	}
	g.add(Step{Kind: Outsider})
}

func (g *generator) rarity() {
	if !g.chance(50) {
		g.loss()
		return
	}
	switch g.IntN(3) {
	case 0:
		g.value++
		g.add(Step{At: g.now, Kind: Unversed, Item: g.item(), Value: 100 + g.value})
	case 1:
		g.value++
		g.add(Step{At: g.now, Kind: Edit, Item: g.item(), Value: 100 + g.value})
		g.Cached = Screen
	default:
		g.change(1)
		g.now += 300 * time.Millisecond
		g.bulk()
		g.add(Step{At: g.now, Kind: Behind, For: 100 * time.Millisecond, Delay: g.between(100*time.Millisecond, 3*time.Second)})
	}
}

// finish ends the session in one of the ways in which sessions end, and has the plans compared.
func (g *generator) finish() {
	g.pass()
	if g.chance(15) { // with something under way
		g.change(1)
		g.now += g.between(0, 60*time.Millisecond)
	}
	g.End = g.now
	g.Fence = []Fence{Settled, Settled, Fenced, Fenced, Saved}[g.IntN(5)]
	if g.Cached == Folded && g.chance(30) {
		g.Live, g.ReadAt = true, g.now
		g.End = g.ReadAt + 100*time.Millisecond
		if g.Fence == Settled {
			g.End += resting
		}
	} else {
		g.later()
	}
	if g.Fence == Saved && !g.Live && g.chance(25) {
		g.ReadAt = g.between(time.Second, g.End)
	}
	g.half()
	if g.Fence == Saved && g.chance(40) {
		g.Tear = g.between(-300*time.Millisecond, 300*time.Millisecond)
	}
	g.choose()
}

// later has the server go on after the session, now and then.
func (g *generator) later() {
	g.CutOff = g.chance(12)
	for g.chance(25) {
		g.now += g.between(100*time.Millisecond, 20*time.Second)
		g.change(1)
	}
	g.ReadAt = g.now + g.between(50*time.Millisecond, 20*time.Second)
}

// half has a row be read whose version is still to come, now and then.
func (g *generator) half() {
	if !g.chance(10) {
		return
	}
	g.tick++
	g.value++
	g.add(Step{
		At: g.ReadAt - g.between(time.Millisecond, 200*time.Millisecond), Kind: Change, Item: g.item(), Tick: g.tick,
		Op: Update, Value: 100 + g.value, Hold: g.between(100*time.Millisecond, 3*time.Second),
	})
}

// stranger has the file be another client's, with troubles of its own.
func (g *generator) stranger() {
	g.Other, g.Owned = true, false
	for i := range g.Steps {
		if g.Steps[i].Kind.ofClient() {
			g.Steps[i].Theirs = g.chance(40)
		}
	}
}

// choose says what the cache is, and what the recording lacks.
func (g *generator) choose() {
	switch n := g.IntN(100); {
	case g.Live || n < 60 && g.Cached == Folded:
		if g.chance(5) {
			g.Begun = g.between(100*time.Millisecond, g.End)
		}
	case n < 80 || !g.Mobile:
		g.Cached = Screen
	default:
		g.Cached = Answer
	}
	if g.Cached != Folded {
		g.Owned = g.chance(50)
		g.Alone, g.Another = g.chance(6), g.chance(3)
		if !g.Alone && g.chance(10) {
			g.stranger()
		}
		if g.chance(35) {
			g.SavedAt = g.between(500*time.Millisecond, g.End)
		}
		if g.chance(10) {
			g.Begun = g.between(100*time.Millisecond, g.End)
		}
	}
	g.Untimed = g.chance(10)
	switch g.IntN(20) {
	case 0:
		g.Only = []string{"bill", "appointment"}[g.IntN(2)]
	case 1:
		g.add(Step{At: g.between(500*time.Millisecond, g.End), Kind: Forget, For: g.between(50*time.Millisecond, 2*time.Second)})
	case 2:
		g.add(Step{At: g.between(500*time.Millisecond, g.End), Kind: Damage, For: g.between(50*time.Millisecond, 2*time.Second)})
	}
}
