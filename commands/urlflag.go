package commands

import (
	"io"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
)

// Environment variables that stand for flags whose values may hold passwords.
const (
	// envDatabase names the database of diff. It is that of a running server, as a rule: serve,
	// which writes, does not read it.
	envDatabase      = "DELTATAP_DB"
	envServeDatabase = "DELTATAP_SERVE_DB"
	envServeRedis    = "DELTATAP_REDIS"
	envTarget        = "DELTATAP_TO"
)

// warnOfPassword warns of a flag's value that other users of this machine can see, and says what
// keeps it from them.
func (app *App) warnOfPassword(flag, value, keepers string) {
	if holdsPassword(value) {
		app.warn("a password in " + flag + " shows in the process list; " + keepers + " keep it out")
	}
}

// spelledOut finds a password where a text is no URL: in a row of keywords and values, in a query,
// or in a URL that is broken.
var spelledOut = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)password\s*=|://[^/?#]*:[^/?#]*@`)
})

// holdsPassword says whether a URL, or a row of keywords and values, spells a password out.
func holdsPassword(text string) bool {
	if parsed, err := url.Parse(text); err == nil {
		if _, has := parsed.User.Password(); has {
			return true
		}
	}
	return spelledOut().MatchString(text)
}

// referredTo is text, or what the variable (env://NAME) or the first line of the file (file://PATH)
// holds that it refers to. label says in errors whose text it is.
func (app *App) referredTo(label, text string) (string, error) {
	if name, ok := strings.CutPrefix(text, "env://"); ok {
		if text = app.Env(name); text == "" {
			return "", usage("", "%s: env://%s: the variable is not set", label, name)
		}
		return text, nil
	}
	path, ok := strings.CutPrefix(text, "file://")
	if !ok {
		return text, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return "", usage("", "%s: file://%s: %s", label, path, whyFile(err))
	}
	defer file.Close()
	const longest = 64 << 10
	held, err := io.ReadAll(io.LimitReader(file, longest))
	if err != nil {
		return "", usage("", "%s: file://%s: %s", label, path, whyFile(err))
	}
	if text = strings.TrimSpace(firstLine(strings.TrimSpace(string(held)))); text == "" {
		return "", usage("", "%s: file://%s: the file is empty", label, path)
	}
	return text, nil
}
