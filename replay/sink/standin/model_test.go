package standin

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"pgregory.net/rapid"

	"github.com/carebase/deltatap/replay/server"
	"github.com/carebase/deltatap/replay/server/servertest"
	"github.com/carebase/deltatap/replay/server/store"
	"github.com/carebase/deltatap/replay/session"
)

// live is a stand-in whose plan changes by mutations: what a replay of its stream must agree with.
type live struct {
	*stand
	conn *websocket.Conn
}

const operator = "operator"

func openLive(t *testing.T, plan string) *live {
	t.Helper()
	parsed, err := store.ParsePlan([]byte(plan))
	if err != nil {
		t.Fatal(err)
	}
	memory, err := store.NewMemory(store.Seed{Users: []store.User{{ID: 1}}, Plans: []store.Plan{parsed}})
	if err != nil {
		t.Fatal(err)
	}
	s := &stand{t: t}
	s.server, err = server.New(server.Config{
		Store: memory, Tokens: map[string]int64{token(1): 1}, OperatorToken: operator, Now: func() time.Time { return started }, Logf: t.Logf,
	})
	if err != nil {
		t.Fatal(err)
	}
	listening := httptest.NewServer(s.server.Handler())
	s.url, s.http = listening.URL, listening.Client()
	l := &live{stand: s, conn: dial(t, s.url)}
	t.Cleanup(func() {
		l.conn.Close()
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := s.server.Close(ctx); err != nil {
			t.Error(err)
		}
		listening.Close()
	})
	return l
}

// dial connects user 1 over Engine.IO as it is on the wire, and reads up to its acknowledgement.
func dial(t testing.TB, url string) *websocket.Conn {
	t.Helper()
	conn, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(url, "http")+"/socket.io/?EIO=4&transport=websocket", nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	if err := conn.WriteMessage(websocket.TextMessage, []byte(`40{"token":"`+token(1)+`"}`)); err != nil {
		t.Fatal(err)
	}
	for _, head := range []string{`0{`, `40{`, `42["connection:ack",`} {
		if packet := packetOf(t, conn); !strings.HasPrefix(packet, head) {
			t.Fatalf("packet %s, want %s", packet, head)
		}
	}
	return conn
}

func packetOf(t testing.TB, conn *websocket.Conn) string {
	t.Helper()
	_, packet, err := conn.ReadMessage()
	if err != nil {
		t.Fatal(err)
	}
	return string(packet)
}

// message is the arguments of the next event.
func (l *live) message() string {
	return argsOf(packetOf(l.t, l.conn)[1:])
}

func (l *live) operate(deltas []string) {
	l.t.Helper()
	servertest.Do(l.t, l.http, operator, http.MethodPost, l.url+"/_deltatap/deltas", `{"deltas":[`+strings.Join(deltas, ",")+`]}`)
}

// drawChange is one change that the operator makes, of items that may or may not be there. What is gone does not come back in
// the same tick: it would leave as an update, and its Google state with it.
func drawChange(t *rapid.T, there, gone map[int]bool) string {
	id := rapid.IntRange(1, 6).Filter(func(id int) bool { return !gone[id] }).Draw(t, "bill")
	due := rapid.SampledFrom([]string{"null", `"2026-11-20T00:00:00.000Z"`, `"2026-11-27T00:00:00.000Z"`, `"2027-03-01T00:00:00.000Z"`}).Draw(t, "due")
	data := fmt.Sprintf(`"data":{"bill":{"dueDate":%s,"note%d":%d,"amount":%d}}`, due, id%2, id, rapid.IntRange(0, 9).Draw(t, "amount"))
	switch rapid.IntRange(0, 5).Draw(t, "what") {
	case 0:
		if there[id] {
			delete(there, id)
			gone[id] = true
			return fmt.Sprintf(`{"itemType":"bill","entityId":%d,"action":"deleted"}`, id)
		}
	case 1:
		there[10+id] = true
		return fmt.Sprintf(`{"itemType":"appointment","entityId":%d,"planItemId":%d,"action":"updated","data":{"appointment":{"startLocal":"2026-%s-25T10:00:00+00:00","summary":"s"}}}`,
			id, 200+id, rapid.SampledFrom([]string{"11", "12"}).Draw(t, "month"))
	}
	there[id] = true
	return fmt.Sprintf(`{"itemType":"bill","entityId":%d,"planItemId":%d,"action":"updated",%s}`, id, 100+id, data)
}

// TestReplayedPlanIsTheLivePlan: at every position, the plan of a replay is the plan of the server whose stream it plays,
// byte for byte, however the deltas of a message are sorted, wherever plans were fetched, and in every round.
func TestReplayedPlanIsTheLivePlan(t *testing.T) {
	seed := planOf(0, bill(1, "todo", linked), bill(2, "todo", idle))
	rapid.Check(t, func(rt *rapid.T) {
		l := openLive(t, seed)
		s := open(t, map[int64]string{1: seed}, toFirst)
		there := map[int]bool{1: true, 2: true}
		var records []*session.Record
		var plans []string
		for range rapid.IntRange(1, 6).Draw(rt, "messages") {
			var deltas []string
			gone := map[int]bool{}
			for range rapid.IntRange(1, 4).Draw(rt, "deltas") {
				deltas = append(deltas, drawChange(rt, there, gone))
			}
			l.operate(deltas)
			rec := s.next(session.Record{Kind: session.KindEvent, Event: "plan:item-delta", Args: []byte(l.message())})
			plan := l.get(1, "/api/plan")
			records, plans = append(records, rec), append(plans, plan)
			if rapid.IntRange(0, 3).Draw(rt, "fetch") == 0 {
				records, plans = append(records, s.plan(plan)), append(plans, plan)
			}
		}
		for round := range 2 {
			for i, rec := range records {
				s.play(rec)
				got := updatedAt.ReplaceAllString(s.get(1, "/api/plan"), "…")
				if want := updatedAt.ReplaceAllString(plans[i], "…"); got != want {
					rt.Fatalf("round %d, record %d %s: the plan is\n%s, want\n%s", round, rec.N, rec.Args, got, want)
				}
			}
		}
	})
}
