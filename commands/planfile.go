package commands

import (
	"bufio"
	"bytes"
	"errors"

	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/session/convert"
)

// byteOrderMark is what some editors put before UTF-8.
var byteOrderMark = []byte("\xef\xbb\xbf")

// wantPlan is the hint of what can be no plan.
const wantPlan = "want the JSON of /api/plan"

// parsePlan reads a plan that somebody named: the JSON of /api/plan, or what an app's store keeps
// it in.
func parsePlan(name string, text []byte) (*plan.Plan, error) {
	text, err := planText(name, text)
	if err != nil {
		return nil, err
	}
	parsed, err := plan.Parse(text)
	if bad, ok := errors.AsType[*plan.Error](err); ok {
		return nil, usage(wantPlan, "%s: not a plan: %v", name, bad)
	}
	return parsed, err
}

// planText is a plan's text without what an app's store keeps it in, and without a byte order mark.
// What is known not to be a plan is called what it is; of anything else, plan.Parse has to tell.
func planText(name string, text []byte) ([]byte, error) {
	const mostDeep = 8 // a string in a dump in a string
	for range mostDeep {
		text = bytes.TrimSpace(bytes.TrimPrefix(text, byteOrderMark))
		if err := otherFile(name, text); err != nil {
			return nil, err
		}
		if _, err := plan.Parse(text); err == nil {
			return text, nil
		}
		inner, err := stored(name, text)
		if err != nil {
			return nil, err
		}
		if inner == nil {
			return text, refuseRecording(name, text)
		}
		text = inner
	}
	return text, nil
}

// otherFile says what a text is that can be no plan.
func otherFile(name string, text []byte) error {
	switch {
	case len(text) == 0:
		return usage(wantPlan, "%s: not a plan: it is empty", name)
	case text[0] == '<':
		return usage(wantPlan+"; an expired login may have answered instead", "%s: not a plan: it is a web page, or XML", name)
	case bytes.HasPrefix(text, []byte("\xff\xfe")), bytes.HasPrefix(text, []byte("\xfe\xff")):
		return usage("save it as UTF-8", "%s: not a plan: it is UTF-16", name)
	case bytes.HasPrefix(text, sqliteMagic):
		return refuseSQLite(name, text)
	case bytes.HasPrefix(text, []byte("bplist0")):
		return usage("plutil -extract "+cacheKey+" raw -o plan.json "+name, "%s: not a plan: it is a binary property list", name)
	case bytes.HasPrefix(text, []byte("PK\x03\x04")):
		return usage("unpack it, and name the file in it that holds "+cacheKey, "%s: not a plan: it is a zip archive", name)
	case isSession(text):
		return usage(holdsPlans, "%s: not a plan: it is a session", name)
	}
	return nil
}

const holdsPlans = "deltatap inspect SESSION --at VERSION -o json prints the plan of a client that followed one"

// refuseRecording says that a text is a recording, where it is one.
func refuseRecording(name string, text []byte) error {
	in := bufio.NewReaderSize(bytes.NewReader(text), convert.DetectBytes)
	format, known, err := convert.Recognize(in)
	if err != nil || !known {
		return nil
	}
	return usage(holdsPlans, "%s: not a plan: it is a recording (%s)", name, format)
}
