// Package sessiontest reads whole sessions for tests. It must not know what is in them.
package sessiontest

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/carebase/deltatap/fixtures"
	"github.com/carebase/deltatap/replay/session"
)

// Records reads all records of a session, whose memory is their own.
func Records(t testing.TB, r *session.Reader) (records []session.Record) {
	t.Helper()
	for {
		var rec session.Record
		if err := r.Next(&rec); errors.Is(err, io.EOF) {
			return records
		} else if err != nil {
			t.Fatal(err)
		}
		rec.Args, rec.Body, rec.Raw = bytes.Clone(rec.Args), bytes.Clone(rec.Body), bytes.Clone(rec.Raw)
		records = append(records, rec)
	}
}

// Fixture reads all records of a session that ships.
func Fixture(t testing.TB, name string) []session.Record {
	t.Helper()
	in, err := fixtures.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	r, err := session.NewReader(in)
	if err != nil {
		t.Fatal(err)
	}
	return Records(t, r)
}
