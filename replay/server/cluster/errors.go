package cluster

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"
)

// RefusedError says that Redis refused the login, or a command.
type RefusedError struct{ Message string }

// Error gives the reason of Redis, which holds no password.
func (e *RefusedError) Error() string { return "refused by redis: " + e.Message }

// UnreachableError says that Redis could not be reached, or did not answer in time.
type UnreachableError struct {
	Message string
	Err     error // what the connection failed for; nil where it is none of its own
}

func (e *UnreachableError) Unwrap() error { return e.Err }

// Error gives the reason, which holds no password.
func (e *UnreachableError) Error() string { return "no answer from redis: " + e.Message }

// UnusableError says that the URL is none, or leads to something else than was meant.
type UnusableError struct{ Message string }

// Error gives the reason, which holds no password.
func (e *UnusableError) Error() string { return e.Message }

// told turns an error of the client library's into one of this package's. The context's own stays.
func told(ctx context.Context, err error) error {
	if err == nil || errors.Is(ctx.Err(), context.Canceled) {
		return err
	}
	if _, ok := errors.AsType[redis.Error](err); !ok {
		return &UnreachableError{Message: reason(err), Err: err}
	}
	refusals := []string{"NOAUTH", "WRONGPASS", "NOPERM"}
	if slices.ContainsFunc(refusals, func(code string) bool { return strings.HasPrefix(err.Error(), code) }) {
		return &RefusedError{reason(err)}
	}
	if strings.HasPrefix(err.Error(), "LOADING") {
		return &UnreachableError{Message: reason(err), Err: err}
	}
	return &UnusableError{"redis: " + reason(err)}
}

func reason(err error) string {
	if err == nil {
		return "the subscription ended"
	}
	return strings.Join(strings.Fields(err.Error()), " ")
}

func isTimeout(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout()
}
