package mutate

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/carebase/deltatap/replay/endpoint"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/sink"
)

// twoChanges are two changes of two items, in one message each.
func twoChanges() []session.Record {
	return []session.Record{
		message(1, updated("bill", 7, with(labs, "amount", "1"))),
		message(2, updated("appointment", 3, with(visit, "prepNote", `"x"`))),
	}
}

// intercept answers requests that change something, from the nth on.
func (c *carebase) intercept(from int, answer http.HandlerFunc) {
	n := 0
	c.first(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodGet {
			return false
		}
		if n++; n < from {
			return false
		}
		answer(w, r)
		return true
	})
}

func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func hangUp(w http.ResponseWriter, _ *http.Request) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_ = conn.Close()
	}
}

// What a target answers to one change, and what becomes of that record and of the next.
func TestAnswers(t *testing.T) {
	lost, refused := new(sink.LostError), new(sink.RefusedError)
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		want   []string // of the first record
		goesOn bool     // the next is sent all the same
		send   any      // or this error is what Send, of the first or the next, returns
		settle bool     // an answer never came
	}{
		"not found":         {says(404, `{"error":"Bill not found"}`), []string{"1 failed: the server answered 404: Bill not found"}, true, nil, false},
		"forbidden":         {says(403, `{"error":"Not yours"}`), []string{"1 failed: the server answered 403: Not yours"}, true, nil, false},
		"the token":         {says(400, `{"error":"no `+ownerToken+`\u001b[2J\n"}`), []string{"1 failed: the server answered 400: no ***[2J"}, true, nil, false},
		"a fault":           {says(500, `{"error":"Internal server error"}`), []string{"1 unsure: the server answered 500: Internal server error"}, true, nil, true},
		"no longer allowed": {says(401, `{"error":"Not authenticated"}`), nil, false, &refused, true},
		"elsewhere": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://other.example.com/", http.StatusFound)
		}, nil, false, &lost, true},
		"hung up": {hangUp, []string{"1 unsure: HOST: the server closed the connection"}, false, &lost, true},
		"another value": {
			says(200, `{"id":7,"amount":2}`), []string{"1 acknowledged", "  bill:7 updated: amount: " + reasonKept}, true, nil, false,
		},
		"no JSON": {says(204, ``), []string{"1 acknowledged"}, true, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			c := serve(t, planOfItems(visit, labs))
			c.intercept(1, test.answer)
			told := newTold()
			s := c.dial(Config{Session: []byte(planOfItems(visit, labs)), Tell: told.tell}, false)
			records := twoChanges()
			err := s.Send(t.Context(), &records[0])
			if err == nil {
				told.ledger.Taken(1)
				c.first(nil)
				err = s.Send(t.Context(), &records[1])
			}
			if test.goesOn != (err == nil) || test.send != nil && !errors.As(err, test.send) {
				t.Errorf("send: %v", err)
			}
			if settled := s.Settle(t.Context()); test.settle != (settled != nil) {
				t.Errorf("settle: %v", settled)
			}
			if test.goesOn {
				test.want = append(test.want, "2 acknowledged")
			}
			got := strings.ReplaceAll(strings.Join(told.lines, "\n"), c.url.String(), "HOST")
			if diff := cmp.Diff(strings.Join(test.want, "\n"), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// An answer that does not come in time leaves its record unsure, and the next is sent.
func TestNoAnswerInTime(t *testing.T) {
	c := serve(t, planOfItems(visit, labs))
	release := make(chan struct{})
	defer close(release)
	c.intercept(1, func(http.ResponseWriter, *http.Request) { <-release })
	told := newTold()
	e := c.endpoint(ownerToken)
	e.Timeout = 500 * time.Millisecond
	s := c.dial(Config{Endpoint: e, Session: []byte(planOfItems(visit, labs)), Tell: told.tell}, false)
	records := twoChanges()
	if err := s.Send(t.Context(), &records[0]); err != nil {
		t.Fatal(err)
	}
	told.ledger.Taken(1)
	c.first(nil)
	if err := s.Send(t.Context(), &records[1]); err != nil {
		t.Fatal(err)
	}
	told.ledger.Taken(2)
	want := []string{"1 unsure: " + c.url.String() + ": no answer within 500ms", "2 acknowledged"}
	if diff := cmp.Diff(want, told.lines); diff != "" {
		t.Error(diff)
	}
	if err := s.Settle(t.Context()); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("settle: %v", err)
	}
	if a := told.ledger.Account(); a.Resume() != 1 {
		t.Errorf("resume at %d", a.Resume())
	}
}

// A context that ends while an answer is waited for leaves the record unsure.
func TestContextEndsWhileItWaits(t *testing.T) {
	c := serve(t, planOfItems(visit, labs))
	ctx, cancel := context.WithCancelCause(t.Context())
	enough := errors.New("enough")
	release := make(chan struct{})
	defer close(release)
	c.intercept(1, func(http.ResponseWriter, *http.Request) {
		cancel(enough)
		<-release
	})
	told := newTold()
	s := c.dial(Config{Session: []byte(planOfItems(visit, labs)), Tell: told.tell}, false)
	records := twoChanges()
	if err := s.Send(ctx, &records[0]); err != nil {
		t.Errorf("the first: %v", err)
	}
	if err := s.Send(ctx, &records[1]); err != enough {
		t.Errorf("the next: %v", err)
	}
	if diff := cmp.Diff([]string{"1 unsure: enough"}, told.lines); diff != "" {
		t.Error(diff)
	}
}

// A message of which the target took a part: the rest is told, and a later delta carries again what it did not take.
func TestTakenInPart(t *testing.T) {
	c := serve(t, planOfItems(visit, labs))
	c.intercept(1, says(409, `{"error":"not now"}`))
	told := newTold()
	s := c.dial(Config{Session: []byte(planOfItems(visit, labs)), Tell: told.tell}, false)
	var bodies []string
	first := message(1, updated("bill", 7, with(labs, "amount", "1")), `{"itemType":"plan","entityId":0,"action":"updated"}`)
	if err := s.Send(t.Context(), &first); err != nil {
		t.Fatal(err)
	}
	told.ledger.Taken(1)
	c.first(func(_ http.ResponseWriter, r *http.Request) bool {
		text, _ := io.ReadAll(r.Body)
		bodies = append(bodies, string(text))
		r.Body = io.NopCloser(strings.NewReader(string(text)))
		return false
	})
	told.play(t, s, []session.Record{
		message(2, updated("bill", 7, with(labs, "amount", "1", "status", `"paid"`)), delta("bill", 9, "created", "inbound", with(labs, "id", "9"))),
		message(3, updated("bill", 7, with(labs, "amount", "2", "status", `"paid"`))),
	})
	want := []string{
		"1 failed: the server answered 409: not now", "  plan:0 updated: " + reasonBulk,
		"2 acknowledged", "  bill:9 created: " + reasonInbound, "3 acknowledged",
	}
	if diff := cmp.Diff(want, told.lines); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{`{"amount":1}`, ``, `{"amount":2}`}, bodies); diff != "" {
		t.Error(diff)
	}
	if a := told.ledger.Account(); a.Partly != 1 || a.FailedAt.String() != "1" || a.UnfitAt.String() != "1-2" {
		t.Errorf("%+v", a)
	}
}

// A target that goes away in the middle of a message has a part of it: the record was sent, and is unsure.
func TestLostInTheMiddle(t *testing.T) {
	c := serve(t, planOfItems(visit, labs))
	told := newTold()
	s := c.dial(Config{Session: []byte(planOfItems(visit, labs)), Tell: told.tell}, false)
	c.intercept(2, says(401, `{"error":"Not authenticated"}`))
	rec := message(1, updated("bill", 7, with(labs, "amount", "1")), updated("appointment", 3, with(visit, "prepNote", `"x"`)), delta("bill", 7, "deleted", "rest", ""))
	if err := s.Send(t.Context(), &rec); err != nil {
		t.Fatal(err)
	}
	told.ledger.Taken(1)
	rec = message(2, delta("bill", 7, "deleted", "rest", ""))
	var refused *sink.RefusedError
	if err := s.Send(t.Context(), &rec); !errors.As(err, &refused) {
		t.Errorf("send: %v", err)
	}
	_ = s.Close()
	want := []string{"1 unsure: " + c.url.String() + ": refused: the server answered 401: Not authenticated"}
	if diff := cmp.Diff(want, told.lines); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(c.plan(), `"amount":1,`) {
		t.Error("the first change is gone")
	}
}

// A notice that is still held when the target lets nobody in any more is unsure, so that a replay goes on from there. One
// that was given up before is not expressed twice.
func TestHeldWhenRefused(t *testing.T) {
	for _, settles := range []bool{false, true} {
		c := serve(t, planOfItems("", ""))
		told := newTold()
		s := c.dial(Config{Session: []byte(planOfItems("", "")), Tell: told.tell}, false)
		rec := message(1, notice1)
		if err := s.Send(t.Context(), &rec); err != nil {
			t.Fatal(err)
		}
		told.ledger.Taken(1)
		c.intercept(1, says(401, `{"error":"Not authenticated"}`))
		want := "1 unsure: " + c.url.String() + ": refused: the server answered 401: Not authenticated"
		if settles {
			_ = s.Settle(t.Context())
			want = "1 inexpressible\n  plan:1 updated (collaborators): " + reasonNoPlan
		}
		rec = planRecord(2, planOfItems("", "", somebody(2, "pending", "s")))
		var refused *sink.RefusedError
		if err := s.Send(t.Context(), &rec); settles != (err == nil) || !settles && !errors.As(err, &refused) {
			t.Errorf("send: %v", err)
		}
		_ = s.Close()
		if got := strings.Join(told.lines, "\n"); got != want {
			t.Errorf("settled %v: %s, want %s", settles, got, want)
		}
	}
}

// Who is invited accepts with a token of the target's, and contributes then; the server tags the deltas so.
func TestContributor(t *testing.T) {
	before := planOfItems(visit, labs)
	c := serve(t, before)
	told := newTold()
	s := c.dial(Config{Session: []byte(before), Tell: told.tell}, true)
	invited := strings.Replace(helper, `"inviteToken":""`, `"inviteToken":"the session's"`, 1)
	told.play(t, s, []session.Record{
		message(1, notice1), planRecord(2, planOfItems(visit, labs, strings.Replace(invited, "accepted", "pending", 1))),
		message(3, notice1), planRecord(4, planOfItems(visit, labs, helper)),
		message(5, delta("bill", 7, "updated", "collaborator", with(labs, "status", `"paid"`))),
		message(6, delta("appointment", 3, "updated", "collaborator", with(visit, "prepNote", `"x"`, "summary", `"y"`))),
		message(7, updated("bill", 7, with(labs, "status", `"paid"`, assignedField, "2"))),
	})
	want := []string{
		"1 acknowledged", "3 acknowledged", "5 acknowledged", "6 acknowledged", "  appointment:3 updated: summary: " + reasonMayNot, "7 acknowledged",
	}
	if diff := cmp.Diff(want, told.lines); diff != "" {
		t.Error(diff)
	}
	for _, part := range []string{`"status":"accepted","inviteToken":"","invitedBy":1`, `"status":"paid"`, `"prepNote":"x"`, `"assignedCollaboratorId":2`} {
		if !strings.Contains(c.plan(), part) {
			t.Errorf("the plan lacks %s: %s", part, c.plan())
		}
	}
}

// A review that the caller points out is approved; the bill gets the target's id, and is known by it from then on.
func TestReview(t *testing.T) {
	c := serve(t, planOfItems("", labs))
	c.do(operatorToken, "POST", "/_deltatap/deltas", `{"user":1,"deltas":[{"itemType":"plan","planItemId":70,"data":{"section":"pending-reviews"}}]}`)
	told := newTold()
	s := c.dial(Config{Session: []byte(planOfItems("", labs)), IDs: IDs{Reviews: map[int64]int64{19: 70, 20: 71}}, Tell: told.tell}, false)
	bill := with(labs, "id", "900", "itemId", "19", "taskKey", `"k"`, "amount", "12.5")
	told.play(t, s, []session.Record{
		message(1, delta("bill", 900, "created", "rest", bill, `,"planItemId":19`)),
		message(2, delta("bill", 901, "created", "rest", with(bill, "id", "901", "itemId", "20"), `,"planItemId":20`)),
		message(3, updated("bill", 900, with(bill, "amount", "13"))),
		message(4, updated("bill", 901, with(bill, "id", "901", "itemId", "20", "amount", "13"))),
	})
	want := []string{
		"1 acknowledged", "2 failed: the server answered 404: Pending review item not found", "3 acknowledged",
		"4 inexpressible", "  bill:901 updated: " + reasonMissing,
	}
	if diff := cmp.Diff(want, told.lines); diff != "" {
		t.Error(diff)
	}
	if plan := c.plan(); !strings.Contains(plan, `"itemId":70,`) || !strings.Contains(plan, `"amount":13,`) {
		t.Errorf("the plan is %s", plan)
	}
}

// Plan asks for nothing but what there is.
func TestDryRun(t *testing.T) {
	c := serve(t, planOfItems(visit, labs))
	changes := 0
	c.countMutations(&changes)
	s := c.dial(Config{Session: []byte(planOfItems(visit, labs)), Tell: func(o sink.Outcome) { t.Errorf("told of %d", o.N) }}, false)
	rec := message(1, updated("bill", 7, with(labs, "status", `"paid"`)), updated("bill", 7, with(labs, "status", `"overdue"`)), notice1)
	got := append(plans(s.Plan(&rec)), plans(s.Rest())...)
	want := []string{
		`1 POST /api/bills/7/mark-paid`, "1 ! bill:7 updated: status: " + reasonStatus, "1 ! plan:1 updated (collaborators): " + reasonNoPlan,
	}
	if diff := cmp.Diff(want, got); diff != "" || changes != 0 {
		t.Error(changes, diff)
	}
}

func TestDial(t *testing.T) {
	c := serve(t, planOfItems(visit, labs))
	stranger := c.endpoint("a-stranger")
	nobody := c.endpoint(ownerToken)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := *c.url
	address.Host = l.Addr().String()
	nobody.URL = &address
	_ = l.Close()
	host := c.url.String()
	for name, test := range map[string]struct {
		cfg  Config
		want string
	}{
		"stranger":             {Config{Endpoint: stranger}, host + ": refused: the server answered 401: Not authenticated"},
		"stranger contributes": {Config{Endpoint: c.endpoint(ownerToken), Contributor: stranger}, host + " (as the contributor): refused: the server answered 401: Not authenticated"},
		"without a plan":       {Config{Endpoint: c.endpoint(contributorToken)}, "the plan of " + host + ": the server answered 404: No recipient found"},
		"nobody there":         {Config{Endpoint: nobody}, address.String() + ": connection refused"},
		"no plan":              {Config{Endpoint: c.endpoint(ownerToken), Session: []byte(`{}`)}, "the session's plan: a plan must have appointments or bills at byte 0"},
	} {
		test.cfg.Tell = func(sink.Outcome) {}
		if _, err := Dial(t.Context(), test.cfg); err == nil || err.Error() != test.want {
			t.Errorf("%s: %v, want %s", name, err, test.want)
		}
	}
	enough := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(enough)
	if _, err := Dial(ctx, Config{Endpoint: c.endpoint(ownerToken)}); err != enough {
		t.Errorf("error %v", err)
	}
}

// A token that cannot be had any more is nobody's refusal.
func TestTokenThatCannotBeHad(t *testing.T) {
	c := serve(t, planOfItems(visit, labs))
	gone := errors.New("no such file")
	e := c.endpoint(ownerToken)
	e.Token = &fading{token: e.Token, left: 1, err: gone}
	told := newTold()
	s := c.dial(Config{Endpoint: e, Session: []byte(planOfItems(visit, labs)), Tell: told.tell}, false)
	records := twoChanges()
	if err := s.Send(t.Context(), &records[0]); err != gone {
		t.Errorf("send: %v", err)
	}
	_ = s.Close()
	if len(told.lines) > 0 {
		t.Errorf("told: %s", told.lines)
	}
}

// fading is a token that can be had so many times.
type fading struct {
	token endpoint.Token
	left  int
	err   error
}

func (f *fading) Token(ctx context.Context) (string, error) {
	if f.left--; f.left < 0 {
		return "", f.err
	}
	return f.token.Token(ctx)
}
