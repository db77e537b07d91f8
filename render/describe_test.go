package render

import (
	"testing"

	"github.com/carebase/deltatap/render/theme"
	"github.com/carebase/deltatap/replay/contract"
)

// describe puts an item into words in so many columns.
func describe(itemType, payload, before string, room int) string {
	th := theme.Plain()
	var p phrase
	newDescriber(th, 2026).item(&p, itemType, []byte(payload), []byte(before))
	text, _ := p.append(nil, room, &th.Marks)
	return string(text)
}

func TestDescribe(t *testing.T) {
	appointment, bill := contract.TypeAppointment, contract.TypeBill
	for _, tt := range []struct {
		name, itemType, payload, before string
		room                            int
		want                            string
	}{
		{"appointment", appointment, cardiology, "", unlimited, `"Cardiology follow-up" Fri 27 Nov 09:30–10:30 · Riverside Clinic, room 4`},
		{"another zone", appointment, `{"summary":"x","startLocal":"2026-11-27T09:30:00+01:00"}`, "", unlimited, `"x" Fri 27 Nov 09:30 +01:00`},
		{"a zone of its own", appointment, `{"summary":"x","startLocal":"2026-11-27T09:30:00Z","startOffset":"+01:00"}`, "", unlimited, `"x" Fri 27 Nov 09:30 UTC`},
		{"another year", appointment, `{"summary":"x","startLocal":"2027-01-04T09:30:00Z"}`, "", unlimited, `"x" Mon 4 Jan 2027 09:30`},
		{"over midnight", appointment, `{"summary":"x","startLocal":"2026-12-31T23:30:00Z","endLocal":"2027-01-01T00:30:00Z"}`, "", unlimited, `"x" Thu 31 Dec 23:30–1 Jan 2027 00:30`},
		{"no time", appointment, `{"summary":"x"}`, "", unlimited, `"x" no time`},
		{"the server's midnight", appointment, `{"summary":"x","startLocal":"2026-11-27T24:15:00+00:00","endLocal":"2026-11-27T01:15:00+00:00"}`, "", unlimited, `"x" Fri 27 Nov 00:15–01:15`},
		{"an odd time", appointment, `{"summary":"x","startLocal":"soon"}`, "", unlimited, `"x" soon`},
		{"nothing", appointment, `{}`, "", unlimited, `no title no time`},
		{"escapes", appointment, `{"summary":"a\u00e9\n\u202eb\ud800","startLocal":"2026-11-27T09:30:00Z"}`, "", unlimited, "\"aé b\ufffd\" Fri 27 Nov 09:30"},
		{"other types", appointment, `{"summary":7,"startLocal":null,"location":{"a":1}}`, "", unlimited, `no title no time`},
		{"no object", appointment, `[1]`, "", unlimited, `[1]`},
		{"no room", appointment, cardiology, "", 38, `"Cardiology follow-up" 27 Nov 09:30`},
		{
			"a new note and no room", appointment, `{"summary":"Cardiology follow-up","startLocal":"2026-11-27T09:30:00Z","prepNote":"Bring the letter"}`,
			`{"summary":"Cardiology follow-up","startLocal":"2026-11-27T09:30:00Z"}`, 44, `"Cardiology…" 27 Nov 09:30 · note: Bring t…`,
		},
		{
			"a new time before a new note", appointment, `{"summary":"Cardiology follow-up","startLocal":"2026-11-27T10:30:00Z","prepNote":"Bring the letter"}`,
			`{"summary":"Cardiology follow-up","startLocal":"2026-11-27T09:30:00Z"}`, 44, `"Cardiology follow-up" Fri 27 Nov 10:30`,
		},
		{"bill", bill, labs, "", unlimited, `$86.40 due 27 Nov, paid · pay.example.com`},
		{"no due date", bill, `{"amount":1240,"dueDate":null,"status":"overdue"}`, "", unlimited, `$1,240.00, no due date, overdue`},
		{"no amount", bill, `{"amount":null,"dueDate":"2026-11-27T00:00:00.000Z","status":"todo"}`, "", unlimited, `amount unknown, due 27 Nov, todo`},
		{"an odd date", bill, `{"amount":1,"dueDate":"soon"}`, "", unlimited, `$1.00 due soon`},
		{"only the host", bill, `{"payUrl":"https://user:secret@pay.example.com:8443/labs?token=1"}`, "", unlimited, `amount unknown, no due date · pay.example.com:8443`},
		{"all of it", bill, `{"amount":1,"status":"todo","statementDate":"2026-11-01","assignedCollaboratorId":3}`, "", unlimited, `$1.00, no due date, todo · statement 1 Nov · assigned to collaborator 3`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := describe(tt.itemType, tt.payload, tt.before, tt.room); got != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

func FuzzDescribe(f *testing.F) {
	f.Add(cardiology, `{"summary":"x","prepNote":"y"}`, 40)
	f.Add(labs, "", 80)
	f.Add(`{"summary":"\ud800\u001b[2J","startLocal":"2026-11-27T09:30:00+25:99","amount":-1e999,"payUrl":"://@/"}`, "{", 20)
	f.Fuzz(func(t *testing.T, payload, before string, room int) {
		room = max(0, room%200)
		for _, itemType := range []string{contract.TypeAppointment, contract.TypeBill} {
			got := describe(itemType, payload, before, room)
			if r, bad := harmful(got); bad {
				t.Errorf("%q holds %U", got, r)
			}
			if n := Width(got); n > room {
				t.Errorf("%q is %d columns wide, more than %d", got, n, room)
			}
		}
	})
}
