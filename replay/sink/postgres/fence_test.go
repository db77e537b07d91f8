package postgres

import "testing"

// One of three that listen never answers, and one that did stops: each is waited for once.
func TestWhoDoesNotAnswerIsWaitedForOnce(t *testing.T) {
	f := &fence{known: map[string]bool{}}
	for i, round := range []struct {
		listeners int
		answers   []string
		complete  bool
	}{
		{3, []string{"a", "b"}, false},
		{3, []string{"a", "b"}, true},
		{3, []string{"a"}, false},
		{2, []string{"a"}, true},
		{3, []string{"a"}, false}, // a new one is there
		{3, []string{"a", "c"}, true},
		{0, []string{"a", "c"}, true},
		{0, nil, false},
	} {
		f.least = max(0, round.listeners-f.silent)
		for uid := range f.known {
			f.known[uid] = false
		}
		for _, uid := range round.answers {
			f.known[uid] = true
		}
		if got := f.complete(); got != round.complete {
			t.Errorf("round %d: complete: %v, want %v (%+v)", i, got, round.complete, f)
		}
		f.forget(round.listeners)
	}
	if !f.nobody() {
		t.Errorf("somebody is left: %+v", f)
	}
}

func TestResponse(t *testing.T) {
	for text, want := range map[string][2]string{
		`{"type":8,"data":{"requestId":"R","sockets":[]},"uid":"a","nsp":"/"}`: {`"a"`, "R"},
		`{"uid":"a","data":{"requestId":"R"},"type":8}`:                        {`"a"`, "R"},
		`{"type":7,"data":{"requestId":"R"},"uid":"a"}`:                        {},
		`{"type":3,"data":{"packet":{"type":8}},"uid":"emitter"}`:              {},
		`{"type":8,"data":{"requestId":1},"uid":"a"}`:                          {},
		`{"type":2,"uid":"a"}`:                                                 {},
		`no JSON`:                                                              {},
	} {
		if uid, request := response([]byte(text)); uid != want[0] || request != want[1] {
			t.Errorf("%s: %s answers %s, want %s", text, uid, request, want)
		}
	}
}
