package standin

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/carebase/deltatap/fixtures/node/nodetest"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/session/sessiontest"
)

// process is another process of a benchmark, which prints JSON objects.
type process struct {
	b     *testing.B
	cmd   *exec.Cmd
	stdin io.Closer
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

// again runs this test's binary as something else.
func again(b *testing.B, what ...any) *process {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"="+fmt.Sprintln(what...))
	return run(b, cmd)
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
	text.WriteString(`{"n":1,"t":0.000000,"kind":"plan","status":200,"took":0.001,"body":` + empty + "}\n")
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

// The servers that are compared. Each begins to send once so many clients are there.
var servers = []struct {
	name string
	open func(b *testing.B, session string, messages, clients int) *process
}{
	{"replay", func(b *testing.B, session string, _, clients int) *process {
		return again(b, "replay", session, clients)
	}},
	{"node", func(b *testing.B, _ string, messages, clients int) *process {
		return node(b, "server.mjs", "--generate", strconv.Itoa(messages), "--wait-clients", strconv.Itoa(clients))
	}},
}

// result is what the rounds of one server took.
type result struct{ seconds, cpu, memory []float64 }

func (r *result) add(server *process, pid int, seconds float64) {
	r.seconds = append(r.seconds, seconds)
	cpu, memory := usageOf(server.b, pid)
	r.cpu, r.memory = append(r.cpu, cpu), append(r.memory, memory)
}

// usageOf is how long a process has computed, in seconds, and how much memory it held at its peak, in MB; 0 where there is no
// /proc. (What a parent is told of its child's peak in the end is at least its own.)
func usageOf(b *testing.B, pid int) (cpu, memory float64) {
	b.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, 0
	}
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	for _, ticks := range fields[11:13] { // in user mode, and in the kernel; a tick is 10 ms
		t, _ := strconv.ParseFloat(ticks, 64)
		cpu += t / 100
	}
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	_, peak, _ := strings.Cut(string(status), "VmHWM:")
	_, _ = fmt.Sscan(peak, &memory)
	return cpu, memory / 1024
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// ratio is the median of the ratios of two results, round by round.
func ratio(over, under []float64) float64 {
	all := make([]float64, len(over))
	for i := range over {
		all[i] = over[i] / under[i]
	}
	return median(all)
}

// BenchmarkReplayAgainstNode plays a session at full speed to one official client, and has an official server send the same
// messages to the same client, in turn, each as a process of its own: replay/node-rate above 1 is a faster replay. The
// official server makes its messages up as it goes; the replay reads a session, and keeps a plan.
func BenchmarkReplayAgainstNode(b *testing.B) {
	const messages = 100_000
	path := made(b, messages)
	results := make([]result, len(servers))
	for b.Loop() {
		for i, s := range servers {
			server := s.open(b, path, messages, 1)
			up := server.await("url")
			client := node(b, "count.mjs", "--url", up.Text("url"), "--token", token(1), "--count", strconv.Itoa(messages))
			counted := client.await("count")
			server.await("emitted")
			results[i].add(server, int(up.Number("pid")), counted.Number("seconds"))
			client.end()
			server.end()
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(ratio(results[1].seconds, results[0].seconds), "replay/node-rate")
	for i, s := range servers {
		b.ReportMetric(messages/median(results[i].seconds), s.name+"-msg/s")
		b.ReportMetric(median(results[i].cpu), s.name+"-cpu-s")
		b.ReportMetric(median(results[i].memory), s.name+"-peak-MB")
	}
}

// BenchmarkRoomAgainstNode plays 1,000 deltas to 1,000 clients in one room, and has an official server do the same with the
// same clients. All get all, byte for byte and in order, or it fails.
func BenchmarkRoomAgainstNode(b *testing.B) {
	const messages, clients = 1000, 1000
	path := made(b, messages)
	results := make([]result, len(servers))
	sums := map[string]string{}
	for b.Loop() {
		for i, s := range servers {
			server := s.open(b, path, messages, clients)
			up := server.await("url")
			crowd := again(b, "clients", up.Text("url"), clients, messages)
			got := crowd.await("sums")
			server.await("emitted")
			results[i].add(server, int(up.Number("pid")), got.Number("seconds"))
			sums[got.Text("sums")] = s.name
			crowd.end()
			server.end()
		}
	}
	if len(sums) != 1 {
		b.Errorf("the clients did not all get the same: %v", sums)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(ratio(results[1].seconds, results[0].seconds), "replay/node-rate")
	b.ReportMetric(ratio(results[0].memory, results[1].memory), "replay/node-memory")
	for i, s := range servers {
		b.ReportMetric(median(results[i].seconds), s.name+"-s")
		b.ReportMetric(median(results[i].cpu), s.name+"-cpu-s")
		b.ReportMetric(median(results[i].memory), s.name+"-peak-MB")
	}
}

// BenchmarkFollow is what it costs to keep the plan.
func BenchmarkFollow(b *testing.B) {
	s := open(b, map[int64]string{1: empty}, toFirst)
	const messages = 5000
	path := made(b, messages)
	r, err := session.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	records := sessiontest.Records(b, r)[1:]
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		s.follow(&records[n%messages])
	}
}
