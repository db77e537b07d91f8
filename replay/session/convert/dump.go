package convert

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// dumpLine is a line of what a tool for WebSockets printed: wscat, websocat, or a browser's list of
// messages.
type dumpLine struct {
	text    []byte // without everything else
	sent    bool   // the client sent it
	closed  bool   // the tool says that the connection ended
	comment bool   // the tool says something else

	at     time.Time     // when it was printed
	clock  time.Duration // the time of that day
	offset time.Duration // since something that is not told
	stamp  stamp
}

// stamp is what the time in front of a line tells.
type stamp int

const (
	noStamp     stamp = iota
	fullStamp         // a moment
	clockStamp        // a time of day
	offsetStamp       // a number of seconds
)

var (
	escapes = compileLater("\x1b\\[[0-9;]*[A-Za-z]")
	isoTime = compileLater(`^\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d(:\d\d([.,]\d+)?)?( ?(Z|UTC|GMT|[+-]\d\d:?\d\d))?`)
	clock   = compileLater(`^(\d\d):(\d\d):(\d\d)([.,]\d+)?`)
	dated   = compileLater(`^(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? +)?((?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +\d{1,2}) (\d\d:\d\d:\d\d)([.,]\d+)?`)
	number  = compileLater(`^\d+(\.\d+)?`)
	columns = compileLater(`^(.*[\]}"0-9])\t\d+\t(\d\d:\d\d:\d\d\.\d+)$`)
	arrows  = compileLater(`^(<+|>+|←|→|⬅|➡|↓|↑|⬇|⬆|(?i:recv|received|receive|rx|in|incoming|server|sent|send|tx|out|outgoing|client|info|debug|trace|message|msg|data)\b:?)\s+`)
	parted  = compileLater(`^(Disconnected|Connection closed|Socket closed|WebSocket connection closed)`)
)

// compileLater compiles an expression when it is first used: commands that convert nothing need not
// wait for it.
func compileLater(text string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}

// ofClient are the marks of what the client sent.
var ofClient = map[string]bool{
	"→": true, "➡": true, "↑": true, "⬆": true, "sent": true, "send": true, "tx": true, "out": true, "outgoing": true, "client": true,
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// mostStamped bounds how much of a line is looked at for what stands before its text.
const mostStamped = 200

// readDumpLine takes a line apart.
func readDumpLine(text []byte) dumpLine {
	l := dumpLine{text: bytes.TrimSpace(text)}
	if bytes.IndexByte(text, 0x1b) >= 0 {
		l.text = bytes.TrimSpace(escapes().ReplaceAll(l.text, nil))
	}
	if bytes.IndexByte(l.text, '\t') > 0 {
		l.trailing()
	}
	for range 4 {
		if isFrame(l.text) || isJSON(l.text) || !l.leading() {
			break
		}
	}
	if !isJSON(l.text) && !isFrame(l.text) && !isDigit(l.text[0]) {
		l.closed = parted().Match(l.text)
		l.comment = !l.closed
	}
	return l
}

// isJSON tells whether a text begins like a payload rather than like a time in brackets.
func isJSON(text []byte) bool {
	if len(text) == 0 {
		return true
	}
	switch text[0] {
	case '{', '"':
		return true
	case '[':
		rest := bytes.TrimLeft(text[1:], " \t\r\n")
		return len(rest) == 0 || rest[0] == '{' || rest[0] == '"' || rest[0] == '[' || rest[0] == ']'
	}
	return false
}

// trailing takes off the length and the time that a browser's list of messages has behind each.
func (l *dumpLine) trailing() {
	if parts := columns().FindSubmatch(l.text); parts != nil {
		l.text = parts[1]
		l.takeClock(string(parts[2]))
	}
}

// leading takes off one thing that stands before the text. It is not ok where there is none.
func (l *dumpLine) leading() bool {
	head := l.text[:min(len(l.text), mostStamped)]
	if arrow := arrows().FindSubmatch(head); arrow != nil {
		word := strings.ToLower(strings.TrimSuffix(string(arrow[1]), ":"))
		l.sent = word[0] == '>' || ofClient[word]
		return l.cut(len(arrow[0]))
	}
	from := 0
	if bytes.HasPrefix(head, []byte("[")) || bytes.HasPrefix(head, []byte("(")) {
		from = 1
	}
	n := l.time(string(head[from:]))
	if n == 0 {
		return false
	}
	end := from + n
	if from == 1 {
		if end >= len(l.text) || l.text[end] != ']' && l.text[end] != ')' {
			return false
		}
		end++
	}
	return l.cut(end)
}

// cut takes so many bytes off the text, and what parts them from the rest.
func (l *dumpLine) cut(n int) bool {
	l.text = bytes.TrimLeft(l.text[n:], " \t:|,")
	return true
}

// time reads the time that a text begins with, and returns its length; 0 where it begins with none.
func (l *dumpLine) time(text string) int {
	if found := isoTime().FindString(text); found != "" {
		at, ok := parseMoment(strings.ReplaceAll(strings.ReplaceAll(found, ",", "."), "/", "-"))
		if !ok {
			at, ok = parseMoment(withoutZone(found))
		}
		if ok {
			l.stamp, l.at = fullStamp, at
			return len(found)
		}
	}
	if found := dated().FindStringSubmatch(text); found != nil {
		if day, err := time.Parse("Jan 2", strings.Join(strings.Fields(found[1]), " ")); err == nil && l.takeClock(found[2]+found[3]) {
			l.at = day
			return len(found[0])
		}
	}
	if found := clock().FindString(text); found != "" && l.takeClock(found) {
		return len(found)
	}
	found := number().FindString(text)
	if rest := text[len(found):]; found == "" || rest == "" || !strings.ContainsAny(rest[:1], " \t])") {
		return 0
	}
	n, err := strconv.ParseFloat(found, 64)
	if err != nil {
		return 0
	}
	if at, ok := sinceEpoch(n); ok {
		l.stamp, l.at = fullStamp, at
	} else if n < oldest {
		l.stamp, l.offset = offsetStamp, time.Duration(n*float64(time.Second))
	}
	return len(found)
}

// withoutZone takes the name of UTC off a time.
func withoutZone(text string) string {
	return strings.TrimRight(strings.TrimSuffix(strings.TrimSuffix(text, "UTC"), "GMT"), " ")
}

// takeClock takes a time of day.
func (l *dumpLine) takeClock(text string) bool {
	at, err := time.Parse("15:04:05", strings.Replace(text, ",", ".", 1))
	if err != nil {
		return false
	}
	l.stamp = clockStamp
	l.clock = time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute +
		time.Duration(at.Second())*time.Second + time.Duration(at.Nanosecond())
	return true
}

// started is when a session starts whose first moment this line tells of. Of a time of day alone
// the day is the last on which it was that time.
func (l *dumpLine) started(now time.Time) time.Time {
	switch l.stamp {
	case fullStamp:
		return l.at
	case clockStamp:
		day := now.UTC().Truncate(24 * time.Hour)
		if !l.at.IsZero() {
			day = time.Date(day.Year(), l.at.Month(), l.at.Day(), 0, 0, 0, 0, time.UTC)
		}
		at := day.Add(l.clock)
		switch {
		case !at.After(now):
		case l.at.IsZero():
			at = at.AddDate(0, 0, -1)
		default:
			at = at.AddDate(-1, 0, 0)
		}
		return at
	}
	return now
}

// since is how long after another line this one was printed. It is not ok where they do not tell.
func (l *dumpLine) since(first *dumpLine) (time.Duration, bool) {
	if l.stamp != first.stamp {
		return 0, false
	}
	switch l.stamp {
	case fullStamp:
		return max(l.at.Sub(first.at), 0), true
	case offsetStamp:
		return max(l.offset-first.offset, 0), true
	case clockStamp:
		const day = 24 * time.Hour
		t := l.at.Sub(first.at) + l.clock - first.clock
		if l.at.IsZero() && t < -day/2 { // midnight came in between
			t += day
		}
		return max(t, 0), true
	}
	return 0, false
}
