package theme

// Marks are the few signs that stand beside words. Each is one column wide, but Apart, and Arrow
// and Ellipsis in ASCII.
type Marks struct {
	Created, Updated, Deleted string // an action, where there is no room for its word
	First, Inner, Last        string // the bracket around the deltas of one message
	Online, Offline, Waiting  string // connection states
	Warn, Error, Note         string
	Refresh                   string
	Arrow, Ellipsis, Dash     string
	Apart                     string   // between the details of an item, blanks included
	Spark                     []string // empty to full, for sparklines
	Line, Shade               string   // time with and without a connection
	Axis, Corner, Rule, Tick  string   // a drawing's left and lower edge, and where that has a label
	Point                     string   // a point of a drawing, where Braille is none
	Braille                   bool     // patterns of dots can be shown
}

var unicodeMarks = Marks{
	Created: "+", Updated: "~", Deleted: "-",
	First: "╭", Inner: "│", Last: "╰",
	Online: "●", Offline: "○", Waiting: "◌",
	Warn: "!", Error: "✗", Note: "·",
	Refresh: "↻",
	Arrow:   "→", Ellipsis: "…", Dash: "–", Apart: " · ",
	Spark: []string{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"},
	Line:  "━", Shade: "░", Axis: "┤", Corner: "└", Rule: "─", Tick: "┬", Point: "•", Braille: true,
}

var asciiMarks = Marks{
	Created: "+", Updated: "~", Deleted: "-",
	First: "/", Inner: "|", Last: "\\",
	Online: "*", Offline: "o", Waiting: ".",
	Warn: "!", Error: "x", Note: "-",
	Refresh: "@",
	Arrow:   "->", Ellipsis: "...", Dash: "-", Apart: " | ",
	Spark: []string{" ", ".", ":", "-", "=", "+", "*", "#", "@"},
	Line:  "=", Shade: ":", Axis: "|", Corner: "+", Rule: "-", Tick: "+", Point: "*",
}
