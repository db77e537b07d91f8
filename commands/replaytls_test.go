package commands

import (
	"bytes"
	"crypto/tls"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/carebase/deltatap/fixtures/certtest"
	"github.com/carebase/deltatap/replay/redisclient"
	"github.com/carebase/deltatap/replay/redisclient/redistest"
)

// replayed replays a session of three events, and returns the exit code and what it said.
func replayed(t *testing.T, env map[string]string, args ...string) (int, string) {
	t.Helper()
	var out, errs bytes.Buffer
	none := func() int { return 0 }
	app := &App{
		In: strings.NewReader(""), Out: &out, Err: &errs, Now: time.Now, OutWidth: none, ErrWidth: none,
		Env: func(name string) string { return env[name] },
	}
	code := Run(t.Context(), app, append([]string{"replay", writeEvents(t, 3), "--speed", "max", "--user", "7", "--yes"}, args...))
	return code, errs.String()
}

// A Redis behind TLS is written to where its certificate is trusted, and nowhere else.
func TestReplayIntoRedisOverTLS(t *testing.T) {
	pair, stranger := certtest.Loopback(t), certtest.Loopback(t)
	server := redistest.StartTLS(t, pair, "--requirepass", "s3cret")
	url := strings.Replace(server.URL, "://", "://:s3cret@", 1)
	arrived := subscribe(t, url)

	env := map[string]string{"DELTATAP_TO": url}
	for name, tc := range map[string]struct {
		args []string
		env  string
	}{
		"a flag":        {[]string{"--ca-file", pair.Authority}, ""},
		"a variable":    {nil, pair.Authority},
		"none verified": {[]string{"--insecure"}, ""},
	} {
		env["DELTATAP_CA_FILE"] = tc.env
		code, said := replayed(t, env, tc.args...)
		if code != ExitOK || !strings.Contains(said, "3 acknowledged, 0 failed, 0 unsure of 3 sent") {
			t.Errorf("%s: exit %d:\n%s", name, code, said)
			continue
		}
		for range 3 {
			<-arrived
		}
	}

	delete(env, "DELTATAP_CA_FILE")
	for name, args := range map[string][]string{"the system's": nil, "another authority": {"--ca-file", stranger.Authority}} {
		code, said := replayed(t, env, args...)
		want := "deltatap: " + server.URL + ": certificate signed by unknown authority\nhint: --ca-file names the certificates to trust\n"
		if code != ExitUnreachable || !strings.HasSuffix(said, want) || strings.Contains(said, "s3cret") {
			t.Errorf("%s: exit %d, want %d and\n%s\ngot\n%s", name, code, ExitUnreachable, want, said)
		}
	}
	select {
	case message := <-arrived:
		t.Errorf("a server that is not trusted was sent %q", message)
	default:
	}
}

// subscribe listens to what is published for user 7.
func subscribe(t *testing.T, url string) <-chan *redis.Message {
	t.Helper()
	options, err := redisclient.Options(url, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	options.TLSConfig = &tls.Config{InsecureSkipVerify: true}
	client := redis.NewClient(options)
	t.Cleanup(func() { _ = client.Close() })
	channel := client.PSubscribe(t.Context(), "*user:7#*")
	t.Cleanup(func() { _ = channel.Close() })
	if _, err := channel.Receive(t.Context()); err != nil { // it is subscribed
		t.Fatal(err)
	}
	return channel.Channel()
}

// Options that would have no effect are refused.
func TestOptionsOfTLSGoWithTLS(t *testing.T) {
	for _, tc := range []struct{ to, flag, want string }{
		{"redis://127.0.0.1:9", "--ca-file=x.pem", "--ca-file goes with rediss://"},
		{"redis://127.0.0.1:9", "--insecure", "--insecure goes with rediss://"},
		{"postgres://127.0.0.1:9/care", "--ca-file=x.pem", "sslrootcert=PATH in the URL names the certificates to trust"},
		{"rediss://127.0.0.1:9", "--ca-file=nosuch.pem", "--ca-file: nosuch.pem: no such file"},
	} {
		code, said := replayed(t, nil, "--to", tc.to, tc.flag)
		if code != ExitUsage || !strings.Contains(said, tc.want) {
			t.Errorf("--to %s %s: exit %d, want %d and %q; said\n%s", tc.to, tc.flag, code, ExitUsage, tc.want, said)
		}
	}
}
