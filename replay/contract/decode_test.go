package contract

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDecodeHotShape(t *testing.T) {
	var m Message
	Decode([]byte(hot), &m)
	start, end := strings.Index(hot, `{"itemType"`), len(hot)-len("]}]")
	payload := hot[strings.Index(hot, `{"id"`):strings.Index(hot, `},"version"`)]
	want := Message{
		Raw:  []byte(hot),
		List: true,
		Deltas: []Delta{{
			Raw:         []byte(hot[start:end]),
			Data:        []byte(`{"appointment":` + payload + `}`),
			Appointment: []byte(payload),
			ItemType:    "appointment", Action: "created", Source: "inbound",
			EntityID: 1, PlanItemID: 1, Version: 1,
			Has: FieldItemType | FieldEntityID | FieldPlanItemID | FieldAction | FieldVersion | FieldSource | FieldData | FieldAppointment,
		}},
	}
	if diff := cmp.Diff(want, m); diff != "" {
		t.Errorf("decoded (-want +got):\n%s", diff)
	}
	d := &m.Deltas[0]
	for _, raw := range [][]byte{d.Raw, d.Data, d.Appointment} {
		if cap(raw) != len(raw) {
			t.Errorf("appending to %.20s… would write over the text", raw)
		}
	}
	if got := string(d.Payload()); got != payload {
		t.Errorf("payload is %s", got)
	}
	if got := d.Item().String(); got != "appointment:1" {
		t.Errorf("item is %s", got)
	}
}

// delta returns a message around one delta.
func delta(text string) string {
	return `[{"deltas":[` + text + `]}]`
}

func TestDecodeOddDelta(t *testing.T) {
	tests := []struct {
		name, delta string
		want        Delta // less Raw
		rules       []string
	}{
		{"empty", `{}`, Delta{}, nil},
		{
			"last of a repeated member counts", `{"version":1,"data":{"bill":{}},"version":2,"data":null}`,
			Delta{Version: 2, Data: []byte("null"), Has: FieldVersion, Odd: FieldData},
			[]string{"member-null", "json-duplicate-name"},
		},
		{
			"the finding of an overridden member is dropped", `{"version":"1","version":2}`,
			Delta{Version: 2, Has: FieldVersion},
			[]string{"json-duplicate-name"},
		},
		{
			"escapes in names and values", `{"item\u0054ype":"b\u0069ll","\u0061ction":"up\/dated"}`,
			Delta{ItemType: "bill", Action: "up/dated", Has: FieldItemType | FieldAction},
			nil,
		},
		{
			"data is no object", `{"data":[{"bill":{}}]}`,
			Delta{Data: []byte(`[{"bill":{}}]`), Odd: FieldData},
			[]string{"member-type-wrong"},
		},
		{
			"payloads null and a number", `{"data":{"appointment":null,"bill":7,"section":"x"}}`,
			Delta{
				Data: []byte(`{"appointment":null,"bill":7,"section":"x"}`), Appointment: []byte("null"), Bill: []byte("7"),
				Section: "x", Has: FieldData | FieldSection, Odd: FieldAppointment | FieldBill,
			},
			[]string{"member-null", "member-type-wrong"},
		},
		{
			"integers as wide as they go", `{"entityId":9223372036854775807,"planItemId":-9223372036854775808,"version":9223372036854775808}`,
			Delta{EntityID: 1<<63 - 1, PlanItemID: -1 << 63, Has: FieldEntityID | FieldPlanItemID, Odd: FieldVersion},
			[]string{"number-too-large", "number-too-large", "number-too-large"},
		},
		{
			"integers spelled otherwise", `{"entityId":10e-1,"planItemId":12.0,"version":-0}`,
			Delta{EntityID: 1, PlanItemID: 12, Has: FieldEntityID | FieldPlanItemID | FieldVersion},
			[]string{"number-not-plain", "number-not-plain", "number-not-plain"},
		},
		{
			"numbers that are no integers", `{"entityId":0.5,"planItemId":1e99,"version":1e400}`,
			Delta{Odd: FieldEntityID | FieldPlanItemID | FieldVersion},
			[]string{"member-type-wrong", "number-too-large", "number-too-large"},
		},
		{
			"invalid UTF-8 and half a surrogate become U+FFFD", "{\"itemType\":\"b\xffll\",\"action\":\"\\ud800\"}",
			Delta{ItemType: "b\ufffdll", Action: "\ufffd", Has: FieldItemType | FieldAction},
			[]string{"json-invalid-utf8", "json-lone-surrogate"},
		},
		{"text that starts like null is no null", `{"version":"null"}`, Delta{Odd: FieldVersion}, []string{"member-type-wrong"}},
		{"a null that must be there", `{"itemType":null}`, Delta{Odd: FieldItemType}, []string{"member-type-wrong"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var m Message
			Decode([]byte(delta(tt.delta)), &m)
			if !m.List || len(m.Deltas) != 1 {
				t.Fatalf("list %v, %d deltas", m.List, len(m.Deltas))
			}
			tt.want.Raw = []byte(tt.delta)
			if diff := cmp.Diff(tt.want, m.Deltas[0]); diff != "" {
				t.Errorf("delta (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.rules, ruleNames(m.Findings)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDecodeKeepsPlaces(t *testing.T) {
	var m Message
	Decode([]byte(`[ {"deltas" : [ null , {"version":2} , [3],4 , {"version": 5 } ] } , "more" ] `), &m)
	var raws []string
	for _, d := range m.Deltas {
		raws = append(raws, string(d.Raw))
	}
	if diff := cmp.Diff([]string{"null", `{"version":2}`, "[3]", "4", `{"version": 5 }`}, raws); diff != "" {
		t.Errorf("raw elements (-want +got):\n%s", diff)
	}
	var at []string
	for _, f := range m.Findings {
		at = append(at, fmt.Sprint(f.Delta, " ", f.Rule))
	}
	want := []string{"-1 message-extra-arguments", "0 delta-not-an-object", "2 delta-not-an-object", "3 delta-not-an-object"}
	if diff := cmp.Diff(want, at); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

func TestDecodeCutOff(t *testing.T) {
	for _, whole := range append(ownerDay(t), []byte(hot)) {
		var m Message
		for n := range whole {
			Decode(whole[:n:n], &m)
			if len(m.Deltas) != 0 || m.List || len(m.Findings) != 1 || m.Findings[0].Rule != "json-invalid" {
				t.Fatalf("cut at %d: %d deltas, findings %v", n, len(m.Deltas), m.Findings)
			}
		}
	}
}

func TestDecodeReuse(t *testing.T) {
	var m Message
	Decode([]byte(`[{"deltas":[null,`+strings.Repeat(`{"version":1},`, 50)+`{}]}]`), &m)
	if len(m.Deltas) != 52 || len(m.Findings) != 1 {
		t.Fatalf("%d deltas, %d findings", len(m.Deltas), len(m.Findings))
	}
	Decode([]byte(hot), &m)
	if len(m.Deltas) != 1 || len(m.Findings) != 0 || cap(m.Deltas) < 52 {
		t.Errorf("%d deltas of capacity %d, %d findings", len(m.Deltas), cap(m.Deltas), len(m.Findings))
	}
	for _, d := range m.Deltas[1:cap(m.Deltas)] {
		if d.Raw != nil {
			t.Fatal("a delta of an earlier message is kept alive")
		}
	}
	Decode(nil, &m)
	if len(m.Deltas) != 0 || m.List || m.Raw != nil {
		t.Errorf("left over from an earlier message: %+v", m)
	}
}

func TestDecodeReleasesLargeMessages(t *testing.T) {
	var m Message
	Decode([]byte(`[{"deltas":[`+strings.Repeat(`1,`, keptDeltas)+`1]}]`), &m)
	Decode([]byte(hot), &m)
	if cap(m.Deltas) > keptDeltas || cap(m.Findings) > keptFindings {
		t.Errorf("keeps room for %d deltas and %d findings", cap(m.Deltas), cap(m.Findings))
	}
}

func TestDecodeDoesNotAllocate(t *testing.T) {
	texts := ownerDay(t)
	texts = append(texts, []byte(hot),
		[]byte(delta(`{"version":7,"itemType":"plan","action":"updated","entityId":0}`)),
		[]byte(`[{"deltas":[`+strings.Repeat(`{"itemType":"bill","entityId":1,"action":"deleted","version":3,"new":{"a":[1,true]}},`, 20)+`{}]}]`))
	var m Message
	for _, text := range texts {
		Decode(text, &m)
	}
	for _, text := range texts {
		if n := testing.AllocsPerRun(100, func() { Decode(text, &m) }); n != 0 {
			t.Errorf("%v allocations for %s", n, text)
		}
	}
}

// TestDecodeHostile decodes what is large in one way or another. What takes more than
// linear time would not come to an end here.
func TestDecodeHostile(t *testing.T) {
	const size = 1 << 20
	tests := []struct {
		name string
		text string
		rule string // of the first finding
	}{
		{"open brackets", strings.Repeat("[", size), "json-too-deep"},
		{"open objects", strings.Repeat(`{"a":`, size/5), "json-too-deep"},
		{"open strings", strings.Repeat(`"`, size), "json-invalid"},
		{"backslashes", `["` + strings.Repeat(`\`, size), "json-invalid"},
		{"minus signs", strings.Repeat(`-`, size), "json-invalid"},
		{"white space", strings.Repeat(" ", size), "json-invalid"},
		{"a long number", delta(`{"version":1` + strings.Repeat("0", size) + `}`), "number-too-large"},
		{"a long fraction", delta(`{"version":0.` + strings.Repeat("9", size) + `}`), "number-not-plain"},
		{"a long exponent", delta(`{"version":1e` + strings.Repeat("9", size) + `}`), "number-too-large"},
		{"a long type", delta(`{"itemType":"` + strings.Repeat("x", size) + `"}`), ""},
		{"a type of invalid UTF-8", delta(`{"itemType":"` + strings.Repeat("\xff", size) + `"}`), "json-invalid-utf8"},
		{"one name very often", delta(`{` + strings.Repeat(`"a":1,`, size/6) + `"a":1}`), "json-duplicate-name"},
		{"elements", delta(strings.Repeat("1,", MaxDeltas) + "1"), "deltas-too-many"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := []byte(tt.text)
			before := bytes.Clone(text)
			var m Message
			Decode(text, &m)
			first := ""
			if len(m.Findings) > 0 {
				first = m.Findings[0].Rule
			}
			if first != tt.rule {
				t.Errorf("first finding is %q, want %q", first, tt.rule)
			}
			if len(m.Deltas) > MaxDeltas {
				t.Errorf("%d deltas", len(m.Deltas))
			}
			if !bytes.Equal(before, text) {
				t.Error("the text was changed")
			}
			var c Checker
			c.Check(&m, func(f Finding) {
				if bad := unreadable(f.Message); bad != "" {
					t.Fatalf("%s: message %s", f.Rule, bad)
				}
			})
		})
	}
}

func TestKey(t *testing.T) {
	tests := []struct {
		delta string
		want  Key
	}{
		{`{"itemType":"bill","entityId":1,"planItemId":4}`, Key{"bill", 4}},
		{`{"itemType":"bill","entityId":1}`, Key{"bill", 1}},
		{`{"itemType":"plan","entityId":0}`, Key{"plan", 0}},
		{`{"itemType":"bill","entityId":1,"planItemId":null}`, Key{"bill", 1}},
	}
	for _, tt := range tests {
		var m Message
		Decode([]byte(delta(tt.delta)), &m)
		if got := m.Deltas[0].Key(); got != tt.want {
			t.Errorf("%s has key %v, want %v", tt.delta, got, tt.want)
		}
	}
}

func TestPayload(t *testing.T) {
	tests := []struct{ delta, want string }{
		{`{"itemType":"bill","data":{"appointment":{"id":1},"bill":{"id":2}}}`, `{"id":2}`},
		{`{"itemType":"appointment","data":{"appointment":{"id":1},"bill":{"id":2}}}`, `{"id":1}`},
		{`{"itemType":"plan","data":{"appointment":{"id":1},"bill":{"id":2}}}`, ""},
		{`{"itemType":"bill","data":{"appointment":{"id":1}}}`, ""},
		{`{"itemType":"bill","data":{"bill":null}}`, ""},
		{`{"itemType":"bill"}`, ""},
	}
	for _, tt := range tests {
		var m Message
		Decode([]byte(delta(tt.delta)), &m)
		if got := string(m.Deltas[0].Payload()); got != tt.want {
			t.Errorf("%s has payload %q, want %q", tt.delta, got, tt.want)
		}
	}
}
