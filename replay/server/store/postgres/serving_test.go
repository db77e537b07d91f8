//go:build unix

package postgres_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/carebase/deltatap/fixtures/node/nodetest"
	"github.com/carebase/deltatap/replay/redisclient/redistest"
	"github.com/carebase/deltatap/replay/server"
	"github.com/carebase/deltatap/replay/server/cluster"
	"github.com/carebase/deltatap/replay/server/servertest"
	"github.com/carebase/deltatap/replay/server/store"
	"github.com/carebase/deltatap/replay/server/store/postgres"
	"github.com/carebase/deltatap/replay/witness/pgtest"
)

const patience = time.Minute

// serving is a server that listens. The token of user 1 is "1", and so on; that of the operator is
// "operator".
type serving struct {
	t   testing.TB
	url string
}

func serve(t testing.TB, s store.Store, c server.Cluster, with ...func(*server.Config)) *serving {
	t.Helper()
	cfg := server.Config{
		Store: s, Cluster: c, Tokens: map[string]int64{"1": 1, "2": 2}, OperatorToken: "operator",
		Now: func() time.Time { return now }, Logf: t.Logf,
	}
	for _, change := range with {
		change(&cfg)
	}
	made, err := server.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	listening := httptest.NewServer(made.Handler())
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := made.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
		listening.Close()
	})
	return &serving{t: t, url: listening.URL}
}

// try sends a request, and returns status and body.
func (s *serving) try(token, method, path, body string) string {
	s.t.Helper()
	answer := servertest.Ask(s.t, http.DefaultClient, token, method, s.url+path, body)
	return fmt.Sprintf("%d %s", answer.Status, answer.Text)
}

// opened is a store on a database, which whoever it is given to closes.
func opened(t testing.TB, url string, o postgres.Options) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(context.Background(), url, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// secrets are what no two servers have in common.
var secrets = regexp.MustCompile(`"(icsToken|taskKey|inviteToken)":"[0-9a-f]+"`)

type request struct{ token, method, path, body string }

// creation puts an item on the plan of a user, as the operator: REST has no way to.
func creation(user int, kind, fields string) request {
	return request{"operator", "POST", "/_deltatap/deltas", fmt.Sprintf(
		`{"user":%d,"deltas":[{"itemType":%q,"action":"created","data":{%q:%s}}]}`, user, kind, kind, fields)}
}

// create puts an item on the plan of a user.
func (s *serving) create(user int, kind, fields string) {
	s.t.Helper()
	r := creation(user, kind, fields)
	if got := s.try(r.token, r.method, r.path, r.body); !strings.HasPrefix(got, "200 ") {
		s.t.Error(got)
	}
}

// A server answers the same from a database as from memory.
func TestAnswersAsFromMemory(t *testing.T) {
	memory, err := store.NewMemory(house())
	if err != nil {
		t.Fatal(err)
	}
	_, url := created(t, house())
	fromMemory, fromDatabase := serve(t, memory, nil), serve(t, opened(t, url, postgres.Options{}), nil)
	for _, request := range []request{
		creation(1, "bill", `{"amount":86.4,"dueDate":"2026-11-27T00:00:00.000Z","payUrl":"https://pay.example.com/é?a=1&b=<2>"}`),
		creation(1, "appointment", `{"summary":"Dentist","startLocal":"2026-11-24T09:00:00+01:00","startTimeZone":"Europe/Berlin","startOffset":"+01:00"}`),
		creation(1, "appointment", `{"summary":"Later","startLocal":"2026-12-12T10:00:00+00:00"}`),
		{"1", "PATCH", "/api/appointments/1", `{"location":"Room 4","prepNote":"line\n\"two\" 😀","endLocal":"2026-11-24T11:30:00Z"}`},
		{"1", "PATCH", "/api/appointments/1", `{"startLocal":"2026-11-25T23:30:00Z","startTimeZone":"America/New_York","location":null}`},
		{"1", "PATCH", "/api/appointments/2", `{"endTimeZone":"Asia/Kolkata"}`},
		{"1", "PATCH", "/api/bills/1", `{"amount":12345678.9,"payUrl":"http://pay.example.com","dueDate":""}`},
		{"1", "PATCH", "/api/bills/1", `{"status":"overdue"}`},
		{"1", "PATCH", "/api/bills/1", `{"amount":-1}`},
		{"1", "PATCH", "/api/bills/1", `{"amount":1e9}`},
		{"1", "PATCH", "/api/bills/7", `{"amount":null}`},
		{"1", "POST", "/api/bills/1/mark-paid", ``},
		{"1", "POST", "/api/collaborators", `{"email":"Bob@example.test"}`},
		{"1", "POST", "/api/collaborators", `{"email":"bob@example.test","role":"owner"}`},
		{"1", "PATCH", "/api/appointments/2", `{"assignedCollaboratorId":3}`},
		{"1", "PATCH", "/api/appointments/2", `{"assignedCollaboratorId":4}`},
		{"operator", "POST", "/_deltatap/deltas", `{"user":1,"deltas":[{"itemType":"plan","action":"updated","planItemId":40,"data":{"section":"pending-reviews"}},
			{"itemType":"bill","entityId":30,"planItemId":41,"action":"created","source":"google","data":{"bill":{"amount":7,"dueDate":"2026-11-23T00:00:00.000Z"}}},
			{"itemType":"plan","entityId":0,"action":"updated","source":null}]}`},
		{"operator", "POST", "/_deltatap/deltas", `{"user":2,"deltas":[{"itemType":"bill","entityId":30,"action":"created"}]}`},
		{"operator", "POST", "/_deltatap/deltas", `{"user":1,"deltas":[{"itemType":"bill","entityId":31,"planItemId":1,"action":"created"}]}`},
		{"operator", "POST", "/_deltatap/deltas", `{"user":2,"deltas":[{"itemType":"bill","entityId":31,"planItemId":41,"action":"created"}]}`},
		{"1", "GET", "/api/review/pending", ``},
		{"1", "PATCH", "/api/review/40", `{"action":"approve","bill":{"amount":20}}`},
		{"1", "PATCH", "/api/review/40", `{"action":"reject"}`},
		{"1", "GET", "/api/plan", ``},
		{"1", "GET", "/api/plan?days=30", ``},
		{"1", "GET", "/api/plan?days=31", ``},
		{"1", "GET", "/api/appointments/1", ``},
		{"1", "GET", "/api/appointments/7", ``},
		{"1", "GET", "/api/bills/30", ``},
		{"2", "GET", "/api/bills/30", ``},
		{"1", "GET", "/api/collaborators", ``},
		{"1", "GET", "/api/review/pending", ``},
		{"1", "DELETE", "/api/appointments/1", ``},
		{"1", "DELETE", "/api/appointments/1", ``},
		{"2", "DELETE", "/api/bills/1", ``},
		{"2", "GET", "/api/plan", ``},
		creation(1, "bill", `{}`),
		{"1", "GET", "/api/plan/version", ``},
	} {
		want := secrets.ReplaceAllString(fromMemory.try(request.token, request.method, request.path, request.body), `"$1":"#"`)
		got := secrets.ReplaceAllString(fromDatabase.try(request.token, request.method, request.path, request.body), `"$1":"#"`)
		if got != want {
			t.Errorf("%s %s %s:\nfrom the database %s\nfrom memory       %s", request.method, request.path, request.body, got, want)
		}
	}
}

// While the database is lost requests get 500, and nobody has to do anything when it is back.
func TestServesWithoutDatabase(t *testing.T) {
	_, url := created(t, house())
	p, url := behind(t, url)
	said := make(chan string, 10)
	s := serve(t, opened(t, url, postgres.Options{Notify: func(line string) { said <- line }}), nil)
	addr := p.listener.Addr().String()
	p.cut(false)
	for _, request := range []string{"GET /api/plan", "GET /api/plan/version", "GET /api/bills/1", "GET /api/review/pending", "DELETE /api/bills/1"} {
		method, path, _ := strings.Cut(request, " ")
		if got, want := s.try("1", method, path, ""), `500 {"error":"Internal server error"}`; got != want {
			t.Errorf("%s: %s, want %s", request, got, want)
		}
	}
	<-said // lost
	p.listen(t, addr)
	<-said // back
	s.create(1, "bill", "{}")
}

// Two servers on one database and one Redis are one to their clients: everybody gets every delta,
// in the order of versions, whichever server made it.
func TestTwoServersAreOne(t *testing.T) {
	nodetest.Need(t)
	const each = 100
	redis := redistest.Start(t)
	_, url := created(t, house())
	var servers []*serving
	var clients []*nodetest.Process
	for range 2 {
		c, err := cluster.Open(t.Context(), redis.URL, cluster.Options{Notify: func(line string) { t.Error(line) }})
		if err != nil {
			t.Fatal(err)
		}
		s := serve(t, opened(t, url, postgres.Options{}), c)
		servers = append(servers, s)
		client := nodetest.Start(t, "listen.mjs", "--client", "c "+s.url+" 1")
		if got := client.Await("event").Text("event"); got != "connection:ack" {
			t.Fatalf("a client got %s first", got)
		}
		clients = append(clients, client)
	}
	other := nodetest.Start(t, "listen.mjs", "--client", "c "+servers[1].url+" 2")
	other.Await("event")

	servers[0].create(1, "bill", `{"amount":1}`)
	var work sync.WaitGroup
	for i, s := range servers {
		work.Go(func() {
			for n := range each {
				body := fmt.Sprintf(`{"amount":%d.%d}`, n+1, i+1)
				if got := s.try("1", "PATCH", "/api/bills/1", body); !strings.HasPrefix(got, "200 ") {
					t.Error(got)
				}
			}
		})
	}
	work.Wait()
	const versions = 1 + 2*each
	texts := make([][]string, len(clients))
	for i, client := range clients {
		for want := int64(1); want <= versions; want++ {
			line := client.Await("event")
			texts[i] = append(texts[i], line.Text("raw"))
			if got := versionsOf(t, line["args"]); len(got) != 1 || got[0] != want {
				t.Fatalf("client %d got version %v, want %d", i, got, want)
			}
		}
	}
	if diff := cmp.Diff(texts[0], texts[1]); diff != "" {
		t.Errorf("the clients got other texts (-client 0 +client 1):\n%s", diff)
	}
	if a, b := servers[0].try("1", "GET", "/api/plan", ""), servers[1].try("1", "GET", "/api/plan", ""); a != b {
		t.Errorf("one server answers %s\nthe other %s", a, b)
	}
	servers[1].create(2, "bill", "{}")
	if got := versionsOf(t, other.Await("event")["args"]); len(got) != 1 || got[0] != 1 {
		t.Errorf("the client of another user got version %v, want 1", got)
	}
}

// Two servers on one database without a cluster emit each to its own clients alone: to those of the
// other, a change is never told.
func TestTwoServersWithoutACluster(t *testing.T) {
	nodetest.Need(t)
	_, url := created(t, house())
	var servers []*serving
	var clients []*nodetest.Process
	for range 2 {
		s := serve(t, opened(t, url, postgres.Options{}), nil)
		client := nodetest.Start(t, "listen.mjs", "--client", "c "+s.url+" 1")
		if got := client.Await("event").Text("event"); got != "connection:ack" {
			t.Fatalf("a client got %s first", got)
		}
		servers, clients = append(servers, s), append(clients, client)
	}
	for i, by := range []int{0, 1, 1, 0} {
		servers[by].create(1, "bill", `{"amount":1}`)
		// What the other's client gets next is of a later version, by which it is known that this
		// one passed it over.
		if got := versionsOf(t, clients[by].Await("event")["args"]); len(got) != 1 || got[0] != int64(i+1) {
			t.Errorf("change %d: the client of the server that made it got version %v", i+1, got)
		}
	}
	for _, s := range servers {
		if got := s.try("1", "GET", "/api/plan/version", ""); !strings.HasPrefix(got, `200 {"planVersion":4,`) {
			t.Errorf("the version is %s", got)
		}
	}
}

// Rows come before their version in a database, too, for all to see: also for another process.
func TestRowsComeBeforeTheirVersion(t *testing.T) {
	_, url := created(t, house())
	begun, end := make(chan bool), make(chan bool)
	slow := serve(t, opened(t, url, postgres.Options{}), nil, func(cfg *server.Config) {
		cfg.RowsFirst, cfg.Wait = time.Hour, func(context.Context, time.Duration) {
			begun <- true
			<-end
		}
	})
	other := serve(t, opened(t, url, postgres.Options{}), nil)
	other.create(1, "bill", `{"amount":1}`)
	answered := make(chan string)
	go func() { answered <- slow.try("1", "PATCH", "/api/bills/1", `{"amount":7}`) }()
	<-begun
	for _, s := range []*serving{slow, other} {
		if got := s.try("1", "GET", "/api/plan", ""); !strings.Contains(got, `"amount":7,`) || !strings.Contains(got, `"planVersion":1,`) {
			t.Errorf("meanwhile the plan is %s", got)
		}
	}
	end <- true
	if got := <-answered; !strings.HasPrefix(got, "200 ") {
		t.Error(got)
	}
	if got := other.try("1", "GET", "/api/plan/version", ""); !strings.HasPrefix(got, `200 {"planVersion":2,`) {
		t.Errorf("then the version is %s", got)
	}
}

func versionsOf(t *testing.T, args json.RawMessage) (versions []int64) {
	t.Helper()
	var messages []struct{ Deltas []struct{ Version int64 } }
	if err := json.Unmarshal(args, &messages); err != nil || len(messages) != 1 {
		t.Fatalf("%v: %s", err, args)
	}
	for _, d := range messages[0].Deltas {
		versions = append(versions, d.Version)
	}
	return versions
}

// BenchmarkMutation is what one change costs over REST: in memory, in a database, and in a database
// with a cluster.
func BenchmarkMutation(b *testing.B) {
	seed := house()
	memory, err := store.NewMemory(seed)
	if err != nil {
		b.Fatal(err)
	}
	url := pgtest.Empty(b)
	database := opened(b, url, postgres.Options{})
	if err := database.Create(b.Context(), seed); err != nil {
		b.Fatal(err)
	}
	joined, err := cluster.Open(b.Context(), redistest.Start(b).URL, cluster.Options{})
	if err != nil {
		b.Fatal(err)
	}
	for _, bench := range []struct {
		name string
		on   *serving
	}{
		{"memory", serve(b, memory, nil)},
		{"database", serve(b, database, nil)},
		{"database and cluster", serve(b, opened(b, url, postgres.Options{}), joined)},
	} {
		bench.on.create(1, "bill", "{}")
		b.Run(bench.name, func(b *testing.B) {
			for b.Loop() {
				bench.on.try("1", "POST", "/api/bills/1/mark-paid", "")
			}
		})
	}
}
