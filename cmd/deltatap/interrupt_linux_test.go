package main

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The session that a reader of standard input is given, in two parts.
const (
	firstPart = `{"deltatap":1,"session":"01a20604-db85-7144-b4aa-5ec5bddc3459","started":"2026-11-23T01:28:31.365Z","server":"","user":null,"tool":"deltatap 0.1.0"}
{"n":1,"t":0.000000,"kind":"connect","sid":"S","transport":"websocket","attempt":1}
{"n":2,"t":0.100000,"kind":"plan","status":200,"took":0.001,"body":` + oddPlan + `}
{"n":3,"t":1.000000,"kind":"event","event":"plan:item-delta","args":[{"deltas":[{"itemType":"bill","entityId":1,"planItemId":1,"action":"deleted","version":6,"source":"rest"}]}]}
`
	lastPart = `{"n":4,"t":2.000000,"kind":"event","event":"plan:item-delta","args":[{"deltas":[{"itemType":"bill","entityId":2,"planItemId":2,"action":"deleted","version":7,"source":"rest"}]}]}
{"n":5,"t":3.000000,"kind":"end","reason":"interrupt","records":5,"lost":0}
`
)

// reader is a deltatap that reads standard input.
type reader struct {
	*exec.Cmd
	in, input *os.File // what it is given, and where it reads that
	out, errs string   // files
}

func startReader(t *testing.T, args ...string) *reader {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "plan.json"), []byte(oddPlan), 0o600); err != nil {
		t.Fatal(err)
	}
	r := &reader{Cmd: exec.Command("deltatap", args...), out: filepath.Join(dir, "out"), errs: filepath.Join(dir, "errs")}
	r.Dir = dir
	r.Env = append(os.Environ(), "XDG_CONFIG_HOME="+dir, "DELTATAP_TOKEN=made-up")
	r.input, r.in = pipe(t)
	t.Cleanup(func() { _ = r.input.Close() })
	r.Stdin = r.input
	for _, stream := range []struct {
		path string
		to   *io.Writer
	}{{r.out, &r.Stdout}, {r.errs, &r.Stderr}} {
		file, err := os.Create(stream.path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = file.Close() })
		*stream.to = file
	}
	if err := r.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Process.Kill() })
	return r
}

// give hands it text, and waits until it has been read: whoever reads is ready for an interrupt.
func (r *reader) give(t *testing.T, text string) {
	t.Helper()
	if _, err := io.WriteString(r.in, text); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		unread, err := unix.IoctlGetInt(int(r.input.Fd()), unix.TIOCINQ)
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("%d bytes are left unread, %v", unread, err)
		}
		if unread == 0 {
			return
		}
	}
}

func (r *reader) interrupt(t *testing.T) {
	t.Helper()
	if err := r.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
}

// end waits for the process, and returns its exit code and what it said.
func (r *reader) end() (code int, out, errs string) {
	err := r.Wait()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		code = failed.ExitCode()
	}
	said, _ := os.ReadFile(r.out)
	told, _ := os.ReadFile(r.errs)
	return code, string(said), string(told)
}

// ^C on a pipe reaches both of its ends. The one that reads goes on to the end of what the other
// one writes.
func TestReadersOfStandardInputReadToItsEnd(t *testing.T) {
	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"inspect", "-"}, 0, "2"},
		{[]string{"inspect", "-", "-o", "json"}, 0, `"complete":true,"records":5,"events":2,"deltas":2`},
		{[]string{"inspect", "-", "--item", "bill:2"}, 0, "v7"},
		{[]string{"lint", "-", "-o", "json"}, 0, ""},
		{[]string{"diff", "-", "--against", "plan.json"}, -1, "v7"},
		{[]string{"replay", "-", "--to", "-", "--speed", "max"}, 0, `"version":7`},
		{[]string{"record", "--from", "-", "out.ndjson"}, 0, ""},
	} {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			t.Parallel()
			r := startReader(t, test.args...)
			r.give(t, firstPart)
			r.interrupt(t)
			_, _ = io.WriteString(r.in, lastPart)
			_ = r.in.Close()
			code, out, errs := r.end()
			if test.code >= 0 && code != test.code || strings.Contains(errs, "interrupted") || !strings.Contains(out, test.want) {
				t.Errorf("exit %d, said %s%s", code, out, errs)
			}
			if path := filepath.Join(r.Dir, "out.ndjson"); test.args[0] == "record" {
				if text, _ := os.ReadFile(path); !bytes.Contains(text, []byte(`"version":7`)) {
					t.Errorf("recorded %s", text)
				}
			}
		})
	}
}

// The second interrupt does not wait, and is offered after a moment.
func TestSecondInterruptEndsAReader(t *testing.T) {
	r := startReader(t, "inspect", "-")
	r.give(t, firstPart)
	r.interrupt(t)
	awaitText(t, r.errs, "a second Ctrl-C ends this at once")
	r.interrupt(t)
	if code, out, errs := r.end(); code != 130 || out != "" {
		t.Errorf("exit %d, said %s%s", code, out, errs)
	}
}

// What is interrupted before its answer has none, and is no success.
func TestInterruptedBeforeTheAnswer(t *testing.T) {
	asked := make(chan struct{}, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		<-r.Context().Done()
	}))
	defer server.Close()
	for _, args := range [][]string{{"diff", "plan.json"}, {"context", "check"}} {
		r := startReader(t, append(args, "--server", server.URL)...)
		<-asked
		r.interrupt(t)
		if code, out, errs := r.end(); code != 3 || out != "" || !strings.Contains(errs, "deltatap: interrupted before the end\n") {
			t.Errorf("%s: exit %d, said %s%s", args, code, out, errs)
		}
	}
}
