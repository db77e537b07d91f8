package server

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestRESTGolden holds a day of requeststo its answers, byte for byte.
func TestRESTGolden(t *testing.T) {
	c := startAlone(t, func(cfg *Config) { cfg.Quirks = true })
	made := regexp.MustCompile(`"(icsToken|taskKey|inviteToken)":"[0-9a-f]+"`)
	var text strings.Builder
	for _, request := range []string{
		"operator POST /_deltatap/deltas " + `{"deltas":[{"itemType":"appointment","action":"created","source":"google","data":{"appointment":` +
			`{"startLocal":"2026-11-24T00:15:00-05:00","endLocal":"2026-11-24T01:00:00-05:00","startTimeZone":"America/New_York","endTimeZone":"America/New_York",` +
			`"startOffset":"-05:00","endOffset":"-05:00","summary":"Night clinic","location":"Oak Street"}}},` +
			`{"itemType":"bill","action":"created","source":"inbound","data":{"bill":{"amount":86.4,"dueDate":"2019-11-27T00:00:00.000Z","status":"paid"}}},` +
			`{"itemType":"plan","planItemId":9,"source":"inbound","data":{"section":"pending-reviews"}}]}`,
		"owner GET /api/plan",
		"owner GET /api/plan?days=1",
		"owner GET /api/plan?days=31",
		"owner GET /api/appointments/1",
		"owner GET /api/bills/1",
		"owner GET /api/bills/2",
		"owner GET /api/review/pending",
		`owner PATCH /api/review/9 {"action":"save","bill":{"amount":12}}`,
		"owner GET /api/review/pending",
		`owner PATCH /api/review/9 {"action":"approve","bill":{"dueDate":"2026-11-25","payUrl":"http://pay.example.com"}}`,
		`owner PATCH /api/appointments/1 {"location":null,"startLocal":"2026-11-24T05:45:00Z"}`,
		`owner PATCH /api/bills/2 {"status":"paid"}`,
		`owner PATCH /api/bills/2 {"amount":null,"dueDate":""}`,
		"owner POST /api/bills/2/mark-paid",
		`owner POST /api/bills {"amount":1}`,
		`owner POST /api/collaborators {"email":"c@x"}`,
		"owner GET /api/collaborators",
		"owner DELETE /api/bills/1",
		"owner GET /api/plan",
		"nobody GET /api/plan/version",
		"owner GET /api/plan/version",
		"owner GET /health",
	} {
		parts := strings.SplitN(request, " ", 4)
		status, answer := c.try(parts[0]+"-token", parts[1], parts[2], strings.Join(parts[3:], ""))
		fmt.Fprintf(&text, "%s\n%d %s\n\n", request, status, made.ReplaceAllString(answer, `"$1":"…"`))
	}
	const path = "testdata/rest.golden"
	if *update {
		if err := os.WriteFile(path, []byte(text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), text.String()); diff != "" {
		t.Errorf("the answers (-want +got):\n%s", diff)
	}
}
