// Package rest asks a Carebase server over HTTP: the plan, its version, and the mutations. It keeps
// the bytes of an answer as they came, tells a refusal from an unreachable server, and never
// follows a redirect, so that a token goes to the server that it is for and nowhere else.
//
// It must not know what a plan holds, nor when one should be fetched, and it does not retry.
package rest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/carebase/deltatap/replay/endpoint"
)

// Answer is what the server answered, whatever its status: 404 (a user without a plan yet) and 500
// are answers too.
type Answer struct {
	Status int    // HTTP status; 0 where there was no answer
	Body   []byte // as it came, decompressed and without a byte order mark; JSON from a Carebase server, but anything from a proxy
	// Says is what an answer of status 400 or more says for itself: one line, cut short, without
	// control characters or secrets; "" where it says nothing.
	Says string
	Took time.Duration // from sending the request to the body's last byte, on a monotonic clock
	// Cached is what of its headers says that a cache on the way gave the answer, not the server, like
	// "Age: 42, X-Cache: HIT"; "" where nothing does. Requests ask caches not to.
	Cached string
	Age    time.Duration // how old that cache says that the answer is; 0 where it does not say
	// Date is what its Date header says: the clock of who made the answer, to the second. Zero where
	// it says nothing.
	Date time.Time
}

// Client asks one server. It may be used from several goroutines at once.
type Client struct {
	// BodyLimit is how many bytes of an answer are read before it is given up; set it before the first
	// use.
	BodyLimit int64
	// OnCached is told of each answer that a cache on the way gave; set it before the first use. It
	// may be nil, and is called on the goroutine that asks.
	OnCached func(Answer)

	endpoint  *endpoint.Endpoint
	transport *http.Transport
	// send is the transport's RoundTrip: an http.Client above it would follow redirects, and quote
	// them in errors.
	send func(*http.Request) (*http.Response, error)
	now  func() time.Time
}

// Plan asks for the plan of the next days; 0 leaves the number to the server. The error is nil for
// every answer but 401 and 403 (*RefusedError, with the Answer filled), *UnreachableError where
// there was no answer, an
// *endpoint.Error where there is no token to be had, and ctx's own where it was cancelled.
func (c *Client) Plan(ctx context.Context, days int) (Answer, error) {
	return c.Do(ctx, http.MethodGet, planPath(days), nil)
}

// Version asks for the plan's version. Errors are those of Plan.
func (c *Client) Version(ctx context.Context) (Answer, error) {
	return c.Do(ctx, http.MethodGet, "/api/plan/version", nil)
}

// Health asks whether the server is well; no token is resolved or sent. Errors are those of Plan.
func (c *Client) Health(ctx context.Context) (Answer, error) {
	return c.ask(ctx, request{method: http.MethodGet, path: "/health", anonymous: true})
}

// Do sends any request: path begins with a slash, stands below the server's URL, and may hold a
// query; body is JSON, or nil for none. Errors are those of Plan.
func (c *Client) Do(ctx context.Context, method, path string, body []byte) (Answer, error) {
	return c.ask(ctx, request{method: method, path: path, body: body})
}

// Close closes the connections that are kept for the next request. The Client can still be used.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// Format writes the server for every verb, so that no verb or flag reaches the headers of the
// endpoint.
func (c *Client) Format(f fmt.State, _ rune) { io.WriteString(f, "client of "+c.endpoint.Server()) }
