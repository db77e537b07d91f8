package contract

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestRealServerBreaksNothing: the only departure of a real server's day is the one
// that servers are known for.
func TestRealServerBreaksNothing(t *testing.T) {
	var c Checker
	found := check(&c, ownerDay(t)...)
	want := []Finding{{"plan-entity-nonzero", Warning, 0, "plan delta has entityId 1, not 0"}}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

func TestCheckDoesNotAllocate(t *testing.T) {
	texts := append(ownerDay(t), []byte(hot))
	messages := make([]Message, len(texts))
	for i, text := range texts {
		Decode(text, &messages[i])
	}
	for i := range messages {
		var c Checker
		found := 0
		n := testing.AllocsPerRun(10, func() {
			c = Checker{}
			c.Check(&messages[i], func(Finding) { found++ })
		})
		if found == 0 && n != 0 {
			t.Errorf("%v allocations for %s", n, texts[i])
		}
	}
}

// versionsMessage makes a message of plan deltas with versions.
func versionsMessage(versions ...int64) []byte {
	var list []string
	for _, v := range versions {
		list = append(list, fmt.Sprintf(`{"itemType":"plan","entityId":0,"action":"updated","source":"rest","version":%d}`, v))
	}
	return []byte(`[{"deltas":[` + strings.Join(list, ",") + `]}]`)
}

func TestVersionsBetweenMessages(t *testing.T) {
	tests := []struct {
		name     string
		messages [][]int64
		want     []string // findings on the last message
	}{
		{"sorted", [][]int64{{1}, {2}, {3}}, nil},
		{"unsorted inside a message", [][]int64{{10}, {18, 16, 17, 15}}, nil},
		{"unsorted across messages", [][]int64{{18, 16}, {17, 19}}, []string{"0 version-regressed"}},
		{"coalesced away", [][]int64{{1}, {9}}, nil},
		{"the last one again", [][]int64{{1}, {2}, {2}}, []string{"0 version-duplicate"}},
		{"an earlier one again", [][]int64{{1}, {2}, {3}, {2}}, []string{"0 version-regressed", "0 version-duplicate"}},
		{"twice in its message", [][]int64{{1}, {2, 2}}, nil},
		{"twice in its message, and before", [][]int64{{2}, {2, 2}}, []string{"0 version-duplicate", "1 version-duplicate"}},
		{"a late one, out of memory", [][]int64{{5}, {5 + versionWindow}, {5}}, []string{"0 version-regressed"}},
		{"a late one, just remembered", [][]int64{{5}, {4 + versionWindow}, {5}}, []string{"0 version-regressed", "0 version-duplicate"}},
		{"after a leap", [][]int64{{5}, {1 << 50}, {1 << 50}}, []string{"0 version-duplicate"}},
		{"zero is not remembered", [][]int64{{0}, {0}}, []string{"0 version-below-one"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var c Checker
			var found []Finding
			for _, versions := range tt.messages {
				found = check(&c, versionsMessage(versions...))
			}
			var got []string
			for _, f := range found {
				got = append(got, fmt.Sprint(f.Delta, " ", f.Rule))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

// TestVersionsAgainstModel holds the window against a set that forgets nothing.
func TestVersionsAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var v versions
		all := map[int64]bool{}
		high := int64(0)
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			n := max(1, high+rapid.Int64Range(-2*versionWindow, versionWindow+2).Draw(t, "step"))
			if want := all[n] && high-n < versionWindow; v.has(n) != want {
				t.Fatalf("has %d is %v with the highest at %d", n, !want, high)
			}
			v.add(n)
			all[n] = true
			high = max(high, n)
			if v.high != high {
				t.Fatalf("highest is %d, want %d", v.high, high)
			}
		}
	})
}

func TestShallowLeavesOutPayloadFields(t *testing.T) {
	text := []byte(delta(`{"itemType":"bill","entityId":1,"action":"moved","version":1,"source":"rest","data":{"bill":{"id":2}}}`))
	deep, shallow := Checker{}, Checker{Shallow: true}
	if diff := cmp.Diff([]string{"action-unknown", "payload-id-mismatch", "payload-field-missing"}, ruleNames(check(&deep, text))); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"action-unknown"}, ruleNames(check(&shallow, text))); diff != "" {
		t.Errorf("shallow findings (-want +got):\n%s", diff)
	}
}

func TestCheckNullData(t *testing.T) {
	tests := []struct {
		delta string
		want  []string
	}{
		{`"itemType":"bill","action":"updated","data":null`, []string{"member-null", "data-missing"}},
		{`"itemType":"bill","action":"created","data":{"bill":null}`, []string{"member-null", "data-missing"}},
		{`"itemType":"bill","action":"deleted","data":null`, []string{"member-null"}},
		{`"itemType":"plan","action":"updated","data":null`, []string{"member-null", "plan-entity-nonzero"}},
		{`"itemType":"bill","action":"updated","data":7`, []string{"member-type-wrong"}},
		{`"itemType":"bill","action":"updated","data":{"bill":7}`, []string{"member-type-wrong"}},
		{`"itemType":"bill","action":"moved"`, []string{"action-unknown"}},
		{`"itemType":"visit","action":"updated"`, []string{"item-type-unknown"}},
	}
	for _, tt := range tests {
		var c Checker
		text := []byte(delta(`{"entityId":1,"version":1,"source":"rest",` + tt.delta + `}`))
		if diff := cmp.Diff(tt.want, ruleNames(check(&c, text))); diff != "" {
			t.Errorf("findings on %s (-want +got):\n%s", tt.delta, diff)
		}
	}
}

// TestCheckOnDeltasMadeByHand: others make deltas without decoding any, perhaps
// with a payload that is no JSON.
func TestCheckOnDeltasMadeByHand(t *testing.T) {
	all := FieldItemType | FieldEntityID | FieldAction | FieldVersion | FieldSource | FieldData | FieldBill
	for _, payload := range []string{"", "null", "{", `{"id":`, `{"id":1}x`, "[]", `{"id":1,"amount":}`} {
		d := Delta{
			ItemType: "bill", EntityID: 1, Action: "updated", Version: 1, Source: "rest",
			Data: []byte{}, Bill: []byte(payload), Has: all,
		}
		var c Checker
		c.Check(&Message{List: true, Deltas: []Delta{d, {}}}, func(Finding) {})
	}
}

// TestMembersAgree holds the two readers of payload fields against each other.
func TestMembersAgree(t *testing.T) {
	names := make([]string, len(billFields))
	for k := range billFields {
		names[k] = billFields[k].name
	}
	for _, text := range []string{
		`{}`, `{ }`, `{"id":1}`, `{"googleSync":{"a":[1]},"id" : 2 , "x":3,"amount":4}`, `{"id":1,"id":2}`,
		`{"id":1,"\u0069d":2}`, `{"id":1}x`, `{"id":1`, `{"id"}`, `[]`, ``, `{"é":1,"status":"x"}`, ` {"id":1}`,
	} {
		var room [maxFields][]byte
		fast, slow := room[:len(billFields)], make([][]byte, len(billFields))
		err := slowMembers([]byte(text), names, slow)
		if fastMembers([]byte(text), billFields, fast) {
			if err != nil && text != "" {
				t.Errorf("only the fast reader takes %s: %v", text, err)
			}
			if diff := cmp.Diff(slow, fast); diff != "" {
				t.Errorf("fields of %s (-strict +fast):\n%s", text, diff)
			}
		}
	}
}

func TestFindingMessages(t *testing.T) {
	bill := func(payload string) string {
		return `"itemType":"bill","entityId":1,"action":"updated","version":1,"source":"rest","data":{"bill":` + payload + `}`
	}
	tests := []struct {
		delta string
		want  []string
	}{
		{bill(`{}`), []string{"bill payload lacks id, itemId, statementDate, amount and 7 more"}},
		{
			bill(`{"id":1,"itemId":1,"statementDate":null,"amount":null,"dueDate":null,"payUrl":null,"status":"` + strings.Repeat("ї", 30) + `"}`),
			[]string{
				`data.bill.status is "` + strings.Repeat("ї", 20) + `"…`,
				"bill payload lacks taskKey, assignedCollaboratorId, createdAt, googleSync",
			},
		},
		{
			`"itemType":"\u001b[2J","entityId":1,"action":"` + strings.Repeat("a", 39) + `ї","version":1,"source":"rest"`,
			[]string{`itemType is "\x1b[2J"`, `action is "` + strings.Repeat("a", 39) + `"…`},
		},
		{
			`"itemType":"bill","entityId":0,"planItemId":1e99,"action":"deleted","version":7.5,"source":"rest"`,
			[]string{
				"planItemId does not fit 64 bits", "version is a number with a fraction, not an integer",
				"bill delta has entityId 0",
			},
		},
	}
	for _, tt := range tests {
		var c Checker
		var got []string
		for _, f := range check(&c, []byte(delta(`{`+tt.delta+`}`))) {
			got = append(got, f.Message)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("messages on %s (-want +got):\n%s", tt.delta, diff)
		}
	}
}

func TestJSONFindingMessages(t *testing.T) {
	tests := []struct{ text, want string }{
		{``, "text ends too early, after 0 bytes"},
		{`[{"deltas":[`, "text ends too early, after 12 bytes"},
		{`[{"deltas":[]}] x`, "text goes on after the end of the arguments, at byte 15 of 17"},
		{`[{'deltas':[]}]`, `invalid character '\'' at start of string (expecting '"'), at byte 2 of 15`},
		{"[\x1b", `invalid character '\x1b' at start of value, at byte 1 of 2`},
		{`{"deltas":[]}`, "arguments are an object, not an array"},
		{`[]`, "event has no argument"},
		{`[true]`, "first argument is a boolean, not an object"},
		{`[{"deltas":{}}]`, "deltas is an object, not an array"},
		{`[{}]`, "deltas is missing"},
	}
	for _, tt := range tests {
		var m Message
		Decode([]byte(tt.text), &m)
		if len(m.Findings) != 1 || m.Findings[0].Message != tt.want {
			t.Errorf("findings on %q: %v, want %q", tt.text, m.Findings, tt.want)
		}
	}
}
