package render

import (
	"strings"

	"github.com/carebase/deltatap/render/theme"
)

// Sparkline draws values as a row of bars at most width columns wide, the highest bar full. Where
// there are more values than columns a column shows the highest of its values, so that no burst is
// lost; a value above zero is never drawn as nothing.
func Sparkline(values []int64, width int, marks theme.Marks) string {
	values = squeeze(values, width)
	var top int64
	for _, v := range values {
		top = max(top, v)
	}
	var b strings.Builder
	full := len(marks.Spark) - 1
	for _, v := range values {
		level := 0
		if v > 0 {
			level = max(1, int(float64(v)/float64(top)*float64(full)+0.5))
		}
		b.WriteString(marks.Spark[level])
	}
	return b.String()
}

// squeeze reduces values to at most width, each the highest of those that it stands for.
func squeeze(values []int64, width int) []int64 {
	if width <= 0 || len(values) <= width {
		return values
	}
	out := make([]int64, width)
	for i, v := range values {
		at := int(int64(i) * int64(width) / int64(len(values)))
		out[at] = max(out[at], v)
	}
	return out
}
