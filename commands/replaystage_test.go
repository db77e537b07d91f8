package commands

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/carebase/deltatap/fixtures/node/nodetest"
	"github.com/carebase/deltatap/replay/fault"
	"github.com/carebase/deltatap/replay/session"
)

// staged is a replay into a stand-in, as the command line starts it.
type staged struct {
	t      *testing.T
	out    bytes.Buffer
	err    *lockedBuffer
	cancel context.CancelCauseFunc
	ended  chan int
	path   string // of the ready file
	ready  readyFile
}

// stage starts a replay, and waits until the stand-in listens.
func newStaged(t *testing.T, args ...string) *staged {
	t.Helper()
	s := &staged{t: t, err: &lockedBuffer{}, ended: make(chan int, 1), path: filepath.Join(t.TempDir(), "ready.json")}
	ctx, cancel := context.WithCancelCause(context.Background())
	s.cancel = cancel
	t.Cleanup(func() { cancel(errInterrupted) })
	app := &App{
		In: strings.NewReader(""), Out: &s.out, Err: s.err, Env: func(string) string { return "" }, Now: time.Now,
		OutWidth: func() int { return 0 }, ErrWidth: func() int { return 0 },
	}
	go func() { s.ended <- Run(ctx, app, append([]string{"replay", "--ready-file", s.path}, args...)) }()
	s.until("a ready file", func() bool {
		text, err := os.ReadFile(s.path)
		return err == nil && json.Unmarshal(text, &s.ready) == nil
	})
	return s
}

func (s *staged) until(what string, ok func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("no %s: %s", what, s.err)
		}
	}
}

// played waits for the summary.
func (s *staged) played() {
	s.t.Helper()
	s.until("summary", func() bool { return strings.Contains(s.err.String(), " sent\n") })
}

// interrupt ends the stand-in's stay, and checks the exit code.
func (s *staged) interrupt(code int) {
	s.t.Helper()
	s.cancel(errInterrupted)
	select {
	case got := <-s.ended:
		if got != code {
			s.t.Errorf("exit %d, want %d: %s", got, code, s.err)
		}
	case <-time.After(patience):
		s.t.Fatal("it does not end")
	}
}

// The official client, waited for, gets every event byte for byte; the stand-in stays until it is interrupted, with the plan
// that the session ends with.
func TestReplayToTheOfficialClient(t *testing.T) {
	nodetest.Need(t)
	s := newStaged(t, "fixture:owner-day", "--speed", "20", "--wait-for-client")
	client := nodetest.Start(t, "client.mjs", "--url", s.ready.URL, "--token", s.ready.Users[0].Token, "--count", "13")
	want := eventsOf(t, "fixture:owner-day")
	for i, args := range want {
		got := client.Await("event")
		if string(got["args"]) != args {
			t.Fatalf("event %d is %s, want %s", i, got["args"], args)
		}
	}
	s.played()
	if !strings.Contains(s.err.String(), "13 acknowledged, 0 failed, 0 unsure of 13 sent") {
		t.Errorf("it says %s", s.err)
	}
	status, text := askServed(t, s.ready.URL+"/api/plan/version", s.ready.Users[0].Token)
	if status != http.StatusOK || !strings.Contains(text, `"planVersion":13`) {
		t.Errorf("it stays with %d %s", status, text)
	}
	s.interrupt(ExitOK)
	if s.out.Len() > 0 {
		t.Errorf("standard output got %q", s.out.String())
	}
}

// eventsOf are the arguments of a session's events.
func eventsOf(t *testing.T, name string) (all []string) {
	t.Helper()
	in, src, err := openSource(&App{Now: time.Now}, name, "")
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	defer src.Close()
	var rec session.Record
	for src.Next(&rec) == nil {
		if rec.Kind == session.KindEvent {
			all = append(all, string(rec.Args))
		}
	}
	return all
}

func TestStandInTellsItsTokensToNobodyElse(t *testing.T) {
	s := newStaged(t, "fixture:owner-day", "--speed", "max")
	s.played()
	info, err := os.Stat(s.path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the ready file has mode %v (%v)", info.Mode().Perm(), err)
	}
	s.interrupt(ExitOK)
	if strings.Contains(s.err.String(), s.ready.Users[0].Token) || strings.Contains(s.err.String(), s.ready.OperatorToken) {
		t.Error("a token is shown")
	}
}

// The fault log and the verdict on a client's cache agree: what was dropped is what the client lacks, and why. (The last deltas arrive:
// of what is lost behind the last that came, a session does not show that it was sent.)
func TestExpectClientNamesWhatTheFaultsDid(t *testing.T) {
	const bills = 12
	dir := t.TempDir()
	cache, log, evidence := filepath.Join(dir, "cache.json"), filepath.Join(dir, "faults.ndjson"), filepath.Join(dir, "phone.ndjson")
	s := newStaged(t, writeBills(t, bills), "--speed", "20", "--wait-for-client", "--fault", "drop=30%", "--seed", "7",
		"--fault-log", log, "--expect-client", cache, "-o", "json", "--linger", "1h")
	phone, end := s.phone(evidence)
	s.until("fault log", func() bool { _, err := os.Stat(log); return err == nil })
	s.until("last delta", func() bool {
		text, _ := os.ReadFile(evidence)
		return bytes.Count(text, []byte(`"kind":"event","event":"plan:item-delta"`)) == bills-len(readFaults(t, log)) &&
			servedVersion(t, s.ready) == bills
	})
	end()
	<-phone
	held := deltatap(t.Context(), "inspect", evidence, "--at", "1h", "-o", "json")
	if err := os.WriteFile(cache, []byte(held.out), 0o600); held.code != 0 || err != nil {
		t.Fatalf("inspect: exit %d, %s (%v)", held.code, held.errs, err)
	}
	s.interrupt(ExitFound)
	causes := s.causes()
	dropped := readFaults(t, log)
	if len(dropped) == 0 || len(dropped) != len(causes) {
		t.Errorf("%d deltas were dropped, %d items differ: %s", len(dropped), len(causes), s.out.String())
	}
	for _, e := range dropped {
		if e.Fault != fault.Drop || causes[e.Item] != "missed-delta" {
			t.Errorf("%s: %s, and the cause is %q: %s", e.Item, e.Fault, causes[e.Item], s.out.String())
		}
	}
}

// An app that was sent away before anything reached it had a connection, and lost it: that is what its cache shows.
func TestExpectClientKnowsWhoWasSentAwayBeforeTheFirstDelta(t *testing.T) {
	nodetest.Need(t)
	const bills = 5
	cache := filepath.Join(t.TempDir(), "cache.json")
	s := newStaged(t, writeBills(t, bills), "--speed", "20", "--wait-for-client", "--fault", "disconnect=v1:1h", "--expect-client", cache, "-o", "json")
	_, plan := askServed(t, s.ready.URL+"/api/plan", s.ready.Users[0].Token)
	if err := os.WriteFile(cache, []byte(plan), 0o600); err != nil {
		t.Fatal(err)
	}
	nodetest.Start(t, "client.mjs", "--url", s.ready.URL, "--token", s.ready.Users[0].Token)
	s.until("end", func() bool { return strings.Contains(s.err.String(), "stays until interrupted") })
	s.interrupt(ExitFound)
	causes := s.causes()
	if len(causes) != bills {
		t.Errorf("%d items differ, want %d: %s", len(causes), bills, s.out.String())
	}
	for item, cause := range causes {
		if cause != "missed-while-offline" {
			t.Errorf("%s: the cause is %q: %s", item, cause, s.out.String())
		}
	}
}

// phone records what a client sees, until end is called.
func (s *staged) phone(path string) (done chan int, end func()) {
	token := filepath.Join(s.t.TempDir(), "token")
	if err := os.WriteFile(token, []byte(s.ready.Users[0].Token), 0o600); err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(s.t.Context())
	done = make(chan int, 1)
	go func() { done <- deltatap(ctx, "record", path, "--server", s.ready.URL, "--token-file", token).code }()
	return done, func() { cancel(errInterrupted) }
}

// servedVersion is the version that the stand-in's REST tells.
func servedVersion(t *testing.T, ready readyFile) int64 {
	t.Helper()
	_, text := askServed(t, ready.URL+"/api/plan/version", ready.Users[0].Token)
	var answer struct{ PlanVersion int64 }
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return answer.PlanVersion
}

// causes are the causes that --expect-client found, by item.
func (s *staged) causes() map[string]string {
	s.t.Helper()
	var got struct {
		ExpectClient struct {
			Differences []struct {
				Item     string
				Expected bool
				Cause    struct{ Code string }
			}
		}
	}
	if err := json.Unmarshal(s.out.Bytes(), &got); err != nil {
		s.t.Fatalf("%v: %s", err, s.out.String())
	}
	causes := map[string]string{}
	for _, d := range got.ExpectClient.Differences {
		if !d.Expected { // googleSync, which deltas never carry
			causes[d.Item] = d.Cause.Code
		}
	}
	return causes
}

// writeBills writes a session whose every event, from its tenth second on, pays another of so many bills.
func writeBills(t *testing.T, bills int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bills.ndjson")
	started := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	file, err := createSession(path, session.Header{Started: started}, session.Options{})
	if err != nil {
		t.Fatal(err)
	}
	bill := func(n int, status string) string {
		return fmt.Sprintf(`{"id":%d,"itemId":%[1]d,"statementDate":null,"amount":10,"dueDate":null,"payUrl":null,"status":%q,"taskKey":"k%[1]d","createdAt":"2026-11-20T08:00:00.000Z","assignedCollaboratorId":null,"googleSync":null}`, n, status)
	}
	var todo []string
	for n := 1; n <= bills; n++ {
		todo = append(todo, bill(n, "todo"))
	}
	plan := fmt.Sprintf(`{"recipient":{"id":1,"displayName":"Alex"},"dateRange":{"start":"2026-11-23T00:00:00.000Z","end":"2026-11-30T00:00:00.000Z"},"appointments":[],"bills":[%s],"planVersion":0,"planUpdatedAt":"2026-11-23T00:00:00.000Z","collaborators":[]}`, strings.Join(todo, ","))
	records := []session.Record{
		{Kind: session.KindConnect, SID: "s", Transport: "websocket", Attempt: 1},
		{T: 10 * time.Millisecond, Kind: session.KindPlan, Status: http.StatusOK, Body: []byte(plan)},
	}
	for n := 1; n <= bills; n++ {
		args := fmt.Sprintf(`[{"deltas":[{"itemType":"bill","entityId":%d,"planItemId":%[1]d,"action":"updated","source":"rest","data":{"bill":%s},"version":%[1]d}]}]`, n, bill(n, "paid"))
		records = append(records, session.Record{T: time.Duration(n+9) * time.Second, Kind: session.KindEvent, Event: "plan:item-delta", Args: []byte(args)})
	}
	for i := range records {
		if err := file.Write(&records[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}
