package commands

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/carebase/deltatap/fixtures/certtest"
	"github.com/carebase/deltatap/replay/redisclient/redistest"
)

// A Redis behind TLS is joined where its certificate is trusted, and nowhere else.
func TestServeJoinsRedisOverTLS(t *testing.T) {
	pair := certtest.Loopback(t)
	server := redistest.StartTLS(t, pair, "--requirepass", "s3cret")
	url := strings.Replace(server.URL, "://", "://:s3cret@", 1)
	for name, tc := range map[string]struct {
		args []string
		env  string
	}{
		"a flag":        {[]string{"--ca-file", pair.Authority}, ""},
		"a variable":    {nil, pair.Authority},
		"none verified": {[]string{"--insecure"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServing(t)
			s.env["DELTATAP_REDIS"], s.env["DELTATAP_CA_FILE"] = url, tc.env
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			code := make(chan int, 1)
			go func() { code <- Run(ctx, s.app(), append([]string{"serve", "--addr", "127.0.0.1:0"}, tc.args...)) }()
			for !strings.Contains(s.err.String(), "tokens: ") {
				select {
				case code := <-code:
					t.Fatalf("exit %d: %s", code, s.err)
				case <-time.After(time.Millisecond):
				}
			}
			cancel()
			if code := <-code; code != ExitOK {
				t.Errorf("exit %d: %s", code, s.err)
			}
		})
	}
	s := newServing(t)
	s.env["DELTATAP_REDIS"] = url
	code := Run(t.Context(), s.app(), []string{"serve", "--addr", "127.0.0.1:0"})
	want := "certificate signed by unknown authority\nhint: --ca-file names the certificates to trust\n"
	if said := s.err.String(); code != ExitUnreachable || !strings.HasSuffix(said, want) || strings.Contains(said, "s3cret") {
		t.Errorf("not trusted: exit %d, %s", code, said)
	}
}

func TestServeRefusesTrustWithoutTLS(t *testing.T) {
	for _, args := range [][]string{{"--ca-file", "x.pem"}, {"--insecure", "--redis", "redis://127.0.0.1:9"}} {
		if code, said := refused(t, args...); code != ExitUsage || !strings.Contains(said, " goes with --redis rediss://") {
			t.Errorf("%v: exit %d, %s", args, code, said)
		}
	}
	if code, said := refused(t, "--redis", "rediss://127.0.0.1:9", "--ca-file", "nosuch.pem"); code != ExitUsage || !strings.Contains(said, "--ca-file: nosuch.pem: no such file") {
		t.Errorf("exit %d, %s", code, said)
	}
}
