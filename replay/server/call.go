package server

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/carebase/deltatap/replay/server/payload"
	"github.com/carebase/deltatap/replay/server/store"
)

// The limits of a request.
const (
	maxBody         = 1 << 20
	maxOperatorBody = 64 << 20
	readTimeout     = 30 * time.Second
)

// call is one REST request whose user is known.
type call struct {
	*http.Request
	user   int64
	access store.Access
	body   payload.Object
}

// answer is what a call is answered with: a status and a JSON body.
type answer struct {
	status int
	body   []byte
}

// problem is an error that the client is told of, as {"error":message}.
type problem struct {
	status  int
	message string
}

func (p *problem) Error() string { return p.message }

func refuse(status int, format string, args ...any) error {
	return &problem{status, fmt.Sprintf(format, args...)}
}

var (
	errNotAuthenticated = &problem{http.StatusUnauthorized, "Not authenticated"}
	errNoRecipient      = &problem{http.StatusNotFound, "No recipient found"}
	errInternal         = &problem{http.StatusInternalServerError, "Internal server error"}
	errClosing          = &problem{http.StatusServiceUnavailable, "Server is shutting down"}
	errInvalidJSON      = &problem{http.StatusBadRequest, "Invalid JSON"}
	errFrozen           = &problem{http.StatusConflict, "A recording is being played: the plan changes as it says, and no other way"}
	errTooLarge         = &problem{http.StatusRequestEntityTooLarge, "Request body too large"}
	errUnknownRoute     = &problem{http.StatusNotFound, "Not found"}
)

// handle makes an HTTP handler of fn: it counts the request, catches panics, and writes the answer
// or the problem.
func (s *Server) handle(fn func(r *http.Request) (answer, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.requests.enter() {
			w.Header().Set("Connection", "close")
			write(w, errClosing.answer())
			return
		}
		defer s.requests.leave()
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(readTimeout))
		write(w, s.answer(r, fn))
	})
}

func (s *Server) answer(r *http.Request, fn func(r *http.Request) (answer, error)) (a answer) {
	defer func() {
		if p := recover(); p != nil {
			s.logf("%s %s: panic: %v", r.Method, r.URL.Path, p)
			a = errInternal.answer()
		}
	}()
	a, err := fn(r)
	if err == nil {
		return a
	}
	told, ok := errors.AsType[*problem](err)
	if !ok {
		s.logf("%s %s: %v", r.Method, r.URL.Path, err)
		told = errInternal
	}
	return told.answer()
}

func (p *problem) answer() answer {
	body := append([]byte(`{"error":`), payload.Quote(p.message)...)
	return answer{p.status, append(body, '}')}
}

func write(w http.ResponseWriter, a answer) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // the client may be gone
}

// user makes a handler for a user of a plan. withBody reads the request's body as a JSON object
// first.
func (s *Server) user(withBody bool, fn func(c *call) (answer, error)) http.Handler {
	return s.handle(func(r *http.Request) (answer, error) {
		c, err := s.open(r)
		if err != nil {
			return answer{}, err
		}
		if c.access, err = s.store.Access(r.Context(), c.user); errors.Is(err, store.ErrNotFound) {
			return answer{}, errNoRecipient
		} else if err != nil {
			return answer{}, err
		}
		if withBody {
			if c.body, err = readObject(r, maxBody); err != nil {
				return answer{}, err
			}
		}
		return fn(c)
	})
}

// open authenticates a request.
func (s *Server) open(r *http.Request) (*call, error) {
	user, ok := s.guard.request(r)
	if !ok {
		return nil, errNotAuthenticated
	}
	return &call{Request: r, user: user}, nil
}

// owns says whether the user owns the plan.
func (c *call) owns() bool { return c.access.Role == store.Owner }

// source is how the deltas of the user's changes are tagged.
func (c *call) source() string {
	if c.owns() {
		return "rest"
	}
	return "collaborator"
}

// pathID is the number at the end of the path; 0 where it is none, which no row has.
func (c *call) pathID() int64 {
	id, err := strconv.ParseInt(c.PathValue("id"), 10, 64)
	if err != nil {
		return 0
	}
	return id
}

// readObject reads a request's body as one JSON object; an empty body is the empty object.
func readObject(r *http.Request, limit int64) (payload.Object, error) {
	if r.ContentLength > limit {
		return payload.Object{}, errTooLarge
	}
	raw, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, limit))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return payload.Object{}, errTooLarge
	}
	if err != nil {
		return payload.Object{}, refuse(http.StatusBadRequest, "The request body could not be read")
	}
	if len(raw) == 0 {
		return payload.Object{}, nil
	}
	body, err := payload.Parse(raw)
	if err != nil {
		return payload.Object{}, errInvalidJSON
	}
	return body, nil
}
