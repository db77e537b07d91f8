package diff

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/carebase/deltatap/replay/plan/plantest"
)

// The naive differ: what this package does, on decoded values, without a thought for speed. It writes "bill:2 stale
// status".

func naive(cached, server []byte) []string {
	a, b := decode(cached), decode(server)
	var lines []string
	for _, list := range []struct{ itemType, name string }{{"appointment", "appointments"}, {"bill", "bills"}, {"collaborator", "collaborators"}} {
		lines = append(lines, naiveList(list.itemType, elements(a[list.name]), elements(b[list.name]))...)
		delete(a, list.name)
		delete(b, list.name)
	}
	for _, field := range naiveFields("", a, b) {
		lines = append(lines, "plan "+field)
	}
	slices.Sort(lines)
	return lines
}

func decode(text []byte) map[string]any {
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	var v map[string]any
	if err := d.Decode(&v); err != nil {
		panic(err)
	}
	return v
}

func elements(v any) []any {
	list, _ := v.([]any)
	return list
}

func naiveList(itemType string, cached, server []any) (lines []string) {
	taken := make([]bool, len(cached))
	for _, s := range server {
		k := -1
		for i, c := range cached {
			if !taken[i] && naiveID(c) == naiveID(s) {
				k = i
				break
			}
		}
		if k < 0 {
			lines = append(lines, itemType+":"+naiveID(s)+" missing")
			continue
		}
		taken[k] = true
		for _, field := range naiveFields("", cached[k], s) {
			lines = append(lines, itemType+":"+naiveID(s)+" stale "+field)
		}
	}
	for i, c := range cached {
		if !taken[i] {
			lines = append(lines, itemType+":"+naiveID(c)+" ghost")
		}
	}
	return lines
}

// naiveID is an item's id in decimal, or "none".
func naiveID(item any) string {
	object, _ := item.(map[string]any)
	number, ok := object["id"].(json.Number)
	if !ok {
		return "none"
	}
	if r := rat(number); r.IsInt() && r.Num().IsInt64() {
		return r.Num().String()
	}
	return "none"
}

func rat(n json.Number) *big.Rat {
	r, ok := new(big.Rat).SetString(n.String())
	if !ok {
		panic(n)
	}
	return r
}

func naiveFields(path string, cached, server any) (fields []string) {
	a, isA := cached.(map[string]any)
	b, isB := server.(map[string]any)
	if !isA || !isB {
		if naiveEqual(cached, server) {
			return nil
		}
		if s, ok := cached.(string); ok && naiveSameInstant(s, server) {
			return []string{path + " same instant"}
		}
		return []string{path}
	}
	join := func(name string) string { return path + "/" + name }
	for name, v := range b {
		if old, ok := a[name]; ok {
			fields = append(fields, naiveFields(join(name), old, v)...)
		} else {
			fields = append(fields, join(name))
		}
	}
	for name := range a {
		if _, ok := b[name]; !ok {
			fields = append(fields, join(name))
		}
	}
	return fields
}

func naiveEqual(a, b any) bool {
	switch a := a.(type) {
	case json.Number:
		n, ok := b.(json.Number)
		return ok && rat(a).Cmp(rat(n)) == 0
	case []any:
		list, ok := b.([]any)
		return ok && slices.EqualFunc(a, list, naiveEqual)
	case map[string]any:
		object, ok := b.(map[string]any)
		return ok && len(naiveFields("", a, object)) == 0
	}
	return a == b
}

func naiveSameInstant(a string, b any) bool {
	s, ok := b.(string)
	if !ok || strings.Contains(a+s, ",") || len(a) < 20 || len(s) < 20 || a[13] != ':' || s[13] != ':' {
		return false
	}
	x, errX := time.Parse(time.RFC3339, a)
	y, errY := time.Parse(time.RFC3339, s)
	return errX == nil && errY == nil && x.Equal(y)
}

// ours is what this package finds, written as naive does.
func ours(cached, server []byte) ([]string, error) {
	r, err := Plans(cached, server, Options{})
	if err != nil {
		return nil, err
	}
	line := func(prefix string, f Field) string {
		if f.SameInstant {
			return prefix + slashes(f.Path) + " same instant"
		}
		return prefix + slashes(f.Path)
	}
	var lines []string
	for _, d := range r.Differences {
		id := fmt.Sprint(d.Item.ID)
		if raw := append(d.Cached[:len(d.Cached):len(d.Cached)], d.Server...); d.Item.ID == 0 && naiveID(firstValue(raw)) == "none" {
			id = "none"
		}
		prefix := d.Item.Type + ":" + id + " " + string(d.Kind)
		if d.Kind != Stale {
			lines = append(lines, prefix)
		}
		for _, f := range d.Fields {
			lines = append(lines, line(prefix+" ", f))
		}
	}
	for _, f := range r.Plan {
		lines = append(lines, line("plan ", f))
	}
	slices.Sort(lines)
	return lines, nil
}

// firstValue decodes the first of several values written one behind the other.
func firstValue(text []byte) (v any) {
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		panic(err)
	}
	return v
}

// slashes writes a path with each name behind a slash.
func slashes(path string) string {
	var b strings.Builder
	for first := true; path != ""; first = false {
		n, rest, reason := parseName(path, first)
		if reason != "" {
			panic(path + ": " + reason)
		}
		b.WriteString("/" + n.text)
		path = rest
	}
	return b.String()
}

// values draws what members hold.
func values() *rapid.Generator[any] {
	instants := []any{"2026-11-27T10:00:00Z", "2026-11-27T10:00:00.000Z", "2026-11-27T11:00:00+01:00", "2026-11-27T10:00:01Z", "2026-11-27"}
	plain := []any{nil, true, false, "", "todo", "paid", "é\"", json.Number("1240"), json.Number("1240.00"), json.Number("1.24e3"), json.Number("0")}
	return rapid.OneOf(
		rapid.SampledFrom(plain), rapid.SampledFrom(instants),
		rapid.Map(rapid.SliceOfN(rapid.SampledFrom(plain), 0, 2), func(list []any) any { return append([]any{}, list...) }),
		rapid.Map(rapid.MapOfN(rapid.SampledFrom([]string{"a", "b", "a.b", ""}), rapid.SampledFrom(plain), 0, 3), func(m map[string]any) any { return m }),
	)
}

func items() *rapid.Generator[[]any] {
	ids := rapid.SampledFrom([]any{1, 2, 3, 4, json.Number("5.0"), json.Number("0"), "x", nil})
	names := rapid.SampledFrom([]string{"status", "amount", "googleSync", "startLocal", "c d"})
	item := rapid.Custom(func(t *rapid.T) any {
		object := rapid.MapOfN(names, values(), 0, 4).Draw(t, "members")
		if id := ids.Draw(t, "id"); id != nil {
			object["id"] = id
		}
		return object
	})
	return rapid.SliceOfN(item, 0, 6)
}

// texts draws a plan and returns it in two spellings.
func texts(t *rapid.T, label string) (plain, respelled []byte) {
	top := map[string]any{
		"appointments": items().Draw(t, label+" appointments"), "bills": items().Draw(t, label+" bills"),
		"planVersion": rapid.IntRange(1, 3).Draw(t, label+" version"), "dateRange": values().Draw(t, label+" range"),
	}
	if rapid.Bool().Draw(t, label+" has collaborators") {
		top["collaborators"] = items().Draw(t, label+" collaborators")
	}
	plain, err := json.Marshal(top)
	if err != nil {
		t.Fatal(err)
	}
	return plain, plantest.Respell(plain)
}

func TestAgreesWithNaive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cached, respelled := texts(t, "cached")
		server, _ := texts(t, "server")
		want := naive(cached, server)
		for _, text := range [][]byte{cached, respelled} {
			got, err := ours(text, server)
			if d := cmp.Diff(want, got); err != nil || d != "" {
				t.Errorf("%v, %s against %s (-naive +ours):\n%s", err, text, server, d)
			}
		}
		if got, err := ours(cached, respelled); err != nil || len(got) > 0 {
			t.Errorf("%v: a plan differs from itself: %v", err, got)
		}
	})
}

func FuzzPlans(f *testing.F) {
	f.Add([]byte(cachedPlan), []byte(serverPlan))
	f.Add([]byte(`{"bills":[{"id":1,"a":"2026-11-27T10:00:00Z"}]}`), []byte(`{"bills":[{"id":1e0,"a":"2026-11-27T11:00:00+01:00"}]}`))
	f.Add([]byte(`{"bills":[null,{"a.b":{"":1}}],"x":1}`), []byte(`{"bills":[{"a.b":{"":2}}],"x":[1]}`))
	f.Fuzz(func(t *testing.T, cached, server []byte) {
		got, err := ours(cached, server)
		if err != nil || tooMuch(cached) || tooMuch(server) {
			return
		}
		if d := cmp.Diff(naive(cached, server), got); d != "" {
			t.Errorf("%q against %q (-naive +ours):\n%s", cached, server, d)
		}
	})
}

// tooMuch reports what the naive differ is no judge of: halves of surrogate pairs, names with slashes, and powers that
// big.Rat would write out.
func tooMuch(text []byte) bool {
	s := strings.ToLower(string(text))
	return strings.Contains(s, `\ud`) || strings.Contains(s, "/") || strings.Contains(s, `\u00`) && strings.Contains(s, "2f") ||
		strings.Contains(s, "\ufffd") || strings.Contains(s, "e") && strings.ContainsAny(s, "0123456789") && longPower(s)
}

func longPower(s string) bool {
	for i := range s {
		if s[i] != 'e' {
			continue
		}
		digits := strings.TrimLeft(s[i+1:], "+-")
		if n := len(digits) - len(strings.TrimLeft(digits, "0123456789")); n > 3 {
			return true
		}
	}
	return false
}
