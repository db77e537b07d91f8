package commands

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

const rootLong = `deltatap watches, records, replays and explains the delta stream of a Carebase server.

Carebase pushes plan:item-delta events over Socket.IO, phones patch a cached plan with
them, and sometimes a cache and the server disagree. deltatap shows what was sent, keeps
it as evidence, plays it again with faults, and names the update that was missed.`

// commandTable holds the commands, in the order of the help of each group.
var commandTable = []struct {
	group, name string
	make        func(*App) *cobra.Command
}{
	{groupStream, "tail", newTail},
	{groupStream, "record", newRecord},
	{groupStream, "watch", newWatch},
	{groupStream, "tap", newTap},
	{groupSession, "diff", newDiff},
	{groupSession, "inspect", newInspect},
	{groupSession, "lint", newLint},
	{groupSession, "synth", newSynth},
	{groupSession, "replay", newReplay},
	{groupServer, "serve", newServe},
	{groupServer, "context", newContext},
	{groupServer, "doctor", newDoctor},
	{groupServer, "demo", newDemo},
	{groupSession, "fixtures", newFixtures},
	{groupOther, "version", newVersion},
	{groupOther, "completion", newCompletion},
}

// wantedCommand is the name of the only command that the arguments need, or "" where they need all:
// for help, for a shell's completion, and for what names no command.
func wantedCommand(args []string) string {
	for _, command := range commandTable {
		if len(args) > 0 && args[0] == command.name && command.name != "completion" {
			return command.name
		}
	}
	return ""
}

// newRoot builds the command tree over app: with all commands, or with the wanted one alone, since
// to build all takes as long as everything else that "deltatap version" does.
func newRoot(app *App, wanted string) *cobra.Command {
	root := &cobra.Command{
		Use:           "deltatap",
		Short:         "Watch, record, replay and explain Carebase delta streams",
		Long:          rootLong,
		Example:       "  deltatap demo\n  deltatap tail --server https://care.example.com --token-file token.txt",
		Args:          cobra.NoArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			if err := refuseEmpty(cmd); err != nil {
				return err
			}
			return oneOf("--color", app.Color, "auto", "always", "never")
		},
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	flags := root.PersistentFlags()
	flags.StringVar(&app.Color, "color", "auto", "colour the output: auto, always or never")
	flags.CountVarP(&app.Verbose, "verbose", "v", "say more on standard error (twice: more still)")
	flags.BoolVarP(&app.Quiet, "quiet", "q", false, "say nothing on standard error but errors")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usage(helpHint(cmd), "%v", err)
	})
	root.AddGroup(groups...)
	for _, command := range commandTable {
		if wanted != "" && command.name != wanted {
			continue
		}
		cmd := command.make(app)
		cmd.GroupID = command.group
		root.AddCommand(cmd)
	}
	if wanted == "" {
		root.AddCommand(newTopics()...)
	}
	root.SetHelpCommand(newHelpCommand())
	root.InitDefaultHelpCmd()
	root.Version = Version
	root.SetVersionTemplate(versionLine())
	positional(root)
	readable(root)
	completeFlags(app, root, flagValues())
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), "FlagUsages", "FlagUsagesWrapped "+strconv.Itoa(helpWidth)))
	return root
}

// refuseEmpty refuses a flag that is given, and empty, as it is where a script's variable is not
// set: it does not mean what it means to leave it out.
func refuseEmpty(cmd *cobra.Command) (err error) {
	cmd.Flags().Visit(func(f *pflag.Flag) {
		switch f.Value.String() {
		case "", "[]", `[""]`:
			err = usage("leave it out, or give it a value", "--%s: empty", f.Name)
		}
	})
	return err
}

const (
	groupStream  = "stream"
	groupSession = "session"
	groupServer  = "server"
	groupOther   = "other"
)

var groups = []*cobra.Group{
	{ID: groupStream, Title: "Live streams:"},
	{ID: groupSession, Title: "Sessions:"},
	{ID: groupServer, Title: "Servers:"},
	{ID: groupOther, Title: "Other:"},
}

// positional makes wrong arguments of every command below cmd errors of usage (exit 2).
func positional(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			if cmd.HasSubCommands() && len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			if err := check(cmd, args); err != nil {
				return usage(helpHint(cmd), "%s", firstLine(err.Error()))
			}
			return nil
		}
	}
	for _, child := range cmd.Commands() {
		positional(child)
	}
}

func helpHint(cmd *cobra.Command) string { return cmd.CommandPath() + " --help" }

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// outputFormats is the annotation of --output that lists its formats.
const outputFormats = "formats"

// outputFlag registers -o, --output with the formats that a command knows; the first is the
// default.
func outputFlag(flags *pflag.FlagSet, value *string, formats ...string) {
	flags.StringVarP(value, "output", "o", formats[0], "output format: "+orList(formats))
	_ = flags.SetAnnotation("output", outputFormats, formats)
}

// oneOf refuses a value that is none of those allowed.
func oneOf(name, value string, allowed ...string) error {
	for _, a := range allowed {
		if value == a {
			return nil
		}
	}
	return usage("", "%s %q: want %s", name, value, orList(allowed))
}

func orList(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return fmt.Sprintf("%s or %s", strings.Join(words[:last], ", "), words[last])
}
