package session

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestFormatDocFitsATerminalAndNamesEverything(t *testing.T) {
	for i, line := range strings.Split(FormatDoc, "\n") {
		if utf8.RuneCountInString(line) > 80 || strings.TrimRight(line, " ") != line || strings.Contains(line, "\t") {
			t.Errorf("line %d: %q", i+1, line)
		}
	}
	var all []byte
	h := Header{Format: Format, Part: 2, Filter: "x", Faults: "x", From: "har", Started: sampleHeader().Started}
	all = h.AppendJSON(all)
	for _, rec := range sampleRecords() {
		all = rec.AppendJSON(all)
	}
	all = (&Record{Kind: KindPlan, Error: "x", Body: []byte("x")}).AppendJSON(all)
	all = (&Record{Kind: KindEvent, Args: []byte("\xff")}).AppendJSON(all)
	const samples = "deltas entityId ok planVersion planUpdatedAt" // members of the arguments and bodies
	for _, name := range strings.Split(string(all), `"`) {
		if !strings.Contains(string(all), `"`+name+`":`) || strings.Contains(samples, name) {
			continue
		}
		if !strings.Contains(FormatDoc, name) {
			t.Errorf("%q is not described", name)
		}
	}
}
