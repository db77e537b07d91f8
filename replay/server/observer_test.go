package server

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"
)

// seen notes what an observer is told.
type seen struct {
	mu     sync.Mutex
	told   []string
	waited []time.Duration
}

func (s *seen) note(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told = append(s.told, fmt.Sprintf(format, args...))
}

func (s *seen) Changed(version int64) { s.note("v%d", version) }
func (s *seen) Emitted(deltas int)    { s.note("emitted %d", deltas) }
func (s *seen) SentAway()             { s.note("sent away") }
func (s *seen) Connected(clients int) { s.note("connected %d", clients) }

func (s *seen) Waited(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waited = append(s.waited, d)
}

// take returns what was told since the last time.
func (s *seen) take() (told []string, waited []time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	told, waited = s.told, s.waited
	s.told, s.waited = nil, nil
	return told, waited
}

func TestAnObserverIsToldWhatHappens(t *testing.T) {
	var s seen
	c := startAlone(t, func(cfg *Config) { cfg.Observer = &s })
	expect := func(what string, waits int, want ...string) {
		t.Helper()
		told, waited := s.take()
		if !slices.Equal(told, want) || len(waited) != waits {
			t.Errorf("%s: told %v and %d waits, want %v and %d", what, told, len(waited), want, waits)
		}
		for _, d := range waited {
			if d <= 0 || d > patience {
				t.Errorf("%s: a delta waited %v", what, d)
			}
		}
	}
	c.create("bill", `{"amount":12}`)
	expect("a mutation", 1, "v1", "emitted 1")
	c.operate(`{"itemType":"bill","entityId":1,"action":"updated","data":{"bill":{"amount":13}}},` +
		`{"itemType":"bill","entityId":1,"action":"updated","data":{"bill":{"amount":14}}},{"itemType":"plan","entityId":0,"action":"updated"}`)
	expect("three, two of one bill", 2, "v4", "emitted 2")
	c.do(operatorToken, "POST", "/_deltatap/deltas", `{"user":1,"lose":true,"deltas":[{"itemType":"bill","entityId":1,"action":"deleted"}]}`)
	expect("one that is lost", 0, "v5")
	if status, _ := c.try(ownerToken, "PATCH", "/api/bills/1", `{"amount":1}`); status != 404 {
		t.Fatal(status)
	}
	expect("a refusal", 0)
	c.emit(1, "plan:item-delta", `[{"deltas":[{"version":9},{"version":10}]}]`)
	c.emit(1, "plan:update", `[]`)
	expect("what somebody plays", 0, "emitted 2")
	f := c.follow(ownerToken)
	expect("a client", 0, "connected 1")
	c.server.Sever(t.Context(), 1, true)
	f.await("disconnect")
	expect("it is sent away", 0, "connected 0")
}

func TestMetricsAreServedWhereThereAreAny(t *testing.T) {
	if status, _ := startAlone(t).try("", "GET", "/metrics", ""); status != 404 {
		t.Errorf("a server without metrics answers %d", status)
	}
}
