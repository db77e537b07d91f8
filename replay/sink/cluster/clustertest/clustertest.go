// Package clustertest gives tests a running Socket.IO cluster: two official servers, joined by the
// official adapter, and official clients at both.
package clustertest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/carebase/deltatap/fixtures/node/nodetest"
	"github.com/carebase/deltatap/replay/sink/sinktest"
)

// Cluster is two servers.
type Cluster struct{ urls []string }

// Start starts a cluster, which ends with the test; flags say to cluster.mjs how the servers are
// joined.
func Start(t testing.TB, flags ...string) *Cluster {
	t.Helper()
	c := &Cluster{}
	var servers []*nodetest.Process
	for range 2 {
		servers = append(servers, nodetest.Start(t, "cluster.mjs", flags...))
	}
	for _, server := range servers {
		c.urls = append(c.urls, server.Await("url").Text("url"))
	}
	return c
}

// Clients are, at each server of a cluster, one client of sinktest.User and one of
// sinktest.Another.
type Clients struct {
	t       testing.TB
	process *nodetest.Process
	got     map[string][]sinktest.Event // by client
}

// Connect connects clients, which go with the test.
func (c *Cluster) Connect(t testing.TB) *Clients {
	t.Helper()
	var flags []string
	for i, url := range c.urls {
		for _, user := range []int64{sinktest.User, sinktest.Another} {
			flags = append(flags, "--client", fmt.Sprint(client(user, i), " ", url, " ", user))
		}
	}
	clients := &Clients{t: t, process: nodetest.Start(t, "listen.mjs", flags...), got: map[string][]sinktest.Event{}}
	for range len(flags) / 2 {
		if state := clients.process.Await("state"); state.Text("state") != "connect" {
			t.Fatalf("a client says %s", state)
		}
	}
	return clients
}

// client names the client of a user at a server.
func client(user int64, server int) string { return fmt.Sprintf("%d@%d", user, server) }

// Received waits until both clients of sinktest.User have n events, and returns them.
func (c *Clients) Received(n int) []sinktest.Event {
	c.t.Helper()
	return c.ReceivedBy(sinktest.User, n)
}

// ReceivedBy waits until both clients of a user have n events, and returns them: the same in the
// same order.
func (c *Clients) ReceivedBy(user int64, n int) []sinktest.Event {
	c.t.Helper()
	here, there := client(user, 0), client(user, 1)
	for len(c.got[here]) < n || len(c.got[there]) < n {
		line := c.process.Await("event")
		name := line.Text("client")
		c.got[name] = append(c.got[name], sinktest.Event{Name: line.Text("event"), Args: string(line["args"])})
	}
	if !slices.Equal(c.got[here], c.got[there]) {
		c.t.Errorf("the clients at the two servers did not receive the same: %d and %d events", len(c.got[here]), len(c.got[there]))
	}
	return c.got[here]
}

// Astray are the events that the clients of sinktest.Another have received so far.
func (c *Clients) Astray() []sinktest.Event {
	return slices.Concat(c.got[client(sinktest.Another, 0)], c.got[client(sinktest.Another, 1)])
}
