// Package clustertest gives tests a running Socket.IO cluster: two official servers, joined by the official adapter, and official
// clients at both.
package clustertest

import (
	"slices"
	"strconv"
	"testing"

	"github.com/carebase/deltatap/fixtures/node/nodetest"
	"github.com/carebase/deltatap/replay/sink/sinktest"
)

// Cluster is two servers, and at each of them a client of sinktest.User and one of sinktest.Another.
type Cluster struct {
	t       testing.TB
	clients *nodetest.Process
	got     map[string][]sinktest.Event // by client
}

// Start starts a cluster; flags say to cluster.mjs how the servers are joined.
func Start(t testing.TB, flags ...string) *Cluster {
	t.Helper()
	servers := []*nodetest.Process{nodetest.Start(t, "cluster.mjs", flags...), nodetest.Start(t, "cluster.mjs", flags...)}
	var clients []string
	for i, server := range servers {
		url := server.Await("url").Text("url")
		for _, user := range []int{sinktest.User, sinktest.Another} {
			clients = append(clients, "--client", client(user, i)+" "+url+" "+strconv.Itoa(user))
		}
	}
	c := &Cluster{t: t, got: map[string][]sinktest.Event{}}
	c.clients = nodetest.Start(t, "listen.mjs", clients...)
	for range len(clients) / 2 {
		if state := c.clients.Await("state"); state.Text("state") != "connect" {
			t.Fatalf("a client says %s", state)
		}
	}
	return c
}

// client names the client of a user at a server.
func client(user, server int) string { return strconv.Itoa(user) + "@" + strconv.Itoa(server) }

// Received waits until both clients of sinktest.User have n events, and returns them: the same in the same order.
func (c *Cluster) Received(n int) []sinktest.Event {
	c.t.Helper()
	here, there := client(sinktest.User, 0), client(sinktest.User, 1)
	for len(c.got[here]) < n || len(c.got[there]) < n {
		line := c.clients.Await("event")
		name := line.Text("client")
		c.got[name] = append(c.got[name], sinktest.Event{Name: line.Text("event"), Args: string(line["args"])})
	}
	if !slices.Equal(c.got[here], c.got[there]) {
		c.t.Errorf("the clients at the two servers did not receive the same: %d and %d events", len(c.got[here]), len(c.got[there]))
	}
	return c.got[here]
}

// Astray are the events that the clients of sinktest.Another have received so far.
func (c *Cluster) Astray() []sinktest.Event {
	return slices.Concat(c.got[client(sinktest.Another, 0)], c.got[client(sinktest.Another, 1)])
}
