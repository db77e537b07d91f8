package metrics

import (
	"net/http"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/versions"
	"github.com/prometheus/client_golang/prometheus"
)

// Client counts what a client of a stream sees. Its methods are for the stream's goroutine; it is
// scraped from any.
type Client struct {
	received   *prometheus.CounterVec
	missing    prometheus.Counter
	refresh    *prometheus.CounterVec
	violations *prometheus.CounterVec
	connected  prometheus.Gauge
	version    highest
}

// NewClient makes the metrics of a client.
func NewClient() *Client {
	return &Client{
		received: counters("plan_delta_received_total",
			"Deltas that arrived, whatever was shown or kept of them.", "type", "action", "source"),
		missing: counter("plan_delta_missing_total",
			"Versions that a later one overtook in the stream: lost, late, or coalesced by the server. One that arrives late stays counted."),
		refresh: counters("plan_delta_refresh_total",
			"Causes to read the plan again, where the plan is followed: deltas that could not be applied, polls that were ahead, connections.", "reason"),
		violations: counters("plan_delta_violations_total",
			"Departures from the contract, errors and warnings alike, by the rule that deltatap lint names.", "rule"),
		connected: gauge("plan_delta_connected", "1 while there is a connection, else 0."),
		version: highest{gauge: gauge("plan_delta_version",
			"The highest plan version that a delta, a plan or a version poll has shown; 0 before the first.")},
	}
}

// Handler answers a scrape.
func (c *Client) Handler() http.Handler {
	return handler(c.received, c.missing, c.refresh, c.violations, c.connected, c.version.gauge)
}

// Message counts the deltas of one message.
func (c *Client) Message(m *contract.Message) {
	for i := range m.Deltas {
		d := &m.Deltas[i]
		c.received.WithLabelValues(
			word(d, contract.FieldItemType, types, d.ItemType),
			word(d, contract.FieldAction, actions, d.Action),
			word(d, contract.FieldSource, sources, d.Source),
		).Inc()
		c.version.see(d.Version)
	}
}

// Gap counts the versions that a message has just overtaken.
func (c *Client) Gap(g versions.Gap) { c.missing.Add(float64(g.Len())) }

// Finding counts a departure from the contract.
func (c *Client) Finding(f contract.Finding) { c.violations.WithLabelValues(f.Rule).Inc() }

// Due counts a cause to refresh: see plancache.Cache.OnDue.
func (c *Client) Due(t plancache.Trigger) { c.refresh.WithLabelValues(string(t.Reason)).Inc() }

// Version notes the planVersion of an answer of REST.
func (c *Client) Version(version int64) { c.version.see(version) }

// Connected notes that a connection began or ended.
func (c *Client) Connected(yes bool) {
	if yes {
		c.connected.Set(1)
	} else {
		c.connected.Set(0)
	}
}
