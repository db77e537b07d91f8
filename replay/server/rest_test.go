package server

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestAnswers holds every route to its statuses and bodies. The requests of one case run in order; the last is judged.
func TestAnswers(t *testing.T) {
	type request struct{ token, method, path, body string }
	owner := func(method, path, body string) request { return request{ownerToken, method, path, body} }
	contributor := func(method, path, body string) request { return request{contributorToken, method, path, body} }
	operator := func(body string) request { return request{operatorToken, "POST", "/_deltatap/deltas", body} }
	const (
		unauthenticated = `{"error":"Not authenticated"}`
		noRecipient     = `{"error":"No recipient found"}`
		badJSON         = `{"error":"Invalid JSON"}`
	)
	for name, tc := range map[string]struct {
		requests []request
		status   int
		body     string
	}{
		"health": {[]request{{"", "GET", "/health", ""}}, 200, `{"ok":true}`},

		"no token":                  {[]request{{"", "GET", "/api/plan", ""}}, 401, unauthenticated},
		"wrong token":               {[]request{{"x", "GET", "/api/plan/version", ""}}, 401, unauthenticated},
		"operator token is no user": {[]request{{operatorToken, "GET", "/api/plan", ""}}, 401, unauthenticated},
		"no token, mutation":        {[]request{{"", "PATCH", "/api/bills/1", "{"}}, 401, unauthenticated},
		"no token, accept":          {[]request{{"", "POST", "/api/collaborators/accept", "{"}}, 401, unauthenticated},
		"no operator":               {[]request{{ownerToken, "POST", "/_deltatap/deltas", `{"deltas":[{}]}`}}, 401, unauthenticated},

		"no plan":           {[]request{{outsiderToken, "GET", "/api/plan", ""}}, 404, noRecipient},
		"no plan, version":  {[]request{{outsiderToken, "GET", "/api/plan/version", ""}}, 404, noRecipient},
		"no plan, mutation": {[]request{{outsiderToken, "PATCH", "/api/bills/1", "{}"}}, 404, noRecipient},
		"unknown route":     {[]request{owner("GET", "/api/nothing", "")}, 404, `{"error":"Not found"}`},
		"unknown method":    {[]request{owner("PUT", "/api/bills/1", "{}")}, 404, `{"error":"Not found"}`},

		"version": {[]request{owner("GET", "/api/plan/version", "")}, 200, `{"planVersion":2,"planUpdatedAt":"2026-11-23T00:52:59.939Z"}`},
		"version, contributor": {
			[]request{contributor("GET", "/api/plan/version", "")},
			200,
			`{"planVersion":2,"planUpdatedAt":"2026-11-23T00:52:59.939Z"}`,
		},

		"delete":                {[]request{owner("DELETE", "/api/bills/1", "")}, 200, `{"success":true}`},
		"delete twice":          {[]request{owner("DELETE", "/api/bills/1", ""), owner("DELETE", "/api/bills/1", "")}, 404, `{"error":"Bill not found"}`},
		"delete, unknown":       {[]request{owner("DELETE", "/api/appointments/9", "")}, 404, `{"error":"Appointment not found"}`},
		"delete, no id":         {[]request{owner("DELETE", "/api/appointments/x", "")}, 404, `{"error":"Appointment not found"}`},
		"delete, contributor":   {[]request{contributor("DELETE", "/api/bills/1", "")}, 403, `{"error":"Only the owner can delete bills"}`},
		"another's bill":        {[]request{{secondToken, "PATCH", "/api/bills/1", `{"amount":1}`}}, 404, `{"error":"Bill not found"}`},
		"another's bill, paid":  {[]request{{secondToken, "POST", "/api/bills/1/mark-paid", ``}}, 404, `{"error":"Bill not found"}`},
		"patch, unknown":        {[]request{owner("PATCH", "/api/appointments/9", `{}`)}, 404, `{"error":"Appointment not found"}`},
		"patch, bad JSON":       {[]request{owner("PATCH", "/api/bills/1", `{"status":`)}, 400, badJSON},
		"patch, no object":      {[]request{owner("PATCH", "/api/bills/1", `[]`)}, 400, badJSON},
		"patch, twice the same": {[]request{owner("PATCH", "/api/bills/1", `{"status":"paid","status":"todo"}`)}, 400, badJSON},
		"patch, no UTF-8":       {[]request{owner("PATCH", "/api/bills/1", "{\"payUrl\":\"\xff\"}")}, 400, badJSON},
		"operator, too large":   {[]request{{operatorToken, "POST", "/_deltatap/deltas", `{"deltas":[` + strings.Repeat(" ", maxOperatorBody) + `]}`}}, 413, `{"error":"Request body too large"}`},
		"patch, too large":      {[]request{owner("PATCH", "/api/bills/1", `{"x":"`+strings.Repeat("x", maxBody)+`"}`)}, 413, `{"error":"Request body too large"}`},
		"patch, amount":         {[]request{owner("PATCH", "/api/bills/1", `{"amount":"many"}`)}, 400, `{"error":"Invalid amount"}`},
		"patch, huge amount":    {[]request{owner("PATCH", "/api/bills/1", `{"amount":1e8}`)}, 400, `{"error":"Invalid amount"}`},
		"patch, due date":       {[]request{owner("PATCH", "/api/bills/1", `{"dueDate":"soon"}`)}, 400, `{"error":"Invalid dueDate"}`},
		"patch, start":          {[]request{owner("PATCH", "/api/appointments/1", `{"startLocal":17}`)}, 400, `{"error":"Invalid startLocal"}`},
		"patch, empty summary":  {[]request{owner("PATCH", "/api/appointments/1", `{"summary":""}`)}, 400, `{"error":"Invalid summary"}`},
		"patch, long location":  {[]request{owner("PATCH", "/api/appointments/1", `{"location":"`+strings.Repeat("é", 501)+`"}`)}, 400, `{"error":"Invalid location"}`},
		"patch, zone":           {[]request{owner("PATCH", "/api/appointments/1", `{"startTimeZone":"Mars/Olympus"}`)}, 400, `{"error":"Invalid startTimeZone"}`},
		"assign, no id":         {[]request{owner("PATCH", "/api/bills/1", `{"assignedCollaboratorId":"two"}`)}, 400, `{"error":"Invalid collaborator id"}`},
		"assign, stranger":      {[]request{owner("PATCH", "/api/bills/1", `{"assignedCollaboratorId":9}`)}, 404, `{"error":"Collaborator not found"}`},
		"contributor, note missing": {
			[]request{contributor("PATCH", "/api/appointments/1", `{"summary":"x"}`)},
			403,
			`{"error":"Contributors can only update prep notes"}`,
		},
		"contributor, status missing": {
			[]request{contributor("PATCH", "/api/bills/1", `{"amount":1}`)},
			403,
			`{"error":"Contributors can only update status"}`,
		},
		"contributor, status": {[]request{contributor("PATCH", "/api/bills/1", `{"status":"late"}`)}, 400, `{"error":"Invalid status"}`},

		"invite, contributor": {[]request{contributor("POST", "/api/collaborators", `{"email":"e@x"}`)}, 403, `{"error":"Only the owner can invite collaborators"}`},
		"invite, nobody":      {[]request{owner("POST", "/api/collaborators", `{"email":" "}`)}, 400, `{"error":"Email is required"}`},
		"invite, role":        {[]request{owner("POST", "/api/collaborators", `{"email":"e@x","role":"king"}`)}, 400, `{"error":"Invalid role"}`},
		"accept, no token":    {[]request{{outsiderToken, "POST", "/api/collaborators/accept", `{}`}}, 400, `{"error":"Token is required"}`},
		"accept, unknown":     {[]request{{outsiderToken, "POST", "/api/collaborators/accept", `{"token":"x"}`}}, 404, `{"error":"Invite not found"}`},
		"accept, another's":   {[]request{{outsiderToken, "POST", "/api/collaborators/accept", `{"token":"used"}`}}, 403, `{"error":"Invite belongs to a different email"}`},

		"review, contributor": {[]request{contributor("PATCH", "/api/review/1", `{"action":"reject"}`)}, 403, `{"error":"Only the owner can review items"}`},
		"review, action":      {[]request{owner("PATCH", "/api/review/1", `{"action":"burn"}`)}, 400, `{"error":"Invalid action"}`},
		"review, no bill":     {[]request{owner("PATCH", "/api/review/1", `{"action":"approve"}`)}, 400, `{"error":"Bill payload is required for this action"}`},
		"review, not pending": {[]request{owner("PATCH", "/api/review/1", `{"action":"reject"}`)}, 404, `{"error":"Pending review item not found"}`},
		"review, unknown":     {[]request{owner("PATCH", "/api/review/77", `{"action":"reject"}`)}, 404, `{"error":"Pending review item not found"}`},
		"review, no amount": {
			[]request{
				operator(`{"user":1,"deltas":[{"itemType":"plan","planItemId":9,"data":{"section":"pending-reviews"}}]}`),
				owner("PATCH", "/api/review/9", `{"action":"approve","bill":{}}`),
			}, 400, `{"error":"Amount is required to approve a bill."}`,
		},
		"review, rejected": {
			[]request{
				operator(`{"user":1,"deltas":[{"itemType":"plan","planItemId":9,"data":{"section":"pending-reviews"}}]}`),
				owner("PATCH", "/api/review/9", `{"action":"reject"}`),
			}, 200, `{"status":"rejected"}`,
		},
		"review, saved": {
			[]request{
				operator(`{"user":1,"deltas":[{"itemType":"plan","planItemId":9,"data":{"section":"pending-reviews"}}]}`),
				owner("PATCH", "/api/review/9", `{"action":"save","bill":{"amount":3}}`),
				owner("PATCH", "/api/review/9", `{"action":"save","bill":{"notes":"n"}}`),
			}, 200, `{"status":"saved","draft":{"amount":3,"dueDate":null,"statementDate":null,"payUrl":null,"status":"todo","notes":"n"}}`,
		},

		"operator": {[]request{operator(`{"user":1,"deltas":[{"itemType":"plan"},{"itemType":"plan"}]}`)}, 200, `{"versions":[3,4],"planVersion":4}`},
		"operator, contributor means the owner's plan": {
			[]request{operator(`{"userId":2,"deltas":[{"itemType":"plan"}]}`)}, 200, `{"versions":[3],"planVersion":3}`,
		},
		"operator, which user": {[]request{operator(`{"deltas":[{"itemType":"plan"}]}`)}, 400, `{"error":"user is required: 2 users have a plan"}`},
		"operator, no user":    {[]request{operator(`{"user":3,"deltas":[{"itemType":"plan"}]}`)}, 404, noRecipient},
		"operator, no id":      {[]request{operator(`{"user":"one","deltas":[{"itemType":"plan"}]}`)}, 400, `{"error":"user must be an id"}`},
		"operator, no deltas":  {[]request{operator(`{"user":1,"deltas":[]}`)}, 400, `{"error":"deltas must be a list of at least one delta"}`},
		"operator, no delta":   {[]request{operator(`{"user":1,"deltas":[7]}`)}, 400, `{"error":"deltas[0]: Invalid JSON"}`},
		"operator, type":       {[]request{operator(`{"user":1,"deltas":[{"itemType":"plan"},{"itemType":"pill"}]}`)}, 400, `{"error":"deltas[1]: itemType must be appointment, bill or plan"}`},
		"operator, action":     {[]request{operator(`{"user":1,"deltas":[{"itemType":"bill"}]}`)}, 400, `{"error":"deltas[0]: action must be created, updated or deleted"}`},
		"operator, plan action": {
			[]request{operator(`{"user":1,"deltas":[{"itemType":"plan","action":"deleted"}]}`)},
			400,
			`{"error":"deltas[0]: the action of a plan delta is updated"}`,
		},
		"operator, data":    {[]request{operator(`{"user":1,"deltas":[{"itemType":"bill","action":"created","data":[]}]}`)}, 400, `{"error":"deltas[0]: data must be an object"}`},
		"operator, payload": {[]request{operator(`{"user":1,"deltas":[{"itemType":"bill","action":"created","data":{"bill":1}}]}`)}, 400, `{"error":"deltas[0]: data.bill must be an object"}`},
		"operator, source":  {[]request{operator(`{"user":1,"deltas":[{"itemType":"plan","source":1}]}`)}, 400, `{"error":"deltas[0]: source must be a string"}`},
		"operator, id":      {[]request{operator(`{"user":1,"deltas":[{"itemType":"plan","entityId":1.5}]}`)}, 400, `{"error":"deltas[0]: entityId must be an id"}`},
		"operator, unknown": {[]request{operator(`{"user":1,"deltas":[{"itemType":"bill","entityId":9,"action":"deleted"}]}`)}, 404, `{"error":"deltas[0]: bill 9: not found"}`},
		"operator, another's": {
			[]request{operator(`{"user":4,"deltas":[{"itemType":"bill","entityId":1,"action":"updated"}]}`)},
			400,
			`{"error":"deltas[0]: bill 1: taken"}`,
		},
		"operator, date": {
			[]request{operator(`{"user":1,"deltas":[{"itemType":"bill","entityId":1,"action":"updated","data":{"bill":{"dueDate":"soon"}}}]}`)},
			400,
			`{"error":"deltas[0]: bill 1: invalid: \"soon\" is not an RFC 3339 time"}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := start(t)
			c.collaborate()
			c.seedItems(1)
			var status int
			var body string
			for _, r := range tc.requests {
				status, body = c.try(r.token, r.method, r.path, r.body)
			}
			if status != tc.status || body != tc.body {
				t.Errorf("answer %d %s, want %d %s", status, body, tc.status, tc.body)
			}
		})
	}
}

// TestARefusalChangesNothing: a list of deltas is one transaction.
func TestARefusalChangesNothing(t *testing.T) {
	c := start(t)
	c.seedItems(1)
	before := c.do(ownerToken, "GET", "/api/plan", "")
	status, text := c.try(operatorToken, "POST", "/_deltatap/deltas",
		`{"user":1,"deltas":[`+touch(1)+`,`+itemDelta("bill", 1, 1, "deleted", "rest", "", 0)+`,{"itemType":"pill"}]}`)
	if status != http.StatusBadRequest {
		t.Errorf("answer %d %s", status, text)
	}
	if after := c.do(ownerToken, "GET", "/api/plan", ""); after != before {
		t.Errorf("plan:\nbefore %s\n after %s", before, after)
	}
}

func TestPatches(t *testing.T) {
	for name, tc := range map[string]struct{ path, body, field, want string }{
		"amount as text":     {"/api/bills/1", `{"amount":" 20.10 "}`, "amount", `20.1`},
		"amount to the cent": {"/api/bills/1", `{"amount":20.126}`, "amount", `20.13`},
		"amount emptied":     {"/api/bills/1", `{"amount":null}`, "amount", `0`},
		"amount by nothing":  {"/api/bills/1", `{"amount":""}`, "amount", `0`},
		"due at a date":      {"/api/bills/1", `{"dueDate":"2026-12-01"}`, "dueDate", `"2026-12-01T00:00:00.000Z"`},
		"due on a day":       {"/api/bills/1", `{"dueDate":"2026-12-01T23:59:00-05:00"}`, "dueDate", `"2026-12-02T00:00:00.000Z"`},
		"due date kept":      {"/api/bills/1", `{"dueDate":""}`, "dueDate", `"2026-11-27T00:00:00.000Z"`},
		"statement emptied":  {"/api/bills/1", `{"statementDate":null}`, "statementDate", `null`},
		"page by https":      {"/api/bills/1", `{"payUrl":"https://pay.example.com/a?b=c"}`, "payUrl", `"https://pay.example.com/a?b=c"`},
		"page by http":       {"/api/bills/1", `{"payUrl":"http://pay.example.com"}`, "payUrl", `null`},
		"page by script":     {"/api/bills/1", `{"payUrl":"javascript:alert(1)"}`, "payUrl", `null`},
		"page without host":  {"/api/bills/1", `{"payUrl":"https:pay.example.com"}`, "payUrl", `null`},
		"page emptied":       {"/api/bills/1", `{"payUrl":""}`, "payUrl", `null`},
		"page nulled":        {"/api/bills/1", `{"payUrl":null}`, "payUrl", `null`},
		"note kept":          {"/api/appointments/1", `{"prepNote":null}`, "prepNote", `"Fast"`},
		"location kept":      {"/api/appointments/1", `{"location":null}`, "location", `"Oak Street"`},
		"unknown ignored":    {"/api/bills/1", `{"taskKey":"mine","id":7}`, "taskKey", `"k"`},
		"id is not patched":  {"/api/bills/1", `{"id":7}`, "id", `1`},
		"assigned":           {"/api/bills/1", `{"assignedCollaboratorId":2}`, "assignedCollaboratorId", `2`},
		"freed":              {"/api/bills/1", `{"assignedCollaboratorId":null}`, "assignedCollaboratorId", `null`},
		"note emptied":       {"/api/appointments/1", `{"prepNote":""}`, "prepNote", `null`},
		"summary":            {"/api/appointments/1", `{"summary":"A <b>\u0041"}`, "summary", `"A <b>\u0041"`},
		"zone in winter":     {"/api/appointments/1", `{"startTimeZone":"America/New_York"}`, "startOffset", `"-05:00"`},
		"zone in summer": {
			"/api/appointments/1", `{"startTimeZone":"America/New_York","startLocal":"2026-07-01T10:00:00Z"}`, "startOffset", `"-04:00"`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := start(t)
			c.collaborate()
			c.seedItems(1)
			c.do(ownerToken, "PATCH", "/api/appointments/1", `{"prepNote":"Fast","location":"Oak Street"}`)
			answer := c.do(ownerToken, "PATCH", tc.path, tc.body)
			if got := get(t, answer, tc.field); got != tc.want {
				t.Errorf("%s is %s, want %s", tc.field, got, tc.want)
			}
			if got := c.do(ownerToken, "GET", tc.path, ""); got != answer {
				t.Errorf("the item is %s, and was answered as %s", got, answer)
			}
			if got, want := c.do(ownerToken, "GET", "/api/plan/version", ""), `{"planVersion":4,`; !strings.HasPrefix(got, want) {
				t.Errorf("version %s, want %s…", got, want)
			}
		})
	}
}

func TestInvitations(t *testing.T) {
	c := start(t)
	first := c.do(ownerToken, "POST", "/api/collaborators", `{"email":"c@x","role":"contributor"}`)
	again := c.do(ownerToken, "POST", "/api/collaborators", `{"email":"C@X"}`)
	if got, want := get(t, first, "resent")+get(t, again, "resent"), "falsetrue"; got != want {
		t.Errorf("resent: %s, want %s", got, want)
	}
	token := func(answer string) string { return get(t, get(t, answer, "collaborator"), "inviteToken") }
	if token(first) == token(again) {
		t.Error("the second invitation has the token of the first")
	}
	if status, text := c.try(outsiderToken, "POST", "/api/collaborators/accept", `{"token":`+token(first)+`}`); status != 404 {
		t.Errorf("the old token: %d %s", status, text)
	}
	accepted := c.do(outsiderToken, "POST", "/api/collaborators/accept", `{"token":`+token(again)+`}`)
	if got, want := get(t, get(t, accepted, "collaborator"), "status"), `"accepted"`; got != want {
		t.Errorf("status %s, want %s", got, want)
	}
	if ours := c.do(ownerToken, "GET", "/api/plan", ""); strings.Contains(ours, token(again)) {
		t.Errorf("the plan has a token that was used: %s", ours)
	}
	if theirs, ours := c.do(outsiderToken, "GET", "/api/plan", ""), c.do(ownerToken, "GET", "/api/plan", ""); theirs != ours {
		t.Errorf("plan:\ncontributor %s\n      owner %s", theirs, ours)
	}
	before := c.do(ownerToken, "GET", "/api/plan/version", "")
	c.do(ownerToken, "POST", "/api/collaborators", `{"email":"c@x"}`)
	if after := c.do(ownerToken, "GET", "/api/plan/version", ""); after != before {
		t.Errorf("inviting who has accepted changed the version from %s to %s", before, after)
	}
	c.do(ownerToken, "POST", "/api/collaborators", `{"email":"e@x"}`)
	if theirs := c.do(outsiderToken, "GET", "/api/plan", ""); strings.Contains(theirs, "e@x") {
		t.Errorf("a contributor is shown an invitation: %s", theirs)
	}
}

func TestPlanRange(t *testing.T) {
	c := start(t)
	var deltas []string
	for i, start := range []string{"2026-11-22", "2026-11-23", "2026-11-29", "2026-11-30", "2026-12-01"} {
		deltas = append(deltas, itemDelta("appointment", i+1, i+1, "created", "inbound", appointment(i+1, i+1, start), 0))
		due := strings.Replace(bill(i+1, i+11, "todo"), "2026-11-27", start, 1)
		deltas = append(deltas, itemDelta("bill", i+1, i+11, "created", "inbound", due, 0))
	}
	none := strings.Replace(bill(6, 16, "todo"), `"2026-11-27T00:00:00.000Z"`, "null", 1)
	deltas = append(deltas, itemDelta("bill", 6, 16, "created", "inbound", none, 0))
	c.operate(strings.Join(deltas, ","))
	for _, tc := range []struct{ query, end, appointments, bills string }{
		{"", "2026-11-30", "2,3", "1,2,3,6"},
		{"?days=7", "2026-11-30", "2,3", "1,2,3,6"},
		{"?days=8", "2026-12-01", "2,3,4", "1,2,3,4,6"},
		{"?days=1", "2026-11-24", "2", "1,2,6"},
		{"?days=30", "2026-12-23", "2,3,4,5", "1,2,3,4,5,6"},
	} {
		plan := c.do(ownerToken, "GET", "/api/plan"+tc.query, "")
		if got, want := get(t, plan, "dateRange"), `{"start":"2026-11-23T00:00:00.000Z","end":"`+tc.end+`T00:00:00.000Z"}`; got != want {
			t.Errorf("%s: range %s, want %s", tc.query, got, want)
		}
		if got := idsOf(t, get(t, plan, "appointments")); got != tc.appointments {
			t.Errorf("%s: appointments %s, want %s", tc.query, got, tc.appointments)
		}
		if got := idsOf(t, get(t, plan, "bills")); got != tc.bills {
			t.Errorf("%s: bills %s, want %s", tc.query, got, tc.bills)
		}
	}
	for _, days := range []string{"0", "31", "-1", "abc", "7.5", "", "99999999999999999999"} {
		status, text := c.try(ownerToken, "GET", "/api/plan?days="+days, "")
		if status != 400 || text != `{"error":"days must be a number from 1 to 30"}` {
			t.Errorf("days=%s: %d %s", days, status, text)
		}
	}
}

// TestAPlanShowsEveryBillThatIsDue, whatever its status and however old.
func TestAPlanShowsEveryBillThatIsDue(t *testing.T) {
	c := start(t)
	for i, status := range []string{"todo", "overdue", "paid"} {
		old := strings.Replace(bill(i+1, i+1, status), "2026-11-27", "2019-02-28", 1)
		c.operate(itemDelta("bill", i+1, i+1, "created", "inbound", old, 0))
	}
	if got, want := idsOf(t, get(t, c.do(ownerToken, "GET", "/api/plan?days=1", ""), "bills")), "1,2,3"; got != want {
		t.Errorf("bills %s, want %s", got, want)
	}
}

func TestTheOnlyPlanNeedsNoUser(t *testing.T) {
	c := startAlone(t)
	if got, want := c.do(operatorToken, "POST", "/_deltatap/deltas", `{"deltas":[{"itemType":"plan"}]}`), `{"versions":[1],"planVersion":1}`; got != want {
		t.Errorf("answer %s, want %s", got, want)
	}
}

func TestACookieAuthenticates(t *testing.T) {
	c := start(t)
	for _, tc := range []struct {
		cookie, header string
		want           int
	}{
		{ownerToken, "", 200},
		{ownerToken, "Bearer wrong", 200},
		{"wrong", "Bearer " + ownerToken, 200},
		{"", "Basic " + ownerToken, 401},
		{"wrong", "", 401},
	} {
		r := httptest.NewRequest("GET", "http://localhost/api/plan/version", nil)
		r.AddCookie(&http.Cookie{Name: SessionCookie, Value: tc.cookie})
		if tc.header != "" {
			r.Header.Set("Authorization", tc.header)
		}
		w := httptest.NewRecorder()
		c.server.Handler().ServeHTTP(w, r)
		if w.Code != tc.want {
			t.Errorf("cookie %q, header %q: %d, want %d", tc.cookie, tc.header, w.Code, tc.want)
		}
	}
}

func TestNoOperatorWithoutAToken(t *testing.T) {
	c := startAlone(t)
	c.server.guard = newGuard(nil, "")
	for _, token := range []string{"", " "} {
		r := httptest.NewRequest("POST", "http://localhost/_deltatap/deltas", strings.NewReader(`{"deltas":[{"itemType":"plan"}]}`))
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		c.server.Handler().ServeHTTP(w, r)
		if w.Code != http.StatusUnauthorized {
			t.Errorf("token %q: %d %s", token, w.Code, w.Body)
		}
	}
}
