package commands

import (
	"context"

	"github.com/spf13/cobra"
)

// serveOptions is what serve was asked for.
type serveOptions struct {
	Addr         string
	ReadyFile    string
	Plan         string
	Users        int
	Collaborator bool
	Clock        string
}

func newServe(app *App) *cobra.Command {
	opts := &serveOptions{}
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run a stand-in Carebase server",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runServe(cmd.Context(), app, opts)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&opts.Addr, "addr", "127.0.0.1:4080", "address to listen at; port 0 picks one")
	flags.StringVar(&opts.ReadyFile, "ready-file", "", "write url and tokens to this file, 0600, once listening")
	flags.StringVar(&opts.Plan, "plan", "", "start from this plan, the JSON of /api/plan (- is standard input)")
	flags.IntVar(&opts.Users, "users", 1, "how many users, each with a plan of their own")
	flags.BoolVar(&opts.Collaborator, "collaborator", false, "add a user who collaborates on the first user's plan")
	flags.StringVar(&opts.Clock, "clock", "", "stop the server's clock at this RFC 3339 time")
	return cmd
}

func runServe(ctx context.Context, _ *App, _ *serveOptions) error {
	<-ctx.Done()
	return nil
}
