package commands

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// run runs a command line and returns its exit code and what it printed.
func (d *desk) run(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	d.out.Reset()
	d.err.Reset()
	code = Run(t.Context(), d.App, args)
	return code, d.out.String(), d.err.String()
}

// want runs a command line and checks everything about it.
func (d *desk) want(t *testing.T, code int, out, errs string, args ...string) {
	t.Helper()
	gotCode, gotOut, gotErrs := d.run(t, args...)
	if gotCode != code {
		t.Errorf("%q: exit code %d, want %d", args, gotCode, code)
	}
	if diff := cmp.Diff(out, gotOut); diff != "" {
		t.Errorf("%q, standard output: %s", args, diff)
	}
	if diff := cmp.Diff(errs, gotErrs); diff != "" {
		t.Errorf("%q, standard error: %s", args, diff)
	}
}

func TestContextLifecycle(t *testing.T) {
	d := newDesk(t)
	path := filepath.Join(d.vars["XDG_CONFIG_HOME"], "deltatap", "config.yaml")
	d.want(t, 0, "", "no contexts in "+path+"\nhint: deltatap context add NAME --server URL\n", "context", "ls")
	d.want(t, 0, "", "context local added, and current ("+path+")\n",
		"context", "add", "local", "--server", "http://127.0.0.1:4080", "--token", "env://CARE", "--writable")
	d.want(t, 0, "", "context prod.eu added ("+path+")\n",
		"context", "add", "prod.eu", "--server", "https://care.example.com/eu/", "--token", "exec://vault read S3cret", "--header", "Cookie: S3cret", "--header", "X-A: 1", "--transport", "websocket")
	d.want(t, 0, "   NAME     SERVER                       TOKEN       NOTES\n"+
		"*  local    http://127.0.0.1:4080        env://CARE  writable\n"+
		"   prod.eu  https://care.example.com/eu  exec://…    websocket, 2 headers\n", "", "context", "ls")
	d.want(t, 0, `{"config":"`+path+`","current":"local","contexts":[`+
		`{"name":"local","server":"http://127.0.0.1:4080","token":"env://CARE","writable":true},`+
		`{"name":"prod.eu","server":"https://care.example.com/eu","transport":"websocket","headers":["Cookie","X-A"],"token":"exec://…"}]}`+"\n", "",
		"context", "ls", "-o", "json")
	d.want(t, 0, "", "context prod.eu is current\n", "context", "use", "prod.eu")
	d.want(t, 0, "", "context local replaced ("+path+")\n", "context", "add", "local", "--server", "https://h", "--force")
	d.want(t, 0, "", "context prod.eu removed\nnone is current now\nhint: deltatap context use local\n", "context", "rm", "prod.eu")
	d.want(t, 0, "", "context other added, and current ("+path+")\n", "context", "add", "other", "--server", "https://h", "--use")
	d.want(t, 0, "", "context local removed\n", "context", "rm", "local")
	d.want(t, 0, "", "context other removed\n", "context", "rm", "other")
}

func TestContextRefuses(t *testing.T) {
	d := newDesk(t)
	d.run(t, "context", "add", "prod", "--server", "https://care.example.com")
	before := d.config(t)
	for _, c := range []struct{ args, what, hint string }{
		{"add prod --server https://h", "context prod: exists already", "--force replaces it"},
		{"add new", "--server: missing", "deltatap context add NAME --server URL"},
		{"add -x --server https://h", "unknown shorthand flag: 'x' in -x", "deltatap context add --help"},
		{"add a/b --server https://h", "NAME: not a name for a context", "letters, digits, '.', '_' and '-', at most 64"},
		{"add new --server https://u:S3cret@h", "--server: a name or password in the URL", "leave it out; the token comes from --token-file, DELTATAP_TOKEN or a context"},
		{"add new --server https://h --token S3cret", "--token: not a reference to a token", "a reference to the token: env://NAME, file://PATH or exec://COMMAND"},
		{"add new --server https://h --token=", "--token: empty", "leave it out, or give it a value"},
		{"add new --server https://h --header Authorization:S3cret", "--header: the token is not given as a header", "--token-file, DELTATAP_TOKEN, or a context's token"},
		{"add new --server https://h --header X-A:S3cret --header x-a:S3cret", "--header: a context holds X-A once", ""},
		{"add new --server https://h --transport pigeon", "--transport: no such transport", "auto, websocket or polling"},
		{"add new --server https://h --socket-path S3cret", "--socket-path: does not begin with a slash", "like /socket.io"},
		{"add new --server https://h --timeout -1s", "--timeout: not positive", "like 10s or 1m30s"},
		{"use nope", "context nope: no such context", "there are prod"},
		{"rm nope", "context nope: no such context", "there are prod"},
		{"check nope", "context nope: no such context", "there are prod"},
		{"check prod --context prod", "the context is named twice: NAME and --context", ""},
		{"ls -o yaml", "--output \"yaml\": want text or json", ""},
	} {
		errs := "deltatap: " + c.what + "\n"
		if c.hint != "" {
			errs += "hint: " + c.hint + "\n"
		}
		d.want(t, ExitUsage, "", errs, append([]string{"context"}, strings.Fields(c.args)...)...)
	}
	if after := d.config(t); after != before {
		t.Errorf("a refused command changed the configuration from %q to %q", before, after)
	}
}

// config is the text of the configuration file.
func (d *desk) config(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(d.vars["XDG_CONFIG_HOME"], "deltatap", "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Paths mean the same from every folder, wherever the context was added.
func TestContextAddMakesPathsAbsolute(t *testing.T) {
	d := newDesk(t)
	dir := t.TempDir()
	t.Chdir(dir)
	d.run(t, "context", "add", "a", "--server", "https://h", "--token", "file://token", "--ca-file", "ca.pem")
	want := "contexts:\n  a:\n    server: https://h\n    token: file://" + dir + "/token\n    caFile: " + dir + "/ca.pem\ncurrent: a\n"
	if diff := cmp.Diff(want, d.config(t)); diff != "" {
		t.Error(diff)
	}
}

// care answers as a Carebase server does to the token "good".
func care(version func(http.ResponseWriter)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/health":
			io.WriteString(w, `{"ok":true}`)
		case r.URL.Path != "/api/plan/version":
			w.WriteHeader(404)
		case r.Header.Get("Authorization") != "Bearer good":
			w.WriteHeader(401)
			fmt.Fprintf(w, `{"error":"Not \u001b[31mauthenticated: %s"}`, r.Header.Get("Authorization"))
		default:
			version(w)
		}
	}
}

func answer(status int, body string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

func TestContextCheck(t *testing.T) {
	const noCarebase = "S answers, but not as a Carebase server: /api/plan/version "
	const noCarebaseHint = "is this its address? A path in front of /api belongs to --server"
	const refusedHint = "the token may have expired, or be for another server"
	for _, c := range []struct {
		name, token      string
		version          func(http.ResponseWriter)
		code             int
		reachable, authd string
		what, hint       string
	}{
		{"good", "good", answer(200, `{"planVersion":42,"planUpdatedAt":null}`), 0, "yes", "yes, plan version 42", "", ""},
		{"no plan", "good", answer(404, `{"error":"No recipient found"}`), 0, "yes", "yes, no plan yet", "", ""},
		{"bad token", "wr0ng", nil, 4, "yes", "no", "the server refused: Not [31mauthenticated: Bearer *** (401)", refusedHint},
		{"not found", "good", answer(404, "<html>"), 5, "yes", "not known", noCarebase + "404", noCarebaseHint},
		{"another server", "good", answer(200, "<html>"), 5, "yes", "not known", noCarebase + "200", noCarebaseHint},
		{"broken", "good", answer(500, `{"error":"Internal server error"}`), 5, "yes", "not known", noCarebase + "500", noCarebaseHint},
		{"no token", "", nil, 2, "yes", "not known", "env://CARE: the variable is not set", "set it to the token, or name another reference"},
	} {
		server := httptest.NewServer(care(c.version))
		d := newDesk(t)
		d.vars["CARE"] = c.token
		d.run(t, "context", "add", "a", "--server", server.URL, "--token", "env://CARE")
		code, out, errs := d.run(t, "context", "check", "a")
		if code != c.code {
			t.Errorf("%s: exit code %d, want %d", c.name, code, c.code)
		}
		want := "a  " + server.URL + "\n  token          env://CARE\n  reachable      " + c.reachable + "\n  authenticated  " + c.authd + "\n"
		if diff := cmp.Diff(want, cutAfter(out, "reachable      yes")); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
		wantErrs := ""
		if c.what != "" {
			wantErrs = "deltatap: " + strings.Replace(c.what, "S ", server.URL+" ", 1) + "\nhint: " + c.hint + "\n"
		}
		if diff := cmp.Diff(wantErrs, errs); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
		server.Close()
	}
}

// cutAfter drops the rest of the line after mark: how long something took differs from run to run.
func cutAfter(text, mark string) string {
	before, after, found := strings.Cut(text, mark)
	_, after, _ = strings.Cut(after, "\n")
	if !found {
		return text
	}
	return before + mark + "\n" + after
}

func TestContextCheckOfNothing(t *testing.T) {
	gone := httptest.NewServer(nil)
	gone.Close()
	d := newDesk(t)
	d.want(t, 5, gone.URL+"\n  token          none\n  reachable      no\n  authenticated  not known\n",
		"deltatap: cannot reach "+gone.URL+": connection refused\nhint: is the server up, and is this its address? deltatap doctor tells\n",
		"context", "check", "--server", gone.URL)
}

func TestContextCheckJSON(t *testing.T) {
	server := httptest.NewServer(care(answer(200, `{"planVersion":42}`)))
	defer server.Close()
	for token, want := range map[string]string{
		"good":  `{"server":"S","token":"given","reachable":true,"health":200,"authenticated":true,"planVersion":42}`,
		"wr0ng": `{"server":"S","token":"given","reachable":true,"health":200,"authenticated":false,"error":"the server refused: Not [31mauthenticated: Bearer *** (401)"}`,
	} {
		d := newDesk(t)
		d.vars["DELTATAP_TOKEN"] = token
		_, out, _ := d.run(t, "context", "check", "--server", server.URL, "-o", "json")
		var got, wanted map[string]any
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Fatal(err)
		}
		if took, ok := got["took"].(float64); !ok || took <= 0 {
			t.Errorf("took %v seconds", got["took"])
		}
		delete(got, "took")
		if err := json.Unmarshal([]byte(strings.Replace(want, "S", server.URL, 1)), &wanted); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(wanted, got); diff != "" {
			t.Errorf("%s: %s", token, diff)
		}
	}
}

// The token of a context is not sent to the server that --server names, and the user is told.
func TestContextCheckOfAnotherServer(t *testing.T) {
	var sent bytes.Buffer
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Write(&sent)
		w.WriteHeader(401)
	}))
	defer other.Close()
	d := newDesk(t)
	d.vars["CARE"] = "S3cret"
	d.run(t, "context", "add", "prod", "--server", "https://care.example.com", "--token", "env://CARE", "--header", "Cookie: S3cret")
	code, _, errs := d.run(t, "context", "check", "prod", "--server", other.URL)
	if code != ExitRefused || !strings.HasPrefix(errs, "deltatap: warning: --server names another server than the context, whose token and settings are for https://care.example.com alone and are not used\n") {
		t.Errorf("got %d %q, want %d and a warning", code, errs, ExitRefused)
	}
	if strings.Contains(sent.String(), "S3cret") || !strings.Contains(sent.String(), "deltatap") {
		t.Errorf("the other server was sent %q", &sent)
	}
}

func TestContextCompletion(t *testing.T) {
	d := newDesk(t)
	d.run(t, "context", "add", "a", "--server", "https://h")
	d.run(t, "context", "add", "b", "--server", "https://h")
	for _, command := range []string{"use", "rm", "check"} {
		if _, out, _ := d.run(t, "__complete", "context", command, ""); !strings.HasPrefix(out, "a\nb\n:") {
			t.Errorf("%s: got %q, want the names", command, out)
		}
	}
}
