//go:build unix

package witness_test

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/witness"
	"github.com/carebase/deltatap/replay/witness/pgtest"
)

// A column that holds no numbers, texts or times says nothing of a plan, whatever it looks like.
func TestColumnsOfAnotherType(t *testing.T) {
	for _, c := range []struct{ column, change, says string }{
		{"amount", `alter table bills alter amount type money using amount::money`, "is money, not numeric"},
		{"amount", `alter table bills alter amount type text`, "is text, not numeric"},
		{"amount", `alter table bills alter amount type text using 'much'`, "is text, not numeric"},
		{"amount", `alter table bills alter amount type bytea using amount::text::bytea`, "is bytea, not numeric"},
		{"amount", `alter table bills alter amount type jsonb using to_jsonb(amount)`, "is jsonb, not numeric"},
		{"amount", `alter table bills alter amount type boolean using true`, "is boolean, not numeric"},
		{"due_date", `alter table bills alter due_date type text`, "not a Carebase database"},
		{"pay_url", `alter table bills alter pay_url type bytea using pay_url::bytea`, "not a Carebase database"},
		{"summary", `alter table appointments alter summary type bytea using summary::bytea`, "not a Carebase database"},
		{"start_local", `alter table appointments alter start_local type text`, "not a Carebase database"},
		{"plan_version", `alter table users alter plan_version drop default, alter plan_version type text`, "not a Carebase database"},
		{"assigned", `alter table bills alter assigned_collaborator_id type text using 'x'`, "not a Carebase database"},
	} {
		url := pgtest.Carebase(t)
		pgtest.Exec(t, url, day, c.change)
		var unusable *witness.UnusableError
		if _, err := witness.Ask(t.Context(), url, 1, today); !errors.As(err, &unusable) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: asking gives %v", c.change, err)
		}
	}
}

func TestOtherNumbersAreNumbers(t *testing.T) {
	for _, kind := range []string{"integer", "bigint", "double precision", "real", "numeric"} {
		url := pgtest.Carebase(t)
		pgtest.Exec(t, url, day, `alter table bills alter amount type `+kind+` using 86`)
		if got := read(t, url, 1, today); !strings.Contains(got, `"id":1,"itemId":4,"statementDate":null,"amount":86,`) {
			t.Errorf("%s: the plan is %s", kind, got)
		}
	}
}

// A value without end is not read: what the program holds is bounded.
func TestHugeValues(t *testing.T) {
	for _, column := range []string{"bills.pay_url", "appointments.prep_note"} {
		table, name, _ := strings.Cut(column, ".")
		url := pgtest.Carebase(t)
		pgtest.Exec(t, url, day, `update `+table+` set `+name+` = repeat('x', 100 * 1000 * 1000) where id = 1`)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		var large *witness.TooLargeError
		_, err := witness.Ask(t.Context(), url, 1, today)
		if !errors.As(err, &large) || !strings.Contains(err.Error(), "1 holds a text of 100 MB") {
			t.Errorf("%s: asking gives %v", column, err)
		}
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > 32<<20 {
			t.Errorf("%s: it took %d bytes", column, took)
		}
	}
	url := pgtest.Carebase(t)
	pgtest.Exec(t, url, day, `alter table recipients alter display_name type text`, `update recipients set display_name = repeat('x', 10 * 1000 * 1000)`)
	if got := read(t, url, 1, today); len(got) > 1<<20 {
		t.Errorf("the plan is of %d bytes", len(got))
	}
}

// An appointment is written in its own zone, and one without, in the server's.
func TestZones(t *testing.T) {
	url := pgtest.Carebase(t)
	pgtest.Exec(t, url, day,
		`update appointments set start_time_zone = 'Asia/Kolkata', end_time_zone = null where id = 1`,
		`update appointments set start_time_zone = 'Nowhere/Land', start_offset = '-03:30' where id = 3`,
		`update appointments set start_local = '2026-11-25T09:00Z' where id = 4`)
	o := today
	o.Location = time.FixedZone("", -5*60*60)
	got := read(t, url, 1, o)
	for _, want := range []string{
		`"startLocal":"2026-11-24T20:30:00+05:30","endLocal":"2026-11-24T21:30:00+05:30"`,
		`"startLocal":"2026-11-26T10:30:00-03:30"`,
		`"id":4,"itemId":7,"startLocal":"2026-11-25T04:00:00-05:00"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the plan lacks %s: %s", want, got)
		}
	}
}

func TestLearnZone(t *testing.T) {
	for _, c := range []struct {
		plan   string
		offset int // minutes; -1: it does not tell
	}{
		{`{"appointments":[{"id":1,"startLocal":"2026-11-24T15:00:00-05:00","startTimeZone":null}]}`, -300},
		{`{"appointments":[{"id":1,"startLocal":"2026-11-24T24:15:00+05:30"}]}`, 330},
		{`{"appointments":[{"id":1,"startLocal":"2026-11-24T15:00:00+01:00","startTimeZone":"Europe/Paris"}]}`, -1},
		{`{"appointments":[{"id":1,"startLocal":"2026-11-24T15:00:00.000Z","startTimeZone":null}]}`, -1},
		{`{"dateRange":{"start":"2026-11-22T05:00:00.000Z","end":"2026-11-29T05:00:00.000Z"},"appointments":[]}`, -300},
		{`{"dateRange":{"start":"2026-11-22T23:00:00.000Z","end":"2026-11-29T23:00:00.000Z"},"appointments":[]}`, 60},
		{`{"dateRange":{"start":"2026-11-22T00:00:00.000Z","end":"2026-11-29T00:00:00.000Z"},"appointments":[]}`, 0},
		{`{"dateRange":{"start":"2026-11-22T13:37:00.000Z","end":"2026-11-29T00:00:00.000Z"},"appointments":[]}`, -1},
	} {
		p, err := plan.Parse([]byte(c.plan))
		if err != nil {
			t.Fatal(err)
		}
		got := -1
		if zone := witness.LearnZone(p); zone != nil {
			_, seconds := time.Date(2026, 11, 24, 0, 0, 0, 0, zone).Zone()
			got = seconds / 60
		}
		if got != c.offset {
			t.Errorf("%s tells an offset of %d minutes, want %d", c.plan, got, c.offset)
		}
	}
}
