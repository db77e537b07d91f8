package rest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/carebase/deltatap/replay/endpoint"
)

// maxHeaders bounds the size of an answer's headers in bytes.
const maxHeaders = 1 << 20

// New returns a client of that server. Close it after use.
func New(e *endpoint.Endpoint) *Client {
	transport := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		TLSClientConfig:        e.TLS.Clone(),
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    2,
		MaxResponseHeaderBytes: maxHeaders,
		// Node closes idle connections after 5 s: a mutation sent at that moment would be lost, or worse, unsure.
		IdleConnTimeout: 4 * time.Second,
	}
	return &Client{
		BodyLimit: DefaultBodyLimit,
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
	if err != nil {
		answer.Body = nil
		return answer, c.failure(parent, err)
	}
	if answer.Status >= http.StatusBadRequest {
		answer.Says = c.said(body, token)
	}
	return answer, c.verdict(response, answer)
}

// build makes the request. The endpoint's headers come first, so that none of them replaces the token.
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

// reserve bounds the memory taken on a server's word alone, in bytes.
const reserve = 4 << 20

// read reads the body, no more than BodyLimit bytes of it.
func (c *Client) read(response *http.Response) ([]byte, error) {
	var body bytes.Buffer
	if n := response.ContentLength; n > 0 {
		body.Grow(int(min(n, reserve)) + bytes.MinRead)
	}
	n, err := body.ReadFrom(io.LimitReader(response.Body, c.BodyLimit+1))
	if err != nil {
		return nil, err
	}
	if n > c.BodyLimit {
		return nil, &TooLargeError{c.BodyLimit}
	}
	return body.Bytes(), nil
}

// verdict is nil for an answer, and an error for one that is a refusal or names another address.
func (c *Client) verdict(response *http.Response, answer Answer) error {
	switch answer.Status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return &RefusedError{Status: answer.Status, Message: answer.Says}
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return c.unreachable(redirected(response), ErrRedirect)
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

// failure turns what the HTTP client reported into an UnreachableError, unless the caller itself had enough.
func (c *Client) failure(parent context.Context, err error) error {
	if errors.Is(parent.Err(), context.Canceled) {
		return parent.Err()
	}
	if large, ok := errors.AsType[*TooLargeError](err); ok {
		return c.unreachable(large.Error(), large)
	}
	if errors.Is(err, context.DeadlineExceeded) && parent.Err() == nil {
		return c.unreachable("no answer within "+c.endpoint.Patience().String(), context.DeadlineExceeded)
	}
	return c.unreachable(endpoint.Why(err), err)
}

func (c *Client) unreachable(reason string, err error) error {
	return &UnreachableError{Server: c.endpoint.Server(), Reason: reason, Err: err}
}
