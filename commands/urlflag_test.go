package commands

import "testing"

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
