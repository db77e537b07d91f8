package commands

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/carebase/deltatap/replay/diagnose"
	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/session"
)

// How long an answer took is told on the clock of the session, like all else in the evidence: a replay may be faster.
func TestEvidenceKeepsTheTimeOfTheSession(t *testing.T) {
	clock := newSessionClock(time.Unix(1_800_000_000, 0), 0, time.Now)
	e := &evidence{
		token: "token", clock: clock, timeline: diagnose.NewTimeline(plancache.Contract), waiting: map[int64]session.Record{}, places: []int64{0},
	}
	served := e.watch(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		clock.reach(3 * time.Second) // a record passes meanwhile
		_, _ = w.Write([]byte(`{"appointments":[],"bills":[],"planVersion":1}`))
	}))
	clock.reach(time.Second)
	asked := httptest.NewRequest(http.MethodGet, "/api/plan", nil)
	asked.Header.Set("Authorization", "Bearer token")
	served.ServeHTTP(httptest.NewRecorder(), asked)
	cache := e.timeline.Cache()
	if sent := cache.Refresh().Sent.Round(time.Millisecond); !cache.Loaded() || sent != time.Second {
		t.Errorf("the plan was asked for at %v, want 1s; loaded: %v", sent, cache.Loaded())
	}
}
