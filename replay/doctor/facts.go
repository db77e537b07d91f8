package doctor

import "time"

// Address is where a name leads, or a connection.
type Address struct {
	Addresses []string `json:"addresses"`
}

// Way is the proxy that connections take.
type Way struct {
	Proxy    string `json:"proxy"` // without a name and password; "" for none
	Variable string `json:"variable,omitempty"`
}

// Certificate is what a server shows.
type Certificate struct {
	Version  string    `json:"version"` // of TLS
	Chain    []string  `json:"chain"`   // subjects, the server's own first
	Verified bool      `json:"verified"`
	Expires  time.Time `json:"expires"` // of the one that expires first
}

// HTTPAnswer is an answer of REST.
type HTTPAnswer struct {
	Status      int    `json:"status"`
	PlanVersion *int64 `json:"planVersion,omitempty"`
}

// Clock is how far this machine's clock is from the server's.
type Clock struct {
	Ahead float64 `json:"ahead"` // seconds; negative where this one is behind
}

// TokenFacts is what can be read off a token, and nothing of the token itself.
type TokenFacts struct {
	Source   string     `json:"source"` // a reference that tells nothing
	Kind     string     `json:"kind"`   // jwt, opaque, cookie or none
	Expires  *time.Time `json:"expires,omitempty"`
	Audience []string   `json:"audience,omitempty"`
}

// Versions are those that REST told, one after the other.
type Versions struct {
	Before *int64 `json:"before"` // by /api/plan/version
	Plan   *int64 `json:"plan"`   // by /api/plan
	After  *int64 `json:"after"`  // by /api/plan/version
}

// Cache is what a cache on the way says.
type Cache struct {
	Answers int     `json:"answers"` // that a cache gave
	Age     float64 `json:"age"`     // of the oldest, in seconds
}

// Role is who the user is to the plan.
type Role struct {
	Role string `json:"role"` // owner, collaborator or unknown
	User int64  `json:"user,omitempty"`
}

// Delay is how long an answer took.
type Delay struct {
	Seconds float64 `json:"seconds"`
}

// Heard is what came while somebody waited for a delta.
type Heard struct {
	Arrived bool    `json:"arrived"`
	Waited  float64 `json:"waited"` // seconds
	Version int64   `json:"version,omitempty"`
}
