package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/carebase/deltatap/fixtures/node/nodetest"
	"github.com/carebase/deltatap/replay/redisclient/redistest"
)

// emptyPlan is a plan of nothing.
const emptyPlan = `{"recipient":{"id":1,"displayName":"Alex"},"dateRange":{"start":"2026-11-23T00:00:00.000Z","end":"2026-11-30T00:00:00.000Z"},` +
	`"appointments":[],"bills":[],"planVersion":0,"planUpdatedAt":null,"collaborators":[]}`

// process is another process of a benchmark, which prints JSON objects.
type process struct {
	b     *testing.B
	cmd   *exec.Cmd
	stdin io.WriteCloser
	lines *bufio.Scanner
}

func run(b *testing.B, cmd *exec.Cmd) *process {
	b.Helper()
	stdin, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	p := &process{b: b, cmd: cmd, stdin: stdin, lines: bufio.NewScanner(stdout)}
	b.Cleanup(p.end)
	return p
}

func node(b *testing.B, script string, flags ...string) *process {
	b.Helper()
	return run(b, exec.Command("node", append([]string{filepath.Join(nodetest.Need(b), script)}, flags...)...))
}

func (p *process) end() {
	_ = p.stdin.Close()
	for p.lines.Scan() { // it may still be saying something
	}
	_ = p.cmd.Wait()
}

// await is the next line with a key.
func (p *process) await(key string) nodetest.Line {
	p.b.Helper()
	for p.lines.Scan() {
		var line nodetest.Line
		if err := json.Unmarshal(p.lines.Bytes(), &line); err != nil {
			p.b.Fatalf("%s: %v", p.lines.Bytes(), err)
		}
		if _, ok := line[key]; ok {
			return line
		}
	}
	p.b.Fatalf("%s ended without %q", p.cmd.Path, key)
	return nil
}

// made writes a session of messages as server.mjs makes them up.
func made(b *testing.B, messages int) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "made.ndjson")
	file, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	text := bufio.NewWriter(file)
	text.WriteString(`{"deltatap":1,"session":"s","started":"2026-11-23T01:28:31.365Z","server":"","user":null,"tool":"bench"}` + "\n")
	text.WriteString(`{"n":1,"t":0.000000,"kind":"plan","status":200,"took":0.001,"body":` + emptyPlan + "}\n")
	for n := 1; n <= messages; n++ {
		id, day := n%1000+1, n%28+1
		fmt.Fprintf(text, `{"n":%d,"t":%d.000000,"kind":"event","event":"plan:item-delta","args":[{"deltas":[{"itemType":"appointment","entityId":%d,"planItemId":%d,`+
			`"action":"updated","source":"rest","data":{"appointment":{"id":%d,"itemId":%d,"startLocal":"2026-11-%02dT10:00:00+00:00","endLocal":"2026-11-%02dT11:00:00+00:00",`+
			`"startTimeZone":"UTC","endTimeZone":"UTC","startOffset":"+00:00","endOffset":"+00:00","location":"Café “Müller” \\ 2nd floor","prepNote":null,`+
			`"summary":"Cardiology follow-up %d","icsToken":"%064x","assignedCollaboratorId":null,"createdAt":"2026-11-23T01:28:33.846Z","googleSync":null}},"version":%d}]}]}`+"\n",
			n+1, n/100, id, id, id, id, day, day, n, n, n)
	}
	if err := errors.Join(text.Flush(), file.Close()); err != nil {
		b.Fatal(err)
	}
	return path
}

// rival is a server that is compared. It begins to send once so many clients are there, and ends
// when it has sent all.
type rival struct {
	name string
	open func(session string, messages, clients int) (server *process, url string)
}

func rivals(b *testing.B) []rival {
	binary := build(b)
	return []rival{
		{"replay", func(session string, _, clients int) (*process, string) { return replaying(b, binary, session, clients) }},
		{"node", func(_ string, messages, clients int) (*process, string) {
			p := node(b, "server.mjs", "--generate", strconv.Itoa(messages), "--wait-clients", strconv.Itoa(clients))
			return p, p.await("url").Text("url")
		}},
	}
}

// replaying starts a replay at full speed into the stand-in.
func replaying(b *testing.B, binary, session string, clients int) (*process, string) {
	b.Helper()
	ready := filepath.Join(b.TempDir(), "ready.json")
	cmd := exec.Command(binary, "replay", session, "--speed", "max", "--wait-for-client="+strconv.Itoa(clients), "--ready-file", ready, "--linger", "0s", "-q", "-o", "json")
	cmd.Env = append(os.Environ(), "DELTATAP_TOKEN="+crowdToken)
	p := run(b, cmd)
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		var up struct{ URL string }
		if text, err := os.ReadFile(ready); err == nil && json.Unmarshal(text, &up) == nil {
			return p, up.URL
		}
		if time.Now().After(deadline) {
			b.Fatal("the replay is not ready")
		}
	}
}

// sent waits until a server has sent all, and ends it.
func (p *process) sent(name string) {
	p.b.Helper()
	p.await(map[string]string{"replay": "acknowledged", "node": "emitted"}[name])
	p.end()
}

// result is what the rounds of one server took.
type result struct{ seconds, cpu, memory []float64 }

func (r *result) add(server *process, seconds float64) {
	state := server.cmd.ProcessState
	r.seconds = append(r.seconds, seconds)
	r.cpu = append(r.cpu, (state.UserTime() + state.SystemTime()).Seconds())
	r.memory = append(r.memory, peakMegabytes(state))
}

// BenchmarkReplayAgainstNode has the program replay a session at full speed to one official client,
// and an official server send the same messages to the same client, in turn: replay/node-rate above
// 1 is a faster replay. The official server makes its messages up as it goes; the replay reads a
// session, and keeps a plan.
func BenchmarkReplayAgainstNode(b *testing.B) {
	const messages = 100_000
	path := made(b, messages)
	servers := rivals(b)
	results := make([]result, len(servers))
	for b.Loop() {
		for i, s := range servers {
			server, url := s.open(path, messages, 1)
			client := node(b, "count.mjs", "--url", url, "--token", crowdToken, "--count", strconv.Itoa(messages))
			counted := client.await("count")
			client.end()
			server.sent(s.name)
			results[i].add(server, counted.Number("seconds"))
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(ratios(results[1].seconds, results[0].seconds)), "replay/node-rate")
	for i, s := range servers {
		b.ReportMetric(messages/median(results[i].seconds), s.name+"-msg/s")
		b.ReportMetric(median(results[i].cpu), s.name+"-cpu-s")
		b.ReportMetric(median(results[i].memory), s.name+"-peak-MB")
	}
}

// BenchmarkRoomAgainstNode plays 1,000 deltas to 1,000 clients in one room, and has an official
// server do the same with the same clients. All get all, byte for byte and in order, or it fails.
func BenchmarkRoomAgainstNode(b *testing.B) {
	const messages, clients = 1000, 1000
	path := made(b, messages)
	servers := rivals(b)
	results := make([]result, len(servers))
	sums := map[string]string{}
	for b.Loop() {
		for i, s := range servers {
			server, url := s.open(path, messages, clients)
			crowd := run(b, exec.Command("crowd", url, strconv.Itoa(clients), strconv.Itoa(messages)))
			got := crowd.await("sums")
			crowd.end()
			server.sent(s.name)
			results[i].add(server, got.Number("seconds"))
			sums[got.Text("sums")] = s.name
		}
	}
	if len(sums) != 1 {
		b.Errorf("the clients did not all get the same: %v", sums)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(ratios(results[1].seconds, results[0].seconds)), "replay/node-rate")
	b.ReportMetric(median(ratios(results[0].memory, results[1].memory)), "replay/node-memory")
	for i, s := range servers {
		b.ReportMetric(median(results[i].seconds), s.name+"-s")
		b.ReportMetric(median(results[i].cpu), s.name+"-cpu-s")
		b.ReportMetric(median(results[i].memory), s.name+"-peak-MB")
	}
}

// BenchmarkReplayIntoRedisAgainstNode has the program replay a session at full speed into Redis, as
// a whole process from its start to its end, and the official emitter publish as many messages of
// the same size, its own start left out; in turn, and the emitter both in batches and all at once.
// replay/node-rate above 1 is a faster replay than the faster of the two.
func BenchmarkReplayIntoRedisAgainstNode(b *testing.B) {
	const messages = 100_000
	path, binary, server := made(b, messages), build(b), redistest.Start(b)
	emitter := node(b, "emitter.mjs", "--redis", server.URL)
	emitter.await("ready")
	var ours, theirs []float64
	for b.Loop() {
		began := time.Now()
		cmd := exec.Command(binary, "replay", path, "--speed", "max", "--to", server.URL, "--user", "7", "--yes", "-q", "-o", "json")
		out, err := cmd.Output()
		if err != nil || !strings.Contains(string(out), fmt.Sprintf(`"acknowledged":%d,"failed":0`, messages)) {
			b.Fatalf("%v: %s", err, out)
		}
		ours = append(ours, time.Since(began).Seconds())
		best := math.Inf(1)
		for _, batch := range []int{0, 1000} {
			fmt.Fprintf(emitter.stdin, "bench %d %d 620\n", messages, batch)
			best = min(best, emitter.await("count").Number("seconds"))
		}
		theirs = append(theirs, best)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(ratios(theirs, ours)), "replay/node-rate")
	b.ReportMetric(messages/median(ours), "replay-msg/s")
	b.ReportMetric(messages/median(theirs), "node-msg/s")
}
