package session

import "testing"

func TestUserID(t *testing.T) {
	for text, want := range map[string]int64{`7`: 7, `"7"`: 7, `{"name":"x","id":7}`: 7, `null`: 0, ``: 0, `-1`: 0, `"x"`: 0, `{}`: 0, `[7]`: 0, `{"id":{"id":7}}`: 0, `{"id":`: 0} {
		h := Header{User: []byte(text)}
		if got := h.UserID(); got != want {
			t.Errorf("%s is user %d, want %d", text, got, want)
		}
	}
}

func TestRecordsNameTheirUserThemselves(t *testing.T) {
	for text, want := range map[string]int64{
		`{"n":1,"user":3,"args":[{"user":9}]}`: 3,
		`{"n":1,"args":[],"user":{"id":4}}`:    4,
		`{"n":1,"args":[{"user":9}]}`:          0,
		``:                                     0,
	} {
		rec := Record{Raw: []byte(text)}
		if got := rec.UserID(); got != want {
			t.Errorf("%s is of user %d, want %d", text, got, want)
		}
	}
}
