package endpoint

import (
	"net/http"
	"net/textproto"
	"strings"
)

// maxHeader bounds a header's length in bytes.
const maxHeader = 16 << 10

// reserved are the headers that the connection itself is made of: another value would break it, or
// name another server.
var reserved = map[string]bool{
	"Connection": true, "Content-Length": true, "Content-Type": true, "Expect": true, "Host": true, "Keep-Alive": true,
	"Proxy-Authorization": true, "Proxy-Connection": true, "Te": true, "Trailer": true, "Transfer-Encoding": true,
	"Upgrade": true, "Accept-Encoding": true,
}

// ParseHeader reads "Name: value". Authorization is refused, since the token has its own ways in,
// which leave it neither in the process list nor in a configuration file. No error repeats the
// value.
func ParseHeader(text string) (name, value string, err error) {
	name, value, found := strings.Cut(text, ":")
	if !found {
		return "", "", faulty("not a header").hinted("'Name: value'")
	}
	return checkHeader(name, value)
}

func checkHeader(name, value string) (string, string, error) {
	if !isToken(name) {
		return "", "", faulty("not a header's name").hinted("'Name: value'")
	}
	name = textproto.CanonicalMIMEHeaderKey(name)
	value = strings.Trim(value, " \t")
	switch {
	case name == "Authorization":
		return "", "", faulty("the token is not given as a header").hinted("--token-file, DELTATAP_TOKEN, or a context's token")
	case reserved[name] || strings.HasPrefix(name, "Sec-Websocket-"):
		return "", "", faulty("%s cannot be set", name)
	case len(name)+len(value) > maxHeader:
		return "", "", faulty("%s is longer than %d bytes", name, maxHeader)
	}
	for i := range len(value) {
		if c := value[i]; c < ' ' && c != '\t' || c == 0x7f {
			return "", "", faulty("the value of %s holds a control character", name)
		}
	}
	return name, value, nil
}

// isToken tells whether s is a token of RFC 9110, as a header's name must be.
func isToken(s string) bool {
	if s == "" || len(s) > 256 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !letter && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(c)) {
			return false
		}
	}
	return true
}

// parseHeaders reads 'Name: value' texts; a name may come more than once.
func parseHeaders(texts []string) (http.Header, error) {
	header := http.Header{}
	for _, text := range texts {
		name, value, err := ParseHeader(text)
		if err != nil {
			return nil, err
		}
		header.Add(name, value)
	}
	return header, nil
}
