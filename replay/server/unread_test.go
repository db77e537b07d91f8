package server

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// TestAClientThatDoesNotReadIsSentAway, whether it answers pings or not; those that read miss
// nothing.
func TestAClientThatDoesNotReadIsSentAway(t *testing.T) {
	t.Parallel()
	var s seen
	var mu sync.Mutex
	var lines []string
	c := startAlone(t, func(cfg *Config) {
		cfg.MaxUnsent, cfg.Observer = 1<<20, &s
		cfg.Logf = func(format string, args ...any) {
			mu.Lock()
			defer mu.Unlock()
			lines = append(lines, fmt.Sprintf(format, args...))
		}
	})
	idle, reading := enterFast(t, c), enterFast(t, c)
	defer idle.Close()
	defer reading.Close()
	await := eventReader(reading)
	big := `{"itemType":"plan","text":"` + strings.Repeat("x", 1<<18) + `"}`
	for n := 1; c.server.Clients() == 2; n++ {
		if n > 400 {
			t.Fatal("100 MiB wait for a client that does not read")
		}
		c.operate(big)
		if err := idle.WriteMessage(websocket.TextMessage, []byte("3")); err != nil {
			break // it is gone
		}
		if got, want := await(), fmt.Sprintf(`"version":%d}]}]`, n); !strings.HasSuffix(got, want) {
			t.Fatalf("who reads got …%s, want …%s", got[max(0, len(got)-40):], want)
		}
	}
	eventually(t, "one client is gone", func() bool { return c.server.Clients() == 1 })
	eventually(t, "it is told", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(lines) > 0
	})
	if told, _ := s.take(); !slices.Contains(told, "sent away") {
		t.Errorf("told %v", told)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(lines) != 1 || !strings.HasPrefix(lines[0], "a client of user 1 was sent away: it does not read, and 1.") || !strings.HasSuffix(lines[0], " MiB waited for it (1 so far)") {
		t.Errorf("said %q", lines)
	}
}

// eventReader reads the events of a client that reads.
func eventReader(conn *websocket.Conn) func() string {
	return func() string {
		for {
			_ = conn.SetReadDeadline(time.Now().Add(patience))
			_, text, err := conn.ReadMessage()
			if err != nil {
				return err.Error()
			}
			if string(text) == "2" { // a ping
				_ = conn.WriteMessage(websocket.TextMessage, []byte("3"))
				continue
			}
			return string(text)
		}
	}
}

// TestOneMessageMayBeLongerThanWhatMayWait: who reads is not sent away for it.
func TestOneMessageMayBeLongerThanWhatMayWait(t *testing.T) {
	t.Parallel()
	c := startAlone(t, func(cfg *Config) { cfg.MaxUnsent = 1 << 10 })
	conn := enterFast(t, c)
	defer conn.Close()
	await := eventReader(conn)
	for n := 1; n <= 3; n++ {
		c.operate(`{"itemType":"plan","text":"` + strings.Repeat("x", 1<<20) + `"}`)
		if got := await(); !strings.HasSuffix(got, fmt.Sprintf(`"version":%d}]}]`, n)) {
			t.Fatalf("it got …%s", got[max(0, len(got)-40):])
		}
	}
}

func TestHowMuchMayWait(t *testing.T) {
	var over []int
	q := &waitingLine{of: &backlog{most: 100}, over: func(bytes int) { over = append(over, bytes) }}
	for _, bytes := range []int{1000, -1000, 60, 40, 1, 1, 500, -1} {
		q.add(bytes)
	}
	if !slices.Equal(over, []int{101}) {
		t.Errorf("too much waited at %v, want once, at 101", over)
	}
}
