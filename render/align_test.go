package render

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAlign(t *testing.T) {
	got := Align([][]string{
		{"NAME", "SERVER", "TOKEN"},
		{"山田", "https://a.example", "env://T"},
		{"prod\x1b[2J", "https://carebase.example", ""},
		{"one cell"},
		{},
	})
	want := []string{
		"NAME      SERVER                    TOKEN",
		"山田      https://a.example         env://T",
		"prod      https://carebase.example",
		"one cell",
		"",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("lines differ (-want +got):\n%s", d)
	}
}
