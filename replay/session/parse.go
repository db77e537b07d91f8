package session

import "time"

// ParseRecord reads one line, without its newline, into rec. Rec's byte slices alias line. What is
// no record leaves rec in no useful state, and is a *LineError without a line number.
//
// A line spelled as AppendJSON spells it takes no allocation; any other line goes the long way to
// the same result.
func ParseRecord(line []byte, rec *Record) error {
	event := rec.Event // most likely the same again, and then its text need not be copied
	*rec = Record{Raw: line}
	if parseQuick(line, rec, event) {
		return nil
	}
	*rec = Record{Raw: line}
	return parseAny(line, rec)
}

// ParseEventHead reads an event line spelled as AppendJSON spells it up to its args. It fills N, T,
// Kind and Event, and returns the rest of the line: what should be the args and a closing brace,
// but is not looked at. Where it says false the line may still be an event: ask ParseRecord.
//
// It is for those who decode the args anyway, and so need not have them checked twice.
func ParseEventHead(line []byte, rec *Record) (rest []byte, ok bool) {
	i := parseStart(line, rec)
	if i < 0 {
		return nil, false
	}
	i = parseEventName(line, i, rec, rec.Event)
	if i < 0 {
		return nil, false
	}
	return line[i:], true
}

// parseQuick reads the lines of which sessions are made, in the spelling of AppendJSON. Where it
// says false nothing is said about the line.
func parseQuick(line []byte, rec *Record, event string) bool {
	i := parseStart(line, rec)
	if i < 0 {
		return false
	}
	from := parseEventName(line, i, rec, event)
	if from >= 0 {
		if from >= len(line) || line[from] != '[' {
			return false
		}
		end := skipValue(line, from)
		if !closes(line, end) {
			return false
		}
		rec.Args = line[from:end]
		return true
	}
	return parseAnswer(line, i, rec)
}

// closes says whether the line's last byte is at i, and closes the record.
func closes(line []byte, i int) bool { return i >= 0 && i == len(line)-1 && line[i] == '}' }

// after returns where text ends if it stands in line at i, else -1.
func after(line []byte, i int, text string) int {
	if i >= 0 && len(line)-i >= len(text) && string(line[i:i+len(text)]) == text {
		return i + len(text)
	}
	return -1
}

// parseStart reads what every record starts with, up to its kind.
func parseStart(line []byte, rec *Record) int {
	i := after(line, 0, `{"n":`)
	if i < 0 {
		return -1
	}
	n, i := parseDigits(line, i)
	if i = after(line, i, `,"t":`); i < 0 {
		return -1
	}
	t, i := parseDecimals(line, i, micros)
	if i = after(line, i, `,"kind":"`); i < 0 {
		return -1
	}
	rec.N, rec.T = n, time.Duration(t)*time.Microsecond
	return i
}

func parseEventName(line []byte, i int, rec *Record, last string) int {
	i = after(line, i, `event","event":"`)
	if i < 0 {
		return -1
	}
	from := i
	for i < len(line) && plain[line[i]] && line[i] < 0x80 {
		i++
	}
	end := i
	if i = after(line, i, `","args":`); i < 0 {
		return -1
	}
	rec.Kind = KindEvent
	rec.Event = intern(line[from:end], last)
	return i
}

func parseAnswer(line []byte, i int, rec *Record) bool {
	kind := KindPlan
	at := after(line, i, `plan","status":`)
	if at < 0 {
		kind = KindVersion
		at = after(line, i, `version","status":`)
	}
	if at < 0 {
		return false
	}
	status, i := parseDigits(line, at)
	if i = after(line, i, `,"took":`); i < 0 || status > 999 {
		return false
	}
	took, i := parseDecimals(line, i, millis)
	if i = after(line, i, `,"body":`); i < 0 {
		return false
	}
	end := skipValue(line, i)
	if !closes(line, end) || line[i] <= ' ' {
		return false
	}
	rec.Kind, rec.Status, rec.Took, rec.Body = kind, int(status), time.Duration(took)*time.Millisecond, line[i:end]
	return true
}

// maxQuickDigits is how many digits of a whole number the quick way reads: so many that nothing
// overflows.
const maxQuickDigits = 12

// parseDigits reads a whole number that is not negative, in the spelling that JSON allows; -1 where
// there is none.
func parseDigits(line []byte, i int) (int64, int) {
	from, n := i, int64(0)
	for i < len(line) && line[i]-'0' <= 9 {
		n = n*10 + int64(line[i]-'0')
		i++
		if i-from > maxQuickDigits {
			return 0, -1
		}
	}
	if i == from || i-from > 1 && line[from] == '0' {
		return 0, -1
	}
	return n, i
}

// parseDecimals reads a number of exactly so many decimals, as a whole number of the last place's
// unit. It goes up to what a time.Duration holds.
func parseDecimals(line []byte, i, decimals int) (int64, int) {
	n, i := parseDigits(line, i)
	if i = after(line, i, "."); i < 0 || len(line)-i <= decimals || n > maxQuickSeconds {
		return 0, -1
	}
	for end := i + decimals; i < end; i++ {
		if line[i]-'0' > 9 {
			return 0, -1
		}
		n = n*10 + int64(line[i]-'0')
	}
	return n, i
}

// maxQuickSeconds is about 31 years.
const maxQuickSeconds = 1e9

// intern returns name as a string, without a copy where it is a name that is to be expected.
func intern(name []byte, last string) string {
	switch string(name) {
	case "plan:item-delta":
		return "plan:item-delta"
	case "connection:ack":
		return "connection:ack"
	case "plan:update":
		return "plan:update"
	case last:
		return last
	}
	return string(name)
}
