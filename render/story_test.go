package render

import (
	"bytes"
	"testing"
	"time"

	"github.com/carebase/deltatap/render/theme"
	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/session"
)

func TestStoryGolden(t *testing.T) {
	for _, tt := range []struct {
		name  string
		width int
		theme *theme.Theme
	}{{"80", 80, nil}, {"piped", 0, nil}, {"dark-120", 120, theme.New(theme.TrueColor, true)}} {
		t.Run(tt.name, func(t *testing.T) {
			var text bytes.Buffer
			story := NewStory(&text, StoryOptions{
				Item: contract.Item{Type: "appointment", ID: 3}, Started: time.Date(2026, 11, 23, 1, 28, 31, 0, time.UTC),
				Zone: time.UTC, Width: tt.width, Theme: tt.theme,
			})
			tell(story)
			if err := story.End(); err != nil {
				t.Fatal(err)
			}
			golden(t, "story-"+tt.name+".golden", text.String())
			if tt.width > 0 {
				checkLines(t, text.String(), tt.width)
			}
			checkBlanks(t, text.String())
		})
	}
}

// tell tells the life of an appointment: made, moved, seen otherwise in a plan after a time without a connection, gone.
func tell(story *Story) {
	at := func(n int64, kind session.Kind) *session.Record {
		return &session.Record{N: n, T: time.Duration(n) * time.Second, Kind: kind}
	}
	delta := func(version int64, action, source string) *contract.Delta {
		return &contract.Delta{
			ItemType: "appointment", EntityID: 3, Version: version, Action: action, Source: source,
			Has: contract.FieldItemType | contract.FieldEntityID | contract.FieldVersion | contract.FieldAction | contract.FieldSource,
		}
	}
	moved := []diff.Field{
		{Path: "startLocal", Cached: []byte(`"2026-11-26T14:00:00+00:00"`), Server: []byte(`"2026-11-27T09:30:00+00:00"`)},
		{Path: "location", Cached: []byte(`null`), Server: []byte(`"Main Street Dental, second floor, ask at the desk for the key"`)},
	}
	note := []diff.Field{{Path: "prepNote", Cached: []byte(`null`), Server: []byte(`"Bring the referral letter"`)}}
	story.State(at(1, session.KindConnect))
	story.Delta(at(4, session.KindEvent), delta(3, "created", "inbound"), &Change{Outcome: plancache.Outcome{Result: plancache.Applied}, After: []byte(cardiology)})
	story.Delta(at(9, session.KindEvent), delta(7, "updated", "collaborator"), &Change{Outcome: plancache.Outcome{Result: plancache.Replaced}, Fields: moved})
	story.Delta(at(10, session.KindEvent), delta(6, "updated", "google"), &Change{Outcome: plancache.Outcome{Result: plancache.Stale}, Held: 7})
	story.State(at(11, session.KindDisconnect))
	story.State(at(14, session.KindConnectError))
	story.State(at(75, session.KindConnect))
	story.Plan(at(76, session.KindPlan), []byte(cardiology), []byte(cardiology), note)
	story.Delta(at(1204, session.KindEvent), delta(31, "deleted", "rest"), &Change{Outcome: plancache.Outcome{Result: plancache.Removed}, Before: []byte(cardiology)})
	story.Plan(at(1300, session.KindPlan), nil, []byte(cardiology), nil)
	story.Plan(at(1301, session.KindPlan), []byte(cardiology), nil, nil)
	story.Plan(at(1302, session.KindPlan), nil, nil, nil)
	story.State(at(1303, session.KindDisconnect))
	story.State(at(1304, session.KindConnect))
}

func TestStoryOfAnUnknownItem(t *testing.T) {
	var text bytes.Buffer
	story := NewStory(&text, StoryOptions{Item: contract.Item{Type: "bill", ID: 9}})
	if err := story.End(); err != nil {
		t.Fatal(err)
	}
	if got, want := text.String(), "bill:9\nno delta of it in this session\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
