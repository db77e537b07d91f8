package commands

import (
	"strings"
	"testing"
)

func TestHoldsPassword(t *testing.T) {
	for text, want := range map[string]bool{
		"postgres://u:hunter2@db.example/care":       true,
		"postgres://u:@db.example/care":              true,
		"postgres://u@db.example:5432/care":          false,
		"postgres://db.example/care?password=x":      true,
		"postgres://db.example/care?sslpassword=x":   true,
		"postgres://u:hun%ter@db.example/care":       true, // no URL
		"postgres://u:hunter 2@db.example/care":      true,
		"host=db user=u password=hunter2":            true,
		"host=db user=u Password = hunter2":          true,
		"host=db user=u":                             false,
		"redis://:hunter2@127.0.0.1":                 true,
		"redis://127.0.0.1:6379/3":                   false,
		"unix://:hunter2@/run/redis.sock":            true,
		"serve://127.0.0.1:0":                        false,
		"socket+https://care.example/a:b@c?x=y:z@zz": false,
		"rest": false,
		"":     false,
	} {
		if got := holdsPassword(text); got != want {
			t.Errorf("%q holds a password: %v, want %v", text, got, want)
		}
	}
}

// TestShownTargetHoldsNoSecret has targets in all kinds of wrong spellings: what is told of them is not what is secret.
func TestShownTargetHoldsNoSecret(t *testing.T) {
	for text, want := range map[string]string{
		"postgres://u:hunter2@db.example:5432/care?password=hunter2": "postgres://db.example:5432/care",
		"redis://:hunter2@127.0.0.1":                                 "redis://127.0.0.1",
		"postgres://u:hunter2@[db/%zz":                               "postgres://…",
		"postgres:u:hunter2@db":                                      "postgres:…",
		"postgres:/u:hunter2@db.example/x":                           "…",
		"postgres//u:hunter2@db.example/x":                           "…",
		"host=db user=u password=hunter2":                            "…",
		"u:hunter2@db.example":                                       "u:…",
		"unix:///run/redis.sock":                                     "unix:///run/redis.sock",
		"stdout":                                                     "stdout",
		"rest":                                                       "rest",
		"socket+https://u:hunter2@care/base":                         "socket+https://care/base",
	} {
		if got := shownTarget(text); got != want || strings.Contains(got, "hunter2") {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
}
