package commands

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/carebase/deltatap/replay/fold"
	"github.com/carebase/deltatap/replay/follow"
	"github.com/carebase/deltatap/replay/metrics"
	"github.com/carebase/deltatap/replay/session"
	"github.com/spf13/pflag"
)

// metricsFlag is where a command that follows a stream answers Prometheus.
type metricsFlag struct{ addr string }

func (f *metricsFlag) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.addr, "metrics", "", "answer Prometheus at this `address` under /metrics; :0 picks a port, and says which")
}

// tally is the metrics of a stream while they can be scraped; nil where nobody asked.
type tally struct {
	*metrics.Client
	web   *http.Server
	ended chan struct{}
}

// open listens, before anything else is done; nil where nobody asked for metrics. Without a host it
// is this machine's own address.
func (f *metricsFlag) open(ctx context.Context, app *App) (*tally, error) {
	if f.addr == "" {
		return nil, nil
	}
	host, port, err := net.SplitHostPort(f.addr)
	if err != nil {
		return nil, usage("like 127.0.0.1:9100, or :0 for any free port", "--metrics %q: want HOST:PORT", f.addr)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, listenError("--metrics ", f.addr, err)
	}
	app.note("metrics: %s/metrics", serveURL("http", listener.Addr()))
	warnReachable(app, listener.Addr(), "http")
	m := &tally{Client: metrics.NewClient(), ended: make(chan struct{})}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", m.Handler())
	m.web = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	go func() {
		defer close(m.ended)
		_ = m.web.Serve(listener)
	}()
	return m, nil
}

func (m *tally) close() {
	if m == nil {
		return
	}
	_ = m.web.Close()
	<-m.ended
}

// measure has a stream's metrics counted; m may be nil.
func (s *stream) measure(m *tally) {
	if s.tally = m; m != nil && s.config.Cache != nil {
		s.config.Cache.OnDue = m.Due
	}
}

// count takes a step into the metrics, once it is in the accounts.
func (s *stream) count(step *follow.Step) {
	switch rec := step.Record; rec.Kind {
	case session.KindConnect:
		s.tally.Connected(true)
	case session.KindDisconnect:
		s.tally.Connected(false)
	case session.KindPlan, session.KindVersion:
		if v, ok := fold.Version(rec); ok {
			s.tally.Version(v)
		}
	}
	if step.Message == nil {
		return
	}
	s.tally.Message(step.Message)
	for _, gap := range s.gaps {
		s.tally.Gap(gap)
	}
	for i := range s.findings {
		s.tally.Finding(s.findings[i])
	}
}
