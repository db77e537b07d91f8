package diff

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/plan/plantest"
)

// summary writes differences one a line: "bill:2 stale status,amount".
func summary(r *Result) string {
	var lines []string
	for _, d := range r.Differences {
		line := fmt.Sprintf("%s %s", d.Item, d.Kind)
		for i, f := range d.Fields {
			line += string(" ,"[min(i, 1)]) + f.Path
		}
		lines = append(lines, line)
	}
	for _, f := range r.Plan {
		lines = append(lines, "plan "+f.Path)
	}
	return strings.Join(lines, "\n")
}

func compare(t *testing.T, cached, server string, o Options) *Result {
	t.Helper()
	r, err := Plans([]byte(cached), []byte(server), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const (
	cachedPlan = `{"recipient":{"id":1,"displayName":"Alex"},"appointments":[{"id":1,"summary":"a"},{"id":2,"summary":"b"}],
		"bills":[{"id":1,"status":"todo","googleSync":null},{"id":2,"status":"todo"},{"id":3,"status":"todo"}],"planVersion":7,
		"collaborators":[{"id":1,"role":"owner"},{"id":2,"status":"pending"}]}`
	serverPlan = `{"recipient":{"id":1,"displayName":"Alexa"},"appointments":[{"id":2,"summary":"b"},{"id":3,"summary":"c"}],
		"bills":[{"id":3,"status":"todo"},{"id":2,"status":"paid","new":1},{"id":1,"status":"todo","googleSync":{"etag":null}}],"planVersion":9,
		"collaborators":[{"id":1,"role":"owner"},{"id":2,"status":"accepted"}],"extra":true}`
)

func TestPlans(t *testing.T) {
	r := compare(t, cachedPlan, serverPlan, Options{})
	want := "appointment:3 missing\nappointment:1 ghost\nbill:2 stale status,new\nbill:1 stale googleSync\ncollaborator:2 stale status\n" +
		"plan recipient.displayName\nplan planVersion\nplan extra"
	if d := cmp.Diff(want, summary(r)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if r.Same != 2 || r.SameCollaborators != 1 {
		t.Errorf("%d items and %d collaborators alike, want 2 and 1", r.Same, r.SameCollaborators)
	}
	sides := []Side{{Version: 7, HasVersion: true, Appointments: 2, Bills: 3, Collaborators: 2}, {Version: 9, HasVersion: true, Appointments: 2, Bills: 3, Collaborators: 2}}
	if d := cmp.Diff(sides, []Side{r.Cached, r.Server}); d != "" {
		t.Errorf("sides (-want +got):\n%s", d)
	}
	ghost, missing := r.Differences[1], r.Differences[0]
	if string(ghost.Cached) != `{"id":1,"summary":"a"}` || ghost.Server != nil || missing.Cached != nil || string(missing.Server) != `{"id":3,"summary":"c"}` {
		t.Errorf("raw items: %+v, %+v", ghost, missing)
	}
}

func TestDuplicatesAndOddElements(t *testing.T) {
	for _, c := range []struct{ name, cached, server, want string }{
		{"the second differs", `{"id":1},{"id":1,"a":1}`, `{"id":1},{"id":1,"a":2}`, "bill:1 stale a"},
		{"one more in the cache", `{"id":1},{"id":1}`, `{"id":1}`, "bill:1 ghost"},
		{"one more on the server", `{"id":2},{"id":1}`, `{"id":1},{"id":2},{"id":1}`, "bill:1 missing"},
		{"in another order", `{"id":2},{"id":1,"n":1},{"id":1,"n":2}`, `{"id":1,"n":1},{"id":2},{"id":1,"n":2}`, ""},
		{"without ids", `{"a":1},null,{"id":"x"}`, `{"a":1},7,{"id":"x"}`, "bill:0 stale "},
		{"without ids, in other places", `{"id":5},{"a":1}`, `{"a":1},{"id":5}`, ""},
		{"id 0 is an id", `{"id":0},{"a":1}`, `{"a":1},{"id":0}`, ""},
		{"ids by value", `{"id":1.0},{"id":2}`, `{"id":2},{"id":1}`, ""},
		{"one without an id more", `{"a":1}`, ``, "bill:0 ghost"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := compare(t, `{"bills":[`+c.cached+`]}`, `{"bills":[`+c.server+`]}`, Options{})
			if d := cmp.Diff(c.want, summary(r)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestUnusablePlan(t *testing.T) {
	for _, c := range []struct{ cached, server, want string }{
		{`{"bills":[}`, `{"bills":[]}`, "cached plan: no value where one must be at byte 10"},
		{`{"bills":[]}`, `{"error":"No recipient found"}`, "server plan: a plan must have appointments or bills at byte 0"},
	} {
		_, err := Plans([]byte(c.cached), []byte(c.server), Options{})
		var side *Error
		var wrong *plan.Error
		if err == nil || err.Error() != c.want || !errors.As(err, &side) || !errors.As(err, &wrong) {
			t.Errorf("error %v, want %s", err, c.want)
		}
	}
}

func TestOptions(t *testing.T) {
	all := strings.Split(summary(compare(t, cachedPlan, serverPlan, Options{})), "\n")
	for _, c := range []struct {
		name         string
		ignore, only []string
		want         string // the lines that stay, by number; fields that go, after a minus
	}{
		{"nothing", nil, nil, "0 1 2 3 4 5 6 7"},
		{"a path", []string{"googleSync"}, nil, "0 1 2 4 5 6 7"},
		{"a path below what differs", []string{"googleSync.etag"}, nil, "0 1 2 3 4 5 6 7"},
		{"a path in the plan", []string{"recipient"}, nil, "0 1 2 3 4 6 7"},
		{"any name", []string{"recipient.*", "*"}, nil, "0 1"},
		{"an item", []string{"bill:1"}, nil, "0 1 2 4 5 6 7"},
		{"an item's field", []string{"bill:1.googleSync", "appointment:3.summary"}, nil, "0 1 2 4 5 6 7"},
		{"a type", []string{"collaborator", "appointment"}, nil, "2 3 5 6 7"},
		{"the plan's own", []string{"plan"}, nil, "0 1 2 3 4"},
		{"in brackets", []string{`["googleSync"]["etag"]`, `["extra"]`}, nil, "0 1 2 3 4 5 6"},
		{"only an item", nil, []string{"bill:1"}, "3"},
		{"only a type", nil, []string{"appointment"}, "0 1"},
		{"only a part of what differs", nil, []string{"googleSync.etag"}, "0 1 3"},
		{"only a field of a type", nil, []string{"bill.googleSync"}, "3"},
		{"only and ignore", []string{"bill:1"}, []string{"bill.googleSync", "plan"}, "5 6 7"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var want []string
			for _, n := range strings.Fields(c.want) {
				want = append(want, all[n[0]-'0'])
			}
			got := summary(compare(t, cachedPlan, serverPlan, Options{Ignore: c.ignore, Only: c.only}))
			if d := cmp.Diff(strings.Join(want, "\n"), got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
	r := compare(t, cachedPlan, serverPlan, Options{Ignore: []string{"status"}})
	if got := summary(r); !strings.Contains(got, "bill:2 stale new") || strings.Contains(got, "collaborator") || r.SameCollaborators != 2 {
		t.Errorf("status ignored, and yet:\n%s", got)
	}
}

func TestPatternsThatAreNone(t *testing.T) {
	for _, pattern := range []string{"", ".", "a.", "a..b", ".a", "bill.", `[`, `["a"`, `[a]`, `["a"]b`, "a[]", "bill:1."} {
		err := Options{Only: []string{pattern}}.Validate()
		var wrong *PatternError
		if !errors.As(err, &wrong) || wrong.Pattern != pattern {
			t.Errorf("pattern %q: %v", pattern, err)
		}
		if _, err := Plans([]byte(cachedPlan), []byte(serverPlan), Options{Ignore: []string{pattern}}); err == nil {
			t.Errorf("pattern %q was taken", pattern)
		}
	}
	if err := (Options{Only: []string{`a["]"]["b.c"].d`, "bill:x", "collaborator:7"}}).Validate(); err != nil {
		t.Error(err)
	}
}

// A difference is found whatever the order and the spelling of the other side, on as many processors as there are.
func TestLargePlans(t *testing.T) {
	const n = 4000
	cached, server := plans(n)
	straight := compare(t, string(cached), string(server), Options{})
	if len(straight.Differences) != 2*n/100 || straight.Same != 2*n-2*n/100 {
		t.Errorf("%d differences, %d alike", len(straight.Differences), straight.Same)
	}
	respelled := compare(t, string(plantest.Respell(cached)), string(server), Options{})
	if d := cmp.Diff(summary(straight), summary(respelled)); d != "" {
		t.Errorf("respelled (-straight +respelled):\n%s", d)
	}
}
