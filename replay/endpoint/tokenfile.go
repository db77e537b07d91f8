package endpoint

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
)

// osEnvironment is where a reference outside Resolve finds its variable.
func osEnvironment(name string) string { return os.Getenv(name) }

// fileToken reads the first line of a file, at every connection, so that whoever renews the token
// writes it there. What is no regular file, like a pipe from a shell's <(command), can be read only
// once: its token is kept.
type fileToken struct {
	path string
	warn func(string) // told once of a file that others can read; may be nil
	told *sync.Once
	once *onceToken
}

func newFileToken(path string) (*fileToken, error) {
	if path == "" || strings.ContainsRune(path, 0) {
		return nil, faulty("file:// wants a path").hinted("file:///path/to/token")
	}
	t := &fileToken{path: expandHome(path), told: new(sync.Once)}
	t.once = &onceToken{read: t.read}
	return t, nil
}

func (t *fileToken) String() string { return schemeFile + t.path }

func (t *fileToken) Token(ctx context.Context) (string, error) {
	info, err := os.Stat(t.path)
	if err != nil {
		return "", about(t.String(), fileFault(err))
	}
	if info.IsDir() {
		return "", about(t.String(), faulty("is a directory"))
	}
	var token string
	if info.Mode().IsRegular() {
		t.checkMode(info.Mode())
		token, err = t.read(ctx)
	} else {
		token, err = t.once.Token(ctx)
	}
	return token, about(t.String(), err)
}

// checkMode warns of a file that others than its owner can read. Windows keeps no such bits.
func (t *fileToken) checkMode(mode fs.FileMode) {
	if t.warn == nil || runtime.GOOS == "windows" || mode.Perm()&0o077 == 0 {
		return
	}
	t.told.Do(func() {
		t.warn(fmt.Sprintf("token file %s is open to others (mode %04o); chmod 600 closes it", t.path, mode.Perm()))
	})
}

func (t *fileToken) read(ctx context.Context) (string, error) {
	return abandon(ctx, func() (string, error) {
		file, err := os.Open(t.path)
		if err != nil {
			return "", fileFault(err)
		}
		defer file.Close()
		return readLine(file)
	})
}

// onceToken keeps the first token that it reads, for sources that cannot be read twice.
type onceToken struct {
	read func(context.Context) (string, error)
	mu   sync.Mutex
	kept func() string // nil until read
}

func (t *onceToken) Token(ctx context.Context) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.kept != nil {
		return t.kept(), nil
	}
	token, err := t.read(ctx)
	if err == nil {
		t.kept = func() string { return token }
	}
	return token, err
}

// stdinToken reads one line of standard input at the first connection, and reuses it at the next.
type stdinToken struct{ onceToken }

func newStdinToken(in io.Reader) *stdinToken {
	t := &stdinToken{}
	t.read = func(ctx context.Context) (string, error) {
		if in == nil {
			return "", faulty("there is no standard input")
		}
		return abandon(ctx, func() (string, error) { return readLine(in) })
	}
	return t
}

func (t *stdinToken) String() string             { return "standard input" }
func (t *stdinToken) GoString() string           { return t.String() }
func (t *stdinToken) Format(f fmt.State, _ rune) { io.WriteString(f, t.String()) }
func (t *fileToken) GoString() string            { return t.String() }
func (t *fileToken) Format(f fmt.State, _ rune)  { io.WriteString(f, t.String()) }
func (t *stdinToken) Token(ctx context.Context) (string, error) {
	token, err := t.onceToken.Token(ctx)
	return token, about(t.String(), err)
}

// readLine reads one line, byte by byte where the reader is one of ours to share: what follows the
// line stays unread.
func readLine(r io.Reader) (string, error) {
	var line []byte
	var one [1]byte
	for len(line) <= maxToken {
		n, err := r.Read(one[:])
		if n == 1 {
			if one[0] == '\n' {
				break
			}
			line = append(line, one[0])
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return "", fileFault(err)
		}
	}
	return checked(string(line))
}

// abandon runs f and returns what it does, or as soon as ctx ends its error; f is then left to end
// by itself. It is for reads that nothing can interrupt: a pipe without a writer, a terminal that
// nobody types at.
func abandon(ctx context.Context, f func() (string, error)) (string, error) {
	type result struct {
		text string
		err  error
	}
	done := make(chan result, 1)
	go func() {
		text, err := f()
		done <- result{text, err}
	}()
	select {
	case r := <-done:
		return r.text, r.err
	case <-ctx.Done():
		return "", ended(ctx, "no token came in time")
	}
}

// ended is why a token was not waited for any longer: the caller's own cancellation as it is, a
// deadline as an Error.
func ended(ctx context.Context, late string) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		e := faulty("%s", late)
		e.Err = ctx.Err()
		return e
	}
	return ctx.Err()
}

// fileFault says in a few words what is wrong with a file, without its path.
func fileFault(err error) *Error {
	e := &Error{Reason: "cannot be read", Err: err}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.Reason = "no such file"
	case errors.Is(err, fs.ErrPermission):
		e.Reason = "permission denied"
	}
	return e
}

// expandHome puts the home directory for a leading "~/".
func expandHome(path string) string {
	rest, ok := strings.CutPrefix(path, "~/")
	if !ok {
		return path
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return path
	}
	return filepath.Join(home, rest)
}
