package witness

import (
	"fmt"
	"strings"
	"testing"

	"github.com/carebase/deltatap/replay/diagnose"
	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/plan"
)

func parsed(t *testing.T, version int, bills ...string) *plan.Plan {
	t.Helper()
	p, err := plan.Parse(fmt.Appendf(nil, `{"bills":[%s],"planVersion":%d}`, strings.Join(bills, ","), version))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func bill(id int, amount string) string {
	return fmt.Sprintf(`{"id":%d,"amount":%s,"googleSync":{"syncStatus":"idle"}}`, id, amount)
}

// entry is a bill as the database has it: without what it does not tell.
func entry(id int, amount string) string { return fmt.Sprintf(`{"amount":%s,"id":%d}`, amount, id) }

// testified is what a database says whose bills these are; those whose doubt is not empty are in doubt.
func testified(version int, bill ...row) *Testimony {
	return &Testimony{
		Version: int64(version), head: []byte(`{"recipient":{"id":1}`), tail: fmt.Appendf(nil, `"planVersion":%d`, version),
		lists: [3][]row{bills: bill},
	}
}

// has are rows as the database has them: without what it does not tell.
func has(rows ...string) []row {
	var all []row
	for _, text := range rows {
		r := row{text: []byte(text), listed: true}
		if _, err := fmt.Sscanf(text[strings.Index(text, `"id":`):], `"id":%d`, &r.id); err != nil {
			panic(err)
		}
		all = append(all, r)
	}
	return all
}

func doubtful(rows ...string) []row {
	all := has(rows...)
	for i := range all {
		all[i].doubt = "nobody knows"
	}
	return all
}

func TestRule(t *testing.T) {
	for name, c := range map[string]struct {
		client, api, database []string
		doubted               []string // what the database has and nobody knows whether a plan shows it
		options               diff.Options
		doubt                 string // about the API's plan
		saved                 bool
		version               int // of the database; the API's is 7
		code                  diagnose.Code
		want                  string // item, party
		says                  string
	}{
		"client behind":                 {client: []string{bill(1, "1")}, api: []string{bill(1, "2")}, database: []string{entry(1, "2.0")}, code: diagnose.RefreshMissed, want: "bill:1 client"},
		"delta lost on the way":         {client: []string{bill(1, "1")}, api: []string{bill(1, "2")}, database: []string{entry(1, "2.0")}, code: diagnose.MissedDelta, want: "bill:1 emission", says: "never reached this client"},
		"wrong payload":                 {client: []string{bill(1, "1")}, api: []string{bill(1, "2")}, database: []string{entry(1, "2")}, code: diagnose.PayloadMismatch, want: "bill:1 emission"},
		"no payload":                    {client: []string{bill(1, "1")}, api: []string{bill(1, "2")}, database: []string{entry(1, "2")}, code: diagnose.PayloadMissing, want: "bill:1 emission"},
		"never emitted":                 {api: []string{bill(1, "2")}, database: []string{entry(1, "2")}, code: diagnose.NeverEmitted, want: "bill:1 emission"},
		"not said why":                  {client: []string{bill(1, "2")}, code: diagnose.Unknown, want: "bill:1 client"},
		"expected":                      {client: []string{bill(1, "2")}, code: diagnose.OutsideRange, want: "bill:1 nobody"},
		"API behind":                    {client: []string{bill(1, "2")}, api: []string{bill(1, "1")}, database: []string{entry(1, "2")}, code: diagnose.PayloadMismatch, want: "bill:1 api", says: "the client holds what the database has"},
		"API lacks it":                  {client: []string{bill(1, "2")}, database: []string{entry(1, "2")}, code: diagnose.Unknown, want: "bill:1 api", says: "the client holds what the database has"},
		"API makes it up":               {api: []string{bill(1, "2")}, code: diagnose.Unknown, want: "bill:1 api", says: "the client holds what the database has"},
		"three opinions":                {client: []string{bill(1, "1")}, api: []string{bill(1, "2")}, database: []string{entry(1, "3")}, code: diagnose.MissedDelta, want: "bill:1 api", says: "the database has something else"},
		"both wrong":                    {client: []string{bill(1, "1")}, api: []string{bill(1, "1")}, database: []string{entry(1, "2")}, want: "bill:1 api", says: "the client and the API agree"},
		"both wrong beside another":     {client: []string{bill(1, "1"), bill(2, "1")}, api: []string{bill(1, "1"), bill(2, "2")}, database: []string{entry(1, "2"), entry(2, "2")}, code: diagnose.RefreshMissed, want: "bill:2 client, bill:1 api"},
		"all agree":                     {client: []string{bill(1, "1")}, api: []string{bill(1, "1")}, database: []string{entry(1, "1")}},
		"another version":               {client: []string{bill(1, "1")}, api: []string{bill(1, "2")}, database: []string{entry(1, "2")}, version: 8, code: diagnose.MissedDelta, want: "bill:1 undecided", says: "the API was read at v7 and the database at v8"},
		"API knows more fields":         {client: []string{`{"id":1,"amount":1,"color":"red"}`}, api: []string{`{"id":1,"amount":2,"color":"blue"}`}, database: []string{entry(1, "2")}, code: diagnose.RefreshMissed, want: "bill:1 client"},
		"API knows fewer fields":        {client: []string{`{"id":1}`}, api: []string{`{"id":1}`}, database: []string{`{"id":1,"payUrl":null}`}},
		"API is of an older server":     {client: []string{`{"id":1}`}, api: []string{`{"id":1}`}, database: []string{`{"id":1,"payUrl":"u"}`}},
		"API leaves a field out":        {client: []string{`{"id":1}`, `{"id":2,"payUrl":null}`}, api: []string{`{"id":1}`, `{"id":2,"payUrl":null}`}, database: []string{`{"id":1,"payUrl":"u"}`, `{"id":2,"payUrl":null}`}, want: "bill:1 api"},
		"a token that nobody is shown":  {client: []string{`{"id":1,"inviteToken":""}`}, api: []string{`{"id":1,"inviteToken":""}`}, database: []string{`{"id":1,"inviteToken":"t"}`}},
		"digits of a moment":            {client: []string{`{"id":1,"createdAt":"2026-01-01T00:00:01.124Z"}`}, api: []string{`{"id":1,"createdAt":"2026-01-01T00:00:01.124Z"}`}, database: []string{`{"id":1,"createdAt":"2026-01-01T00:00:01.123Z"}`}},
		"another moment":                {client: []string{`{"id":1,"createdAt":"2026-01-01T00:00:01.000Z"}`}, api: []string{`{"id":1,"createdAt":"2026-01-01T00:00:01.000Z"}`}, database: []string{`{"id":1,"createdAt":"2026-01-01T00:00:02.000Z"}`}, want: "bill:1 api"},
		"left out of doubt":             {client: []string{bill(2, "1")}, api: []string{bill(2, "1")}, database: []string{entry(2, "1")}, doubted: []string{entry(1, "2")}},
		"left out of doubt, client not": {client: []string{bill(1, "2")}, doubted: []string{entry(1, "2")}, code: diagnose.Unknown, want: "bill:1 undecided", says: "nobody knows"},
		"let in in spite of doubt":      {client: []string{bill(1, "2")}, api: []string{bill(1, "2")}, doubted: []string{entry(1, "2")}},
		"let in, client not":            {api: []string{bill(1, "2")}, doubted: []string{entry(1, "2")}, code: diagnose.MissedDelta, want: "bill:1 undecided", says: "nobody knows"},
		"wrong in spite of doubt":       {client: []string{bill(1, "1")}, api: []string{bill(1, "1")}, doubted: []string{entry(1, "2")}, want: "bill:1 api"},
		"stale in spite of doubt":       {client: []string{bill(1, "1")}, api: []string{bill(1, "2")}, doubted: []string{entry(1, "2")}, code: diagnose.RefreshMissed, want: "bill:1 client"},
		"ignored":                       {client: []string{bill(1, "1")}, api: []string{bill(1, "1")}, database: []string{entry(1, "2")}, options: diff.Options{Ignore: []string{"bill.amount"}}},
		"not asked for":                 {client: []string{bill(1, "1")}, api: []string{bill(1, "1")}, database: []string{entry(1, "2")}, options: diff.Options{Only: []string{"bill:2"}}},
		"would not hold still":          {client: []string{bill(1, "1")}, api: []string{bill(1, "2")}, database: []string{entry(1, "2")}, doubt: "it moved", code: diagnose.MissedDelta, want: "bill:1 undecided", says: "it moved"},
		"saved":                         {client: []string{bill(1, "1")}, api: []string{bill(1, "1")}, database: []string{entry(1, "2")}, saved: true, want: "bill:1 api", says: "can be torn"},
		"expected at another version":   {client: []string{bill(1, "2")}, code: diagnose.OutsideRange, version: 8, want: "bill:1 nobody"},
		"expected, and the API wrong":   {client: []string{`{"id":1,"amount":1,"googleSync":null}`}, api: []string{bill(1, "1")}, database: []string{entry(1, "2")}, code: diagnose.OutsideRange, want: "bill:1 api", says: "the client and the API agree"},
		"another version, not noticed":  {client: []string{bill(1, "1")}, api: []string{bill(1, "1")}, database: []string{entry(1, "2")}, version: 8, want: "bill:1 undecided"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.version == 0 {
				c.version = 7
			}
			client, api := parsed(t, 6, c.client...), parsed(t, 7, c.api...)
			result, err := diff.Parsed(client, api, c.options)
			if err != nil {
				t.Fatal(err)
			}
			j, err := Rule(Case{
				Differences: result.Differences, Causes: causes(len(result.Differences), c.code), Options: c.options,
				API: api, Doubt: c.doubt, Saved: c.saved, Database: testified(c.version, append(has(c.database...), doubtful(c.doubted...)...)...),
			})
			if err != nil {
				t.Fatal(err)
			}
			checkRulings(t, j.Rulings, c.want, c.says)
			for i, r := range j.Rulings {
				if r.Wrong == API && r.API == nil || i >= len(result.Differences) && r.API == nil {
					t.Errorf("%s: nothing tells what the database has", r.Item)
				}
			}
		})
	}
}

func causes(n int, code diagnose.Code) []diagnose.Cause {
	all := make([]diagnose.Cause, n)
	for i := range all {
		all[i] = diagnose.Cause{Code: code, Expected: code == diagnose.OutsideRange, Certainty: diagnose.Certain}
	}
	return all
}

func checkRulings(t *testing.T, rulings []Ruling, want, says string) {
	t.Helper()
	var got []string
	for _, r := range rulings {
		got = append(got, r.Item.String()+" "+string(r.Wrong))
	}
	if got := strings.Join(got, ", "); got != want {
		t.Errorf("ruled %q, want %q", got, want)
	}
	if len(rulings) > 0 && !strings.Contains(rulings[0].Summary, says) {
		t.Errorf("says %q, want %q", rulings[0].Summary, says)
	}
}

// Without an API the database is who is right, and the emission may still be wrong.
func TestRuleAlone(t *testing.T) {
	for name, c := range map[string]struct {
		client, database, doubted []string
		code                      diagnose.Code
		doubt                     string
		want, says                string
	}{
		"moving on":         {client: []string{bill(1, "1")}, database: []string{entry(1, "2")}, code: diagnose.PayloadMismatch, doubt: "it moves on", want: "bill:1 undecided", says: "it moves on"},
		"moving on, excuse": {client: []string{bill(1, "1")}, code: diagnose.OutsideRange, doubt: "it moves on", want: "bill:1 nobody"},
		"client behind":     {client: []string{bill(1, "1")}, database: []string{entry(1, "2")}, code: diagnose.RefreshMissed, want: "bill:1 client", says: "the database has it otherwise, and the client"},
		"wrong payload":     {client: []string{bill(1, "1")}, database: []string{entry(1, "2")}, code: diagnose.PayloadMismatch, want: "bill:1 emission"},
		"expected":          {client: []string{bill(1, "1")}, code: diagnose.OutsideRange, want: "bill:1 nobody"},
		"all agree":         {client: []string{bill(1, "1")}, database: []string{entry(1, "1")}},
		"doubt, not there":  {doubted: []string{entry(1, "1")}},
		"doubt, there":      {client: []string{bill(1, "1")}, doubted: []string{entry(1, "1")}},
		"doubt, other than": {client: []string{bill(1, "1")}, doubted: []string{entry(1, "2")}, code: diagnose.Unknown, want: "bill:1 client"},
	} {
		t.Run(name, func(t *testing.T) {
			client, database := parsed(t, 6, c.client...), testified(7, append(has(c.database...), doubtful(c.doubted...)...)...)
			result, err := diff.Parsed(client, database.Beside(client), diff.Options{})
			if err != nil {
				t.Fatal(err)
			}
			j, err := Rule(Case{Differences: result.Differences, Causes: causes(len(result.Differences), c.code), Database: database, Doubt: c.doubt})
			if err != nil {
				t.Fatal(err)
			}
			checkRulings(t, j.Rulings, c.want, c.says)
		})
	}
}

// What is not certain is not said as if it were.
func TestRuleProbably(t *testing.T) {
	for certainty, want := range map[diagnose.Certainty]bool{diagnose.Certain: false, diagnose.Likely: true} {
		party, says := blame(&diagnose.Cause{Code: diagnose.PayloadMismatch, Certainty: certainty}, "x")
		if party != Emission || strings.Contains(says, "probably") != want {
			t.Errorf("%s: %s %q", certainty, party, says)
		}
	}
}
