package endpoint

import (
	"errors"
	"fmt"
)

// Error is wrong usage or unusable input: an address, a reference, a header or a configuration file
// that cannot be used as it is, or a token that cannot be had. It never holds a token or a header's
// value.
type Error struct {
	Subject string // what cannot be used, like "--server" or "contexts.prod.token"; may be empty
	Reason  string // why, in a few words
	Hint    string // the next step, or ""
	Err     error  // what caused it, where that is safe to show; not printed
}

func (e *Error) Error() string {
	if e.Subject == "" {
		return e.Reason
	}
	return e.Subject + ": " + e.Reason
}

func (e *Error) Unwrap() error { return e.Err }

// ErrNoServer tells that neither flag, nor environment, nor a context named a server.
var ErrNoServer = &Error{Reason: "no server named", Hint: "--server URL, DELTATAP_SERVER, or deltatap context add"}

// ErrRedirect is under the error of an answer that named another address: none is followed, since
// the token is for the server that was named.
var ErrRedirect = errors.New("redirects are not followed")

// faulty makes an Error about something yet to be named; about names it.
func faulty(format string, args ...any) *Error {
	return &Error{Reason: fmt.Sprintf(format, args...)}
}

// hinted returns e with a hint.
func (e *Error) hinted(hint string) *Error {
	e.Hint = hint
	return e
}

// about returns err with its subject set, where it is an Error; a subject that it has already
// stands behind.
func about(subject string, err error) error { return joined(subject, ": ", err) }

// within is about for a key of the configuration file: keys are joined by dots.
func within(key string, err error) error { return joined(key, ".", err) }

func joined(subject, separator string, err error) error {
	e, ok := err.(*Error)
	if !ok || subject == "" {
		return err
	}
	named := *e
	if named.Subject != "" {
		subject += separator + named.Subject
	}
	named.Subject = subject
	return &named
}
