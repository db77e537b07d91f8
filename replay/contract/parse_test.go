package contract

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseAppointment(t *testing.T) {
	got, err := ParseAppointment([]byte(`{"googleSync":{"calendarId":"c","eventId":"e","etag":"\"t\"","lastSyncedAt":"2026-11-23T01:00:00.000Z",
		"lastSyncDirection":"pull","localHash":"h","remoteUpdatedAt":"soon","syncStatus":"idle","lastError":null},
		"id":1,"itemId":2,"startLocal":"2026-11-24T09:00:00+02:00","endLocal":"2026-11-24T10:00:00+02:00",
		"startTimeZone":"Europe/Kyiv","endTimeZone":"Europe/Warsaw","startOffset":"+02:00","endOffset":"+01:00","location":"Clinic \u2116 4",
		"prepNote":null,"summary":"Check-up","icsToken":"288313","assignedCollaboratorId":3,"createdAt":"2026-11-23T01:28:33.846Z","color":"red"}`))
	if err != nil {
		t.Fatal(err)
	}
	text := func(s string) *string { return &s }
	three := int64(3)
	east := time.FixedZone("", 2*60*60)
	want := Appointment{
		ID: 1, ItemID: 2,
		StartLocal:    Instant{"2026-11-24T09:00:00+02:00", time.Date(2026, 11, 24, 9, 0, 0, 0, east)},
		EndLocal:      Instant{"2026-11-24T10:00:00+02:00", time.Date(2026, 11, 24, 10, 0, 0, 0, east)},
		StartTimeZone: text("Europe/Kyiv"), EndTimeZone: text("Europe/Warsaw"),
		StartOffset: text("+02:00"), EndOffset: text("+01:00"),
		Location: text("Clinic № 4"), Summary: "Check-up", ICSToken: "288313",
		AssignedCollaboratorID: &three,
		CreatedAt:              Instant{"2026-11-23T01:28:33.846Z", time.Date(2026, 11, 23, 1, 28, 33, 846e6, time.UTC)},
		GoogleSync: &GoogleSync{
			CalendarID: text("c"), EventID: text("e"), ETag: text(`"t"`),
			LastSyncedAt:      Instant{"2026-11-23T01:00:00.000Z", time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)},
			LastSyncDirection: text("pull"), LocalHash: text("h"),
			RemoteUpdatedAt: Instant{Text: "soon"}, SyncStatus: text("idle"),
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("appointment (-want +got):\n%s", diff)
	}
}

func TestParseBill(t *testing.T) {
	got, err := ParseBill([]byte(`{"id":1,"itemId":4,"statementDate":null,"amount":86.40,"dueDate":"2026-11-27T00:00:00.000Z",
		"payUrl":"https://pay.example.com/labs","status":"todo","taskKey":"b3","assignedCollaboratorId":null,
		"createdAt":"2026-11-23T01:28:35.111Z","googleSync":null}`))
	if err != nil {
		t.Fatal(err)
	}
	text := func(s string) *string { return &s }
	want := Bill{
		ID: 1, ItemID: 4,
		Amount:  Amount{Text: "86.40", Value: 86.4},
		DueDate: Instant{"2026-11-27T00:00:00.000Z", time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC)},
		PayURL:  text("https://pay.example.com/labs"), Status: "todo", TaskKey: text("b3"),
		CreatedAt: Instant{"2026-11-23T01:28:35.111Z", time.Date(2026, 11, 23, 1, 28, 35, 111e6, time.UTC)},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("bill (-want +got):\n%s", diff)
	}
}

func TestParseNamesWrongFields(t *testing.T) {
	b, err := ParseBill([]byte(`{"id":"1","itemId":4,"amount":"86.40","dueDate":20261127,"status":"todo","assignedCollaboratorId":0.5,
		"googleSync":{"etag":1,"lastError":"gone"}}`))
	var wrong *FieldsError
	if !errors.As(err, &wrong) {
		t.Fatalf("error is %v", err)
	}
	want := &FieldsError{Payload: "bill", Fields: []string{"id", "amount", "dueDate", "assignedCollaboratorId", "googleSync.etag"}}
	if diff := cmp.Diff(want, wrong); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
	if b.ID != 0 || b.ItemID != 4 || b.Amount != (Amount{}) || b.DueDate != (Instant{}) || b.Status != "todo" || *b.GoogleSync.LastError != "gone" {
		t.Errorf("bill is %+v", b)
	}
	if strings.Contains(err.Error(), "86.40") {
		t.Errorf("error %q holds what was in a field", err)
	}

	a, err := ParseAppointment([]byte(`{"id":1,"summary":null,"googleSync":"idle","startLocal":"tomorrow"}`))
	if !errors.As(err, &wrong) || len(wrong.Fields) != 1 || wrong.Fields[0] != "googleSync" {
		t.Errorf("error is %v", err)
	}
	if a.ID != 1 || a.StartLocal.Text != "tomorrow" || !a.StartLocal.Time.IsZero() {
		t.Errorf("appointment is %+v", a)
	}
}

func TestParseRefusesWhatIsNoObject(t *testing.T) {
	for _, text := range []string{"", " ", "null", "[]", "7", `{"id":1`, `{"id":1}}`, `{"id":tru}`} {
		if _, err := ParseBill([]byte(text)); err == nil {
			t.Errorf("bill %q is taken", text)
		}
		if _, err := ParseAppointment([]byte(text)); err == nil {
			t.Errorf("appointment %q is taken", text)
		}
	}
	if a, err := ParseAppointment([]byte(" {}\n")); err != nil || a != (Appointment{}) {
		t.Errorf("an empty object is read as %+v, %v", a, err)
	}
}

// TestParseReal: every payload of a real server reads without an error, and the
// fields that the rules list are the fields that it sends.
func TestParseReal(t *testing.T) {
	var m Message
	payloads := 0
	for _, text := range ownerDay(t) {
		Decode(text, &m)
		for i := range m.Deltas {
			d := &m.Deltas[i]
			var err error
			switch {
			case d.Payload() == nil:
				continue
			case d.ItemType == TypeBill:
				_, err = ParseBill(d.Payload())
			default:
				_, err = ParseAppointment(d.Payload())
			}
			if err != nil {
				t.Errorf("%s: %v", d.Item(), err)
			}
			payloads++
		}
	}
	if payloads != 10 {
		t.Errorf("%d payloads, want 10", payloads)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"id":1,"amount":1e400,"dueDate":"2026-11-27T00:00:00.000Z","googleSync":{"etag":"\ud800"}}`))
	f.Add([]byte(`{"\u0069d":1,"id":2,"summary":"` + "\xff" + `","startLocal":"x"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		_, asBill := ParseBill(raw)
		_, asAppointment := ParseAppointment(raw)
		var wrong *FieldsError
		readBill := asBill == nil || errors.As(asBill, &wrong)
		readAppointment := asAppointment == nil || errors.As(asAppointment, &wrong)
		if readBill != readAppointment {
			t.Errorf("one type of payload reads %q, the other does not: %v, %v", raw, asBill, asAppointment)
		}
	})
}
