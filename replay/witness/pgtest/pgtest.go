//go:build unix

// Package pgtest gives tests a real PostgreSQL of their own: started once in a test binary, on a
// free port of the loopback interface, in a directory that goes away with it. Where the programs of
// PostgreSQL are not installed, tests are skipped and say so; with CI=true that is a failure.
package pgtest

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carebase/deltatap/replay/witness/schema"
)

// startTime bounds how long a server may take to start or to answer.
const startTime = time.Minute

var (
	starting  sync.Once
	server    *cluster
	startErr  error
	databases atomic.Int64
)

// Main runs the tests of a package and stops the server that they may have started. TestMain calls
// it, and exits with what it returns.
func Main(m *testing.M) int {
	code := m.Run()
	if server != nil {
		server.stop()
	}
	return code
}

// Empty creates an empty database and returns its URL, whose user may do everything.
func Empty(tb testing.TB) string {
	tb.Helper()
	bin := programs(tb)
	starting.Do(func() { server, startErr = start(bin) })
	if startErr != nil {
		tb.Fatalf("postgres: %v", startErr)
	}
	name := fmt.Sprintf("test%d", databases.Add(1))
	Exec(tb, server.url("postgres"), "create database "+name)
	return server.url(name)
}

// Carebase creates a database with the tables of a Carebase server and returns its URL.
func Carebase(tb testing.TB) string {
	tb.Helper()
	url := Empty(tb)
	Exec(tb, url, schema.SQL)
	return url
}

// Exec runs statements without parameters in a database.
func Exec(tb testing.TB, url string, statements ...string) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), startTime)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		tb.Fatalf("postgres: %v", err)
	}
	defer conn.Close(ctx)
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement, pgx.QueryExecModeSimpleProtocol); err != nil {
			tb.Fatalf("postgres: %v\n%s", err, statement)
		}
	}
}
