//go:build unix

package witness_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/witness"
	"github.com/carebase/deltatap/replay/witness/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// day is the database behind the captured plan of fixtures/plans/owner-day.json, and more rows that are none of it.
const day = `
insert into users (id, email, forwarding_address, plan_secret, plan_version, plan_updated_at) values
	(1, 'a@x', 'a@in.x', 's', 13, '2026-11-23 01:28:39.966'),
	(2, 'b@x', 'b@in.x', 's', 4, null),
	(3, 'c@x', 'c@in.x', 's', 0, null),
	(4, 'd@x', 'd@in.x', 's', 0, null);
insert into recipients (id, user_id, display_name) values (1, 1, 'Alex'), (2, 2, 'Blake');
insert into items (id, recipient_id) select n, 1 from generate_series(1, 20) n;
insert into items (id, recipient_id) values (21, 2);
insert into appointments (id, item_id, start_local, end_local, start_time_zone, end_time_zone, start_offset, end_offset, location, prep_note, summary, ics_token, created_at) values
	(1, 1, '2026-11-24T15:00Z', '2026-11-24T16:00Z', 'UTC', 'UTC', '+00:00', '+00:00', 'Riverside Clinic, room 4', 'Bring the referral letter', 'Appointment confirmation', '288313d12166e6c505cf7005c5f9671e308ad5be5ed97aa6a4e6f6c99a6a115d', '2026-11-23 01:28:33.846'),
	(3, 3, '2026-11-26T14:00Z', '2026-11-26T15:00Z', 'UTC', 'UTC', '+00:00', '+00:00', '2:00 PM at Main Street Dental.', null, 'Appointment confirmation', '64282984197f6dee5c071a732da7c8a956dba7b6d3f66b6607a3961887b9a4f5', '2026-11-23 01:28:34.692'),
	(4, 7, '2026-11-22T23:59:59Z', null, null, null, null, null, null, null, 'before the dates', 'i4', now()),
	(5, 8, '2026-11-30T00:00Z', null, null, null, null, null, null, null, 'after the dates', 'i5', now()),
	(6, 9, null, null, null, null, null, null, null, null, 'at no time', 'i6', now()),
	(7, 21, '2026-11-24T15:00Z', null, null, null, null, null, null, null, 'of somebody else', 'i7', now());
insert into bills (id, item_id, amount, due_date, pay_url, status, task_key, created_at) values
	(1, 4, 86.40, '2026-11-27', 'https://pay.example.com/labs', 'paid', 'b3747ce13d489e5d79e9994b31aeaaf1', '2026-11-23 01:28:35.111'),
	(2, 5, 1199.99, '2026-11-28', 'https://pay.example.com/hospital', 'todo', 'c8d9af0bb53a955e99065fc957c0c8e0', '2026-11-23 01:28:35.528'),
	(4, 10, 1, '2026-11-30', null, 'todo', null, now());
insert into care_collaborators (id, recipient_id, user_id, email, role, status, invite_token, invited_by, invited_at, accepted_at) values
	(2, 1, null, 'c@x', 'contributor', 'pending', '5dc729f6a0cd71f247d6ee5c2c9e4bb4', 1, '2026-11-23 01:28:38.626', null),
	(1, 1, 1, 'a@x', 'owner', 'accepted', 'used', 1, '2026-11-23 01:28:31.407', '2026-11-23 01:28:31.407');
`

func read(t *testing.T, url string, user int64, o witness.Options) string {
	t.Helper()
	testimony, err := witness.Ask(t.Context(), url, user, o)
	if err != nil {
		t.Fatal(err)
	}
	text := testimony.JSON()
	if _, err := plan.Parse(text); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return string(text)
}

var today = witness.Options{Now: time.Date(2026, 11, 23, 1, 28, 31, 0, time.UTC)}

// The plan is the one that a Carebase server answered, but for what the tables do not tell.
func TestReadsWhatTheServerAnswered(t *testing.T) {
	url := pgtest.Carebase(t)
	pgtest.Exec(t, url, day)
	answered, err := os.ReadFile("../../fixtures/plans/owner-day.json")
	if err != nil {
		t.Fatal(err)
	}
	got := read(t, url, 1, today)
	result, err := diff.Plans([]byte(got), answered, diff.Options{Ignore: []string{"googleSync"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range result.Differences {
		t.Errorf("%s is %s: %q, the server answered %q", d.Item, d.Kind, d.Cached, d.Server)
	}
	for _, f := range result.Plan {
		t.Errorf("%s is %s, the server answered %s", f.Path, f.Cached, f.Server)
	}
	if result.Same != 4 || result.SameCollaborators != 2 {
		t.Errorf("%d items and %d collaborators are the same, want 4 and 2", result.Same, result.SameCollaborators)
	}
	// The spelling is the server's, too.
	spelled := strings.NewReplacer(`,"googleSync":{"calendarId":null,"eventId":null,"etag":null,"lastSyncedAt":null,"lastSyncDirection":null,"localHash":null,"remoteUpdatedAt":null,"syncStatus":"idle","lastError":null}`, "").
		Replace(strings.TrimSpace(string(answered)))
	if d := cmp.Diff(spelled, got); d != "" {
		t.Errorf("spelling (-server +database):\n%s", d)
	}
}

func TestWhosePlan(t *testing.T) {
	url := pgtest.Carebase(t)
	pgtest.Exec(t, url, day, `insert into care_collaborators (id, recipient_id, user_id, email, role, status, invite_token, accepted_at) values
		(11, 2, 3, 'c@x', 'contributor', 'accepted', 't1', '2026-01-01'), (12, 1, 3, 'c@x', 'contributor', 'accepted', 't2', '2026-02-01'),
		(13, 2, 3, 'c@x', 'contributor', 'revoked', 't3', '2026-03-01'), (14, 1, 2, 'b@x', 'contributor', 'accepted', 't4', '2026-01-01'),
		(15, 1, 4, 'd@x', 'contributor', 'pending', 't5', null)`)
	for user, want := range map[int64]string{
		1: `"displayName":"Alex"`, 2: `"displayName":"Blake"`, // an owner reads their own
		3: `"displayName":"Alex"`, // the one accepted last
	} {
		if got := read(t, url, user, today); !strings.Contains(got, want) {
			t.Errorf("user %d reads %s, want %s", user, got, want)
		}
	}
	if got := read(t, url, 3, today); !strings.Contains(got, `"planVersion":13,`) || strings.Contains(got, "pending") || strings.Contains(got, "t2") {
		t.Errorf("a collaborator reads %s, want the owner's version, and no invitations", got)
	}
	for _, user := range []int64{4, 5} {
		if _, err := witness.Ask(t.Context(), url, user, today); !errors.Is(err, witness.ErrNoPlan) {
			t.Errorf("user %d: %v", user, err)
		}
	}
}

func TestDates(t *testing.T) {
	url := pgtest.Carebase(t)
	pgtest.Exec(t, url, day, `
		insert into items (id, recipient_id) select n, 1 from generate_series(30, 40) n;
		insert into bills (id, item_id, amount, due_date, statement_date, status) values
			(10, 30, 0.10, '2026-01-31', '2026-01-01', 'overdue'), (11, 31, null, null, null, 'todo'), (12, 32, 100, '2026-11-29', null, 'todo'),
			(13, 33, 'NaN', '2026-11-23', null, 'todo');`)
	got := read(t, url, 1, today)
	for _, want := range []string{
		`"id":10,"itemId":30,"statementDate":"2026-01-01T00:00:00.000Z","amount":0.1,"dueDate":"2026-01-31T00:00:00.000Z"`,
		`"id":11,"itemId":31,"statementDate":null,"amount":null,"dueDate":null`, `"amount":100,`, `"id":13,"itemId":33,"statementDate":null,"amount":null`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the plan lacks %s: %s", want, got)
		}
	}
	if strings.Index(got, `"id":10,`) > strings.Index(got, `"id":12,`) || strings.Index(got, `"id":12,`) > strings.Index(got, `"id":11,`) {
		t.Errorf("bills are not in the order of their due dates: %s", got)
	}
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Skip(err)
	}
	o := today
	o.Location, o.Days = zone, 2
	got = read(t, url, 1, o) // it is still the 22nd there
	for _, want := range []string{
		`"dateRange":{"start":"2026-11-22T05:00:00.000Z","end":"2026-11-24T05:00:00.000Z"}`,
		`"id":4,"itemId":7,"startLocal":"2026-11-22T18:59:59-05:00"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("in New York the plan lacks %s: %s", want, got)
		}
	}
	o = witness.Options{Start: time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC), End: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)}
	if got := read(t, url, 1, o); !strings.Contains(got, "after the dates") || strings.Contains(got, "Riverside") {
		t.Errorf("with dates of its own the plan is %s", got)
	}
}

// What stands in the database is text and not JSON.
func TestHostileText(t *testing.T) {
	url := pgtest.Carebase(t)
	pgtest.Exec(t, url, day, `update appointments set summary = E'"}],"x":[\n\t\u2028\\ é' where id = 1`)
	if got, want := read(t, url, 1, today), `"summary":"\"}],\"x\":[\n\t`; !strings.Contains(got, want) {
		t.Errorf("the plan lacks %s: %s", want, got)
	}
}

// Errors tell what failed by their type, in a line, and never the password.
func TestErrors(t *testing.T) {
	const secret = "hunter2"
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	url := pgtest.Carebase(t)
	empty := pgtest.Empty(t)
	wrong := strings.Replace(url, ":pgtest@", ":"+secret+"@", 1)
	for name, c := range map[string]struct {
		url  string
		want any
	}{
		"nobody listens":    {"postgres://u:" + secret + "@" + closed.Addr().String() + "/x", new(*witness.UnreachableError)},
		"wrong password":    {wrong, new(*witness.RefusedError)},
		"no such database":  {url[:strings.LastIndex(url, "/")] + "/nosuch?sslmode=disable", new(*witness.UnusableError)},
		"no Carebase":       {empty, new(*witness.UnusableError)},
		"no URL":            {"postgres://u:" + secret + "@[::1/%zz", new(*witness.UnusableError)},
		"no URL either":     {secret, new(*witness.UnusableError)},
		"nobody would know": {"postgres://u:" + secret + "@host.invalid/x", new(*witness.UnreachableError)},
	} {
		_, err := witness.Ask(t.Context(), c.url, 1, witness.Options{Now: today.Now, Timeout: 5 * time.Second})
		if err == nil || !errors.As(err, c.want) {
			t.Errorf("%s: %T %v, want %T", name, err, err, c.want)
		}
		if err != nil && (strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "\n")) {
			t.Errorf("%s: the error is %q", name, err)
		}
	}
}

func TestPrivileges(t *testing.T) {
	url := pgtest.Carebase(t)
	pgtest.Exec(t, url, day, `drop role if exists support`, `create role support login password 'support'`, `grant select on users, recipients, items, appointments to support`)
	as := strings.Replace(url, "postgres:pgtest@", "support:support@", 1)
	_, err := witness.Ask(t.Context(), as, 1, today)
	if _, ok := errors.AsType[*witness.RefusedError](err); !ok {
		t.Errorf("without the right to read bills: %T %v", err, err)
	}
	pgtest.Exec(t, url, `grant select on bills, care_collaborators to support`)
	if got := read(t, as, 1, today); !strings.Contains(got, "Riverside") {
		t.Errorf("reading is enough to read, and yet: %s", got)
	}
}

// A statement that takes too long is given up, and so is one that nobody waits for any more.
func TestTimeLimits(t *testing.T) {
	url := pgtest.Carebase(t)
	pgtest.Exec(t, url, day, `alter table appointments rename to slow`,
		`create view appointments as select s.* from slow s, (select pg_sleep(30)) t`)
	o := today
	o.Timeout = 300 * time.Millisecond
	_, err := witness.Ask(t.Context(), url, 1, o)
	if _, ok := errors.AsType[*witness.UnreachableError](err); !ok {
		t.Errorf("a slow statement: %T %v", err, err)
	}
	o.Timeout = 0
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := witness.Ask(ctx, url, 1, o); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a context that ended: %T %v", err, err)
	}
}

// The database is told goodbye as soon as it has been asked: connections are few there.
func TestSaysGoodbye(t *testing.T) {
	url := pgtest.Carebase(t)
	pgtest.Exec(t, url, day)
	url, last := between(t, url, "")
	read(t, url, 1, today)
	const terminate = "X\x00\x00\x00\x04" // PostgreSQL documentation, "Message Formats"
	select {
	case got := <-last:
		if got != terminate {
			t.Errorf("its last words are %q", got)
		}
	case <-time.After(20 * time.Second):
		t.Error("the connection is still there")
	}
}

// TestSilentDatabase has a database that answers no more in the middle of the reading, as one does whose machine is gone: there
// is nobody left to end the statement.
func TestSilentDatabase(t *testing.T) {
	url := pgtest.Carebase(t)
	pgtest.Exec(t, url, day)
	o := today
	o.Timeout = 300 * time.Millisecond
	for _, before := range []string{"begin isolation", "statement_timeout", "plan_version", "from appointments"} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		through, _ := between(t, url, before)
		_, err := witness.Ask(ctx, through, 1, o)
		cancel()
		if _, ok := errors.AsType[*witness.UnreachableError](err); !ok {
			t.Errorf("silent from %q on: %T %v", before, err, err)
		}
	}
}

// between is the URL of a database for one connection, of which the database gets nothing any more from where the client says
// mute, if it is not empty. It tells the client's last words.
func between(t *testing.T, url, mute string) (through string, last <-chan string) {
	t.Helper()
	config, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	addr := net.JoinHostPort(config.Host, strconv.Itoa(int(config.Port)))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	words := make(chan string, 1)
	go func() {
		client, err := listener.Accept()
		if err != nil {
			return
		}
		defer client.Close()
		database, err := net.Dial("tcp", addr)
		if err != nil {
			return
		}
		defer database.Close()
		go io.Copy(client, database)
		said, text := "", make([]byte, 64<<10)
		for muted := false; ; {
			n, err := client.Read(text)
			if err != nil {
				words <- said
				return
			}
			said = string(text[:n])
			if muted = muted || mute != "" && strings.Contains(said, mute); !muted {
				_, _ = database.Write(text[:n])
			}
		}
	}()
	return strings.Replace(url, addr, listener.Addr().String(), 1), words
}

// The plan and its version are of one moment.
func TestOneSnapshot(t *testing.T) {
	url := pgtest.Carebase(t)
	pgtest.Exec(t, url, day, `alter table bills rename to b`, `create view bills as select id, item_id, statement_date, amount, due_date,
		current_setting('transaction_isolation') as pay_url, status, task_key, assigned_collaborator_id, created_at from b`)
	if got := read(t, url, 1, today); !strings.Contains(got, `"payUrl":"repeatable read"`) {
		t.Errorf("the transaction is another one: %s", got)
	}
}

// The transaction cannot write, whatever a view of somebody's tries.
func TestReadsOnly(t *testing.T) {
	url := pgtest.Carebase(t)
	pgtest.Exec(t, url, day, `create function sly() returns int language sql as 'update users set plan_version = 99 returning 1'`,
		`alter table bills rename to b`, `create view bills as select b.* from b where sly() = 1`)
	_, err := witness.Ask(t.Context(), url, 1, today)
	if err == nil || !strings.Contains(err.Error(), "read-only") {
		t.Errorf("writing: %v", err)
	}
}
