//go:build unix

package witness_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/witness"
	"github.com/carebase/deltatap/replay/witness/pgtest"
)

// doubts are rows of which it is written nowhere whether a plan shows them.
const doubts = `
insert into items (id, recipient_id, review_status) select n, 1, 'auto' from generate_series(50, 60) n;
insert into items (id, recipient_id, review_status) values (70, 1, 'pending_review'), (71, 1, 'noise'), (72, 1, null);
insert into bills (id, item_id, due_date, status) values
	(50, 50, '2026-11-22', 'paid'), (51, 51, '2026-11-22', 'todo'), (52, 52, '2026-11-22', 'overdue'), (53, 53, '2026-12-24', 'overdue'),
	(54, 54, '2026-12-24', 'todo'), (55, 55, '2026-11-23', 'paid'), (56, 56, '2026-11-22', null), (70, 70, null, 'todo');
insert into appointments (id, item_id, start_local, summary, ics_token) values
	(71, 71, '2026-11-24T15:00Z', 'turned down', 'i71'), (72, 72, '2026-11-24T15:00Z', 'never looked at', 'i72');
insert into care_collaborators (id, recipient_id, user_id, email, role, status) values
	(50, 1, 3, 'c@x', 'contributor', 'accepted'), (51, 1, null, 'e@x', 'contributor', 'revoked');
`

// present lists the ids of a list.
func present(l *plan.List) (ids []int64) {
	for i := range l.Len() {
		ids = append(ids, l.ID(i))
	}
	return ids
}

func holds(t *testing.T, p *plan.Plan, list *plan.List, what string, want ...int64) {
	t.Helper()
	got := present(list)
	if len(got) != len(want) {
		t.Errorf("%s: there are %v, want %v", what, got, want)
		return
	}
	seen := map[int64]bool{}
	for _, id := range got {
		seen[id] = true
	}
	for _, id := range want {
		if !seen[id] {
			t.Errorf("%s: there are %v, want %v", what, got, want)
		}
	}
}

// Held against a plan that shows none of the rows in doubt there are none of them, and against one that shows all, all.
func TestDoubts(t *testing.T) {
	url := pgtest.Carebase(t)
	pgtest.Exec(t, url, day, doubts)
	none, err := plan.Parse([]byte(`{"bills":[]}`))
	if err != nil {
		t.Fatal(err)
	}
	all, err := plan.Parse([]byte(`{"bills":[{"id":50},{"id":51},{"id":53},{"id":54},{"id":56},{"id":70}],"appointments":[{"id":71}],"collaborators":[{"id":51},{"id":2}]}`))
	if err != nil {
		t.Fatal(err)
	}
	owner, err := witness.Ask(t.Context(), url, 1, today)
	if err != nil {
		t.Fatal(err)
	}
	shared, err := witness.Ask(t.Context(), url, 3, today)
	if err != nil {
		t.Fatal(err)
	}
	p := owner.Beside(none)
	holds(t, p, &p.Bills, "bills without doubt", 1, 2, 50, 51, 52, 55, 56)
	holds(t, p, &p.Appointments, "appointments without doubt", 1, 3, 72)
	holds(t, p, &p.Collaborators, "collaborators without doubt", 1, 2, 50)
	p = owner.Beside(all)
	holds(t, p, &p.Bills, "bills", 1, 2, 50, 51, 52, 55, 56, 70)
	holds(t, p, &p.Appointments, "appointments", 1, 3, 71, 72)
	holds(t, p, &p.Collaborators, "collaborators", 1, 2, 50, 51)
	p = shared.Beside(none)
	holds(t, p, &p.Collaborators, "a collaborator's, without doubt", 1, 50)
	p = shared.Beside(all)
	holds(t, p, &p.Collaborators, "a collaborator's", 1, 2, 50, 51)
}

// Dates that end in the middle of a day leave open whether that day's bills belong to them.
func TestDoubtAtTheEnd(t *testing.T) {
	url := pgtest.Carebase(t)
	pgtest.Exec(t, url, day, `insert into items (id, recipient_id) values (50, 1), (51, 1)`,
		`insert into bills (id, item_id, due_date) values (50, 50, '2026-11-29'), (51, 51, '2026-11-30')`)
	none, err := plan.Parse([]byte(`{"bills":[]}`))
	if err != nil {
		t.Fatal(err)
	}
	for hour, want := range map[int][]int64{0: {1, 2, 50}, 5: {1, 2, 50}, -9: {1, 2}} {
		at := func(d int) time.Time { return time.Date(2026, 11, d, hour, 0, 0, 0, time.UTC) }
		testimony, err := witness.Ask(t.Context(), url, 1, witness.Options{Start: at(23), End: at(30)})
		if err != nil {
			t.Fatal(err)
		}
		p := testimony.Beside(none)
		holds(t, p, &p.Bills, at(30).String(), want...)
	}
}

func TestWhichPlan(t *testing.T) {
	url := pgtest.Carebase(t)
	pgtest.Exec(t, url, day, `insert into recipients (id, user_id, display_name) values (3, 1, 'Chris')`, `insert into care_collaborators
		(id, recipient_id, user_id, email, role, status, accepted_at) values
		(11, 2, 3, 'c@x', 'contributor', 'accepted', '2026-01-01'), (12, 1, 3, 'c@x', 'contributor', 'accepted', '2026-02-01')`)
	for _, c := range []struct {
		user, recipient int64
		want            string
	}{{1, 0, "Alex"}, {1, 1, "Alex"}, {1, 3, "Chris"}, {3, 0, "Alex"}, {3, 2, "Blake"}} {
		o := today
		o.Recipient = c.recipient
		if got := read(t, url, c.user, o); !strings.Contains(got, `"displayName":"`+c.want+`"`) {
			t.Errorf("user %d asking for recipient %d reads %s, want that of %s", c.user, c.recipient, got, c.want)
		}
	}
	o := today
	o.Recipient = 1
	_, err := witness.Ask(t.Context(), url, 2, o)
	if other, ok := errors.AsType[*witness.OtherPlanError](err); !ok || *other != (witness.OtherPlanError{User: 2, Reads: 2, Asked: 1}) {
		t.Errorf("a plan of somebody else: %v", err)
	}
	if _, err := witness.Ask(t.Context(), url, 1<<40, today); !errors.Is(err, witness.ErrNoPlan) {
		t.Errorf("a user beyond the type of the column: %v", err)
	}
}

// A database of another kind is called that, however far it looks like one of Carebase's.
func TestOddColumns(t *testing.T) {
	url := pgtest.Carebase(t)
	pgtest.Exec(t, url, day, `alter table bills alter column pay_url type bytea using ''::bytea`, `alter table bills alter column statement_date type text`,
		`update bills set statement_date = 'soon'`)
	_, err := witness.Ask(t.Context(), url, 1, today)
	if _, ok := errors.AsType[*witness.UnusableError](err); !ok {
		t.Errorf("a date that is text: %T %v", err, err)
	}
}

func TestSource(t *testing.T) {
	t.Setenv("PGPASSWORD", "hunter2")
	for url, want := range map[string]string{
		"postgres://u:hunter2@db.example:6543/care?sslmode=disable": "db.example:6543/care",
		"postgres://u@[::1]/care":                                   "[::1]:5432/care",
		"host=/var/run/postgresql dbname=care user=u":               "/var/run/postgresql:5432/care",
		"postgres://u@h":        "h:5432/u",
		"mysql://u:hunter2@h/x": "not the URL of a PostgreSQL database",
	} {
		got, err := witness.Source(url)
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", url, got, want)
		}
	}
}
