package rest

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// statusHeaders are those in which caches say whether they answered themselves.
var statusHeaders = []string{
	"Cache-Status", "X-Cache", "X-Cache-Status", "X-Proxy-Cache", "Cf-Cache-Status", "X-Vercel-Cache",
	"X-Nginx-Cache", "X-Varnish-Cache", "X-Fastcgi-Cache", "X-Drupal-Cache", "Cdn-Cache",
}

// cached tells what of an answer's headers says that a cache gave it, and how old it is.
func cached(header http.Header) (says string, age time.Duration) {
	var signs []string
	if seconds, err := strconv.ParseInt(strings.TrimSpace(header.Get("Age")), 10, 32); err == nil && seconds > 0 {
		age = time.Duration(seconds) * time.Second
		signs = append(signs, "Age: "+strconv.FormatInt(seconds, 10))
	}
	for _, name := range statusHeaders {
		if value := strings.Join(header.Values(name), ", "); tellsHit(name, value) {
			signs = append(signs, name+": "+cut(printable(value)))
		}
	}
	return strings.Join(signs, ", "), age
}

// tellsHit tells whether a cache's word for what it did says that it answered by itself.
func tellsHit(name, value string) bool {
	between := func(r rune) bool { return !(r >= 'a' && r <= 'z') && r != '-' }
	for _, word := range strings.FieldsFunc(strings.ToLower(value), between) {
		// In Cache-Status "fwd=stale" is why the server was asked.
		if word == "hit" || name != "Cache-Status" && (word == "stale" || word == "updating") {
			return true
		}
	}
	return false
}
