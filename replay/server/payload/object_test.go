package payload

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
)

const sample = `{"id":1,"b":1.50,"\u0061":"\u00e9<é>&\/","n":{"z":[1, 2],"y":9007199254740993},"googleSync":null}`

func TestObjectKeepsBytesAndOrder(t *testing.T) {
	o, err := Parse([]byte("\n " + sample + " "))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(o.Bytes()), strings.Replace(sample, "1, 2", "1,2", 1); got != want {
		t.Errorf("object %s, want %s", got, want)
	}
	o.Set("a", []byte("7"))
	o.Set("new", Quote(`<"`+"\n"))
	if got, want := string(o.Bytes()), `{"id":1,"b":1.50,"\u0061":7,"n":{"z":[1,2],"y":9007199254740993},"googleSync":null,"new":"<\"\n"}`; got != want {
		t.Errorf("object %s, want %s", got, want)
	}
	rest := o.Without("b", "n", "none")
	if got, want := strings.Join(rest.Names(), " "), "id a googleSync new"; got != want {
		t.Errorf("names %s, want %s", got, want)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{
		``, ` `, `[]`, `1`, `null`, `{`, `{}{}`, `{"a":1,"a":2}`, `{"a":1,"\u0061":2}`, `{"a":tru}`, `{"a":01}`, "{\"a\":\"\xff\"}", `{"a":"\ud800"}`,
	} {
		if o, err := Parse([]byte(text)); err == nil {
			t.Errorf("%q became %s", text, o.Bytes())
		}
	}
	if _, err := Parse([]byte(`[]`)); !errors.Is(err, ErrNotObject) {
		t.Errorf("a list: %v", err)
	}
}

func TestElements(t *testing.T) {
	got, err := Elements([]byte(` [ {"a": 1} , [ ] , "x" ] `))
	if err != nil {
		t.Fatal(err)
	}
	if text := string(bytes.Join(got, []byte("|"))); text != `{"a":1}|[]|"x"` {
		t.Errorf("elements %s", text)
	}
	for _, text := range []string{``, `{}`, `[1`, `[1,]`, `[] []`} {
		if _, err := Elements([]byte(text)); err == nil {
			t.Errorf("%q is a list", text)
		}
	}
}

func TestScalars(t *testing.T) {
	for _, tc := range []struct {
		text   string
		n      int64
		isInt  bool
		f      float64
		isReal bool
	}{
		{"7", 7, true, 7, true},
		{"-7", -7, true, -7, true},
		{"7.5", 0, false, 7.5, true},
		{"1e3", 0, false, 1000, true},
		{"9223372036854775808", 0, false, 9223372036854775808, true},
		{`"7"`, 0, false, 0, false},
		{"null", 0, false, 0, false},
		{"", 0, false, 0, false},
		{"+7", 0, false, 0, false},
		{"NaN", 0, false, 0, false},
	} {
		if n, ok := AsInt([]byte(tc.text)); ok != tc.isInt || ok && n != tc.n {
			t.Errorf("AsInt(%s) = %d, %v", tc.text, n, ok)
		}
		if f, ok := AsNumber([]byte(tc.text)); ok != tc.isReal || ok && f != tc.f {
			t.Errorf("AsNumber(%s) = %g, %v", tc.text, f, ok)
		}
	}
}

// FuzzParse holds objects against encoding/json: what is read, is written with the same values, in the same order.
func FuzzParse(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte(`{"a":{"googleSync":null}}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		o, err := Parse(text)
		if err != nil {
			return
		}
		written := o.Bytes()
		if !json.Valid(written) {
			t.Fatalf("%q became %q", text, written)
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, text); err != nil {
			t.Fatalf("%q was read: %v", text, err)
		}
		if !bytes.Equal(compact.Bytes(), written) {
			t.Fatalf("%q became %q, want %q", text, written, compact.Bytes())
		}
		names := o.Names()
		if slices.Sort(names); len(slices.Compact(names)) != o.Len() {
			t.Fatalf("%q has a name twice", text)
		}
	})
}
