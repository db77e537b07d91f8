//go:build unix

package commands

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/carebase/deltatap/fixtures/node/nodetest"
	"github.com/carebase/deltatap/replay/redisclient/redistest"
	"github.com/carebase/deltatap/replay/server/servertest"
	"github.com/carebase/deltatap/replay/witness/pgtest"
)

// refused runs serve as a command that must fail, and returns its exit code and what it said.
func refused(t *testing.T, args ...string) (int, string) {
	t.Helper()
	s := newServing(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ready := filepath.Join(t.TempDir(), "ready.json")
	code := Run(ctx, s.app(), append([]string{"serve", "--addr", "127.0.0.1:0", "--ready-file", ready}, args...))
	if _, err := os.Stat(ready); err == nil {
		t.Errorf("serve %q left a ready file", args)
	}
	return code, s.err.String()
}

// A house moves into a database, and its people are found there by the next server.
func TestServeLivesInADatabase(t *testing.T) {
	url := pgtest.Empty(t)
	first := newServing(t)
	ready := first.run(serveOptions{db: url, createSchema: true, plan: "../fixtures/plans/owner-day.json", collaborator: true, clock: "2026-11-23T09:00:00Z"})
	if said := first.err.String(); !strings.Contains(said, "plans are kept in PostgreSQL at 127.0.0.1:") || !strings.Contains(said, "; tokens for 2 users") ||
		!strings.Contains(said, "version 13: 2 appointments and 2 bills") || strings.Contains(said, "pgtest") || strings.Contains(said, "warning") {
		t.Errorf("it said:\n%s", said)
	}
	want := served(t, "GET", ready.URL+"/api/plan", ready.Users[0].Token, "")
	if got := served(t, "GET", ready.URL+"/api/plan", ready.Users[1].Token, ""); !strings.Contains(got, `"planVersion":13`) {
		t.Errorf("the contributor reads %s", got)
	}
	first.stop()

	second := newServing(t)
	second.env["DELTATAP_TOKEN"] = "mine"
	ready = second.run(serveOptions{db: url, clock: "2026-11-23T09:00:00Z"})
	if ids := fmt.Sprint(ready.Users[0].ID, ready.Users[1].ID, len(ready.Users)); ids != "1 2 2" || ready.Users[0].Token != "mine" {
		t.Errorf("users %+v", ready.Users)
	}
	if got := served(t, "GET", ready.URL+"/api/plan", "mine", ""); got != want {
		t.Errorf("the plan is now\n%s\nand was\n%s", got, want)
	}
	served(t, "POST", ready.URL+"/api/bills/2/mark-paid", "mine", ``)
	second.stop()

	third := newServing(t)
	ready = third.run(serveOptions{db: url, only: []int64{2, 2}, clock: "2026-11-23T09:00:00Z"})
	if len(ready.Users) != 1 || ready.Users[0].ID != 2 {
		t.Errorf("users %+v, want the one that was named", ready.Users)
	}
	if got := served(t, "GET", ready.URL+"/api/plan/version", ready.Users[0].Token, ""); !strings.HasPrefix(got, `{"planVersion":14,`) {
		t.Errorf("the version is %s", got)
	}
	third.stop()

	for _, tc := range []struct{ args, why, hint string }{
		{"--create-schema", "the database has tables already: appointments, bills, care_collaborators and 4 more", "leave --create-schema out"},
		{"--plan fixture:owner-day", "the database has users already: 2", "--plan, --users and --collaborator are for a database in which nobody lives"},
		{"--users 1", "the database has users already: 2", "nobody lives"},
		{"--user 9", "--user 9: the database has no such user", ""},
	} {
		code, said := refused(t, append(strings.Fields(tc.args), "--db", url)...)
		if code != ExitUsage || !strings.Contains(said, "\ndeltatap: "+tc.why+"\n") || !strings.Contains(said, tc.hint) {
			t.Errorf("%s: exit %d, %s", tc.args, code, said)
		}
	}
}

// What does not fit into a database leaves nothing in it.
func TestServeSeedsAllOrNothing(t *testing.T) {
	url := pgtest.Empty(t)
	if code, said := refused(t, "--db", url); code != ExitUsage || !strings.Contains(said, "hint: --create-schema makes the tables") {
		t.Errorf("an empty database: exit %d, %s", code, said)
	}
	plan := filepath.Join(t.TempDir(), "plan.json")
	text := `{"recipient":{"id":1,"displayName":"Alex"},"planVersion":3,"planUpdatedAt":null,"appointments":[],"collaborators":[],"theme":"dark",` +
		`"bills":[{"id":1,"itemId":1,"dueDate":null,"amount":%s,"status":"todo"},{"id":2,"itemId":2,"dueDate":"2026-11-24T00:00:00.000Z","color":"red"}]}`
	write := func(amount string) {
		if err := os.WriteFile(plan, fmt.Appendf(nil, text, amount), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("1.005")
	code, said := refused(t, "--db", url, "--create-schema", "--plan", plan)
	if code != ExitUsage || !strings.Contains(said, plan+" does not fit into the database: bill 1: invalid: amount: more than the two decimals") {
		t.Errorf("an amount that would be rounded: exit %d, %s", code, said)
	}
	pgtest.Exec(t, url, `do $$ begin assert to_regclass('users') is null; end $$`)
	write("1.5")
	s := newServing(t)
	ready := s.run(serveOptions{db: url, createSchema: true, plan: plan})
	if said := s.err.String(); !strings.Contains(said, "warning: the database has no column for what the plan holds as bill.color, plan.theme: left out") {
		t.Errorf("it said:\n%s", said)
	}
	if got := served(t, "GET", ready.URL+"/api/plan", ready.Users[0].Token, ""); !strings.Contains(got, `"amount":1.5`) || !strings.Contains(got, `"planVersion":3`) {
		t.Errorf("the plan is %s", got)
	}
	s.stop()
	pgtest.Exec(t, url, `truncate users cascade`)
	if code, said := refused(t, "--db", url); code != ExitUsage || !strings.Contains(said, "nobody lives in the database") {
		t.Errorf("nobody there: exit %d, %s", code, said)
	}
	wrong := strings.Replace(url, "pgtest", "hunter2", 1)
	if code, said := refused(t, "--db", wrong); code != ExitRefused || strings.Contains(said, "hunter2") {
		t.Errorf("a wrong password: exit %d, %s", code, said)
	}
}

// Nothing is written to the database where the server could not begin anyway.
func TestServeWritesTheDatabaseLast(t *testing.T) {
	url := pgtest.Empty(t)
	for _, args := range []string{"--redis redis://127.0.0.1:9", "--addr 127.0.0.1:70000", "--ready-file /nosuch/ready.json", "--plan fixture:nosuch", "--users 0"} {
		if code, said := refused(t, append(strings.Fields(args), "--db", url, "--create-schema")...); code != ExitUsage && code != ExitUnreachable {
			t.Errorf("%s: exit %d, %s", args, code, said)
		}
	}
	pgtest.Exec(t, url, `do $$ begin assert to_regclass('users') is null; end $$`)
}

func served(t *testing.T, method, url, token, body string) string {
	t.Helper()
	return servertest.Do(t, nil, token, method, url, body)
}

// Two processes of the real program, one database, one Redis, and an official client at each: every client gets every delta, in the
// order of versions, whichever process made it; while Redis is away each client gets its own process's.
func TestServeProcessesAreOneCluster(t *testing.T) {
	const deltas = 200
	nodetest.Need(t)
	url, redis := pgtest.Empty(t), redistest.Start(t)
	binary := filepath.Join(t.TempDir(), "deltatap")
	if out, err := exec.Command("go", "build", "-o", binary, "../cmd/deltatap").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	var processes []*process
	var clients []*nodetest.Process
	for i := range 2 {
		args := []string{"--db", url, "--redis", redis.URL}
		if i == 0 {
			args = append(args, "--create-schema")
		}
		p := launch(t, binary, args...)
		client := nodetest.Start(t, "listen.mjs", "--client", "c "+p.ready.URL+" "+p.ready.Users[0].Token)
		client.Await("event") // connection:ack
		processes, clients = append(processes, p), append(clients, client)
	}
	version := 0
	expect := func(client int, want int) {
		t.Helper()
		line := clients[client].Await("event")
		var args []struct{ Deltas []struct{ Version int } }
		if err := json.Unmarshal(line["args"], &args); err != nil || args[0].Deltas[0].Version != want {
			t.Fatalf("client %d got %s, want version %d (%v)", client, line["args"], want, err)
		}
	}
	for range deltas {
		version++
		processes[version%2].mutate(version)
	}
	for v := 1; v <= version; v++ {
		expect(0, v)
		expect(1, v)
	}
	redis.Kill()
	for i := range 2 {
		processes[i].awaits("redis is lost")
		version++
		processes[i].mutate(version)
		expect(i, version)
		processes[i].awaits(fmt.Sprintf("not for sure with the other servers: version %[1]d to %[1]d of user 1", version))
	}
	redis.Restart()
	for i := range 2 {
		processes[i].awaits("redis is back; events not published while it was lost: 1")
	}
	version++
	processes[0].mutate(version)
	expect(0, version)
	expect(1, version)
}

// process is a serve of the real program.
type process struct {
	t     *testing.T
	ready readyFile
	said  *os.File
}

func launch(t *testing.T, binary string, args ...string) *process {
	t.Helper()
	dir := t.TempDir()
	p := &process{t: t}
	var err error
	if p.said, err = os.Create(filepath.Join(dir, "said")); err != nil {
		t.Fatal(err)
	}
	ready := filepath.Join(dir, "ready.json")
	cmd := exec.Command(binary, append([]string{"serve", "--addr", "127.0.0.1:0", "--ready-file", ready}, args...)...)
	cmd.Stderr = p.said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		if err := cmd.Wait(); err != nil {
			t.Errorf("serve: %v\n%s", err, p.text())
		}
	})
	waitUntil(t, "a ready file", func() bool {
		text, err := os.ReadFile(ready)
		return err == nil && json.Unmarshal(text, &p.ready) == nil
	})
	return p
}

func (p *process) text() string {
	text, err := os.ReadFile(p.said.Name())
	if err != nil {
		p.t.Error(err)
	}
	return string(text)
}

func (p *process) awaits(text string) {
	p.t.Helper()
	waitUntil(p.t, text, func() bool { return strings.Contains(p.text(), text) })
}

// mutate makes a delta that becomes version n.
func (p *process) mutate(n int) {
	p.t.Helper()
	action := "updated"
	if n == 1 {
		action = "created"
	}
	body := fmt.Sprintf(`{"user":1,"deltas":[{"itemType":"bill","entityId":1,"planItemId":1,"action":%q,"data":{"bill":{"amount":%d.25}}}]}`, action, n)
	if got, want := served(p.t, "POST", p.ready.URL+"/_deltatap/deltas", p.ready.OperatorToken, body), fmt.Sprintf(`{"versions":[%d],"planVersion":%d}`, n, n); got != want {
		p.t.Fatalf("the mutation made %s, want %s", got, want)
	}
}
