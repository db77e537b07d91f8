package commands

import (
	"fmt"

	"github.com/carebase/deltatap/render"
	"github.com/carebase/deltatap/replay/session"
)

// sealsShow is what seals can show, and what they cannot.
const sealsShow = "seals show accidents and splices, not forgery: who can write the file can write its seals"

// verifySeals holds a recording against its seals, says what they show, and returns the exit code's
// error.
func verifySeals(app *App, names []string, output string) error {
	found, err := verifyRecording(app, names)
	if err != nil {
		return err
	}
	if err := printVerification(app, recording{names: names}.String(), found, output); err != nil {
		return err
	}
	if found.State == session.SealWhole || found.Seals > 0 {
		app.note("%s", sealsShow)
	}
	switch found.State {
	case session.SealWhole:
		return nil
	case session.SealChanged, session.SealSpliced:
		return errFound
	}
	return errInconclusive
}

func verifyRecording(app *App, names []string) (*session.Verification, error) {
	if len(names) > 1 {
		found, err := session.Verify(names)
		if err != nil {
			return nil, usage("the parts of one recording go together", "%v", err)
		}
		return found, nil
	}
	in, err := openInput(app, names[0])
	if err != nil {
		return nil, err
	}
	defer in.Close()
	found, err := session.VerifyReader(in)
	return found, in.unusable(err)
}

func printVerification(app *App, name string, found *session.Verification, output string) error {
	if output == "json" {
		return render.JSON(app.Out, found)
	}
	line := fmt.Sprintf("%s: %s, %s, %s", name, found.State, render.Plural(found.Records, "record"), render.Plural(found.Seals, "seal"))
	if found.Path != "" {
		line += ", " + found.Path
	}
	if found.Reason != "" {
		line += ": " + found.Reason
	}
	if found.Lost > 0 {
		line += fmt.Sprintf("; %s lost while it was recorded", render.Plural(found.Lost, "record was", "records were"))
	}
	_, err := fmt.Fprintln(app.Out, render.Clean(line))
	return err
}

// warnOfSeals says of files that carry seals where these do not fit. Whatever else is wrong with a
// file, its reader says.
func warnOfSeals(app *App, names []string) {
	checkSeals(names).warn(app)
}

// sealsChecked is the outcome of a check that runs beside the reading of the same files.
type sealsChecked struct {
	names []string
	found chan *session.Verification // nil where there is nothing to say
}

// checkSeals starts to hold files against their seals.
func checkSeals(names []string) sealsChecked {
	c := sealsChecked{names: names, found: make(chan *session.Verification, 1)}
	go func() {
		found, err := session.Verify(names)
		if err != nil {
			found = nil
		}
		c.found <- found
	}()
	return c
}

// warn waits for the outcome, and says where seals do not fit.
func (c sealsChecked) warn(app *App) {
	if found := <-c.found; found != nil && found.Doubtful() {
		app.warn(fmt.Sprintf("%s: the evidence does not verify: %s: %s", recording{names: c.names}, found.State, found.Reason))
	}
}

// sealedSource says whether a source is read from files that may carry seals, and which.
func sealedSource(in *input, src session.Source) []string {
	if src.Header().Origin == "" {
		return nil // deltatap sealed nothing before it wrote this
	}
	switch src := src.(type) {
	case *session.Parts:
		return src.Paths()
	case *session.Reader:
		if in.size > 0 { // a file
			return []string{in.name}
		}
	}
	return nil
}
