package commands

import (
	"context"
	"errors"

	"github.com/carebase/deltatap/render"
	"github.com/carebase/deltatap/replay/session"
)

// convertSession writes what somebody else recorded as a session. Nothing is left behind where it
// cannot be read.
func convertSession(ctx context.Context, app *App, from, to string, opts *recordOptions) error {
	ctx, done := app.readOn(ctx, from)
	defer done()
	in, src, err := openSource(app, from, opts.format)
	if err != nil {
		return err
	}
	defer in.Close()
	defer src.Close()
	header := src.Header()
	rotates := opts.rotateSize > 0 || opts.rotateEvery > 0
	if names := sealedSource(in, src); rotates && names != nil {
		warnOfSeals(app, names) // the parts are sealed anew
	}
	file, err := createSession(to, header, session.Options{
		Force: opts.force, Whole: true, RotateSize: int64(opts.rotateSize), RotateEvery: opts.rotateEvery,
		Seal: header.Raw == nil || rotates, // a session that stays as it is keeps its seals, or its want of them
	})
	if err != nil {
		return err
	}
	if err := copyRecords(ctx, app, in, src, file); err != nil {
		file.Discard()
		return in.unusable(err)
	}
	if err := file.Close(); err != nil {
		return &Error{Code: ExitInconclusive, What: to, Err: errors.New(whyFile(err))}
	}
	stats := file.Stats()
	app.note("%s: %s, %s", to, render.Plural(stats.Written, "record"), render.Bytes(stats.Bytes))
	return nil
}

// copyRecords copies the records of a source, and gives the copy an end where the source has none
// and was not cut off.
func copyRecords(ctx context.Context, app *App, in *input, src session.Source, file *session.File) error {
	var rec session.Record
	err := readAll(ctx, app, in, src, &rec, func(_ session.Source, rec *session.Record) error { return file.Write(rec) })
	if err != nil || src.Complete() || src.Truncated() != nil {
		return err
	}
	return file.Write(&session.Record{T: rec.T, Kind: session.KindEnd, Reason: "converted"})
}
