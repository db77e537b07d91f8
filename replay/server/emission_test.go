package server

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// The rules of emission, each watched with the official client.

// bill and appointment are payloads as an operator gives them.
func bill(id, itemID int, status string) string {
	return fmt.Sprintf(`{"id":%d,"itemId":%d,"statementDate":null,"amount":12.5,"dueDate":"2026-11-27T00:00:00.000Z",`+
		`"payUrl":null,"status":%q,"taskKey":"k","assignedCollaboratorId":null,"createdAt":"2026-11-23T01:00:00.000Z","googleSync":null}`,
		id, itemID, status)
}

func appointment(id, itemID int, start string) string {
	return fmt.Sprintf(`{"id":%d,"itemId":%d,"startLocal":"%sT09:00:00+00:00","endLocal":"%sT10:00:00+00:00","startTimeZone":"UTC",`+
		`"endTimeZone":"UTC","startOffset":"+00:00","endOffset":"+00:00","location":null,"prepNote":null,"summary":"Check-up",`+
		`"icsToken":"t%d","assignedCollaboratorId":null,"createdAt":"2026-11-23T01:00:00.000Z","googleSync":null}`,
		id, itemID, start, start, id)
}

// itemDelta is a delta with a payload; version 0 leaves the version out, as an operator may.
func itemDelta(kind string, id, itemID int, action, source, payload string, version int) string {
	d := fmt.Sprintf(`{"itemType":%q,"entityId":%d,"planItemId":%d,"action":%q,"source":%q`, kind, id, itemID, action, source)
	if payload != "" {
		d += fmt.Sprintf(`,"data":{%q:%s}`, kind, payload)
	}
	if version != 0 {
		d += fmt.Sprintf(`,"version":%d`, version)
	}
	return d + "}"
}

// seedItems makes bills 1 to n (items 1 to n) and appointment 1 (item n+1): versions 1 to n+1.
func (c *carebase) seedItems(n int) {
	c.t.Helper()
	var deltas []string
	for i := 1; i <= n; i++ {
		deltas = append(deltas, itemDelta("bill", i, i, "created", "inbound", bill(i, i, "todo"), 0))
	}
	deltas = append(deltas, itemDelta("appointment", 1, n+1, "created", "inbound", appointment(1, n+1, "2026-11-24"), 0))
	c.operate(strings.Join(deltas, ","))
}

func versionsOf(deltas string) string {
	var versions []string
	for _, match := range regexp.MustCompile(`"version":(\d+)\}`).FindAllStringSubmatch(deltas, -1) {
		versions = append(versions, match[1])
	}
	return strings.Join(versions, ",")
}

func TestSourceIsRestForTheOwner(t *testing.T) {
	t.Parallel()
	c := start(t)
	c.seedItems(1)
	f := c.follow(ownerToken)
	c.do(ownerToken, "POST", "/api/bills/1/mark-paid", "")
	if got, want := f.message(), itemDelta("bill", 1, 1, "updated", "rest", bill(1, 1, "paid"), 3); got != want {
		t.Errorf("delta:\n got %s\nwant %s", got, want)
	}
}

func TestSourceIsCollaboratorForAContributor(t *testing.T) {
	t.Parallel()
	c := start(t)
	c.collaborate()
	c.seedItems(1)
	f := c.follow(ownerToken)
	c.do(contributorToken, "PATCH", "/api/bills/1", `{"status":"overdue","amount":1}`)
	if got, want := f.message(), itemDelta("bill", 1, 1, "updated", "collaborator", bill(1, 1, "overdue"), 3); got != want {
		t.Errorf("delta:\n got %s\nwant %s", got, want)
	}
	c.do(contributorToken, "POST", "/api/bills/1/mark-paid", "")
	if got, want := f.message(), itemDelta("bill", 1, 1, "updated", "collaborator", bill(1, 1, "paid"), 4); got != want {
		t.Errorf("delta:\n got %s\nwant %s", got, want)
	}
	c.do(contributorToken, "PATCH", "/api/appointments/1", `{"prepNote":"Fast","summary":"Not mine to change"}`)
	want := itemDelta("appointment", 1, 2, "updated", "collaborator",
		strings.Replace(appointment(1, 2, "2026-11-24"), `"prepNote":null`, `"prepNote":"Fast"`, 1), 5)
	if got := f.message(); got != want {
		t.Errorf("delta:\n got %s\nwant %s", got, want)
	}
}

func TestSourceIsWhatTheOperatorSays(t *testing.T) {
	t.Parallel()
	c := start(t)
	f := c.follow(ownerToken)
	for i, source := range []string{"google", "inbound", "rest", "collaborator", "carrier pigeon"} {
		c.operate(itemDelta("bill", 1, 1, "updated", source, bill(1, 1, "todo"), 0))
		want := itemDelta("bill", 1, 1, "updated", source, bill(1, 1, "todo"), i+1)
		if got := f.message(); got != want {
			t.Errorf("delta:\n got %s\nwant %s", got, want)
		}
	}
}

func TestCreationsCarryTheItem(t *testing.T) {
	t.Parallel()
	c := start(t)
	f := c.follow(ownerToken)
	c.create("appointment", `{"summary":"Eyes","startLocal":"2026-11-25T14:00:00+00:00"}`)
	first := f.await("plan:item-delta")
	if got, want := first.Outcomes, "[added]"; fmt.Sprint(got) != want {
		t.Errorf("the client %v, want %v", got, want)
	}
	secret := regexp.MustCompile(`"icsToken":"[0-9a-f]{64}"`)
	got := secret.ReplaceAllString(deltasOf(t, first), `"icsToken":"…"`)
	want := `{"itemType":"appointment","entityId":1,"planItemId":1,"action":"created","source":"rest","data":{"appointment":` +
		`{"id":1,"itemId":1,"startLocal":"2026-11-25T14:00:00+00:00","endLocal":"2026-11-25T15:00:00+00:00","startTimeZone":"UTC",` +
		`"endTimeZone":"UTC","startOffset":"+00:00","endOffset":"+00:00","location":null,"prepNote":null,"summary":"Eyes",` +
		`"icsToken":"…","assignedCollaboratorId":null,"createdAt":"2026-11-23T00:52:59.939Z","googleSync":null}},"version":1}`
	if got != want {
		t.Errorf("delta:\n got %s\nwant %s", got, want)
	}
	c.create("bill", `{"amount":20.1,"dueDate":"2026-11-28T00:00:00.000Z"}`)
	got = regexp.MustCompile(`"taskKey":"[0-9a-f]{32}"`).ReplaceAllString(f.message(), `"taskKey":"…"`)
	want = `{"itemType":"bill","entityId":1,"planItemId":2,"action":"created","source":"rest","data":{"bill":{"id":1,"itemId":2,` +
		`"statementDate":null,"amount":20.1,"dueDate":"2026-11-28T00:00:00.000Z","payUrl":null,"status":"todo","taskKey":"…",` +
		`"assignedCollaboratorId":null,"createdAt":"2026-11-23T00:52:59.939Z","googleSync":null}},"version":2}`
	if got != want {
		t.Errorf("delta:\n got %s\nwant %s", got, want)
	}
}

func TestDeletedCarriesNoData(t *testing.T) {
	t.Parallel()
	c := start(t)
	c.seedItems(1)
	f := c.follow(ownerToken)
	c.do(ownerToken, "DELETE", "/api/bills/1", "")
	if got, want := f.message(), itemDelta("bill", 1, 1, "deleted", "rest", "", 3); got != want {
		t.Errorf("delta:\n got %s\nwant %s", got, want)
	}
	c.operate(itemDelta("appointment", 1, 2, "deleted", "google", appointment(1, 2, "2026-11-24"), 0))
	if got, want := f.message(), itemDelta("appointment", 1, 2, "deleted", "google", "", 4); got != want {
		t.Errorf("delta:\n got %s\nwant %s", got, want)
	}
}

func TestCollaboratorChangesNameTheirSection(t *testing.T) {
	t.Parallel()
	c := start(t)
	f := c.follow(ownerToken)
	want := `{"itemType":"plan","entityId":1,"action":"updated","source":"rest","data":{"section":"collaborators"},"version":%d}`
	invited := c.do(ownerToken, "POST", "/api/collaborators", `{"email":" C@x "}`)
	if got, want := f.message(), fmt.Sprintf(want, 1); got != want {
		t.Errorf("delta of the invitation:\n got %s\nwant %s", got, want)
	}
	token := get(t, get(t, invited, "collaborator"), "inviteToken")
	c.do(outsiderToken, "POST", "/api/collaborators/accept", `{"token":`+token+`}`)
	if got, want := f.message(), fmt.Sprintf(want, 2); got != want {
		t.Errorf("delta of the acceptance:\n got %s\nwant %s", got, want)
	}
	if end := f.end(); !end.Equal {
		t.Errorf("the client differs: %s", end.Differences)
	}
}

func TestBulkHasNeitherSourceNorData(t *testing.T) {
	t.Parallel()
	c := start(t)
	f := c.follow(ownerToken)
	c.operate(`{"itemType":"plan"}`)
	if got, want := f.message(), `{"itemType":"plan","entityId":0,"action":"updated","version":1}`; got != want {
		t.Errorf("delta:\n got %s\nwant %s", got, want)
	}
}

func TestReviewsEmitTheirOutcome(t *testing.T) {
	t.Parallel()
	c := start(t)
	f := c.follow(ownerToken)
	notice := `{"itemType":"plan","entityId":1,%s"action":"updated","source":%q,"data":{"section":"pending-reviews"},"version":%d}`
	c.operate(`{"itemType":"plan","planItemId":7,"source":"inbound","data":{"section":"pending-reviews"}},` +
		`{"itemType":"plan","planItemId":8,"source":"inbound","data":{"section":"pending-reviews"}}`)
	want := fmt.Sprintf(notice, `"planItemId":7,`, "inbound", 1) + "," + fmt.Sprintf(notice, `"planItemId":8,`, "inbound", 2)
	if got := f.message(); got != want {
		t.Errorf("delta of the e-mails:\n got %s\nwant %s", got, want)
	}
	c.do(ownerToken, "PATCH", "/api/review/7", `{"action":"save","bill":{"amount":30}}`)
	if got, want := f.message(), fmt.Sprintf(notice, "", "rest", 3); got != want {
		t.Errorf("delta of the draft:\n got %s\nwant %s", got, want)
	}
	c.do(ownerToken, "PATCH", "/api/review/7", `{"action":"approve","bill":{"dueDate":"2026-11-26"}}`)
	approved := f.message()
	if !strings.HasPrefix(approved, `{"itemType":"bill","entityId":1,"planItemId":7,"action":"created","source":"rest","data":{"bill":{"id":1,`) ||
		!strings.Contains(approved, `"amount":30,"dueDate":"2026-11-26T00:00:00.000Z"`) {
		t.Errorf("delta of the approval: %s", approved)
	}
	c.do(ownerToken, "PATCH", "/api/review/8", `{"action":"reject"}`)
	if got, want := f.message(), fmt.Sprintf(notice, "", "rest", 5); got != want {
		t.Errorf("delta of the rejection:\n got %s\nwant %s", got, want)
	}
}

func TestDeltasGoToTheOwnersRoomOnly(t *testing.T) {
	t.Parallel()
	c := start(t)
	c.collaborate()
	c.seedItems(1)
	owner, again := c.follow(ownerToken), c.follow(ownerToken)
	contributor, stranger := c.follow(contributorToken), c.follow(secondToken)
	c.do(contributorToken, "PATCH", "/api/bills/1", `{"status":"overdue"}`)
	for _, f := range []*follower{owner, again} {
		if got, want := versionsOf(f.message()), "3"; got != want {
			t.Errorf("an owner's socket got versions %s, want %s", got, want)
		}
	}
	// The contributor reads the plan over REST, and was told nothing: the cache is stale.
	if end := contributor.end(); end.Messages != 0 || end.Equal {
		t.Errorf("the contributor's client ends with %+v", end)
	}
	if end := stranger.end(); end.Messages != 0 || !end.Equal {
		t.Errorf("another owner's client ends with %+v", end)
	}
	theirs, ours := c.do(contributorToken, "GET", "/api/plan", ""), c.do(ownerToken, "GET", "/api/plan", "")
	if theirs != ours {
		t.Errorf("plan:\ncontributor %s\n      owner %s", theirs, ours)
	}
}

func TestDeltasCarryNoGoogleState(t *testing.T) {
	t.Parallel()
	c := start(t)
	f := c.follow(ownerToken)
	synced := strings.Replace(bill(1, 1, "todo"), `"googleSync":null`, `"googleSync":{"calendarId":"c","syncStatus":"synced"}`, 1)
	c.operate(itemDelta("bill", 1, 1, "created", "google", synced, 0))
	if got, want := f.message(), itemDelta("bill", 1, 1, "created", "google", bill(1, 1, "todo"), 1); got != want {
		t.Errorf("delta:\n got %s\nwant %s", got, want)
	}
	c.operate(itemDelta("bill", 2, 2, "created", "inbound", bill(2, 2, "todo"), 0))
	f.message()
	plan := c.do(ownerToken, "GET", "/api/plan", "")
	for _, want := range []string{
		`"googleSync":{"calendarId":"c","syncStatus":"synced"}`,
		`"googleSync":{"calendarId":null,"eventId":null,"etag":null,"lastSyncedAt":null,"lastSyncDirection":null,` +
			`"localHash":null,"remoteUpdatedAt":null,"syncStatus":"idle","lastError":null}`,
	} {
		if !strings.Contains(plan, want) {
			t.Errorf("the plan lacks %s: %s", want, plan)
		}
	}
}

func TestAnswersSpellTimesAnotherWay(t *testing.T) {
	t.Parallel()
	c := start(t)
	c.seedItems(1)
	f := c.follow(ownerToken)
	answer := c.do(ownerToken, "PATCH", "/api/appointments/1", `{"startLocal":"2026-11-27T12:00:00+02:00","endLocal":"2026-11-27T11:00"}`)
	if got, want := get(t, answer, "startLocal")+get(t, answer, "endLocal"), `"2026-11-27T10:00:00.000Z""2026-11-27T11:00:00.000Z"`; got != want {
		t.Errorf("the answer has %s, want %s", got, want)
	}
	want := `"startLocal":"2026-11-27T10:00:00+00:00","endLocal":"2026-11-27T11:00:00+00:00"`
	if got := f.message(); !strings.Contains(got, want) {
		t.Errorf("the delta lacks %s: %s", want, got)
	}
	if got := c.do(ownerToken, "GET", "/api/plan", ""); !strings.Contains(got, want) {
		t.Errorf("the plan lacks %s: %s", want, got)
	}
}

func TestDeltasAreSentForItemsOutsideTheRange(t *testing.T) {
	t.Parallel()
	c := start(t)
	c.seedItems(1)
	f := c.follow(ownerToken)
	c.do(ownerToken, "PATCH", "/api/appointments/1", `{"startLocal":"2026-12-24T09:00:00Z","endLocal":"2026-12-24T10:00:00Z"}`)
	if got, want := f.message(), itemDelta("appointment", 1, 2, "updated", "rest", appointment(1, 2, "2026-12-24"), 3); got != want {
		t.Errorf("delta:\n got %s\nwant %s", got, want)
	}
	end := f.end()
	if !end.Equal || fmt.Sprint(end.Outside) != "[appointment:1]" {
		t.Errorf("the client ends with %+v %s", end, end.Differences)
	}
}

func TestTheRangeMovesAtMidnightInSilence(t *testing.T) {
	t.Parallel()
	c := start(t)
	c.seedItems(1)
	f := c.follow(ownerToken)
	c.clock.set(mustTime(t, "2026-11-24T23:59:59.999Z"))
	if plan := c.do(ownerToken, "GET", "/api/plan", ""); !strings.Contains(get(t, plan, "appointments"), `"id":1`) {
		t.Errorf("the appointment left its own day: %s", plan)
	}
	c.clock.set(mustTime(t, "2026-11-25T00:00:00Z"))
	if plan := c.do(ownerToken, "GET", "/api/plan", ""); get(t, plan, "appointments") != "[]" {
		t.Errorf("the appointment stayed past its day: %s", plan)
	}
	if end := f.end(); end.Messages != 0 || end.PlanVersion != 2 {
		t.Errorf("the client ends with %+v", end)
	}
}

func TestUnknownFieldsPassByteForByte(t *testing.T) {
	t.Parallel()
	c := start(t)
	f := c.follow(ownerToken)
	odd := strings.Replace(bill(1, 1, "todo"), `"amount":12.5,`, `"amount":12.50,"z":{"b":1,"a":[9007199254740993,1e400,"\u00e9<é>&\/"]},`, 1)
	text := itemDelta("bill", 1, 1, "created", "inbound", odd, 0)
	text = strings.Replace(text, `,"data":{`, `,"data":{"hint":[1, 2],`, 1)
	text = text[:len(text)-1] + `,"trace":{"id" : "x"}}`
	c.operate(text)
	want := `{"itemType":"bill","entityId":1,"planItemId":1,"action":"created","source":"inbound","data":{"bill":` + odd +
		`,"hint":[1,2]},"trace":{"id":"x"},"version":1}`
	if got := f.message(); got != want {
		t.Errorf("delta:\n got %s\nwant %s", got, want)
	}
	c.do(ownerToken, "POST", "/api/bills/1/mark-paid", "")
	paid := strings.Replace(odd, `"todo"`, `"paid"`, 1)
	if got, want := f.message(), itemDelta("bill", 1, 1, "updated", "rest", paid, 2); got != want {
		t.Errorf("delta:\n got %s\nwant %s", got, want)
	}
	plan := c.do(ownerToken, "GET", "/api/plan", "")
	if want := strings.TrimSuffix(paid, `null}`); !strings.Contains(plan, want) {
		t.Errorf("the plan lacks %s: %s", want, plan)
	}
}

func TestAcknowledgementComesFirst(t *testing.T) {
	t.Parallel()
	c := start(t)
	for _, transport := range []string{"websocket", "polling", "auto"} {
		f := c.launch(ownerToken, "--transport", transport)
		f.await("connect")
		ack := f.await("connection:ack")
		if got, want := ack.Raw, `2["connection:ack",{"ok":true}]`; got != want {
			t.Errorf("%s: acknowledgement %s, want %s", transport, got, want)
		}
		if want := map[string]string{"auto": "websocket"}[transport]; want != "" && ack.Transport != want {
			t.Errorf("%s: transport %q, want %q", transport, ack.Transport, want)
		}
		c.operate(`{"itemType":"plan"}`)
		f.message()
		if end := f.end(); !end.Equal {
			t.Errorf("%s: the client differs: %s", transport, end.Differences)
		}
	}
}

func TestNothingIsKeptForTheAbsent(t *testing.T) {
	t.Parallel()
	c := start(t)
	c.seedItems(1)
	f := c.follow(ownerToken)
	f.end()
	f.await("disconnect")
	c.do(ownerToken, "POST", "/api/bills/1/mark-paid", "")
	f = c.follow(ownerToken)
	c.do(ownerToken, "PATCH", "/api/bills/1", `{"amount":1}`)
	if got, want := versionsOf(f.message()), "4"; got != want {
		t.Errorf("after the absence: versions %s, want %s", got, want)
	}
}

func TestALostDeltaChangesThePlanInSilence(t *testing.T) {
	t.Parallel()
	c := start(t)
	c.seedItems(1)
	f := c.follow(ownerToken)
	lost := c.do(operatorToken, "POST", "/_deltatap/deltas",
		`{"lose":true,"deltas":[`+itemDelta("bill", 1, 1, "updated", "rest", bill(1, 1, "paid"), 0)+`],"userId":1}`)
	if want := `{"versions":[3],"planVersion":3}`; lost != want {
		t.Errorf("answer %s, want %s", lost, want)
	}
	c.do(ownerToken, "PATCH", "/api/appointments/1", `{"prepNote":"x"}`)
	if got, want := versionsOf(f.message()), "4"; got != want {
		t.Errorf("versions %s, want %s", got, want)
	}
	if end := f.end(); end.Equal || !strings.Contains(string(end.Differences), `"bill:1"`) || end.PlanVersion != 4 {
		t.Errorf("the client ends with %+v %s", end, end.Differences)
	}
}
