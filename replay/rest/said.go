package rest

import (
	"encoding/json"
	"strings"
	"unicode"
)

// maxMessage is how many bytes of what a server said an error repeats.
const maxMessage = 200

// said is what a refusal says for itself: the "error" or "message" of its JSON, on one line,
// without anything of what was sent, since a server may repeat the token that it did not like.
func (c *Client) said(body []byte, token string) string {
	var refusal struct {
		Error   json.RawMessage `json:"error"`
		Message json.RawMessage `json:"message"`
	}
	if json.Unmarshal(body, &refusal) != nil {
		return ""
	}
	for _, raw := range []json.RawMessage{refusal.Error, refusal.Message} {
		var text string
		if json.Unmarshal(raw, &text) == nil && text != "" {
			return cut(c.scrub(printable(text), token))
		}
	}
	return ""
}

// scrub blots out the token and the values of the endpoint's headers.
func (c *Client) scrub(text, token string) string {
	secrets := []string{token}
	for _, values := range c.endpoint.Header {
		secrets = append(secrets, values...)
	}
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "***")
		}
	}
	return text
}

// printable is text without control characters and without what hides or turns letters around.
func printable(text string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsPrint(r):
			return r
		case unicode.IsSpace(r):
			return ' '
		}
		return -1
	}, strings.ToValidUTF8(text, "")))
}

// cut shortens text to maxMessage bytes.
func cut(text string) string {
	if len(text) <= maxMessage {
		return text
	}
	return strings.ToValidUTF8(text[:maxMessage], "") + "…"
}
