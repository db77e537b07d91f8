package server

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"
)

// guard knows tokens by their SHA-256 only: how long a look-up takes tells nothing about a token.
type guard struct {
	users    map[[sha256.Size]byte]int64
	operator [sha256.Size]byte
	operated bool
}

func newGuard(tokens map[string]int64, operator string) guard {
	g := guard{users: map[[sha256.Size]byte]int64{}, operator: sha256.Sum256([]byte(operator)), operated: operator != ""}
	for token, user := range tokens {
		if token != "" {
			g.users[sha256.Sum256([]byte(token))] = user
		}
	}
	return g
}

// user tells whose token this is.
func (g guard) user(token string) (int64, bool) {
	user, ok := g.users[sha256.Sum256([]byte(token))]
	return user, ok && token != ""
}

// request tells the user of a REST request: by the session cookie, else by the header.
func (g guard) request(r *http.Request) (int64, bool) {
	if user, ok := g.session(r); ok {
		return user, true
	}
	return g.user(bearer(r))
}

// handshake tells the user of a socket: by the session cookie, else by auth.token, and where that
// is missing by the header of the request that opened the connection.
func (g guard) handshake(r *http.Request, token string) (int64, bool) {
	if user, ok := g.session(r); ok {
		return user, true
	}
	if token == "" {
		token = bearer(r)
	}
	return g.user(token)
}

func (g guard) session(r *http.Request) (int64, bool) {
	cookie, err := r.Cookie(SessionCookie)
	if err != nil {
		return 0, false
	}
	return g.user(cookie.Value)
}

// isOperator says whether the request carries the operator token.
func (g guard) isOperator(r *http.Request) bool {
	sum := sha256.Sum256([]byte(bearer(r)))
	return g.operated && subtle.ConstantTimeCompare(sum[:], g.operator[:]) == 1
}

func bearer(r *http.Request) string {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return ""
	}
	return strings.TrimSpace(token)
}
