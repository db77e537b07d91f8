// Package plantest makes plans of any size for tests and benchmarks: the same for the same numbers,
// every time.
package plantest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
)

const (
	appointment = `{"id":%d,"itemId":%d,"startLocal":"2026-11-%02dT%02d:00:00+00:00","endLocal":"2026-11-%02dT%02d:30:00+00:00",` +
		`"startTimeZone":"UTC","endTimeZone":"UTC","startOffset":"+00:00","endOffset":"+00:00","location":"Riverside Clinic, room %d",` +
		`"prepNote":%s,"summary":"Appointment confirmation","icsToken":"%016x%016x%016x%016x","assignedCollaboratorId":null,` +
		`"createdAt":"2026-11-23T01:28:33.846Z","googleSync":%s}`
	bill = `{"id":%d,"itemId":%d,"statementDate":null,"amount":%d.%02d,"dueDate":"2026-11-%02dT00:00:00.000Z",` +
		`"payUrl":"https://pay.example.com/hospital/%d","status":"%s","taskKey":"%016x%016x","assignedCollaboratorId":null,` +
		`"createdAt":"2026-11-23T01:28:35.111Z","googleSync":%s}`
	sync = `{"calendarId":null,"eventId":null,"etag":null,"lastSyncedAt":null,"lastSyncDirection":null,"localHash":null,` +
		`"remoteUpdatedAt":null,"syncStatus":"idle","lastError":null}`
)

// Appointment returns the appointment of that id. Other revisions of it hold other content.
func Appointment(id int64, revision uint64, hydrated bool) []byte {
	r := rand.New(rand.NewPCG(uint64(id), 1))
	token, token2 := r.Uint64(), r.Uint64()
	r = rand.New(rand.NewPCG(uint64(id), 2+revision))
	day, hour, note := 1+r.IntN(28), r.IntN(24), "null"
	if r.IntN(4) == 0 {
		note = `"Bring the referral letter"`
	}
	return fmt.Appendf(nil, appointment, id, id, day, hour, day, hour, revision, note, token, token2, token2, token, google(hydrated))
}

// Bill returns the bill of that id. Other revisions of it hold other content.
func Bill(id int64, revision uint64, hydrated bool) []byte {
	r := rand.New(rand.NewPCG(uint64(id), 1))
	key, key2 := r.Uint64(), r.Uint64()
	r = rand.New(rand.NewPCG(uint64(id), 2+revision))
	status := [...]string{"todo", "overdue", "paid"}[r.IntN(3)]
	return fmt.Appendf(nil, bill, id, id, 10+r.IntN(1000)+int(revision), r.IntN(100), 1+r.IntN(28), id%97, status, key, key2, google(hydrated))
}

func google(hydrated bool) string {
	if hydrated {
		return sync
	}
	return "null"
}

// Plan returns a plan of n appointments and n bills, as /api/plan answers it. Revision says which
// revision of which id.
func Plan(n int, version int64, revision func(id int64) uint64) []byte {
	text := []byte(`{"recipient":{"id":1,"displayName":"Alex"},"dateRange":{"start":"2026-11-23T00:00:00.000Z",` +
		`"end":"2026-11-30T00:00:00.000Z"},"appointments":`)
	text = list(text, n, func(id int64) []byte { return Appointment(id, revision(id), true) })
	text = list(append(text, `,"bills":`...), n, func(id int64) []byte { return Bill(id, revision(id), true) })
	return fmt.Appendf(text, `,"planVersion":%d,"planUpdatedAt":"2026-11-23T01:28:38.632Z","collaborators":[{"id":1,"recipientId":1,`+
		`"userId":1,"email":"a@x","role":"owner","status":"accepted","inviteToken":"","invitedBy":1,`+
		`"invitedAt":"2026-11-23T01:28:31.407Z","acceptedAt":"2026-11-23T01:28:31.407Z"}]}`, version)
}

func list(text []byte, n int, item func(id int64) []byte) []byte {
	text = append(text, '[')
	for id := range int64(n) {
		if id > 0 {
			text = append(text, ',')
		}
		text = append(text, item(id+1)...)
	}
	return append(text, ']')
}

// Respell writes a JSON text anew: members in alphabetical order, white space everywhere it may be,
// numbers as they were.
func Respell(text []byte) []byte {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		panic(err) // tests respell what they have made
	}
	respelled, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		panic(err)
	}
	return respelled
}
