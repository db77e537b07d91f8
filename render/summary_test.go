package render

import (
	"bytes"
	"testing"
	"time"

	"github.com/carebase/deltatap/render/theme"
	"github.com/carebase/deltatap/replay/versions"
)

// ending is what a stream's summary says, and what was said before.
func ending(t *testing.T, of *versions.Account, back ...versions.Reversal) string {
	t.Helper()
	var out, errs bytes.Buffer
	columns := func() int { return 0 }
	tail := NewTail(&out, &errs, TailOptions{
		Started: time.Date(2026, 11, 29, 8, 54, 52, 0, time.UTC), Location: time.UTC, Width: columns, ErrWidth: columns,
		Theme: theme.Plain(), ErrTheme: theme.Plain(),
	})
	if err := tail.WentBack(back); err != nil {
		t.Fatal(err)
	}
	if err := tail.End(Ending{Elapsed: time.Minute, Versions: of.Report()}); err != nil {
		t.Fatal(err)
	}
	return errs.String()
}

func TestSummaryTellsWhatNoDeltaBrought(t *testing.T) {
	one := []versions.Version{{Number: 55, Absorbs: true}}
	for _, c := range []struct {
		what string
		fill func(a *versions.Account)
		want string
	}{
		{"nothing was told", func(*versions.Account) {}, "0 deltas in 1m00s\n"},
		{"a plan alone", func(a *versions.Account) { a.Plan(0, 0, 53) }, "0 deltas in 1m00s, nothing missing\n"},
		{"lost right after the plan", func(a *versions.Account) { a.Plan(0, 0, 53); a.Versions(1, 1, one) }, "0 deltas in 1m00s, v55, 1 version missing (coalescing could explain 1)\n"},
		{"silence", func(a *versions.Account) { a.Plan(0, 0, 53); a.Poll(1, 0, 55) }, "0 deltas in 1m00s, 2 versions missing (2 had not come by the end)\n"},
		{"begun again", func(a *versions.Account) { a.Plan(0, 0, 53); a.Poll(1, 0, 5) }, "0 deltas in 1m00s, nothing missing, the server's version went back once\n"},
	} {
		var a versions.Account
		c.fill(&a)
		if got := ending(t, &a); got != c.want {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
}

func TestWentBackIsToldAtOnce(t *testing.T) {
	got := ending(t, &versions.Account{}, versions.Reversal{From: 53, To: 12, At: 15 * time.Second})
	const want = "08:55:07.000  ! the server's version went back from v53 to v12\n0 deltas in 1m00s\n"
	if got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
