package rawjson

// The readers here are for a template of the text that servers write: they accept the usual
// spellings alone, without looking at more of the text than those take.

// SkipInstant reads an instant whose opening quote is before b[i], in the spellings of payloads:
// with an offset, or with milliseconds and Z. It returns the index behind the closing quote, or
// [None] for any other text.
func SkipInstant(b []byte, i int) int {
	if _, ok := readClock(b, i); !ok {
		return None
	}
	if i += clockLen; i+len(`.123Z"`) > len(b) {
		return None
	}
	switch b[i] {
	case '.':
		if isDigit(b[i+1]) && isDigit(b[i+2]) && isDigit(b[i+3]) && b[i+4] == 'Z' && b[i+5] == '"' {
			return i + 6
		}
	case '+', '-':
		if i+len(`+02:00"`) > len(b) {
			return None
		}
		if readPair(b, i+1) < 24 && b[i+3] == ':' && readPair(b, i+4) < 60 && b[i+6] == '"' {
			return i + 7
		}
	}
	return None
}

// SkipMidnight reads a midnight of UTC, as [SkipInstant] does, in the spelling of dates: with
// milliseconds and Z.
func SkipMidnight(b []byte, i int) int {
	const time = `T00:00:00.000Z"`
	if _, ok := readClock(b, i); !ok {
		return None
	}
	from := i + len("2026-11-27")
	end := from + len(time)
	if end > len(b) || string(b[from:end]) != time {
		return None
	}
	return end
}
