package doctor

import (
	"errors"
	"strings"
	"time"
	"unicode"

	"github.com/carebase/deltatap/replay/endpoint"
	"github.com/carebase/deltatap/replay/rest"
	"github.com/carebase/deltatap/replay/socket"
)

// mostSaid is how many bytes of what others said a line repeats.
const mostSaid = 200

// fit makes what others said fit for one line: without control characters and what hides or turns
// letters, and not long.
func fit(text string) string {
	text = strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsPrint(r):
			return r
		case unicode.IsSpace(r):
			return ' '
		}
		return -1
	}, strings.ToValidUTF8(text, "")))
	if len(text) <= mostSaid {
		return text
	}
	return strings.ToValidUTF8(text[:mostSaid], "") + "…"
}

// span writes a duration as people say it.
func span(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return d.Round(time.Microsecond).String()
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < 10*time.Second:
		return d.Round(100 * time.Millisecond).String()
	case d < 48*time.Hour:
		return d.Round(time.Second).String()
	}
	return plural(int(d/(24*time.Hour)), "day")
}

func plural(n int, noun string) string {
	text := itoa(int64(n)) + " " + noun
	if n != 1 {
		text += "s"
	}
	return text
}

func ok(says string) Line         { return Line{Status: OK, Says: says} }
func warn(says, next string) Line { return Line{Status: Warn, Says: says, Next: next} }
func fail(says, next string) Line { return Line{Status: Fail, Says: says, Next: next} }

// skip is the line of a check that cannot be made, for what came of another.
func skip(because string) Line { return Line{skip: because} }

func (l Line) with(facts any) Line {
	l.Facts = facts
	return l
}

func (l Line) as(class Verdict) Line {
	l.class = class
	return l
}

// failure is the line of an error: what it says, and what to do about it.
func failure(err error) Line {
	line := fail(fit(err.Error()), nextStep(err)).as(Unreachable)
	if unreachable, isREST := errors.AsType[*rest.UnreachableError](err); isREST {
		line.Says = fit(unreachable.Reason)
	}
	if unusable, isOurs := errors.AsType[*endpoint.Error](err); isOurs {
		line.Next, line.class = unusable.Hint, ""
	}
	return line
}

// nextStep is what to do about a server that was not reached.
func nextStep(err error) string {
	if proxy, isProxy := errors.AsType[*endpoint.ProxyError](err); isProxy {
		return proxy.Proxy.Variable + " names the proxy; NO_PROXY lists hosts that are asked without it"
	}
	if _, isCoded := errors.AsType[*endpoint.EncodingError](err); isCoded {
		return "something on the way compresses what it was not asked to: a proxy, a cache, or the server itself"
	}
	if _, isLarge := errors.AsType[*endpoint.TooLargeError](err); isLarge {
		return "DELTATAP_BODY_LIMIT says how much of an answer is read, like 200MB"
	}
	switch {
	case errors.Is(err, endpoint.ErrRedirect):
		return "--server takes the address that it leads to, where you trust it with the token"
	case errors.Is(err, socket.ErrSocketIO2):
		return "the server needs Socket.IO 3 or later"
	case errors.Is(err, socket.ErrHTTP2):
		return "what terminates TLS must offer HTTP/1.1 as well"
	case endpoint.WhyTLS(err) != "":
		return nextTLS
	case endpoint.Why(err) == "no answer in time":
		return "the server, or something on the way, accepts and does not answer: its log tells whether the request came; --timeout says how long to wait"
	}
	return "is the server up, and is this its address?"
}
