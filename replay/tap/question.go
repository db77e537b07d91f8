package tap

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/carebase/deltatap/replay/endpoint"
	"github.com/carebase/deltatap/replay/session"
)

// question is a request of an app's, and what is known of it.
type question struct {
	address address
	tap     *Tap
	start   time.Time
	socket  string // what follows the path of Socket.IO: "" or "/"; "-" where the request is not for Socket.IO
	poll    bool   // the app waits for packets
	talk    *talk  // nil: none that is known

	kind   session.Kind // plan, version or request; "" where the answer concerns nobody
	method string
	path   string
	query  string
	tag    string // the app has what the server named so
	app    *app   // nil: not known before the answer
	device Device
}

type questionKey struct{}

// questionOf is the app's request behind a request to the server.
func questionOf(r *http.Request) *question {
	q, _ := r.Context().Value(questionKey{}).(*question)
	return q
}

// ask reads what a request asks for. Where it errs, the app is not to be served.
func (t *Tap) ask(r *http.Request) (*question, error) {
	q := &question{
		tap: t, address: addressOf(r), start: t.config.Now(), socket: t.belowSocket(r.URL.Path),
		method: r.Method, path: r.URL.Path, query: r.URL.RawQuery, tag: r.Header.Get("If-None-Match"),
	}
	switch {
	case t.config.Listener == nil:
		return q, nil
	case q.socket != "-":
		return q, q.askSocket(r)
	}
	return q, q.askREST(r)
}

// belowSocket is what follows the path of Socket.IO, as the app asks for it; "-" where path is none
// of it.
func (t *Tap) belowSocket(path string) string {
	rest, ok := strings.CutPrefix(path, t.below(t.config.Server.SocketPath))
	if !ok || t.config.Server.SocketPath == "" || rest != "" && rest != "/" {
		return "-"
	}
	return rest
}

// askSocket finds the connection that a request of Engine.IO's is of.
func (q *question) askSocket(r *http.Request) (err error) {
	query := r.URL.Query()
	transport, name := query.Get("transport"), query.Get("sid")
	switch {
	case transport != transportWebSocket && transport != transportPolling, r.Method == http.MethodOptions:
		return nil
	case name != "":
		q.talk = q.tap.talk(name)
	default:
		q.talk, err = q.tap.newTalk(r, transport)
	}
	if q.talk == nil || err != nil || transport == transportWebSocket {
		return err
	}
	if q.poll = r.Method == http.MethodGet; q.poll {
		q.talk.polling(true)
		return nil
	}
	return q.readPost(r)
}

// maxPost bounds how much of what an app posts is looked at: official servers take no more.
const maxPost = 1 << 20

// readPost looks at packets that the app posts, before they are passed on.
func (q *question) readPost(r *http.Request) error {
	text, err := io.ReadAll(io.LimitReader(r.Body, maxPost))
	rest := io.Reader(r.Body)
	if err != nil {
		rest = brokenReader{err}
	}
	body := r.Body
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(text), rest), body}
	for packet := range bytes.SplitSeq(text, packetEnd) {
		if err := q.talk.fromApp(slices.Clone(packet)); err != nil {
			return err
		}
	}
	return nil
}

// packetEnd stands between the packets of one poll.
var packetEnd = []byte{0x1e}

// brokenReader is a body that breaks off.
type brokenReader struct{ err error }

func (b brokenReader) Read([]byte) (int, error) { return 0, b.err }

// askREST tells reads of the plan and changes from what concerns nobody.
func (q *question) askREST(r *http.Request) (err error) {
	credentials := hasCredentials(r)
	switch {
	case r.Method == http.MethodGet && q.path == "/api/plan":
		q.kind = session.KindPlan
	case r.Method == http.MethodGet && q.path == "/api/plan/version":
		q.kind = session.KindVersion
	case credentials && isChange(r.Method, q.path):
		q.kind = session.KindRequest
	default:
		return nil
	}
	id, known := identify(r)
	if !known {
		id = byAddress(r)
	}
	q.device = id.device(q.tap.config.Key)
	if credentials {
		q.app, err = q.tap.app(q.device)
	}
	return err
}

// isChange says whether a request asks for a change of what the server keeps: signing in and out is
// none.
func isChange(method, path string) bool {
	if !slices.Contains([]string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}, method) {
		return false
	}
	for segment := range strings.SplitSeq(strings.ToLower(path), "/") {
		if slices.Contains([]string{"auth", "oauth", "login", "logout", "signin", "signout", "session", "token", "refresh"}, segment) {
			return false
		}
	}
	return true
}

// maxSegment is how long a segment of a path may be to be kept: invitations and the like have
// secrets there.
const maxSegment = 24

// keptPath is a path without what may be secret.
func keptPath(path string) string {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		if len(segment) > maxSegment || strings.Contains(segment, "@") {
			segments[i] = "…"
		}
	}
	return strings.Join(segments, "/")
}

// look has the body of an answer looked at while it passes.
func (t *Tap) look(answer *http.Response, q *question) error {
	switch {
	case q.talk != nil && q.poll:
		answer.Body = &watched{ReadCloser: answer.Body, left: answer.ContentLength, most: maxMessage, done: func(body []byte, err error) { q.polled(answer, body, err) }}
		return nil
	case q.kind == "":
		return nil
	case q.app == nil: // the app named nobody, and the server answers all the same
		if answer.StatusCode/100 != 2 {
			return nil
		}
		app, err := t.app(q.device)
		if err != nil {
			return err
		}
		q.app = app
	}
	answer.Body = &watched{ReadCloser: answer.Body, left: answer.ContentLength, most: mostBody(q), done: func(body []byte, err error) { q.answered(answer, body, err) }}
	return nil
}

func mostBody(q *question) int {
	if q.kind == session.KindRequest {
		return 0
	}
	return maxMessage
}

// polled takes the packets that a poll brought.
func (q *question) polled(answer *http.Response, body []byte, err error) {
	switch {
	case errors.Is(err, errLeft):
		q.talk.polling(false)
	case err != nil, answer.StatusCode != http.StatusOK:
		q.talk.failed()
	default:
		text, err := decode(answer, body)
		if err != nil {
			q.talk.unread()
		}
		for packet := range bytes.SplitSeq(text, packetEnd) {
			q.talk.fromServer(slices.Clone(packet))
		}
		q.talk.polling(false)
	}
}

// answered tells of an answer of REST.
func (q *question) answered(answer *http.Response, body []byte, err error) {
	rec := session.Record{Kind: q.kind, Status: answer.StatusCode, Took: q.tap.config.Now().Sub(q.start)}
	switch {
	case q.kind == session.KindRequest:
		rec.Method, rec.Path = q.method, keptPath(q.path)
	case err != nil:
		rec.Status, rec.Error = 0, whyBroken(err)
	default:
		text, err := decode(answer, body)
		if err != nil {
			text = body
		}
		rec.Body = text
		q.app.unchanged(q, answer, &rec)
	}
	q.app.hear(rec)
}

// decode undoes an answer's compression.
func decode(answer *http.Response, body []byte) ([]byte, error) {
	return endpoint.ReadBody(&http.Response{Header: answer.Header, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body))}, maxMessage)
}

// unanswered tells of a request that got no answer. left says that the app did not wait for it.
func (q *question) unanswered(err error, left bool) {
	switch {
	case q.talk != nil && q.poll && left:
		q.talk.polling(false)
	case q.talk != nil && (q.poll || q.method == http.MethodPost):
		q.talk.failed()
	case q.app != nil:
		rec := session.Record{Kind: q.kind, Took: q.tap.config.Now().Sub(q.start), Error: whyBroken(err)}
		if left {
			rec.Error = whyBroken(errLeft)
		}
		if q.kind == session.KindRequest {
			rec.Method, rec.Path = q.method, keptPath(q.path)
		}
		q.app.hear(rec)
	}
}

// errLeft is an answer that the app did not take to its end.
var errLeft = errors.New("the app did not wait for the answer")

func whyBroken(err error) string {
	switch {
	case errors.Is(err, errLeft), errors.Is(err, errTooLong):
		return err.Error()
	}
	return endpoint.Why(err)
}

// tagged is a body that an app holds, and the server's name for it.
type tagged struct {
	tag  string
	body []byte
}

// mostTagged is how many bodies are kept of an app.
const mostTagged = 8

// unchanged puts the body that the app holds in the place of an answer that says that it is still
// right: the app's code gets that body, and never sees such an answer.
func (a *app) unchanged(q *question, answer *http.Response, rec *session.Record) {
	a.mu.Lock()
	defer a.mu.Unlock()
	key := q.path + "?" + q.query
	switch held, ok := a.tagged[key]; {
	case rec.Status == http.StatusNotModified && ok && held.tag == q.tag:
		rec.Status, rec.Body = http.StatusOK, held.body
	case rec.Status == http.StatusNotModified:
		rec.Body = nil
	case rec.Status == http.StatusOK && answer.Header.Get("Etag") != "" && (ok || len(a.tagged) < mostTagged):
		if a.tagged == nil {
			a.tagged = map[string]tagged{}
		}
		a.tagged[key] = tagged{tag: answer.Header.Get("Etag"), body: rec.Body}
	}
}

// errTooLong is a body that is longer than what is kept of one.
var errTooLong = errors.New("the answer was too long to be kept")

// watched is a body that is looked at while it passes.
type watched struct {
	io.ReadCloser
	most int // how much of it is kept; 0: nothing
	done func(body []byte, err error)
	body []byte
	long bool
	over bool
	left int64 // how much of it is still to come; below 0 where that is not known
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.ReadCloser.Read(p)
	switch {
	case w.long, w.most == 0:
	case len(w.body)+n > w.most:
		w.long, w.body = true, nil
	default:
		w.body = append(w.body, p[:n]...)
	}
	// The last bytes are told of before they are passed on: the app asks for more as soon as it has
	// them.
	last := w.left > 0 && w.left == int64(n)
	w.left -= int64(n)
	switch {
	case err == nil && !last:
	case err != nil && !errors.Is(err, io.EOF):
		w.finish(err)
	case w.long:
		w.finish(errTooLong)
	default:
		w.finish(nil)
	}
	return n, err
}

func (w *watched) Close() error {
	w.finish(errLeft)
	return w.ReadCloser.Close()
}

func (w *watched) finish(err error) {
	if !w.over {
		w.over = true
		w.done(w.body, err)
	}
}
