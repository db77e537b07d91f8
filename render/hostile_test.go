package render

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/carebase/deltatap/render/theme"
	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/session"
)

// TestHostileServer shows what a hostile server could send, on terminals of 80 columns and more: no line is too wide, none holds what
// a terminal would act on.
func TestHostileServer(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		width := rapid.IntRange(80, 240).Draw(rt, "width")
		themes := []*theme.Theme{theme.Plain(), theme.New(theme.TrueColor, true), theme.New(theme.ANSI, false).ASCII()}
		th := rapid.SampledFrom(themes).Draw(rt, "theme")
		var screen bytes.Buffer
		tail := NewTail(&screen, &screen, TailOptions{
			Width: columnsOf(width), ErrWidth: columnsOf(width), Theme: th, ErrTheme: th, Location: time.UTC,
		})
		for range rapid.IntRange(1, 4).Draw(rt, "records") {
			if err := hostileRecord(rt, tail); err != nil {
				rt.Fatal(err)
			}
		}
		if err := tail.Flush(); err != nil {
			rt.Fatal(err)
		}
		checkLines(t, screen.String(), width)
		if t.Failed() {
			rt.Fatal("see above")
		}
	})
}

func hostileRecord(t *rapid.T, tail *Tail) error {
	text := func(name string) string { return hostileText().Draw(t, name) }
	rec := &session.Record{
		T:    time.Duration(rapid.Int64Range(0, 1e12).Draw(t, "t")),
		Kind: rapid.SampledFrom([]session.Kind{session.KindConnect, session.KindDisconnect, session.KindConnectError, session.KindMark, session.KindPlan, session.KindEvent}).Draw(t, "kind"),
	}
	rec.SID, rec.Transport, rec.Reason, rec.Message, rec.Text, rec.Error = text("sid"), text("transport"), text("reason"), text("message"), text("text"), text("error")
	rec.Event, rec.Args, rec.Body = text("event"), []byte(text("args")), []byte(text("body"))
	if rec.Kind != session.KindEvent {
		return tail.State(rec)
	}
	rec.Args = hostileDeltas(t)
	var m contract.Message
	contract.Decode(rec.Args, &m)
	if rapid.Bool().Draw(t, "state") {
		return tail.Changes(rec, &m, hostileChanges(t, &m))
	}
	if err := tail.Message(rec, &m); err != nil {
		return err
	}
	return tail.Findings(rec, &m, []contract.Finding{{Rule: text("rule"), Delta: 0, Message: text("finding")}})
}

func hostileDeltas(t *rapid.T) []byte {
	text := func(name string) string { return hostileText().Draw(t, name) }
	var deltas []any
	for range rapid.IntRange(0, 4).Draw(t, "deltas") {
		kind := rapid.OneOf(rapid.SampledFrom([]string{"appointment", "bill", "plan"}), hostileText()).Draw(t, "type")
		action := rapid.OneOf(rapid.SampledFrom([]string{"created", "updated", "deleted"}), hostileText()).Draw(t, "action")
		deltas = append(deltas, map[string]any{
			"itemType": kind, "action": action, "source": text("source"),
			"entityId": rapid.Int64().Draw(t, "id"), "version": rapid.Int64Range(0, 1<<31).Draw(t, "version"),
			"data": map[string]any{"section": text("section"), kind: map[string]any{
				"summary": text("summary"), "location": text("location"), "prepNote": text("note"), "status": text("status"),
				"startLocal": rapid.OneOf(rapid.Just("2026-11-26T14:00:00+00:00"), hostileText()).Draw(t, "start"),
				"endLocal":   rapid.OneOf(rapid.Just("2026-11-27T14:00:00-03:30"), hostileText()).Draw(t, "end"),
				"amount":     rapid.Float64().Draw(t, "amount"), "dueDate": text("due"), "payUrl": "https://" + text("host") + "/",
			}},
		})
	}
	args, err := json.Marshal([]any{map[string]any{"deltas": deltas}})
	if err != nil {
		t.Fatal(err)
	}
	return args
}

func hostileChanges(t *rapid.T, m *contract.Message) []Change {
	var changes []Change
	for i := range m.Deltas {
		value := func(name string) []byte {
			b, err := json.Marshal(hostileText().Draw(t, name))
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		changes = append(changes, Change{
			Delta:   i,
			Outcome: plancache.Outcome{Result: rapid.SampledFrom([]plancache.Result{plancache.Applied, plancache.Replaced, plancache.Removed, plancache.Refreshed, plancache.Stale}).Draw(t, "result")},
			Before:  m.Deltas[i].Payload(), After: m.Deltas[i].Payload(),
			Fields: []diff.Field{
				{Path: hostileText().Draw(t, "path"), Cached: value("cached"), Server: value("server")},
				{Path: "startLocal", Cached: value("cached"), Server: value("server")},
				{Path: "status", Cached: value("cached"), Server: value("server")},
			},
		})
	}
	return changes
}
