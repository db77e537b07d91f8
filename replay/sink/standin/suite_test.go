package standin

import (
	"context"
	"testing"

	"github.com/carebase/deltatap/replay/sink"
	"github.com/carebase/deltatap/replay/sink/sinktest"
)

func TestSuite(t *testing.T) {
	for _, transport := range []string{"websocket", "polling"} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			sinktest.Run(t, func(t *testing.T, tell sink.Tell) *sinktest.Target {
				s := open(t, map[int64]string{sinktest.User: empty, sinktest.Another: second}, func(cfg *Config) {
					cfg.Tell = tell
					cfg.Users = sink.Users{Default: sinktest.User}
				})
				l := s.listen(transport, sinktest.User, sinktest.Another)
				return &sinktest.Target{
					Sink: s.sink, Exact: true,
					Received: func(n int) []sinktest.Event { return l.received(sinktest.User, n) },
					Astray:   func() []sinktest.Event { return l.events[token(sinktest.Another)] },
					Kill: func() {
						ctx, cancel := context.WithTimeout(context.Background(), patience)
						defer cancel()
						if err := s.server.Close(ctx); err != nil {
							t.Error(err)
						}
					},
				}
			})
		})
	}
}
