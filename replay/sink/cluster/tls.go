package cluster

import "github.com/carebase/deltatap/replay/endpoint"

// Explained says why no encrypted connection came about, in the words in which it is said of a
// Carebase server; any other error stays as it is.
func Explained(err error) error {
	if why := endpoint.WhyTLS(err); why != "" {
		return &tlsError{why, err}
	}
	return err
}

// tlsError is an error of TLS in other words.
type tlsError struct {
	why string
	err error
}

func (e *tlsError) Error() string { return e.why }

func (e *tlsError) Unwrap() error { return e.err }
