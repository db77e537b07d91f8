package commands

import (
	"slices"
	"strings"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/endpoint"
	"github.com/carebase/deltatap/replay/session/convert"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// flagValues are the values of flags that mean the same wherever they are.
func flagValues() map[string][]string {
	var rules []string
	for _, rule := range contract.Rules() {
		rules = append(rules, rule.Name)
	}
	return map[string][]string{
		"color":     {"auto", "always", "never"},
		"client":    {"contract", "mobile"},
		"transport": {string(endpoint.Auto), string(endpoint.WebSocket), string(endpoint.Polling)},
		"severity":  {"warning", "error"},
		"rule":      rules,
		"type":      {contract.TypeAppointment, contract.TypeBill, contract.TypePlan},
		"action":    {contract.ActionCreated, contract.ActionUpdated, contract.ActionDeleted},
		"source":    {contract.SourceREST, contract.SourceCollaborator, contract.SourceGoogle, contract.SourceInbound},
		"section":   {"collaborators", "pending-reviews"},
		"format":    convert.Formats(),
	}
}

// takesFiles are what the values of flags are called that are files.
var takesFiles = []string{"file"}

// completeFlags gives every flag of cmd and of the commands below that has none a completion: its
// values, the contexts, files where it takes one, and else nothing rather than files.
func completeFlags(app *App, cmd *cobra.Command, values map[string][]string) {
	cmd.LocalFlags().VisitAll(func(flag *pflag.Flag) {
		if _, has := cmd.GetFlagCompletionFunc(flag.Name); has || flag.Value.Type() == "bool" {
			return
		}
		name, _ := pflag.UnquoteUsage(flag)
		known := values[flag.Name]
		if flag.Name == "output" {
			known = flag.Annotations[outputFormats]
		}
		switch {
		case flag.Name == "context":
			_ = cmd.RegisterFlagCompletionFunc(flag.Name, completeContextFlag(app))
		case known != nil || !slices.Contains(takesFiles, name) && !strings.HasSuffix(flag.Name, "-file"):
			_ = cmd.RegisterFlagCompletionFunc(flag.Name, cobra.FixedCompletions(known, cobra.ShellCompDirectiveNoFileComp))
		}
	})
	for _, child := range cmd.Commands() {
		completeFlags(app, child, values)
	}
}

// completeContextFlag offers the contexts of the configuration that the command line names.
func completeContextFlag(app *App) cobra.CompletionFunc {
	return func(cmd *cobra.Command, _ []string, part string) ([]string, cobra.ShellCompDirective) {
		config := ""
		if flag := cmd.Flags().Lookup("config"); flag != nil {
			config = flag.Value.String()
		}
		return completeContexts(app, &config)(cmd, nil, part)
	}
}
