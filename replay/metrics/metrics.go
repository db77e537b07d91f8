// Package metrics counts what deltatap sees and does, for Prometheus. It implements the hooks that
// the packages which do things declare, so that none of them knows Prometheus, and nothing is
// counted where nobody asked.
//
// Labels hold words of the contract alone, so that there is an end to them: what a peer makes up is
// "other", and what it leaves out is "none". No id, name or token is ever one.
//
// A delta tells of no moment at which it was emitted. So a client cannot know how long one was on
// its way, and plan_delta_lag_seconds is the server's alone.
package metrics

import (
	"net/http"
	"slices"
	"sync"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// What a label is that is no word of the contract, and one that is missing.
const (
	other = "other"
	none  = "none"
)

var (
	types   = []string{contract.TypeAppointment, contract.TypeBill, contract.TypePlan}
	actions = []string{contract.ActionCreated, contract.ActionUpdated, contract.ActionDeleted}
	sources = []string{contract.SourceREST, contract.SourceCollaborator, contract.SourceGoogle, contract.SourceInbound}
)

// word is a member of a delta as a label: never the peer's own text, whose memory it would keep.
func word(d *contract.Delta, member contract.Field, known []string, value string) string {
	if (d.Has|d.Odd)&member == 0 {
		return none
	}
	if i := slices.Index(known, value); i >= 0 {
		return known[i]
	}
	return other
}

// highest is a gauge of versions that never goes down. It is safe for concurrent use.
type highest struct {
	mu    sync.Mutex
	value int64
	gauge prometheus.Gauge
}

func (h *highest) see(version int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if version > h.value {
		h.value = version
		h.gauge.Set(float64(version))
	}
}

func counter(name, help string) prometheus.Counter {
	return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
}

func counters(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}

func gauge(name, help string) prometheus.Gauge {
	return prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
}

// handler answers a scrape.
func handler(all ...prometheus.Collector) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(all...)
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
}
