package render

import (
	"bytes"
	"errors"
	"testing"
)

func TestError(t *testing.T) {
	for _, tt := range []struct {
		name          string
		message, hint string
		want          string
	}{
		{"with a hint", "connect: refused", "deltatap doctor", "deltatap: connect: refused\nhint: deltatap doctor\n"},
		{"without", "connect: refused", "", "deltatap: connect: refused\n"},
		{"joined", errors.Join(errors.New("a: b"), errors.New("c: d")).Error(), "", "deltatap: a: b; c: d\n"},
		{"hostile", "server said \x1b[2Jhi\u202e", "", "deltatap: server said hi\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b bytes.Buffer
			Error(&b, tt.message, tt.hint)
			if got := b.String(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
