package witness

import (
	"fmt"
	"strings"
	"testing"

	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/plan"
)

func planOf(t *testing.T, bills ...string) *plan.Plan {
	t.Helper()
	p, err := plan.Parse(fmt.Appendf(nil, `{"bills":[%s],"planVersion":7}`, strings.Join(bills, ",")))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// bill is one as the API answers it, entry the same as the database has it: without what the tables do not tell.
func bill(id int, amount string) string {
	return fmt.Sprintf(`{"id":%d,"amount":%s,"googleSync":{"syncStatus":"idle"}}`, id, amount)
}

func entry(id int, amount string) string { return fmt.Sprintf(`{"amount":%s,"id":%d}`, amount, id) }

// rowsOf are rows as the database has them; open ones are of those of which nobody knows whether a plan shows them.
func rowsOf(open bool, texts ...string) []row {
	var all []row
	for _, text := range texts {
		r := row{text: []byte(text), listed: true, open: open}
		if _, err := fmt.Sscanf(text[strings.Index(text, `"id":`):], `"id":%d`, &r.id); err != nil {
			panic(err)
		}
		all = append(all, r)
	}
	return all
}

// What the tables do not tell, or not in another way, is no difference, and what they tell is one.
func TestBeside(t *testing.T) {
	for name, c := range map[string]struct {
		api, database, open []string
		options             diff.Options
		want                string
	}{
		"the same":                     {api: []string{bill(1, "2")}, database: []string{entry(1, "2.0")}},
		"another amount":               {api: []string{bill(1, "1")}, database: []string{entry(1, "2")}, want: "bill:1 stale"},
		"no amount":                    {api: []string{bill(1, "1")}, database: []string{entry(1, "null")}, want: "bill:1 stale"},
		"an amount that is text":       {api: []string{bill(1, `"1"`)}, database: []string{entry(1, "1")}, want: "bill:1 stale"},
		"API lacks it":                 {database: []string{entry(1, "2")}, want: "bill:1 missing"},
		"API makes it up":              {api: []string{bill(1, "2")}, want: "bill:1 ghost"},
		"API knows more fields":        {api: []string{`{"id":1,"amount":2,"color":"blue"}`}, database: []string{entry(1, "2")}},
		"API knows fewer fields":       {api: []string{`{"id":1}`}, database: []string{`{"id":1,"payUrl":null}`}},
		"API is of an older server":    {api: []string{`{"id":1}`}, database: []string{`{"id":1,"payUrl":"u"}`}},
		"API leaves a field out":       {api: []string{`{"id":1}`, `{"id":2,"payUrl":null}`}, database: []string{`{"id":1,"payUrl":"u"}`, `{"id":2,"payUrl":null}`}, want: "bill:1 stale"},
		"a token that nobody is shown": {api: []string{`{"id":1,"inviteToken":""}`}, database: []string{`{"id":1,"inviteToken":"t"}`}},
		"digits of a moment":           {api: []string{`{"id":1,"createdAt":"2026-01-01T00:00:01.124Z"}`}, database: []string{`{"id":1,"createdAt":"2026-01-01T00:00:01.123Z"}`}},
		"another moment":               {api: []string{`{"id":1,"createdAt":"2026-01-01T00:00:01.000Z"}`}, database: []string{`{"id":1,"createdAt":"2026-01-01T00:00:02.000Z"}`}, want: "bill:1 stale"},
		"midnight that is spelled 24":  {api: []string{`{"id":1,"startLocal":"2026-12-06T24:15:00+00:00"}`}, database: []string{`{"id":1,"startLocal":"2026-12-06T00:15:00+00:00"}`}},
		"hidden by a review":           {api: []string{bill(2, "1")}, database: []string{entry(2, "1")}, open: []string{entry(1, "2")}},
		"shown in spite of a review":   {api: []string{bill(1, "2")}, open: []string{entry(1, "2")}},
		"shown, and another amount":    {api: []string{bill(1, "1")}, open: []string{entry(1, "2")}, want: "bill:1 stale"},
		"ignored":                      {api: []string{bill(1, "1")}, database: []string{entry(1, "2")}, options: diff.Options{Ignore: []string{"bill.amount"}}},
		"not asked for":                {api: []string{bill(1, "1")}, database: []string{entry(1, "2")}, options: diff.Options{Only: []string{"bill:2"}}},
	} {
		t.Run(name, func(t *testing.T) {
			told := &Testimony{Version: 7, head: []byte(`{"recipient":{"id":1}`), tail: []byte(`"planVersion":7`)}
			told.lists[bills] = append(rowsOf(false, c.database...), rowsOf(true, c.open...)...)
			api := planOf(t, c.api...)
			result, err := diff.Parsed(api, told.Beside(api), c.options)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, d := range result.Differences {
				got = append(got, d.Item.String()+" "+string(d.Kind))
			}
			if got := strings.Join(got, ", "); got != c.want {
				t.Errorf("%q differs, want %q", got, c.want)
			}
		})
	}
}
