package tap

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/carebase/deltatap/fixtures/node/nodetest"
	"github.com/carebase/deltatap/replay/session"
)

// tokenOf is a token that names its subject, signed by nobody in particular.
func tokenOf(subject any, salt string) string {
	claims, _ := json.Marshal(map[string]any{"sub": subject, "jti": salt})
	part := base64.RawURLEncoding.EncodeToString
	sum := hmac.New(sha256.New, []byte(salt))
	return part([]byte(`{"alg":"HS256"}`)) + "." + part(claims) + "." + part(sum.Sum(nil))
}

// recordInto opens a recording that ends with the test.
func recordInto(t *testing.T, path string) *Recording {
	t.Helper()
	r, err := OpenRecording(RecordingConfig{Path: path, Server: "http://care.example", Tool: "test", Say: func(text string) { t.Log(text) }})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// heardBy gives a Recording what a Listener has beside.
type heardBy struct {
	*Recording
	mu      sync.Mutex
	remarks []string
}

func (h *heardBy) Remark(_ Device, text string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.remarks = append(h.remarks, text)
}

// linesOf are the records of a session in short, and its header.
func linesOf(t *testing.T, path string) (session.Header, []string) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r, err := session.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	var rec session.Record
	var lines []string
	var last time.Duration
	for {
		err := r.Next(&rec)
		if errors.Is(err, io.EOF) {
			return r.Header(), lines
		}
		if err != nil {
			t.Fatal(err)
		}
		if rec.T < last {
			t.Errorf("record %d goes back in time", rec.N)
		}
		last = rec.T
		switch rec.Kind {
		case session.KindConnect:
			lines = append(lines, fmt.Sprintf("connect %s %d", rec.Transport, rec.Attempt))
		case session.KindEvent:
			lines = append(lines, fmt.Sprintf("event %s %s", rec.Event, rec.Args))
		case session.KindSeal:
			lines = append(lines, "seal")
		default:
			lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %s%s%s %s %d %s%s%s", rec.Kind, rec.Reason, rec.Message, rec.Method, rec.Path, rec.Status, rec.Error, rec.Body, rec.Text)))
		}
	}
}

// What an app gets over either transport becomes its session, without its token.
func TestInteropStreamBecomesSession(t *testing.T) {
	for _, transports := range []string{"websocket", "polling", "polling,websocket"} {
		t.Run(transports, func(t *testing.T) {
			token := tokenOf(7, "first")
			server := nodetest.StartServer(t, "--token", token)
			dir := filepath.Join(t.TempDir(), "taps")
			recording := recordInto(t, dir)
			listener := &heardBy{Recording: recording}
			tap, address := open(t, server.URL, Config{Listener: listener, Key: recording.Key()})
			app := nodetest.Start(t, "client.mjs", "--url", address, "--transports", transports, "--token", token)
			app.Await("state")
			server.Await("connected")
			server.Tell(`send plan:item-delta [{"deltas":[ {"itemType":"bill","entityId":1.0} ]}]`)
			server.Tell(`send plan:update []`)
			server.Tell(`send odd-ü [null,"é",0.5]`)
			for range 4 {
				app.Await("event")
			}
			tap.Close()
			kept := recording.Close(time.Now(), "interrupt")
			if len(kept) != 1 || kept[0].Lost != 0 || kept[0].Err != nil || kept[0].Path != filepath.Join(dir, "user-7.ndjson.zst") {
				t.Fatalf("kept %+v", kept)
			}
			header, lines := linesOf(t, kept[0].Path)
			if header.Origin != session.OriginTap || header.Client != "user-7" || string(header.User) != "7" {
				t.Errorf("header %+v", header)
			}
			first, _, _ := strings.Cut(transports, ",")
			want := []string{
				"connect " + first + " 1",
				`event connection:ack [{"ok":true}]`,
				`event plan:item-delta [{"deltas":[{"itemType":"bill","entityId":1}]}]`,
				`event plan:update []`,
				`event odd-ü [null,"é",0.5]`,
			}
			if diff := cmp.Diff(want, lines[:len(want)]); diff != "" {
				t.Error(diff)
			}
			if got := lines[len(lines)-3:]; !strings.HasPrefix(got[0], "disconnect ") || got[1] != "seal" || !strings.HasPrefix(got[2], "end interrupt") {
				t.Errorf("it ends with %q", got)
			}
			noSecrets(t, dir, token)
		})
	}
}

// noSecrets looks for texts in every file below a folder, and at the files' modes.
func noSecrets(t *testing.T, dir string, secrets ...string) {
	t.Helper()
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, _ error) error {
		if d.IsDir() {
			return nil
		}
		if info, _ := d.Info(); info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		file, _ := os.Open(path)
		defer file.Close()
		text, err := session.Decompress(file)
		if err != nil {
			return nil
		}
		whole, _ := io.ReadAll(text)
		for _, secret := range secrets {
			if strings.Contains(string(whole), secret) || strings.Contains(path, secret) {
				t.Errorf("%s tells a secret", path)
			}
		}
		return nil
	})
}

// care is a server of REST that wants a token.
func care(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	switch {
	case r.Header.Get("Authorization") == "" && r.Header.Get("Cookie") == "":
		w.WriteHeader(http.StatusUnauthorized)
	case r.URL.Path == "/api/plan" && r.Header.Get("If-None-Match") == `"5"`:
		w.WriteHeader(http.StatusNotModified)
	case r.URL.Path == "/api/plan":
		w.Header().Set("Etag", `"5"`)
		_, _ = w.Write([]byte(`{"planVersion":5,  "bills":[]}`))
	case r.URL.Path == "/api/plan/version":
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = w.Write([]byte(`{"error":"Internal server error"}`))
	case r.URL.Path == "/api/broken":
		panic(http.ErrAbortHandler)
	}
}

// Reads and changes are told with what came of them; what an app sent is not.
func TestRequestsBecomeRecords(t *testing.T) {
	dir := t.TempDir()
	recording := recordInto(t, dir)
	tap, address := open(t, serve(t, care), Config{Listener: &heardBy{Recording: recording}, Key: recording.Key()})
	for i, ask := range []struct{ method, path, header string }{
		{"GET", "/api/plan/version", ""},
		{"GET", "/api/plan?days=7", "Authorization"},
		{"GET", "/api/plan?days=7", "If-None-Match"},
		{"GET", "/api/plan/version", "Cookie"},
		{"PATCH", "/api/bills/4?secret=hush", "Authorization"},
		{"POST", "/api/collaborators/" + strings.Repeat("5ec7e7", 10), "Cookie"},
		{"GET", "/api/bills/4", "Authorization"},
		{"POST", "/api/auth/login", "Authorization"},
		{"DELETE", "/api/broken", "Authorization"},
	} {
		r, _ := http.NewRequest(ask.method, address+ask.path, strings.NewReader(`{"note":"private"}`))
		token := tokenOf("7", fmt.Sprint(i)) // another one each time
		switch ask.header {
		case "Cookie":
			r.Header.Set("Cookie", "theme=dark; care="+token)
		case "If-None-Match":
			r.Header.Set("If-None-Match", `"5"`)
			fallthrough
		case "Authorization":
			r.Header.Set("Authorization", "Bearer "+token)
		}
		if answer, err := client(t).Do(r); err == nil {
			_, _ = io.ReadAll(answer.Body)
			_ = answer.Body.Close()
		}
	}
	tap.Close()
	kept := recording.Close(time.Now(), "interrupt")
	if len(kept) != 1 {
		t.Fatalf("kept %+v", kept)
	}
	_, lines := linesOf(t, kept[0].Path)
	want := []string{
		`plan   200 {"planVersion":5,  "bills":[]}`,
		`plan   200 {"planVersion":5,  "bills":[]}`,
		`version   500 {"error":"Internal server error"}`,
		`request PATCH /api/bills/4 200`,
		`request POST /api/collaborators/… 200`,
		`request DELETE /api/broken 0 EOF`,
		`seal`,
		`end interrupt  0`,
	}
	for i := range lines {
		if strings.HasPrefix(lines[i], "request DELETE") {
			lines[i] = strings.Join(strings.Fields(lines[i])[:4], " ") + " EOF"
		}
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
	noSecrets(t, dir, "5ec7e7", "hush", "private", "dark", tokenOf("7", "1"))
}

// Devices have sessions of their own, under names that tell nobody who they are; a file takes one device.
func TestDevicesAreToldApart(t *testing.T) {
	server := serve(t, care)
	ask := func(address, name, value string) error {
		r, _ := http.NewRequest("GET", address+"/api/plan", nil)
		r.Header.Set(name, value)
		answer, err := client(t).Do(r)
		if err == nil {
			_, _ = io.ReadAll(answer.Body)
			_ = answer.Body.Close()
		}
		return err
	}
	dir := t.TempDir()
	for range 2 { // the second time beside the first one's sessions
		recording := recordInto(t, dir)
		tap, address := open(t, server, Config{Listener: &heardBy{Recording: recording}, Key: recording.Key()})
		for i := range 2 {
			for _, header := range [][2]string{
				{"Authorization", "Bearer " + tokenOf(1, fmt.Sprint(i))},
				{"Authorization", "Bearer " + tokenOf("ann@care.example", fmt.Sprint(i))},
				{"Authorization", "Bearer opaque-" + fmt.Sprint(i)},
				{"Cookie", "carebase.session=secret"},
			} {
				if err := ask(address, header[0], header[1]); err != nil {
					t.Fatal(err)
				}
			}
		}
		tap.Close()
		if kept := recording.Close(time.Now(), "interrupt"); len(kept) != 4 {
			t.Errorf("kept %+v", kept)
		}
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*.ndjson.zst"))
	again, _ := filepath.Glob(filepath.Join(dir, "*-2.ndjson.zst"))
	if len(files) != 8 || len(again) != 4 {
		t.Errorf("files %q", files)
	}
	noSecrets(t, dir, "ann", "secret", "127.0.0.1", "opaque")

	one := filepath.Join(t.TempDir(), "one.ndjson")
	recording := recordInto(t, one)
	tap, address := open(t, server, Config{Listener: &heardBy{Recording: recording}, Key: recording.Key()})
	if err := ask(address, "Authorization", "Bearer "+tokenOf(1, "")); err != nil {
		t.Fatal(err)
	}
	if err := ask(address, "Authorization", "Bearer "+tokenOf(2, "")); err == nil {
		t.Error("a second device was served")
	}
	tap.Close()
	if kept := recording.Close(time.Now(), "interrupt"); len(kept) != 1 || kept[0].Path != one {
		t.Errorf("kept %+v", kept)
	}
}
