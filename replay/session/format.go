package session

import _ "embed"

// FormatDoc is the description of the session format for those who read or write such files: plain
// text, at most 80 columns wide.
//
//go:embed format.txt
var FormatDoc string
