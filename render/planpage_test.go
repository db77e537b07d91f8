package render

import (
	"bytes"
	"errors"
	"testing"

	"github.com/carebase/deltatap/render/theme"
	"github.com/carebase/deltatap/replay/plan"
)

const planText = `{"recipient":{"id":1,"displayName":"Alex\u001b[2J"},` +
	`"dateRange":{"start":"2026-11-23T00:00:00.000Z","end":"2026-11-30T00:00:00.000Z"},` +
	`"appointments":[` +
	`{"id":2,"summary":"Dental check","startLocal":"2026-11-25T09:00:00+00:00","endLocal":"2026-11-25T10:00:00+00:00","location":"Main Street Dental"},` +
	`{"id":1,"summary":"Call from Auckland","startLocal":"2026-11-25T11:00:00+13:00","endLocal":"2026-11-25T11:30:00+13:00"},` +
	`{"id":3,"summary":"Some day"}],` +
	`"bills":[{"id":7,"amount":null,"dueDate":null,"status":"todo"},` +
	`{"id":8,"amount":86.4,"dueDate":"2026-11-27T00:00:00.000Z","status":"overdue","payUrl":"https://pay.example.com/x?key=secret","taskKey":"secret"}],` +
	`"planVersion":41,"planUpdatedAt":null,` +
	`"collaborators":[{"id":4,"email":"kim@example.com","role":"contributor","status":"accepted","inviteToken":"secret"}]}`

func TestPlanGolden(t *testing.T) {
	for _, tt := range []struct {
		name  string
		width int
		theme *theme.Theme
	}{{"60", 60, nil}, {"piped", 0, nil}, {"dark-120", 120, theme.New(theme.TrueColor, true)}} {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			if err := Plan(&out, PlanPage{Text: []byte(planText), Width: tt.width, Theme: tt.theme}); err != nil {
				t.Fatal(err)
			}
			golden(t, "plan-"+tt.name+".golden", out.String())
			if tt.width > 0 {
				checkLines(t, out.String(), tt.width)
			}
			checkBlanks(t, out.String())
			if bytes.Contains(out.Bytes(), []byte("secret")) {
				t.Error("a key to something is shown")
			}
		})
	}
}

func TestPlanThatIsNone(t *testing.T) {
	var out bytes.Buffer
	if _, ok := errors.AsType[*plan.Error](Plan(&out, PlanPage{Text: []byte("[]")})); !ok || out.Len() > 0 {
		t.Errorf("it writes %q", out.String())
	}
}
