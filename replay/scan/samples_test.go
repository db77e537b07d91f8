package scan

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/session"
)

// sample is what the contract's samples hold; see fixtures/contract.
type sample struct {
	Rule     string
	Messages []struct {
		Args   json.RawMessage
		Text   *string
		Base64 []byte
	}
}

// args are the samples' messages; nil where one is given in parts, because it is large.
func (s sample) args() [][]byte {
	var all [][]byte
	for _, m := range s.Messages {
		switch {
		case m.Args != nil:
			all = append(all, m.Args)
		case m.Text != nil:
			all = append(all, []byte(*m.Text))
		case m.Base64 != nil:
			all = append(all, m.Base64)
		default:
			return nil
		}
	}
	return all
}

// write writes a session of these messages as package session spells them.
func write(t *testing.T, messages ...[]byte) []byte {
	t.Helper()
	var text bytes.Buffer
	w, err := session.NewWriter(&text, session.Header{Started: time.Unix(1795395134, 0)})
	if err != nil {
		t.Fatal(err)
	}
	for i, args := range messages {
		rec := session.Record{T: time.Duration(i) * time.Second, Kind: session.KindEvent, Event: contract.Event, Args: args}
		if err := w.Write(&rec); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return text.Bytes()
}

// Every sample of a broken rule is counted, on the fast path as on the slow one. Large samples are for
// TestTemplateLeavesLongMessages, and for package contract.
func TestEveryRuleIsCounted(t *testing.T) {
	paths, err := filepath.Glob("../../fixtures/contract/*/*.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	for _, path := range paths {
		var s sample
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &s); err != nil {
			t.Fatal(err)
		}
		args := s.args()
		if args == nil {
			continue
		}
		a := checkEqual(t, write(t, args...), 1<<20)
		want := filepath.Base(filepath.Dir(path)) == "invalid"
		if got := a.Summary.Findings.ByRule[s.Rule] > 0; got != want {
			t.Errorf("%s: findings of %s: %t, want %t; all: %v", path, s.Rule, got, want, a.Summary.Findings)
		}
	}
}

func TestTemplateLeavesLongMessages(t *testing.T) {
	for _, n := range []int{maxFacts - 1, maxFacts, maxFacts + 1, 3 * maxFacts} {
		args := "[{\"deltas\":[" + strings.Repeat(goodPlan+",", n-1) + goodPlan + "]}]"
		a := checkEqual(t, write(t, []byte(args)), 1<<20)
		if a.Summary.Deltas != int64(n) {
			t.Errorf("%d deltas, want %d", a.Summary.Deltas, n)
		}
	}
	if maxFacts > contract.MaxDeltas {
		t.Errorf("the template reads messages of %d deltas, which the contract objects to", maxFacts)
	}
}

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
	for _, delta := range []string{good, goodBill, goodPlan, strings.Replace(good, "+00:00", "-05:30", 1)} {
		var r reading
		line := session1([][]byte{[]byte(`[{"deltas":[` + delta + `]}]`)})
		line = line[bytes.IndexByte(line, '\n')+1:]
		if end := r.line(line, 0); end != len(line) {
			t.Errorf("the template did not take %s", delta)
		}
	}
}
