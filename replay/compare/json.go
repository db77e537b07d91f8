package compare

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"slices"
	"strconv"

	"github.com/carebase/deltatap/replay/diagnose"
	"github.com/carebase/deltatap/replay/diff"
	"github.com/go-json-experiment/json/jsontext"
)

// This file writes a report as the one object that scripts rely on. Differences are written one by
// one: with all hypotheses about each, a hundred thousand of them would fill the memory.

type jsonHead struct {
	Verdict diagnose.Verdict `json:"verdict"`
	Cached  jsonSide         `json:"cached"`
	Server  jsonServer       `json:"server"`
}

type jsonTail struct {
	Client    string        `json:"client"`
	ClientWhy string        `json:"clientWhy"`
	Heals     *jsonHeals    `json:"heals"` // the slowest; null where nothing differs
	Counts    Counts        `json:"counts"`
	Database  *jsonDatabase `json:"database,omitempty"` // where it was asked
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

type jsonHeals struct {
	When    diagnose.When `json:"when"`
	Summary string        `json:"summary"`
}

// jsonDatabase is the third witness. Its differences are all those between it and the API, whether
// or not the cache differs too.
type jsonDatabase struct {
	jsonSide
	User        int64         `json:"user"`
	Differences []jsonAgainst `json:"differences"`
}

// jsonAgainst is an item that the database has (missing), that the API has (ghost), or that both
// have otherwise (stale).
type jsonAgainst struct {
	Item   string             `json:"item"`
	Kind   diff.Kind          `json:"kind"`
	Fields []jsonAgainstField `json:"fields"`
	Cause  jsonCause          `json:"cause"`
}

type jsonAgainstField struct {
	Path     string          `json:"path"`
	Server   json.RawMessage `json:"server,omitempty"`
	Database json.RawMessage `json:"database,omitempty"`
}

// jsonCause is a cause whose alternatives are not told.
type jsonCause struct {
	Code      diagnose.Code      `json:"code"`
	Certainty diagnose.Certainty `json:"certainty"`
	Parties   []diagnose.Party   `json:"parties"`
	Summary   string             `json:"summary"`
	Records   []int64            `json:"records"`
	Versions  []int64            `json:"versions"`
}

// Counts are how many items are the same, and how many differ in which way. Those that are expected
// to differ have a count of their own, and are in no other.
type Counts struct {
	Same     int `json:"same"`
	Stale    int `json:"stale"`
	Missing  int `json:"missing"`
	Ghost    int `json:"ghost"`
	Expected int `json:"expected"`
}

// Count counts the items of a report.
func (r *Report) Count() Counts {
	counts := Counts{Same: r.Result.Same}
	for i := range r.Causes {
		switch kind := r.Result.Differences[i].Kind; {
		case r.Causes[i].Expected:
			counts.Expected++
		case kind == diff.Missing:
			counts.Missing++
		case kind == diff.Ghost:
			counts.Ghost++
		default:
			counts.Stale++
		}
	}
	return counts
}

// WriteJSON writes a report as one object on a line of its own.
func (r *Report) WriteJSON(w io.Writer) error {
	out := bufio.NewWriterSize(w, 1<<16)
	head := jsonHead{Verdict: r.Verdict, Cached: sideJSON(r.Cached, r.Result.Cached), Server: jsonServer{jsonSide: sideJSON(r.Server, r.Result.Server)}}
	if r.Fenced {
		head.Server.Fence = &jsonFence{r.Tries, r.Stable}
	}
	text, err := marshalJSON(head)
	if err != nil {
		return err
	}
	out.Write(bytes.TrimSuffix(text, []byte("}")))
	out.WriteString(`,"differences":[`)
	var b []byte
	for i := range r.Causes {
		b = b[:0]
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = r.appendDifference(b, i); err != nil {
			return err
		}
		if _, err := out.Write(b); err != nil {
			return err
		}
	}
	tail := jsonTail{Client: r.Client, ClientWhy: r.ClientWhy, Counts: r.Count(), Database: databaseJSON(r.Database)}
	if len(r.Causes) > 0 && r.Report != nil {
		tail.Heals = &jsonHeals{r.Report.Heals.When, r.Report.Heals.Summary}
	}
	if text, err = marshalJSON(tail); err != nil {
		return err
	}
	out.WriteString(`],`)
	out.Write(bytes.TrimPrefix(text, []byte("{")))
	out.WriteByte('\n')
	return out.Flush()
}

// marshalJSON writes a value; text in it is as it came.
func marshalJSON(value any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

func (r *Report) appendDifference(b []byte, i int) ([]byte, error) {
	d, c := &r.Result.Differences[i], &r.Causes[i]
	b = appendText(append(b, `{"item":`...), d.Item.String())
	b = appendText(append(b, `,"kind":`...), string(d.Kind))
	if d.Again {
		b = append(b, `,"duplicate":true`...) // the other side has the item, too, but less often
	}
	b = strconv.AppendBool(append(b, `,"expected":`...), c.Expected)
	b = append(b, `,"fields":[`...)
	for k := range d.Fields {
		var err error
		if b, err = appendField(appendComma(b, k), &d.Fields[k]); err != nil {
			return b, err
		}
	}
	b = append(b, `],"cause":`...)
	b = r.appendCause(b, i)
	b = appendText(append(b, `,"heals":{"when":`...), string(c.Heals.When))
	b = appendText(append(b, `,"summary":`...), c.Heals.Summary)
	return append(b, "}}"...), nil
}

// appendField writes a field; a side that lacks the member leaves its value out, which null does
// not.
func appendField(b []byte, f *diff.Field) ([]byte, error) {
	b = appendText(append(b, `{"path":`...), f.Path)
	for _, side := range []struct {
		name  string
		value []byte
	}{{"cached", f.Cached}, {"server", f.Server}} {
		if side.value == nil {
			continue
		}
		value := jsontext.Value(bytes.Clone(side.value))
		if err := value.Compact(jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true)); err != nil {
			return b, err
		}
		b = append(append(b, `,"`+side.name+`":`...), value...)
	}
	return append(b, '}'), nil
}

func (r *Report) appendCause(b []byte, i int) []byte {
	c := &r.Causes[i]
	b = appendText(append(b, `{"code":`...), string(c.Code))
	b = appendText(append(b, `,"certainty":`...), string(c.Certainty))
	b = appendTexts(append(b, `,"parties":`...), c.Parties)
	b = appendText(append(b, `,"summary":`...), c.Summary)
	b = appendNumbers(append(b, `,"records":`...), c.Records)
	b = appendNumbers(append(b, `,"versions":`...), c.Versions)
	b = appendTexts(append(b, `,"because":`...), c.Because)
	b = append(b, `,"alternatives":[`...)
	for k, f := range r.Alternatives(i) {
		b = appendAlternative(appendComma(b, k), &f)
	}
	return append(b, "]}"...)
}

// appendAlternative writes another hypothesis, and what speaks for or against it.
func appendAlternative(b []byte, f *diagnose.Finding) []byte {
	b = appendText(append(b, `{"code":`...), string(f.Code))
	b = strconv.AppendBool(append(b, `,"stands":`...), f.Standing == diagnose.Stands)
	b = appendTexts(append(b, `,"parties":`...), f.Parties())
	b = appendText(append(b, `,"summary":`...), f.Reason())
	b = appendNumbers(append(b, `,"records":`...), f.Records)
	switch f.Standing {
	case diagnose.Stands:
		b = strconv.AppendInt(append(b, `,"unseen":`...), int64(f.Unseen), 10)
	case diagnose.Remote:
		b = append(b, `,"remote":true`...)
	}
	return append(b, '}')
}

// Alternatives are the other hypotheses about a difference: those that stand, the nearest first,
// those that are remote, those that are ruled out. There are none where nothing was examined.
func (r *Report) Alternatives(i int) []diagnose.Finding {
	if r.Report == nil {
		return nil
	}
	findings := r.Report.Findings(i)
	out := make([]diagnose.Finding, 0, len(findings))
	for _, standing := range []diagnose.Standing{diagnose.Stands, diagnose.Remote, diagnose.RuledOut} {
		first := len(out)
		for k := range findings {
			if f := &findings[k]; f.Standing == standing && f.Code != r.Causes[i].Code {
				out = append(out, *f)
			}
		}
		if standing == diagnose.Stands {
			sortByUnseen(out[first:])
		}
	}
	return out
}

func databaseJSON(d *Database) *jsonDatabase {
	if d == nil {
		return nil
	}
	out := &jsonDatabase{jsonSide: sideJSON(d.Source, d.Side), User: d.User, Differences: []jsonAgainst{}}
	for i := range d.Apart {
		apart, c := &d.Apart[i], &d.Causes[i]
		entry := jsonAgainst{Item: apart.Item.String(), Kind: apart.Kind, Fields: []jsonAgainstField{}, Cause: jsonCause{
			c.Code, c.Certainty, notNull(c.Parties), c.Summary, notNull(c.Records), notNull(c.Versions),
		}}
		for _, f := range apart.Fields {
			entry.Fields = append(entry.Fields, jsonAgainstField{f.Path, f.Cached, f.Server})
		}
		out.Differences = append(out.Differences, entry)
	}
	return out
}

// notNull is a list that is written as one where it is empty.
func notNull[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func sideJSON(source string, s diff.Side) jsonSide {
	out := jsonSide{Source: source, Appointments: s.Appointments, Bills: s.Bills}
	if s.HasVersion {
		out.PlanVersion = &s.Version
	}
	return out
}

func appendComma(b []byte, i int) []byte {
	if i > 0 {
		b = append(b, ',')
	}
	return b
}

func appendText(b []byte, s string) []byte {
	b, _ = jsontext.AppendQuote(b, s) // its error is of bytes that are no UTF-8, which it replaces
	return b
}

func appendTexts[T ~string](b []byte, texts []T) []byte {
	b = append(b, '[')
	for i, s := range texts {
		b = appendText(appendComma(b, i), string(s))
	}
	return append(b, ']')
}

func appendNumbers(b []byte, ns []int64) []byte {
	b = append(b, '[')
	for i, n := range ns {
		b = strconv.AppendInt(appendComma(b, i), n, 10)
	}
	return append(b, ']')
}

func sortByUnseen(fs []diagnose.Finding) {
	slices.SortStableFunc(fs, func(a, b diagnose.Finding) int { return cmp.Compare(a.Unseen, b.Unseen) })
}
