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
	Users         []readyUser `json:"users"`
	OperatorToken string      `json:"operatorToken"`
}

type readyUser struct {
	ID    int64  `json:"id"`
	Token string `json:"token"`
}

// tokenFiles are where the tokens lie while the server runs.
type tokenFiles struct {
	ready string // the ready file
	token string // a file that holds the first user's token and nothing else; "" where a ready file was named
	dir   string // the folder that was made for both; "" where a ready file was named
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

// keepTokens writes the ready file, whole or not at all: to path, or to a folder of its own where path is "".
func keepTokens(app *App, path string, ready readyFile) (*tokenFiles, error) {
	text, err := json.Marshal(ready)
	if err != nil {
		return nil, err
	}
	text = append(text, '\n')
	if path != "" {
		return &tokenFiles{ready: path}, writeNew(path, bytes.NewReader(text), true)
	}
	base := app.Env("XDG_RUNTIME_DIR")
	if info, err := os.Stat(base); err != nil || !info.IsDir() {
		base = os.TempDir()
	}
	dir, err := os.MkdirTemp(base, "deltatap-serve-") // mode 0700
	if err != nil {
		return nil, &Error{Code: ExitUsage, What: "no folder for the tokens", Err: errors.New(whyFile(err)), Hint: "--ready-file names a file for them"}
	}
	files := &tokenFiles{ready: filepath.Join(dir, "ready.json"), token: filepath.Join(dir, "token"), dir: dir}
	err = writeNew(files.token, strings.NewReader(ready.Users[0].Token+"\n"), true)
	if err = errors.Join(err, writeNew(files.ready, bytes.NewReader(text), true)); err != nil {
		files.remove()
		return nil, err
	}
	return files, nil
}

// remove takes away the folder that was made, with the tokens in it.
func (f *tokenFiles) remove() {
	if f.dir != "" {
		_ = os.RemoveAll(f.dir)
	}
}
