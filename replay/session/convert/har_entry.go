package convert

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// harEntry is what is looked at of a HAR file's entry. Of its headers it keeps who asked, as far as
// two clients can be told apart by that; no header, cookie or token is carried over.
type harEntry struct {
	started time.Time     // zero where it is not told
	took    time.Duration // negative where it is not told
	method  string
	url     *url.URL
	sent    []byte // the request's body
	status  int
	failure string // why there was no answer
	body    []byte
	kept    bool   // the recording holds the body
	cache   string // which cache of the browser answered

	webSocket bool // it says that it is one
	messages  []harMessage

	who identity

	address charlesURL
	odd     bool // something is not as HAR files have it
}

// charlesURL is how Charles writes an address.
type charlesURL struct{ scheme, host, port, path, query string }

func newEntry() *harEntry { return &harEntry{took: -1, url: &url.URL{}} }

// set takes a member of the entry.
func (e *harEntry) set(name string, value jsontext.Value) {
	switch name {
	case "startedDateTime", "startedTime":
		e.started, _ = readMoment(value)
	case "time":
		e.span(value)
	case "request":
		e.request(value)
	case "response":
		e.response(value)
	case "_resourceType":
		e.webSocket = e.webSocket || strings.EqualFold(textOf(value), "websocket")
	case "webSocket":
		e.webSocket = e.webSocket || value.Kind() == 't'
	case "_fromCache":
		if value.Kind() != 'f' && value.Kind() != 'n' {
			e.cache = textOf(value)
		}
	case "_error":
		e.fail(value)
	case "_clientAddress", "_clientIP", "_clientIPAddress", "clientIPAddress", "clientAddress", "_client":
		e.who.address = textOf(value)
	default:
		e.charles(name, value)
	}
}

// charles takes a member that Charles writes in its own format of a session.
func (e *harEntry) charles(name string, value jsontext.Value) {
	switch name {
	case "method":
		e.method = textOf(value)
	case "scheme":
		e.address.scheme = textOf(value)
	case "host":
		e.address.host = textOf(value)
	case "port":
		e.address.port = number().FindString(textOf(value))
	case "path":
		e.address.path = textOf(value)
	case "query":
		if value.Kind() == '"' {
			e.address.query = unquote(value)
		}
	case "errorMessage":
		e.fail(value)
	case "times":
		_ = eachMember(value, func(name string, value jsontext.Value) {
			if name == "start" {
				e.started, _ = readMoment(value)
			}
		})
	case "durations":
		_ = eachMember(value, func(name string, value jsontext.Value) {
			if name == "total" {
				e.span(value)
			}
		})
	}
}

func (e *harEntry) fail(value jsontext.Value) {
	if value.Kind() == '"' {
		e.failure = unquote(value)
	}
}

func (e *harEntry) span(value jsontext.Value) {
	if took, ok := readSpan(value); ok {
		e.took = took
	}
}

func (e *harEntry) request(value jsontext.Value) {
	err := eachMember(value, func(name string, value jsontext.Value) {
		switch name {
		case "method":
			e.method = textOf(value)
		case "url":
			if u, err := url.Parse(textOf(value)); err == nil {
				e.url = u
			} else {
				e.odd = true
			}
		case "headers":
			e.headers(value)
		case "header": // Charles
			_ = eachMember(value, func(name string, value jsontext.Value) {
				if name == "headers" {
					e.headers(value)
				}
			})
		case "postData", "body":
			e.sent, _ = bodyOf(value)
		}
	})
	e.odd = e.odd || err != nil
}

// headers reads who asked, and whether it was for a WebSocket.
func (e *harEntry) headers(list jsontext.Value) {
	if list.Kind() != '[' {
		return
	}
	_ = eachElement(list, func(header jsontext.Value) error {
		var name, value string
		_ = eachMember(header, func(member string, of jsontext.Value) {
			switch member {
			case "name":
				name = strings.ToLower(textOf(of))
			case "value":
				value = textOf(of)
			}
		})
		e.header(name, value)
		return nil
	})
}

func (e *harEntry) header(name, value string) {
	switch name {
	case "upgrade":
		e.webSocket = e.webSocket || strings.EqualFold(value, "websocket")
	case "user-agent":
		e.who.agent = value
	case "authorization":
		e.who.token(value)
	}
}

func (e *harEntry) response(value jsontext.Value) {
	err := eachMember(value, func(name string, value jsontext.Value) {
		switch name {
		case "status":
			e.status, _ = strconv.Atoi(strings.TrimSpace(textOf(value)))
		case "_error":
			e.fail(value)
		case "_fromCache", "_fetchedViaCache":
			if value.Kind() == '"' || value.Kind() == 't' {
				e.cache = textOf(value)
			}
		case "content", "body":
			e.body, e.kept = bodyOf(value)
		}
	})
	e.odd = e.odd || err != nil && value.Kind() != 'n'
}

// bodyOf is the body in a member as {"text":"…","encoding":"base64"}. It is not ok where there is
// none.
func bodyOf(value jsontext.Value) (body []byte, ok bool) {
	encoded := false
	_ = eachMember(value, func(name string, value jsontext.Value) {
		switch {
		case name == "encoding":
			encoded = strings.EqualFold(textOf(value), "base64")
		case name == "encoded" && value.Kind() == '"': // Charles
			body, ok, encoded = []byte(unquote(value)), true, true
		case name == "text" && value.Kind() != 'n':
			body, ok = []byte(textOf(value)), true
		}
	})
	if encoded {
		plain, err := base64.StdEncoding.DecodeString(string(body))
		return plain, ok && err == nil
	}
	return body, ok
}

// complete ends the reading of an entry.
func (e *harEntry) complete() {
	if e.url.Host == "" && e.address.host != "" {
		a := e.address
		e.url = &url.URL{Scheme: a.scheme, Host: a.host, Path: a.path, RawQuery: a.query}
		if a.port != "" {
			e.url.Host += ":" + a.port
		}
	}
	e.method = strings.ToUpper(e.method)
}

// isWebSocket tells whether the entry is a WebSocket: browsers say so by its address, proxies by
// its messages or its status.
func (e *harEntry) isWebSocket() bool {
	return strings.HasPrefix(e.url.Scheme, "ws") || e.webSocket || len(e.messages) > 0 || e.status == http.StatusSwitchingProtocols
}

// isEngine tells whether the entry is one of Engine.IO's requests.
func (e *harEntry) isEngine() bool {
	if e.url.Query().Has("EIO") {
		return true
	}
	for i := range e.messages {
		m := &e.messages[i]
		if !m.sent && !m.binary && len(m.text) > 0 && m.text[0] == engineOpen && strings.Contains(string(m.text), `"pingInterval"`) {
			return true
		}
	}
	return false
}

// sid is the Engine.IO connection that the request belongs to; empty where it begins one.
func (e *harEntry) sid() string { return e.url.Query().Get("sid") }

// place is the server and path of an Engine.IO request, whatever its transport.
func (e *harEntry) place() string { return e.origin() + strings.TrimSuffix(e.url.Path, "/") }

// origin is the server's URL, without anything else that is in the request's.
func (e *harEntry) origin() string {
	scheme := e.url.Scheme
	switch scheme {
	case "ws":
		scheme = "http"
	case "wss":
		scheme = "https"
	}
	host := e.url.Host
	if port := e.url.Port(); scheme == "https" && port == "443" || scheme == "http" && port == "80" {
		host = strings.TrimSuffix(host, ":"+port)
	}
	return scheme + "://" + host
}

// ended is when the answer was there, or the connection was over.
func (e *harEntry) ended() time.Time { return e.started.Add(max(e.took, 0)) }

// why says why there was no answer.
func (e *harEntry) why() string {
	if e.failure != "" {
		return e.failure
	}
	return "no answer"
}
