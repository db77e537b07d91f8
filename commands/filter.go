package commands

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/session"
	"github.com/itchyny/gojq"
	"github.com/spf13/pflag"
)

// filter is what a user wants to see of a stream.
type filter struct {
	types, actions, sources, items, sections []string
	grep                                     []string
	jq                                       string
}

func (f *filter) register(flags *pflag.FlagSet) {
	flags.StringSliceVar(&f.types, "type", nil, "only deltas of this `item type`: appointment, bill or plan (repeatable)")
	flags.StringSliceVar(&f.actions, "action", nil, "only deltas of this `action`: created, updated or deleted (repeatable)")
	flags.StringSliceVar(&f.sources, "source", nil, "only deltas from this `source`: rest, collaborator, google or inbound (repeatable)")
	flags.StringSliceVar(&f.items, "item", nil, "only deltas of this `item`, like bill:42 (repeatable)")
	flags.StringSliceVar(&f.sections, "section", nil, "only plan deltas of this `section`, like collaborators (repeatable)")
	flags.StringArrayVar(&f.grep, "grep", nil, "only records that hold this `text`, in their JSON or as they are printed; letters stand for capitals, too (repeatable: any of them)")
	flags.StringVar(&f.jq, "jq", "", "only records for which this jq `expression` holds; what it makes other than true, false, null or the record is printed in its place")
}

// matcher is a filter made ready.
type matcher struct {
	filter
	items map[contract.Item]bool
	code  *gojq.Code
	texts *textFinder // nil: no --grep
	empty bool        // no condition on deltas

	failed  int64  // records that the expression failed on
	failure string // how, the first time
}

// compile makes the filter ready, or tells what is wrong with it.
func (f *filter) compile() (*matcher, error) {
	m := &matcher{filter: *f, items: map[contract.Item]bool{}}
	for _, part := range []struct {
		flag           string
		given, allowed []string
	}{
		{"--type", f.types, []string{"appointment", "bill", "plan"}},
		{"--action", f.actions, []string{"created", "updated", "deleted"}},
		{"--source", f.sources, []string{"rest", "collaborator", "google", "inbound"}},
	} {
		for _, value := range part.given {
			if err := oneOf(part.flag, value, part.allowed...); err != nil {
				return nil, err
			}
		}
	}
	for _, text := range f.items {
		item, err := contract.ParseItem(text)
		if err != nil {
			return nil, usage("an item is its type and id, like bill:42", "--item %q: %v", text, err)
		}
		m.items[item] = true
	}
	var err error
	if m.texts, err = newTextFinder(f.grep); err != nil {
		return nil, err
	}
	if f.jq != "" {
		query, err := gojq.Parse(f.jq)
		if err == nil {
			m.code, err = gojq.Compile(query)
		}
		if err != nil {
			return nil, usage("", "--jq: %s", firstLine(err.Error()))
		}
	}
	m.empty = len(f.types)+len(f.actions)+len(f.sources)+len(f.sections)+len(m.items) == 0
	return m, nil
}

// String tells the filter as the header of a filtered session does; "" where everything passes.
func (f *filter) String() string {
	var parts []string
	for _, part := range []struct {
		name   string
		values []string
	}{{"type", f.types}, {"action", f.actions}, {"source", f.sources}, {"item", f.items}, {"section", f.sections}} {
		for _, value := range part.values {
			parts = append(parts, part.name+"="+value)
		}
	}
	for _, text := range f.grep {
		parts = append(parts, "grep="+text)
	}
	if f.jq != "" {
		parts = append(parts, "jq="+f.jq)
	}
	return strings.Join(parts, " ")
}

// failures tells on how many records the jq expression failed, and how on the first: an expression
// that is meant for one kind of record often does not fit the others.
func (m *matcher) failures() (n int64, first string) { return m.failed, m.failure }

// all tells whether nothing is filtered.
func (m *matcher) all() bool { return m.empty && m.code == nil && m.texts == nil }

// holds tells whether a record holds one of the texts of --grep, where there are some.
func (m *matcher) holds(rec *session.Record, message *contract.Message) bool {
	return m.texts == nil || m.texts.in(rec, message)
}

// delta tells whether a delta passes every condition on deltas.
func (m *matcher) delta(d *contract.Delta) bool {
	return m.empty ||
		among(m.types, d.ItemType) && among(m.actions, d.Action) && among(m.sources, d.Source) && among(m.sections, d.Section) &&
			(len(m.items) == 0 || m.items[d.Item()])
}

func among(allowed []string, value string) bool {
	return len(allowed) == 0 || slices.Contains(allowed, value)
}

// count tells how many deltas of a message pass.
func (m *matcher) count(message *contract.Message) int {
	if m.empty {
		return len(message.Deltas)
	}
	n := 0
	for i := range message.Deltas {
		if m.delta(&message.Deltas[i]) {
			n++
		}
	}
	return n
}

// query runs the jq expression over a record. pass tells whether the record itself is wanted;
// values are what else the expression made, one JSON text or, for a string, its bare text, each.
func (m *matcher) query(rec *session.Record) (pass bool, values [][]byte, err error) {
	if m.code == nil {
		return true, nil, nil
	}
	input, err := jqValue(rec.AppendJSON(nil))
	if err != nil {
		return false, nil, fmt.Errorf("--jq: record %d: %w", rec.N, err)
	}
	for results := m.code.Run(input); ; {
		result, ok := results.Next()
		if !ok {
			return pass, values, nil
		}
		switch value := result.(type) {
		case error:
			if halt, ok := value.(*gojq.HaltError); ok && halt.Value() == nil {
				return pass, values, nil
			}
			if m.failed++; m.failed == 1 {
				m.failure = fmt.Sprintf("record %d: %s", rec.N, firstLine(value.Error()))
			}
			return false, nil, nil
		case bool:
			pass = pass || value
		case nil:
		case string:
			values = append(values, []byte(value))
		default:
			if gojq.Compare(value, input) == 0 {
				pass = true
				continue
			}
			text, err := gojq.Marshal(value)
			if err != nil {
				return false, nil, fmt.Errorf("--jq: record %d: %w", rec.N, err)
			}
			values = append(values, text)
		}
	}
}

// jqValue decodes JSON into the types that jq computes with; integers keep every digit.
func jqValue(text []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	return exact(value), nil
}

func exact(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for name, member := range v {
			v[name] = exact(member)
		}
	case []any:
		for i, element := range v {
			v[i] = exact(element)
		}
	case json.Number:
		if i, err := v.Int64(); err == nil && int64(int(i)) == i {
			return int(i)
		}
		if i, ok := new(big.Int).SetString(v.String(), 10); ok && len(v) < 400 {
			return i
		}
		f, _ := v.Float64()
		return f
	}
	return value
}
