//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/carebase/deltatap/fixtures/node/nodetest"
	"github.com/carebase/deltatap/replay/witness/pgtest"
)

// TestCarebaseScripts runs every script of testdata/carebase against the real binary and a Carebase
// that shares nothing with deltatap: official Socket.IO, and PostgreSQL
// (fixtures/node/carebase.mjs).
func TestCarebaseScripts(t *testing.T) {
	nodetest.Need(t)
	pgtest.Empty(t) // skips here, and not in a script, where there is no PostgreSQL
	for _, script := range []string{"carebase.mjs", "carebase/plan.mjs", "carebase/rest.mjs", "carebase/emission.mjs", "carebase/payloads.mjs"} {
		if _, err := os.Stat("../../fixtures/node/" + script); err != nil { // looked at, so that a changed script makes cached results stale
			t.Fatal(err)
		}
	}
	testscript.Run(t, scripts("carebase", map[string]func(*testscript.TestScript, bool, []string){
		"carebase":   func(ts *testscript.TestScript, neg bool, args []string) { cmdCarebase(ts, t, neg, args) },
		"tell":       cmdTell,
		"heard":      cmdHeard,
		"ask":        cmdAsk,
		"token":      cmdToken,
		"unexpected": cmdUnexpected,
	}))
}

// cmdCarebase starts a Carebase with the plan of user 1 and a user 2 who has none. It sets SERVER,
// DB, PGPASSWORD, TOKEN1, TOKEN2, DELTATAP_TOKEN (user 1's) and DAY0 to DAY40, the dates of the
// days from today: carebase [FLAG...].
func cmdCarebase(ts *testscript.TestScript, tb testing.TB, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: carebase [FLAG...]")
	}
	cmdDatabase(ts, tb, false, []string{"DB"})
	process := nodetest.Start(tb, "carebase.mjs", append([]string{"--database", ts.Getenv("DB_WHOLE")}, args...)...)
	ts.Defer(process.CloseInput)
	ts.Setenv("SERVER", process.Await("url").Text("url"))
	ts.Value(running{}).(*runningCarebase).Process = process
	for i, user := range []string{`{"email":"a@x","name":"Alex"}`, `{"email":"c@x"}`} {
		ts.Setenv(fmt.Sprint("TOKEN", i+1), tell(ts, "user", user).Text("token"))
	}
	ts.Setenv("DELTATAP_TOKEN", ts.Getenv("TOKEN1"))
	for day := range 41 {
		ts.Setenv(fmt.Sprint("DAY", day), time.Now().UTC().AddDate(0, 0, day).Format(time.DateOnly))
	}
}

// tell gives Carebase a command and returns what it says when that is done.
func tell(ts *testscript.TestScript, command, argument string) nodetest.Line {
	process := ts.Value(running{}).(*runningCarebase)
	process.Tell(command + " " + argument)
	line := process.Await("did")
	if failure := line.Text("error"); failure != "" {
		ts.Fatalf("%s %s: %s", command, argument, failure)
	}
	return line
}

// runningCarebase is filled when a script starts its Carebase.
type runningCarebase struct{ *nodetest.Process }

// cmdTell gives Carebase commands, each a name and a JSON argument: tell COMMAND ARGUMENT [COMMAND
// ARGUMENT]...
func cmdTell(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 || len(args)%2 != 0 {
		ts.Fatalf("usage: tell COMMAND ARGUMENT [COMMAND ARGUMENT]...")
	}
	for pair := range slices.Chunk(args, 2) {
		tell(ts, pair[0], pair[1])
	}
}

// cmdHeard waits until Carebase has said something under a key: heard KEY.
func cmdHeard(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: heard KEY")
	}
	ts.Value(running{}).(*runningCarebase).Await(args[0])
}

// cmdAsk sends a request as a user and checks the status of the answer, which it prints: ask USER
// STATUS METHOD PATH [BODY].
func cmdAsk(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 4 || len(args) > 5 {
		ts.Fatalf("usage: ask USER STATUS METHOD PATH [BODY]")
	}
	request, err := http.NewRequest(args[2], ts.Getenv("SERVER")+args[3], strings.NewReader(strings.Join(args[4:], "")))
	ts.Check(err)
	request.Header.Set("Authorization", "Bearer "+ts.Getenv("TOKEN"+args[0]))
	response, err := http.DefaultClient.Do(request)
	ts.Check(err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	ts.Check(err)
	if fmt.Sprint(response.StatusCode) != args[1] {
		ts.Fatalf("%s: %s: %s", strings.Join(args, " "), response.Status, text)
	}
	_, _ = ts.Stdout().Write(text)
}

// cmdToken writes a fresh token of user 1 to a file: token FILE.
func cmdToken(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: token FILE")
	}
	token := tell(ts, "token", `{"user":1}`).Text("token")
	ts.Setenv("TOKEN1", token)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(token+"\n"), 0o600))
}

// cmdUnexpected checks which differences of the diff -o json that ran last are not expected, and
// why they are; with a database, who can mend them: unexpected ITEM=CODE[=PARTY+PARTY]...
func cmdUnexpected(ts *testscript.TestScript, neg bool, args []string) {
	var report struct {
		Verdict     string
		Differences []struct {
			Item     string
			Expected bool
			Cause    struct {
				Code    string
				Parties []string
			}
		}
		Database *struct{}
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &report))
	want, got := map[string]bool{}, map[string]bool{}
	for _, arg := range args {
		want[arg] = true
	}
	for _, d := range report.Differences {
		found := d.Item + "=" + d.Cause.Code
		if report.Database != nil {
			found += "=" + strings.Join(d.Cause.Parties, "+")
		}
		if !d.Expected {
			got[found] = true
		}
	}
	if neg || !maps.Equal(got, want) {
		ts.Fatalf("%s: unexpected are %v, want %v\n%s", report.Verdict, slices.Collect(maps.Keys(got)), args, ts.ReadFile("stdout"))
	}
}
