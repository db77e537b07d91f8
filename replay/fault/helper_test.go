package fault

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/session"
)

// write makes the text of a session of records.
func write(t testing.TB, records []session.Record) string {
	t.Helper()
	var text strings.Builder
	w, err := session.NewWriter(&text, session.Header{Session: "test", Started: time.Unix(1_800_000_000, 0)})
	for i := range records {
		if err == nil {
			rec := records[i]
			err = w.Write(&rec)
		}
	}
	if err = errors.Join(err, w.Flush()); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// broken is what comes of a session with faults.
type broken struct {
	records []session.Record
	lines   []string
	log     []Entry
	missed  []Missed
}

// inject reads the text of a session with the faults of spec.
func inject(t testing.TB, text, spec string, seed uint64) (b broken) {
	t.Helper()
	parsed, err := ParseSpec(spec)
	if err != nil {
		t.Fatal(err)
	}
	src, err := session.NewReader(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	wrapped := Wrap(src, parsed, seed, func(e Entry) error {
		b.log = append(b.log, e)
		return nil
	})
	var rec session.Record
	for {
		err := wrapped.Next(&rec)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		line := rec.AppendJSON(nil)
		b.lines = append(b.lines, string(line))
		var again session.Record
		if err := session.ParseRecord(line, &again); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if again.N != rec.N || again.T != rec.T || again.Kind != rec.Kind || string(again.Args) != string(rec.Args) {
			t.Fatalf("the record says n %d, t %v, %s, and its line %s", rec.N, rec.T, rec.Args, line)
		}
		b.records = append(b.records, again)
	}
	b.missed = wrapped.Missed()
	return b
}

// records reads the text of a session.
func records(t testing.TB, text string) []session.Record {
	return inject(t, text, "", 0).records
}

const (
	ms  = time.Millisecond
	sec = time.Second
)

// A builder makes sessions of messages.
type builder struct {
	records []session.Record
	version int64
	at      time.Duration
}

func (b *builder) add(rec session.Record) {
	b.at += 100 * ms
	rec.T = b.at
	b.records = append(b.records, rec)
}

// message adds a message of deltas such as "bill:3", "-bill:3" (deleted), "+bill:3" (created) and "plan:0".
func (b *builder) message(items ...string) {
	var deltas []string
	for _, name := range items {
		b.version++
		deltas = append(deltas, deltaText(name, b.version))
	}
	b.add(session.Record{
		Kind: session.KindEvent, Event: contract.Event,
		Args: fmt.Appendf(nil, `[ {"deltas" : [%s ]}]`, strings.Join(deltas, " , ")),
	})
}

func deltaText(name string, version int64) string {
	action := "updated"
	switch name[0] {
	case '+':
		action, name = "created", name[1:]
	case '-':
		action, name = "deleted", name[1:]
	}
	item, err := contract.ParseItem(name)
	if err != nil {
		panic(err)
	}
	data := ""
	if item.Type != "plan" && action != "deleted" {
		data = fmt.Sprintf(`"data":{"%s":{"id":%d,"note":"a \"data\": , ] } of %d"}},`, item.Type, item.ID, version)
	}
	return fmt.Sprintf(`{"itemType":"%s", "entityId":%d,"action":"%s",%s"version":%d}`, item.Type, item.ID, action, data, version)
}
