//go:build unix

package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/carebase/deltatap/commands"
	"github.com/carebase/deltatap/replay/witness/pgtest"
)

// databases runs the tests, and stops the PostgreSQL that they may have started.
type databases struct{ *testing.M }

func (d databases) Run() int { return pgtest.Main(d.M) }

// TestDatabaseScripts runs every script of testdata/database against the real binary and a real
// PostgreSQL.
func TestDatabaseScripts(t *testing.T) {
	pgtest.Empty(t) // skips here, and not in a script, where there is no PostgreSQL
	testscript.Run(t, scripts("database", map[string]func(*testscript.TestScript, bool, []string){
		"database": func(ts *testscript.TestScript, neg bool, args []string) { cmdDatabase(ts, t, neg, args) },
		"sql":      func(ts *testscript.TestScript, neg bool, args []string) { cmdSQL(ts, t, neg, args) },
	}))
}

// cmdDatabase creates a Carebase database with the rows of a file. NAME becomes its URL without the
// password, PGPASSWORD that, NAME_WHOLE the URL with it, and NAME_SOURCE how diff calls it:
// database NAME [FILE].
func cmdDatabase(ts *testscript.TestScript, tb testing.TB, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: database NAME [FILE]")
	}
	whole := pgtest.Carebase(tb)
	if len(args) == 2 {
		pgtest.Exec(tb, whole, ts.ReadFile(args[1]))
	}
	parsed, err := url.Parse(whole)
	ts.Check(err)
	password, _ := parsed.User.Password()
	ts.Setenv(args[0]+"_WHOLE", whole)
	ts.Setenv(args[0]+"_SOURCE", parsed.Host+parsed.Path)
	parsed.User = url.User(parsed.User.Username())
	ts.Setenv(args[0], parsed.String())
	ts.Setenv("PGPASSWORD", password)
}

// cmdSQL runs statements in a database: sql NAME STATEMENT...
func cmdSQL(ts *testscript.TestScript, tb testing.TB, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: sql NAME STATEMENT...")
	}
	pgtest.Exec(tb, ts.Getenv(args[0]+"_WHOLE"), args[1:]...)
}

// advancing is a server whose plan is of one version for its first requests, and of the next one
// after them.
type advancing struct {
	stays int64 // requests that see the first version
	asked atomic.Int64
}

func (a *advancing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	version, status := 5, "paid"
	if a.asked.Add(1) <= a.stays {
		version, status = 4, "todo"
	}
	text := fmt.Sprintf(`{"planVersion":%d,"planUpdatedAt":null}`, version)
	if r.URL.Path == "/api/plan" {
		text = fmt.Sprintf(`{"recipient":{"id":1,"displayName":"Alex"},"dateRange":{"start":"2026-11-23T00:00:00.000Z","end":"2026-11-30T00:00:00.000Z"},`+
			`"appointments":[],"bills":[{"id":1,"itemId":1,"status":%q}],"planVersion":%d,"planUpdatedAt":null,"collaborators":[]}`, status, version)
	}
	_, _ = io.WriteString(w, text)
}

// oneBill fills a database with a plan of one bill, and writes the cache of a client that has not
// heard of its payment.
func oneBill(t *testing.T, version int) (database, cache string) {
	t.Helper()
	database = pgtest.Carebase(t)
	pgtest.Exec(t, database,
		fmt.Sprintf(`insert into users (id, email, forwarding_address, plan_secret, plan_version) values (1, 'a@x', 'a@in.x', 's', %d)`, version),
		`insert into recipients (id, user_id, display_name) values (1, 1, 'Alex')`, `insert into items (id, recipient_id) values (1, 1)`,
		`insert into bills (id, item_id, status) values (1, 1, 'paid')`)
	cache = filepath.Join(t.TempDir(), "cache.json")
	if err := os.WriteFile(cache, []byte(`{"bills":[{"id":1,"itemId":1,"status":"todo"}],"planVersion":4}`), 0o600); err != nil {
		t.Fatal(err)
	}
	return database, cache
}

// diffAgainst runs diff with a database, and returns its exit code and what it printed.
func diffAgainst(t *testing.T, database string, args ...string) (code int, printed string) {
	t.Helper()
	var out, errs bytes.Buffer
	home := t.TempDir()
	app := &commands.App{
		In: strings.NewReader(""), Out: &out, Err: &errs, Now: time.Now,
		Env: func(name string) string {
			return map[string]string{"DELTATAP_DB": database, "XDG_CONFIG_HOME": home}[name]
		},
		OutWidth: func() int { return 0 }, ErrWidth: func() int { return 0 },
	}
	code = commands.Run(t.Context(), app, append([]string{"diff", "--user", "1", "--fence-tries", "3", "--settle", "10ms", "-o", "json"}, args...))
	return code, out.String() + errs.String()
}

// A server changes a row, and then its plan's version: a database whose version moves on while it
// is asked tells of no fault. The database alone makes no client wrong.
func TestDatabaseMovesOn(t *testing.T) {
	database, cache := oneBill(t, 4)
	code, printed := diffAgainst(t, database, cache)
	if code != commands.ExitFound || !strings.Contains(printed, `"verdict":"desynced"`) || strings.Contains(printed, `"parties":["client"],"summary":"the d`) {
		t.Fatalf("a database that holds still: exit %d: %s", code, printed)
	}
	pgtest.Exec(t, database, `alter table users rename to people`, // whose version is another one at every look
		`create view users as select id, email, forwarding_address, plan_secret,
			(extract(epoch from clock_timestamp()) * 1000000)::bigint % 2000000000 as plan_version, plan_updated_at from people`)
	for name, args := range map[string][]string{"alone": nil, "beside a saved plan": {"--against", cache}} {
		t.Run(name, func(t *testing.T) {
			code, printed := diffAgainst(t, database, append([]string{cache}, args...)...)
			if code != commands.ExitInconclusive || strings.Contains(printed, `"code":"answer-behind","certainty"`) {
				t.Errorf("exit %d: %s", code, printed)
			}
		})
	}
}

// Where the database is ahead of the API, both are read again, so often and no more, and nothing is
// decided between them.
func TestReadAgain(t *testing.T) {
	database, cache := oneBill(t, 5)
	const fence = 3 // requests, and as many once its version has stood
	for _, c := range []struct {
		stays, requests int64
		verdict         string
	}{{0, 2 * fence, "behind"}, {fence, 3 * fence, "behind"}, {1000, 6 * fence, "inconclusive"}} {
		api := &advancing{stays: c.stays}
		server := httptest.NewServer(api)
		code, printed := diffAgainst(t, database, cache, "--server", server.URL)
		server.Close()
		if want := map[string]int{"behind": commands.ExitFound, "inconclusive": commands.ExitInconclusive}[c.verdict]; code != want {
			t.Errorf("an API that stays behind for %d requests: exit %d: %s", c.stays, code, printed)
		}
		if !strings.Contains(printed, `"verdict":"`+c.verdict+`"`) {
			t.Errorf("an API that stays behind for %d requests: want %s: %s", c.stays, c.verdict, printed)
		}
		if got := api.asked.Load(); got != c.requests {
			t.Errorf("an API that stays behind for %d requests was asked %d times, want %d", c.stays, got, c.requests)
		}
		if strings.Contains(printed, `"code":"answer-behind","certainty"`) {
			t.Errorf("an API that stays behind for %d requests is wrong: %s", c.stays, printed)
		}
	}
}
