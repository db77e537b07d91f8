//go:build unix

package pgtest

import (
	"context"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carebase/deltatap/fixtures/certtest"
)

// TLS lets the server of a database speak TLS with that certificate, beside what it spoke, and
// returns the database's URL for clients that verify it. A test binary has one server: the last
// certificate counts.
func TLS(tb testing.TB, database string, pair certtest.Pair) string {
	tb.Helper()
	// The server writes its own files, as it takes a key of nobody else's.
	Exec(tb, database,
		keep(tb, pair.Cert, "server.crt"), keep(tb, pair.Key, "server.key"),
		"alter system set ssl = on", "select pg_reload_conf()")
	secure, err := url.Parse(database)
	if err != nil {
		tb.Fatal(err)
	}
	secure.RawQuery = url.Values{"sslmode": {"verify-full"}, "sslrootcert": {pair.Authority}}.Encode()
	awaitTLS(tb, secure.String())
	return secure.String()
}

// keep is the statement that writes a file of the server's.
func keep(tb testing.TB, path, name string) string {
	tb.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	lines := strings.ReplaceAll(strings.TrimSpace(string(text)), "\n", "\\n")
	return "copy (select unnest(string_to_array(E'" + lines + "', E'\\n'))) to program 'umask 077; cat > " + name + "'"
}

// awaitTLS waits until the server has taken note of its certificate.
func awaitTLS(tb testing.TB, database string) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), startTime)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, database)
		if err == nil {
			_ = conn.Close(ctx)
			return
		}
		select {
		case <-ctx.Done():
			tb.Fatalf("postgres: no TLS: %v\n%s", err, server.log.Bytes())
		case <-time.After(20 * time.Millisecond):
		}
	}
}
