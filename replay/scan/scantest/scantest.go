// Package scantest makes the session that the scanner is measured with: deterministic, of any size,
// in the words of a real server. It writes text on its own, so that what reads it is held against
// something that shares no code with it.
package scantest

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"time"
)

// Session is what to write.
type Session struct {
	Messages int // messages with deltas; a line holds about 690 bytes
	Items    int // appointments and bills, half of each
	Seed     uint64
}

// Full is the session of the published figures: 1 GB, 1.5 million lines, 1.59 million deltas over
// 100,000 items.
var Full = Session{Messages: 1_500_000, Items: 100_000, Seed: 1}

// Facts is what was written, counted while writing.
type Facts struct {
	Records, Deltas int64
	Missing         int64 // versions inside the range that no delta carries
	First, Last     int64
}

// started is when every such session starts.
var started = time.Date(2026, 11, 23, 0, 52, 14, 165_000_000, time.UTC)

// Write writes the session, its header first.
func (s Session) Write(w io.Writer) (Facts, error) {
	g := &generator{rng: rand.New(rand.NewPCG(s.Seed, 7)), w: bufio.NewWriterSize(w, 1<<20), items: make([]int32, s.Items)}
	fmt.Fprintf(g.w, `{"deltatap":1,"session":"01938c00-0000-7000-8000-%012x","started":"%s","server":"https://carebase.example","user":null,"tool":"deltatap 0.1.0"}`+"\n",
		s.Seed, started.Format("2006-01-02T15:04:05.000Z"))
	g.connect()
	for i := range s.Messages {
		switch {
		case i > 0 && i%400_000 == 0:
			g.outage()
		case i%12_000 == 0:
			g.poll()
		}
		g.message()
	}
	g.record(`"kind":"end","reason":"interrupt","records":%d,"lost":0`, g.facts.Records+1)
	return g.facts, g.w.Flush()
}

type generator struct {
	rng     *rand.Rand
	w       *bufio.Writer
	now     time.Duration
	version int64
	items   []int32 // how often each was touched
	line    []byte
	facts   Facts
}

func (g *generator) record(format string, args ...any) {
	g.facts.Records++
	fmt.Fprintf(g.w, `{"n":%d,"t":%d.%06d,`+format+"}\n",
		append([]any{g.facts.Records, g.now / time.Second, g.now % time.Second / time.Microsecond}, args...)...)
}

func (g *generator) connect() {
	g.record(`"kind":"connect","sid":"8S-g%06d","transport":"websocket","attempt":1`, g.facts.Records)
	g.now += 31 * time.Millisecond
	g.record(`"kind":"event","event":"connection:ack","args":[{"ok":true}]`)
	g.now += 36 * time.Millisecond
	g.record(`"kind":"plan","status":200,"took":0.036,"body":{"recipient":{"id":1,"displayName":"Alex"},"dateRange":{"start":"2026-11-23T00:00:00.000Z","end":"2026-11-30T00:00:00.000Z"},"appointments":[],"bills":[],"planVersion":%d,"planUpdatedAt":"2026-11-23T00:52:59.939Z","collaborators":[]}`, g.version)
}

func (g *generator) poll() {
	g.record(`"kind":"version","status":200,"took":0.004,"body":{"planVersion":%d,"planUpdatedAt":"2026-11-23T00:52:59.939Z"}`, g.version)
}

// outage loses the connection for ten seconds, and what is emitted meanwhile.
func (g *generator) outage() {
	g.record(`"kind":"disconnect","reason":"transport close"`)
	g.now += 10 * time.Second
	g.skip(5)
	g.connect()
}

// skip lets versions pass that no delta carries.
func (g *generator) skip(n int64) {
	g.version += n
	g.facts.Missing += n
}

// message writes one message: one delta mostly, now and then a burst whose versions are out of
// order, and rarely a hole before it.
func (g *generator) message() {
	g.now += time.Duration(200+g.rng.IntN(1600)) * time.Microsecond
	if g.rng.IntN(5000) == 0 {
		g.skip(1)
	}
	deltas := 1
	if g.rng.IntN(50) == 0 {
		deltas = 2 + g.rng.IntN(6)
	}
	versions := g.burst(deltas)
	g.line = fmt.Appendf(g.line[:0], `"kind":"event","event":"plan:item-delta","args":[{"deltas":[`)
	for i, v := range versions {
		if i > 0 {
			g.line = append(g.line, ',')
		}
		g.delta(v)
	}
	g.line = append(g.line, "]}]"...)
	g.record("%s", g.line)
}

// burst numbers the deltas of one message; a longer one has absorbed a version, and is not sorted.
func (g *generator) burst(n int) []int64 {
	versions := make([]int64, n)
	for i := range versions {
		g.version++
		if n > 3 && i == 1 {
			g.skip(1)
		}
		versions[i] = g.version
	}
	if n > 3 {
		g.rng.Shuffle(n, func(i, j int) { versions[i], versions[j] = versions[j], versions[i] })
	}
	if g.facts.First == 0 {
		g.facts.First = versions[0]
	}
	g.facts.Last = g.version
	g.facts.Deltas += int64(n)
	return versions
}

var sources = [...]string{"rest", "rest", "rest", "collaborator", "google", "inbound"}

func (g *generator) delta(version int64) {
	if g.rng.IntN(2000) == 0 {
		g.line = fmt.Appendf(g.line, `{"itemType":"plan","entityId":1,"action":"updated","source":"rest","data":{"section":"collaborators"},"version":%d}`, version)
		return
	}
	i := g.rng.IntN(len(g.items))
	id, kind := i/2+1, "appointment"
	if i%2 == 1 {
		kind = "bill"
	}
	action := "updated"
	if g.items[i] == 0 {
		action = "created"
	}
	g.items[i]++
	source := sources[g.rng.IntN(len(sources))]
	if g.items[i] > 3 && g.rng.IntN(40) == 0 {
		g.items[i] = 0
		g.line = fmt.Appendf(g.line, `{"itemType":"%s","entityId":%d,"planItemId":%d,"action":"deleted","source":"%s","version":%d}`, kind, id, i+1, source, version)
		return
	}
	g.line = fmt.Appendf(g.line, `{"itemType":"%s","entityId":%d,"planItemId":%d,"action":"%s","source":"%s","data":{"%s":`, kind, id, i+1, action, source, kind)
	if kind == "bill" {
		g.bill(id, i+1)
	} else {
		g.appointment(id, i+1)
	}
	g.line = fmt.Appendf(g.line, `},"version":%d}`, version)
}

var (
	places = [...]string{"9:00 AM at Riverside Clinic with Dr. Patel.", "11:30 AM at Oak Street Imaging.", "2:00 PM at Main Street Dental.", "Café Müller, 3 Rue de l’Été"}
	notes  = [...]string{`null`, `"Bring the insurance card and the list of medications, and arrive ten minutes early."`, `"Fasting from 8 PM the day before: water is fine. Parking is behind the building, ask for \"Level 2\"."`}
)

func (g *generator) appointment(id, item int) {
	day, hour := 1+g.rng.IntN(28), 8+g.rng.IntN(10)
	g.line = fmt.Appendf(g.line, `{"id":%d,"itemId":%d,"startLocal":"2026-11-%02dT%02d:00:00+00:00","endLocal":"2026-11-%02dT%02d:00:00+00:00","startTimeZone":"UTC","endTimeZone":"UTC","startOffset":"+00:00","endOffset":"+00:00","location":"%s","prepNote":%s,"summary":"Appointment confirmation","icsToken":"%016x%016x%016x%016x","assignedCollaboratorId":null,"createdAt":"2026-11-23T01:%02d:%02d.%03dZ","googleSync":null}`,
		id, item, day, hour, day, hour+1, places[g.rng.IntN(len(places))], notes[g.rng.IntN(len(notes))],
		g.rng.Uint64(), g.rng.Uint64(), g.rng.Uint64(), g.rng.Uint64(), g.rng.IntN(60), g.rng.IntN(60), g.rng.IntN(1000))
}

var statuses = [...]string{"todo", "overdue", "paid"}

func (g *generator) bill(id, item int) {
	g.line = fmt.Appendf(g.line, `{"id":%d,"itemId":%d,"statementDate":null,"amount":%d.%02d,"dueDate":"2026-11-%02dT00:00:00.000Z","payUrl":"https://pay.example.com/statements/%016x%016x?from=reminder","status":"%s","taskKey":"%016x%016x","assignedCollaboratorId":null,"createdAt":"2026-11-23T01:%02d:%02d.%03dZ","googleSync":null}`,
		id, item, g.rng.IntN(900), g.rng.IntN(100), 1+g.rng.IntN(28), g.rng.Uint64(), g.rng.Uint64(), statuses[g.rng.IntN(len(statuses))],
		g.rng.Uint64(), g.rng.Uint64(), g.rng.IntN(60), g.rng.IntN(60), g.rng.IntN(1000))
}
