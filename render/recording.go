package render

import (
	"fmt"
	"strings"
	"time"
)

// RecordingState is how a recording is getting on.
type RecordingState struct {
	Elapsed   time.Duration
	Records   int64 // that are safe on disk
	Deltas    int64
	PerSecond float64 // deltas, lately
	Version   int64   // highest seen; 0 for none
	Connected bool
	Bytes     int64 // of the files
	Part      int   // 0 or 1: not worth a word
}

// Recording says in one line how a recording is getting on.
func Recording(r RecordingState, apart string) string {
	parts := []string{Duration(r.Elapsed.Truncate(time.Second)), Plural(r.Records, "record"), Plural(r.Deltas, "delta"), significant(r.PerSecond) + "/s"}
	if r.Version > 0 {
		parts = append(parts, fmt.Sprintf("v%d", r.Version))
	}
	if r.Connected {
		parts = append(parts, "connected")
	} else {
		parts = append(parts, "not connected")
	}
	parts = append(parts, Bytes(r.Bytes))
	if r.Part > 1 {
		parts = append(parts, fmt.Sprintf("part %d", r.Part))
	}
	return strings.Join(parts, apart)
}
