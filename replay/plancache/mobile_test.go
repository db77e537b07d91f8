package plancache

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/carebase/deltatap/replay/contract"
)

// phone is the app as CAREBASE.md's table tells it, written down as simply as can be: JSON values, and lists gone through
// from the front.
type phone struct {
	plan    map[string]any // nil before the first
	version float64
	seen    float64
	due     bool
	asks    bool
}

type missing struct{}

// idIn is what item.id is in JavaScript; it is not ok where nothing can be equal to it.
func idIn(item any) (id any, ok bool) {
	if item == nil {
		return nil, false
	}
	object, _ := item.(map[string]any)
	id, has := object["id"]
	if !has {
		return missing{}, true
	}
	switch id.(type) {
	case map[string]any, []any:
		return nil, false
	}
	return id, true
}

func (p *phone) message(text string) {
	var args []any
	if json.Unmarshal([]byte(text), &args) != nil {
		panic(text)
	}
	object, _ := args[0].(map[string]any)
	deltas, ok := object["deltas"].([]any)
	if !ok {
		p.asks = true
		return
	}
	for _, d := range deltas {
		if d, ok := d.(map[string]any); ok {
			p.delta(d)
		}
	}
}

func (p *phone) delta(d map[string]any) {
	version, _ := d["version"].(float64)
	p.seen = max(p.seen, version)
	names := map[any]string{"appointment": "appointments", "bill": "bills"}
	name := names[d["itemType"]]
	if name == "" || p.plan == nil || !p.patch(name, d) {
		p.due = true
		return
	}
	p.version = max(p.version, version)
}

func (p *phone) patch(name string, d map[string]any) bool {
	items, _ := p.plan[name].([]any)
	id, has := d["entityId"]
	if !has {
		id = missing{}
	}
	at := -1
	for i := range items {
		if own, ok := idIn(items[i]); ok && reflect.DeepEqual(own, id) {
			at = i
			break
		}
	}
	if d["action"] == "deleted" {
		if at >= 0 {
			p.plan[name] = append(append([]any{}, items[:at]...), items[at+1:]...)
		}
		return at >= 0
	}
	data, _ := d["data"].(map[string]any)
	payload := data[strings.TrimSuffix(name, "s")]
	switch payload {
	case nil, false, "", 0.0:
		return false
	}
	if at < 0 {
		p.plan[name] = append([]any{payload}, items...)
	} else {
		items[at] = payload
	}
	return true
}

func (p *phone) answer(text string) {
	p.plan = nil
	if err := json.Unmarshal([]byte(text), &p.plan); err != nil || p.plan == nil {
		p.plan = map[string]any{}
	}
	for _, name := range []string{"appointments", "bills"} {
		if _, ok := p.plan[name].([]any); !ok {
			p.plan[name] = []any{}
		}
	}
	p.version, _ = p.plan["planVersion"].(float64)
	p.seen, p.due = p.version, false
}

func (p *phone) polled(version int) {
	p.due = p.due || float64(version) > p.seen
}

var (
	drawnIDs      = []string{"1", "2", "3", "4", "1.0", `"1"`, "null", "1.5", "9007199254740993", "9007199254740992", ""}
	drawnPayloads = []string{"", "null", "{}", "[]", "7", "0", "false", `""`, `{"id":1,"id":2}`, `{"id":{}}`}
)

// member is a member of a JSON object, with a comma behind it; "" where there is no value.
func member(name, value string) string {
	if value == "" {
		return ""
	}
	return fmt.Sprintf("%q:%s,", name, value)
}

func drawItem(t *rapid.T) string {
	return fmt.Sprintf(`{%s"content":%d}`, member("id", rapid.SampledFrom(drawnIDs).Draw(t, "own id")), rapid.IntRange(0, 2).Draw(t, "content"))
}

func drawDelta(t *rapid.T) string {
	if rapid.IntRange(0, 20).Draw(t, "odd delta") == 0 {
		return rapid.SampledFrom([]string{"null", "17", "[]", `"x"`}).Draw(t, "delta")
	}
	itemType := rapid.SampledFrom([]string{"bill", "bill", "bill", "appointment", "plan", "note"}).Draw(t, "type")
	id := rapid.SampledFrom(drawnIDs).Draw(t, "id")
	payload := fmt.Sprintf(`{%s"content":%d}`, member("id", id), rapid.IntRange(0, 2).Draw(t, "content"))
	switch rapid.IntRange(0, 5).Draw(t, "payload") {
	case 0:
		payload = rapid.SampledFrom(drawnPayloads).Draw(t, "odd payload")
	case 1:
		payload = drawItem(t)
	}
	data := "{" + strings.TrimSuffix(member(itemType, payload), ",") + "}"
	if rapid.IntRange(0, 20).Draw(t, "odd data") == 0 {
		data = rapid.SampledFrom([]string{"null", "7", "[]"}).Draw(t, "data")
	}
	version := ""
	if rapid.IntRange(0, 5).Draw(t, "versioned") > 0 {
		version = fmt.Sprint(rapid.IntRange(1, 30).Draw(t, "version"))
	}
	return fmt.Sprintf(`{%s%s"action":%q,"itemType":%q,"data":%s}`, member("entityId", id), member("version", version),
		rapid.SampledFrom([]string{"created", "updated", "deleted", "archived"}).Draw(t, "action"), itemType, data)
}

func drawAnswer(t *rapid.T) string {
	if rapid.IntRange(0, 5).Draw(t, "portal") == 0 {
		return rapid.SampledFrom([]string{"<html>log in</html>", "", "[]", "null", `{"error":"x"}`, `{"bills":5,"appointments":[{"id":1}]}`, `{"planVersion":9}`}).Draw(t, "page")
	}
	lists := [2][]string{}
	for i := range lists {
		for range rapid.IntRange(0, 6).Draw(t, "items") {
			item := drawItem(t)
			if rapid.IntRange(0, 20).Draw(t, "odd item") == 0 {
				item = rapid.SampledFrom([]string{"null", "17", "[]"}).Draw(t, "item")
			}
			lists[i] = append(lists[i], item)
		}
	}
	return fmt.Sprintf(`{"appointments":[%s],"bills":[%s],"planVersion":%d}`,
		strings.Join(lists[0], ","), strings.Join(lists[1], ","), rapid.IntRange(1, 30).Draw(t, "plan version"))
}

// held reads the lists of a plan.
func held(t *rapid.T, text []byte) map[string]any {
	var p map[string]any
	if err := json.Unmarshal(text, &p); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return p
}

// TestMobileIsThePhone has the app's policy and the phone get the same things, whatever they are.
func TestMobileIsThePhone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, p := New(Mobile), &phone{}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			switch rapid.IntRange(0, 12).Draw(t, "step") {
			case 0:
				text := drawAnswer(t)
				if _, err := c.Answered([]byte(text), 0); err != nil {
					t.Fatal(err)
				}
				p.answer(text)
				if file := held(t, c.File()); !reflect.DeepEqual(file["bills"], p.plan["bills"]) || !reflect.DeepEqual(file["appointments"], p.plan["appointments"]) {
					t.Fatalf("the file holds %v, of %s", file, text)
				}
			case 1:
				version := rapid.IntRange(1, 40).Draw(t, "polled")
				c.CheckSent()
				p.asks = false
				c.Polled(int64(version))
				p.polled(version)
			case 2:
				text := rapid.SampledFrom([]string{`[{}]`, `[{"deltas":null}]`, `[null]`, `[{"deltas":{}}]`}).Draw(t, "unlisted")
				c.Apply(decoded(text), nil)
				p.message(text)
			default:
				var deltas []string
				for range rapid.IntRange(0, 5).Draw(t, "deltas") {
					deltas = append(deltas, drawDelta(t))
				}
				text := `[{"deltas":[` + strings.Join(deltas, ",") + `]}]`
				c.Apply(decoded(text), nil)
				p.message(text)
			}
			compare(t, c, p)
		}
	})
}

func decoded(text string) *contract.Message {
	var m contract.Message
	contract.Decode([]byte(text), &m)
	return &m
}

func compare(t *rapid.T, c *Cache, p *phone) {
	if got, want := [2]float64{float64(c.Version()), float64(c.Seen())}, [2]float64{p.version, p.seen}; got != want {
		t.Fatalf("version and seen are %v, want %v", got, want)
	}
	if got := c.Refresh().State == Due; got != p.due {
		t.Fatalf("a refresh is due: %v, want %v", got, p.due)
	}
	if _, got := c.CheckDue(); got != p.asks {
		t.Fatalf("a check is due: %v, want %v", got, p.asks)
	}
	screen := held(t, c.AppendJSON(nil))
	if p.plan == nil {
		p = &phone{plan: map[string]any{"appointments": []any{}, "bills": []any{}}}
	}
	live := 0
	for _, name := range []string{"appointments", "bills"} {
		if !reflect.DeepEqual(screen[name], p.plan[name]) {
			t.Fatalf("%s: the screen shows %v, want %v", name, screen[name], p.plan[name])
		}
		live += len(p.plan[name].([]any))
	}
	if a, b := c.Len(); a+b != live {
		t.Fatalf("%d and %d items, want %d in all", a, b, live)
	}
}
