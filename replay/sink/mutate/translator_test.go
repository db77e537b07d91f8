package mutate

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/sink/sinktest"
)

// Items as a plan shows them.
const (
	visit = `{"id":3,"itemId":13,"startLocal":"2026-11-24T09:00:00+00:00","endLocal":"2026-11-24T10:00:00+00:00","startTimeZone":"UTC",` +
		`"endTimeZone":"UTC","startOffset":"+00:00","endOffset":"+00:00","location":"Riverside Clinic","prepNote":null,"summary":"Check-up",` +
		`"icsToken":"aaa3","assignedCollaboratorId":null,"createdAt":"2026-11-23T01:28:33.846Z","googleSync":{"syncStatus":"idle"}}`
	labs = `{"id":7,"itemId":17,"statementDate":null,"amount":86.40,"dueDate":"2026-11-27T00:00:00.000Z","payUrl":"https://pay.example.com/labs",` +
		`"status":"todo","taskKey":"bbb7","assignedCollaboratorId":null,"createdAt":"2026-11-23T01:28:35.111Z","googleSync":{"syncStatus":"idle"}}`
	helper = `{"id":2,"recipientId":1,"userId":2,"email":"c@x","role":"contributor","status":"accepted","inviteToken":"","invitedBy":1,` +
		`"invitedAt":"2026-11-23T01:28:38.633Z","acceptedAt":"2026-11-23T01:28:38.633Z"}`
)

// with is an item with other values: name, value, …; its Google state is null, as in a delta.
func with(item string, changes ...string) string {
	changes = append(changes, "googleSync", "null")
	for i := 0; i < len(changes); i += 2 {
		name := `"` + changes[i] + `":`
		head, rest, ok := strings.Cut(item, name)
		if !ok {
			item = strings.TrimSuffix(item, "}") + "," + name + changes[i+1] + "}"
			continue
		}
		end := strings.Index(rest, `,"`)
		if end < 0 {
			end = len(rest) - 1
		}
		item = head + name + changes[i+1] + rest[end:]
	}
	return item
}

// delta is a delta of an item, or without one.
func delta(itemType string, id int, action, source, item string, more ...string) string {
	d := fmt.Sprintf(`{"itemType":"%s","entityId":%d,"action":"%s"`, itemType, id, action)
	if source != "" {
		d += `,"source":"` + source + `"`
	}
	if item != "" {
		d += `,"data":{"` + itemType + `":` + item + `}`
	}
	return d + strings.Join(more, "") + "}"
}

func updated(itemType string, id int, item string, more ...string) string {
	return delta(itemType, id, "updated", "rest", item, more...)
}

// plans are what becomes of records, one line each mutation and each part that is unfit.
func plans(p Plan) (lines []string) {
	for _, m := range p.Mutations {
		lines = append(lines, fmt.Sprintf("%d %s", m.N, m))
	}
	for _, u := range p.Unfit {
		lines = append(lines, fmt.Sprintf("%d ! %s: %s", u.N, u.What, u.Reason))
	}
	return lines
}

func translator(t *testing.T, k Knowledge) *Translator {
	t.Helper()
	if k.Target == nil {
		k.Target = []byte(planOfItems(visit, labs, helper))
	}
	if k.Session == nil {
		k.Session = []byte(planOfItems(visit, labs, helper))
	}
	tr, err := NewTranslator(k)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func TestDeltas(t *testing.T) {
	for name, test := range map[string]struct {
		know   Knowledge
		deltas []string
		want   []string
	}{
		"a field": {
			deltas: []string{updated("bill", 7, with(labs, "amount", "12.50"))},
			want:   []string{`1 PATCH /api/bills/7 {"amount":12.50}`},
		},
		"bytes are kept": {
			deltas: []string{updated("bill", 7, with(labs, "amount", "9007199254740993.10", "payUrl", `"https:\/\/\u0041/é"`))},
			want:   []string{`1 PATCH /api/bills/7 {"amount":9007199254740993.10,"payUrl":"https:\/\/\u0041/é"}`},
		},
		"other spellings of the same": {
			deltas: []string{updated("bill", 7, with(labs, "amount", "86.4", "dueDate", `"2026-11-27T00:00:00Z"`, "status", `"\u0074odo"`))},
			want:   []string{"1 ! bill:7 updated: " + reasonSame},
		},
		"paid": {
			deltas: []string{updated("bill", 7, with(labs, "status", `"paid"`))},
			want:   []string{`1 POST /api/bills/7/mark-paid`},
		},
		"paid, and more": {
			deltas: []string{updated("bill", 7, with(labs, "status", `"paid"`, "amount", "1"))},
			want:   []string{`1 PATCH /api/bills/7 {"amount":1}`, `1 POST /api/bills/7/mark-paid`},
		},
		"an owner's other status": {
			deltas: []string{
				updated("bill", 7, with(labs, "status", `"overdue"`, "amount", "1")), updated("bill", 7, with(labs, "status", `"overdue"`, "amount", "1")),
				updated("bill", 7, with(labs, "status", `"paid"`, "amount", "1")),
			},
			want: []string{
				`1 PATCH /api/bills/7 {"amount":1}`, `1 POST /api/bills/7/mark-paid`,
				"1 ! bill:7 updated: status: " + reasonStatus, "1 ! bill:7 updated: status: " + reasonStatus,
			},
		},
		"a contributor's other status": {
			know:   Knowledge{Contributor: true},
			deltas: []string{delta("bill", 7, "updated", "collaborator", with(labs, "status", `"overdue"`))},
			want:   []string{`1 PATCH /api/bills/7 {"status":"overdue"} (as the contributor)`},
		},
		"values that PATCH does not take": {
			deltas: []string{
				updated("bill", 7, with(labs, "amount", "-1", "dueDate", "null", "payUrl", `"http://pay.example.com"`)),
				updated("bill", 7, with(labs, "amount", "null", "payUrl", "null", "statementDate", "null")),
				updated("appointment", 3, with(visit, "location", "null", "summary", `"y"`)),
			},
			want: []string{
				`1 PATCH /api/bills/7 {"payUrl":null}`, `1 PATCH /api/appointments/3 {"summary":"y"}`,
				"1 ! bill:7 updated: amount: " + reasonNegative, "1 ! bill:7 updated: dueDate: " + reasonNoDate, "1 ! bill:7 updated: payUrl: " + reasonPage,
				"1 ! bill:7 updated: amount: " + reasonZero, "1 ! appointment:3 updated: location: " + reasonKeeps,
			},
		},
		"midnight": {
			deltas: []string{
				updated("appointment", 3, with(visit, "startLocal", `"2026-12-06T24:15:00+00:00"`, "endLocal", `"2026-12-06T01:15:00+00:00"`)),
				updated("appointment", 3, with(visit, "startLocal", `"2026-12-06T00:15:00Z"`, "endLocal", `"2026-12-06T01:15:00+00:00"`)),
			},
			want: []string{
				`1 PATCH /api/appointments/3 {"startLocal":"2026-12-06T00:15:00+00:00","endLocal":"2026-12-06T01:15:00+00:00"}`,
				"1 ! appointment:3 updated: " + reasonSame,
			},
		},
		"against what came before": {
			deltas: []string{
				updated("bill", 7, with(labs, "amount", "1")), updated("bill", 7, with(labs, "amount", "1", "status", `"paid"`)),
				updated("bill", 7, with(labs, "status", `"paid"`)), updated("bill", 7, with(labs, "status", `"paid"`, "payUrl", "null")),
			},
			want: []string{
				`1 PATCH /api/bills/7 {"amount":1}`, `1 POST /api/bills/7/mark-paid`, `1 PATCH /api/bills/7 {"amount":86.40}`,
				`1 PATCH /api/bills/7 {"payUrl":null}`,
			},
		},
		"in the order of versions": {
			deltas: []string{
				updated("bill", 7, with(labs, "amount", "3"), `,"version":18`), updated("bill", 7, with(labs, "amount", "1"), `,"version":16`),
				updated("appointment", 3, with(visit, "prepNote", `"x"`)), updated("bill", 7, with(labs, "amount", "2"), `,"version":17`),
			},
			want: []string{
				`1 PATCH /api/bills/7 {"amount":1}`, `1 PATCH /api/appointments/3 {"prepNote":"x"}`, `1 PATCH /api/bills/7 {"amount":2}`,
				`1 PATCH /api/bills/7 {"amount":3}`,
			},
		},
		"what a server derives": {
			deltas: []string{updated("appointment", 3, with(visit, "startLocal", `"2026-11-24T11:00:00+00:00"`, "startTimeZone", `"Asia/Kolkata"`, "startOffset", `"+05:30"`))},
			want:   []string{`1 PATCH /api/appointments/3 {"startLocal":"2026-11-24T11:00:00+00:00","startTimeZone":"Asia/Kolkata"}`},
		},
		"what PATCH does not take": {
			deltas: []string{
				updated("appointment", 3, with(visit, "startOffset", `"+05:30"`, "icsToken", `"new"`)),
				updated("appointment", 3, with(visit, "startOffset", `"+05:30"`, "icsToken", `"new"`, "prepNote", `"x"`, "fresh", "{}")),
			},
			want: []string{
				`1 PATCH /api/appointments/3 {"prepNote":"x"}`,
				"1 ! appointment:3 updated: startOffset: " + reasonField, "1 ! appointment:3 updated: icsToken: " + reasonField,
				"1 ! appointment:3 updated: fresh: " + reasonField,
			},
		},
		"a Google state": {
			deltas: []string{strings.Replace(updated("bill", 7, with(labs)), `"googleSync":null`, `"googleSync":{"syncStatus":"failed"}`, 1)},
			want:   []string{"1 ! bill:7 updated: googleSync: " + reasonField},
		},
		"deleted": {
			deltas: []string{delta("bill", 7, "deleted", "rest", ""), updated("bill", 7, with(labs, "amount", "1")), delta("bill", 7, "deleted", "rest", "")},
			want:   []string{`1 DELETE /api/bills/7`, "1 ! bill:7 updated: " + reasonGone, "1 ! bill:7 deleted: " + reasonGone},
		},
		"unknown items": {
			deltas: []string{delta("bill", 8, "deleted", "rest", ""), updated("bill", 8, with(labs, "id", "8", "itemId", "18", "taskKey", `"z"`, "amount", "1"))},
			want:   []string{"1 ! bill:8 deleted: " + reasonUnknown, "1 ! bill:8 updated: " + reasonMissing},
		},
		"sources": {
			deltas: []string{
				delta("bill", 7, "updated", "google", with(labs, "amount", "1")), delta("bill", 7, "deleted", "inbound", ""),
				delta("bill", 7, "updated", "x", with(labs, "amount", "1")), delta("bill", 7, "updated", "collaborator", with(labs, "status", `"paid"`)),
				delta("bill", 7, "updated", "", with(labs, "amount", "1")),
			},
			want: []string{
				`1 PATCH /api/bills/7 {"amount":1}`, "1 ! bill:7 updated: " + reasonGoogle, "1 ! bill:7 deleted: " + reasonInbound,
				"1 ! bill:7 updated: " + reasonSource, "1 ! bill:7 updated: " + reasonContributor,
			},
		},
		"as the contributor": {
			know: Knowledge{Contributor: true},
			deltas: []string{
				delta("bill", 7, "updated", "collaborator", with(labs, "status", `"paid"`, "amount", "1")),
				delta("appointment", 3, "updated", "collaborator", with(visit, "prepNote", `"x"`)),
				delta("appointment", 3, "updated", "collaborator", with(visit, "prepNote", `"x"`, "summary", `"y"`)),
				delta("bill", 7, "deleted", "collaborator", ""),
			},
			want: []string{
				`1 PATCH /api/bills/7 {"status":"paid"} (as the contributor)`, `1 PATCH /api/appointments/3 {"prepNote":"x"} (as the contributor)`,
				"1 ! bill:7 updated: amount: " + reasonMayNot, "1 ! appointment:3 updated: summary: " + reasonMayNot, "1 ! bill:7 deleted: " + reasonMayNot,
			},
		},
		"created": {
			deltas: []string{
				delta("appointment", 4, "created", "rest", with(visit, "id", "4")), delta("bill", 8, "created", "", with(labs, "id", "8")),
				delta("bill", 9, "created", "rest", with(labs, "id", "9"), `,"planItemId":19`), delta("bill", 10, "created", "inbound", with(labs, "id", "10")),
			},
			want: []string{
				"1 ! appointment:4 created: " + reasonCreated, "1 ! bill:8 created: " + reasonCreated, "1 ! bill:9 created: " + reasonReviewed,
				"1 ! bill:10 created: " + reasonInbound,
			},
		},
		"approved": {
			know: Knowledge{IDs: IDs{Reviews: map[int64]int64{19: 70}}},
			deltas: []string{
				delta("bill", 9, "created", "rest", with(labs, "id", "9", "itemId", "19", assignedField, "2"), `,"planItemId":19`),
				updated("bill", 9, with(labs, "id", "9", "itemId", "19", assignedField, "2", "amount", "1")),
			},
			want: []string{
				`1 PATCH /api/review/70 {"action":"approve","bill":{"statementDate":null,"amount":86.40,"dueDate":"2026-11-27T00:00:00.000Z",` +
					`"payUrl":"https://pay.example.com/labs","status":"todo"}}`,
				`1 PATCH /api/bills/9 {"amount":1,"assignedCollaboratorId":2}`,
				"1 ! bill:9 created: assignedCollaboratorId: " + reasonField,
			},
		},
		"assigned": {
			know: Knowledge{Target: []byte(planOfItems(visit, labs, strings.Replace(helper, `"id":2`, `"id":20`, 1)))},
			deltas: []string{
				updated("bill", 7, with(labs, assignedField, "2")), updated("bill", 7, with(labs, assignedField, "1")),
				updated("bill", 7, with(labs, assignedField, "3")), updated("bill", 7, with(labs)),
			},
			want: []string{
				`1 PATCH /api/bills/7 {"assignedCollaboratorId":20}`, `1 PATCH /api/bills/7 {"assignedCollaboratorId":1}`,
				`1 PATCH /api/bills/7 {"assignedCollaboratorId":null}`, "1 ! bill:7 updated: assignedCollaboratorId: " + reasonAssigned,
			},
		},
		"the plan itself": {
			deltas: []string{
				`{"itemType":"plan","entityId":0,"action":"updated"}`, `{"itemType":"plan","entityId":1,"action":"updated","data":{"section":"pending-reviews"}}`,
				`{"itemType":"plan","entityId":1,"action":"updated","data":{"section":"\u001b[2J"}}`,
			},
			want: []string{
				"1 ! plan:0 updated: " + reasonBulk, "1 ! plan:1 updated (pending-reviews): " + reasonReviews, `1 ! plan:1 updated ("\x1b[2J"): ` + reasonSection,
			},
		},
		"odd": {
			deltas: []string{
				`{"itemType":"bill","entityId":7,"action":"updated","source":"rest"}`, `{"itemType":"bill","action":"updated"}`, `7`,
				updated("\\u001b[2J", 7, ""), delta("bill", 7, "archived", "rest", ""),
			},
			want: []string{
				"1 ! bill:7 updated: " + reasonPayload, "1 ! delta 1: " + reasonMalformed, "1 ! delta 2: " + reasonMalformed,
				`1 ! "\x1b[2J":7 updated: ` + reasonType, `1 ! bill:7 "archived": ` + reasonAction,
			},
		},
		"ids that were told": {
			know: Knowledge{IDs: IDs{Bills: map[int64]int64{7: 70, 8: 80, 9: 90}, Appointments: map[int64]int64{3: 30}}},
			deltas: []string{
				updated("bill", 7, with(labs, "amount", "1")), delta("bill", 9, "deleted", "rest", ""), updated("appointment", 3, with(visit, "prepNote", `"x"`)),
				updated("bill", 8, with(labs, "id", "8")),
			},
			want: []string{
				`1 PATCH /api/bills/70 {"amount":1}`, `1 DELETE /api/bills/90`, `1 PATCH /api/appointments/30 {"prepNote":"x"}`,
				`1 PATCH /api/bills/80 {"statementDate":null,"amount":86.40,"dueDate":"2026-11-27T00:00:00.000Z","payUrl":"https://pay.example.com/labs",` +
					`"assignedCollaboratorId":null}`,
				"1 ! bill:8 updated: status: " + reasonStatus,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			rec := message(1, test.deltas...)
			got := translator(t, test.know).Plan(&rec)
			if diff := cmp.Diff(test.want, plans(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestOtherRecords(t *testing.T) {
	tr := translator(t, Knowledge{User: 5})
	ofAnother := message(8, updated("bill", 7, with(labs, "amount", "1")))
	ofAnother.Raw = []byte(`{"n":8,"user":6}`)
	ofOurs := message(9, updated("bill", 7, with(labs, "amount", "1")))
	ofOurs.Raw = []byte(`{"n":9,"user":5}`)
	var got []string
	for _, rec := range []session.Record{
		sinktest.Args(1, "connection:ack", `[{"ok":true}]`),
		{N: 2, Kind: session.KindConnect},
		planRecord(3, `{}`), message(4),
		sinktest.Args(5, "plan:update", `[]`), sinktest.Args(6, "plan:item-delta", `[{}]`), sinktest.Args(7, "plan:item-delta", `[`), ofAnother, ofOurs,
	} {
		got = append(got, plans(tr.Plan(&rec))...)
	}
	want := []string{
		`5 ! event "plan:update": ` + reasonEvent, `6 ! event "plan:item-delta": ` + reasonMessage, `7 ! event "plan:item-delta": ` + reasonMessage,
		`8 ! user 6: ` + reasonUser, `9 PATCH /api/bills/7 {"amount":1}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestOneUserIsTranslated gives records of three users, and no word on whose plan it is: it is the header's user's, or the first's.
func TestOneUserIsTranslated(t *testing.T) {
	paid := func(n int64, raw string) session.Record {
		rec := message(n, updated("bill", 7, with(labs, "amount", strconv.FormatInt(n, 10))))
		rec.Raw = []byte(raw)
		return rec
	}
	for name, test := range map[string]struct {
		know Knowledge
		want []string
	}{
		"the header's":   {Knowledge{User: 5, Home: 5}, []string{`1 ! user 6: ` + reasonUser, `2 PATCH /api/bills/7 {"amount":2}`, `3 PATCH /api/bills/7 {"amount":3}`}},
		"another's":      {Knowledge{User: 6, Home: 5}, []string{`1 PATCH /api/bills/7 {"amount":1}`, `2 ! user 5: ` + reasonUser, `3 ! user 5: ` + reasonUser}},
		"named by none":  {Knowledge{}, []string{`1 PATCH /api/bills/7 {"amount":1}`, `2 PATCH /api/bills/7 {"amount":2}`, `3 ! user 5: ` + reasonUser}},
		"nobody's first": {Knowledge{User: 5}, []string{`1 ! user 6: ` + reasonUser, `2 PATCH /api/bills/7 {"amount":2}`, `3 PATCH /api/bills/7 {"amount":3}`}},
	} {
		t.Run(name, func(t *testing.T) {
			tr := translator(t, test.know)
			var got []string
			for _, rec := range []session.Record{paid(1, `{"n":1,"user":6}`), paid(2, `{"n":2}`), paid(3, `{"n":3,"user":5}`)} {
				got = append(got, plans(tr.Plan(&rec))...)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

const notice1 = `{"itemType":"plan","entityId":1,"action":"updated","source":"rest","data":{"section":"collaborators"}}`

// somebody is a collaborator as a plan shows one.
func somebody(id int, status, token string) string {
	return fmt.Sprintf(`{"id":%d,"email":"P%d@x","role":"contributor","status":"%s","inviteToken":"%s","invitedAt":"2026-11-23T01:00:00.000Z"}`, id, id, status, token)
}

func TestCollaborators(t *testing.T) {
	const invite = `POST /api/collaborators {"email":"P%d@x","role":"contributor"}`
	const accept = `POST /api/collaborators/accept {"token":"***"} (as the contributor)`
	plan := func(n int64, people ...string) session.Record { return planRecord(n, planOfItems("", "", people...)) }
	for name, test := range map[string]struct {
		alone   bool
		records []session.Record
		want    []string
	}{
		"invited":             {false, []session.Record{message(1, notice1), plan(2, somebody(2, "pending", "s"))}, []string{"1 " + fmt.Sprintf(invite, 2)}},
		"nobody says so":      {false, []session.Record{plan(2, somebody(2, "pending", "s"))}, nil},
		"no plan follows":     {false, []session.Record{message(1, notice1)}, []string{"1 ! plan:1 updated (collaborators): " + reasonNoPlan}},
		"nothing has changed": {false, []session.Record{message(1, notice1), plan(2)}, []string{"1 ! plan:1 updated (collaborators): " + reasonNoChange}},
		"a failed plan": {false, []session.Record{message(1, notice1), {N: 2, Kind: session.KindPlan, Status: 500}, plan(3, somebody(2, "pending", "s"))}, []string{
			"1 " + fmt.Sprintf(invite, 2),
		}},
		"renewed": {false, []session.Record{message(1, notice1), plan(2, somebody(2, "pending", "s")), message(3, notice1), plan(4, somebody(2, "pending", "t"))}, []string{
			"1 " + fmt.Sprintf(invite, 2), "3 " + fmt.Sprintf(invite, 2),
		}},
		"invited and accepted": {false, []session.Record{message(1, notice1), message(2, notice1), plan(3, somebody(2, "accepted", ""))}, []string{
			"1 " + fmt.Sprintf(invite, 2), "2 " + accept,
		}},
		"accepted, nobody can": {true, []session.Record{message(1, notice1), plan(2, somebody(2, "accepted", ""))}, []string{
			"1 " + fmt.Sprintf(invite, 2), "1 ! plan:1 updated (collaborators): " + reasonContributor,
		}},
		"one notice for two": {false, []session.Record{message(1, notice1), plan(2, somebody(2, "pending", "s"), somebody(3, "pending", "t"))}, []string{
			"1 " + fmt.Sprintf(invite, 2), "1 " + fmt.Sprintf(invite, 3),
		}},
		"two notices for one": {false, []session.Record{message(1, notice1, notice1), plan(2, somebody(2, "pending", "s"))}, []string{
			"1 " + fmt.Sprintf(invite, 2), "1 ! plan:1 updated (collaborators): " + reasonNoChange,
		}},
		"removed": {false, []session.Record{
			message(1, notice1), plan(2, somebody(2, "pending", "s")), message(3, notice1), plan(4),
			message(5, notice1), plan(6, strings.Replace(somebody(2, "pending", "s"), "contributor", "owner", 1)),
		}, []string{
			"1 " + fmt.Sprintf(invite, 2), "3 ! plan:1 updated (collaborators): " + reasonPerson,
			"5 " + strings.Replace(fmt.Sprintf(invite, 2), "contributor", "owner", 1),
		}},
	} {
		t.Run(name, func(t *testing.T) {
			tr := translator(t, Knowledge{Contributor: !test.alone, Session: []byte(planOfItems("", ""))})
			var got []string
			for i := range test.records {
				got = append(got, plans(tr.Plan(&test.records[i]))...)
			}
			got = append(got, plans(tr.Rest())...)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPlansThatAreNone(t *testing.T) {
	good := []byte(planOfItems("", ""))
	for _, k := range []Knowledge{{Target: []byte(`{}`)}, {Target: good, Session: []byte(`[]`)}} {
		if _, err := NewTranslator(k); err == nil || !strings.Contains(err.Error(), "plan: a plan must") {
			t.Errorf("error %v", err)
		}
	}
}

func TestMatching(t *testing.T) {
	bill := func(changes ...string) string { return with(labs, changes...) }
	for name, test := range map[string]struct {
		session, target []string
		want            string // the target's id of each, or why not
	}{
		"the same":                       {[]string{bill()}, []string{bill()}, "7"},
		"another id, the same key":       {[]string{bill("amount", "1")}, []string{bill("id", "70", "itemId", "71")}, "70"},
		"another id, the same content":   {[]string{bill()}, []string{bill("id", "70", "itemId", "71", "taskKey", `"c"`, "createdAt", "null")}, "70"},
		"the same id of another":         {[]string{bill()}, []string{bill("taskKey", `"c"`, "amount", "1", "createdAt", "null")}, reasonOther},
		"the same id, and moment":        {[]string{bill()}, []string{bill("taskKey", `"c"`, "amount", "1")}, "7"},
		"the same id, not the same item": {[]string{bill()}, []string{bill("taskKey", `"c"`, "amount", "1", "itemId", "99")}, reasonOther},
		"nothing like it":                {[]string{bill()}, []string{bill("id", "70", "taskKey", `"c"`, "amount", "1")}, reasonMissing},
		"two like it":                    {[]string{bill()}, []string{bill("id", "70", "taskKey", `"c"`), bill("id", "71", "taskKey", `"d"`)}, reasonAmbiguous},
		"two that are like one": {
			[]string{bill(), bill("id", "8", "itemId", "18", "taskKey", `"k"`)},
			[]string{bill("id", "70", "itemId", "71", "taskKey", `"c"`)},
			reasonAmbiguous + " " + reasonAmbiguous,
		},
		"blotted keys": {
			[]string{bill("taskKey", `"***"`), bill("id", "8", "itemId", "18", "taskKey", `"***"`, "amount", "1")},
			[]string{bill("id", "8", "itemId", "18", "amount", "1"), bill()},
			"7 8",
		},
		"hardly any content": {
			[]string{bill("dueDate", "null", "payUrl", "null")}, []string{bill("id", "70", "taskKey", `"c"`, "dueDate", "null", "payUrl", "null")}, reasonMissing,
		},
		"a key that two have is none": {
			[]string{bill(), bill("id", "8", "itemId", "18", "taskKey", `"k"`, "amount", "1")},
			[]string{bill("id", "70"), bill("id", "8", "itemId", "18", "taskKey", `"bbb7"`, "amount", "1")},
			"70 8",
		},
	} {
		t.Run(name, func(t *testing.T) {
			tr := translator(t, Knowledge{
				Target: []byte(planOfItems("", strings.Join(test.target, ","))), Session: []byte(planOfItems("", strings.Join(test.session, ","))),
			})
			var got []string
			for _, item := range test.session {
				it := tr.items[newCard("bill", []byte(item)).item]
				if it.id == 0 {
					got = append(got, it.why)
				} else {
					got = append(got, fmt.Sprint(it.id))
				}
			}
			if got := strings.Join(got, " "); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// Whatever two plans hold: no two items of the session are one of the target's, and those that have nothing in common
// with any are none.
func TestMatchingIsOneToOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) string {
			var bills []string
			for id := range rapid.IntRange(0, 6).Draw(t, name) {
				bills = append(bills, with(labs, "id", fmt.Sprint(id+1), "itemId", fmt.Sprint(rapid.IntRange(1, 4).Draw(t, "itemId")),
					"taskKey", fmt.Sprintf(`"%d"`, rapid.IntRange(0, 4).Draw(t, "key")), "amount", fmt.Sprint(rapid.IntRange(0, 3).Draw(t, "amount")),
					"createdAt", fmt.Sprintf(`"2026-11-23T01:28:3%d.000Z"`, rapid.IntRange(0, 3).Draw(t, "created"))))
			}
			return planOfItems("", strings.Join(bills, ","))
		}
		tr, err := NewTranslator(Knowledge{Target: []byte(draw("target")), Session: []byte(draw("session"))})
		if err != nil {
			t.Fatal(err)
		}
		taken := map[int64]bool{}
		for key, it := range tr.items {
			if it.id == 0 && it.why == "" || it.id != 0 && taken[it.id] {
				t.Fatalf("%s is %+v", key, it)
			}
			taken[it.id] = true
			if it.id == 0 {
				continue
			}
			c, x := tr.matcher.session.byID[key], tr.matcher.target.byID[contract.Item{Type: key.Type, ID: it.id}]
			if x.token != c.token && x.content != c.content && !(x.item == c.item && x.itemID == c.itemID && x.created == c.created) {
				t.Fatalf("%s was taken for %s, with which it has nothing in common", key, x.item)
			}
		}
	})
}
