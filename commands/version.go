package commands

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/carebase/deltatap/replay/session"
	"github.com/spf13/cobra"
)

// Version is deltatap's own version; the linker may set it.
var Version = "0.1.0"

// toolName is how deltatap signs the sessions that it writes.
func toolName() string { return "deltatap " + Version }

type versionInfo struct {
	Version       string `json:"version"`
	Commit        string `json:"commit,omitempty"`
	Go            string `json:"go"`
	Platform      string `json:"platform"`
	SessionFormat int    `json:"sessionFormat"`
}

func newVersion(app *App) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: "  deltatap version\n  deltatap version -o json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := oneOf("--output", output, "text", "json"); err != nil {
				return err
			}
			return runVersion(app, output)
		},
	}
	outputFlag(cmd.Flags(), &output, "text", "json")
	return cmd
}

func runVersion(app *App, output string) error {
	if output == "json" {
		return json.NewEncoder(app.Out).Encode(thisVersion())
	}
	_, err := fmt.Fprint(app.Out, versionLine())
	return err
}

func thisVersion() versionInfo {
	return versionInfo{
		Version: Version, Commit: commit(), Go: runtime.Version(),
		Platform: runtime.GOOS + "/" + runtime.GOARCH, SessionFormat: session.Format,
	}
}

// versionLine is what version and --version print.
func versionLine() string {
	info := thisVersion()
	return fmt.Sprintf("deltatap %s (%s, %s, session format %d)\n", info.Version, info.Go, info.Platform, info.SessionFormat)
}

func commit() string {
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, setting := range build.Settings {
		if setting.Key == "vcs.revision" {
			return setting.Value
		}
	}
	return ""
}
