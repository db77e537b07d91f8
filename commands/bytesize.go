package commands

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/carebase/deltatap/render"
)

// byteSize is a number of bytes as people write it: 100MB, 1.5GiB, 4096.
type byteSize int64

var byteUnits = []struct {
	suffix string
	bytes  float64
}{
	{"kib", 1 << 10},
	{"mib", 1 << 20},
	{"gib", 1 << 30},
	{"tib", 1 << 40},
	{"kb", 1e3},
	{"mb", 1e6},
	{"gb", 1e9},
	{"tb", 1e12},
	{"k", 1e3},
	{"m", 1e6},
	{"g", 1e9},
	{"t", 1e12},
	{"b", 1},
}

// Set reads a size.
func (b *byteSize) Set(text string) error {
	number, unit := strings.ToLower(strings.TrimSpace(text)), 1.0
	for _, u := range byteUnits {
		if rest, ok := strings.CutSuffix(number, u.suffix); ok {
			number, unit = strings.TrimSpace(rest), u.bytes
			break
		}
	}
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || !(n > 0 && n*unit < 1<<62) {
		return fmt.Errorf("%q is no size like 100MB", text)
	}
	*b = byteSize(n * unit)
	return nil
}

func (b *byteSize) String() string {
	if *b == 0 {
		return ""
	}
	return render.Bytes(int64(*b))
}

// Type names the kind of value in the help.
func (*byteSize) Type() string { return "size" }
