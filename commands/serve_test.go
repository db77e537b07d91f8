package commands

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/carebase/deltatap/replay/server/servertest"
)

// serving is a serve that runs in a test.
type serving struct {
	t      *testing.T
	err    *lockedBuffer
	cancel context.CancelFunc
	ended  chan error
	env    map[string]string
	in     string
}

// lockedBuffer is a buffer that may be read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newServing(t *testing.T) *serving {
	return &serving{t: t, err: &lockedBuffer{}, ended: make(chan error, 1), env: map[string]string{}}
}

func (s *serving) app() *App {
	return &App{
		In: strings.NewReader(s.in), Out: failingWriter{s.t}, Err: s.err, Now: time.Now,
		Env: func(name string) string { return s.env[name] },
	}
}

// failingWriter fails the test of a command that writes to standard output.
type failingWriter struct{ t *testing.T }

func (w failingWriter) Write(p []byte) (int, error) {
	w.t.Errorf("standard output got %q", p)
	return len(p), nil
}

// run starts serve and waits for its ready file.
func (s *serving) run(opts serveOptions) readyFile {
	s.t.Helper()
	path := opts.readyFile
	if opts.addr == "" {
		opts.addr = "127.0.0.1:0"
	}
	if opts.users == 0 {
		opts.users = 1
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	go func() { s.ended <- runServe(ctx, s.app(), &opts) }()
	s.t.Cleanup(cancel)
	deadline := time.Now().Add(patience)
	for {
		if path == "" {
			if _, rest, ok := strings.Cut(s.err.String(), "tokens: "); ok {
				path, _, _ = strings.Cut(rest, "\n")
			}
		}
		var ready readyFile
		if text, err := os.ReadFile(path); err == nil {
			if err := json.Unmarshal(text, &ready); err != nil {
				s.t.Fatalf("half a ready file: %q", text)
			}
			return ready
		}
		select {
		case err := <-s.ended:
			s.t.Fatalf("serve ended: %v", err)
		case <-time.After(time.Millisecond):
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("no ready file; standard error: %s", s.err)
		}
	}
}

// stop interrupts serve, which must end well.
func (s *serving) stop() {
	s.t.Helper()
	s.cancel()
	select {
	case err := <-s.ended:
		if err != nil {
			s.t.Errorf("serve: %v", err)
		}
	case <-time.After(patience):
		s.t.Fatal("serve does not end")
	}
}

func askServed(t *testing.T, url, token string) (int, string) {
	t.Helper()
	answer := servertest.Ask(t, nil, token, "GET", url, "")
	return answer.Status, answer.Text
}

func TestServeWritesItsReadyFile(t *testing.T) {
	s := newServing(t)
	path := filepath.Join(t.TempDir(), "ready.json")
	ready := s.run(serveOptions{readyFile: path, users: 2, collaborator: true})
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := info.Mode().Perm(), os.FileMode(0o600); got != want {
		t.Errorf("mode %o, want %o", got, want)
	}
	if len(ready.Users) != 3 || ready.OperatorToken == "" {
		t.Fatalf("ready file %+v", ready)
	}
	plans := map[string]int{}
	for i, user := range ready.Users {
		if user.ID != int64(i+1) {
			t.Errorf("user %d has id %d", i+1, user.ID)
		}
		status, text := askServed(t, ready.URL+"/api/plan", user.Token)
		if status != 200 {
			t.Errorf("user %d: %d %s", user.ID, status, text)
		}
		plans[text]++
		if strings.Contains(s.err.String(), user.Token) {
			t.Error("a token is on standard error")
		}
	}
	if len(plans) != 2 {
		t.Errorf("%d plans, want that of two owners", len(plans))
	}
	if status, _ := askServed(t, ready.URL+"/api/plan", ready.OperatorToken); status != 401 {
		t.Errorf("the operator is a user: %d", status)
	}
	if strings.Contains(s.err.String(), ready.OperatorToken) {
		t.Error("the operator token is on standard error")
	}
	s.stop()
	if want := "tail it: deltatap tail --server " + ready.URL + " --token-file "; !strings.Contains(s.err.String(), want) {
		t.Errorf("standard error lacks %q: %s", want, s.err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Errorf("the named ready file is gone: %v", err)
	}
}

func TestServeKeepsTokensInAFolderOfItsOwn(t *testing.T) {
	s := newServing(t)
	s.env["XDG_RUNTIME_DIR"] = t.TempDir()
	ready := s.run(serveOptions{})
	dirs, err := filepath.Glob(filepath.Join(s.env["XDG_RUNTIME_DIR"], "deltatap-serve-*"))
	if err != nil || len(dirs) != 1 {
		t.Fatalf("folders %v, %v", dirs, err)
	}
	if info, err := os.Stat(dirs[0]); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder: %v, %v", info.Mode(), err)
	}
	token, err := os.ReadFile(filepath.Join(dirs[0], "token"))
	if err != nil || string(token) != ready.Users[0].Token+"\n" {
		t.Errorf("the token file: %v", err)
	}
	s.stop()
	want := "tail it: deltatap tail --server " + ready.URL + " --token-file " + filepath.Join(dirs[0], "token")
	if !strings.Contains(s.err.String(), want) {
		t.Errorf("standard error lacks %q: %s", want, s.err)
	}
	if left, _ := os.ReadDir(s.env["XDG_RUNTIME_DIR"]); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestServeTakesTheTokenOfTheEnvironment(t *testing.T) {
	s := newServing(t)
	s.env["DELTATAP_TOKEN"], s.env["XDG_RUNTIME_DIR"] = "from-the-environment", t.TempDir()
	ready := s.run(serveOptions{users: 2})
	if status, text := askServed(t, ready.URL+"/api/plan", "from-the-environment"); status != 200 || !strings.Contains(text, `"recipient":{"id":1,`) {
		t.Errorf("%d %s", status, text)
	}
	if ready.Users[1].Token == ready.Users[0].Token {
		t.Error("both users have one token")
	}
	if strings.Contains(s.err.String(), "from-the-environment") {
		t.Error("the token is on standard error")
	}
	s.stop()
}

const servedPlan = `{"recipient":{"id":5,"displayName":"Kim"},"dateRange":{},
 "appointments":[{"id":3,"itemId":4,"startLocal":"2026-11-24T15:00:00+00:00","x":1.0,"googleSync":{}}],
 "bills":[{"id":7,"itemId":8,"dueDate":"2027-11-24T00:00:00.000Z","googleSync":{}}],
 "planVersion":41,"planUpdatedAt":null,
 "collaborators":[{"id":9,"userId":6,"email":"o@x","role":"owner","status":"accepted"}]}`

func TestServeStartsFromAPlan(t *testing.T) {
	s := newServing(t)
	s.in = servedPlan
	s.env["XDG_RUNTIME_DIR"] = t.TempDir()
	ready := s.run(serveOptions{plan: "-", clock: "2026-11-23T23:00:00-01:00", users: 2, collaborator: true})
	var ids []int64
	for _, user := range ready.Users {
		ids = append(ids, user.ID)
	}
	if len(ids) != 3 || ids[0] != 6 || ids[1] != 7 || ids[2] != 8 {
		t.Errorf("users %v, want 6, 7 and 8", ids)
	}
	_, text := askServed(t, ready.URL+"/api/plan", ready.Users[0].Token)
	want := `{"recipient":{"id":5,"displayName":"Kim"},"dateRange":{"start":"2026-11-24T00:00:00.000Z","end":"2026-12-01T00:00:00.000Z"},` +
		`"appointments":[{"id":3,"itemId":4,"startLocal":"2026-11-24T15:00:00+00:00","x":1.0,"googleSync":{}}],"bills":[],` +
		`"planVersion":41,"planUpdatedAt":null,"collaborators":[{"id":9,"recipientId":5,"userId":6,"email":"o@x",`
	if !strings.HasPrefix(text, want) {
		t.Errorf("plan\n got %s\nwant %s…", text, want)
	}
	for _, want := range []string{
		"plan of Kim, version 41: 1 appointment and 1 bill\n",
		"warning: only 1 of 2 fall into the week from 2026-11-24; --clock sets another day\n",
	} {
		if !strings.Contains(s.err.String(), want) {
			t.Errorf("standard error lacks %q: %s", want, s.err)
		}
	}
	s.stop()
}

func TestServeStartsFromASession(t *testing.T) {
	s := newServing(t)
	s.env["XDG_RUNTIME_DIR"] = t.TempDir()
	ready := s.run(serveOptions{plan: "fixture:owner-day", clock: "2026-11-23T01:30:00Z"})
	_, text := askServed(t, ready.URL+"/api/plan", ready.Users[0].Token)
	if want := `{"recipient":{"id":1,"displayName":"Alex"},`; !strings.HasPrefix(text, want) || !strings.Contains(text, `"planVersion":0,"planUpdatedAt":"2026-11-23T00:52:59.939Z"`) {
		t.Errorf("plan %s", text)
	}
	s.stop()
}

func TestServeWarnsOfOtherMachines(t *testing.T) {
	s := newServing(t)
	s.env["XDG_RUNTIME_DIR"] = t.TempDir()
	ready := s.run(serveOptions{addr: "0.0.0.0:0"})
	if !strings.HasPrefix(ready.URL, "http://127.0.0.1:") {
		t.Errorf("url %s", ready.URL)
	}
	if !strings.Contains(s.err.String(), "can be reached from other machines, over plain HTTP") {
		t.Errorf("no warning: %s", s.err)
	}
	for _, host := range reachableHosts(&net.TCPAddr{IP: net.IPv4zero}) {
		if want := strings.Replace(ready.URL, "127.0.0.1", host, 1); !strings.Contains(s.err.String(), want) {
			t.Errorf("standard error lacks %q: %s", want, s.err)
		}
	}
	s.stop()
}

func TestServeRefuses(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	dir := t.TempDir()
	kept := filepath.Join(dir, "plan.json")
	if err := os.WriteFile(kept, []byte(servedPlan), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		opts serveOptions
		env  string
		in   string
		want string
	}{
		"no users":      {opts: serveOptions{users: 0}, want: "--users 0: want at least one"},
		"rows first":    {opts: serveOptions{rowsFirst: -1}, want: "--rows-first -1ns: want no less than 0"},
		"origin":        {opts: serveOptions{cors: []string{"app.example.com"}}, want: `--cors "app.example.com": not an origin`},
		"clock":         {opts: serveOptions{clock: "noon"}, want: `--clock "noon": not an RFC 3339 time`},
		"no plan":       {opts: serveOptions{plan: "-"}, in: `{"planVersion":1}`, want: "standard input: not a plan: recipient is not an object"},
		"no file":       {opts: serveOptions{plan: filepath.Join(dir, "none")}, want: "none: no such file or directory"},
		"plan of twins": {opts: serveOptions{plan: "-"}, in: strings.Replace(servedPlan, `"bills":[`, `"bills":[{"id":7,"itemId":4,"dueDate":null},`, 1), want: "item 4 of bill 7: taken by appointment 3"},
		"empty session": {opts: serveOptions{plan: "-"}, in: `{"deltatap":1,"session":"0","started":"2026-11-23T00:52:14.165Z"}` + "\n", want: "the session holds no plan"},
		"token":         {env: "two words", want: "DELTATAP_TOKEN: want a token without spaces"},
		"address":       {opts: serveOptions{addr: "here"}, want: "cannot listen at here"},
		"taken address": {opts: serveOptions{addr: taken.Addr().String()}, want: "address already in use"},
		"plan lost":     {opts: serveOptions{plan: kept, readyFile: kept}, want: "--ready-file " + kept + ": --plan is read from there"},
		"ready output":  {opts: serveOptions{readyFile: "-"}, want: "--ready-file -: want a file"},
		"ready file":    {opts: serveOptions{readyFile: filepath.Join(dir, "none", "ready.json")}, want: "no such file or directory"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServing(t)
			s.in, s.env["DELTATAP_TOKEN"], s.env["XDG_RUNTIME_DIR"] = tc.in, tc.env, dir
			if tc.opts.addr == "" {
				tc.opts.addr = "127.0.0.1:0"
			}
			if name != "no users" {
				tc.opts.users = 1
			}
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			app := s.app()
			err := runServe(ctx, app, &tc.opts)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("error %v, want %q", err, tc.want)
			}
			if strings.Contains(err.Error(), "two words") {
				t.Error("the token is in the error")
			}
			if code := app.fail(err); code != ExitUsage {
				t.Errorf("exit code %d, want %d", code, ExitUsage)
			}
		})
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "deltatap-serve-*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}
