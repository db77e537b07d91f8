package commands

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
)

// helpOf is the help of every command below cmd, by its path.
func helpOf(cmd *cobra.Command) map[string]string {
	help := map[string]string{}
	everyCommand(cmd, func(cmd *cobra.Command, _ []string) {
		cmd.InitDefaultHelpFlag()
		help[cmd.CommandPath()] = cmd.Long + "\n\n" + cmd.UsageString()
	})
	return help
}

// commandNamed finds a command directly below root.
func commandNamed(t *testing.T, root *cobra.Command, name string) *cobra.Command {
	t.Helper()
	cmd, _, err := root.Find([]string{name})
	if err != nil || cmd.Name() != name {
		t.Fatalf("%s: found %s: %v", name, cmd.Name(), err)
	}
	return cmd
}

// A command that is built alone is the one of the whole tree, and nothing else is built.
func TestCommandAlone(t *testing.T) {
	all := newRoot(&App{}, "")
	for _, command := range commandTable {
		alone := newRoot(&App{}, command.name)
		want, got := helpOf(commandNamed(t, all, command.name)), helpOf(commandNamed(t, alone, command.name))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -in the whole tree +alone\n%s", command.name, diff)
		}
		if n := len(alone.Commands()); n != 2 { // help is the other
			t.Errorf("%s: %d commands were built", command.name, n)
		}
	}
}

// What tells of other commands, and what names none, gets them all.
func TestWantedCommand(t *testing.T) {
	for _, tc := range []struct {
		args []string
		want string
	}{
		{nil, ""},
		{[]string{"tail", "--help"}, "tail"},
		{[]string{"context", "ls"}, "context"},
		{[]string{"help", "tail"}, ""},
		{[]string{"completion", "bash"}, ""},
		{[]string{"__complete", "tail", ""}, ""},
		{[]string{"--quiet", "tail"}, ""},
		{[]string{"tial"}, ""},
		{[]string{""}, ""},
	} {
		if got := wantedCommand(tc.args); got != tc.want {
			t.Errorf("%q: %q, want %q", tc.args, got, tc.want)
		}
	}
}
