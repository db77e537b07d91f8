package commands

import (
	"bytes"
	"errors"

	"github.com/carebase/deltatap/replay/plan"
	"github.com/go-json-experiment/json/jsontext"
)

// cacheKey is the key that the app keeps its cached plan under.
const cacheKey = "plan_cache_v1"

// byteOrderMark is what some editors put before UTF-8.
var byteOrderMark = []byte("\xef\xbb\xbf")

// parsePlan reads a plan that somebody named: the JSON of /api/plan, or what an app's store keeps it in.
func parsePlan(name string, text []byte) (*plan.Plan, error) {
	text = bytes.TrimPrefix(text, byteOrderMark)
	switch text := bytes.TrimSpace(text); {
	case len(text) == 0:
		return nil, usage("want the JSON of /api/plan", "%s: not a plan: it is empty", name)
	case text[0] == '<':
		return nil, usage("want the JSON of /api/plan; an expired login may have answered instead", "%s: not a plan: it is a web page, or XML", name)
	case bytes.HasPrefix(text, []byte("\xff\xfe")), bytes.HasPrefix(text, []byte("\xfe\xff")):
		return nil, usage("save it as UTF-8", "%s: not a plan: it is UTF-16", name)
	case isSession(text):
		return nil, usage("deltatap inspect SESSION --at VERSION -o json prints the plan of a client that followed one", "%s: not a plan: it is a session, or compressed", name)
	}
	parsed, err := plan.Parse(text)
	if err != nil {
		if inner := stored(text); inner != nil {
			return parsePlan(name, inner)
		}
	}
	if bad, ok := errors.AsType[*plan.Error](err); ok {
		return nil, usage("want the JSON of /api/plan", "%s: not a plan: %v", name, bad)
	}
	return parsed, err
}

// unwrapped is a plan's text without what an app's store keeps it in, and without a byte order mark.
func unwrapped(text []byte) []byte {
	text = bytes.TrimPrefix(text, byteOrderMark)
	for {
		if _, err := plan.Parse(text); err == nil {
			return text
		}
		inner := stored(text)
		if inner == nil {
			return text
		}
		text = inner
	}
}

// stored is what the text of a plan's store keeps: the value of the app's key in a dump of it, and what a string says, since the
// store keeps strings. It is nil where there is neither.
func stored(text []byte) []byte {
	if plan.Valid(text) != nil {
		return nil
	}
	switch text = bytes.TrimSpace(text); plan.KindOf(text) {
	case plan.String:
		inner, err := jsontext.AppendUnquote(nil, text)
		if err != nil {
			return nil
		}
		return inner
	case plan.Object:
		return plan.Get(text, cacheKey)
	}
	return nil
}
