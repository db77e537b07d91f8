package commands

import (
	"bufio"
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/carebase/deltatap/render"
	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/versions"
)

// lintOptions is what lint was asked for.
type lintOptions struct {
	output   string
	severity string
	rules    []string
	format   string
	verify   bool
}

const lintLong = `Print every departure from the realtime contract that a session shows, with its record
number and severity. Exit 1 where one is an error. SESSION is a path, - for standard input,
fixture:NAME, or synth:PROFILE?seed=7; several are the parts of one recording. Raw captures, HAR
files and plain payloads are read as sessions too.

An error is what a client can be hurt by, whoever is to blame. So version-regressed is one, though
servers that do nothing wrong can show it: where several emit at once, a message may overtake that
of the version before it, and a client that applies what comes as it comes goes back to the older
state. The versions of several users are held apart, where the session says whose a record is.

With -o json, an object a line: {"n","delta","severity","rule","message"}; "delta" is the
delta's index in its message, null where the message as a whole is meant. With -o github,
annotations of GitHub's workflows.

--verify looks at the seals instead that record and conversions put into a session: 0 where it is
whole, 1 where something was changed or spliced, 3 where it was cut off or has no seal. Seals show
accidents and splices, not forgery: who can write the file can write its seals.`

func newLint(app *App) *cobra.Command {
	opts := &lintOptions{}
	cmd := &cobra.Command{
		Use:               "lint SESSION...",
		Short:             "Print every departure from the contract",
		Long:              lintLong,
		Example:           "  deltatap lint day.ndjson\n  deltatap tail -o json --for 1m | deltatap lint --severity error -",
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: completeSessions,
		RunE: func(cmd *cobra.Command, args []string) error {
			return runLint(cmd.Context(), app, args, opts)
		},
	}
	flags := cmd.Flags()
	outputFlag(flags, &opts.output, "text", "json", "github")
	flags.StringVar(&opts.severity, "severity", "warning", "print findings of at least this `severity`: warning or error")
	flags.StringSliceVar(&opts.rules, "rule", nil, "print only findings of this `rule` (repeatable)")
	flags.BoolVar(&opts.verify, "verify", false, "say whether the session is whole, by its seals, instead of linting it")
	formatFlag(flags, &opts.format)
	return cmd
}

func (o *lintOptions) validate() error {
	if err := oneOf("--output", o.output, "text", "json", "github"); err != nil {
		return err
	}
	if err := oneOf("--severity", o.severity, "warning", "error"); err != nil {
		return err
	}
	known := map[string]bool{}
	for _, rule := range contract.Rules() {
		known[rule.Name] = true
	}
	for _, name := range o.rules {
		if !known[name] {
			return usage("deltatap lint --help", "--rule %q: no such rule", name)
		}
	}
	return checkFormat(o.format)
}

func runLint(ctx context.Context, app *App, names []string, opts *lintOptions) error {
	if err := opts.validate(); err != nil {
		return err
	}
	if opts.verify {
		return verifySeals(app, names, opts.output)
	}
	ctx, done := app.readOn(ctx, names...)
	defer done()
	r, err := oneRecording(names)
	if err != nil {
		return err
	}
	in, src, err := r.open(app, opts.format)
	if err != nil {
		return err
	}
	defer in.Close()
	defer src.Close()
	theme, err := app.theme(app.OutWidth())
	if err != nil {
		return err
	}
	header := src.Header()
	l := &linter{
		opts: opts, file: r.names[0], home: header.UserID(), users: map[int64]*linted{},
		out: bufio.NewWriterSize(app.lintOut(opts.output), 64<<10),
	}
	l.text = render.Lint{Out: l.out, Width: app.OutWidth(), Theme: theme}
	err = l.run(ctx, app, in, src)
	if flushed := l.out.Flush(); err == nil {
		err = flushed
	}
	if err != nil {
		return in.unusable(err)
	}
	return l.verdict(app, src)
}

// linted is what is known of one user's plan.
type linted struct {
	checker contract.Checker
	account versions.Account
}

// linter prints the findings of one session.
type linter struct {
	opts             *lintOptions
	file             string
	out              *bufio.Writer
	text             render.Lint
	records          int64
	home             int64             // the user whom the header names; 0 where it names none
	users            map[int64]*linted // by user: versions mean nothing beside another plan's
	messages         int64
	message          contract.Message
	rec              session.Record
	line             int64
	printing         error
	errors, warnings int64
	bad              []*session.LineError
}

func (l *linter) run(ctx context.Context, app *App, in *input, src session.Source) error {
	in.prints = true
	reading := reading{app: app, in: in, src: src, bad: func(bad *session.LineError) { l.bad = append(l.bad, bad) }}
	return reading.run(ctx, &l.rec, l.record)
}

func (l *linter) record(src session.Source, rec *session.Record) error {
	l.records++
	user := l.user(rec.UserID())
	var message *contract.Message
	if rec.Kind == session.KindEvent && rec.Event == contract.Event {
		l.messages++
		message = &l.message
		l.line = lineOf(src)
		if parts, ok := src.(*session.Parts); ok {
			l.file = parts.Path()
		}
		contract.Decode(rec.Args, message)
		user.checker.Check(message, l.finding)
	}
	enter(&user.account, rec, message)
	return l.printing
}

// user is the one whom a record names; 0 where it names none, and then it is the header's.
func (l *linter) user(id int64) *linted {
	if id == 0 {
		id = l.home
	}
	u := l.users[id]
	if u == nil {
		u = &linted{}
		l.users[id] = u
	}
	return u
}

// lineOf is the number of the line that was read last, from 1; 0 where the source has no lines.
func lineOf(src session.Source) int64 {
	if lined, ok := src.(interface{ Line() int64 }); ok {
		return lined.Line()
	}
	return 0
}

// finding counts and prints one finding, where it is wanted.
func (l *linter) finding(f contract.Finding) {
	if l.opts.severity == "error" && f.Severity != contract.Error || !among(l.opts.rules, f.Rule) {
		return
	}
	if f.Severity == contract.Error {
		l.errors++
	} else {
		l.warnings++
	}
	if err := l.print(f); err != nil {
		l.printing = err
	}
}

// lintLine is a finding as JSON.
type lintLine struct {
	N        int64  `json:"n"`
	Delta    *int   `json:"delta"`
	Severity string `json:"severity"`
	Rule     string `json:"rule"`
	Message  string `json:"message"`
}

func (l *linter) print(f contract.Finding) error {
	switch l.opts.output {
	case "json":
		line := lintLine{N: l.rec.N, Severity: f.Severity.String(), Rule: f.Rule, Message: f.Message}
		if f.Delta >= 0 {
			line.Delta = &f.Delta
		}
		return render.JSON(l.out, line)
	case "github":
		return render.Annotation(l.out, f.Severity.String(), l.file, l.line, f.Rule, place(l.rec.N, f.Delta)+": "+f.Message)
	default:
		return l.text.Finding(l.rec.N, &l.message, f)
	}
}

// place says where a finding is: the record's number, and the delta's index in its message.
func place(n int64, delta int) string {
	if delta < 0 {
		return fmt.Sprintf("record %d", n)
	}
	return fmt.Sprintf("record %d delta %d", n, delta)
}

// lintOut is where findings go: render keeps text safe for a terminal by itself, and leaves its own
// colours in.
func (app *App) lintOut(output string) io.Writer {
	if output == "text" {
		return app.Out
	}
	return app.cleaned()
}

// sum says how many findings there were.
func (l *linter) sum(app *App) error {
	theme, err := app.theme(app.ErrWidth())
	if err != nil {
		return err
	}
	sum := render.Linted{Errors: l.errors, Warnings: l.warnings, Records: l.records, Messages: l.messages}
	for _, u := range l.users {
		sum.Add(u.account.Report())
	}
	return (&render.Lint{Theme: theme}).Summary(app.Err, sum)
}

// partOf names the file of a line, where there are several.
func partOf(bad *session.LineError) string {
	if bad.Path == "" {
		return ""
	}
	return bad.Path + ": "
}

// verdict sums up and returns the exit code's error.
func (l *linter) verdict(app *App, src session.Source) error {
	if !app.Quiet {
		if err := l.sum(app); err != nil {
			return err
		}
	}
	for _, bad := range l.bad {
		app.note("%sline %d is no record and was passed over: %s", partOf(bad), bad.Line, bad.Reason)
	}
	warnOfHoles(app, src)
	if cut := src.Truncated(); cut != nil {
		app.note("the session was cut off: %s", cut)
	}
	switch {
	case l.errors > 0:
		return errFound
	case len(l.bad) > 0:
		return errInconclusive
	}
	return nil
}
