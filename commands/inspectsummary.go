package commands

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"

	"github.com/carebase/deltatap/render"
	"github.com/carebase/deltatap/replay/scan"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/session/convert"
	"github.com/carebase/deltatap/replay/versions"
)

// inspectSummary prints what the session holds.
func inspectSummary(ctx context.Context, app *App, r recording, i *inspection) error {
	summary, size, err := summarize(ctx, app, r.names, i.format)
	if err != nil {
		return err
	}
	if i.output == "json" {
		return printSummary(app, summary)
	}
	return i.page(app, r, summary, size)
}

// summarize scans the parts of a session in the order given.
func summarize(ctx context.Context, app *App, names []string, format string) (_ *scan.Summary, size int64, _ error) {
	progress := newProgress(app)
	defer progress.done()
	scanner := scan.NewScanner(scan.Options{Progress: progress.read})
	for _, name := range names {
		in, err := openInput(app, name)
		if err != nil {
			return nil, 0, err
		}
		size += in.size
		progress.open(in)
		summary, err := scanPart(ctx, app, scanner, in, format, len(names) == 1)
		if err = errors.Join(err, in.Close()); err != nil {
			return nil, 0, in.unusable(err)
		}
		if summary != nil {
			return summary, size, nil
		}
	}
	return scanner.Summary(), size, nil
}

// scanPart scans one input: a session by the scanner, anything else by way of a conversion, whose
// summary is returned.
func scanPart(ctx context.Context, app *App, scanner *scan.Scanner, in *input, format string, alone bool) (*scan.Summary, error) {
	text := bufio.NewReaderSize(in, convert.DetectBytes)
	if format == "" {
		var err error
		if format, err = convert.Detect(text); err != nil {
			return nil, err
		}
	}
	if format == convert.Session {
		return nil, scanner.Part(ctx, text)
	}
	if !alone {
		return nil, usage("convert it first: deltatap record --from FILE OUT", "%s: only sessions can be parts of one recording", in.name)
	}
	src, err := convert.Open(text, convert.Options{Format: format, Now: app.Now, Tool: toolName()})
	if err != nil {
		return nil, err
	}
	defer src.Close()
	return scan.Source(ctx, tellLeftOut(app, in.name, src))
}

// maxListed bounds how many versions a list of the JSON holds: a hostile session can lack more than
// any disk has room for.
const maxListed = 1_000_000

type jsonSummary struct {
	Format      int              `json:"format"`
	Complete    bool             `json:"complete"`
	Records     int64            `json:"records"`
	Events      int64            `json:"events"`
	Deltas      int64            `json:"deltas"`
	Duration    json.Number      `json:"duration"`
	ByType      map[string]int64 `json:"byType"`
	ByAction    map[string]int64 `json:"byAction"`
	BySource    map[string]int64 `json:"bySource"`
	Versions    jsonVersions     `json:"versions"`
	Users       []jsonUser       `json:"users,omitempty"`
	Connections []jsonConnection `json:"connections"`
	Plans       int64            `json:"plans"`
	Polls       int64            `json:"polls"`
	Violations  jsonViolations   `json:"violations"`
}

// jsonUser is what is told of one user's versions, where a session is that of several: Versions of
// the whole are then all of these together.
type jsonUser struct {
	User     *int64       `json:"user"` // null: nobody is named
	Versions jsonVersions `json:"versions"`
}

type jsonVersions struct {
	First       *int64  `json:"first"`
	Last        *int64  `json:"last"`
	Missing     []int64 `json:"missing"`
	Coalescible []int64 `json:"coalescible"`
	Duplicates  []int64 `json:"duplicates"`
	Unsorted    int64   `json:"unsortedInMessage"`
	Regressions int64   `json:"regressions"`
}

// jsonConnection is a connection period in seconds; to and reason are null where no end of it was
// seen.
type jsonConnection struct {
	From   json.Number  `json:"from"`
	To     *json.Number `json:"to"`
	Reason *string      `json:"reason"`
}

type jsonViolations struct {
	Error   int64 `json:"error"`
	Warning int64 `json:"warning"`
}

func printSummary(app *App, s *scan.Summary) error {
	out := jsonSummary{
		Format: session.Format, Complete: s.Complete(), Records: s.Records, Events: s.Events, Deltas: s.Deltas,
		Duration: seconds(s.Duration.Microseconds()), ByType: s.ByType, ByAction: s.ByAction, BySource: s.BySource,
		Connections: []jsonConnection{}, Plans: s.Plans, Polls: s.Polls,
		Violations: jsonViolations{s.Findings.Errors, s.Findings.Warnings},
	}
	out.Versions, out.Users = jsonUsers(app, s.Users)
	for _, c := range s.Connections {
		period := jsonConnection{From: seconds(c.From.Microseconds())}
		if !c.Open {
			to := seconds(c.To.Microseconds())
			period.To, period.Reason = &to, &c.Reason
		}
		out.Connections = append(out.Connections, period)
	}
	return printJSON(app, out)
}

// jsonUsers tells all users' versions together, and where there are several, each one's.
func jsonUsers(app *App, users []scan.User) (all jsonVersions, each []jsonUser) {
	var missing int64
	cut := false
	for i, u := range users {
		versions, n := versionsOf(u.Versions, &cut)
		missing += n
		if i == 0 {
			all = versions
			all.Missing, all.Coalescible, all.Duplicates = slices.Clip(all.Missing), slices.Clip(all.Coalescible), slices.Clip(all.Duplicates)
		} else {
			all.add(&versions)
		}
		of := jsonUser{Versions: versions}
		if u.ID != 0 {
			of.User = &u.ID
		}
		each = append(each, of)
	}
	if cut {
		app.warn(fmt.Sprintf("lists of versions stop after %s; %s are missing", render.Count(int64(maxListed)), render.Count(missing)))
	}
	if len(each) == 1 {
		each = nil
	}
	return all, each
}

// versionsOf is an account for scripts, and how many versions are missing; cut is set where not all
// are listed.
func versionsOf(account *versions.Account, cut *bool) (jsonVersions, int64) {
	report := account.Report()
	out := jsonVersions{Unsorted: report.Unsorted, Regressions: report.Regressions + report.Reversals}
	if report.Last > 0 {
		out.First, out.Last = &report.First, &report.Last
	}
	out.Missing = listed(account.Absent(), nil, cut)
	out.Coalescible = listed(account.Absent(), func(r versions.Range) bool { return r.Coalescible }, cut)
	out.Duplicates = listed(account.Duplicates(), nil, cut)
	return out, report.Absent.Versions
}

// add adds what is told of another user: a script that asks whether anything is missing is to hear
// of everybody's.
func (v *jsonVersions) add(of *jsonVersions) {
	if v.First == nil || of.First != nil && *of.First < *v.First {
		v.First = of.First
	}
	if v.Last == nil || of.Last != nil && *of.Last > *v.Last {
		v.Last = of.Last
	}
	v.Missing = append(v.Missing, of.Missing...)
	v.Coalescible = append(v.Coalescible, of.Coalescible...)
	v.Duplicates = append(v.Duplicates, of.Duplicates...)
	v.Unsorted += of.Unsorted
	v.Regressions += of.Regressions
}

// printJSON prints one object on one line; text in it is as it came.
func printJSON(app *App, value any) error {
	return render.JSON(app.cleaned(), value)
}

// seconds writes microseconds as seconds without loss.
func seconds(micros int64) json.Number {
	return json.Number(strconv.FormatFloat(float64(micros)/1e6, 'f', -1, 64))
}

// listed lists the versions of the ranges that are wanted, the first maxListed of them; cut is set
// where there are more.
func listed(ranges iter.Seq[versions.Range], wanted func(versions.Range) bool, cut *bool) []int64 {
	all := []int64{}
	for r := range ranges {
		if wanted != nil && !wanted(r) {
			continue
		}
		for v := range r.Each() {
			if len(all) == maxListed {
				*cut = true
				return all
			}
			all = append(all, v)
		}
	}
	return all
}
