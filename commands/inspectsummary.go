package commands

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
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

// scanPart scans one input: a session by the scanner, anything else by way of a conversion, whose summary is returned.
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
	return scan.Source(ctx, src)
}

// maxListed bounds how many versions a list of the JSON holds: a hostile session can lack more than any disk has room for.
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
	Connections []jsonConnection `json:"connections"`
	Plans       int64            `json:"plans"`
	Polls       int64            `json:"polls"`
	Violations  jsonViolations   `json:"violations"`
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

// jsonConnection is a connection period in seconds; to and reason are null where no end of it was seen.
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
	report := s.Versions.Report()
	out := jsonSummary{
		Format: session.Format, Complete: s.Complete(), Records: s.Records, Events: s.Events, Deltas: s.Deltas,
		Duration: seconds(s.Duration.Microseconds()), ByType: s.ByType, ByAction: s.ByAction, BySource: s.BySource,
		Versions:    jsonVersions{Unsorted: report.Unsorted, Regressions: report.Regressions},
		Connections: []jsonConnection{}, Plans: s.Plans, Polls: s.Polls,
		Violations: jsonViolations{s.Findings.Errors, s.Findings.Warnings},
	}
	if report.Last > 0 {
		out.Versions.First, out.Versions.Last = &report.First, &report.Last
	}
	cut := false
	out.Versions.Missing = listed(s.Versions.Missing(), nil, &cut)
	out.Versions.Coalescible = listed(s.Versions.Missing(), func(r versions.Range) bool { return r.Coalescible }, &cut)
	out.Versions.Duplicates = listed(s.Versions.Duplicates(), nil, &cut)
	if cut {
		app.warn(fmt.Sprintf("lists of versions stop after %s; %s are missing", render.Count(int64(maxListed)), render.Count(report.Missing)))
	}
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

// printJSON prints one object on one line; text in it is as it came.
func printJSON(app *App, value any) error {
	return render.JSON(app.cleaned(), value)
}

// seconds writes microseconds as seconds without loss.
func seconds(micros int64) json.Number {
	return json.Number(strconv.FormatFloat(float64(micros)/1e6, 'f', -1, 64))
}

// listed lists the versions of the ranges that are wanted, the first maxListed of them; cut is set where there are more.
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
