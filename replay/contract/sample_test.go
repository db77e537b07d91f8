package contract

import (
	"bytes"
	"os"
	"testing"
)

// hot is a message of the one hot shape, 603 bytes.
const hot = `[{"deltas":[{"itemType":"appointment","entityId":1,"planItemId":1,"action":"created","source":"inbound","data":{"appointment":{"id":1,"itemId":1,"startLocal":"2026-11-24T09:00:00+00:00","endLocal":"2026-11-24T10:00:00+00:00","startTimeZone":"UTC","endTimeZone":"UTC","startOffset":"+00:00","endOffset":"+00:00","location":"9:00 AM at Riverside Clinic with Dr. Patel.","prepNote":null,"summary":"Appointment confirmation","icsToken":"288313d12166e6c505cf7005c5f9671e308ad5be5ed97aa6a4e6f6c99a6a115d","assignedCollaboratorId":null,"createdAt":"2026-11-23T01:28:33.846Z","googleSync":null}},"version":1}]}]`

// ownerDay returns the arguments of the plan:item-delta events of a day recorded
// from a real server.
func ownerDay(t testing.TB) [][]byte {
	t.Helper()
	text, err := os.ReadFile("testdata/owner-day.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Split(bytes.TrimSpace(text), []byte("\n"))
}

// ruleNames lists the rules of findings, in order.
func ruleNames(findings []Finding) []string {
	var names []string
	for _, f := range findings {
		names = append(names, f.Rule)
	}
	return names
}

// check returns what one checker finds in messages.
func check(c *Checker, texts ...[]byte) []Finding {
	var found []Finding
	var m Message
	for _, text := range texts {
		Decode(text, &m)
		c.Check(&m, func(f Finding) { found = append(found, f) })
	}
	return found
}
