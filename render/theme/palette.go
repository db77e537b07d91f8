package theme

import "github.com/charmbracelet/lipgloss"

// The palette. Every tone is chosen for both backgrounds and for each depth of colour, because a
// tone that is right in 24 bits on black is often unreadable in 16 colours on white. The test
// measures their contrast.
var (
	green  = tone("#7fcf8a", "114", "10", "#1a6e31", "22", "2")
	blue   = tone("#7db4f5", "111", "12", "#0a4fa8", "25", "4")
	red    = tone("#ff8f85", "210", "9", "#b0211a", "124", "1")
	purple = tone("#cfa6f7", "183", "13", "#7636ad", "91", "5")
	amber  = tone("#e0b354", "179", "11", "#7d5200", "94", "3")
	orange = tone("#f2a266", "215", "11", "#96400a", "94", "3")
	teal   = tone("#62cbd4", "80", "14", "#0b6069", "23", "6")
	grey   = tone("#949ca6", "247", "8", "#59616b", "240", "8")
)

func tone(dark, dark256, dark16, light, light256, light16 string) lipgloss.CompleteAdaptiveColor {
	return lipgloss.CompleteAdaptiveColor{
		Dark:  lipgloss.CompleteColor{TrueColor: dark, ANSI256: dark256, ANSI: dark16},
		Light: lipgloss.CompleteColor{TrueColor: light, ANSI256: light256, ANSI: light16},
	}
}
