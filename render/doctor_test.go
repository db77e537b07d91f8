package render

import (
	"bytes"
	"strings"
	"testing"

	"github.com/carebase/deltatap/render/theme"
	"github.com/carebase/deltatap/replay/doctor"
	"github.com/google/go-cmp/cmp"
)

var examined = &doctor.Report{
	Server: "https://care.example.com", Context: "prod", Verdict: doctor.Refused, Took: 0.412,
	Checks: []doctor.Line{
		{Check: "tcp", Status: doctor.OK, Says: "connects to 192.0.2.1:443"},
		{Check: "clock", Status: doctor.Warn, Says: "this machine is 1h0m0s behind the server", Next: "set the clock that is wrong"},
		{Check: "rest", Status: doctor.Fail, Says: "the server refused: \x1b[2Jno\u202e (401)", Next: "get a fresh one"},
	},
	Skipped: []doctor.Skipped{{Check: "plan", Because: "rest"}, {Check: "delta", Because: "socket"}, {Check: "role", Because: "rest"}},
}

func TestDoctorReport(t *testing.T) {
	want := strings.Join([]string{
		"https://care.example.com  context prod",
		"  ok    tcp        connects to 192.0.2.1:443",
		"  warn  clock      this machine is 1h0m0s behind the server",
		"                   → set the clock that is wrong",
		"  fail  rest       the server refused: no (401)",
		"                   → get a fresh one",
		"  -     not asked  plan, role, for what came of rest; delta, for what came of socket",
		"refused: 1 ok, 1 warning, 1 failed, in 412ms",
		"",
	}, "\n")
	var got bytes.Buffer
	if err := DoctorReport(&got, examined, theme.Plain(), 0); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// On a terminal no line is wider than it, and nothing is left out.
func TestDoctorReportOnTerminal(t *testing.T) {
	for _, width := range []int{40, 60, 80} {
		var got bytes.Buffer
		if err := DoctorReport(&got, examined, theme.Plain().ASCII(), width); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(got.String()) {
			if n := Width(strings.TrimSuffix(line, "\n")); n > width && !strings.HasPrefix(line, "refused") {
				t.Errorf("%d columns of %d: %q", n, width, line)
			}
		}
		if words := strings.Join(strings.Fields(got.String()), " "); !strings.Contains(words, "this machine is 1h0m0s behind the server -> set the clock") {
			t.Errorf("at %d columns: %s", width, got.String())
		}
	}
}
