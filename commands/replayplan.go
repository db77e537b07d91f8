package commands

import (
	"errors"
	"math"
	"os"
	"strconv"
	"strings"

	"github.com/carebase/deltatap/replay/fault"
	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/player"
	"github.com/carebase/deltatap/replay/script"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/sink"
	"github.com/spf13/cobra"
)

// replayPlan is a valid replayOptions: what is to be played, when, where to, and what goes wrong on
// the way.
type replayPlan struct {
	*replayOptions
	session recording
	when    player.Options
	spec    fault.Spec
	rooms   sink.Users
	policy  plancache.Policy
	target  *replayTarget

	home   int64            // the user whom the session's header names; 0 where it names none
	plans  []session.Record // the first of each user, the header's first of all, for a stand-in to begin with
	want   *serverPlan      // --expect
	seen   *survey          // what the session holds; nil where nobody needed to know
	opened *openedSession   // from standard input, where something has been read of it
}

// openedSession is a session that is being read.
type openedSession struct {
	in  *input
	src session.Source
}

// plan checks what can be checked before anything is read.
func (o *replayOptions) plan(app *App, names []string) (*replayPlan, error) {
	p := &replayPlan{replayOptions: o}
	for _, check := range []func() error{
		func() error { return oneOf("--output", o.output, "text", "json") },
		func() error { return oneOf("--clock", o.clock, "session", "now") },
		func() error { return checkFormat(o.format) },
		func() (err error) { p.session, err = oneRecording(names); return err },
		o.connect.check,
		p.pace, p.points, p.files, p.faults, p.addressees, p.input, p.client,
		func() (err error) { p.target, err = p.findTarget(app); return err },
		p.fits,
		func() (err error) {
			if p.expect != "" {
				p.want, err = readPlanFile(app, p.expect)
			}
			return err
		},
	} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// pace reads when records are to be sent.
func (p *replayPlan) pace() error {
	speed, err := strconv.ParseFloat(p.speed, 64)
	p.when.Max = p.speed == "max"
	switch {
	case !p.when.Max && (err != nil || !(speed > 0) || math.IsInf(speed, 0)):
		return usage("like 2 or 0.5, or max", "--speed %q: want how many times as fast as recorded", p.speed)
	case !(p.rate >= 0) || math.IsInf(p.rate, 0):
		return usage("", "--rate %v: want how many events a second", p.rate)
	case p.rate > 0 && p.speed != "1":
		return usage("", "--rate sets the pace itself: leave --speed out")
	case p.maxGap < 0:
		return usage("", "--max-gap %s: want a positive duration", p.maxGap)
	case p.loop < 0:
		return usage("", "--loop %d: want how many times, or 0 for until interrupted", p.loop)
	}
	p.when.Rate, p.when.MaxGap, p.when.Loop, p.when.Step = p.rate, p.maxGap, p.loop, p.step
	if p.loop == 0 {
		p.when.Loop = -1
	}
	if !p.when.Max {
		p.when.Speed, p.when.Spin = speed, player.Precise
	}
	return nil
}

func (p *replayPlan) points() error {
	for _, point := range []struct {
		flag, text string
		into       *player.Point
	}{{"--from", p.from, &p.when.From}, {"--until", p.until, &p.when.Until}} {
		if point.text == "" {
			continue
		}
		at, err := player.ParsePoint(point.text)
		if err != nil {
			return usage("", "%s: %v", point.flag, err)
		}
		*point.into = at
	}
	return p.inOrder()
}

func (p *replayPlan) faults() (err error) {
	if p.spec, err = fault.ParseSpec(p.fault); err != nil {
		return usage("like drop=5%,delay=10%:500ms,disconnect=v42:10s", "--%v", err)
	}
	switch {
	case p.fault != "" && p.spec.IsZero():
		return usage("like drop=5%,delay=10%:500ms,disconnect=v42:10s", "--fault %q: nothing is to go wrong", p.fault)
	case p.faultLog == "":
	case p.spec.IsZero():
		return usage("", "--fault-log goes with --fault")
	case !p.force && !special(p.faultLog):
		if _, err := os.Lstat(p.faultLog); err == nil {
			return usage("--force overwrites it", "%s: it exists already", p.faultLog)
		}
	}
	return nil
}

// addressees reads --user.
func (p *replayPlan) addressees() error {
	for _, text := range p.users {
		from, to, mapped := strings.Cut(text, "=")
		if !mapped {
			from, to = "", text
		}
		id, err := strconv.ParseInt(to, 10, 64)
		of, fromErr := strconv.ParseInt(from, 10, 64)
		switch {
		case err != nil || id <= 0 || mapped && (fromErr != nil || of <= 0):
			return usage("like 7, or 3=7 for what is user 3's in the session", "--user %q: want the id of a user", text)
		case !mapped && p.rooms.Default != 0:
			return usage("3=7 maps one user of the session", "--user %q: one user is named already for all", text)
		case !mapped:
			p.rooms.Default = id
		case p.rooms.Of[of] != 0:
			return usage("", "--user %q: user %d is mapped already", text, of)
		default:
			if p.rooms.Of == nil {
				p.rooms.Of = map[int64]int64{}
			}
			p.rooms.Of[of] = id
		}
	}
	p.rooms.All = p.rooms.Default != 0 && p.rooms.Of == nil
	return nil
}

// input refuses what would have to read standard input twice.
func (p *replayPlan) input() error {
	switch {
	case p.connect.tokenFile == "-" && (!p.reread() || p.step):
		return usage("name a file", "--token-file -: standard input is taken already")
	case !p.reread() && p.loop != 1:
		return usage("save it to a file first", "--loop: standard input cannot be read again")
	}
	return nil
}

// client reads whose rules the app follows.
func (p *replayPlan) client() (err error) {
	if p.policy, err = plancache.ParsePolicy(p.replayOptions.client); err != nil {
		return usage("", "--client %q: want contract or mobile", p.replayOptions.client)
	}
	return nil
}

// fits refuses what the target has no use for.
func (p *replayPlan) fits() error {
	t := p.target
	for _, only := range []struct {
		flag  string
		given bool
	}{
		{"--expect-client", p.expectClient != ""},
		{"--wait-for-client", p.clients != 0},
		{"--ready-file", p.readyFile != ""},
		{"--linger", p.linger != forever},
		{"--clock", p.clock != "session"},
	} {
		if only.given && !t.serves {
			return usage("", "%s goes with --to serve://HOST:PORT", only.flag)
		}
	}
	switch {
	case p.expect != "" && !t.tells:
		return usage("serve://, and rest+http(s)://, can", "--expect: %s cannot tell the plan that it ends with", t.name)
	case p.loop == 0 && (p.expect != "" || p.expectClient != ""):
		return usage("", "--expect goes with a replay that ends: leave --loop 0 out")
	case p.clients < 0:
		return usage("", "--wait-for-client %d: want how many", p.clients)
	case p.linger < 0 && p.linger != forever:
		return usage("", "--linger %s: want a positive duration", p.linger)
	}
	return nil
}

// reread says whether the session can be read more than once.
func (p *replayPlan) reread() bool { return p.session.names[0] != "-" }

// open opens the session, from its beginning.
func (p *replayPlan) open(app *App) (*openedSession, error) {
	if o := p.opened; o != nil {
		p.opened = nil
		return o, nil
	}
	in, src, err := p.session.open(app, p.format)
	if err != nil {
		return nil, err
	}
	if err := p.resolvePoints(src.Header()); err != nil {
		return nil, errors.Join(err, src.Close(), in.Close())
	}
	return &openedSession{in, src}, nil
}

// resolvePoints finds the moments that were read off a clock, in a session with that header.
func (p *replayPlan) resolvePoints(h session.Header) error {
	for _, point := range []struct {
		flag, text string
		at         *player.Point
	}{{"--from", p.from, &p.when.From}, {"--until", p.until, &p.when.Until}} {
		resolved, err := point.at.Resolve(h.Started, zoneOf(p.utc))
		if err != nil {
			return usage("", "%s %s: %v", point.flag, point.text, err)
		}
		*point.at = resolved
	}
	return p.inOrder()
}

// inOrder refuses an end that lies before the beginning.
func (p *replayPlan) inOrder() error {
	if p.when.Until.Before(p.when.From) {
		return usage("", "--until %s: that is before --from %s", p.until, p.from)
	}
	return nil
}

// shownName is the session's name for people.
func (p *replayPlan) shownName() string {
	if !p.reread() {
		return "standard input"
	}
	return p.session.String()
}

// script is the session as it is to be played.
func (p *replayPlan) script(o *openedSession) *script.Script {
	return script.New(o.src, p.spec, p.seed)
}

// usersOf says into whose room a record goes, of a session with that header.
func (p *replayPlan) usersOf(h session.Header) sink.Users {
	users := p.rooms
	users.Header = h.UserID()
	return users
}

func completeFaults(_ *cobra.Command, _ []string, part string) ([]string, cobra.ShellCompDirective) {
	before := part[:strings.LastIndexByte(part, ',')+1]
	var all []string
	for _, example := range []string{
		"drop=5%\tdeltas that never arrive", "duplicate=1%\tmessages that arrive twice", "reorder=2%\tmessages that change places",
		"delay=10%:500ms\tmessages that arrive late", "stale=1%\tolder deltas once more", "strip=1%\tdeltas without their data",
		"disconnect=v42:10s\ta connection that ends",
	} {
		all = append(all, before+example)
	}
	return all, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}
