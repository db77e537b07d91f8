package sink

import (
	"errors"
	"testing"

	"github.com/carebase/deltatap/replay/session"
)

func TestUsers(t *testing.T) {
	named := &session.Record{N: 4, Raw: []byte(`{"n":4,"user":3,"args":[{"user":9}]}`)}
	nameless := &session.Record{N: 5, Raw: []byte(`{"n":5,"args":[{"user":9}]}`)}
	for name, tc := range map[string]struct {
		users           Users
		named, nameless int64 // -1: an error
	}{
		"nothing said":        {Users{}, 3, -1},
		"the header":          {Users{Header: 2}, 3, 2},
		"one for all":         {Users{Default: 7, All: true}, 7, 7},
		"a default":           {Users{Default: 7}, 7, 7},
		"a map":               {Users{Of: map[int64]int64{3: 30}}, 30, -1},
		"a map and a default": {Users{Of: map[int64]int64{4: 40}, Default: 7}, 7, 7},
		"a map of the header": {Users{Of: map[int64]int64{2: 20}, Header: 2}, -1, 20},
	} {
		for rec, want := range map[*session.Record]int64{named: tc.named, nameless: tc.nameless} {
			got, err := tc.users.User(rec)
			var unknown *UnknownUserError
			if want < 0 {
				if !errors.As(err, &unknown) || unknown.N != rec.N {
					t.Errorf("%s, record %d: user %d, %v; want an error", name, rec.N, got, err)
				}
			} else if got != want || err != nil {
				t.Errorf("%s, record %d: user %d, %v; want %d", name, rec.N, got, err, want)
			}
		}
	}
}
