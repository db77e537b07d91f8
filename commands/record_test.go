package commands

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"github.com/carebase/deltatap/replay/server/servertest"
	"github.com/carebase/deltatap/replay/session"
)

// recordRun is a record that runs in a test against a serve of its own.
type recordRun struct {
	*desk
	t     *testing.T
	ready readyFile
	err   *lockedBuffer
	path  string
	opts  recordOptions
	ended chan error
	stop  context.CancelCauseFunc
}

// newRecordRun starts a serve. The token is in the environment.
func newRecordRun(t *testing.T) *recordRun {
	server := newServing(t)
	r := &recordRun{desk: newDesk(t), t: t, err: &lockedBuffer{}, ended: make(chan error, 1)}
	r.ready = server.run(serveOptions{readyFile: filepath.Join(t.TempDir(), "ready.json")})
	t.Cleanup(server.stop)
	r.vars["DELTATAP_TOKEN"] = r.ready.Users[0].Token
	r.App.Err = r.err
	r.path = filepath.Join(t.TempDir(), "day.ndjson")
	r.opts.client = "contract"
	return r
}

// start records until stop is called, or the recording ends by itself.
func (r *recordRun) start(args ...string) {
	r.t.Helper()
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	r.opts.connect.register(flags)
	if err := flags.Parse(append([]string{"--server", r.ready.URL}, args...)); err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(r.t.Context())
	r.stop = cancel
	go func() { r.ended <- runRecord(ctx, r.App, r.path, &r.opts) }()
}

// end waits for the recording to end.
func (r *recordRun) end() error {
	r.t.Helper()
	select {
	case err := <-r.ended:
		return err
	case <-time.After(patience):
		r.t.Fatalf("record does not end; it says %s", r.err)
		return nil
	}
}

// until waits until the session file holds a text.
func (r *recordRun) until(text string) {
	r.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(2 * time.Millisecond) {
		if held, err := os.ReadFile(r.path); err == nil && bytes.Contains(held, []byte(text)) {
			return
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("%q does not come; record says %s", text, r.err)
		}
	}
}

// emit makes n deltas in one message.
func (r *recordRun) emit(n int) {
	r.t.Helper()
	one := `{"itemType":"bill","entityId":%d,"action":"created","source":"inbound","data":{"bill":{"amount":1,"status":"todo","dueDate":null}}}`
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(one, i+1))
	}
	servertest.Do(r.t, nil, r.ready.OperatorToken, "POST", r.ready.URL+"/_deltatap/deltas", `{"deltas":[`+strings.Join(list, ",")+`]}`)
}

// held reads the session file that is left.
func (r *recordRun) held() (records []session.Record, complete bool) {
	r.t.Helper()
	src, err := session.Open(r.path)
	if err != nil {
		r.t.Fatal(err)
	}
	defer src.Close()
	for {
		var rec session.Record
		switch err := src.Next(&rec); {
		case errors.Is(err, io.EOF):
			return records, src.Complete()
		case err != nil:
			r.t.Fatal(err)
		}
		rec.Raw, rec.Args, rec.Body = nil, bytes.Clone(rec.Args), nil
		records = append(records, rec)
	}
}

// marks are the marks of the session that is left.
func (r *recordRun) marks() (texts []string) {
	records, _ := r.held()
	for _, rec := range records {
		if rec.Kind == session.KindMark {
			texts = append(texts, rec.Text)
		}
	}
	return texts
}

// smallFS is a disk that has room for so many bytes more.
type smallFS struct{ room atomic.Int64 }

type smallDisk struct {
	session.OSDisk
	fs *smallFS
}

func (s *smallFS) Create(name string) (session.Disk, error) {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	return &smallDisk{session.OSDisk{File: file}, s}, err
}

func (*smallFS) Lock(name string) (io.Closer, error)    { return os.Open(name) }
func (*smallFS) Lstat(name string) (fs.FileInfo, error) { return os.Lstat(name) }
func (*smallFS) Glob(pattern string) ([]string, error)  { return filepath.Glob(pattern) }
func (*smallFS) Rename(from, to string) error           { return os.Rename(from, to) }
func (*smallFS) Remove(name string) error               { return os.Remove(name) }
func (*smallFS) SyncFolder(string) error                { return nil }

func (d *smallDisk) Write(p []byte) (int, error) {
	room := d.fs.room.Add(-int64(len(p)))
	if room >= 0 {
		return d.File.Write(p)
	}
	n, _ := d.File.Write(p[:max(0, int64(len(p))+room)])
	return n, &fs.PathError{Op: "write", Path: d.Name(), Err: syscall.ENOSPC}
}

// TestRecordOnAFullDisk ends by itself, even where nothing more arrives, says what is lost, and leaves what fitted.
func TestRecordOnAFullDisk(t *testing.T) {
	r := newRecordRun(t)
	disk := &smallFS{}
	disk.room.Store(8 << 10)
	r.opts.disk = disk
	r.start()
	r.until(`"kind":"plan"`)
	r.emit(100)
	told := explain(r.end())
	if told == nil || told.Code != ExitInconclusive || told.Error() != r.path+": no space left on device" {
		t.Fatalf("it ends with %v", told)
	}
	records, complete := r.held()
	if want := fmt.Sprintf("%d records on disk are good; the rest is lost", len(records)); complete || told.Hint != want {
		t.Errorf("complete %v, hint %q, want %q", complete, told.Hint, want)
	}
	if says := r.err.String(); !strings.Contains(says, fmt.Sprintf("wrote %d, lost ", len(records))) || strings.Contains(says, "lost 0") {
		t.Errorf("it says %q", says)
	}
}

// TestRecordOfAFileThatIsTakenAway ends by itself, even where nothing more arrives, and says what is lost.
func TestRecordOfAFileThatIsTakenAway(t *testing.T) {
	for _, c := range []struct {
		says string
		take func(path string) error
	}{
		{"another program removed the file", os.Remove},
		{"another program removed the file", func(path string) error { return os.RemoveAll(filepath.Dir(path)) }},
		{"another program cut the file to 0 of ", func(path string) error { return os.Truncate(path, 0) }},
		{"another program put another file in its place", func(path string) error {
			if err := os.WriteFile(path+".new", nil, 0o600); err != nil {
				return err
			}
			return os.Rename(path+".new", path)
		}},
	} {
		r := newRecordRun(t)
		r.start()
		r.until(`"kind":"plan"`)
		if err := c.take(r.path); err != nil {
			t.Fatal(err)
		}
		told := explain(r.end())
		if told == nil || told.Code != ExitInconclusive || !strings.HasPrefix(told.Error(), r.path+": "+c.says) {
			t.Fatalf("it ends with %v, want %s", told, c.says)
		}
		if want := "0 records on disk are good; the rest is lost"; told.Hint != want {
			t.Errorf("hint %q, want %q", told.Hint, want)
		}
		if says := r.err.String(); !strings.Contains(says, "wrote 0, lost ") || strings.Contains(says, "lost 0") {
			t.Errorf("it says %q", says)
		}
	}
}

// TestRecordIntoAFileThatIsRecordedInto is refused, whatever is forced, and disturbs nothing.
func TestRecordIntoAFileThatIsRecordedInto(t *testing.T) {
	r := newRecordRun(t)
	r.start()
	r.until(`"kind":"plan"`)
	other := *r
	other.opts.force, other.ended = true, make(chan error, 1)
	other.start()
	if told := explain(other.end()); told == nil || told.Code != ExitUsage || told.Error() != r.path+": another deltatap is recording into it" {
		t.Errorf("it ends with %v", told)
	}
	r.stop(errInterrupted)
	if err := r.end(); err != nil {
		t.Error(err)
	}
	if _, complete := r.held(); !complete {
		t.Error("the recording was disturbed")
	}
}

// TestTokenFromStandardInputIsNoMark reads the token and then marks from the same stream.
func TestTokenFromStandardInputIsNoMark(t *testing.T) {
	r := newRecordRun(t)
	token := r.ready.Users[0].Token
	r.vars["DELTATAP_TOKEN"] = ""
	r.In = strings.NewReader(token + "\nuser pressed save\n\nlast without an end")
	r.start("--token-file", "-")
	r.until("last without an end")
	r.stop(errInterrupted)
	if err := r.end(); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintf("%q", r.marks()); got != `["user pressed save" "" "last without an end"]` {
		t.Errorf("marks %s", got)
	}
	text, err := os.ReadFile(r.path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(text, []byte(token)) || strings.Contains(r.err.String(), token) {
		t.Error("the token is in the session, or on standard error")
	}
}

func TestMarksAreBoundedAndText(t *testing.T) {
	r := newRecordRun(t)
	r.In = strings.NewReader(strings.Repeat("x", 100_000) + "\nb\xffd\r\n")
	r.start()
	r.until(`"kind":"mark","text":"b`)
	r.stop(errInterrupted)
	if err := r.end(); err != nil {
		t.Fatal(err)
	}
	if got := r.marks(); len(got) != 2 || got[0] != strings.Repeat("x", longestMark) || got[1] != "b\uFFFDd" {
		t.Errorf("marks %.80q", got)
	}
}

// countingReader counts how often it is asked, and has nothing.
type countingReader struct{ asked atomic.Int64 }

func (c *countingReader) Read([]byte) (int, error) {
	c.asked.Add(1)
	return 0, io.EOF
}

func TestClosedStandardInputIsReadOnce(t *testing.T) {
	r := newRecordRun(t)
	in := &countingReader{}
	r.In = in
	r.start()
	r.until(`"kind":"plan"`)
	r.emit(3)
	r.until(`"version":3`)
	r.stop(errInterrupted)
	if err := r.end(); err != nil {
		t.Fatal(err)
	}
	if n := in.asked.Load(); n > 2 {
		t.Errorf("standard input was read %d times after its end", n)
	}
}

// TestRecordSaysWhatItShowsOnlyWhenItIsSafe holds the line on a terminal against what the disk has.
func TestRecordSaysWhatItShowsOnlyWhenItIsSafe(t *testing.T) {
	r := newRecordRun(t)
	r.ErrWidth = func() int { return 100 }
	r.opts.stops.count = 3000
	r.opts.connect = connectFlags{}
	r.start()
	r.until(`"kind":"plan"`)
	for range 3 {
		r.emit(1000)
	}
	if err := r.end(); err != nil {
		t.Fatal(err)
	}
	records, complete := r.held()
	deltas := 0
	for _, rec := range records {
		if rec.Kind == session.KindEvent {
			deltas += bytes.Count(rec.Args, []byte(`"itemType"`))
		}
	}
	if !complete || deltas != 3000 {
		t.Errorf("complete %v, %d deltas", complete, deltas)
	}
}
