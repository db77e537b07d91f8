package endpoint

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Settings is what the flags say about where to connect; what is zero says nothing.
type Settings struct {
	Context    string
	Server     string
	TokenFile  string   // "-" is standard input
	Headers    []string // 'Name: value'
	Transport  string
	SocketPath string
	CAFile     string
	Insecure   *bool
	Timeout    time.Duration
}

// layer is what one source says, made ready; what is zero says nothing. Its label names a setting
// as its source does, for errors.
type layer struct {
	label      func(setting) string
	server     *url.URL
	token      Token
	header     http.Header
	transport  Transport
	socketPath string
	caFile     string
	insecure   *bool
	timeout    time.Duration
}

// setting is what can be said, by its place in label's tables.
type setting int

const (
	settingServer setting = iota
	settingToken
	settingTokenFile
	settingHeader
	settingTransport
	settingSocketPath
	settingCAFile
	settingInsecure
	settingTimeout
)

func flagLabel(s setting) string {
	return [...]string{
		"--server", "--token", "--token-file", "--header", "--transport", "--socket-path", "--ca-file", "--insecure", "--timeout",
	}[s]
}

func variableLabel(s setting) string {
	return [...]string{
		envServer, envToken, envTokenFile, envHeader, envTransport, envSocketPath, envCAFile, envInsecure, envTimeout,
	}[s]
}

func contextLabel(name string) func(setting) string {
	return func(s setting) string {
		return "context " + name + ": " + [...]string{
			"server", "token", "token", "headers", "transport", "socketPath", "caFile", "insecure", "timeout",
		}[s]
	}
}

// written is a layer as it was written.
type written struct {
	server, token, reference, tokenFile, transport, socketPath, caFile string
	headers                                                            []string
	insecure                                                           *bool
	timeout                                                            time.Duration
}

// read makes a layer of what was written. Errors name the setting as its source does.
func (s Sources) read(w written, label func(setting) string) (*layer, error) {
	l := &layer{label: label, caFile: w.caFile, insecure: w.insecure, timeout: w.timeout}
	var err error
	step := func(which setting, given bool, read func() error) {
		if err == nil && given {
			err = about(label(which), read())
		}
	}
	step(settingServer, w.server != "", func() (e error) { l.server, e = ParseServer(w.server); return e })
	step(settingTokenFile, w.tokenFile != "", func() (e error) { l.token, e = s.tokenFile(w.tokenFile); return e })
	step(settingToken, w.reference != "", func() (e error) { l.token, e = s.reference(w.reference); return e })
	step(settingToken, w.token != "", func() (e error) { l.token, e = s.tokenText(w.token); return e })
	step(settingHeader, len(w.headers) > 0, func() (e error) { l.header, e = parseHeaders(w.headers); return e })
	step(settingTransport, w.transport != "", func() (e error) { l.transport, e = ParseTransport(w.transport); return e })
	step(settingSocketPath, w.socketPath != "", func() (e error) { l.socketPath, e = parseSocketPath(w.socketPath); return e })
	step(settingTimeout, w.timeout < 0, func() error { return faulty("not positive").hinted(durationHint) })
	if err != nil {
		return nil, err
	}
	return l, nil
}

// tokenFile is the token of a file that was named, or of standard input.
func (s Sources) tokenFile(path string) (Token, error) {
	if path == "-" {
		return newStdinToken(s.Stdin), nil
	}
	token, err := newFileToken(path)
	if err != nil {
		return nil, err
	}
	token.warn = s.warn
	return token, nil
}

// tokenText is the token of its own text or, where that is one, of a reference.
func (s Sources) tokenText(text string) (Token, error) {
	if isReference(text) {
		return s.reference(text)
	}
	return Static(text)
}

func (s Sources) reference(text string) (Token, error) {
	token, err := parseToken(text, s.Env)
	if file, ok := token.(*fileToken); ok && err == nil {
		file.warn = s.warn
	}
	return token, err
}

func (s Sources) flagLayer() (*layer, error) {
	f := s.Flags
	return s.read(written{
		server: f.Server, tokenFile: f.TokenFile, headers: f.Headers, transport: f.Transport,
		socketPath: f.SocketPath, caFile: f.CAFile, insecure: f.Insecure, timeout: f.Timeout,
	}, flagLabel)
}

func (s Sources) environmentLayer() (*layer, error) {
	w := written{
		server: s.Env(envServer), token: s.Env(envToken), tokenFile: s.Env(envTokenFile), transport: s.Env(envTransport),
		socketPath: s.Env(envSocketPath), caFile: s.Env(envCAFile),
	}
	for line := range strings.Lines(s.Env(envHeader)) {
		if line = strings.TrimRight(line, "\r\n"); strings.TrimSpace(line) != "" {
			w.headers = append(w.headers, line)
		}
	}
	var err error
	if w.insecure, err = s.insecureVariable(); err != nil {
		return nil, err
	}
	if w.timeout, err = s.timeoutVariable(); err != nil {
		return nil, err
	}
	return s.read(w, variableLabel)
}

// timeoutVariable is how long the environment says that an answer may take; 0 where it says
// nothing.
func (s Sources) timeoutVariable() (time.Duration, error) {
	text := s.Env(envTimeout)
	if text == "" {
		return 0, nil
	}
	timeout, err := parseTimeout(text)
	if err != nil {
		return 0, about(envTimeout, err)
	}
	return timeout, nil
}

// bodyLimit is how much of an answer the environment says to read; 0 where it says nothing.
func (s Sources) bodyLimit() (int64, error) {
	text := s.Env(envBodyLimit)
	if text == "" {
		return 0, nil
	}
	size, err := ParseSize(text)
	if err != nil {
		return 0, about(envBodyLimit, err)
	}
	return size, nil
}

// insecureVariable is what the environment says of verifying certificates; nil where it says
// nothing.
func (s Sources) insecureVariable() (*bool, error) {
	text := s.Env(envInsecure)
	if text == "" {
		return nil, nil
	}
	insecure, err := strconv.ParseBool(text)
	if err != nil {
		return nil, about(envInsecure, faulty("want true or false"))
	}
	return &insecure, nil
}

func (s Sources) contextLayer(c Context) (*layer, error) {
	w := written{
		server: c.Server, reference: c.Token, transport: c.Transport, socketPath: c.SocketPath, caFile: c.CAFile,
		insecure: &c.Insecure, timeout: c.Timeout,
	}
	for name, value := range c.Headers {
		w.headers = append(w.headers, name+": "+value)
	}
	return s.read(w, contextLabel(c.Name))
}
