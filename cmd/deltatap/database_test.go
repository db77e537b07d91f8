//go:build unix

package main

import (
	"net/url"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/carebase/deltatap/replay/witness/pgtest"
)

// databases runs the tests, and stops the PostgreSQL that they may have started.
type databases struct{ *testing.M }

func (d databases) Run() int { return pgtest.Main(d.M) }

// TestDatabaseScripts runs every script of testdata/database against the real binary and a real PostgreSQL.
func TestDatabaseScripts(t *testing.T) {
	pgtest.Empty(t) // skips here, and not in a script, where there is no PostgreSQL
	testscript.Run(t, scripts("database", map[string]func(*testscript.TestScript, bool, []string){
		"database": func(ts *testscript.TestScript, neg bool, args []string) { cmdDatabase(ts, t, neg, args) },
		"sql":      func(ts *testscript.TestScript, neg bool, args []string) { cmdSQL(ts, t, neg, args) },
	}))
}

// cmdDatabase creates a Carebase database with the rows of a file. NAME becomes its URL without the password, PGPASSWORD that,
// NAME_WHOLE the URL with it, and NAME_SOURCE how diff calls it: database NAME [FILE].
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
