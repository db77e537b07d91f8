package scan

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// good is a delta that the template takes.
const good = `{"itemType":"appointment","entityId":7,"planItemId":9,"action":"updated","source":"rest","data":{"appointment":` +
	`{"id":7,"itemId":9,"startLocal":"2026-11-24T09:00:00+00:00","endLocal":"2026-11-24T10:00:00+00:00","startTimeZone":"UTC",` +
	`"endTimeZone":null,"startOffset":"+00:00","endOffset":"+00:00","location":"Caf\"é","prepNote":null,"summary":"s",` +
	`"icsToken":"0f","assignedCollaboratorId":3,"createdAt":"2026-11-23T01:28:33.846Z","googleSync":null}},"version":5}`

const goodBill = `{"itemType":"bill","entityId":7,"planItemId":9,"action":"created","version":6,"source":"google","data":{"bill":` +
	`{"id":7,"itemId":9,"statementDate":"2024-02-29T00:00:00.000Z","amount":86.4,"dueDate":null,"payUrl":"https://x","status":"todo",` +
	`"taskKey":"k","assignedCollaboratorId":null,"createdAt":"2026-11-23T01:28:33+01:00","googleSync":null}}}`

const goodPlan = `{"itemType":"plan","entityId":0,"action":"updated","source":"rest","data":{"section":"collaborators"},"version":7}`

// Every member of a delta that the template takes, changed in ways that the contract has an opinion on.
func TestTemplateHasTheContractsOpinion(t *testing.T) {
	values := []string{
		`null`, `0`, `1`, `7`, `9`, `-1`, `-0`, `07`, `7.0`, `1e2`, `1.5`, `-2.50`, `.5`, `5.`, `9007199254740991`, `9007199254740993`, `999999999999999`, `true`,
		`{}`, `[]`, `"x"`, `""`, `"a\u00e9"`, `"\ud800"`, `"\/"`, `"\x"`, `"é"`, `"` + "\x80" + `"`, `"` + "\t" + `"`, `"todo"`, `"paid"`, `"overdue"`, `"done"`,
		`"created"`, `"updated"`, `"deleted"`, `"appointment"`, `"bill"`, `"plan"`, `"rest"`, `"collaborator"`, `"google"`, `"inbound"`, `"cron"`,
		`"2026-11-24T09:00:00+00:00"`, `"2026-11-24T09:00:00-12:59"`, `"2026-11-24T09:00:00+24:00"`, `"2026-11-24T00:00:00.000Z"`, `"2026-11-24T00:00:00Z"`,
		`"2026-11-24T00:00:00.001Z"`, `"2026-11-24T23:59:59.999Z"`, `"2026-11-24T24:00:00.000Z"`, `"2026-11-24T09:60:00.000Z"`, `"2026-11-24T09:00:60.000Z"`,
		`"2026-02-29T00:00:00.000Z"`, `"2024-02-29T00:00:00.000Z"`, `"2000-02-29T00:00:00.000Z"`, `"1900-02-29T00:00:00.000Z"`, `"2026-04-31T00:00:00.000Z"`,
		`"2026-00-10T00:00:00.000Z"`, `"2026-13-10T00:00:00.000Z"`, `"2026-11-00T00:00:00.000Z"`, `"2026-11-2aT00:00:00.000Z"`, `"20x6-11-24T00:00:00.000Z"`, `"2026/11-24T00:00:00.000Z"`, `"2026-11:24T00:00:00.000Z"`,
		`"2026-11-24T09.00:00.000Z"`, `"2026-11-24T09:00-00.000Z"`,
		`"2026-11-24t00:00:00.000z"`, `"2026-11-24 00:00:00.000Z"`, `"2026-11-24T00:00:00,000Z"`, `"2026-11-24T00:00:00.000+00:00"`, `"2026-11-24T09:00:00+0a:00"`,
	}
	for _, delta := range []string{good, goodBill, goodPlan} {
		var messages [][]byte
		for _, span := range valuesIn(t, delta) {
			for _, value := range values {
				messages = append(messages, fmt.Appendf(nil, `[{"deltas":[%s%s%s]}]`, delta[:span[0]], value, delta[span[1]:]))
			}
			messages = append(messages, without(delta, span))
		}
		a := checkEqual(t, session1(messages), 1<<20)
		if len(a.Summary.Findings.ByRule) < 3 {
			t.Errorf("findings: %v, want many", a.Summary.Findings)
		}
	}
}

// What stands around the deltas, in other spellings.
func TestTemplateReadsRecordsAsTheReaderDoes(t *testing.T) {
	line := `{"n":1,"t":1.000000,"kind":"event","event":"plan:item-delta","args":[{"deltas":[` + good + `]}]}`
	for _, change := range [][2]string{
		{`"n":1`, `"n":01`},
		{`"n":1`, `"n":-1`},
		{`"n":1`, `"n":1.0`},
		{`"n":1`, `"n":123456789012345`},
		{`"n":1`, `"n":1234567890123456789`},
		{`1.000000`, `1`},
		{`1.000000`, `1.5`},
		{`1.000000`, `1.`},
		{`1.000000`, `1.123456789`},
		{`1.000000`, `1.1234567899`},
		{`1.000000`, `0.1234567`},
		{`1.000000`, `2000000000.5`},
		{`1.000000`, `20000000000`},
		{`1.000000`, `-1.5`},
		{`1.000000`, `1e1`},
		{`"n":1,`, `"n":1, `},
		{`]}]}`, `]}] }`},
		{`]}]}`, `],"more":1}]}`},
		{`]}]}`, `]},2]}`},
		{`]}]}`, `]}],"n":2}`},
		{`]}]}`, `]}],"x":2}`},
		{`]}]}`, `]}]}}`},
		{`]}]}`, `]}]},`},
		{`]}]}`, "]}]}\r"},
		{`]}]}`, `,]}]}`},
		{`[{"deltas":[`, `[{"deltas":[,`},
		{`"version":5`, `"version":5,"version":6`},
		{`"version":5`, `"version":5,"source":"rest"`},
		{`"version":5`, `"version":5,"data":null`},
		{`"version":5`, `"version":5,"extra":[1]`},
		{`,"version":5`, ``},
		{`"source":"rest",`, ``},
		{`,"planItemId":9`, ``},
	} {
		checkEqual(t, []byte(header1+strings.Replace(line, change[0], change[1], 1)+"\n"), 1<<20)
	}
}

// New fields, and fields out of their order.
func TestTemplateReadsMoreThanItKnows(t *testing.T) {
	members := []string{
		`"new":1`, `"new":"x"`, `"new":null`, `"new":true`, `"new":false`, `"new":-0.5`, `"new":1e5`, `"new":{}`, `"new":[1]`, `"new":01`, `"new":nul`, `"new": 1`, `"new" :1`,
		`"a":1,"b":2,"c":3,"d":4`, `"a":1,"b":2,"c":3,"d":4,"e":5`, `"a":1,"a":1`, `"a":1,"\u0061":1`, `"a/b":1,"a\/b":1`, `"é":1,"é":2`, `"é":1`, `"":1`, `"":1,"":2`, `new:1`, `"ne` + "\x01" + `w":1`,
		`"version":5`, `"version":null`, `"itemType":"bill"`, `"itemType":null`, `"action":5`, `"source":"rest"`, `"entityId":7`, `"planItemId":null`, `"data":null`, `"data":{"x":1}`,
		`"id":7`, `"summary":"s"`, `"status":"paid"`, `"status":5`, `"googleSync":null`, `"section":"x"`, `"section":5`, `"bill":null`, `"appointment":{}`,
	}
	for _, delta := range []string{good, goodBill, goodPlan} {
		var messages [][]byte
		for i := range len(delta) - 1 {
			if delta[i] != ',' && delta[i] != '{' && delta[i+1] != '}' {
				continue
			}
			for _, m := range members {
				if delta[i] == ',' || delta[i] == '{' {
					m += ","
				} else {
					m = "," + m
				}
				messages = append(messages, fmt.Appendf(nil, `[{"deltas":[%s%s%s]}]`, delta[:i+1], m, delta[i+1:]))
			}
		}
		checkEqual(t, session1(messages), 1<<20)
	}
}

func TestTemplateReadsAnyOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	var messages [][]byte
	for _, delta := range []string{good, goodBill, goodPlan} {
		var members map[string]json.RawMessage
		if err := json.Unmarshal([]byte(delta), &members); err != nil {
			t.Fatal(err)
		}
		names := slices.Sorted(maps.Keys(members))
		for range 300 {
			r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
			var parts []string
			for _, name := range names[r.IntN(3)/2:] { // now and then without one
				parts = append(parts, fmt.Sprintf("%q:%s", name, members[name]))
			}
			messages = append(messages, fmt.Appendf(nil, `[{"deltas":[{%s}]}]`, strings.Join(parts, ",")))
		}
	}
	checkEqual(t, session1(messages), 1<<20)
}

// As Python's json.dumps writes it.
func TestTemplateReadsSpacedLines(t *testing.T) {
	spaced := func(line string) string {
		return strings.NewReplacer(`":`, `": `, `,"`, `, "`, `},{`, `}, {`).Replace(line)
	}
	line := `{"n":1,"t":1.000000,"kind":"event","event":"plan:item-delta","args":[{"deltas":[` + good + "," + goodPlan + `]}]}` + "\n"
	var w worker
	var b batch
	w.block(&b, []byte(spaced(line)))
	if b.messages != 1 || len(w.compact) != len(line) {
		t.Errorf("%d messages, and %d bytes without spaces, want 1 and %d", b.messages, len(w.compact), len(line))
	}
	for _, change := range [][2]string{
		{``, ``},
		{`T09:00:00`, `T09: 00:00`},
		{`"s"`, `"a, b: c"`},
		{`"s"`, `"a\", \": c"`},
		{`"version":5`, `"version":  5`},
		{`"version":5`, `"version":5 6`},
		{`"version":5`, `"version":- 5`},
		{`"source":"rest"`, `"source":"rest" `},
		{`"version":5`, `"version":5, `},
		{`"version":5`, `"version":`},
		{`"s"`, `"a` + "\t" + `"`},
		{`]}]}`, `]}]}, `},
	} {
		checkEqual(t, []byte(header1+spaced(strings.Replace(line, change[0], change[1], 1))), 1<<20)
	}
}

// session1 is a session of one event a message, spelled by hand so that text which is no JSON stays as it is.
func session1(messages [][]byte) []byte {
	text := []byte(`{"deltatap":1,"session":"s","started":"2026-11-23T00:52:14.165Z"}` + "\n")
	for i, args := range messages {
		text = fmt.Appendf(text, `{"n":%d,"t":%d.000000,"kind":"event","event":"plan:item-delta","args":%s}`+"\n", i+1, i, args)
	}
	return text
}

// valuesIn finds the scalar values of a text of JSON objects.
func valuesIn(t *testing.T, text string) [][2]int {
	t.Helper()
	var spans [][2]int
	for i := 0; i < len(text); i++ {
		if text[i] != ':' || text[i-1] != '"' || text[i+1] == '{' {
			continue
		}
		dec := json.NewDecoder(strings.NewReader(text[i+1:]))
		if _, err := dec.Token(); err != nil {
			t.Fatal(err)
		}
		spans = append(spans, [2]int{i + 1, i + 1 + int(dec.InputOffset())})
		i += int(dec.InputOffset())
	}
	return spans
}

// without is the delta without the member whose value is at span, in a message.
func without(delta string, span [2]int) []byte {
	from := strings.LastIndex(delta[:span[0]-2], `"`)
	to := span[1]
	if delta[to] == ',' {
		to++
	} else {
		from--
	}
	return fmt.Appendf(nil, `[{"deltas":[%s%s]}]`, delta[:from], delta[to:])
}

func TestTemplateTakesWhatIsGood(t *testing.T) {
	for _, delta := range []string{
		good, goodBill, goodPlan,
		strings.Replace(good, "+00:00", "-05:30", 1),
		strings.Replace(good, `"googleSync"`, `"mood":"calm","room":-4.5,"googleSync"`, 1),
		strings.Replace(good, `null}}`, `null,"new":true}}`, 1),
		strings.Replace(good, `"version"`, `"batch":null,"version"`, 1),
		`{"action":"deleted","version":4,"source":"inbound","entityId":3,"itemType":"bill"}`,
	} {
		var r reading
		line := session1([][]byte{[]byte(`[{"deltas":[` + delta + `]}]`)})
		line = line[bytes.IndexByte(line, '\n')+1:]
		if end := r.line(line, 0); end != len(line) {
			t.Errorf("the template did not take %s", delta)
		}
	}
}
