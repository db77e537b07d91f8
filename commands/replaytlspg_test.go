//go:build unix

package commands

import (
	"net/url"
	"strings"
	"testing"

	"github.com/carebase/deltatap/fixtures/certtest"
	"github.com/carebase/deltatap/replay/witness/pgtest"
)

// A PostgreSQL whose certificate the URL wants verified is written to where it is trusted, and nowhere else.
func TestReplayIntoPostgresOverTLS(t *testing.T) {
	pair, stranger := certtest.Loopback(t), certtest.Loopback(t)
	secure := pgtest.TLS(t, pgtest.Empty(t), pair)
	env := map[string]string{"DELTATAP_TO": secure}
	code, said := replayed(t, env)
	if code != ExitOK || !strings.Contains(said, "3 acknowledged, 0 failed, 0 unsure of 3 sent") {
		t.Errorf("exit %d:\n%s", code, said)
	}

	env["DELTATAP_TO"] = strings.Replace(secure, url.QueryEscape(pair.Authority), url.QueryEscape(stranger.Authority), 1)
	code, said = replayed(t, env)
	u, err := url.Parse(secure)
	if err != nil {
		t.Fatal(err)
	}
	password, _ := u.User.Password()
	want := "deltatap: postgres://" + u.Host + u.Path + ": certificate signed by unknown authority\n" +
		"hint: sslrootcert=PATH in the URL names the certificates to trust\n"
	if code != ExitUnreachable || !strings.HasSuffix(said, want) || strings.Contains(said, password) {
		t.Errorf("another authority: exit %d, want %d and\n%s\ngot\n%s", code, ExitUnreachable, want, said)
	}
}
