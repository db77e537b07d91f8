package redis

import (
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/carebase/deltatap/fixtures/node/nodetest"
	"github.com/carebase/deltatap/replay/redisclient/redistest"
	"github.com/carebase/deltatap/replay/sink"
	"github.com/carebase/deltatap/replay/sink/cluster/clustertest"
	"github.com/carebase/deltatap/replay/sink/sinktest"
)

// subscribe hands out what is published.
func subscribe(t *testing.T, server *redistest.Server) <-chan *redis.Message {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: server.Addr, Protocol: 2})
	t.Cleanup(func() { _ = client.Close() })
	subscription := client.PSubscribe(t.Context(), "*")
	t.Cleanup(func() { _ = subscription.Close() })
	if _, err := subscription.Receive(t.Context()); err != nil { // that it is subscribed
		t.Fatal(err)
	}
	return subscription.Channel()
}

// What is published is what the official emitter publishes, byte for byte.
func TestBytesAreTheOfficialEmitters(t *testing.T) {
	server := redistest.Start(t)
	official := nodetest.Start(t, "emitter.mjs", "--redis", server.URL)
	official.Await("ready")
	messages := subscribe(t, server)
	s := dial(t, Config{URL: server.URL, Users: everybody, Tell: func(sink.Outcome) {}})
	for i, args := range clustertest.Arguments {
		official.Tell(`user:7 ["an \"event\"",` + args[1:])
		official.Await("emitted")
		want := <-messages
		rec := sinktest.Args(int64(i+1), `an "event"`, args)
		if err := s.Send(t.Context(), &rec); err != nil {
			t.Fatal(err)
		}
		got := <-messages
		if got.Channel != want.Channel || got.Payload != want.Payload {
			at := 0
			for at < min(len(got.Payload), len(want.Payload)) && got.Payload[at] == want.Payload[at] {
				at++
			}
			t.Errorf("%.100s: published at %s %d bytes, want at %s %d; they differ at %d", args, got.Channel, len(got.Payload), want.Channel, len(want.Payload), at)
		}
	}
}
