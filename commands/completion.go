package commands

import (
	"github.com/spf13/cobra"
)

const completionLong = `Print a completion script for a shell.

  bash        source <(deltatap completion bash)
  zsh         deltatap completion zsh > "${fpath[1]}/_deltatap"
  fish        deltatap completion fish > ~/.config/fish/completions/deltatap.fish
  powershell  deltatap completion powershell | Out-String | Invoke-Expression`

func newCompletion(app *App) *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:       "completion SHELL",
		Short:     "Print a shell completion script",
		Long:      completionLong,
		Example:   "  source <(deltatap completion bash)",
		ValidArgs: shells,
		Args:      cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs),
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(app.Out, true)
			case "zsh":
				return root.GenZshCompletion(app.Out)
			case "fish":
				return root.GenFishCompletion(app.Out, true)
			default:
				return root.GenPowerShellCompletionWithDesc(app.Out)
			}
		},
	}
}
