package commands

import "testing"

func TestByteSize(t *testing.T) {
	for text, want := range map[string]byteSize{"4096": 4096, "1KB": 1000, "1 KiB": 1024, "100MB": 100e6, "1.5GiB": 3 << 29, "2g": 2e9} {
		var b byteSize
		if err := b.Set(text); err != nil || b != want {
			t.Errorf("%s: %d, %v; want %d", text, b, err, want)
		}
	}
	for _, text := range []string{"", "big", "-1", "0", "1QB", "NaN", "1e30"} {
		if err := new(byteSize).Set(text); err == nil {
			t.Errorf("%q is taken for a size", text)
		}
	}
}
