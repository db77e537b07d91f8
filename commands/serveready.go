package commands

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
)

// readyFile is the JSON that tells a script where the server is and how to get in.
type readyFile struct {
	URL           string      `json:"url"`
	CAFile        string      `json:"caFile,omitempty"` // the certificate that clients have to trust
	Users         []readyUser `json:"users"`
	OperatorToken string      `json:"operatorToken"`
}

type readyUser struct {
	ID    int64  `json:"id"`
	Token string `json:"token"`
}

// tokenFiles are where the tokens lie while the server runs.
type tokenFiles struct {
	ready     string // the ready file
	token     string // a file that holds the first user's token and nothing else
	authority string // the certificate that clients have to trust; "" where there is none
	dir       string // the folder that was made for them, but for a ready file that was named
}

// tailLine is the command that tails the server as its first user. No token is in it.
func (f *tokenFiles) tailLine(h *house) string {
	line := "deltatap tail --server " + h.ready.URL
	if f.authority != "" {
		line += " --ca-file " + f.authority
	}
	if !h.shared {
		line += " --token-file " + f.token
	}
	return line
}

// readyPlace refuses a ready file that could not be written in the end.
func (o *serveOptions) readyPlace() error {
	if o.readyFile == "" {
		return nil
	}
	if err := realFile("--ready-file", o.readyFile); err != nil {
		return err
	}
	if o.plan != "-" && sameFile(o.readyFile, o.plan) {
		return usage("", "--ready-file %s: --plan is read from there", o.readyFile)
	}
	if _, err := os.Stat(filepath.Dir(o.readyFile)); err != nil {
		return &Error{Code: ExitUsage, What: o.readyFile, Err: errors.New(whyFile(err))}
	}
	return nil
}

// keepTokens writes, in a folder of their own, the first user's token, and the certificate that
// clients have to trust, where there is one; and the ready file, to path, or there, too, where path
// is "". All are there, or none.
func keepTokens(app *App, path string, ready readyFile, authority []byte) (*tokenFiles, error) {
	base := app.Env("XDG_RUNTIME_DIR")
	if info, err := os.Stat(base); err != nil || !info.IsDir() {
		base = os.TempDir()
	}
	dir, err := os.MkdirTemp(base, "deltatap-serve-") // mode 0700
	if err != nil {
		return nil, &Error{Code: ExitUsage, What: "no folder for the tokens", Err: errors.New(whyFile(err)), Hint: "TMPDIR names a place for it"}
	}
	files := &tokenFiles{ready: path, token: filepath.Join(dir, "token"), dir: dir}
	if path == "" {
		files.ready = filepath.Join(dir, "ready.json")
	}
	if authority != nil {
		files.authority = filepath.Join(dir, "ca.pem")
	}
	if err := files.write(ready, authority); err != nil {
		files.remove()
		return nil, err
	}
	return files, nil
}

// write writes the files, the ready file last: who waits for it finds the others.
func (f *tokenFiles) write(ready readyFile, authority []byte) error {
	if err := writeNew(f.token, strings.NewReader(ready.Users[0].Token+"\n"), true); err != nil {
		return err
	}
	if f.authority != "" {
		if err := writeNew(f.authority, bytes.NewReader(authority), true); err != nil {
			return err
		}
		ready.CAFile = f.authority
	}
	text, err := json.Marshal(ready)
	if err != nil {
		return err
	}
	return writeNew(f.ready, bytes.NewReader(append(text, '\n')), true)
}

// remove takes away the folder that was made, with the tokens in it.
func (f *tokenFiles) remove() { _ = os.RemoveAll(f.dir) }
