package commands

import (
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

// newHelpCommand makes the command that tells of commands and topics. Cobra's own exits with 0
// where there is nothing to tell.
func newHelpCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "help [COMMAND]",
		Short:   "Help about any command",
		Long:    "Tell how a command is used, or what a topic is about.",
		Example: "  deltatap help tail\n  deltatap help exit-codes\n  deltatap help causes missed-delta",
		GroupID: groupOther,
		ValidArgsFunction: func(cmd *cobra.Command, args []string, part string) ([]string, cobra.ShellCompDirective) {
			return completeCommands(cmd.Root(), args, part), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			found, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return unknownCommand(found, rest[0])
			}
			found.InitDefaultHelpFlag()
			return found.Help()
		},
	}
}

// completeCommands offers the commands below those that were named, and the topics.
func completeCommands(root *cobra.Command, args []string, part string) []string {
	cmd, rest, err := root.Find(args)
	if err != nil || len(rest) > 0 {
		return nil
	}
	var names []string
	for _, child := range cmd.Commands() {
		if child.IsAvailableCommand() || child.IsAdditionalHelpTopicCommand() {
			if strings.HasPrefix(child.Name(), part) {
				names = append(names, child.Name()+"\t"+child.Short)
			}
		}
	}
	return names
}

// unknownCommand is the error of a word that is no command, with the one that may have been meant.
func unknownCommand(cmd *cobra.Command, word string) error {
	cmd.SuggestionsMinimumDistance = 2
	hint := helpHint(cmd)
	if near := cmd.SuggestionsFor(word); len(near) > 0 {
		for i, name := range near {
			near[i] = cmd.CommandPath() + " " + name
		}
		hint = "did you mean " + orList(near) + "? " + hint + " tells of all"
	}
	return usage(hint, "unknown command %s for %q", strconv.Quote(word), cmd.CommandPath())
}

// strayWord is the error of arguments that name no command: their flags, which belong to one that
// was meant, would be refused first.
func strayWord(root *cobra.Command, args []string) error {
	if len(args) == 0 || strings.HasPrefix(args[0], "__") { // what shells ask for completions
		return nil
	}
	cmd, rest, err := root.Find(args)
	if err != nil || !cmd.HasSubCommands() || len(rest) == 0 || strings.HasPrefix(rest[0], "-") {
		return nil
	}
	return unknownCommand(cmd, rest[0])
}
