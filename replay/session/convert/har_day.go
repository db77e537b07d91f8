package convert

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/session"
)

// browserDay gathers from a HAR file what concerns a plan: the Socket.IO connections, and the
// answers of REST.
type browserDay struct {
	left    tally
	entries []*harEntry
	links   []*link
	bySID   map[string]*link // the newest of that place and sid
	answers []*restAnswer
	untimed int // entries that tell no time
}

// restAnswer is an answer of REST.
type restAnswer struct {
	origin    string
	who       identity
	recipient string // of a plan
	moment    moment
	cache     string
}

// Sorts of entries that no session holds.
var (
	leftOddEntry    = entry("not as HAR files have them")
	leftOtherSocket = entry("a WebSocket that is not Socket.IO's")
	leftOtherServer = entry("of another Socket.IO server")
	leftOtherREST   = entry("of another server's REST")
	leftUnclear     = entry("of REST, and nothing tells whose")
	leftClient      = entry("of another client")
	leftDoubled     = leftOut{"message", "messages", "the same as over another socket of the page", false}
	leftBeside      = leftOut{"attempt to connect", "attempts to connect", "while another socket was up", false}
)

// concerns tells whether an entry has to do with a plan.
func (e *harEntry) concerns() bool {
	if e.method == http.MethodOptions || e.method == http.MethodHead {
		return false
	}
	_, rest := restKind(e)
	return rest || e.isWebSocket() || e.isEngine()
}

// add takes an entry, in the order of the file.
func (d *browserDay) add(e *harEntry) {
	switch {
	case e.odd:
		d.left[leftOddEntry]++
	case e.concerns():
		d.entries = append(d.entries, e)
	}
}

// settle gives each entry a time: one that tells none has that of its first message, or of the
// entry before it.
func (d *browserDay) settle(now time.Time) {
	last := time.Time{}
	for _, e := range d.entries {
		if e.begin(); last.IsZero() {
			last = e.started
		}
	}
	if last.IsZero() {
		last = now
	}
	for _, e := range d.entries {
		if e.started.IsZero() {
			e.started, e.took = last, -1
			d.untimed++
		}
		last = e.started
	}
	slices.SortStableFunc(d.entries, func(a, b *harEntry) int { return a.started.Compare(b.started) })
}

// begin gives an entry that tells no time that of its first message.
func (e *harEntry) begin() {
	for i := 0; i < len(e.messages) && e.started.IsZero(); i++ {
		e.started = e.messages[i].at
		e.took = -1
	}
}

// gather makes connections and answers of the entries.
func (d *browserDay) gather() {
	d.bySID = map[string]*link{}
	for _, e := range d.entries {
		kind, rest := restKind(e)
		switch {
		case rest && !e.isWebSocket():
			d.answers = append(d.answers, answerOf(kind, e))
		case !e.isEngine():
			d.left[leftOtherSocket]++
		case e.redirected():
		case e.isWebSocket():
			d.link(e).webSocket(e)
			e.messages = nil
		default:
			l := d.link(e)
			l.polling(e)
			if l.sid != "" {
				d.bySID[l.place+" "+l.sid] = l
			}
		}
	}
}

// link is the connection that an entry belongs to.
func (d *browserDay) link(e *harEntry) *link {
	place := e.place()
	if sid := e.sid(); sid != "" {
		if l := d.bySID[place+" "+sid]; l != nil {
			l.who.merge(e.who)
			return l
		}
	}
	l := &link{place: place, origin: e.origin(), who: e.who, began: e.started, last: e.started}
	l.old = e.url.Query().Get("EIO") == "3"
	l.left, l.sid = tally{}, e.sid()
	if l.sid != "" {
		d.bySID[place+" "+l.sid] = l
	}
	d.links = append(d.links, l)
	return l
}

// restKind says of which kind the record of a request to REST is.
func restKind(e *harEntry) (session.Kind, bool) {
	switch path := strings.TrimSuffix(e.url.Path, "/"); {
	case e.method != http.MethodGet:
	case strings.HasSuffix(path, "/api/plan"):
		return session.KindPlan, true
	case strings.HasSuffix(path, "/api/plan/version"):
		return session.KindVersion, true
	}
	return "", false
}

func answerOf(kind session.Kind, e *harEntry) *restAnswer {
	rec := session.Record{Kind: kind, Status: e.status, Took: session.TookUnknown}
	if e.took >= 0 {
		rec.Took = e.took
	}
	a := &restAnswer{origin: e.origin(), who: e.who, cache: e.cache}
	switch {
	case rec.Status == 0:
		rec.Error = e.why()
	case e.kept:
		rec.Body = e.body
	default:
		rec.Error = "the browser did not keep the body"
	}
	if kind == session.KindPlan && rec.Status == http.StatusOK {
		a.recipient = string(plan.Get(plan.Get(rec.Body, "recipient"), "id"))
	}
	a.moment = moment{at: e.ended(), what: answered, answer: rec}
	return a
}

// keepServer drops what belongs to other servers than the one with the most deltas, and returns
// that one's URL.
func (d *browserDay) keepServer() (server string) {
	weight := map[string][2]int{}
	for _, l := range d.links {
		w := weight[l.place]
		weight[l.place] = [2]int{w[0] + l.deltas, w[1] + l.events}
	}
	place := ""
	for _, l := range d.links {
		if w, most := weight[l.place], weight[place]; place == "" || cmp.Or(cmp.Compare(w[0], most[0]), cmp.Compare(w[1], most[1])) > 0 {
			place, server = l.place, l.origin
		}
	}
	d.links = slices.DeleteFunc(d.links, func(l *link) bool {
		if l.place == place {
			return false
		}
		d.left[leftOtherServer]++
		return true
	})
	from := server
	if len(d.answers) > 0 && !slices.ContainsFunc(d.answers, func(a *restAnswer) bool { return a.origin == server }) {
		from = d.answers[0].origin // REST may have a server of its own
	}
	d.answers = slices.DeleteFunc(d.answers, func(a *restAnswer) bool {
		if a.origin == from {
			return false
		}
		d.left[leftOtherREST]++
		return true
	})
	return cmp.Or(server, from)
}
