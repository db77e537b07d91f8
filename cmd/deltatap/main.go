// Command deltatap watches, records, replays and explains the delta stream of a Carebase server.
package main

import (
	"os"

	"github.com/carebase/deltatap/commands"
)

func main() { os.Exit(commands.Main()) }
