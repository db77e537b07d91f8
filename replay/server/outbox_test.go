package server

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestOutbox holds an outbox against a model: ticks of keys, each in the place of its first delta with the text of its
// last.
func TestOutbox(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var emitted, expected []string
		box := newOutbox(new(backlog), func(_ string, args []byte) { emitted = append(emitted, string(args)) }, nil)
		var order []deltaKey
		last := map[deltaKey]string{}
		var releases []func()
		flush := func() {
			if len(order) == 0 || len(releases) > 0 {
				return
			}
			texts := make([]string, len(order))
			for i, key := range order {
				texts[i] = last[key]
			}
			expected = append(expected, `{"deltas":[`+strings.Join(texts, ",")+`]}`)
			order, last = nil, map[deltaKey]string{}
		}
		version := 0
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				var deltas []delta
				for range rapid.IntRange(0, 5).Draw(t, "deltas") {
					version++
					key := deltaKey{rapid.SampledFrom([]string{"bill", "plan"}).Draw(t, "type"), rapid.Int64Range(0, 4).Draw(t, "id")}
					text := fmt.Sprintf(`{"v":%d}`, version)
					deltas = append(deltas, delta{key: key, text: []byte(text)})
					if _, ok := last[key]; !ok {
						order = append(order, key)
					}
					last[key] = text
				}
				box.add(deltas)
			},
			"flush": func(*rapid.T) { box.flush(); flush() },
			"hold":  func(*rapid.T) { releases = append(releases, box.hold()) },
			"release": func(t *rapid.T) {
				if len(releases) == 0 {
					t.Skip("nobody holds")
				}
				release := releases[0]
				releases = releases[1:]
				release()
				flush()
				release()
			},
			"": func(t *rapid.T) {
				if !slices.Equal(emitted, expected) {
					t.Fatalf("emitted %q, want %q", emitted, expected)
				}
			},
		})
	})
}
