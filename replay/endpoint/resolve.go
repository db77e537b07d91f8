package endpoint

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// Sources is everything that may say where to connect.
type Sources struct {
	Flags  Settings
	Env    func(string) string // "" means unset
	Config *Config             // nil: an empty one
	Stdin  io.Reader           // for a --token-file of "-"
	Warn   func(string)        // told, in one line, of what a user should know; may be nil
}

// Resolve makes an Endpoint: a flag beats the environment, which beats the context, which beats the
// default. A header beats those of the same name below it; other headers add up.
//
// A context stands for one server, and its token, headers and TLS settings are for that server
// alone. Where a flag or the environment names a server of another origin (scheme, host or port),
// nothing of the context is used, so that its token cannot go to a server that it was not made for.
// A token that a flag or the environment names goes wherever they lead: whoever set it said so.
//
// Errors are *Error; ErrNoServer where nothing named a server. No token is resolved yet.
func Resolve(s Sources) (*Endpoint, error) {
	s = s.complete()
	flags, err := s.flagLayer()
	if err != nil {
		return nil, err
	}
	environment, err := s.environmentLayer()
	if err != nil {
		return nil, err
	}
	layers := []*layer{flags, environment}
	server := firstOf(layers, func(l *layer) *url.URL { return l.server })
	context, layer, err := s.context(server)
	if err != nil {
		return nil, err
	}
	if layer != nil {
		s.remark(server, layer, layers)
		if server == nil || sameOrigin(server, layer.server) {
			layers = append(layers, layer)
		} else {
			context = Context{}
		}
	}
	return s.build(layers, context)
}

func (s Sources) complete() Sources {
	if s.Env == nil {
		s.Env = func(string) string { return "" }
	}
	if s.Config == nil {
		s.Config = &Config{}
	}
	return s
}

func (s Sources) warn(line string) {
	if s.Warn != nil {
		s.Warn(line)
	}
}

// context is the context that was named, or the current one; no layer where there is none. A
// current context that is gone matters only where nothing else names a server.
func (s Sources) context(server *url.URL) (Context, *layer, error) {
	name, named := s.Flags.Context, true
	if name == "" {
		name = s.Env(envContext)
	}
	if name == "" {
		name, named = s.Config.Current, false
	}
	if name == "" {
		return Context{}, nil, nil
	}
	context, err := s.Config.Context(name)
	if err != nil {
		if !named && server != nil {
			return Context{}, nil, nil
		}
		return Context{}, nil, err
	}
	layer, err := s.contextLayer(context)
	return context, layer, err
}

// remark tells of a context that was passed over for another server, where the user named it or may
// miss its token.
func (s Sources) remark(server *url.URL, context *layer, above []*layer) {
	if server == nil || sameOrigin(server, context.server) {
		return
	}
	source := settingServer
	by := above[0].label(source)
	if above[0].server == nil {
		by = above[1].label(source)
	}
	named := s.Flags.Context != "" || s.Env(envContext) != ""
	token := firstOf(above, func(l *layer) Token { return l.token })
	if !named && (token != nil || context.token == nil) {
		return
	}
	s.warn(fmt.Sprintf("%s names another server than the context, whose token and settings are for %s alone and are not used", by, bare(context.server)))
}

// build takes each setting from the first layer that says it.
func (s Sources) build(layers []*layer, context Context) (*Endpoint, error) {
	e := &Endpoint{
		Name:       context.Name,
		URL:        firstOf(layers, func(l *layer) *url.URL { return l.server }),
		Token:      firstOf(layers, func(l *layer) Token { return l.token }),
		Transport:  firstOf(layers, func(l *layer) Transport { return l.transport }),
		SocketPath: firstOf(layers, func(l *layer) string { return l.socketPath }),
		Header:     http.Header{},
	}
	for i := len(layers) - 1; i >= 0; i-- {
		for name, values := range layers[i].header {
			e.Header[name] = values
		}
		if layers[i].insecure != nil {
			e.Insecure = *layers[i].insecure
		}
		if layers[i].timeout > 0 {
			e.Timeout = layers[i].timeout
		}
	}
	if e.URL == nil {
		return nil, ErrNoServer
	}
	// A path may be another server behind the same door: what is writable is the context's own.
	e.Writable = context.Writable && e.Server() == bare(layers[len(layers)-1].server)
	e.defaults()
	var err error
	if e.BodyLimit, err = s.bodyLimit(); err != nil {
		return nil, err
	}
	if e.TLS, err = trust(layers, e.Insecure); err != nil {
		return nil, err
	}
	if _, err := ProxyFor(e.URL); err != nil {
		return nil, err
	}
	s.caution(e)
	return e, nil
}

func (e *Endpoint) defaults() {
	if e.Token == nil {
		e.Token = Anonymous
	}
	if e.Transport == "" {
		e.Transport = Auto
	}
	if e.SocketPath == "" {
		e.SocketPath = e.URL.Path + DefaultSocketPath
	}
	e.Timeout = e.Patience()
}

// trust makes the TLS settings of the first layer that names certificates.
func trust(layers []*layer, insecure bool) (*tls.Config, error) {
	for _, l := range layers {
		if l.caFile != "" {
			config, err := tlsConfig(l.caFile, insecure)
			return config, about(l.label(settingCAFile)+": "+l.caFile, err)
		}
	}
	return tlsConfig("", insecure)
}

// Trust makes the TLS settings of the flags and the environment, for what is no Carebase server:
// what a context says is for its server alone. Errors are *Error.
func Trust(s Sources) (*tls.Config, error) {
	s = s.complete()
	insecure, err := s.insecureVariable()
	if err != nil {
		return nil, err
	}
	if s.Flags.Insecure != nil {
		insecure = s.Flags.Insecure
	}
	unverified := insecure != nil && *insecure
	if unverified {
		s.warn("insecure: certificates are not verified, so whoever stands between can read what is sent")
	}
	flags := &layer{label: flagLabel, caFile: s.Flags.CAFile}
	environment := &layer{label: variableLabel, caFile: s.Env(envCAFile)}
	return trust([]*layer{flags, environment}, unverified)
}

// Patience is how long an answer may take, as the flags say or else the environment, for what is no
// Carebase server; 0 where neither says. The error is an *Error.
func Patience(s Sources) (time.Duration, error) {
	s = s.complete()
	if s.Flags.Timeout > 0 {
		return s.Flags.Timeout, nil
	}
	return s.timeoutVariable()
}

// caution warns of settings that leave the token open to others.
func (s Sources) caution(e *Endpoint) {
	if e.Insecure {
		s.warn("insecure: certificates are not verified, so whoever stands between can read the token")
	}
	if e.URL.Scheme == "http" && !loopback(e.URL) && (e.Token != Anonymous || e.Header.Get("Cookie") != "") {
		s.warn("the token travels unencrypted to " + e.Server() + "; https would protect it")
	}
}

// firstOf is the first value that a layer says.
func firstOf[T comparable](layers []*layer, value func(*layer) T) T {
	var none T
	for _, l := range layers {
		if v := value(l); v != none {
			return v
		}
	}
	return none
}
