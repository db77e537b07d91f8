package clustertest

import (
	"testing"

	"github.com/carebase/deltatap/replay/sink"
	"github.com/carebase/deltatap/replay/sink/sinktest"
)

// Joint is what joins the servers of a cluster.
type Joint struct {
	Flags []string // say so to cluster.mjs
	Open  func(t testing.TB, tell sink.Tell) sink.Sink
	Kill  func() // takes it away, as if it had crashed
}

// Suite holds a sink to what is said of sinks, against two official servers. They, and what joins
// them, serve all of the suite's tests until one takes that away: start starts it anew.
func Suite(t *testing.T, start func(t testing.TB) Joint) {
	var nodes *Cluster
	var joint Joint
	sinktest.Run(t, func(sub *testing.T, tell sink.Tell) *sinktest.Target {
		if nodes == nil {
			joint = start(t)
			nodes = Start(t, joint.Flags...)
		}
		clients := nodes.Connect(sub)
		return &sinktest.Target{
			Sink:     joint.Open(sub, tell),
			Received: clients.Received,
			Astray:   clients.Astray,
			Kill: func() {
				joint.Kill()
				nodes = nil
			},
		}
	})
}
