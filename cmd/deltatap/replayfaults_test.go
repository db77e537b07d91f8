//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/fault"
	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/session"
)

// broken is a kind of fault as a replay is asked for it, and the codes of what diff may find of it
// beside "unknown".
type broken struct {
	spec   string
	causes []string
}

// A client that reads the plan again, because of what is broken, can also be raced by what comes
// meanwhile.
var brokenBy = map[fault.Kind]broken{
	// Of what was dropped in the end, a client that then went cannot tell whether it was sent after
	// that.
	fault.Drop:       {"drop=8%", []string{"missed-delta", "never-emitted", "unknown-entity", "missed-while-offline"}},
	fault.Strip:      {"strip=10%", []string{"payload-missing", "unknown-entity"}},
	fault.Stale:      {"stale=15%", []string{"stale-overwrite"}},
	fault.Duplicate:  {"duplicate=15%", []string{"stale-overwrite"}},
	fault.Reorder:    {"reorder=20%", []string{"stale-overwrite", "unknown-entity"}},
	fault.Delay:      {"delay=15%:40ms", nil},
	fault.Disconnect: {"disconnect=v%d:300ms", []string{"missed-while-offline", "missed-delta", "unknown-entity"}},
}

// TestReplayedFaultsAreFound plays made-up sessions with faults into the stand-in while record is
// its client, and holds what diff says of the recording, against the stand-in's plan, against the
// fault log: each difference is of an item that a fault touched, by a cause that this fault can be,
// and where the last word on an item was dropped, and the client has not read the plan since, it is
// reported. So it is for a client that had never read the plan again.
func TestReplayedFaultsAreFound(t *testing.T) {
	binary := build(t)
	seeds := 2
	if testing.Short() {
		seeds = 1
	}
	for kind, b := range brokenBy {
		for seed := range seeds {
			t.Run(fmt.Sprintf("%s/%d", kind, seed), func(t *testing.T) {
				t.Parallel()
				r := &faultyReplay{t: t, binary: binary, dir: t.TempDir(), broken: b, seed: seed + 1}
				r.make()
				r.play()
			})
		}
	}
}

// faultyReplay is one replay with faults, and its client.
type faultyReplay struct {
	t      *testing.T
	binary string
	dir    string
	broken
	seed int

	last map[string]int64 // the version of each item's last delta
	url  string
	env  []string
	log  []fault.Entry
}

func (r *faultyReplay) path(name string) string { return filepath.Join(r.dir, name) }

// run runs the program, which may exit with one of these codes, and returns its standard output.
func (r *faultyReplay) run(codes []int, args ...string) []byte {
	r.t.Helper()
	cmd := exec.Command(r.binary, args...)
	cmd.Env = append(os.Environ(), r.env...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if !slices.Contains(codes, cmd.ProcessState.ExitCode()) {
		r.t.Fatalf("deltatap %s: %v\n%s%s", strings.Join(args, " "), err, out, errs.Bytes())
	}
	return out
}

// make makes the session up, and completes the specification of its faults.
func (r *faultyReplay) make() {
	r.run([]int{0}, "synth", "day", "--deltas", "60", "--items", "12", "--duration", "2s", "--seed", fmt.Sprint(r.seed), "--out", r.path("s.ndjson"), "--plan", r.path("end.json"))
	r.last = map[string]int64{}
	var versions []int64
	r.records("s.ndjson", func(rec *session.Record, m *contract.Message) {
		for i := range m.Deltas {
			d := &m.Deltas[i]
			r.last[d.Item().String()] = max(r.last[d.Item().String()], d.Version)
			versions = append(versions, d.Version)
		}
	})
	if strings.Contains(r.spec, "%d") {
		r.spec = fmt.Sprintf(r.spec, versions[len(versions)*r.seed/5%len(versions)])
	}
}

// records reads a session.
func (r *faultyReplay) records(name string, see func(*session.Record, *contract.Message)) {
	r.t.Helper()
	src, err := session.Open(r.path(name))
	if err != nil {
		r.t.Fatal(err)
	}
	defer src.Close()
	for {
		var rec session.Record
		var m contract.Message
		switch err := src.Next(&rec); {
		case errors.Is(err, io.EOF):
			return
		case err != nil:
			r.t.Fatal(err)
		}
		if rec.Kind == session.KindEvent && rec.Event == contract.Event {
			contract.Decode(rec.Args, &m)
		}
		see(&rec, &m)
	}
}

var playedDeltas = regexp.MustCompile(`(?m)^played \d+ records? with (\d+) deltas? to `)

// play plays the session, and asks diff while the stand-in stays.
func (r *faultyReplay) play() {
	replay := r.background("replay.err", "replay", r.path("s.ndjson"), "--speed", "4", "--fault", r.spec, "--seed", fmt.Sprint(r.seed), "--fault-log", r.path("faults.ndjson"),
		"--wait-for-client", "--ready-file", r.path("ready.json"), "--expect", r.path("end.json"))
	r.ready()
	record := r.background("record.err", "record", r.path("c.ndjson"), "--server", r.url, "--transport", "websocket", "--poll", "0")
	var said [][]byte
	r.until("end of the replay", func() bool {
		text, _ := os.ReadFile(r.path("replay.err"))
		said = playedDeltas.FindSubmatch(text)
		return said != nil
	})
	r.until("recording of all deltas that were sent", func() bool { return fmt.Sprint(r.deltas("c.ndjson")) == string(said[1]) })
	r.until("end of the last refresh", func() bool { return !r.due("c.ndjson") })
	r.stop(record)
	r.readLog()
	r.hold("c.ndjson", "contract", false)
	r.unrefreshed("c.ndjson", "u.ndjson")
	r.hold("u.ndjson", "contract", true)
	r.hold("u.ndjson", "mobile", true)
	r.stop(replay)
}

func (r *faultyReplay) background(stderr string, args ...string) *exec.Cmd {
	r.t.Helper()
	cmd := exec.Command(r.binary, args...)
	cmd.Env = append(os.Environ(), r.env...)
	file, err := os.Create(r.path(stderr))
	if err != nil {
		r.t.Fatal(err)
	}
	defer file.Close()
	cmd.Stderr = file
	if err := cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = cmd.Process.Kill() })
	return cmd
}

// stop interrupts a program, which must end well.
func (r *faultyReplay) stop(cmd *exec.Cmd) {
	r.t.Helper()
	_ = cmd.Process.Signal(syscall.SIGINT)
	if err := cmd.Wait(); err != nil {
		text, _ := os.ReadFile(r.path("replay.err"))
		r.t.Fatalf("deltatap %s: %v\n%s", cmd.Args[1], err, text)
	}
}

func (r *faultyReplay) until(what string, ok func() bool) {
	r.t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			text, _ := os.ReadFile(r.path("replay.err"))
			r.t.Fatalf("no %s within %s\n%s", what, patience, text)
		}
	}
}

func (r *faultyReplay) ready() {
	r.t.Helper()
	var ready struct {
		URL   string
		Users []struct{ Token string }
	}
	r.until("ready file", func() bool {
		text, err := os.ReadFile(r.path("ready.json"))
		return err == nil && json.Unmarshal(text, &ready) == nil
	})
	r.url, r.env = ready.URL, []string{"DELTATAP_TOKEN=" + ready.Users[0].Token}
}

// deltas is how many deltas have been recorded.
func (r *faultyReplay) deltas(name string) (n int) {
	if _, err := os.Stat(r.path(name)); err != nil {
		return 0
	}
	r.records(name, func(_ *session.Record, m *contract.Message) { n += len(m.Deltas) })
	return n
}

// unrefreshed is a recording as if its client had read the plan at first alone.
func (r *faultyReplay) unrefreshed(from, to string) {
	text, err := os.ReadFile(r.path(from))
	if err != nil {
		r.t.Fatal(err)
	}
	var kept []string
	plans := 0
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, `"kind":"plan"`) {
			if plans++; plans > 1 {
				continue
			}
		}
		// A number that is skipped would say that the recording lacks something, and a seal that it
		// was changed.
		if n := fmt.Sprintf(`{"n":%d,`, len(kept)); strings.HasPrefix(line, `{"n":`) {
			line = n + line[strings.IndexByte(line, ',')+1:]
		}
		if !strings.Contains(line, `"kind":"seal"`) {
			kept = append(kept, line)
		}
	}
	if err := os.WriteFile(r.path(to), []byte(strings.Join(kept, "")), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

func (r *faultyReplay) readLog() {
	text, err := os.ReadFile(r.path("faults.ndjson"))
	if err != nil {
		r.t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var e fault.Entry
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			r.t.Fatal(err)
		}
		r.log = append(r.log, e)
	}
}

// found is what diff prints.
type found struct {
	Verdict     string
	Differences []struct {
		Item     string
		Expected bool
		Cause    struct{ Code, Certainty, Summary string }
	}
}

// refreshable are the causes that a refresh makes up for.
var refreshable = []string{"refresh-missed", "unknown-entity", "payload-missing"}

func (r *faultyReplay) diff(name, client string) (f found) {
	r.t.Helper()
	out := r.run([]int{0, 1, 3}, "diff", r.path(name), "--server", r.url, "--client", client, "-o", "json")
	if err := json.Unmarshal(out, &f); err != nil {
		r.t.Fatal(err)
	}
	return f
}

// due tells whether the client has yet to read the plan again.
func (r *faultyReplay) due(name string) bool {
	for _, d := range r.diff(name, "contract").Differences {
		if slices.Contains(refreshable, d.Cause.Code) {
			return true
		}
	}
	return false
}

// hold holds what diff finds in a recording against the log. A client whose reading of the plan was
// raced by a delta did that to itself. One that did not read the plan again, where it was due for
// whatever reason, is told so, or that a delta that was lost may have said the same.
func (r *faultyReplay) hold(name, client string, unrefreshed bool) {
	r.t.Helper()
	f := r.diff(name, client)
	reported := map[string]bool{}
	for _, d := range f.Differences {
		reported[d.Item] = !d.Expected || d.Cause.Code == "outside-range"
		if d.Expected || d.Cause.Code == "refresh-raced" || unrefreshed && slices.Contains(refreshable, d.Cause.Code) {
			continue
		}
		if !r.touched(d.Item) && (!unrefreshed || d.Cause.Certainty == "certain") {
			r.t.Errorf("%s of %s: %s differs, and no fault touched it: %+v", client, name, d.Item, d.Cause)
		}
		if d.Cause.Code != "unknown" && !slices.Contains(r.causes, d.Cause.Code) {
			r.t.Errorf("%s of %s: after %s, %s is %s (%s): %s", client, name, r.spec, d.Item, d.Cause.Code, d.Cause.Certainty, d.Cause.Summary)
		}
	}
	read := r.lastRead(name)
	shown := r.shown(name, client)
	for _, e := range r.log {
		if e.Fault == fault.Drop && r.last[e.Item] == e.Version && e.Version > read && shown[e.Item] && !reported[e.Item] {
			r.t.Errorf("%s of %s: the last word on %s, v%d, was dropped, and nothing is said of it", client, name, e.Item, e.Version)
		}
	}
	r.t.Logf("%s of %s: %d faults, %d differences, %s", client, name, len(r.log), len(f.Differences), f.Verdict)
}

func (r *faultyReplay) touched(item string) bool {
	return slices.ContainsFunc(r.log, func(e fault.Entry) bool { return e.Item == item || e.Fault == fault.Disconnect && e.Delta < 0 })
}

// shown are the items in the client's plan, or in the server's: what neither lists is outside their
// dates.
func (r *faultyReplay) shown(name, client string) map[string]bool {
	r.t.Helper()
	end, err := os.ReadFile(r.path("end.json"))
	if err != nil {
		r.t.Fatal(err)
	}
	items := map[string]bool{}
	for _, text := range [][]byte{end, r.run([]int{0}, "inspect", r.path(name), "--at", "1h", "--client", client, "-o", "json")} {
		p, err := plan.Parse(text)
		if err != nil {
			r.t.Fatal(err)
		}
		for itemType, list := range map[string]*plan.List{contract.TypeAppointment: &p.Appointments, contract.TypeBill: &p.Bills} {
			for _, item := range list.All() {
				items[contract.Item{Type: itemType, ID: item.ID}.String()] = true
			}
		}
	}
	return items
}

// lastRead is the version of the plan that was read last.
func (r *faultyReplay) lastRead(name string) (version int64) {
	r.records(name, func(rec *session.Record, _ *contract.Message) {
		var body struct{ PlanVersion int64 }
		if rec.Kind == session.KindPlan && json.Unmarshal(rec.Body, &body) == nil {
			version = max(version, body.PlanVersion)
		}
	})
	return version
}
