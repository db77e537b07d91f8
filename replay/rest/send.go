package rest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/carebase/deltatap/replay/endpoint"
)

// New returns a client of that server. Close it after use.
func New(e *endpoint.Endpoint) *Client {
	transport := endpoint.NewTransport(e.TLS)
	return &Client{
		BodyLimit: e.MostBody(),
		endpoint:  e,
		transport: transport,
		send:      transport.RoundTrip,
		now:       time.Now,
	}
}

type request struct {
	method, path string
	body         []byte
	anonymous    bool
}

func planPath(days int) string {
	if days <= 0 {
		return "/api/plan"
	}
	return "/api/plan?days=" + strconv.Itoa(days)
}

// ask sends a request and reads its answer, in the endpoint's time for both and for the token.
func (c *Client) ask(parent context.Context, r request) (Answer, error) {
	ctx, cancel := context.WithTimeout(parent, c.endpoint.Patience())
	defer cancel()
	token := ""
	if !r.anonymous {
		var err error
		if token, err = c.endpoint.Bearer(ctx); err != nil {
			return Answer{}, err
		}
	}
	req, err := c.build(ctx, r, token)
	if err != nil {
		return Answer{}, err
	}
	begin := c.now()
	response, err := c.send(req)
	if err != nil {
		return Answer{}, c.failure(parent, err)
	}
	defer response.Body.Close()
	body, err := c.read(response)
	answer := Answer{Status: response.StatusCode, Body: body, Took: c.now().Sub(begin)}
	answer.Date, _ = http.ParseTime(response.Header.Get("Date"))
	if err != nil {
		return answer, c.failure(parent, err)
	}
	if answer.Cached, answer.Age = cached(response.Header); answer.Cached != "" && c.OnCached != nil {
		c.OnCached(answer)
	}
	if answer.Status >= http.StatusBadRequest {
		answer.Says = c.said(body, token)
	}
	if proxy := endpoint.Forwarder(c.endpoint.URL); proxy != nil && answer.Says == "" && answer.Status >= http.StatusInternalServerError {
		answer.Says = "by " + proxy.String() + ", or by the server behind it"
	}
	return answer, c.verdict(response, answer, token)
}

// build makes the request. The endpoint's headers come first, so that none of them replaces the
// token.
func (c *Client) build(ctx context.Context, r request, token string) (*http.Request, error) {
	path, query, _ := strings.Cut(r.path, "?")
	if !strings.HasPrefix(path, "/") {
		return nil, errors.New("a request's path must begin with a slash")
	}
	target := *c.endpoint.URL
	escaped := strings.TrimRight(target.EscapedPath(), "/") + path
	decoded, err := url.PathUnescape(escaped)
	if err != nil {
		return nil, errors.New("a request's path is not well escaped")
	}
	target.Path, target.RawPath, target.RawQuery = decoded, escaped, query
	req, err := http.NewRequestWithContext(ctx, r.method, target.String(), bytes.NewReader(r.body))
	if err != nil {
		return nil, errors.New("a request cannot be made of that method and path")
	}
	for name, values := range c.endpoint.Header {
		req.Header[name] = append([]string(nil), values...)
	}
	req.Header.Set("User-Agent", "deltatap")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Accept-Encoding", "gzip")
	if r.method == http.MethodGet && req.Header.Get("Cache-Control") == "" {
		req.Header.Set("Cache-Control", "no-cache") // what a cache on the way has kept is not what the server says
	}
	if r.body == nil {
		req.Body, req.GetBody = http.NoBody, nil
	} else {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return req, nil
}

// read reads the body. An answer that is a refusal or a redirect is one also where its body cannot
// be read.
func (c *Client) read(response *http.Response) ([]byte, error) {
	body, err := endpoint.ReadBody(response, c.BodyLimit)
	if _, coded := errors.AsType[*endpoint.EncodingError](err); coded && response.StatusCode >= http.StatusMultipleChoices {
		return nil, nil
	}
	if err == nil && bytes.HasPrefix(body, []byte("\x1f\x8b")) {
		return nil, &endpoint.EncodingError{Coding: "gzip", Untold: true}
	}
	return body, err
}

// verdict is nil for an answer, and an error for one that is a refusal, by the server or by a
// proxy, or names another address.
func (c *Client) verdict(response *http.Response, answer Answer, token string) error {
	if fault := c.proxyFault(answer); fault != nil {
		return c.unreachable(fault.Error(), fault)
	}
	switch answer.Status {
	case http.StatusUnauthorized, http.StatusForbidden:
		anonymous := token == "" && c.endpoint.Header.Get("Cookie") == ""
		return &RefusedError{Status: answer.Status, Message: answer.Says, Anonymous: anonymous}
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return c.unreachable(redirected(response), ErrRedirect)
	}
	return nil
}

// proxyFault is what a refusal tells of a proxy that hands requests on one by one, and may answer
// them itself; nil where the server answered. A Carebase server says in JSON why it refuses.
func (c *Client) proxyFault(answer Answer) error {
	proxy := endpoint.Forwarder(c.endpoint.URL)
	switch {
	case proxy == nil:
		return nil
	case answer.Status == http.StatusProxyAuthRequired:
		return proxy.Refused(answer.Status)
	case answer.Status == http.StatusForbidden && answer.Says == "":
		return proxy.Suspected(answer.Status)
	}
	return nil
}

// redirected tells where a redirect leads: the host alone, since the rest may hold secrets.
func redirected(response *http.Response) string {
	target, err := response.Location()
	if err != nil || target.Hostname() == "" {
		return fmt.Sprintf("it redirects (%d), which is not followed", response.StatusCode)
	}
	return fmt.Sprintf("it redirects to %s, which is not followed", cut(printable(target.Scheme+"://"+target.Host)))
}

// failure turns what the HTTP client reported into an UnreachableError, unless the caller itself
// had enough.
func (c *Client) failure(parent context.Context, err error) error {
	if errors.Is(parent.Err(), context.Canceled) {
		return parent.Err()
	}
	if unusable, ok := errors.AsType[*endpoint.Error](err); ok {
		return unusable
	}
	if fault := endpoint.ProxyFault(c.endpoint.URL, err); fault != nil {
		return c.unreachable(fault.Error(), fault)
	}
	if errors.Is(err, context.DeadlineExceeded) && parent.Err() == nil {
		return c.unreachable("no answer within "+c.endpoint.Patience().String()+c.through(), context.DeadlineExceeded)
	}
	return c.unreachable(endpoint.Why(err)+c.through(), err)
}

// through names the proxy that a request took, for errors that may be its doing; "" where there is
// none.
func (c *Client) through() string {
	proxy, err := endpoint.ProxyFor(c.endpoint.URL)
	if err != nil || proxy == nil {
		return ""
	}
	return ", through " + proxy.String()
}

func (c *Client) unreachable(reason string, err error) error {
	return &UnreachableError{Server: c.endpoint.Server(), Reason: reason, Err: err}
}
