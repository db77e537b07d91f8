package theme

import (
	"fmt"
	"strconv"
	"strings"
)

// Decide says how many colours to use on a stream. mode is the --color option: "always", "never",
// or "auto" (or ""), which asks the environment and whether the stream is a terminal: NO_COLOR and
// CLICOLOR=0 forbid colour, CLICOLOR_FORCE asks for it in a pipe too, NO_COLOR being the stronger.
// The profile comes from TERM and COLORTERM.
func Decide(mode string, terminal bool, env func(string) string) (Profile, error) {
	switch mode {
	case "never":
		return None, nil
	case "always":
		return forced(env), nil
	case "auto", "":
	default:
		return None, fmt.Errorf("colour mode %q is none of auto, always, never", mode)
	}
	force := env("CLICOLOR_FORCE")
	switch {
	case env("NO_COLOR") != "":
		return None, nil
	case force != "" && force != "0":
		return forced(env), nil
	case env("CLICOLOR") == "0", !terminal:
		return None, nil
	}
	return depth(env), nil
}

// forced is the depth of colour where colour was asked for: at least the sixteen that everything
// knows.
func forced(env func(string) string) Profile {
	if p := depth(env); p != None {
		return p
	}
	return ANSI
}

// depth reads the depth of colour from what terminals say about themselves.
func depth(env func(string) string) Profile {
	term := env("TERM")
	colors := strings.ToLower(env("COLORTERM"))
	switch {
	case term == "dumb":
		return None
	case env("WT_SESSION") != "":
		return TrueColor
	case colors == "truecolor" || colors == "24bit":
		if strings.HasPrefix(term, "screen") && env("TERM_PROGRAM") != "tmux" {
			return ANSI256 // GNU screen passes the variable on and drops the colours
		}
		return TrueColor
	case strings.Contains(term, "256color"), colors != "":
		return ANSI256
	case term == "":
		return None
	}
	return ANSI
}

// Background reads the terminal's background from COLORFGBG ("15;0"), which some terminals set.
// known is false where nothing is said; most people's terminals are dark.
func Background(env func(string) string) (dark, known bool) {
	parts := strings.Split(env("COLORFGBG"), ";")
	n, err := strconv.Atoi(parts[len(parts)-1])
	if err != nil || n < 0 || n > 15 {
		return true, false
	}
	return n <= 6 || n == 8, true
}

// UTF8 says whether the locale of the environment is a UTF-8 one. Without any locale it is taken to
// be: what has none today is a container, not an old terminal.
func UTF8(env func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := env(name); v != "" {
			v = strings.ToLower(v)
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return true
}
