package store_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/carebase/deltatap/replay/server/store"
)

const planText = `{
  "recipient": {"id": 5, "displayName": "Al\u0065x"},
  "dateRange": {"start": "2026-11-23T00:00:00.000Z", "end": "2026-11-30T00:00:00.000Z"},
  "appointments": [{"id": 1, "itemId": 2, "startLocal": "2026-11-24T15:00:00+00:00", "x": [1.0, 2]}],
  "bills": [{"id": 3, "itemId": 4, "dueDate": null}],
  "planVersion": 11, "planUpdatedAt": "2026-11-23T01:28:38.632Z",
  "collaborators": [
    {"id": 1, "recipientId": 5, "userId": 8, "email": "a@x", "role": "owner", "status": "accepted", "inviteToken": "",
     "invitedBy": 8, "invitedAt": "2026-11-23T01:28:31.407Z", "acceptedAt": "2026-11-23T01:28:31.407Z", "phone": null}
  ],
  "medications": [ ]
}`

func TestParsePlan(t *testing.T) {
	got, err := store.ParsePlan([]byte(planText))
	if err != nil {
		t.Fatal(err)
	}
	at := got.Collaborators[0].InvitedAt
	want := store.Plan{
		Recipient:    store.Recipient{ID: 5, UserID: 8, DisplayName: "Alex"},
		Version:      store.Version{Number: 11, UpdatedAt: got.Version.UpdatedAt},
		Appointments: []store.Item{{Kind: store.Appointment, ID: 1, ItemID: 2, Payload: []byte(`{"id":1,"itemId":2,"startLocal":"2026-11-24T15:00:00+00:00","x":[1.0,2]}`)}},
		Bills:        []store.Item{{Kind: store.Bill, ID: 3, ItemID: 4, Payload: []byte(`{"id":3,"itemId":4,"dueDate":null}`)}},
		Collaborators: []store.Collaborator{{
			ID: 1, RecipientID: 5, UserID: 8, Email: "a@x", Role: store.Owner, Status: store.Accepted, InvitedBy: 8,
			InvitedAt: at, AcceptedAt: at, Extra: []byte(`{"phone":null}`),
		}},
		Extra: []byte(`{"medications":[]}`),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	if got, want := got.Version.UpdatedAt.Format("15:04:05.000"), "01:28:38.632"; got != want {
		t.Errorf("updated at %s, want %s", got, want)
	}
}

func TestParsePlanRefuses(t *testing.T) {
	for _, tc := range []struct{ from, to, want string }{
		{`{`, `[`, "invalid"},
		{`"recipient": {`, `"patient": {`, "recipient is not an object"},
		{`{"id": 5, `, `{"id": "5", `, "recipient.id is not an id"},
		{`"planVersion": 11`, `"planVersion": 1.5`, "planVersion is not a version"},
		{`"planUpdatedAt": "2026-11-23T01:28:38.632Z"`, `"planUpdatedAt": 7`, "planUpdatedAt: neither a string nor null"},
		{`"bills": [`, `"accounts": [`, "bills: "},
		{`{"id": 3, "itemId": 4`, `{"id": 3, "itemId": null`, "bills: 0: id or itemId is not an id"},
		{`[{"id": 3`, `[7, {"id": 3`, "bills: 0: not a JSON object"},
		{`"invitedAt": "2026-11-23T01:28:31.407Z"`, `"invitedAt": "then"`, `collaborators: 0: invitedAt: "then" is not an RFC 3339 time`},
	} {
		text := strings.Replace(planText, tc.from, tc.to, 1)
		_, err := store.ParsePlan([]byte(text))
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: error %v, want %q", tc.to, err, tc.want)
		}
	}
}

func FuzzParsePlan(f *testing.F) {
	f.Add([]byte(planText))
	f.Add([]byte(`{"recipient":{"id":1},"planVersion":0,"appointments":[],"bills":[{"id":1,"itemId":1}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		plan, err := store.ParsePlan(text)
		if err != nil {
			return
		}
		// What was read can be a seed, or is refused: nothing panics.
		_, _ = store.NewMemory(store.Seed{Users: []store.User{{ID: plan.Recipient.UserID}}, Plans: []store.Plan{plan}})
	})
}
