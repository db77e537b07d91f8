package commands

import (
	"context"
	"strings"
	"time"

	"github.com/carebase/deltatap/render"
	"github.com/carebase/deltatap/replay/doctor"
	"github.com/spf13/cobra"
)

// defaultDoctorWait is how long doctor waits for a delta, unless told otherwise.
const defaultDoctorWait = 2 * time.Second

type doctorOptions struct {
	connect connectFlags
	wait    time.Duration
	output  string
}

const doctorExamples = `  deltatap doctor --server https://care.example.com --token-file token.txt
  deltatap doctor --context staging --wait 1m   # and change something meanwhile
  deltatap doctor --wait 0 -o json              # for a script`

func newDoctor(app *App) *cobra.Command {
	var opts doctorOptions
	cmd := &cobra.Command{
		Use:     "doctor",
		Short:   "Tell what stands between you and a live stream",
		Long:    doctorLong(),
		Example: doctorExamples,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := opts.complete(); err != nil {
				return err
			}
			return runDoctor(cmd.Context(), app, &opts)
		},
	}
	flags := cmd.Flags()
	opts.connect.register(flags)
	flags.DurationVar(&opts.wait, "wait", defaultDoctorWait, "how long to wait for a delta; 0 does not wait")
	outputFlag(flags, &opts.output, "text", "json")
	return cmd
}

// doctorLong lists the checks from the engine's own table.
func doctorLong() string {
	var b strings.Builder
	b.WriteString("Examine the way to a server, and the stream behind it. Each line is ok, warn or\n" +
		"fail, with the next step below it:\n\n")
	for _, check := range doctor.Checks() {
		b.WriteString("  " + render.Pad(check.Name, 11) + check.Asks + "\n")
	}
	b.WriteString("\nNothing is changed, and the token is in no line. A check is not made where one that it\n" +
		"needs has failed.\n\n" +
		"-o json prints one object: {\"server\", \"context\", \"transport\", \"verdict\", \"took\",\n" +
		"\"checks\": [{\"check\", \"status\", \"says\", \"next\", \"facts\", \"took\"}],\n" +
		"\"skipped\": [{\"check\", \"because\"}]}, with a verdict of healthy, warned, failed,\n" +
		"unreachable or refused.\n\n" +
		"Exit codes: 0 all is well, or there are warnings alone; 1 a check failed; 4 the token was\n" +
		"refused; 5 the server cannot be reached.")
	return b.String()
}

func (o *doctorOptions) complete() error {
	if o.wait < 0 {
		return usage("like 30s; 0 does not wait", "--wait: negative")
	}
	return oneOf("--output", o.output, "text", "json")
}

func runDoctor(ctx context.Context, app *App, opts *doctorOptions) error {
	target, err := opts.connect.resolve(app)
	if err != nil {
		return err
	}
	config := doctor.Config{Endpoint: target, Wait: opts.wait, Now: app.Now}
	if opts.wait > defaultDoctorWait {
		config.OnWait = func() {
			app.note("waiting up to %s for a delta: change something in the plan", render.Duration(opts.wait))
		}
	}
	report, err := doctor.New(config).Examine(ctx)
	if err != nil {
		return err
	}
	if err := printDoctor(app, report, opts.output); err != nil {
		return err
	}
	return doctorVerdict(report)
}

func printDoctor(app *App, report *doctor.Report, output string) error {
	if output == "json" {
		return render.JSON(app.Out, report)
	}
	t, err := app.theme(app.columns())
	if err != nil {
		return err
	}
	return render.DoctorReport(app.Out, report, t, app.columns())
}

// doctorVerdict is the exit code of an examination. A failure that other commands would end with is
// told as they tell it.
func doctorVerdict(report *doctor.Report) error {
	code := ExitFound
	switch report.Verdict {
	case doctor.Healthy, doctor.Warned:
		return nil
	case doctor.Refused:
		code = ExitRefused
	case doctor.Unreachable:
		code = ExitUnreachable
	default:
		return errFound
	}
	line := report.Failure()
	return &Error{Code: code, What: line.Check + ": " + line.Says, Hint: line.Next}
}
