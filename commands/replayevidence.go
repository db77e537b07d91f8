package commands

import (
	"bytes"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/carebase/deltatap/replay/diagnose"
	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/server"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/sink"
)

// evidence is what an app was sent by a stand-in, and what it asked for: the session that would
// have been recorded at its end. It is about the first user's clients, and it is gathered from
// several goroutines.
type evidence struct {
	user  int64
	token string
	users sink.Users
	clock *sessionClock
	there func() bool // whether a client of the user's is connected now

	mu       sync.Mutex
	timeline *diagnose.Timeline
	waiting  map[int64]session.Record // sent, and not yet answered for
	online   bool
	n        int64   // of the last record
	places   []int64 // of each, from 1, the number that was sent; 0 where it is none of those
}

func newEvidence(policy plancache.Policy, s *replayStage, h session.Header, users sink.Users) *evidence {
	first := s.house.ready.Users[0]
	e := &evidence{
		user: first.ID, token: first.Token, users: users, clock: s.clock,
		there:    func() bool { return s.server.ClientsOf(first.ID) > 0 },
		timeline: diagnose.NewTimeline(policy), waiting: map[int64]session.Record{}, places: []int64{0},
	}
	e.timeline.Header(h)
	return e
}

// sent notes a record that is about to leave.
func (e *evidence) sent(rec *session.Record) {
	switch rec.Kind {
	case session.KindEvent, session.KindConnect, session.KindDisconnect:
	default:
		return
	}
	if user, err := e.users.User(rec); err != nil || user != e.user {
		return
	}
	kept := session.Record{N: rec.N, T: rec.T, Kind: rec.Kind, Event: rec.Event, Args: bytes.Clone(rec.Args)}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.waiting[rec.N] = kept
}

// told notes what became of it. What nobody was there to receive did not happen to the app.
func (e *evidence) told(o sink.Outcome) {
	e.mu.Lock()
	defer e.mu.Unlock()
	rec, ok := e.waiting[o.N]
	if !ok {
		return
	}
	delete(e.waiting, o.N)
	switch {
	case rec.Kind == session.KindConnect && e.there():
		e.link(rec.T, true) // it may be that nothing ever reaches the app, and it is there all the same
	case o.Fate != sink.Acknowledged:
		return // the app saw nothing of it
	case rec.Kind == session.KindDisconnect:
		e.link(rec.T, true) // who was sent away had come
	}
	e.link(rec.T, rec.Kind != session.KindDisconnect && o.Reach != 0)
	if e.online && rec.Kind == session.KindEvent {
		e.record(rec)
	}
}

// link notes whether the app has a connection.
func (e *evidence) link(at time.Duration, online bool) {
	if online == e.online {
		return
	}
	e.online = online
	rec := session.Record{T: at, Kind: session.KindDisconnect}
	if online {
		rec.Kind = session.KindConnect
	}
	e.record(rec)
}

// record folds a record in, under the next number. The lock is held.
func (e *evidence) record(rec session.Record) {
	e.n++
	e.places = append(e.places, rec.N)
	rec.N = e.n
	e.timeline.Record(&rec)
}

// watch notes what the first user is answered.
func (e *evidence) watch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		kind := map[string]session.Kind{"/api/plan": session.KindPlan, "/api/plan/version": session.KindVersion}[r.URL.Path]
		if kind == "" || r.Method != http.MethodGet || !e.asks(r) {
			next.ServeHTTP(w, r)
			return
		}
		asked := e.clock.position()
		copied := &copyingWriter{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(copied, r)
		e.answered(asked, session.Record{Kind: kind, Status: copied.status, Body: copied.body.Bytes()})
	})
}

// ownRequest is the header of the requests that the replay itself makes.
const ownRequest = "Deltatap-Replay"

// asks says whether a request is the first user's.
func (e *evidence) asks(r *http.Request) bool {
	if r.Header.Get(ownRequest) != "" {
		return false
	}
	if cookie, err := r.Cookie(server.SessionCookie); err == nil {
		return cookie.Value == e.token
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.EqualFold(scheme, "Bearer") && strings.TrimSpace(token) == e.token
}

// answered notes an answer to what was asked at a moment of the session. It took a moment in any
// case: 0 is not known.
func (e *evidence) answered(asked time.Duration, rec session.Record) {
	rec.T = e.clock.position()
	rec.Took = max(rec.T-asked, time.Microsecond)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.record(rec)
}

// sentNumbers turns the numbers of the evidence into those under which records were sent.
func (e *evidence) sentNumbers(ns []int64) []int64 {
	var sent []int64
	for _, n := range ns {
		if n < int64(len(e.places)) && e.places[n] > 0 {
			sent = append(sent, e.places[n])
		}
	}
	return sent
}

// copyingWriter keeps what is answered.
type copyingWriter struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (c *copyingWriter) WriteHeader(status int) {
	c.status = status
	c.ResponseWriter.WriteHeader(status)
}

func (c *copyingWriter) Write(p []byte) (int, error) {
	c.body.Write(p)
	return c.ResponseWriter.Write(p)
}
