package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestNobodyReadsStandardError records while standard error is a pipe that nobody reads, or a
// terminal that is stopped: the recording goes on to what ends it.
func TestNobodyReadsStandardError(t *testing.T) {
	for name, stuck := range map[string]func(*testing.T) *os.File{"pipe": fullPipe, "terminal": stoppedTerminal, "closed pipe": closedPipe} {
		for _, ending := range []string{"signal", "--for"} {
			t.Run(name+" "+ending, func(t *testing.T) {
				t.Parallel()
				recordUnread(t, stuck(t), ending)
			})
		}
	}
}

func recordUnread(t *testing.T, stderr *os.File, ending string) {
	s := startServe(t)
	path := filepath.Join(t.TempDir(), "day.ndjson")
	args := []string{"record", "-vv", path, "--server", s.url}
	if ending == "--for" {
		args = append(args, "--for", "3s")
	}
	record := exec.Command("deltatap", args...)
	record.Env = append(os.Environ(), "DELTATAP_TOKEN="+s.token)
	record.Stderr = stderr
	if err := record.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = record.Process.Kill() })
	awaitText(t, path, `"kind":"plan"`)
	for range 20 {
		s.emit(t, 50)
	}
	if ending == "signal" {
		awaitText(t, path, `"version":1000`)
		_ = record.Process.Signal(os.Interrupt)
	}
	if err := record.Wait(); err != nil {
		t.Errorf("record: %v", err)
	}
	text, _ := os.ReadFile(path)
	want := `"kind":"end","reason":"interrupt"`
	if ending == "--for" {
		want = `"kind":"end","reason":"for"`
	}
	if !bytes.Contains(text, []byte(want)) {
		t.Errorf("the session holds no %s", want)
	}
}

// fullPipe is a pipe that takes nothing more.
func fullPipe(t *testing.T) *os.File {
	r, w := pipe(t)
	t.Cleanup(func() { r.Close() })
	fill(t, int(w.Fd()))
	return w
}

// closedPipe is a pipe whose reader is gone.
func closedPipe(t *testing.T) *os.File {
	r, w := pipe(t)
	r.Close()
	return w
}

func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	var fds [2]int
	if err := unix.Pipe2(fds[:], unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	r, w = os.NewFile(uintptr(fds[0]), "read"), os.NewFile(uintptr(fds[1]), "write")
	t.Cleanup(func() { w.Close() })
	return r, w
}

// stoppedTerminal is a terminal on which Ctrl-S was typed.
func stoppedTerminal(t *testing.T) *os.File {
	t.Helper()
	keyboard, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { keyboard.Close() })
	if err := unix.IoctlSetPointerInt(int(keyboard.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(int(keyboard.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	screen, err := os.OpenFile(fmt.Sprint("/dev/pts/", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { screen.Close() })
	if _, err := keyboard.Write([]byte{'S' & 0x1f}); err != nil {
		t.Fatal(err)
	}
	fill(t, int(screen.Fd()))
	return screen
}

// fill writes until no more is taken, for now.
func fill(t *testing.T, fd int) {
	t.Helper()
	if err := unix.SetNonblock(fd, true); err != nil {
		t.Fatal(err)
	}
	for block := make([]byte, 4096); len(block) > 0; {
		if _, err := unix.Write(fd, block); err != nil {
			block = block[:len(block)/2]
		}
	}
	if err := unix.SetNonblock(fd, false); err != nil {
		t.Fatal(err)
	}
}

// served is a stand-in server that runs beside a test.
type served struct {
	url, token, operator string
	process              *exec.Cmd
}

func startServe(t *testing.T) served {
	t.Helper()
	ready := filepath.Join(t.TempDir(), "ready.json")
	server := exec.Command("deltatap", "serve", "--addr", "127.0.0.1:0", "--ready-file", ready)
	server.Env = append(os.Environ(), "XDG_RUNTIME_DIR="+t.TempDir())
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	var said struct {
		URL           string
		OperatorToken string
		Users         []struct{ Token string }
	}
	await(t, "a ready file", func() bool {
		text, err := os.ReadFile(ready)
		return err == nil && json.Unmarshal(text, &said) == nil
	})
	return served{said.URL, said.Users[0].Token, said.OperatorToken, server}
}

// emit makes so many changes.
func (s served) emit(t *testing.T, n int) {
	t.Helper()
	s.send(t, `{"itemType":"plan","entityId":0,"action":"updated"}`, n)
}

// send makes so many changes in one message; where one holds a %d, it is of the items 1, 2 and so
// on.
func (s served) send(t *testing.T, one string, n int) {
	t.Helper()
	var all []string
	for i := range n {
		all = append(all, strings.Replace(one, "%d", fmt.Sprint(i+1), 1))
	}
	body := `{"deltas":[` + strings.Join(all, ",") + `]}`
	request, err := http.NewRequest(http.MethodPost, s.url+"/_deltatap/deltas", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+s.operator)
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode >= 300 {
		t.Fatalf("the server answers %s", answer.Status)
	}
}

func awaitText(t *testing.T, path, text string) {
	t.Helper()
	await(t, fmt.Sprintf("%s in %s", text, path), func() bool {
		all, err := os.ReadFile(path)
		return err == nil && bytes.Contains(all, []byte(text))
	})
}

func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("no %s within %s", what, patience)
		}
	}
}
