package render

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/carebase/deltatap/render/theme"
	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/session"
)

const (
	cardiology = `{"id":3,"itemId":3,"startLocal":"2026-11-27T09:30:00+00:00","endLocal":"2026-11-27T10:30:00+00:00","location":"Riverside Clinic, room 4","summary":"Cardiology follow-up"}`
	labs       = `{"id":42,"itemId":142,"amount":86.4,"dueDate":"2026-11-27T00:00:00.000Z","status":"paid","payUrl":"https://pay.example.com/labs"}`
)

// stateMessages are messages and what a cache made of them: every outcome, and every way in which fields differ.
func stateMessages() []struct {
	args    string
	changes []Change
} {
	field := func(path, cached, server string) diff.Field {
		f := diff.Field{Path: path}
		if cached != "" {
			f.Cached = []byte(cached)
		}
		if server != "" {
			f.Server = []byte(server)
		}
		return f
	}
	outcome := func(r plancache.Result, reason ...plancache.Reason) plancache.Outcome {
		o := plancache.Outcome{Result: r}
		for _, o.Reason = range reason {
		}
		return o
	}
	delta := func(item string, id, version int, action, source, data string) string {
		return fmt.Sprintf(`{"itemType":%q,"entityId":%d,"action":%q,"source":%q,"version":%d,"data":{%s}}`, item, id, action, source, version, data)
	}
	moved := func(start, end string) []diff.Field {
		return []diff.Field{field("startLocal", `"2026-11-26T14:00:00+00:00"`, start), field("endLocal", `"2026-11-26T15:00:00+00:00"`, end)}
	}
	one := func(args string, c Change) struct {
		args    string
		changes []Change
	} {
		return struct {
			args    string
			changes []Change
		}{`[{"deltas":[` + args + `]}]`, []Change{c}}
	}
	updated := func(version int) string {
		return delta("appointment", 3, version, "updated", "rest", `"appointment":`+cardiology)
	}
	replaced := func(fields ...diff.Field) Change {
		return Change{Outcome: outcome(plancache.Replaced), Before: []byte("{}"), After: []byte(cardiology), Fields: fields}
	}
	bill := delta("bill", 42, 42, "updated", "collaborator", `"bill":`+labs)
	all := one(bill, Change{Outcome: outcome(plancache.Replaced), Fields: []diff.Field{field("status", `"todo"`, `"paid"`)}})
	batch := all
	batch.args = `[{"deltas":[` + delta("bill", 42, 46, "updated", "rest", `"bill":`+labs) + "," + delta("bill", 43, 44, "updated", "rest", `"bill":`+labs) + "," + updated(45) + "," + delta("bill", 44, 43, "created", "inbound", `"bill":`+labs) + "," + delta("bill", 7, 47, "deleted", "rest", "") + `]}]`
	batch.changes = []Change{
		{Delta: 3, Outcome: outcome(plancache.Applied), After: []byte(labs)},
		{Delta: 1, Outcome: outcome(plancache.Stale), Held: 45},
		{Delta: 2, Outcome: outcome(plancache.Replaced), After: []byte(cardiology), Fields: []diff.Field{
			field("startLocal", `"2026-11-26T14:00:00+00:00"`, `"2026-11-26T16:30:00+00:00"`),
			field("location", `"Riverside Clinic, room 4"`, `"Main Street Dental, second floor, ask at the desk"`),
			field("prepNote", "null", `"Bring the referral letter and the list of medicines"`),
			field("icsToken", `"0f"`, `"1e"`),
			field("googleSync", `{"etag":null}`, "null"),
		}},
		{Delta: 0, Outcome: outcome(plancache.Replaced), Fields: []diff.Field{
			field("amount", `1240`, `86.40`),
			field("dueDate", `"2026-11-27T00:00:00.000Z"`, `null`),
			field("assignedCollaboratorId", `null`, `3`),
			field("triage", ``, `{"level":[1,2,3]}`),
		}},
		{Delta: 4, Outcome: outcome(plancache.Removed), Before: []byte(labs)},
	}
	sameInstant := field("createdAt", `"2026-11-23T01:28:33.846Z"`, `"2026-11-23T01:28:33.846+00:00"`)
	sameInstant.SameInstant = true
	plan := delta("plan", 1, 48, "updated", "rest", `"section":"collaborators"`)
	messages := []struct {
		args    string
		changes []Change
	}{
		one(updated(41), replaced(moved(`"2026-11-27T09:30:00+00:00"`, `"2026-11-27T10:30:00+00:00"`)...)),
		one(updated(41), replaced(moved(`"2026-11-26T14:30:00+00:00"`, `"2026-11-26T16:00:00+01:00"`)...)),
		one(updated(41), replaced(moved(`null`, `"soon"`)...)),
		all, batch,
		one(plan, Change{Outcome: outcome(plancache.Refreshed, plancache.PlanDelta)}),
		one(updated(49), replaced(sameInstant)),
		one(updated(49), Change{Outcome: outcome(plancache.Duplicate)}),
		one(updated(30), Change{Outcome: outcome(plancache.Stale)}),
		one(delta("bill", 99, 50, "updated", "rest", ""), Change{Outcome: outcome(plancache.Refreshed, plancache.PayloadMissing)}),
	}
	broken := one("", Change{Delta: -1, Outcome: outcome(plancache.Refreshed, plancache.Malformed)})
	broken.args = `[{"delta":[]}]`
	asked := one("", Change{Delta: -1, Outcome: outcome(plancache.Checked, plancache.Malformed)})
	asked.args = broken.args
	failed := one("null", Change{Outcome: outcome(plancache.Failed, plancache.Malformed)})
	return append(messages, broken, asked, failed)
}

func TestChangesGolden(t *testing.T) {
	for _, tt := range []struct {
		name  string
		width int
		theme *theme.Theme
	}{
		{"plain-80", 80, theme.Plain()},
		{"plain-130", 130, theme.Plain()},
		{"piped", 0, theme.Plain()},
		{"dark-80", 80, theme.New(theme.TrueColor, true)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var screen bytes.Buffer
			tail := NewTail(&screen, &screen, TailOptions{
				Started: time.Date(2026, 11, 23, 1, 28, 31, 0, time.UTC), Location: time.UTC,
				Width: columnsOf(tt.width), ErrWidth: columnsOf(tt.width), Theme: tt.theme, ErrTheme: tt.theme,
			})
			var m contract.Message
			for i, s := range stateMessages() {
				rec := &session.Record{Kind: session.KindEvent, T: time.Duration(i) * time.Second, Args: []byte(s.args)}
				contract.Decode(rec.Args, &m)
				if err := tail.Changes(rec, &m, s.changes); err != nil {
					t.Fatal(err)
				}
			}
			if err := tail.Flush(); err != nil {
				t.Fatal(err)
			}
			golden(t, "changes-"+tt.name+".golden", screen.String())
			if tt.width > 0 {
				checkLines(t, screen.String(), tt.width)
			}
			checkBlanks(t, screen.String())
		})
	}
}
