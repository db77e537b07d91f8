package commands

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/carebase/deltatap/render"
	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/fold"
	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/session"
)

// inspectItems tells the life of each item that was named, in a recording.
func inspectItems(ctx context.Context, app *App, r recording, i *inspection) error {
	theme, err := app.theme(app.OutWidth())
	if err != nil {
		return err
	}
	f := fold.Fold{Cache: plancache.New(i.policy)}
	var lives []*life
	err = r.readOne(ctx, app, i.format, i.user, func(h session.Header) func(*session.Record) error {
		for _, item := range i.lives() {
			lives = append(lives, &life{item: item, fold: &f, story: render.NewStory(app.Out, render.StoryOptions{
				Item: item, Started: h.Started, Zone: i.zone(), Width: app.OutWidth(), Theme: theme,
			})})
		}
		return func(rec *session.Record) error {
			f.Record(rec)
			for _, l := range lives {
				l.record(rec)
			}
			return nil
		}
	})
	for n, l := range lives {
		if err != nil {
			break
		}
		if n > 0 {
			_, _ = fmt.Fprintln(app.Out)
		}
		err = l.story.End()
	}
	return err
}

// life follows one item through the records of a session.
type life struct {
	item  contract.Item
	fold  *fold.Fold // has taken the record that record is told of
	story *render.Story
	held  []byte // the item as the cache holds it; nil where it does not
}

func (l *life) record(rec *session.Record) {
	switch {
	case l.fold.Message != nil:
		for i := range l.fold.Changes {
			l.change(rec, &l.fold.Changes[i])
		}
	case l.fold.Loaded:
		raw, ok := l.fold.Cache.Item(l.item)
		after := bytes.Clone(raw)
		if !ok {
			after = nil
		}
		fields := slices.DeleteFunc(fieldsOf(l.held, after), unhydrated)
		if (l.held == nil) != (after == nil) || len(fields) > 0 {
			l.story.Plan(rec, l.held, after, fields)
		}
	default:
		l.story.State(rec)
	}
	if raw, ok := l.fold.Cache.Item(l.item); ok {
		l.held = append(l.held[:0], raw...)
	} else {
		l.held = nil
	}
}

func (l *life) change(rec *session.Record, c *fold.Change) {
	if c.Delta < 0 {
		return
	}
	if d := &l.fold.Message.Deltas[c.Delta]; d.Item() == l.item {
		shown := change(c)
		l.story.Delta(rec, d, &shown)
	}
}

// change is what the cache did with a delta, ready to be shown.
func change(c *fold.Change) render.Change {
	return render.Change{
		Delta: c.Delta, Outcome: c.Outcome, Held: c.Held, Before: c.Before, After: c.After, Fields: fieldsOf(c.Before, c.After),
	}
}

func fieldsOf(before, after []byte) []diff.Field {
	if before == nil || after == nil {
		return nil
	}
	return diff.Fields(before, after)
}

// unhydrated tells a field that deltas never carry filled: a plan fills it, and nothing has
// happened.
func unhydrated(f diff.Field) bool {
	return f.Path == "googleSync" && string(f.Cached) == "null"
}

// lives are the items whose lives are to be told, in order; none where the filter is anything else
// than items.
func (i *inspection) lives() []contract.Item {
	f := i.wanted.filter
	if len(f.types)+len(f.actions)+len(f.sources)+len(f.sections)+len(f.grep) > 0 || f.jq != "" {
		return nil
	}
	var items []contract.Item
	for item := range i.wanted.items {
		items = append(items, item)
	}
	slices.SortFunc(items, func(a, b contract.Item) int { return bytes.Compare([]byte(a.String()), []byte(b.String())) })
	return items
}
