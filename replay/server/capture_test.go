package server

import (
	"bufio"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/carebase/deltatap/replay/server/store"
)

// captured is one line of testdata/owner-day.ndjson, a session recorded from a real Carebase server.
type captured struct {
	At   time.Time
	Kind string
	Data string
	Body json.RawMessage
}

func readCapture(t *testing.T) (deltas []captured, plans []captured) {
	t.Helper()
	file, err := os.Open("testdata/owner-day.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var l captured
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		switch {
		case strings.HasPrefix(l.Data, `2["plan:item-delta",`):
			deltas = append(deltas, l)
		case l.Kind == "plan":
			plans = append(plans, l)
		}
	}
	return deltas, plans
}

// What differs between two runs of one day: the secret of the invitation, and when exactly it was made.
var invitationParts = regexp.MustCompile(`"inviteToken":"[0-9a-f]{32}"|"invitedAt":"2026-11-23T01:28:38\.\d{3}Z"`)

// TestCapturedDay lives a real day again: the same mutations at the same times must give the same packets and the same
// plans, byte for byte.
func TestCapturedDay(t *testing.T) {
	t.Parallel()
	deltas, plans := readCapture(t)
	owner := store.User{ID: 1, Email: "a@x"}
	plan := store.NewPlan(owner, 1, "Alex", mustTime(t, "2026-11-23T01:28:31.407Z"))
	plan.Version.UpdatedAt = mustTime(t, "2026-11-23T00:52:59.939Z")
	c := startSeed(t, plan.Version.UpdatedAt, store.Seed{Users: []store.User{owner}, Plans: []store.Plan{plan}})
	follower := c.follow(ownerToken)
	checkPlan(t, c, plans[0])

	inbound := func(i int) func() {
		// As the server gets it: without the version, which it gives itself.
		text := regexp.MustCompile(`,"version":\d+`).ReplaceAllString(insideOf(t, deltas[i].Data), "")
		return func() { c.operate(text) }
	}
	patch := func(path, body string) func() {
		return func() { c.do(ownerToken, "PATCH", path, body) }
	}
	steps := []func(){
		inbound(0), inbound(1), inbound(2), inbound(3), inbound(4), inbound(5),
		patch("/api/appointments/1", `{"startLocal":"2026-11-24T15:00:00.000Z","endLocal":"2026-11-24T16:00:00.000Z","location":"Riverside Clinic, room 4"}`),
		patch("/api/appointments/1", `{"prepNote":"Bring the referral letter"}`),
		func() { c.do(ownerToken, "POST", "/api/bills/1/mark-paid", "") },
		patch("/api/bills/2", `{"amount":1199.99}`),
		func() { c.do(ownerToken, "POST", "/api/collaborators", `{"email":"c@x"}`) },
		func() { c.do(ownerToken, "DELETE", "/api/appointments/2", "") },
		func() { c.do(ownerToken, "DELETE", "/api/bills/3", "") },
	}
	updatedAt := map[int]string{10: "2026-11-23T01:28:38.632Z", 12: "2026-11-23T01:28:39.966Z"}
	for i, step := range steps {
		c.clock.set(deltas[i].At)
		if at, ok := updatedAt[i]; ok {
			c.clock.set(mustTime(t, at))
		}
		step()
		if got := follower.await("plan:item-delta").Raw; got != deltas[i].Data {
			t.Errorf("packet %d:\n got %s\nwant %s", i, got, deltas[i].Data)
		}
		if i == 10 {
			checkPlan(t, c, plans[1])
		}
	}
	checkPlan(t, c, plans[2])
	if end := follower.end(); !end.Equal || end.Refreshes != 1 {
		t.Errorf("the client ends with %+v %s", end, end.Differences)
	}
}

func insideOf(t *testing.T, packet string) string {
	t.Helper()
	return deltasOf(t, line{Raw: packet})
}

func checkPlan(t *testing.T, c *carebase, want captured) {
	t.Helper()
	got := invitationParts.ReplaceAllString(c.do(ownerToken, "GET", "/api/plan?days=7", ""), "…")
	if want := invitationParts.ReplaceAllString(string(want.Body), "…"); got != want {
		t.Errorf("plan:\n got %s\nwant %s", got, want)
	}
}
