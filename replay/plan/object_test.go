package plan

import "testing"

func TestGet(t *testing.T) {
	for object, want := range map[string]string{
		`{"a":1,"id":7,"b":{"id":8}}`: "7",
		`{"id":1,"id": [2] }`:         "[2]", // the last, as in JavaScript
		`{"\u0069d":3}`:               "3",
		`{"b":{"id":8}}`:              "",
		`{"id":7`:                     "",
		`[{"id":7}]`:                  "",
		``:                            "",
	} {
		if got := Get([]byte(object), "id"); string(got) != want || (got == nil) != (want == "") {
			t.Errorf("%s: %q, want %q", object, got, want)
		}
	}
}

func TestRecipient(t *testing.T) {
	for text, want := range map[string]int64{
		`{"bills":[],"recipient":{"id":7,"displayName":"Alex"}}`: 7,
		`{"bills":[],"recipient":{"id":"7"}}`:                    0,
		`{"bills":[],"recipient":7}`:                             0,
		`{"bills":[]}`:                                           0,
	} {
		p, err := Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := p.Recipient(); got != want || ok != (want != 0) {
			t.Errorf("%s: %d, %v; want %d", text, got, ok, want)
		}
	}
}
