package witness_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/carebase/deltatap/replay/diagnose"
	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/witness"
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

// row is a bill as the database has it: without what it does not tell.
func row(id int, amount string) string { return fmt.Sprintf(`{"amount":%s,"id":%d}`, amount, id) }

func TestRule(t *testing.T) {
	for name, c := range map[string]struct {
		client, api, database []string
		version               int // of the database; the API's is 7
		code                  diagnose.Code
		want                  string // item, party
		says                  string
	}{
		"client behind":                {client: []string{bill(1, "1")}, api: []string{bill(1, "2")}, database: []string{row(1, "2.0")}, code: diagnose.MissedDelta, want: "bill:1 client"},
		"wrong payload":                {client: []string{bill(1, "1")}, api: []string{bill(1, "2")}, database: []string{row(1, "2")}, code: diagnose.PayloadMismatch, want: "bill:1 emission"},
		"no payload":                   {client: []string{bill(1, "1")}, api: []string{bill(1, "2")}, database: []string{row(1, "2")}, code: diagnose.PayloadMissing, want: "bill:1 emission"},
		"never emitted":                {api: []string{bill(1, "2")}, database: []string{row(1, "2")}, code: diagnose.NeverEmitted, want: "bill:1 emission"},
		"not said why":                 {client: []string{bill(1, "2")}, code: diagnose.Unknown, want: "bill:1 client"},
		"expected":                     {client: []string{bill(1, "2")}, code: diagnose.OutsideRange, want: "bill:1 nobody"},
		"API behind":                   {client: []string{bill(1, "2")}, api: []string{bill(1, "1")}, database: []string{row(1, "2")}, code: diagnose.PayloadMismatch, want: "bill:1 api", says: "the client holds what the database has"},
		"API lacks it":                 {client: []string{bill(1, "2")}, database: []string{row(1, "2")}, code: diagnose.Unknown, want: "bill:1 api", says: "the client holds what the database has"},
		"API makes it up":              {api: []string{bill(1, "2")}, code: diagnose.Unknown, want: "bill:1 api", says: "the client holds what the database has"},
		"three opinions":               {client: []string{bill(1, "1")}, api: []string{bill(1, "2")}, database: []string{row(1, "3")}, code: diagnose.MissedDelta, want: "bill:1 api", says: "the database has something else"},
		"both wrong":                   {client: []string{bill(1, "1")}, api: []string{bill(1, "1")}, database: []string{row(1, "2")}, want: "bill:1 api", says: "the client and the API agree"},
		"both wrong beside another":    {client: []string{bill(1, "1"), bill(2, "1")}, api: []string{bill(1, "1"), bill(2, "2")}, database: []string{row(1, "2"), row(2, "2")}, code: diagnose.MissedDelta, want: "bill:2 client, bill:1 api"},
		"all agree":                    {client: []string{bill(1, "1")}, api: []string{bill(1, "1")}, database: []string{row(1, "1")}},
		"another version":              {client: []string{bill(1, "1")}, api: []string{bill(1, "2")}, database: []string{row(1, "2")}, version: 8, code: diagnose.MissedDelta, want: "bill:1 undecided", says: "the API was read at v7 and the database at v8"},
		"another version, not noticed": {client: []string{bill(1, "1")}, api: []string{bill(1, "1")}, database: []string{row(1, "2")}, version: 8, want: "bill:1 undecided"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.version == 0 {
				c.version = 7
			}
			client, api, database := parsed(t, 6, c.client...), parsed(t, 7, c.api...), parsed(t, c.version, c.database...)
			result, err := diff.Parsed(client, api, diff.Options{})
			if err != nil {
				t.Fatal(err)
			}
			causes := make([]diagnose.Cause, len(result.Differences))
			for i := range causes {
				causes[i] = diagnose.Cause{Code: c.code, Expected: c.code == diagnose.OutsideRange}
			}
			rulings := witness.Rule(result.Differences, causes, api, database)
			var got []string
			for _, r := range rulings {
				got = append(got, r.Item.String()+" "+string(r.Wrong))
			}
			if got := strings.Join(got, ", "); got != c.want {
				t.Errorf("ruled %q, want %q", got, c.want)
			}
			if len(rulings) > 0 && !strings.Contains(rulings[0].Summary, c.says) {
				t.Errorf("says %q, want %q", rulings[0].Summary, c.says)
			}
			for _, r := range rulings {
				if want := len(c.database) > 0; (r.Database != nil) != want && r.Wrong != witness.Undecided && r.Item.ID == 1 {
					t.Errorf("%s: the database's item is %q", r.Item, r.Database)
				}
			}
		})
	}
}
