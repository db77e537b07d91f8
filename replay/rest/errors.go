package rest

import (
	"strconv"

	"github.com/carebase/deltatap/replay/endpoint"
)

// RefusedError tells that the server knows the request's sender not (401), or does not allow the
// request (403).
type RefusedError struct {
	Status  int
	Message string // what the server said: one line, cut short, without control characters or secrets; may be empty
	// Anonymous tells that neither a token nor a cookie was sent.
	Anonymous bool
}

func (e *RefusedError) Error() string {
	status := strconv.Itoa(e.Status)
	if e.Message == "" {
		return "the server refused (" + status + ")"
	}
	return "the server refused: " + e.Message + " (" + status + ")"
}

// UnreachableError tells that there was no usable answer. Its text names the server and why in a
// few words, and holds neither a token nor a query.
type UnreachableError struct {
	Server string // scheme, host, port and path
	Reason string
	Err    error // what caused it, for errors.Is and errors.As; not printed
}

func (e *UnreachableError) Error() string { return "cannot reach " + e.Server + ": " + e.Reason }

func (e *UnreachableError) Unwrap() error { return e.Err }

// ErrRedirect is under the UnreachableError of an answer that named another address.
var ErrRedirect = endpoint.ErrRedirect

// TooLargeError is under the UnreachableError of an answer longer than Client.BodyLimit.
type TooLargeError = endpoint.TooLargeError
