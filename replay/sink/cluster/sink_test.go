package cluster

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/sink"
)

// taken is a Publisher that takes everything.
type taken struct{ bodies []string }

func (p *taken) Publish(batch []Message, answer func(int, error)) error {
	for i := range batch {
		p.bodies = append(p.bodies, string(batch[i].Body))
		answer(1, nil)
	}
	return nil
}

func (*taken) Close() error { return nil }

func TestWhatIsSent(t *testing.T) {
	for name, tc := range map[string]struct {
		rec    session.Record
		fate   sink.Fate
		body   string
		reason string
	}{
		"an event":          {session.Record{Kind: session.KindEvent, Event: "e", Args: []byte(`[1]`)}, sink.Acknowledged, "user:30 e [1]", ""},
		"a plan":            {session.Record{Kind: session.KindPlan, Status: 200, Body: []byte(`{}`)}, sink.Ignored, "", ""},
		"an unknown kind":   {session.Record{Kind: "new"}, sink.Ignored, "", ""},
		"a reserved name":   {session.Record{Kind: session.KindEvent, Event: "disconnect", Args: []byte(`[]`)}, sink.Inexpressible, "", "reserved"},
		"no JSON arguments": {session.Record{Kind: session.KindEvent, Event: "e", Args: []byte(`{}`)}, sink.Inexpressible, "", "not a JSON array"},
	} {
		var outcomes []sink.Outcome
		p := &taken{}
		s := New(p, sink.Users{Of: map[int64]int64{3: 30}, Header: 3}, func(o sink.Outcome) { outcomes = append(outcomes, o) },
			func(dst []byte, _ *Message, room, event string, args []byte) ([]byte, error) {
				if args[0] != '[' {
					return dst, ErrArguments
				}
				return append(dst, room+" "+event+" "+string(args)...), nil
			})
		tc.rec.N = 5
		if err := errors.Join(s.Send(t.Context(), &tc.rec), s.Settle(t.Context()), s.Close()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if len(outcomes) != 1 || outcomes[0].N != 5 || outcomes[0].Fate != tc.fate || strings.Join(p.bodies, "\n") != tc.body {
			t.Errorf("%s: %v, published %q; want %v, %q", name, outcomes, p.bodies, tc.fate, tc.body)
			continue
		}
		if unfit := outcomes[0].Unfit; tc.reason != "" && (len(unfit) != 1 || !strings.Contains(unfit[0].Reason, tc.reason)) {
			t.Errorf("%s: unfit: %v, want %q", name, unfit, tc.reason)
		}
	}
}

func TestNobodysRecord(t *testing.T) {
	s := New(&taken{}, sink.Users{}, func(o sink.Outcome) { t.Errorf("told %v", o) }, nil)
	rec := session.Record{N: 4, Kind: session.KindEvent, Event: "e", Args: []byte(`[]`)}
	var unknown *sink.UnknownUserError
	if err := s.Send(context.Background(), &rec); !errors.As(err, &unknown) || unknown.N != 4 {
		t.Errorf("send: %v, want an UnknownUserError", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
