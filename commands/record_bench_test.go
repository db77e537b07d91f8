package commands

import (
	"fmt"
	"io"
	"path/filepath"
	"testing"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/follow"
	"github.com/carebase/deltatap/replay/session"
)

// BenchmarkRecordHoles is what it takes to record a delta after so many holes in the versions. Each delta leaves one more.
func BenchmarkRecordHoles(b *testing.B) {
	for _, holes := range []int{0, 1_000, 100_000} {
		b.Run(fmt.Sprint(holes), func(b *testing.B) {
			app := &App{Err: io.Discard, Now: time.Now, Quiet: true, ErrWidth: func() int { return 0 }, Color: "never", Env: func(string) string { return "" }}
			s := &stream{app: app, started: app.Now(), report: func(contract.Finding) {}}
			file, err := createSession(filepath.Join(b.TempDir(), "day.ndjson"), session.Header{Started: s.started}, session.Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer file.Discard()
			r, err := newRecorder(app, s, file, &watchman{})
			if err != nil {
				b.Fatal(err)
			}
			message := contract.Message{List: true, Deltas: []contract.Delta{{Has: contract.FieldVersion, Action: contract.ActionUpdated}}}
			step := follow.Step{Record: &session.Record{Kind: session.KindEvent, Event: contract.Event, Args: []byte("[]")}, Message: &message}
			version := int64(1)
			next := func() {
				version += 2
				message.Deltas[0].Version = version
				s.enter(&step)
			}
			for range holes {
				next()
			}
			for b.Loop() {
				next()
				if err := r.step(&step); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
