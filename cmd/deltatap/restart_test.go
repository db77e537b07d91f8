package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/carebase/deltatap/fixtures/node/nodetest"
)

// TestTailThroughRestarts tails 100,000 deltas (10,000 in short) of an official server that is
// restarted twice, and holds what was printed against the server's own sum of what it sent: every
// byte, in order.
func TestTailThroughRestarts(t *testing.T) {
	nodetest.Need(t)
	total := 100_000
	if testing.Short() {
		total = 10_000
	}
	binary := build(t)
	for _, transport := range []string{"websocket", "auto", "polling"} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			server := nodetest.StartServer(t, "--token", "token", "--sum")
			tail := start(t, binary, "tail", "-q", "-o", "json", "--server", server.URL, "--transport", transport, "--until-version", fmt.Sprint(total))
			seen := 0
			for i, n := range []int{total * 4 / 10, total * 3 / 10, total * 3 / 10} {
				if i > 0 {
					server.Tell("restart 50")
					server.Await("restarted")
				}
				server.Await("connected")
				server.Tell(fmt.Sprint("emit ", n))
				tail.read(t, n)
				seen += n
			}
			tail.wait(t)
			server.Tell("sum")
			sum := server.Await("sha256")
			if got, want := hex.EncodeToString(tail.sum.Sum(nil)), sum.Text("sha256"); got != want {
				t.Errorf("the sum of what tail printed is %s, of what was sent %s", got, want)
			}
			if tail.connects != 3 || seen != int(sum.Number("count")) {
				t.Errorf("%d connections, %d deltas; want 3 and %v", tail.connects, seen, sum.Number("count"))
			}
		})
	}
}

// build builds the real program.
func build(t testing.TB) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "deltatap")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return binary
}

// tailing is a tail that runs, and what was read of its output.
type tailing struct {
	cmd      *exec.Cmd
	out      *bufio.Reader
	errs     bytes.Buffer
	sum      hash.Hash // of the deltas' arguments, a line each
	connects int
}

func start(t *testing.T, binary string, args ...string) *tailing {
	t.Helper()
	p := &tailing{cmd: exec.Command(binary, args...), sum: sha256.New()}
	p.cmd.Env = append(os.Environ(), "DELTATAP_TOKEN=token")
	p.cmd.Stderr = &p.errs
	out, err := p.cmd.StdoutPipe()
	if err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	p.out = bufio.NewReaderSize(out, 1<<20)
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	return p
}

// read reads until so many more deltas have come.
func (p *tailing) read(t *testing.T, deltas int) {
	t.Helper()
	for deltas > 0 {
		line, err := p.out.ReadBytes('\n')
		if err != nil {
			t.Fatalf("%v; %d deltas are missing; standard error: %s", err, deltas, p.errs.String())
		}
		if p.take(t, line) {
			deltas--
		}
	}
}

// take takes one line and reports whether it is a delta.
func (p *tailing) take(t *testing.T, line []byte) bool {
	t.Helper()
	var rec struct {
		Kind, Event string
		Args        json.RawMessage
	}
	if err := json.Unmarshal(line, &rec); err != nil {
		t.Fatalf("%v: %s", err, line)
	}
	if rec.Kind == "connect" {
		p.connects++
	}
	if rec.Kind != "event" {
		return false
	}
	// Both the acknowledgement of a connection and deltas are events; the server sums up deltas
	// alone.
	if rec.Event != "plan:item-delta" {
		return false
	}
	p.sum.Write(append(rec.Args, '\n'))
	return true
}

// wait waits for the tail's own end.
func (p *tailing) wait(t *testing.T) {
	t.Helper()
	rest, err := io.ReadAll(p.out)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("tail: %v; standard error: %s", err, p.errs.String())
	}
	if !strings.Contains(string(rest), `"kind":"end","reason":"until-version"`) {
		t.Errorf("the output ends with %q", rest)
	}
}
