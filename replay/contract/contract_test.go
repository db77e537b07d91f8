package contract

import "testing"

func TestParseItem(t *testing.T) {
	for _, s := range []string{"bill:42", "appointment:1", "plan:0", "bill:9223372036854775807"} {
		it, err := ParseItem(s)
		if err != nil {
			t.Errorf("%s: %v", s, err)
		}
		if got := it.String(); got != s {
			t.Errorf("%s comes back as %s", s, got)
		}
	}
	for _, s := range []string{"", "bill", "42", "bill:", "bill:x", "bill:-1", "bill:+1", "bill: 1", "Bill:1", "bills:1", "bill:1:2", "bill:9223372036854775808", "bill:1_0", "bill:0x1"} {
		if it, err := ParseItem(s); err == nil {
			t.Errorf("%q is taken for %v", s, it)
		}
	}
}

func TestSeverity(t *testing.T) {
	if got := Warning.String() + " " + Error.String(); got != "warning error" {
		t.Errorf("severities are %q", got)
	}
}
