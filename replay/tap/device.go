package tap

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net"
	"net/http"
	"strconv"
	"strings"
)

// Device is whose traffic it is.
type Device struct {
	Name string // "user-7", or 12 hexadecimal digits; fit for a file's name
	User int64  // the user whom its token names; 0 where none names one
}

// identity is what tells devices apart. Its text is never kept, nor shown.
type identity struct {
	kind string // "subject", "cookie" or "address"
	text string
}

// device names an identity. Who does not have the key cannot tell from a name whose it is.
func (id identity) device(key []byte) Device {
	if user, err := strconv.ParseInt(id.text, 10, 64); id.kind == "subject" && err == nil && user > 0 {
		return Device{Name: "user-" + strconv.FormatInt(user, 10), User: user}
	}
	sum := hmac.New(sha256.New, key)
	sum.Write([]byte(id.kind + "\x00" + id.text))
	return Device{Name: hex.EncodeToString(sum.Sum(nil)[:6])}
}

// identify tells by what a request carries whose it is: by the subject of a token, else by the
// cookie of a session. An opaque token tells nothing: the next one is another.
func identify(r *http.Request) (id identity, ok bool) {
	if subject := subjectOf(bearerOf(r)); subject != "" {
		return identity{"subject", subject}, true
	}
	cookies := r.Cookies()
	for _, cookie := range cookies {
		if subject := subjectOf(cookie.Value); subject != "" {
			return identity{"subject", subject}, true
		}
	}
	for _, cookie := range cookies {
		if isSessionCookie(cookie.Name) {
			return identity{"cookie", cookie.Name + "=" + cookie.Value}, true
		}
	}
	return identity{}, false
}

// isSessionCookie says whether a cookie's name is that of a session, as against those of settings
// and statistics.
func isSessionCookie(name string) bool {
	name = strings.ToLower(name)
	for _, word := range []string{"session", "sess", ".sid", "sid", "auth", "token"} {
		if name == word || strings.Contains(name, word) && word != "sid" {
			return !strings.Contains(name, "csrf") && !strings.Contains(name, "xsrf")
		}
	}
	return false
}

// byAddress is the identity of whom nothing else tells apart.
func byAddress(r *http.Request) identity {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	return identity{"address", host}
}

// bearerOf is the token of a request; "" where it has none.
func bearerOf(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// hasCredentials says whether a request carries anything that a server could know its user by.
func hasCredentials(r *http.Request) bool {
	return r.Header.Get("Authorization") != "" || r.Header.Get("Cookie") != ""
}

// subjectOf is the subject of a JSON Web Token, which is read and not verified; "" where the text
// is none.
func subjectOf(token string) string {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return ""
	}
	claims, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return ""
	}
	var said struct {
		Subject json.RawMessage `json:"sub"`
	}
	if json.Unmarshal(claims, &said) != nil {
		return ""
	}
	var text string
	if json.Unmarshal(said.Subject, &text) == nil {
		return text
	}
	var number json.Number
	if json.Unmarshal(said.Subject, &number) == nil {
		return number.String()
	}
	return ""
}
