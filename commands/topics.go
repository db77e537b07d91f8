package commands

import (
	"fmt"
	"strings"

	"github.com/carebase/deltatap/replay/endpoint"
	"github.com/carebase/deltatap/replay/session"
	"github.com/spf13/cobra"
)

const exitCodesTopic = `deltatap's exit codes. Scripts may rely on them.

  0        done; for diff, watch and lint: nothing wrong found, for
           doctor: no check failed (Ctrl-C after a clean flush is 0 too)
  1        ran, and found it: the plans differ, the contract is broken,
           an expectation or a check failed
  2        wrong usage or unusable input; nothing was written
  3        inconclusive: the server's plan would not hold still, or the
           evidence is incomplete
  4        refused: not authenticated or not allowed
  5        unreachable, or no answer in time
  70       a fault of deltatap's own
  130,143  killed by a second signal

An error is one line on standard error, "deltatap: what failed: why", followed by
"hint: the next step" where there is one.`

// newTopics returns the texts that "deltatap help TOPIC" prints.
func newTopics() []*cobra.Command {
	return []*cobra.Command{
		{Use: "exit-codes", Short: "What each exit code means", Long: exitCodesTopic},
		{Use: "environment", Short: "The environment variables that deltatap reads", Long: environmentTopic()},
		newCausesTopic(),
		{Use: "session-format", Short: "The session file format, version 1", Long: strings.TrimRight(session.FormatDoc, "\n")},
	}
}

func environmentTopic() string {
	var b strings.Builder
	b.WriteString("Environment variables that deltatap reads. A flag beats the environment, which beats\n" +
		"the context, which beats the default.\n\n")
	for _, v := range append(endpoint.Variables(), ownVariables...) {
		fmt.Fprintf(&b, "  %-22s  %s\n", v.Name, v.Meaning)
	}
	return strings.TrimRight(b.String(), "\n")
}

// ownVariables are those that have nothing to do with where to connect.
var ownVariables = []endpoint.Variable{
	{Name: envDatabase, Meaning: "the Carebase database that diff --user reads, as its --db; PGPASSWORD and the like are read as by psql"},
	{Name: envServeDatabase, Meaning: "the Carebase database that serve keeps its plans in, as its --db; serve writes to it, and not to DELTATAP_DB"},
	{Name: envServeRedis, Meaning: "the Redis of the Socket.IO cluster that serve joins, as --redis"},
	{Name: envTarget, Meaning: "the target of a replay, where --to names none: an address with a password shows in no process list"},
	{Name: "NO_COLOR", Meaning: "when set, no colour unless --color=always"},
	{Name: "CLICOLOR_FORCE", Meaning: "when set and not 0, colour even where no terminal is"},
	{Name: "CLICOLOR", Meaning: "when 0, no colour unless it is asked for"},
	{Name: "TERM", Meaning: "how many colours a terminal has, with COLORTERM, TERM_PROGRAM and WT_SESSION; dumb: none"},
	{Name: "LC_ALL", Meaning: "or else LC_CTYPE or LANG: ASCII alone is shown where it names another encoding than UTF-8"},
	{Name: "COLORFGBG", Meaning: "tells a dark terminal from a light one, where it is set"},
	{Name: "TZ", Meaning: "the time zone of the times that are shown"},
}
