package commands

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// actor is who makes a change.
type actor uint8

const (
	byOwner    actor = iota
	byHelper         // an accepted contributor
	byOperator       // the server's own jobs: e-mail, calendar, bulk
)

// event is one thing that happens in a day.
type event struct {
	says         string
	by           actor
	method, path string
	body         string
	versions     int64 // by how many the plan's version goes up
}

// operated is an event of the server's own.
func operated(says string, versions int64, deltas string) event {
	return event{says: says, by: byOperator, method: http.MethodPost, path: "/_deltatap/deltas", body: `{"user":1,"deltas":[` + deltas + `]}`, versions: versions}
}

// requested is an event that somebody caused over REST.
func requested(says string, by actor, method, path, body string) event {
	return event{says: says, by: by, method: method, path: path, body: body, versions: 1}
}

// day is a believable day of a family, with dates that lie ahead of now. Items are numbered by the
// server in the order in which they are made.
func day(now time.Time) []event {
	at := func(days, hour int) string {
		d := now.UTC().AddDate(0, 0, days)
		return time.Date(d.Year(), d.Month(), d.Day(), hour, 0, 0, 0, time.UTC).Format("2006-01-02T15:04:05+00:00")
	}
	visit := func(id, days, hour int, summary, location string) string {
		return fmt.Sprintf(`"data":{"appointment":{"id":%d,"startLocal":%q,"endLocal":%q,"summary":%q,"location":%q}}`,
			id, at(days, hour), at(days, hour+1), summary, location)
	}
	due := func(days int) string { return now.UTC().AddDate(0, 0, days).Format("2006-01-02") + "T00:00:00.000Z" }
	const checkup, dental, scan = 1, 2, 3
	return []event{
		operated("An e-mail from the clinic comes in and is read.", 1,
			`{"itemType":"appointment","entityId":1,"action":"created","source":"inbound",`+visit(checkup, 3, 14, "Cardiology follow-up", "Riverside Clinic")+`}`),
		operated("So does the bill of the laboratory.", 1,
			fmt.Sprintf(`{"itemType":"bill","entityId":1,"action":"created","source":"inbound","data":{"bill":{"id":1,"amount":86.4,"dueDate":%q,"payUrl":"https://pay.example.com/labs"}}}`, due(4))),
		operated("The daughter notes a visit to the dentist in her calendar.", 1,
			`{"itemType":"appointment","entityId":2,"action":"created","source":"google",`+visit(dental, 2, 9, "Dental check-up", "Main Street Dental")+`}`),
		requested("The cardiologist calls: an hour later, please.", byOwner, http.MethodPatch, "/api/appointments/1",
			fmt.Sprintf(`{"startLocal":%q,"endLocal":%q,"location":"Riverside Clinic, room 4"}`, at(3, 15), at(3, 16))),
		requested("The neighbour, who drives, leaves a note.", byHelper, http.MethodPatch, "/api/appointments/1",
			`{"prepNote":"Bring the referral letter. I pick you up at 14:15 🚗"}`),
		requested("The bill is paid.", byOwner, http.MethodPost, "/api/bills/1/mark-paid", `{}`),
		operated("The calendar is pulled: six changes, one message, two of them coalesced.", 6,
			`{"itemType":"appointment","entityId":1,"action":"updated","source":"google",`+visit(checkup, 3, 15, "Cardiology follow-up", "Riverside Clinic, room 7")+`},`+
				`{"itemType":"appointment","entityId":2,"action":"updated","source":"google",`+visit(dental, 2, 10, "Dental check-up", "Main Street Dental")+`},`+
				`{"itemType":"appointment","entityId":3,"action":"created","source":"google",`+visit(scan, 4, 11, "MRI scan", "Oak Street Imaging")+`},`+
				`{"itemType":"appointment","entityId":4,"action":"created","source":"google",`+visit(4, 5, 16, "Physiotherapy", "Harbour Practice")+`},`+
				`{"itemType":"appointment","entityId":2,"action":"updated","source":"google",`+visit(dental, 2, 11, "Dental check-up", "Main Street Dental")+`},`+
				`{"itemType":"appointment","entityId":1,"action":"updated","source":"google",`+visit(checkup, 3, 16, "Cardiology follow-up", "Riverside Clinic, room 7")+`}`),
		requested("The brother is invited to help.", byOwner, http.MethodPost, "/api/collaborators", `{"email":"brother@example.test","role":"contributor"}`),
		requested("The dentist cancels.", byOwner, http.MethodDelete, "/api/appointments/2", ""),
		operated("Overnight, a bulk job touches what no delta can say.", 1, `{"itemType":"plan","entityId":0,"action":"updated"}`),
	}
}

// losing is what happens around a lost delta: the plan changes, and nobody is told.
func losing() []event {
	lost := operated("The bill is put back to unpaid. This delta is lost on its way.", 1,
		`{"itemType":"bill","entityId":1,"action":"updated","source":"google","data":{"bill":{"id":1,"status":"todo"}}}`)
	lost.body = strings.TrimSuffix(lost.body, "}") + `,"lose":true}`
	return []event{
		lost,
		requested("The neighbour changes the note; this one arrives.", byHelper, http.MethodPatch, "/api/appointments/1", `{"prepNote":"I pick you up at 15:15"}`),
	}
}
