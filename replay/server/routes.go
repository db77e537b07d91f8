package server

import (
	"net/http"

	"github.com/gorilla/websocket"

	"github.com/carebase/deltatap/replay/server/store"
)

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", s.handle(func(*http.Request) (answer, error) { return answer{}, errUnknownRoute }))
	mux.Handle("GET /health", s.handle(func(*http.Request) (answer, error) {
		return answer{http.StatusOK, []byte(`{"ok":true}`)}, nil
	}))
	mux.Handle("GET /api/plan", s.user(false, s.readPlan))
	mux.Handle("GET /api/plan/version", s.user(false, s.readVersion))

	for path, kind := range map[string]store.Kind{"/api/appointments": store.Appointment, "/api/bills": store.Bill} {
		mux.Handle("GET "+path+"/{id}", s.user(false, s.readItem(kind)))
		mux.Handle("PATCH "+path+"/{id}", s.user(true, s.patchItem(kind)))
		mux.Handle("DELETE "+path+"/{id}", s.user(false, s.deleteItem(kind)))
	}
	mux.Handle("POST /api/bills/{id}/mark-paid", s.user(false, s.markPaid))
	mux.Handle("GET /api/collaborators", s.user(false, s.listCollaborators))
	mux.Handle("POST /api/collaborators", s.user(true, s.invite))
	mux.Handle("POST /api/collaborators/accept", s.handle(s.accept))
	mux.Handle("GET /api/review/pending", s.user(false, s.pendingReviews))
	mux.Handle("PATCH /api/review/{id}", s.user(true, s.review))
	mux.Handle("POST /_deltatap/deltas", s.handle(s.operate))
	if s.metrics != nil {
		mux.Handle("GET /metrics", s.metrics)
	}

	mux.Handle("/socket.io/", http.HandlerFunc(s.serveSocket))
	return mux
}

// serveSocket serves Socket.IO. Handshakes and upgrades are counted like other requests, so that a
// server that closes knows every connection; polls are not, for they may take as long as nothing
// happens. Nobody shakes hands at a door that is shut to all.
func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request) {
	r.Header.Del("Origin") // was looked at; the library lets no page in but the server's own
	if !r.URL.Query().Has("sid") && s.sockets.door.shutToAll() {
		panic(http.ErrAbortHandler) // the connection ends, as one does that leads nowhere
	}
	if r.URL.Query().Has("sid") && !websocket.IsWebSocketUpgrade(r) && !s.requests.closed() {
		s.sockets.handler.ServeHTTP(w, r)
		return
	}
	if !s.requests.enter() {
		w.Header().Set("Connection", "close")
		write(w, errClosing.answer())
		return
	}
	defer s.requests.leave()
	s.sockets.handler.ServeHTTP(w, r)
}
