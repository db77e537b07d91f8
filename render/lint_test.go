package render

import (
	"bytes"
	"testing"

	"github.com/carebase/deltatap/render/theme"
	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/versions"
)

func TestLintGolden(t *testing.T) {
	var single, several, odd contract.Message
	contract.Decode([]byte(`[{"deltas":[{"itemType":"plan","entityId":7,"action":"updated","source":"rest","version":53}]}]`), &single)
	contract.Decode([]byte(`[{"deltas":[{"itemType":"bill","entityId":44,"action":"updated","source":"rest","version":62},7]}]`), &several)
	contract.Decode([]byte(`[{}]`), &odd)
	for _, tt := range []struct {
		name  string
		width int
		theme *theme.Theme
	}{{"80", 80, nil}, {"piped", 0, nil}, {"light-200", 200, theme.New(theme.TrueColor, false)}} {
		t.Run(tt.name, func(t *testing.T) {
			var text bytes.Buffer
			lint := Lint{Out: &text, Width: tt.width, Theme: tt.theme}
			for _, f := range []struct {
				n int64
				m *contract.Message
				f contract.Finding
			}{
				{15, &single, contract.Finding{Rule: "plan-entity-nonzero", Message: "plan delta has entityId 7, not 0"}},
				{1204, &several, contract.Finding{Rule: "data-missing", Severity: contract.Error, Message: "updated delta of bill carries no data.bill"}},
				{1204, &several, contract.Finding{Rule: "delta-not-an-object", Severity: contract.Error, Delta: 1, Message: "delta is a number, not an object"}},
				{1205, &odd, contract.Finding{Rule: "deltas-not-a-list", Severity: contract.Error, Delta: -1, Message: "deltas is missing\x1b[2J"}},
				{1206, nil, contract.Finding{Rule: "payload-date-not-midnight", Delta: -1, Message: "dueDate is 2026-11-27T10:00:00Z, which is not a midnight in UTC, as every due date that Carebase sends is"}},
			} {
				if err := lint.Finding(f.n, f.m, f.f); err != nil {
					t.Fatal(err)
				}
			}
			for _, sum := range []Linted{
				{Records: 22, Messages: 7},
				{Warnings: 1, Records: 22, Messages: 7},
				{Errors: 2, Warnings: 1204, Records: 22, Messages: 7},
				{Records: 22},
				{Records: 22, Absent: versions.Absence{Versions: 2, Ahead: 2}, Reversals: 1},
				{Records: 22, Messages: 7, Absent: versions.Absence{Versions: 1204, Coalescible: 1, Offline: 12}, Reversals: 3},
			} {
				if err := lint.Summary(&text, sum); err != nil {
					t.Fatal(err)
				}
			}
			golden(t, "lint-"+tt.name+".golden", text.String())
			if tt.width > 0 {
				checkLines(t, text.String(), tt.width)
			}
			checkBlanks(t, text.String())
		})
	}
}
