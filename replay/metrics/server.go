package metrics

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Server counts what a stand-in server does. It is a server.Observer.
type Server struct {
	emitted   prometheus.Counter
	lag       prometheus.Histogram
	connected prometheus.Gauge
	sentAway  prometheus.Counter
	version   highest
}

// NewServer makes the metrics of a server.
func NewServer() *Server {
	return &Server{
		emitted: counter("plan_delta_emitted_total",
			"Deltas that left for a user's room, whether or not anybody was in it. What is coalesced counts once."),
		lag: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "plan_delta_lag_seconds",
			Help: "From the beginning of a mutation to the moment when its delta was handed to the sockets of its room. " +
				"Its time on the network is not in it: nobody can tell that.",
			Buckets: []float64{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5},
		}),
		connected: gauge("plan_delta_connected", "Clients that are connected, of all users."),
		sentAway: counter("plan_delta_sent_away_total",
			"Clients whose connection was ended because they did not read, and too much waited for them."),
		version: highest{gauge: gauge("plan_delta_version", "The highest version of any plan.")},
	}
}

// Handler answers a scrape.
func (s *Server) Handler() http.Handler {
	return handler(s.emitted, s.lag, s.connected, s.sentAway, s.version.gauge)
}

// Changed implements server.Observer.
func (s *Server) Changed(version int64) { s.version.see(version) }

// Emitted implements server.Observer.
func (s *Server) Emitted(deltas int) { s.emitted.Add(float64(deltas)) }

// Waited implements server.Observer.
func (s *Server) Waited(d time.Duration) { s.lag.Observe(d.Seconds()) }

// SentAway implements server.Observer.
func (s *Server) SentAway() { s.sentAway.Inc() }

// Connected implements server.Observer.
func (s *Server) Connected(clients int) { s.connected.Set(float64(clients)) }
