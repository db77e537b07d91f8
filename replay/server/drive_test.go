package server

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestAClientFollowsEveryMutation: the official client's own cache, patched by the contract's rules in JavaScript,
// equals /api/plan in the end. It refreshes where the contract says so and nowhere else.
func TestAClientFollowsEveryMutation(t *testing.T) {
	t.Parallel()
	c := start(t)
	f := c.follow(ownerToken)
	refreshes, applied := 0, 0
	step := func(outcome string, mutate func()) {
		t.Helper()
		mutate()
		l := f.await("plan:item-delta")
		if got := strings.Join(l.Outcomes, ","); got != outcome {
			t.Errorf("the client %s, want %s; %s", got, outcome, l.Raw)
		}
		for _, outcome := range l.Outcomes {
			if strings.HasPrefix(outcome, "refresh") {
				refreshes++
			} else {
				applied++
			}
		}
	}
	rest := func(token, method, path, body string) func() {
		return func() { c.do(token, method, path, body) }
	}
	create := func(kind, fields string) func() {
		return func() { c.create(kind, fields) }
	}
	operate := func(deltas string) func() { return func() { c.operate(deltas) } }
	const refresh = "refresh: plan-delta"

	var invited string
	step(refresh, func() { invited = c.do(ownerToken, "POST", "/api/collaborators", `{"email":"b@x"}`) })
	token := get(t, get(t, invited, "collaborator"), "inviteToken")
	step(refresh, rest(contributorToken, "POST", "/api/collaborators/accept", `{"token":`+token+`}`))
	step(refresh, operate(`{"itemType":"plan"}`))
	step(refresh+","+refresh, operate(`{"itemType":"plan","planItemId":70,"source":"inbound","data":{"section":"pending-reviews"}},`+
		`{"itemType":"plan","planItemId":71,"source":"inbound","data":{"section":"pending-reviews"}}`))
	step(refresh, rest(ownerToken, "PATCH", "/api/review/70", `{"action":"save","bill":{"amount":7}}`))
	step(refresh, rest(ownerToken, "PATCH", "/api/review/71", `{"action":"reject","reason":"spam"}`))
	step("added", rest(ownerToken, "PATCH", "/api/review/70", `{"action":"approve","bill":{"status":"todo"}}`)) // bill 1

	step("added", create("appointment", `{"summary":"Eyes","startLocal":"2026-11-24T09:00:00-05:00","startTimeZone":"America/New_York"}`))
	step("added", create("bill", `{"amount":12.5,"dueDate":"2026-11-27T00:00:00.000Z","payUrl":"https://pay.example.com"}`))
	step("replaced", rest(ownerToken, "PATCH", "/api/appointments/1", `{"summary":"Eyes & <ears>","location":"Oak Street","endLocal":"2026-11-24T16:00:00Z"}`))
	step("replaced", rest(contributorToken, "PATCH", "/api/appointments/1", `{"prepNote":"Fast"}`))
	step("replaced", rest(ownerToken, "PATCH", "/api/bills/2", `{"amount":13,"statementDate":"2026-11-01","assignedCollaboratorId":1}`))
	step("replaced", rest(contributorToken, "PATCH", "/api/bills/2", `{"status":"overdue"}`))
	step("replaced", rest(ownerToken, "POST", "/api/bills/1/mark-paid", ""))
	step("replaced", rest(contributorToken, "POST", "/api/bills/2/mark-paid", ""))
	step("added", operate(itemDelta("appointment", 20, 200, "created", "google", appointment(20, 200, "2026-11-26"), 0)))
	step("replaced", operate(itemDelta("appointment", 20, 200, "updated", "google", appointment(20, 200, "2026-11-27"), 0)))
	step("added,added", operate(itemDelta("bill", 21, 201, "created", "inbound", bill(21, 201, "todo"), 0)+
		`,{"itemType":"bill","action":"created","source":"inbound","data":{"bill":{"amount":1.50,"extra":{"b":[],"a":1}}}}`))
	step("replaced", operate(`{"itemType":"bill","entityId":21,"action":"updated","source":"inbound"}`))
	step("replaced", rest(ownerToken, "PATCH", "/api/appointments/20", `{"startLocal":"2027-01-01T09:00:00Z","endLocal":"2027-01-01T10:00:00Z"}`))
	step("replaced", rest(ownerToken, "PATCH", "/api/bills/21", `{"dueDate":"2027-01-01"}`))
	step("added", create("appointment", `{"summary":"Gone","startLocal":"2026-11-25T09:00:00Z"}`))
	step("removed", rest(ownerToken, "DELETE", "/api/appointments/21", ""))
	step("removed", rest(ownerToken, "DELETE", "/api/bills/2", ""))
	step("removed", operate(itemDelta("bill", 22, 0, "deleted", "google", "", 0)))

	end := f.end()
	if !end.Equal || end.Refreshes != refreshes || end.Applied != applied {
		t.Errorf("the client ends with %+v %s", end, end.Differences)
	}
	if got, want := fmt.Sprint(end.Outside), "[appointment:20 bill:21]"; got != want {
		t.Errorf("outside the plan's dates: %s, want %s", got, want)
	}
}

// TestAClientFollowsAnyMutations drives a random walk of ticks.
func TestAClientFollowsAnyMutations(t *testing.T) {
	t.Parallel()
	ticks := 150
	if testing.Short() {
		ticks = 50
	}
	c := start(t)
	f := c.follow(ownerToken)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	walk := rand.New(rand.NewPCG(seed, 0))
	alive := map[string]bool{}
	for range ticks {
		var tick []string
		for range 1 + walk.IntN(6) {
			kind := []string{"bill", "appointment"}[walk.IntN(2)]
			n := 1 + walk.IntN(12)
			itemID := n
			payload := bill(n, itemID, []string{"todo", "paid", "overdue"}[walk.IntN(3)])
			if kind == "appointment" {
				itemID += 100
				payload = appointment(n, itemID, fmt.Sprintf("2026-11-%d", 22+walk.IntN(9)))
			}
			key := fmt.Sprint(kind, n)
			action := "updated"
			switch {
			case !alive[key]:
				action = "created"
			case walk.IntN(4) == 0:
				action, payload = "deleted", ""
			}
			alive[key] = action != "deleted"
			tick = append(tick, itemDelta(kind, n, itemID, action, "rest", payload, 0))
		}
		c.operate(strings.Join(tick, ","))
	}
	for range ticks {
		f.await("plan:item-delta")
	}
	end := f.end()
	if !end.Equal || end.Messages != ticks {
		t.Errorf("the client ends with %+v %s", end, end.Differences)
	}
	t.Logf("%d messages, %d deltas, %d applied, %d refreshes", end.Messages, end.Deltas, end.Applied, end.Refreshes)
}
