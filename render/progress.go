package render

import (
	"strings"
	"time"
)

// ProgressState is how far a reading has come.
type ProgressState struct {
	Name    string        // what is read
	Done    int64         // bytes read
	Size    int64         // bytes there are; 0 where that is not known
	Elapsed time.Duration // since the start
	Bar     int           // columns of the bar
}

// Progress says how far a reading has come: a bar and the time left where the size is known, the
// bytes and the rate always.
func Progress(p ProgressState) string {
	perSecond := int64(float64(p.Done) / max(p.Elapsed.Seconds(), 1e-3))
	rate := Bytes(perSecond) + "/s"
	if p.Size <= 0 {
		return Clean(p.Name) + "  " + Bytes(p.Done) + "  " + rate
	}
	done := min(p.Done, p.Size)
	full := int(int64(p.Bar) * done / p.Size)
	bar := strings.Repeat("█", full) + strings.Repeat("░", p.Bar-full)
	text := Clean(p.Name) + "  " + bar + "  " + Percent(done, p.Size) + "  " + rate
	if perSecond > 0 {
		text += "  " + Duration(time.Duration(float64(p.Size-done)/float64(perSecond)*float64(time.Second)).Round(time.Second)) + " left"
	}
	return text
}
