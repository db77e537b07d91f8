package commands

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/sink"
	"github.com/carebase/deltatap/replay/sink/mutate"
	"github.com/carebase/deltatap/replay/sink/out"
	"github.com/carebase/deltatap/replay/sink/standin"
	"github.com/spf13/cobra"
)

// defaultTarget is where a replay goes that names no target.
const defaultTarget = "serve://127.0.0.1:0"

// replayTarget is where a replay goes.
type replayTarget struct {
	name      string        // for people: nothing secret is in it
	free      bool          // nothing but deltatap's own is written to
	writable  bool          // the user's context says that it may be written to
	serves    bool          // it is a stand-in
	needsPlan bool          // its sink wants to know the session's first plan
	rooms     bool          // records go into the rooms of users
	tells     bool          // it can tell the plan that it ends with
	patience  time.Duration // how long one answer may take; 0: nobody said, or it gives none
	takes     func() takes  // which records mean something to it

	open func(context.Context, *App, opening) (*openTarget, error)
	// rehearse opens it for a dry run, which reads and writes nothing; nil: there is no more to tell
	// than what is sent.
	rehearse func(context.Context) (rehearsal, error)
}

// rehearsal tells what a target would make of records.
type rehearsal interface {
	Skip(*session.Record)
	Plan(*session.Record) mutate.Plan
	Rest() mutate.Plan
	Close() error
}

// opening is what it takes to open a target.
type opening struct {
	header session.Header // of what is played
	users  sink.Users
	tell   sink.Tell
	prompt bool // records are due one by one, rather than as fast as can be
}

// openTarget is a target that takes records.
type openTarget struct {
	sink  sink.Sink
	name  string                                     // the target's, as it is now: with the port that was picked
	stage *replayStage                               // nil: it is no stand-in
	plan  func(context.Context) (*serverPlan, error) // nil: it cannot tell
	skip  func(*session.Record)                      // shows it what is not sent, up to --from; nil: it need not know
	close func() error                               // after the sink; nil: nothing is left to close
}

// scheme is one kind of target.
type scheme struct {
	like, says string // for the help; empty for another spelling
	target     func(p *replayPlan, app *App, text string) (*replayTarget, error)
}

// schemes are the targets, by the scheme of their URL.
func schemes() map[string]scheme {
	return map[string]scheme{
		"-":            {"-", "records on standard output", outTarget},
		"serve":        {"serve://HOST:PORT", "a stand-in server", serveTarget},
		"redis":        {"redis://HOST", "the rooms of a Socket.IO cluster, through its Redis adapter (rediss:// for TLS)", redisTarget},
		"rediss":       {"", "", redisTarget},
		"postgres":     {"postgres://HOST/DB", "the rooms of a Socket.IO cluster, through its Postgres adapter", postgresTarget},
		"postgresql":   {"", "", postgresTarget},
		"socket":       {"socket+https://HOST", "emitted to a server as a client, with acknowledgement", socketTarget},
		"socket+http":  {"", "", socketTarget},
		"socket+https": {"", "", socketTarget},
		"rest":         {"rest+https://HOST", "turned into the mutations that make a server emit them itself", restTarget},
		"rest+http":    {"", "", restTarget},
		"rest+https":   {"", "", restTarget},
	}
}

// findTarget reads --to.
func (p *replayPlan) findTarget(app *App) (*replayTarget, error) {
	app.warnOfPassword("--to", p.to, "PGPASSWORD, .pgpass and "+envTarget)
	text := cmp.Or(p.to, app.Env(envTarget))
	if text == "" {
		for _, flag := range []string{"context", "server"} {
			if p.connect.flags.Changed(flag) {
				return nil, usage("--to rest or --to socket says how", "--%s names a server, and --to no way to replay into it", flag)
			}
		}
		text = defaultTarget
	}
	name, _, isURL := strings.Cut(text, "://")
	known, ok := schemes()[name]
	if alone := name == "-" || name == "socket" || name == "rest"; !ok || isURL == alone {
		return nil, usage("there are "+orList(targetNames()), "--to %q: no such target", shownTarget(text))
	}
	return known.target(p, app, text)
}

func targetNames() []string {
	var names []string
	for _, s := range schemes() {
		if s.like != "" {
			names = append(names, s.like)
		}
	}
	slices.Sort(names)
	return names
}

// shownTarget is a target's text without what may be secret in it.
func shownTarget(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		name, _, _ := strings.Cut(text, "://")
		return name + "://…"
	}
	switch {
	case u.Opaque != "":
		return u.Scheme + ":…"
	case u.Host == "" && strings.ContainsAny(text, "@="):
		return "…" // no address, but for who misspelled it
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}

func completeTargets(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var all []string
	for _, s := range schemes() {
		if s.like != "" {
			start, _, _ := strings.Cut(s.like, "HOST")
			all = append(all, start+"\t"+s.says)
		}
	}
	slices.Sort(all)
	return all, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

// takes tells, of the records of one round in their order, which mean something to a target.
type takes func(*session.Record) bool

// everything is of a target to which every record means something.
func everything() takes { return func(*session.Record) bool { return true } }

// eventsAlone is of a target to which nothing but events means anything, and no greeting.
func eventsAlone() takes {
	return func(rec *session.Record) bool { return rec.Kind == session.KindEvent && !sink.IsGreeting(rec) }
}

// eventsAndCuts is of a stand-in: it emits events, ends the connections that the network or the
// server ended, and waits then for the clients to be back.
func eventsAndCuts() takes {
	events, cut := eventsAlone(), map[int64]bool{}
	return func(rec *session.Record) bool {
		user := rec.UserID()
		switch rec.Kind {
		case session.KindDisconnect:
			cut[user] = rec.Reason != standin.ByClient
			return cut[user]
		case session.KindConnect:
			back := cut[user]
			delete(cut, user)
			return back
		}
		return events(rec)
	}
}

// standardOutput is the name of a target.
const standardOutput = "standard output"

// outTarget is standard output.
func outTarget(*replayPlan, *App, string) (*replayTarget, error) {
	return &replayTarget{name: standardOutput, free: true, takes: everything, open: openOut}, nil
}

func openOut(_ context.Context, app *App, o opening) (*openTarget, error) {
	return &openTarget{
		name: standardOutput,
		sink: out.New(out.Config{Writer: app.cleaned(), Header: o.header, Tell: o.tell, Prompt: o.prompt}),
	}, nil
}

// replayHelp is the help text, with the targets that there are.
func replayHelp() string {
	var b strings.Builder
	all := schemes()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if s := all[name]; s.like != "" && name != "-" && name != "serve" {
			fmt.Fprintf(&b, "  %-19s %s\n", s.like, s.says)
		}
	}
	return fmt.Sprintf(replayLong, b.String())
}
