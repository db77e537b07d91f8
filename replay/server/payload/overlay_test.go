package payload

import (
	"testing"
	"time"
)

func TestOverlay(t *testing.T) {
	for name, tc := range map[string]struct{ held, told, want string }{
		"nothing held":       {``, `{"a":1, "googleSync":null}`, `{"a":1, "googleSync":null}`},
		"nothing told":       {`{"a":1}`, `{}`, `{}`},
		"in place":           {`{"a":1,"b":2}`, `{"a": 1.0,"b":[ ]}`, `{"a": 1.0,"b":[ ]}`},
		"a state stays":      {`{"a":1,"googleSync":{"x":1}}`, `{"a":2,"googleSync":null}`, `{"a":2,"googleSync":{"x":1}}`},
		"in the middle":      {`{"googleSync":{"x":1},"a":1}`, `{"googleSync":null,"a":2}`, `{"googleSync":{"x":1},"a":2}`},
		"a state comes":      {`{"a":1,"googleSync":{"x":1}}`, `{"a":2,"googleSync":{"y":1}}`, `{"a":2,"googleSync":{"y":1}}`},
		"no state":           {`{"a":1,"googleSync":null}`, `{"a":2,"googleSync":null}`, `{"a":2,"googleSync":null}`},
		"a state not told":   {`{"a":1,"googleSync":{"x":1}}`, `{"a":2}`, `{"a":2,"googleSync":{"x":1}}`},
		"a state not held":   {`{"a":1,"b":1}`, `{"a":2,"googleSync":null}`, `{"a":2,"b":1,"googleSync":null}`},
		"other order":        {`{"a":1,"b":2}`, `{"b":3,"a":4}`, `{"a":4,"b":3}`},
		"new members":        {`{"a":1}`, `{"n":0,"\u00e9":[1, 2],"a":2}`, `{"a":2,"n":0,"\u00e9":[1,2]}`},
		"held is broken":     {`{"a":`, `{"a":2}`, `{"a":2}`},
		"names twice, told":  {`{"a":1,"b":1}`, `{"a":2,"a":3}`, `{"a":2,"a":3}`},
		"large numbers stay": {`{"a":1}`, `{"a":12345678901234567890.10}`, `{"a":12345678901234567890.10}`},
	} {
		var o Overlay
		held, told := []byte(tc.held), []byte(tc.told)
		got := o.Join(held, told)
		clear(told)
		clear(held)
		if string(got) != tc.want {
			t.Errorf("%s: %s, want %s", name, got, tc.want)
		}
	}
}

func TestOverlayTells(t *testing.T) {
	var o Overlay
	o.Join(nil, []byte(`{"itemId":7,"dueDate":"2026-11-27T00:00:00.000Z","bad":"x","null":null}`))
	if got := o.ItemID(); got != 7 {
		t.Errorf("item %d", got)
	}
	if got := o.At("dueDate"); !got.Equal(time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("due at %v", got)
	}
	for _, name := range []string{"bad", "null", "missing"} {
		if got := o.At(name); !got.IsZero() {
			t.Errorf("%s is %v", name, got)
		}
	}
	o.Join(nil, []byte(`{"itemId":"7"}`))
	if got := o.ItemID(); got != 0 {
		t.Errorf("item %d", got)
	}
}
