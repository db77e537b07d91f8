package commands

import (
	"testing"
	"time"

	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/versions"
)

// What is no answer tells no version, whatever its body says: a proxy's error may be an older answer of somebody else's.
func TestAFailureTellsNoVersion(t *testing.T) {
	for _, kind := range []session.Kind{session.KindPlan, session.KindVersion} {
		for status, want := range map[int]int64{200: 41, 304: 0, 404: 0, 502: 0} {
			var account versions.Account
			enter(&account, &session.Record{N: 1, T: time.Second, Kind: kind, Status: status, Body: []byte(`{"planVersion":41}`)}, nil)
			if got := account.Proven(); got != want {
				t.Errorf("a %s of status %d proves v%d, want v%d", kind, status, got, want)
			}
		}
	}
}
