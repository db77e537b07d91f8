package commands

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/carebase/deltatap/render"
	"github.com/carebase/deltatap/replay/endpoint"
	"github.com/carebase/deltatap/replay/rest"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/sink"
	"github.com/carebase/deltatap/replay/socket"
)

// The exit codes of deltatap. Scripts rely on them.
const (
	ExitOK           = 0
	ExitFound        = 1
	ExitUsage        = 2
	ExitInconclusive = 3
	ExitRefused      = 4
	ExitUnreachable  = 5
	ExitFault        = 70
)

// Error is a failure with everything a user is told of it.
type Error struct {
	Code int    // exit code
	What string // what failed
	Err  error  // why; nil where What says it all
	Hint string // the next step, or ""
}

func (e *Error) Error() string {
	if e.Err == nil {
		return e.What
	}
	return e.What + ": " + e.Err.Error()
}

func (e *Error) Unwrap() error { return e.Err }

// errFound and errInconclusive end a command that did its work, said what it found, and has nothing
// to add.
var (
	errFound        = &Error{Code: ExitFound}
	errInconclusive = &Error{Code: ExitInconclusive}
)

// usage makes an error of wrong usage or unusable input: exit 2, nothing was written.
func usage(hint, format string, args ...any) error {
	return &Error{Code: ExitUsage, What: fmt.Sprintf(format, args...), Hint: hint}
}

// fail tells the user of err and returns the exit code that it stands for.
func (app *App) fail(err error) int {
	told := explain(err)
	if told == nil {
		return ExitOK
	}
	if told.What != "" || told.Err != nil {
		render.Error(app.Err, told.Error(), told.Hint)
	}
	return told.Code
}

// explain turns any error of the engine into the one that the user is told; nil where there is
// nothing to tell.
func explain(err error) *Error {
	if err == nil {
		return nil
	}
	if told, ok := errors.AsType[*Error](err); ok {
		return told
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, errInterrupted) {
		return &Error{Code: ExitInconclusive, What: "interrupted before the end"}
	}
	told := &Error{Code: ExitFault, What: err.Error()}
	var (
		socketRefused     *socket.RefusedError
		socketUnreachable *socket.UnreachableError
		restRefused       *rest.RefusedError
		restUnreachable   *rest.UnreachableError
		format            *session.FormatError
		unusable          *endpoint.Error
		output            *fs.PathError
		sinkRefused       *sink.RefusedError
		sinkLost          *sink.LostError
		nobodys           *sink.UnknownUserError
	)
	switch {
	case errors.As(err, &socketRefused), errors.As(err, &restRefused):
		told.Code, told.Hint = ExitRefused, refusedHint(socketRefused, restRefused)
	case errors.As(err, &socketUnreachable), errors.As(err, &restUnreachable):
		told.Code, told.Hint = ExitUnreachable, unreachableHint(err)
	case errors.As(err, &sinkRefused):
		told.Code = ExitRefused
	case errors.As(err, &sinkLost):
		told.Code = ExitUnreachable
	case errors.As(err, &nobodys):
		told.Code, told.What = ExitUsage, nobodys.Error()
		if nobodys.User == 0 {
			told.Hint = "--user ID says whose"
		}
	case errors.As(err, &unusable):
		told.Code, told.Hint = ExitUsage, unusable.Hint
	case errors.As(err, &format):
		told.Code = ExitUsage
	case errors.As(err, &output) && output.Op == "write":
		// What could not be written is lost to who reads it: the output is not all there was.
		told.Code, told.What, told.Err = ExitInconclusive, outputName(output.Path), output.Err
	}
	return told
}

// refusedHint is what to do about a refusal, by the socket or by REST; the other is nil.
func refusedHint(bySocket *socket.RefusedError, byREST *rest.RefusedError) string {
	if bySocket != nil && bySocket.Anonymous || byREST != nil && byREST.Anonymous {
		return noTokenHint
	}
	return "the token may have expired; deltatap doctor tells"
}

const noTokenHint = "no token was given: --token-file PATH, DELTATAP_TOKEN, or a context's (deltatap context add --token REFERENCE)"

// unreachableHint is what to do about a server that was not reached.
func unreachableHint(err error) string {
	if proxy, ok := errors.AsType[*endpoint.ProxyError](err); ok {
		return proxy.Proxy.Variable + " names the proxy; NO_PROXY lists hosts that are asked without it"
	}
	if _, ok := errors.AsType[*endpoint.TooLargeError](err); ok {
		return "DELTATAP_BODY_LIMIT says how much of an answer is read, like 200MB"
	}
	if _, ok := errors.AsType[*endpoint.EncodingError](err); ok {
		return "something on the way compresses what it was not asked to: a proxy, a cache, or the server itself"
	}
	switch {
	case errors.Is(err, endpoint.ErrRedirect):
		return "--server takes the address that it leads to, where you trust it with the token"
	case errors.Is(err, socket.ErrSocketIO2):
		return "the server needs Socket.IO 3 or later"
	case errors.Is(err, socket.ErrHTTP2):
		return "--transport polling goes over HTTP/2, too, where the server has TLS"
	}
	return "is the server up, and is this its address? deltatap doctor tells"
}

// outputName is what people call the file behind an output.
func outputName(path string) string {
	if path == os.Stdout.Name() {
		return "standard output"
	}
	return path
}

// reason is the word that the end record of a session holds when it ended by this error.
func (e *Error) reason() string {
	switch e.Code {
	case ExitRefused:
		return "refused"
	case ExitUnreachable:
		return "unreachable"
	default:
		return "failed"
	}
}
