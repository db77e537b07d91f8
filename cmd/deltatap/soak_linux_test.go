package main

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// soakFor is how long the soak takes: DELTATAP_SOAK, by default long enough to see that everything
// hangs together.
func soakFor(t *testing.T) time.Duration {
	text := os.Getenv("DELTATAP_SOAK")
	if text == "" {
		return 3 * time.Second
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestSoak has a server emit 2,000 deltas a second while connections are cut and recorders killed.
// The memory of serve, tail, record and watch stays flat, and what a killed recorder leaves is
// readable and goes on without a gap.
func TestSoak(t *testing.T) {
	whole := soakFor(t)
	s := startServe(t)
	for range 4 {
		s.send(t, `{"itemType":"bill","entityId":%d,"action":"created","data":{"bill":{"amount":1,"status":"todo","dueDate":null}}}`, 25)
	}
	door := openDoor(t, s.url)
	folder := t.TempDir()
	day := filepath.Join(folder, "day.ndjson.zst")
	watched := map[string]*exec.Cmd{
		"tail":   s.start(t, door.url, "tail", "-q", "-o", "json"),
		"record": s.start(t, door.url, "record", day, "--rotate-size", "8MB"),
		"watch":  s.start(t, door.url, "watch", "--every", "2s"),
		"serve":  s.process,
	}
	var victims sync.WaitGroup
	over := make(chan struct{})
	victims.Go(func() { s.killRecorders(t, door.url, folder, over) })
	sizes := map[string][]int{}
	began := time.Now()
	for tick := 1; time.Since(began) < whole; tick++ {
		s.send(t, `{"itemType":"bill","entityId":%d,"action":"updated","data":{"bill":{"amount":2,"status":"todo","dueDate":null}}}`, 100)
		if tick%100 == 0 {
			door.cut()
		}
		for name, cmd := range watched {
			sizes[name] = append(sizes[name], memoryOf(cmd.Process.Pid))
		}
		time.Sleep(time.Until(began.Add(time.Duration(tick) * 50 * time.Millisecond)))
	}
	close(over)
	victims.Wait()
	for name, cmd := range watched {
		if name == "serve" {
			continue
		}
		_ = cmd.Process.Signal(os.Interrupt)
		if err := cmd.Wait(); err != nil && name != "watch" { // which may have found what a cut left
			t.Errorf("%s: %v: %s", name, err, cmd.Stderr)
		}
	}
	verified, err := exec.Command("sh", "-c", "deltatap lint --verify "+folder+"/day*").CombinedOutput()
	if err != nil {
		t.Errorf("lint --verify: %v: %s", err, verified)
	}
	if whole < time.Minute {
		return // memory needs longer to show where it goes
	}
	for name, of := range sizes {
		early, late := highest(of[len(of)/4:len(of)/2]), highest(of[len(of)*3/4:])
		t.Logf("%s: %d MB, then %d MB", name, early>>10, late>>10)
		if late > early*11/10 {
			t.Errorf("%s: %d kB, then %d kB", name, early, late)
		}
	}
}

func highest(of []int) (most int) {
	for _, n := range of {
		most = max(most, n)
	}
	return most
}

// memoryOf is what a process holds, in kB.
func memoryOf(pid int) int {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(text)) {
		if after, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			n, _ := strconv.Atoi(strings.Fields(after)[0])
			return n
		}
	}
	return 0
}

// start runs deltatap against an address, with its output thrown away.
func (s served) start(t *testing.T, at string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("deltatap", append(args, "--server", at)...)
	cmd.Env = append(os.Environ(), "DELTATAP_TOKEN="+s.token)
	cmd.Stderr = &bytes.Buffer{}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return cmd
}

// killRecorders starts one recorder after the other and kills it at a random moment.
func (s served) killRecorders(t *testing.T, at, folder string, over <-chan struct{}) {
	for i := 0; ; i++ {
		path := filepath.Join(folder, fmt.Sprintf("killed%d.ndjson", i))
		cmd := s.start(t, at, "record", path, "--poll", "100ms")
		select {
		case <-over:
		case <-time.After(time.Second + time.Duration(rand.IntN(2000))*time.Millisecond):
		}
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if _, err := os.Stat(path); err == nil {
			out, err := exec.Command("deltatap", "inspect", path, "-o", "json").CombinedOutput()
			if err != nil || !bytes.Contains(out, []byte(`"complete":false`)) {
				t.Errorf("inspect of what was killed: %v: %s", err, out)
			}
		}
		_ = os.Remove(path)
		select {
		case <-over:
			return
		default:
		}
	}
}

// door is a way to a server that can be cut.
type door struct {
	url string
	mu  sync.Mutex
	all map[net.Conn]bool
}

func openDoor(t *testing.T, to string) *door {
	t.Helper()
	target, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	d := &door{url: "http://" + listener.Addr().String(), all: map[net.Conn]bool{}}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go d.through(conn, target.Host)
		}
	}()
	return d
}

func (d *door) through(in net.Conn, to string) {
	out, err := net.Dial("tcp", to)
	if err != nil {
		in.Close()
		return
	}
	d.mu.Lock()
	d.all[in] = true
	d.mu.Unlock()
	go func() {
		_, _ = io.Copy(out, in)
		out.Close()
	}()
	_, _ = io.Copy(in, out)
	in.Close()
	d.mu.Lock()
	delete(d.all, in)
	d.mu.Unlock()
}

func (d *door) cut() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for conn := range d.all {
		conn.Close()
	}
}
