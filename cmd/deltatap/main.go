// Command deltatap watches, records, replays and explains the delta stream of a Carebase server.
package main

import (
	"os"

	_ "github.com/carebase/deltatap/cmd/deltatap/descriptors" // ends the program early where it can open nothing
	"github.com/carebase/deltatap/commands"
)

func main() { os.Exit(commands.Main()) }
