package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	if strings.HasSuffix(os.Args[0], ".test") {
		// What nohup has a process ignore its children ignore, too, and deltatap respects that: not here, where scripts hang up.
		signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	}
	testscript.Main(databases{m}, map[string]func(){"deltatap": main, "crowd": runCrowd})
}

// TestScripts runs every script of testdata/script against the real binary.
func TestScripts(t *testing.T) {
	testscript.Run(t, scripts("script", nil))
}

// scripts are those of a folder of testdata, which may use commands of their own.
func scripts(folder string, own map[string]func(*testscript.TestScript, bool, []string)) testscript.Params {
	commands := map[string]func(*testscript.TestScript, bool, []string){
		"ready":    cmdReady,
		"waitfor":  cmdWaitFor,
		"filemode": cmdFileMode,
		"exits":    cmdExits,
		"odd":      cmdOdd,
		"rest":     cmdREST,
		"operator": cmdOperator,
		"create":   cmdCreate,
		"metrics":  cmdMetrics,
		"scrape":   cmdScrape,
	}
	maps.Copy(commands, own)
	return testscript.Params{
		Dir:                 filepath.Join("testdata", folder),
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("XDG_CONFIG_HOME", filepath.Join(env.WorkDir, "config"))
			env.Setenv("XDG_RUNTIME_DIR", env.WorkDir)
			env.Setenv("TZ", "UTC")
			env.Setenv("GORACE", "atexit_sleep_ms=0") // not a second for each deltatap that the race detector watches
			env.Values[running{}] = new(runningCarebase)
			return nil
		},
		Cmds: commands,
	}
}

const patience = time.Minute

// cmdReady waits for the ready file of a serve that runs in the background, and sets SERVER,
// DELTATAP_TOKEN, OPERATOR and, for each user, TOKEN1, TOKEN2 and so on: ready FILE.
func cmdReady(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: ready FILE")
	}
	var ready struct {
		URL   string
		Users []struct {
			ID    int64
			Token string
		}
		OperatorToken string
	}
	path := ts.MkAbs(args[0])
	waitUntil(ts, "a ready file at "+args[0], func() bool {
		text, err := os.ReadFile(path)
		return err == nil && json.Unmarshal(text, &ready) == nil
	})
	ts.Setenv("SERVER", ready.URL)
	ts.Setenv("OPERATOR", ready.OperatorToken)
	for i, user := range ready.Users {
		if i == 0 {
			ts.Setenv("DELTATAP_TOKEN", user.Token)
		}
		ts.Setenv(fmt.Sprintf("TOKEN%d", i+1), user.Token)
	}
}

// cmdWaitFor waits until a file holds a text: waitfor FILE TEXT.
func cmdWaitFor(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: waitfor FILE TEXT")
	}
	path := ts.MkAbs(args[0])
	waitUntil(ts, fmt.Sprintf("%q in %s", args[1], args[0]), func() bool {
		text, err := os.ReadFile(path)
		return err == nil && strings.Contains(string(text), args[1])
	})
}

func waitUntil(ts *testscript.TestScript, what string, ok func() bool) {
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			ts.Fatalf("no %s within %s", what, patience)
		}
	}
}

// cmdFileMode checks a file's permissions: filemode 0600 FILE.
func cmdFileMode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: filemode MODE FILE")
	}
	info, err := os.Stat(ts.MkAbs(args[1]))
	ts.Check(err)
	if got := fmt.Sprintf("%04o", info.Mode().Perm()); got != args[0] {
		ts.Fatalf("%s has mode %s, want %s", args[1], got, args[0])
	}
}

// cmdExits runs deltatap and checks its exit code: exits CODE ARGUMENT...
func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: exits CODE ARGUMENT...")
	}
	got := "0"
	if err := ts.Exec("deltatap", args[1:]...); err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if got != args[0] {
		ts.Fatalf("deltatap %s: exit %s, want %s", strings.Join(args[1:], " "), got, args[0])
	}
}

// cmdREST sends a request as the first user: rest METHOD PATH [BODY].
func cmdREST(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: rest METHOD PATH [BODY]")
	}
	body := ""
	if len(args) == 3 {
		body = args[2]
	}
	send(ts, args[0], args[1], body, ts.Getenv("DELTATAP_TOKEN"))
}

// cmdOperator makes mutations with the operator's token: operator BODY.
func cmdOperator(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: operator BODY")
	}
	send(ts, http.MethodPost, "/_deltatap/deltas", args[0], ts.Getenv("OPERATOR"))
}

// cmdCreate puts an item on the plan, as the operator, since REST has no way to: create KIND
// FIELDS.
func cmdCreate(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: create KIND FIELDS")
	}
	cmdOperator(ts, neg, []string{fmt.Sprintf(`{"deltas":[{"itemType":%q,"action":"created","data":{%q:%s}}]}`, args[0], args[0], args[1])})
}

// cmdMetrics waits until a program has said in a file where its metrics are, and sets METRICS:
// metrics FILE.
func cmdMetrics(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: metrics FILE")
	}
	said := regexp.MustCompile(`(?m)^metrics: (http://127\.0\.0\.1:\d+/metrics)$`)
	path := ts.MkAbs(args[0])
	waitUntil(ts, "address of metrics in "+args[0], func() bool {
		text, err := os.ReadFile(path)
		found := said.FindSubmatch(text)
		if err != nil || found == nil {
			return false
		}
		ts.Setenv("METRICS", string(found[1]))
		return true
	})
}

// cmdScrape waits until a scrape has each of these samples, and prints it: scrape URL SAMPLE...
func cmdScrape(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: scrape URL SAMPLE...")
	}
	var text string
	waitUntil(ts, fmt.Sprintf("%q at %s", args[1:], args[0]), func() bool {
		text = scrape(args[0])
		for _, sample := range args[1:] {
			if !strings.Contains(text, "\n"+sample+"\n") {
				return false
			}
		}
		return true
	})
	_, _ = ts.Stdout().Write([]byte(text))
}

// scrape is what an address answers; "" where it does not.
func scrape(url string) string {
	response, err := http.Get(url)
	if err != nil {
		return ""
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		return ""
	}
	return string(text)
}

func send(ts *testscript.TestScript, method, path, body, token string) {
	request, err := http.NewRequest(method, ts.Getenv("SERVER")+path, strings.NewReader(body))
	ts.Check(err)
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	ts.Check(err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	ts.Check(err)
	if response.StatusCode >= 300 {
		ts.Fatalf("%s %s: %s: %s", method, path, response.Status, text)
	}
	_, _ = ts.Stdout().Write(text)
}

// A script that fails ends what it has started by its process id: a shell must give its own to
// deltatap, or pass the end on.
func TestScriptsCanBeEnded(t *testing.T) {
	inBackground := regexp.MustCompile(`(?m)^.*\bexec sh -c '.*&\w*&?$`)
	files, err := filepath.Glob(filepath.Join("testdata", "*", "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range inBackground.FindAllString(string(text), -1) {
			if !strings.Contains(line, "exec deltatap ") {
				t.Errorf("%s: what this starts outlives the script: %s", file, line)
			}
		}
	}
}

// running is the Carebase of a script, under this key of its values.
type running struct{}
