package server

import (
	"strings"
	"testing"
)

// TestWhoMayChangeWhat holds the PATCH of an item to what an owner and a contributor may change. A refusal changes nothing.
func TestWhoMayChangeWhat(t *testing.T) {
	for name, tc := range map[string]struct {
		token, path, body string
		status            int
		answer            string // "": the answer is the item
	}{
		"an owner's status":             {ownerToken, "/api/bills/1", `{"status":"paid"}`, 403, `{"error":"Only contributors can update status"}`},
		"an owner's status beside more": {ownerToken, "/api/bills/1", `{"amount":1,"status":"todo"}`, 403, `{"error":"Only contributors can update status"}`},
		"an owner's status, null":       {ownerToken, "/api/bills/1", `{"status":null}`, 403, `{"error":"Only contributors can update status"}`},
		"an owner's amount":             {ownerToken, "/api/bills/1", `{"amount":1}`, 200, ""},
		"a negative amount":             {ownerToken, "/api/bills/1", `{"amount":-0.01}`, 400, `{"error":"Invalid amount"}`},
		"a negative amount as text":     {ownerToken, "/api/bills/1", `{"amount":"-1"}`, 400, `{"error":"Invalid amount"}`},
		"no due date":                   {ownerToken, "/api/bills/1", `{"dueDate":null}`, 400, `{"error":"Invalid dueDate"}`},
		"a page that is no text":        {ownerToken, "/api/bills/1", `{"payUrl":7}`, 400, `{"error":"Invalid payUrl"}`},
		"an owner's note":               {ownerToken, "/api/appointments/1", `{"prepNote":"x"}`, 200, ""},
		"a status of no appointment":    {ownerToken, "/api/appointments/1", `{"status":"paid"}`, 200, ""},
		"this machine's zone":           {ownerToken, "/api/appointments/1", `{"startTimeZone":"Local"}`, 400, `{"error":"Invalid startTimeZone"}`},
		"a contributor's status":        {contributorToken, "/api/bills/1", `{"status":"paid"}`, 200, ""},
		"a contributor's null":          {contributorToken, "/api/bills/1", `{"status":null}`, 400, `{"error":"Invalid status"}`},
		"a contributor's amount":        {contributorToken, "/api/bills/1", `{"amount":1}`, 403, `{"error":"Contributors can only update status"}`},
		"a contributor's note":          {contributorToken, "/api/appointments/1", `{"prepNote":"x"}`, 200, ""},
		"a contributor's summary":       {contributorToken, "/api/appointments/1", `{"summary":"x"}`, 403, `{"error":"Contributors can only update prep notes"}`},
	} {
		t.Run(name, func(t *testing.T) {
			c := start(t)
			c.collaborate()
			c.seedItems(1)
			before := c.do(ownerToken, "GET", "/api/plan", "")
			status, text := c.try(tc.token, "PATCH", tc.path, tc.body)
			if status != tc.status || tc.answer != "" && text != tc.answer {
				t.Errorf("answer %d %s, want %d %s", status, text, tc.status, tc.answer)
			}
			after := c.do(ownerToken, "GET", "/api/plan", "")
			if changed := after != before; changed != (tc.status == 200) {
				t.Errorf("the plan was %s\nand is %s", before, after)
			}
		})
	}
}

// TestRESTMakesNoItem: items come from e-mail, uploads, reviews and Google.
func TestRESTMakesNoItem(t *testing.T) {
	c := start(t)
	before := c.do(ownerToken, "GET", "/api/plan", "")
	for _, path := range []string{"/api/bills", "/api/appointments", "/api/bills/", "/api/bills/1", "/api/appointments/1"} {
		status, text := c.try(ownerToken, "POST", path, `{"summary":"x","startLocal":"2026-11-24T09:00:00Z","amount":1}`)
		if status != 404 || text != `{"error":"Not found"}` {
			t.Errorf("POST %s: %d %s", path, status, text)
		}
	}
	if after := c.do(ownerToken, "GET", "/api/plan", ""); after != before {
		t.Errorf("the plan was %s\nand is %s", before, after)
	}
}

// TestSingleItems are read by whoever reads the plan, outside its dates too, in the spelling of the answers to mutations.
func TestSingleItems(t *testing.T) {
	c := start(t)
	c.collaborate()
	c.operate(itemDelta("appointment", 5, 50, "created", "google", appointment(5, 50, "2027-03-01"), 0) + "," +
		itemDelta("bill", 6, 60, "created", "inbound", bill(6, 60, "paid"), 0))
	want := map[string]string{
		"/api/appointments/5": `"startLocal":"2027-03-01T09:00:00.000Z"`,
		"/api/bills/6":        `"status":"paid"`,
	}
	for path, part := range want {
		for _, token := range []string{ownerToken, contributorToken} {
			text := c.do(token, "GET", path, "")
			if !strings.Contains(text, part) || !strings.Contains(text, `"syncStatus":"idle"`) {
				t.Errorf("%s: %s lacks %s, or its Google state", path, text, part)
			}
		}
	}
	for path, kind := range map[string]string{"/api/appointments/6": "Appointment", "/api/bills/5": "Bill", "/api/bills/x": "Bill"} {
		if status, text := c.try(ownerToken, "GET", path, ""); status != 404 || text != `{"error":"`+kind+` not found"}` {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
	if status, text := c.try(secondToken, "GET", "/api/bills/6", ""); status != 404 {
		t.Errorf("another's bill: %d %s", status, text)
	}
	if status, text := c.try("", "GET", "/api/bills/6", ""); status != 401 {
		t.Errorf("a stranger: %d %s", status, text)
	}
}

func TestPendingReviews(t *testing.T) {
	c := start(t)
	c.collaborate()
	pending := func() string { return c.do(ownerToken, "GET", "/api/review/pending", "") }
	if got, want := pending(), `{"items":[]}`; got != want {
		t.Errorf("at first %s, want %s", got, want)
	}
	for _, id := range []string{"9", "7", "8"} {
		c.operate(`{"itemType":"plan","planItemId":` + id + `,"data":{"section":"pending-reviews"}}`)
	}
	c.do(ownerToken, "PATCH", "/api/review/9", `{"action":"save","bill":{"amount":3}}`)
	c.do(ownerToken, "PATCH", "/api/review/8", `{"action":"reject"}`)
	want := `{"items":[{"itemId":7,"reviewStatus":"pending_review","draft":null},{"itemId":9,"reviewStatus":"pending_review","draft":` +
		`{"amount":3,"dueDate":null,"statementDate":null,"payUrl":null,"status":"todo","notes":null}}]}`
	if got := pending(); got != want {
		t.Errorf("then %s\nwant %s", got, want)
	}
	if status, text := c.try(contributorToken, "GET", "/api/review/pending", ""); status != 403 {
		t.Errorf("a contributor: %d %s", status, text)
	}
}

func TestCollaboratorsAreListedAsInThePlan(t *testing.T) {
	c := start(t)
	c.collaborate()
	c.do(ownerToken, "POST", "/api/collaborators", `{"email":"e@x"}`)
	for token, invited := range map[string]bool{ownerToken: true, contributorToken: false} {
		want := `{"collaborators":` + get(t, c.do(token, "GET", "/api/plan", ""), "collaborators") + `}`
		got := c.do(token, "GET", "/api/collaborators", "")
		if got != want || strings.Contains(got, "e@x") != invited {
			t.Errorf("%s is told %s, and in the plan %s", token, got, want)
		}
	}
}

// TestMidnightIsSpelled24 in deltas and in the plan, by the clock of the appointment's own zone, and nowhere else.
func TestMidnightIsSpelled24(t *testing.T) {
	for _, quirks := range []bool{true, false} {
		hour := map[bool]string{true: "T24:", false: "T00:"}[quirks]
		c := startAlone(t, func(cfg *Config) { cfg.Quirks = quirks })
		box := c.server.outboxes.of(1)
		release := box.hold()
		c.create("appointment", `{"summary":"Night","startLocal":"2026-11-24T00:15:00+00:00","endLocal":"2026-11-25T00:00:00+00:00"}`)
		answer := c.do(ownerToken, "PATCH", "/api/appointments/1", `{"startTimeZone":"America/New_York","startLocal":"2026-11-24T05:30:00Z"}`)
		if got, want := get(t, answer, "startLocal")+get(t, answer, "endLocal"), `"2026-11-24T05:30:00.000Z""2026-11-25T00:00:00.000Z"`; got != want {
			t.Errorf("answered %s, want %s", got, want)
		}
		want := `"startLocal":"2026-11-24` + hour + `30:00-05:00","endLocal":"2026-11-25` + hour + `00:00+00:00"`
		if emitted := string(box.pending[0].text); !strings.Contains(emitted, want) {
			t.Errorf("quirks %v: emitted %s\nwant %s", quirks, emitted, want)
		}
		release()
		if plan := c.do(ownerToken, "GET", "/api/plan", ""); !strings.Contains(plan, want) {
			t.Errorf("quirks %v: the plan is %s\nwant %s", quirks, plan, want)
		}
		// What the server writes, it also takes.
		c.do(ownerToken, "PATCH", "/api/appointments/1", `{"startLocal":"2026-11-24T24:45:00-05:00"}`)
		if got, want := get(t, c.do(ownerToken, "GET", "/api/appointments/1", ""), "startLocal"), `"2026-11-24T05:45:00.000Z"`; got != want {
			t.Errorf("quirks %v: %s, want %s", quirks, got, want)
		}
	}
}

// TestSectionsTakeEachOthersPlace: in one tick, what tells of collaborators and of reviews is one delta, the later one.
func TestSectionsTakeEachOthersPlace(t *testing.T) {
	c := startAlone(t)
	box := c.server.outboxes.of(1)
	c.operate(`{"itemType":"plan","planItemId":7,"data":{"section":"pending-reviews"}}`)
	release := box.hold()
	defer release()
	c.do(ownerToken, "POST", "/api/collaborators", `{"email":"e@x"}`)
	c.operate(`{"itemType":"plan","entityId":0,"action":"updated"}`)
	c.do(ownerToken, "PATCH", "/api/review/7", `{"action":"save","bill":{"amount":3}}`)
	if len(box.pending) != 2 {
		t.Fatalf("%d deltas, want the section's and the bulk job's", len(box.pending))
	}
	if got, want := string(box.pending[0].text), `{"itemType":"plan","entityId":1,"action":"updated","source":"rest","data":{"section":"pending-reviews"},"version":4}`; got != want {
		t.Errorf("first %s, want %s", got, want)
	}
	if got, want := string(box.pending[1].text), `{"itemType":"plan","entityId":0,"action":"updated","version":3}`; got != want {
		t.Errorf("then %s, want %s", got, want)
	}
}
