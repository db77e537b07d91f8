package mutate

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/carebase/deltatap/fixtures/node/nodetest"
	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/rawjson"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/session/sessiontest"
	"github.com/carebase/deltatap/replay/sink"
	"github.com/carebase/deltatap/replay/sink/sinktest"
	"github.com/carebase/deltatap/replay/synth"
)

func TestSuite(t *testing.T) {
	sinktest.Run(t, func(t *testing.T, tell sink.Tell) *sinktest.Target {
		var bills []string
		for id := 1; id <= 50; id++ {
			bills = append(bills, fmt.Sprintf(`{"id":%d,"itemId":%d,"statementDate":null,"amount":86.4,"dueDate":"2026-11-27T00:00:00.000Z",`+
				`"payUrl":"https://pay.example.com/before","status":"todo","taskKey":"key %d","assignedCollaboratorId":null,`+
				`"createdAt":"2026-11-23T01:28:35.111Z","googleSync":null}`, id, id, id))
		}
		c := serve(t, planOfItems("", strings.Join(bills, ",")))
		return &sinktest.Target{Sink: c.dial(Config{Tell: tell}, false), Kill: c.kill}
	})
}

// What differs between two runs of one day: the secret of an invitation, when it was made, and the plan's version.
var invitationParts = regexp.MustCompile(`"inviteToken":"[0-9a-f]{32}"|"invitedAt":"[^"]*"|"planVersion":\d+|"planUpdatedAt":"[^"]*"`)

func comparable(body []byte) string {
	var v any
	if err := json.Unmarshal(invitationParts.ReplaceAll(body, []byte(`"_":0`)), &v); err != nil {
		return err.Error()
	}
	text, _ := json.MarshalIndent(v, "", " ")
	return string(text)
}

// lastPlan is the last plan of a session.
func lastPlan(records []session.Record) (body []byte) {
	for _, rec := range records {
		if rec.Kind == session.KindPlan && rec.Status == 200 {
			body = rec.Body
		}
	}
	return body
}

// A target that has what the session began with, nothing: e-mail made the items of that day, so all that REST can do is
// invite. The list of the rest is exact.
func TestOwnerDayFromItsFirstPlan(t *testing.T) {
	records := sessiontest.Fixture(t, "owner-day")
	c := serve(t, string(records[2].Body))
	told := newTold()
	told.play(t, c.dial(Config{Tell: told.tell}, false), records)
	want := []string{
		"4 inexpressible", "  appointment:1 created: " + reasonInbound,
		"5 inexpressible", "  appointment:2 created: " + reasonInbound,
		"6 inexpressible", "  appointment:3 created: " + reasonInbound,
		"7 inexpressible", "  bill:1 created: " + reasonInbound,
		"8 inexpressible", "  bill:2 created: " + reasonInbound,
		"9 inexpressible", "  bill:3 created: " + reasonInbound,
		"11 inexpressible", "  appointment:1 updated: " + reasonMissing,
		"12 inexpressible", "  appointment:1 updated: " + reasonMissing,
		"13 inexpressible", "  bill:1 updated: " + reasonMissing,
		"14 inexpressible", "  bill:2 updated: " + reasonMissing,
		"15 acknowledged",
		"17 inexpressible", "  appointment:2 deleted: " + reasonMissing,
		"18 inexpressible", "  bill:3 deleted: " + reasonMissing,
	}
	if diff := gocmp.Diff(want, told.lines); diff != "" {
		t.Error(diff)
	}
	var was, is struct{ Appointments, Bills, Collaborators json.RawMessage }
	_ = json.Unmarshal(lastPlan(records), &was)
	_ = json.Unmarshal([]byte(c.plan()), &is)
	if comparable(is.Collaborators) != comparable(was.Collaborators) || string(is.Appointments)+string(is.Bills) != "[][]" {
		t.Errorf("the plan is %s", c.plan())
	}
}

// withItems is the day's first plan with the items that e-mail made, as they came, with other ids where shift says so.
func withItems(t *testing.T, records []session.Record, shift int64) string {
	t.Helper()
	list := map[string][]string{}
	for _, rec := range records {
		if rec.Kind != session.KindEvent {
			continue
		}
		var m contract.Message
		contract.Decode(rec.Args, &m)
		for _, d := range m.Deltas {
			if d.Action == contract.ActionCreated {
				list[d.ItemType] = append(list[d.ItemType], shifted(d.Payload(), shift))
			}
		}
	}
	if len(list[contract.TypeAppointment]) != 3 || len(list[contract.TypeBill]) != 3 {
		t.Fatal("the day has other items than this test")
	}
	return planOfItems(strings.Join(list[contract.TypeAppointment], ","), strings.Join(list[contract.TypeBill], ","))
}

var identity = regexp.MustCompile(`"(id|itemId)":(\d+)`)

// shifted is an item with other ids, and, where shift is not 0, with other secrets.
func shifted(item []byte, shift int64) string {
	text := identity.ReplaceAllStringFunc(string(item), func(s string) string {
		name, value, _ := strings.Cut(s, ":")
		n, _ := plan.Int64([]byte(value))
		return fmt.Sprintf("%s:%d", name, n+shift)
	})
	if shift != 0 {
		text = regexp.MustCompile(`"(icsToken|taskKey)":"...`).ReplaceAllString(text, `"$1":"+++`)
	}
	return text
}

// A target that has the items: the rest of the day is expressed whole, and it ends as the day did. An official client
// gets the deltas that were recorded.
func TestOwnerDayWithItsItems(t *testing.T) {
	records := sessiontest.Fixture(t, "owner-day")
	for _, shift := range []int64{0, 1000} {
		for _, first := range []string{"the session's", "none"} {
			t.Run(fmt.Sprintf("shifted by %d, %s", shift, first), func(t *testing.T) {
				c := serve(t, withItems(t, records, shift))
				client := nodetest.Start(t, "client.mjs", "--url", c.url.String(), "--token", ownerToken, "--count", "7")
				client.Await("event")
				told, cfg := newTold(), Config{}
				if first != "none" {
					cfg.Session = records[2].Body
				}
				cfg.Tell = told.tell
				told.play(t, c.dial(cfg, false), records)
				a := told.ledger.Account()
				if a.Acknowledged != 7 || a.Inexpressible != 6 || a.UnfitAt.String() != "4-9" {
					t.Errorf("%d acknowledged, %d inexpressible: %s", a.Acknowledged, a.Inexpressible, strings.Join(told.lines, "\n"))
				}
				want := lastPlan(records)
				got := unshifted(c.plan(), shift, want)
				if diff := gocmp.Diff(comparable(want), comparable([]byte(got))); diff != "" {
					t.Error(diff)
				}
				checkEmitted(t, client, records, shift)
			})
		}
	}
}

var itemIdentity = regexp.MustCompile(`"(id|itemId|entityId|planItemId)":1(\d{3})\b`)

// unshifted is a text with the ids of the session, and, where they were changed, its secrets.
func unshifted(text string, shift int64, session []byte) string {
	if shift == 0 {
		return text
	}
	text = itemIdentity.ReplaceAllStringFunc(text, func(s string) string {
		name, value, _ := strings.Cut(s, ":")
		n, _ := plan.Int64([]byte(value))
		return fmt.Sprintf("%s:%d", name, n-shift)
	})
	for _, m := range regexp.MustCompile(`"(?:icsToken|taskKey)":"(...)([0-9a-f]+)"`).FindAllSubmatch(session, -1) {
		text = strings.ReplaceAll(text, `"+++`+string(m[2])+`"`, `"`+string(m[1])+string(m[2])+`"`)
	}
	return text
}

// checkEmitted compares the deltas that a client of the target got with those that were recorded, versions aside.
func checkEmitted(t *testing.T, client *nodetest.Process, records []session.Record, shift int64) {
	t.Helper()
	version := regexp.MustCompile(`,"version":\d+`)
	everything := []byte{}
	for _, rec := range records {
		everything = append(everything, rec.Args...)
	}
	for _, rec := range records[10:] {
		if rec.Event != contract.Event {
			continue
		}
		got := unshifted(string(client.Await("args")["args"]), shift, everything)
		if got, want := version.ReplaceAllString(got, ""), version.ReplaceAllString(string(rec.Args), ""); got != want {
			t.Errorf("record %d came as\n%s, want\n%s", rec.N, got, want)
		}
	}
}

// Made-up days of every profile: nothing fails, the version moves by what was acknowledged and by nothing else, and each
// item of which everything could be expressed ends as the session's deltas leave it.
func TestMadeUpDays(t *testing.T) {
	for _, profile := range []synth.Profile{synth.Day, synth.Burst, synth.GoogleSync, synth.InboundRush, synth.Collaborators, synth.Bulk, synth.LongOffline} {
		for seed := range uint64(3) {
			t.Run(fmt.Sprintf("%s %d", profile, seed), func(t *testing.T) { madeUpDay(t, synth.Options{Profile: profile, Seed: seed, Deltas: 150}) })
		}
	}
}

func madeUpDay(t *testing.T, o synth.Options) {
	text, err := synth.Text(o)
	if err != nil {
		t.Fatal(err)
	}
	reader, err := session.NewReader(text)
	if err != nil {
		t.Fatal(err)
	}
	records := sessiontest.Records(t, reader)
	first := records[slices.IndexFunc(records, func(r session.Record) bool { return r.Kind == session.KindPlan })].Body
	c := serve(t, string(first))
	told := newTold()
	unfit := map[string]bool{}
	mutations := 0
	c.countMutations(&mutations)
	s := c.dial(Config{Session: first, Tell: func(o sink.Outcome) {
		told.tell(o)
		for _, u := range o.Unfit {
			unfit[strings.SplitN(u.What, " ", 2)[0]] = true
		}
	}}, false)
	told.play(t, s, records)
	a := told.ledger.Account()
	if a.Failed+a.Unsure > 0 || a.Acknowledged == 0 {
		t.Fatalf("%d acknowledged, %d failed, %d unsure: %v", a.Acknowledged, a.Failed, a.Unsure, a.FirstFailure)
	}
	was, got := parse(t, first), parse(t, []byte(c.do(ownerToken, "GET", "/api/plan?days=30", "")))
	if got.Version != was.Version+int64(mutations) {
		t.Errorf("the version went from %d to %d by %d mutations", was.Version, got.Version, mutations)
	}
	start := items(was)
	end, mine := items(was), items(got)
	applyAll(end, records)
	checked := 0
	for key := range start {
		if unfit[key] {
			continue
		}
		checked++
		if mine[key] == nil && end[key] != nil { // outside the plan's dates
			itemType, id, _ := strings.Cut(key, ":")
			mine[key] = fields([]byte(c.do(ownerToken, "GET", "/api/"+itemType+"s/"+id, "")))
		}
		if d := gocmp.Diff(end[key], mine[key]); d != "" {
			t.Errorf("%s: %s", key, d)
		}
	}
	t.Logf("%d acknowledged (%d in part), %d inexpressible; %d of %d items compared", a.Acknowledged, a.Partly, a.Inexpressible, checked, len(start))
}

func parse(t *testing.T, body []byte) *plan.Plan {
	t.Helper()
	p, err := plan.Parse(body)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// items are the items of a plan, by name.
func items(p *plan.Plan) map[string]map[string]string {
	all := map[string]map[string]string{}
	for itemType, list := range map[string]*plan.List{"appointment": &p.Appointments, "bill": &p.Bills} {
		for _, item := range list.All() {
			all[fmt.Sprintf("%s:%d", itemType, item.ID)] = fields(item.Raw)
		}
	}
	return all
}

// fields are those of an item, its times in one spelling; Google's state aside, which REST does not touch.
func fields(item []byte) map[string]string {
	fields := map[string]string{}
	for _, m := range plan.Members(nil, bytes.Clone(item)) {
		fields[string(m.Name)] = string(m.Value)
		if at, ok := rawjson.ReadInstant(m.Value); ok {
			fields[string(m.Name)] = at.UTC().String()
		}
	}
	delete(fields, "googleSync")
	return fields
}

// applyAll applies a session's deltas, those of a message in the order of their versions.
func applyAll(all map[string]map[string]string, records []session.Record) {
	for _, rec := range records {
		if rec.Event != contract.Event {
			continue
		}
		var m contract.Message
		contract.Decode(rec.Args, &m)
		slices.SortFunc(m.Deltas, func(a, b contract.Delta) int { return cmp.Compare(a.Version, b.Version) })
		for _, d := range m.Deltas {
			if d.Action == contract.ActionDeleted {
				delete(all, d.Item().String())
			} else if d.Payload() != nil {
				all[d.Item().String()] = fields(d.Payload())
			}
		}
	}
}
