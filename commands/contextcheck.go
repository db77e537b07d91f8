package commands

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/carebase/deltatap/render"
	"github.com/carebase/deltatap/render/theme"
	"github.com/carebase/deltatap/replay/endpoint"
	"github.com/carebase/deltatap/replay/rest"
	"github.com/spf13/cobra"
)

func newContextCheck(app *App) *cobra.Command {
	var (
		connect connectFlags
		output  string
	)
	cmd := &cobra.Command{
		Use:               "check [NAME]",
		Example:           "  deltatap context check\n  deltatap context check staging",
		Short:             "Tell whether a context's server answers, and takes its token",
		Long:              "Get the token, ask the server how it is and which version the plan has, and tell what came of it.\nExit codes: 0 all is well, 4 the token was refused, 5 the server cannot be reached.",
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: completeContexts(app, &connect.config),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOf("--output", output, "text", "json"); err != nil {
				return err
			}
			if len(args) == 1 {
				if connect.context != "" {
					return usage("", "the context is named twice: NAME and --context")
				}
				connect.context = args[0]
			}
			return runContextCheck(cmd.Context(), app, &connect, output)
		},
	}
	connect.register(cmd.Flags())
	outputFlag(cmd.Flags(), &output, "text", "json")
	return cmd
}

// contextHealth is what a check found out; "context check -o json" prints it.
type contextHealth struct {
	Name          string  `json:"name,omitempty"`
	Server        string  `json:"server"`
	Token         string  `json:"token"`
	Reachable     bool    `json:"reachable"`
	Took          float64 `json:"took,omitempty"`          // seconds that /health took
	Health        int     `json:"health,omitempty"`        // status of /health
	Authenticated *bool   `json:"authenticated,omitempty"` // nil: not known
	PlanVersion   *int64  `json:"planVersion,omitempty"`   // nil: no plan yet, or not known
	Error         string  `json:"error,omitempty"`
	failure       error
}

func runContextCheck(ctx context.Context, app *App, connect *connectFlags, output string) error {
	target, err := connect.resolve(app)
	if err != nil {
		return err
	}
	client := rest.New(target)
	defer client.Close()
	health := checkHealth(ctx, client, target)
	if errors.Is(health.failure, context.Canceled) {
		return health.failure
	}
	if output == "json" {
		err = json.NewEncoder(app.Out).Encode(health)
	} else {
		err = health.print(app)
	}
	if err != nil {
		return err
	}
	return health.failure
}

// checkHealth asks the server how it is, without a token, and then for the plan's version, with it.
func checkHealth(ctx context.Context, client *rest.Client, target *endpoint.Endpoint) *contextHealth {
	shown := target.Shown()
	h := &contextHealth{Name: shown.Name, Server: shown.Server, Token: shown.Token}
	answer, err := client.Health(ctx)
	if answer.Status == 0 {
		return h.failed(err)
	}
	h.Reachable, h.Health = true, answer.Status
	h.Took = answer.Took.Seconds()
	if answer, err = client.Version(ctx); err != nil {
		return h.failed(err)
	}
	return h.failed(h.version(target, answer))
}

// version reads the answer of /api/plan/version: a version, or that the user has no plan yet.
// Anything else comes from some other server.
func (h *contextHealth) version(target *endpoint.Endpoint, answer rest.Answer) error {
	var body struct {
		PlanVersion *int64 `json:"planVersion"`
		Error       string `json:"error"`
	}
	known := json.Unmarshal(answer.Body, &body) == nil &&
		(answer.Status == http.StatusOK && body.PlanVersion != nil ||
			answer.Status == http.StatusNotFound && body.Error == "No recipient found")
	if !known {
		return &Error{
			Code: ExitUnreachable,
			What: fmt.Sprintf("%s answers, but not as a Carebase server: /api/plan/version %d", target.Server(), answer.Status),
			Hint: "is this its address? A path in front of /api belongs to --server",
		}
	}
	h.Authenticated, h.PlanVersion = &known, body.PlanVersion
	return nil
}

// failed takes note of why the check ended, where it was a failure, with a hint that fits a check.
func (h *contextHealth) failed(err error) *contextHealth {
	if err == nil {
		return h
	}
	if _, refused := errors.AsType[*rest.RefusedError](err); refused {
		no := false
		h.Authenticated = &no
		hint := "the token may have expired, or be for another server"
		if h.Token == "none" {
			hint = noTokenHint
		}
		err = &Error{Code: ExitRefused, What: err.Error(), Hint: hint}
	}
	if _, unreachable := errors.AsType[*rest.UnreachableError](err); unreachable {
		err = &Error{Code: ExitUnreachable, What: err.Error(), Hint: unreachableHint(err)}
	}
	h.failure = unusable(err)
	h.Error = h.failure.Error()
	return h
}

func (h *contextHealth) print(app *App) error {
	t, err := app.theme(app.columns())
	if err != nil {
		return err
	}
	title := t.Emphasis.Render(render.Clean(h.Server))
	if h.Name != "" {
		title = t.Emphasis.Render(h.Name) + "  " + render.Clean(h.Server)
	}
	_, err = fmt.Fprintf(app.Out, "%s\n  token          %s\n  reachable      %s\n  authenticated  %s\n",
		title, render.Clean(h.Token), h.reachable(t), h.authenticated(t))
	return err
}

func (h *contextHealth) reachable(t *theme.Theme) string {
	took := render.Duration(time.Duration(h.Took * float64(time.Second)))
	switch {
	case !h.Reachable:
		return t.Error.Render("no")
	case h.Health >= 400:
		return t.Warn.Render("yes") + ", in " + took + ", but /health answers " + strconv.Itoa(h.Health)
	}
	return t.Good.Render("yes") + ", in " + took
}

func (h *contextHealth) authenticated(t *theme.Theme) string {
	switch {
	case h.Authenticated == nil:
		return t.Muted.Render("not known")
	case !*h.Authenticated:
		return t.Error.Render("no")
	case h.PlanVersion == nil:
		return t.Good.Render("yes") + ", no plan yet"
	}
	return t.Good.Render("yes") + ", plan version " + strconv.FormatInt(*h.PlanVersion, 10)
}

// columns is how wide standard output's terminal is, or 0 where it is none.
func (app *App) columns() int {
	if app.OutWidth == nil {
		return 0
	}
	return app.OutWidth()
}
