package server

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// touch is a mutation of bill n as the operator makes it.
func touch(n int) string {
	return itemDelta("bill", n, n, "updated", "google", bill(n, n, "todo"), 0)
}

// TestATickKeepsTheFirstPlace makes the orders that were observed at a real server.
func TestATickKeepsTheFirstPlace(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		seeded int // bills 1 to n, and an appointment: versions 1 to n+1
		bills  []int
		want   string
	}{
		{10, []int{1, 2, 3, 4, 2, 3, 1}, "18,16,17,15"},
		{25, []int{1, 2, 3, 4, 5, 1, 3, 5, 4, 2, 6}, "32,36,33,35,34,37"},
	} {
		c := start(t)
		c.seedItems(tc.seeded)
		f := c.follow(ownerToken)
		var deltas []string
		for _, n := range tc.bills {
			deltas = append(deltas, touch(n))
		}
		c.operate(strings.Join(deltas, ","))
		if got := versionsOf(f.message()); got != tc.want {
			t.Errorf("bills %v: versions %s, want %s", tc.bills, got, tc.want)
		}
		if end := f.end(); !end.Equal || end.Refreshes != 0 {
			t.Errorf("the client ends with %+v %s", end, end.Differences)
		}
	}
}

// TestATickOfRequests holds the tick while requests come in: what they change leaves in one message.
func TestATickOfRequests(t *testing.T) {
	t.Parallel()
	c := start(t)
	c.seedItems(5) // versions 1 to 6
	f := c.follow(ownerToken)
	release := c.server.outboxes.of(1).hold()
	for _, n := range []int{1, 2, 3, 4, 5} {
		c.do(ownerToken, "PATCH", "/api/bills/"+strconv.Itoa(n), `{"statementDate":null}`)
	}
	c.do(ownerToken, "POST", "/api/bills/4/mark-paid", "")
	c.do(ownerToken, "POST", "/api/bills/2/mark-paid", "")
	c.do(ownerToken, "DELETE", "/api/bills/1", "")
	release()
	release() // once is enough
	got := f.message()
	if got, want := versionsOf(got), "14,13,9,12,11"; got != want {
		t.Errorf("versions %s, want %s", got, want)
	}
	if want := itemDelta("bill", 1, 1, "deleted", "rest", "", 14) + "," + itemDelta("bill", 2, 2, "updated", "rest", bill(2, 2, "paid"), 13); !strings.HasPrefix(got, want) {
		t.Errorf("message:\n got %s\nwant %s…", got, want)
	}
	if end := f.end(); !end.Equal || end.Refreshes != 0 || end.Messages != 1 {
		t.Errorf("the client ends with %+v %s", end, end.Differences)
	}
}

func TestCreatedThenUpdatedInATick(t *testing.T) {
	t.Parallel()
	c := start(t)
	f := c.follow(ownerToken)
	release := c.server.outboxes.of(1).hold()
	c.create("bill", `{"amount":5}`)
	c.do(ownerToken, "PATCH", "/api/bills/1", `{"amount":6}`)
	release()
	l := f.await("plan") // the client does not know the bill
	if got, want := l.PlanVersion, int64(2); got != want {
		t.Errorf("refreshed at version %d, want %d", got, want)
	}
	message := f.await("plan:item-delta")
	if got, want := fmt.Sprint(message.Outcomes), "[refresh: unknown-entity]"; got != want {
		t.Errorf("the client %s, want %s", got, want)
	}
	if got := deltasOf(t, message); versionsOf(got) != "2" || !strings.Contains(got, `"action":"updated"`) {
		t.Errorf("message %s", got)
	}
}

// TestATickGoesByEntityWithoutAnItem coalesces by entityId where there is no planItemId.
func TestATickGoesByEntityWithoutAnItem(t *testing.T) {
	t.Parallel()
	c := start(t)
	f := c.follow(ownerToken)
	withoutItem := func(n int) string {
		return strings.Replace(touch(n), `"planItemId":`+strconv.Itoa(n), `"planItemId":null`, 1)
	}
	c.operate(strings.Join([]string{withoutItem(1), withoutItem(2), withoutItem(1), `{"itemType":"plan"}`, `{"itemType":"plan"}`}, ","))
	got := f.message()
	if got, want := versionsOf(got), "3,2,5"; got != want {
		t.Errorf("versions %s, want %s", got, want)
	}
	if strings.Contains(got, "planItemId") {
		t.Errorf("planItemId in %s", got)
	}
}

// TestRequestsThatFollowOneAnotherShareNoMessage: a mutation has been emitted when it is answered.
func TestRequestsThatFollowOneAnotherShareNoMessage(t *testing.T) {
	c := start(t)
	emitted := 0
	c.server.outboxes.of(1).emit = func(string, []byte) { emitted++ }
	for n := 1; n <= 100; n++ {
		_, err := c.server.mutate(t.Context(), 1, false, func(m *mutation) error { return m.delta([]byte(touch(1))) })
		if err != nil {
			t.Fatal(err)
		}
		if emitted != n {
			t.Fatalf("%d messages after %d mutations", emitted, n)
		}
	}
}

// TestMessagesAreInTheOrderOfVersions mutates from many goroutines: what they share is coalesced, nothing is lost, and
// no message holds a version below one of an earlier message.
func TestMessagesAreInTheOrderOfVersions(t *testing.T) {
	t.Parallel()
	const workers, each = 8, 50
	c := start(t)
	c.seedItems(workers)
	f := c.follow(ownerToken)
	var work sync.WaitGroup
	for n := 1; n <= workers; n++ {
		work.Go(func() {
			for i := range each {
				if code, text := c.try(ownerToken, "PATCH", "/api/bills/"+strconv.Itoa(n), `{"amount":`+strconv.Itoa(i)+`}`); code != 200 {
					t.Errorf("%d %s", code, text)
				}
			}
		})
	}
	work.Wait()
	last := int64(workers + 1 + workers*each)
	highest := int64(workers + 1)
	seen := 0
	for highest < last {
		deltas := decodeVersions(t, f.await("plan:item-delta"))
		top := highest
		for _, version := range deltas {
			if version <= highest {
				t.Fatalf("version %d in a message after one with %d", version, highest)
			}
			top = max(top, version)
		}
		seen += len(deltas)
		highest = top
	}
	end := f.end()
	if !end.Equal || end.Refreshes != 0 || end.Deltas != seen {
		t.Errorf("the client ends with %+v %s", end, end.Differences)
	}
	t.Logf("%d mutations in %d messages of %d deltas", workers*each, end.Messages, end.Deltas)
}

func decodeVersions(t *testing.T, l line) []int64 {
	t.Helper()
	var args []struct{ Deltas []struct{ Version int64 } }
	if err := json.Unmarshal(l.Args, &args); err != nil || len(args) != 1 {
		t.Fatalf("%v: %s", err, l.Args)
	}
	var versions []int64
	for _, d := range args[0].Deltas {
		versions = append(versions, d.Version)
	}
	return versions
}
