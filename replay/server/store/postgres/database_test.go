//go:build unix

package postgres_test

import (
	"context"
	"errors"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/carebase/deltatap/replay/server/store"
	"github.com/carebase/deltatap/replay/server/store/postgres"
	"github.com/carebase/deltatap/replay/server/storetest"
	"github.com/carebase/deltatap/replay/witness/pgtest"
)

var (
	now  = time.Date(2026, 11, 23, 1, 28, 31, 365e6, time.UTC)
	week = store.Range{Start: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC), End: time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)}
	ann  = store.User{ID: 1, Email: "ann@example.test"}
	bob  = store.User{ID: 2, Email: "bob@example.test"}
)

func house() store.Seed {
	return store.Seed{
		Users: []store.User{ann, bob},
		Plans: []store.Plan{store.NewPlan(ann, 1, "Alex", now), store.NewPlan(bob, 2, "Sam", now)},
	}
}

// created is a store on a database of its own with a seed, and the database's URL.
func created(t *testing.T, seed store.Seed) (*postgres.Store, string) {
	t.Helper()
	url := pgtest.Empty(t)
	s := open(t, url, postgres.Options{})
	if err := s.Create(t.Context(), seed); err != nil {
		t.Fatal(err)
	}
	return s, url
}

func put(t *testing.T, s *postgres.Store, items ...store.Item) error {
	t.Helper()
	return s.Update(t.Context(), ann.ID, func(tx store.Tx) error {
		for _, item := range items {
			if err := tx.Put(item); err != nil {
				return err
			}
		}
		return nil
	})
}

// A plan that a Carebase server answered comes out as it went in, but for what no table tells.
func TestKeepsACapturedPlan(t *testing.T) {
	text, err := os.ReadFile("../../../../fixtures/plans/owner-day.json")
	if err != nil {
		t.Fatal(err)
	}
	plan, err := store.ParsePlan(text)
	if err != nil {
		t.Fatal(err)
	}
	owner := store.User{ID: plan.Recipient.UserID, Email: "a@x"}
	s, _ := created(t, store.Seed{Users: []store.User{owner}, Plans: []store.Plan{plan}})
	got, err := s.Plan(t.Context(), owner.ID, week)
	if err != nil {
		t.Fatal(err)
	}
	for _, items := range [][]store.Item{plan.Appointments, plan.Bills} {
		for i := range items {
			head, _, _ := strings.Cut(string(items[i].Payload), `,"googleSync":`)
			items[i].Payload = []byte(head + `,"googleSync":null}`)
		}
	}
	if diff := cmp.Diff(plan, got); diff != "" {
		t.Errorf("plan (-went in +came out):\n%s", diff)
	}
}

// A running server's tables carry more columns: what stands in them is left alone, and rows are
// made without them.
func TestLeavesUnknownColumnsAlone(t *testing.T) {
	s, url := created(t, house())
	if err := put(t, s, storetest.Bill(1, 11, "")); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"users", "recipients", "items", "appointments", "bills", "care_collaborators"} {
		pgtest.Exec(t, url, `alter table `+table+` add column "default" text not null default 'hers'`, `update `+table+` set "default" = 'mine'`)
	}
	if err := put(t, s, storetest.Bill(1, 11, "2026-11-24"), storetest.Bill(2, 12, "2026-11-25"), storetest.Appointment(1, 13, "2026-11-24T10:00:00+00:00")); err != nil {
		t.Fatal(err)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
	plan, err := s.Plan(t.Context(), ann.ID, week)
	if err != nil {
		t.Fatal(err)
	}
	want := []store.Item{storetest.Bill(1, 11, "2026-11-24"), storetest.Bill(2, 12, "2026-11-25")}
	if diff := cmp.Diff(want, plan.Bills); diff != "" {
		t.Errorf("bills (-want +got):\n%s", diff)
	}
	pgtest.Exec(t, url, `do $$ begin
		assert (select string_agg("default", ' ' order by id) from bills) = 'mine hers';
		assert (select string_agg("default", ' ' order by id) from users) = 'mine mine';
	end $$`)
}

// What a column would change or cut off is refused, and said.
func TestRefusesWhatColumnsCannotHold(t *testing.T) {
	s, _ := created(t, house())
	bill, appointment := storetest.Bill(1, 11, "2026-11-24"), storetest.Appointment(1, 12, "2026-11-24T10:00:00+00:00")
	for _, tc := range []struct {
		item               store.Item
		before, after, why string
	}{
		{bill, `"amount":86.4`, `"amount":86.456`, "amount: more than the two decimals"},
		{bill, `"amount":86.4`, `"amount":1e9`, "numeric field overflow"},
		{bill, `"amount":86.4`, `"amount":"86.4"`, "amount: not a number"},
		{bill, `T00:00:00.000Z"`, `T10:00:00.000Z"`, "dueDate: not a midnight"},
		{bill, `"status":"todo"`, `"status":7`, "status: not a string"},
		{bill, `"assignedCollaboratorId":null`, `"assignedCollaboratorId":0`, "assignedCollaboratorId: not an id"},
		{appointment, `"Check-up"`, `"` + strings.Repeat("é", 501) + `"`, "too long"},
		{appointment, `"Check-up"`, `"a\u0000b"`, "invalid byte sequence"},
		{appointment, `"Check-up"`, `null`, "null value"},
	} {
		tc.item.Payload = []byte(strings.Replace(string(tc.item.Payload), tc.before, tc.after, 1))
		err := put(t, s, tc.item)
		if !errors.Is(err, store.ErrInvalid) || !strings.Contains(err.Error(), tc.why) {
			t.Errorf("%s: error %v, want %v: %s", tc.after, err, store.ErrInvalid, tc.why)
		}
	}
	same := appointment
	same.ID, same.ItemID = 2, 13
	if err := put(t, s, appointment, same); !errors.Is(err, store.ErrTaken) || strings.Contains(err.Error(), "0000") {
		t.Errorf("an icsToken twice: error %v, want %v without the token", err, store.ErrTaken)
	}
	big := storetest.Bill(1<<31, 14, "")
	if err := put(t, s, big); !errors.Is(err, store.ErrInvalid) {
		t.Errorf("an id that is no int: error %v, want %v", err, store.ErrInvalid)
	}
	plan, err := s.Plan(t.Context(), ann.ID, week)
	if err != nil || len(plan.Bills)+len(plan.Appointments) > 0 {
		t.Errorf("plan %v, error %v; want nothing stored", plan, err)
	}
}

// Tables are made in an empty database only, and seeds sown where nobody lives; what fails leaves
// nothing behind.
func TestCreatesAndSeedsInOneStep(t *testing.T) {
	url := pgtest.Empty(t)
	s := open(t, url, postgres.Options{})
	if err := s.Check(t.Context()); !is[*postgres.UnusableError](err) {
		t.Errorf("check of an empty database: %v", err)
	}
	odd := house()
	odd.Plans[1].Bills = []store.Item{storetest.Bill(1, 11, ""), storetest.Bill(1, 12, "")}
	if err := s.Create(t.Context(), odd); !errors.Is(err, store.ErrTaken) || !strings.Contains(err.Error(), "bill 1: ") {
		t.Errorf("creating with a bill twice: error %v", err)
	}
	if err := s.Check(t.Context()); !is[*postgres.UnusableError](err) {
		t.Errorf("something was left behind: check says %v", err)
	}
	if err := s.Create(t.Context(), store.Seed{}); err != nil {
		t.Fatal(err)
	}
	if err := s.Create(t.Context(), house()); !is[*postgres.UnusableError](err) || !strings.Contains(err.Error(), "tables already: appointments, bills, care_collaborators and 4 more") {
		t.Errorf("creating again: %v", err)
	}
	if err := s.Seed(t.Context(), odd); !errors.Is(err, store.ErrTaken) {
		t.Errorf("seeding with a bill twice: %v", err)
	}
	if err := s.Seed(t.Context(), house()); err != nil {
		t.Errorf("seeding empty tables: %v", err)
	}
	if err := s.Seed(t.Context(), house()); !is[*postgres.UnusableError](err) || !strings.Contains(err.Error(), "users already: 2") {
		t.Errorf("seeding again: %v", err)
	}
	users, total, err := s.Users(t.Context(), 1)
	if err != nil || total != 2 || !slices.Equal(users, []store.User{ann}) {
		t.Errorf("users %v of %d, error %v", users, total, err)
	}
}

// What of a plan has no column is told before anybody misses it.
func TestLacks(t *testing.T) {
	odd := func(item store.Item, members string) store.Item {
		item.Payload = []byte(strings.Replace(string(item.Payload), `"googleSync":null`, members, 1))
		return item
	}
	plan := store.NewPlan(ann, 1, "Alex", now)
	idle := `"googleSync":{"calendarId":null,"eventId":null,"etag":null,"lastSyncedAt":null,"lastSyncDirection":null,"localHash":null,"remoteUpdatedAt":null,"syncStatus":"idle","lastError":null}`
	plan.Bills = []store.Item{storetest.Bill(1, 11, ""), odd(storetest.Bill(2, 12, ""), idle)}
	if got := postgres.Lacks(plan); len(got) > 0 {
		t.Errorf("%q is said to be lacking, want nothing", got)
	}
	plan.Bills = append(plan.Bills, odd(storetest.Bill(3, 13, ""), `"startLocal":1,"googleSync":null`))
	plan.Appointments = []store.Item{odd(storetest.Appointment(1, 14, "2026-11-24T10:00:00Z"), strings.Replace(idle, `"etag":null`, `"etag":"x"`, 1))}
	plan.Collaborators[0].Extra = []byte(`{"avatar":"x"}`)
	plan.Extra = []byte(`{"theme":1}`)
	want := []string{"appointment.googleSync", "bill.startLocal", "collaborator.avatar", "plan.theme"}
	if diff := cmp.Diff(want, postgres.Lacks(plan)); diff != "" {
		t.Errorf("lacking (-want +got):\n%s", diff)
	}
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// Keys that came into the tables without their sequences are not given out.
func TestPassesOverUsedKeys(t *testing.T) {
	s, url := created(t, house())
	pgtest.Exec(t, url, `insert into items (id, recipient_id) values (1, 2), (2, 2), (4, 2)`)
	var got []int64
	err := s.Update(t.Context(), ann.ID, func(tx store.Tx) error {
		for range 2 {
			id, err := tx.Next(store.ItemIDs)
			if err != nil {
				return err
			}
			got = append(got, id)
		}
		return nil
	})
	if err != nil || !slices.Equal(got, []int64{3, 5}) {
		t.Errorf("keys %v, error %v, want 3 and 5", got, err)
	}
}

// What follows an update follows in the order of versions, over all processes on one database.
func TestWhatFollowsIsInOrder(t *testing.T) {
	const each = 25
	first, url := created(t, house())
	stores := []*postgres.Store{first, open(t, url, postgres.Options{}), open(t, url, postgres.Options{})}
	var order []int64 // guarded by the order itself
	var work sync.WaitGroup
	for _, s := range stores {
		work.Go(func() {
			for range each {
				var version int64
				err := s.UpdateThen(context.Background(), ann.ID, func(tx store.Tx) (err error) {
					version, err = tx.Bump(now)
					return err
				}, func() { order = append(order, version) })
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	work.Wait()
	if len(order) != each*len(stores) || !slices.IsSorted(order) {
		t.Errorf("%d followed, want %d in order: %v", len(order), each*len(stores), order)
	}
	failure := errors.New("on purpose")
	err := first.UpdateThen(t.Context(), ann.ID, func(store.Tx) error { return failure }, func() { t.Error("something followed a failure") })
	if !errors.Is(err, failure) {
		t.Errorf("error %v, want %v", err, failure)
	}
	err = stores[1].UpdateThen(t.Context(), 99, func(store.Tx) error { return nil }, func() { t.Error("something followed a failure") })
	if !errors.Is(err, store.ErrNotFound) {
		t.Errorf("error %v, want %v", err, store.ErrNotFound)
	}
}

// A change that was made is stored, and followed, though who asked for it has gone.
func TestStoresWhatNobodyWaitsFor(t *testing.T) {
	s, _ := created(t, house())
	ctx, leave := context.WithCancel(t.Context())
	followed := false
	err := s.UpdateThen(ctx, ann.ID, func(tx store.Tx) error {
		defer leave()
		_, err := tx.Bump(now)
		return err
	}, func() { followed = true })
	version, again := s.Version(t.Context(), ann.ID)
	if err != nil || again != nil || version.Number != 1 || !followed {
		t.Errorf("version %d, followed %v, errors %v and %v", version.Number, followed, err, again)
	}
}

// proxy passes connections on to the database, until it is cut.
type proxy struct {
	to       string
	listener net.Listener
	mu       sync.Mutex
	silent   bool
	open     []net.Conn
	work     sync.WaitGroup
}

// hush keeps what the database says to itself, and drops the connections on which it was when it is
// let speak again.
func (p *proxy) hush(silent bool) {
	p.mu.Lock()
	p.silent = silent
	p.mu.Unlock()
	if !silent {
		p.cut(true)
	}
}

func (p *proxy) isSilent() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.silent
}

func (p *proxy) listen(t *testing.T, addr string) {
	t.Helper()
	var err error
	if p.listener, err = net.Listen("tcp", addr); err != nil {
		t.Fatal(err)
	}
	p.work.Go(func() {
		for {
			in, err := p.listener.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", p.to)
			if err != nil {
				in.Close()
				continue
			}
			p.mu.Lock()
			p.open = append(p.open, in, out)
			p.mu.Unlock()
			p.work.Go(func() { p.pass(in, out) })
			p.work.Go(func() { p.pass(out, in) })
		}
	})
}

func (p *proxy) pass(to, from net.Conn) {
	buffer := make([]byte, 4096)
	for {
		n, err := from.Read(buffer)
		if p.isSilent() {
			n = 0
		}
		if _, failed := to.Write(buffer[:n]); err != nil || failed != nil {
			to.Close()
			return
		}
	}
}

// cut drops every connection; stay keeps the door open for new ones.
func (p *proxy) cut(stay bool) {
	if !stay {
		p.listener.Close()
	}
	p.mu.Lock()
	for _, c := range p.open {
		c.Close()
	}
	p.open = nil
	p.mu.Unlock()
	if !stay {
		p.work.Wait()
	}
}

// behind puts a proxy before the database of a URL, and returns the URL through it.
func behind(t *testing.T, url string) (*proxy, string) {
	t.Helper()
	_, rest, _ := strings.Cut(url, "@")
	addr, _, _ := strings.Cut(rest, "/")
	p := &proxy{to: addr}
	p.listen(t, "127.0.0.1:0")
	t.Cleanup(func() { p.cut(false) })
	return p, strings.Replace(url, addr, p.listener.Addr().String(), 1)
}

// A database that goes away fails what is asked of it, is said to be lost, and is used again when
// it is back.
func TestLosesAndFindsTheDatabase(t *testing.T) {
	first, url := created(t, house())
	if err := put(t, first, storetest.Bill(1, 11, "")); err != nil {
		t.Fatal(err)
	}
	p, url := behind(t, url)
	said := make(chan string, 10)
	s := open(t, url, postgres.Options{Notify: func(line string) { said <- line }})
	if _, err := s.Version(t.Context(), ann.ID); err != nil {
		t.Fatal(err)
	}
	p.cut(true) // as a restart does it, which nobody needs to know of
	if err := put(t, s, storetest.Bill(1, 11, "2026-11-24")); err != nil {
		t.Errorf("after a restart: %v", err)
	}
	p.cut(true)
	if _, err := s.Version(t.Context(), ann.ID); err != nil {
		t.Errorf("after another: %v", err)
	}
	select {
	case line := <-said:
		t.Errorf("a restart was told of: %s", line)
	default:
	}

	addr := p.listener.Addr().String()
	p.cut(false)
	for range 3 {
		if _, err := s.Plan(t.Context(), ann.ID, week); !is[*postgres.UnreachableError](err) {
			t.Errorf("reading from a lost database: %T %v", err, err)
		}
		if err := put(t, s, storetest.Bill(1, 11, "")); !is[*postgres.UnreachableError](err) {
			t.Errorf("writing to a lost database: %T %v", err, err)
		}
	}
	if line := <-said; !strings.HasPrefix(line, "the database is lost: ") || strings.Contains(line, "pgtest") {
		t.Errorf("it was said that %q", line)
	}
	p.listen(t, addr)
	if line := <-said; line != "the database is back" {
		t.Errorf("it was said that %q", line)
	}
	plan, err := s.Plan(t.Context(), ann.ID, week)
	if err != nil || string(plan.Bills[0].Payload) != string(storetest.Bill(1, 11, "2026-11-24").Payload) {
		t.Errorf("plan %v, error %v", plan.Bills, err)
	}
}

// A database that is there and says nothing is lost, too; one in which somebody else holds a lock
// is not.
func TestLosesASilentDatabase(t *testing.T) {
	first, url := created(t, house())
	p, through := behind(t, url)
	said := make(chan string, 10)
	s := open(t, through, postgres.Options{Timeout: 300 * time.Millisecond, Notify: func(line string) { said <- line }})
	err := first.Update(t.Context(), ann.ID, func(store.Tx) error {
		err := put(t, s, storetest.Bill(1, 11, ""))
		if !is[*postgres.UnreachableError](err) || !strings.Contains(err.Error(), "statement timeout") {
			t.Errorf("writing to a locked plan: %T %v", err, err)
		}
		return nil
	})
	if err != nil || len(said) > 0 {
		t.Errorf("error %v; %d lines were said of a lock", err, len(said))
	}
	p.hush(true)
	if _, err := s.Version(t.Context(), ann.ID); !is[*postgres.UnreachableError](err) || !strings.Contains(err.Error(), "does not answer") {
		t.Errorf("reading from a silent database: %T %v", err, err)
	}
	if line := <-said; !strings.HasPrefix(line, "the database is lost: it does not answer") {
		t.Errorf("it was said that %q", line)
	}
	p.hush(false)
	if line := <-said; line != "the database is back" {
		t.Errorf("it was said that %q", line)
	}
	if err := put(t, s, storetest.Bill(1, 11, "")); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// A connection that ends in the middle of a transaction takes it along; one that ends at its end
// leaves the outcome open.
func TestLosesTheConnectionInATransaction(t *testing.T) {
	_, url := created(t, house())
	p, through := behind(t, url)
	s := open(t, through, postgres.Options{})
	err := s.UpdateThen(t.Context(), ann.ID, func(tx store.Tx) error {
		if _, err := tx.Bump(now); err != nil {
			return err
		}
		p.cut(true)
		_, err := tx.Bump(now)
		return err
	}, func() { t.Error("something followed") })
	if !is[*postgres.UnreachableError](err) {
		t.Errorf("in the middle: %T %v", err, err)
	}
	err = s.UpdateThen(t.Context(), ann.ID, func(tx store.Tx) error {
		_, err := tx.Bump(now)
		p.cut(true)
		return err
	}, func() { t.Error("something followed") })
	if !is[*postgres.UnreachableError](err) || !strings.Contains(err.Error(), "it may be there") {
		t.Errorf("at the end: %T %v", err, err)
	}
	if version, err := s.Version(t.Context(), ann.ID); err != nil || version.Number != 0 {
		t.Errorf("version %d, error %v; want none of it", version.Number, err)
	}
}

// Closing does not wait for what waits for others.
func TestClosesInTheMiddle(t *testing.T) {
	first, url := created(t, house())
	s, err := postgres.Open(t.Context(), url, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	err = first.Update(t.Context(), ann.ID, func(tx store.Tx) error {
		go func() { ended <- s.Update(context.Background(), ann.ID, func(store.Tx) error { return nil }) }()
		pgtest.Exec(t, url, `do $$ begin while not exists (select 1 from pg_locks where not granted) loop perform pg_sleep(0.01); end loop; end $$`)
		return s.Close()
	})
	if err != nil {
		t.Error(err)
	}
	if err := <-ended; err == nil || err.Error() != "the store is closed" {
		t.Errorf("who waited was told %v", err)
	}
}

// Transactions that get into each other's way are run again.
func TestRunsConflictsAgain(t *testing.T) {
	s, url := created(t, house())
	pgtest.Exec(t, url, `create sequence run`,
		`create function conflict() returns trigger language plpgsql as $$ begin
			if nextval('run') <= 2 then raise exception 'try again' using errcode = 'serialization_failure'; end if; return new;
		end $$`,
		`create trigger conflict before update on users for each row execute function conflict()`)
	runs := 0
	err := s.Update(t.Context(), ann.ID, func(tx store.Tx) error {
		runs++
		_, err := tx.Bump(now)
		return err
	})
	if version, _ := s.Version(t.Context(), ann.ID); err != nil || runs != 3 || version.Number != 1 {
		t.Errorf("%d runs, version %d, error %v; want 3, 1", runs, version.Number, err)
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
	url := pgtest.Empty(t)
	for name, c := range map[string]struct {
		url  string
		want any
	}{
		"nobody listens":   {"postgres://u:" + secret + "@" + closed.Addr().String() + "/x", new(*postgres.UnreachableError)},
		"wrong password":   {strings.Replace(url, ":pgtest@", ":"+secret+"@", 1), new(*postgres.RefusedError)},
		"no such database": {url[:strings.LastIndex(url, "/")] + "/nosuch?sslmode=disable", new(*postgres.UnusableError)},
		"no URL":           {"postgres://u:" + secret + "@[::1/%zz", new(*postgres.UnusableError)},
		"no URL either":    {secret, new(*postgres.UnusableError)},
	} {
		_, err := postgres.Open(t.Context(), c.url, postgres.Options{ConnectTimeout: 5 * time.Second})
		if err == nil || !errors.As(err, c.want) {
			t.Errorf("%s: %T %v, want %T", name, err, err, c.want)
		}
		if err != nil && (strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "\n")) {
			t.Errorf("%s: the error is %q", name, err)
		}
	}
	pgtest.Exec(t, url, `drop role if exists reader`, `create role reader login password 'reader'`)
	s := open(t, strings.Replace(url, "postgres:pgtest@", "reader:reader@", 1), postgres.Options{})
	if err := s.Create(t.Context(), store.Seed{}); !is[*postgres.RefusedError](err) {
		t.Errorf("without the right to create tables: %T %v", err, err)
	}
	if place := s.Place(); strings.Contains(place, "reader") || !strings.HasPrefix(place, "127.0.0.1:") {
		t.Errorf("place %q", place)
	}
}
