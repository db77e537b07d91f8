package render

import (
	"encoding/json"
	"io"

	"github.com/carebase/deltatap/replay/compare"
	"github.com/carebase/deltatap/replay/diagnose"
	"github.com/carebase/deltatap/replay/diff"
)

type jsonDiff struct {
	Verdict     string           `json:"verdict"`
	Cached      jsonSide         `json:"cached"`
	Server      jsonServer       `json:"server"`
	Differences []jsonDifference `json:"differences"`
	Client      string           `json:"client"`
	ClientWhy   string           `json:"clientWhy"`
	Heals       *jsonHeals       `json:"heals"` // the slowest; null where nothing differs
	Counts      jsonDiffCounts   `json:"counts"`
	Database    *jsonDatabase    `json:"database,omitempty"` // where it was asked
}

type jsonSide struct {
	Source       string `json:"source"`
	PlanVersion  *int64 `json:"planVersion"`
	Appointments int    `json:"appointments"`
	Bills        int    `json:"bills"`
}

type jsonServer struct {
	jsonSide
	Fence *jsonFence `json:"fence"` // null where the plan came from a file
}

type jsonFence struct {
	Tries  int  `json:"tries"`
	Stable bool `json:"stable"`
}

type jsonDifference struct {
	Item     string       `json:"item"`
	Kind     diff.Kind    `json:"kind"`
	Again    bool         `json:"duplicate,omitempty"` // the other side has the item, too, but less often
	Expected bool         `json:"expected"`
	Fields   []jsonField  `json:"fields"`
	Cause    jsonCause    `json:"cause"`
	Heals    jsonHeals    `json:"heals"`
	Witness  *jsonWitness `json:"witness,omitempty"` // where there is a database
}

// jsonField is one field; a side that lacks the member leaves its value out, which null does not.
type jsonField struct {
	Path   string          `json:"path"`
	Cached json.RawMessage `json:"cached,omitempty"`
	Server json.RawMessage `json:"server,omitempty"`
}

type jsonCause struct {
	Code         string            `json:"code"`
	Certainty    string            `json:"certainty"`
	Parties      []diagnose.Party  `json:"parties"`
	Summary      string            `json:"summary"`
	Records      []int64           `json:"records"`
	Versions     []int64           `json:"versions"`
	Because      []string          `json:"because"`
	Alternatives []jsonAlternative `json:"alternatives"`
}

// jsonAlternative is another hypothesis, and what speaks for or against it.
type jsonAlternative struct {
	Code     string           `json:"code"`
	Stands   bool             `json:"stands"`
	Standing string           `json:"standing"`
	Unseen   int              `json:"unseen"`
	Parties  []diagnose.Party `json:"parties"`
	Summary  string           `json:"summary"`
	Records  []int64          `json:"records"`
}

type jsonHeals struct {
	When    string `json:"when"`
	Summary string `json:"summary"`
}

// jsonDatabase is the third witness. Its differences are all those between it and the API, whether or not the cache differs too.
type jsonDatabase struct {
	jsonSide
	User        int64         `json:"user"`
	Differences []jsonAgainst `json:"differences"`
}

// jsonAgainst is an item that the database has (missing), that the API has (ghost), or that both have otherwise (stale).
type jsonAgainst struct {
	Item    string             `json:"item"`
	Kind    diff.Kind          `json:"kind"`
	Fields  []jsonAgainstField `json:"fields"`
	Witness jsonWitness        `json:"witness"`
}

type jsonAgainstField struct {
	Path     string          `json:"path"`
	Server   json.RawMessage `json:"server,omitempty"`
	Database json.RawMessage `json:"database,omitempty"`
}

type jsonWitness struct {
	Wrong   string `json:"wrong"`
	Summary string `json:"summary"`
}

type jsonDiffCounts struct {
	Same     int `json:"same"`
	Stale    int `json:"stale"`
	Missing  int `json:"missing"`
	Ghost    int `json:"ghost"`
	Expected int `json:"expected"`
}

// DiffJSON writes a report as the one object that scripts rely on. Counts by kind leave the expected differences out, which have
// a count of their own.
func DiffJSON(w io.Writer, r *compare.Report) error {
	out := jsonDiff{
		Client: r.Client, ClientWhy: r.ClientWhy,
		Verdict: string(r.Verdict), Cached: sideJSON(r.Cached, r.Result.Cached),
		Server:      jsonServer{jsonSide: sideJSON(r.Server, r.Result.Server)},
		Differences: []jsonDifference{}, Counts: jsonDiffCounts{Same: r.Result.Same},
	}
	if r.Fenced {
		out.Server.Fence = &jsonFence{Tries: r.Tries, Stable: r.Stable}
	}
	for i := range r.Causes {
		out.add(&r.Result.Differences[i], r, i)
	}
	if len(r.Causes) > 0 && r.Report != nil {
		out.Heals = &jsonHeals{string(r.Report.Heals.When), r.Report.Heals.Summary}
	}
	out.Database = databaseJSON(r.Database)
	return JSON(w, out)
}

func databaseJSON(d *compare.Database) *jsonDatabase {
	if d == nil {
		return nil
	}
	out := &jsonDatabase{jsonSide: sideJSON(d.Source, d.Side), User: d.User, Differences: []jsonAgainst{}}
	for i := range d.Rulings {
		r := &d.Rulings[i]
		if r.API == nil {
			continue
		}
		entry := jsonAgainst{Item: r.Item.String(), Kind: r.API.Kind, Fields: []jsonAgainstField{}, Witness: jsonWitness{string(r.Wrong), r.Summary}}
		for _, f := range r.API.Fields {
			entry.Fields = append(entry.Fields, jsonAgainstField{f.Path, f.Cached, f.Server})
		}
		out.Differences = append(out.Differences, entry)
	}
	return out
}

func (o *jsonDiff) add(d *diff.Difference, r *compare.Report, i int) {
	c := &r.Causes[i]
	entry := jsonDifference{
		Item: d.Item.String(), Kind: d.Kind, Again: d.Again, Expected: c.Expected, Fields: []jsonField{},
		Cause: jsonCause{
			Code: string(c.Code), Certainty: string(c.Certainty), Parties: parties(c.Parties), Summary: c.Summary,
			Records: list(c.Records), Versions: list(c.Versions), Because: texts(c.Because), Alternatives: alternatives(r, i),
		},
		Heals: jsonHeals{string(c.Heals.When), c.Heals.Summary},
	}
	for _, f := range d.Fields {
		entry.Fields = append(entry.Fields, jsonField{f.Path, f.Cached, f.Server})
	}
	if ruling := r.Ruling(i); ruling != nil {
		entry.Witness = &jsonWitness{string(ruling.Wrong), ruling.Summary}
	}
	o.Differences = append(o.Differences, entry)
	switch {
	case c.Expected:
		o.Counts.Expected++
	case d.Kind == diff.Missing:
		o.Counts.Missing++
	case d.Kind == diff.Ghost:
		o.Counts.Ghost++
	default:
		o.Counts.Stale++
	}
}

// alternatives are the other hypotheses about a difference: those that stand, those that are remote, those that are ruled out.
func alternatives(r *compare.Report, i int) []jsonAlternative {
	out := []jsonAlternative{}
	if r.Report == nil {
		return out
	}
	findings := r.Report.Findings(i)
	for _, standing := range []diagnose.Standing{diagnose.Stands, diagnose.Remote, diagnose.RuledOut} {
		for k := range findings {
			f := &findings[k]
			if f.Standing != standing || f.Code == r.Causes[i].Code {
				continue
			}
			out = append(out, jsonAlternative{
				string(f.Code), standing == diagnose.Stands, standing.String(), f.Unseen, parties(f.Parties()), f.Reason(), list(f.Records),
			})
		}
	}
	return out
}

// parties is ps, never null.
func parties(ps []diagnose.Party) []diagnose.Party {
	if ps == nil {
		return []diagnose.Party{}
	}
	return ps
}

// texts is ts, never null.
func texts(ts []string) []string {
	if ts == nil {
		return []string{}
	}
	return ts
}

func sideJSON(source string, s diff.Side) jsonSide {
	out := jsonSide{Source: source, Appointments: s.Appointments, Bills: s.Bills}
	if s.HasVersion {
		out.PlanVersion = &s.Version
	}
	return out
}

// list is ns, never null.
func list(ns []int64) []int64 {
	if ns == nil {
		return []int64{}
	}
	return ns
}
