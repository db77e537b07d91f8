package doctor

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/carebase/deltatap/replay/endpoint"
	"github.com/carebase/deltatap/replay/server"
	"github.com/carebase/deltatap/replay/server/store"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	const timers = "github.com/zishang520/socket.io/v3/pkg/utils."
	goleak.VerifyTestMain(m,
		// The timers of the server's library, and what its client watches from its init on; see package server's tests.
		goleak.IgnoreCurrent(),
		goleak.IgnoreAnyFunction(timers+"SetTimeout.func1"),
		goleak.IgnoreAnyFunction(timers+"SetInterval.func1"),
	)
}

// patience bounds what must happen; no test waits for it to pass.
const patience = time.Minute

// ownerToken and contributorToken are JWTs, which no report may repeat.
var (
	ownerToken       = jwt(`{"sub":"1","aud":["carebase","app"],"exp":4102444800}`)
	contributorToken = jwt(`{"sub":2,"aud":"carebase"}`)
)

const opaqueToken = "S3cr-et_Token"

func jwt(payload string) string {
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"alg":"HS256"}`)) + "." + encode([]byte(payload)) + "." + encode([]byte("signature"))
}

// carebase is the handler of a server on which user 1 owns a plan that user 2 contributes to.
func carebase(t *testing.T) http.Handler {
	t.Helper()
	owner, at := store.User{ID: 1, Email: "a@x"}, time.Now()
	plan := store.NewPlan(owner, 1, "Alex", at)
	plan.Collaborators = append(plan.Collaborators, store.Collaborator{
		ID: 2, UserID: 2, Email: "b@x", Role: store.Contributor, Status: store.Accepted, InvitedBy: 1, InvitedAt: at, AcceptedAt: at,
	})
	memory, err := store.NewMemory(store.Seed{Users: []store.User{owner, {ID: 2, Email: "b@x"}}, Plans: []store.Plan{plan}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := server.New(server.Config{
		Store: memory, OperatorToken: "operator", Tokens: map[string]int64{ownerToken: 1, contributorToken: 2, opaqueToken: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := s.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return s.Handler()
}

// listen serves in front of the Carebase server, which wrong gets as next.
func listen(t *testing.T, wrong func(w http.ResponseWriter, r *http.Request, next http.Handler)) *httptest.Server {
	t.Helper()
	next := carebase(t)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { wrong(w, r, next) }))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Start()
	t.Cleanup(s.Close)
	return s
}

func healthy(w http.ResponseWriter, r *http.Request, next http.Handler) { next.ServeHTTP(w, r) }

// patient is how an examination is set up; changes come after.
type patient struct {
	endpoint.Settings
	token string
	wait  time.Duration
	now   func() time.Time
}

// examine examines a server and checks what every report must keep.
func examine(t *testing.T, url string, change ...func(*patient)) *Report {
	t.Helper()
	p := patient{Settings: endpoint.Settings{Server: url, Timeout: patience}, token: ownerToken}
	for _, c := range change {
		c(&p)
	}
	target, err := endpoint.Resolve(endpoint.Sources{Flags: p.Settings, Env: func(name string) string {
		return map[string]string{"DELTATAP_TOKEN": p.token}[name]
	}})
	if err != nil {
		t.Fatal(err)
	}
	report, err := New(Config{Endpoint: target, Wait: p.wait, Now: p.now}).Examine(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	checkReport(t, report, p.token)
	return report
}

// checkReport holds a report to what is true of all: each check once, a next step where something is wrong, no token, and
// no control characters.
func checkReport(t *testing.T, report *Report, token string) {
	t.Helper()
	text, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" && strings.Contains(string(text), token) {
		t.Errorf("the token is in the report: %s", text)
	}
	var names []string
	for _, line := range report.Checks {
		names = append(names, line.Check)
		if line.Says == "" || (line.Status == OK) != (line.Next == "") {
			t.Errorf("%s: %s %q, next %q", line.Check, line.Status, line.Says, line.Next)
		}
		if strings.ContainsFunc(line.Says, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0x202e }) {
			t.Errorf("%s says a control character: %q", line.Check, line.Says)
		}
	}
	for _, skipped := range report.Skipped {
		names = append(names, skipped.Check)
	}
	for _, check := range Checks() {
		if at := slices.Index(names, check.Name); at < 0 {
			t.Errorf("%s is neither made nor skipped", check.Name)
		} else if slices.Contains(names[at+1:], check.Name) {
			t.Errorf("%s stands there twice", check.Name)
		}
	}
}

// want checks a verdict, and lines as "check status words"; lines that are not named must be ok, or skipped.
func want(t *testing.T, report *Report, verdict Verdict, lines ...string) {
	t.Helper()
	if report.Verdict != verdict {
		t.Errorf("verdict %s, want %s", report.Verdict, verdict)
	}
	named := map[string]bool{}
	for _, wanted := range lines {
		name, rest, _ := strings.Cut(wanted, " ")
		status, words, _ := strings.Cut(rest, " ")
		named[name] = true
		if line := find(report, name); line == nil || string(line.Status) != status || !strings.Contains(line.Says, words) {
			t.Errorf("want %q, got %+v", wanted, line)
		}
	}
	for _, line := range report.Checks {
		if !named[line.Check] && line.Status != OK {
			t.Errorf("%s is %s: %s", line.Check, line.Status, line.Says)
		}
	}
}

func find(report *Report, name string) *Line {
	for i := range report.Checks {
		if report.Checks[i].Check == name {
			return &report.Checks[i]
		}
	}
	return nil
}

func parsePeople(t *testing.T, text string) (list []person) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		t.Fatal(err)
	}
	return list
}
