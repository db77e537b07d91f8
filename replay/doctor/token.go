package doctor

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/carebase/deltatap/replay/endpoint"
	"github.com/carebase/deltatap/replay/rest"
)

const nextNoToken = "--token-file PATH, DELTATAP_TOKEN, or a context's (deltatap context add --token REFERENCE)"

// claims are what a JWT says of itself. Nothing proves them: the server alone can.
type claims struct {
	expires, begins *time.Time
	audience        []string
	user            int64 // that the subject names; 0: it names none
}

// checkToken gets the token, once for all checks, and reads what may be read of it.
func (e *examination) checkToken(ctx context.Context) Line {
	e.target = e.cfg.Endpoint
	ctx, cancel := e.within(ctx)
	defer cancel()
	text, err := e.cfg.Endpoint.Bearer(ctx)
	if err != nil {
		return failure(err).as("")
	}
	facts := TokenFacts{Source: fit(endpoint.Describe(e.cfg.Endpoint.Token)), Kind: "none"}
	if text == "" {
		return e.noToken(facts)
	}
	if err := e.keepToken(text); err != nil {
		return failure(err).as("")
	}
	e.claims = readClaims(text)
	if e.claims == nil {
		facts.Kind = "opaque"
		return ok(facts.Source + ": opaque, so that its expiry cannot be read").with(facts)
	}
	facts.Kind, facts.Expires, facts.Audience = "jwt", e.claims.expires, e.claims.audience
	return e.judgeClaims(facts)
}

func (e *examination) noToken(facts TokenFacts) Line {
	if e.cfg.Endpoint.Header.Get("Cookie") != "" {
		facts.Kind = "cookie"
		return ok("none; a cookie is sent").with(facts)
	}
	return warn("none is sent", nextNoToken).with(facts)
}

// keepToken has every later check send this token: a command that makes tokens runs once.
func (e *examination) keepToken(text string) error {
	token, err := endpoint.Static(text)
	if err != nil {
		return err
	}
	target := *e.cfg.Endpoint
	target.Token = token
	e.target = &target
	return nil
}

// judgeClaims holds a token's times against the server's clock, where that is known.
func (e *examination) judgeClaims(facts TokenFacts) Line {
	now := e.cfg.Now()
	if e.skew != nil {
		now = now.Add(-*e.skew)
	}
	says := facts.Source + ": a JWT"
	if len(facts.Audience) > 0 {
		says += " for " + listSome(facts.Audience)
	}
	expires, begins := e.claims.expires, e.claims.begins
	switch {
	case expires == nil:
		says += ", which does not say when it expires"
	case !now.Before(*expires):
		return warn(says+", expired "+span(now.Sub(*expires))+" ago by the server's clock", "get a fresh one").with(facts)
	default:
		says += ", expires in " + span(expires.Sub(now))
	}
	if begins != nil && now.Add(mostSkew).Before(*begins) {
		return warn(says+", not valid for another "+span(begins.Sub(now)), "see that the clock of who makes tokens is right").with(facts)
	}
	return ok(says).with(facts)
}

// readClaims reads the middle part of a JWT; nil where the text is none.
func readClaims(token string) *claims {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil
	}
	text, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return nil
	}
	var raw struct {
		Exp json.Number     `json:"exp"`
		Nbf json.Number     `json:"nbf"`
		Aud json.RawMessage `json:"aud"`
		Sub json.RawMessage `json:"sub"`
	}
	if json.Unmarshal(text, &raw) != nil {
		return nil
	}
	return &claims{
		expires: readSeconds(raw.Exp), begins: readSeconds(raw.Nbf),
		audience: readAudience(raw.Aud), user: readUser(raw.Sub),
	}
}

// readSeconds is a moment as JWTs write it: seconds since 1970, with a fraction or not.
func readSeconds(n json.Number) *time.Time {
	seconds, err := strconv.ParseFloat(string(n), 64)
	if err != nil || !(seconds > 0 && seconds < 1e11) {
		return nil
	}
	at := time.UnixMilli(int64(seconds * 1000)).UTC()
	return &at
}

// readAudience is a text or a list of some.
func readAudience(raw json.RawMessage) (audience []string) {
	var list []string
	var one string
	switch {
	case json.Unmarshal(raw, &one) == nil && one != "":
		list = []string{one}
	case json.Unmarshal(raw, &list) != nil:
		return nil
	}
	for _, name := range list {
		if name = fit(name); name != "" {
			audience = append(audience, name)
		}
	}
	return audience
}

// readUser is the id of a user, as a number or in quotes; 0 where it is something else.
func readUser(raw json.RawMessage) int64 {
	id, err := strconv.ParseInt(strings.Trim(string(raw), `"`), 10, 64)
	if err != nil || id < 0 {
		return 0
	}
	return id
}

// refusal is the line of a server that does not take the token; status is that of its HTTP answer,
// or 0.
func refusal(says string, anonymous bool, status int) Line {
	next := "the token may have expired, or be for another server: get a fresh one"
	switch {
	case anonymous:
		next = "no token was given: " + nextNoToken
	case status == http.StatusForbidden:
		next = "the server, or something in front of it, does not allow this, whatever the token: its log tells why"
	}
	return fail(fit(says), next).as(Refused)
}

// restClient asks with the token that was got.
func (e *examination) restClient() *rest.Client {
	client := rest.New(e.target)
	client.OnCached = e.noteCached
	return client
}
