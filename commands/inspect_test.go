package commands

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/carebase/deltatap/replay/session"
)

const sessionHead = `{"deltatap":1,"session":"01a207ce-a278-72d6-9797-7575f136847c","started":"2026-11-23T00:52:14.165Z","server":"","user":null,"tool":"by hand"}` + "\n"

// unsortedSession goes from version 14 to 18 in one message, and takes 17 late.
const unsortedSession = sessionHead +
	`{"n":1,"t":0.100000,"kind":"connect","sid":"x","transport":"websocket","attempt":1}
{"n":2,"t":0.200000,"kind":"plan","status":200,"took":0.010,"body":{"appointments":[],"bills":[{"id":1,"status":"v14"}],"planVersion":14}}
{"n":3,"t":0.500000,"kind":"event","event":"plan:item-delta","args":[{"deltas":[` +
	`{"itemType":"bill","entityId":1,"action":"updated","version":18,"data":{"bill":{"id":1,"status":"v18"}}},` +
	`{"itemType":"bill","entityId":2,"action":"created","version":16,"data":{"bill":{"id":2,"status":"v16"}}},` +
	`{"itemType":"bill","entityId":3,"action":"created","version":15,"data":{"bill":{"id":3,"status":"v15"}}}]}]}
{"n":4,"t":0.600000,"kind":"event","event":"plan:item-delta","args":[{"deltas":[` +
	`{"itemType":"bill","entityId":1,"action":"updated","version":17,"data":{"bill":{"id":1,"status":"v17"}}}]}]}
{"n":5,"t":0.650000,"kind":"plan","status":200,"took":0.010,"body":{"appointments":[],"bills":[{"id":9,"status":"v20"}],"planVersion":20}}
{"n":6,"t":0.700000,"kind":"end","reason":"end","records":6,"lost":0}
`

// heldPlanText is the JSON of a plan with bills of these ids and statuses.
func heldPlanText(version int, bills ...string) string {
	var list []string
	for _, b := range bills {
		id, status, _ := strings.Cut(b, " ")
		list = append(list, fmt.Sprintf(`{"id":%s,"status":"%s"}`, id, status))
	}
	return fmt.Sprintf(`{"appointments":[],"bills":[%s],"planVersion":%d}`+"\n", strings.Join(list, ","), version)
}

func TestInspectAt(t *testing.T) {
	const begins = "deltatap: --at 13: the session begins with version 14\n"
	jumped := func(wanted, from, to int) string {
		return fmt.Sprintf("deltatap: warning: the client never held version %d: it went from %d to %d; this is version %d\n", wanted, from, to, from)
	}
	for _, c := range []struct {
		at, client string
		code       int
		out, errs  string
	}{
		{"13", "contract", ExitInconclusive, "", begins},
		{"13", "mobile", ExitInconclusive, "", begins},
		{"14", "contract", ExitOK, heldPlanText(14, "1 v14"), ""},
		{"15", "contract", ExitOK, heldPlanText(15, "1 v14", "3 v15"), ""},
		{"15", "mobile", ExitOK, heldPlanText(14, "1 v14"), jumped(15, 14, 18)},
		{"v17", "contract", ExitOK, heldPlanText(16, "1 v14", "3 v15", "2 v16"), jumped(17, 16, 18)},
		{"18", "contract", ExitOK, heldPlanText(18, "1 v18", "3 v15", "2 v16"), ""},
		{"18", "mobile", ExitOK, heldPlanText(18, "3 v15", "2 v16", "1 v17"), ""},
		{"19", "contract", ExitOK, heldPlanText(18, "1 v18", "3 v15", "2 v16"), jumped(19, 18, 20)},
		{"20", "contract", ExitOK, heldPlanText(20, "9 v20"), ""},
		{"21", "contract", ExitInconclusive, "", "deltatap: --at 21: the session does not reach that far\nhint: it ends at version 20\n"},
		{"550ms", "contract", ExitOK, heldPlanText(18, "1 v18", "3 v15", "2 v16"), ""},
		{"1h", "contract", ExitOK, heldPlanText(20, "9 v20"), ""},
		{"150ms", "contract", ExitOK, heldPlanText(0), "deltatap: warning: the session holds no plan before that point: this is what deltas alone tell\n"},
		{"", "contract", ExitUsage, "", "deltatap: --at: empty\nhint: leave it out, or give it a value\n"},
		{"00:52:14.715", "contract", ExitOK, heldPlanText(18, "1 v18", "3 v15", "2 v16"), ""},
		{"0:52:14.715", "contract", ExitOK, heldPlanText(18, "1 v18", "3 v15", "2 v16"), ""},
		{"2026-11-23T01:52:14.715+01:00", "contract", ExitOK, heldPlanText(18, "1 v18", "3 v15", "2 v16"), ""},
		{"2026-11-23 00:52:14.715", "contract", ExitOK, heldPlanText(18, "1 v18", "3 v15", "2 v16"), ""},
		{"00:52:14", "contract", ExitOK, heldPlanText(0), "deltatap: warning: the session holds no plan before that point: this is what deltas alone tell\n"},
		{"00:53", "contract", ExitOK, heldPlanText(20, "9 v20"), "deltatap: warning: the session ends before 00:53: this is what the client held at its end\n"},
		{"00:52", "contract", ExitOK, heldPlanText(20, "9 v20"), "deltatap: warning: the session ends before 00:52: this is what the client held at its end\n"},
		{"2026-11-22T10:00", "contract", ExitUsage, "", "deltatap: --at 2026-11-22T10:00: the session starts later, at 2026-11-23 00:52:14 UTC\n"},
		{"10:61", "contract", ExitUsage, "", "deltatap: --at \"10:61\": want a version like 41, or a moment like 12.5s or 10:00\n"},
		{"soon", "contract", ExitUsage, "", "deltatap: --at \"soon\": want a version like 41, or a moment like 12.5s or 10:00\n"},
		{"-1s", "contract", ExitUsage, "", "deltatap: --at \"-1s\": want a version like 41, or a moment like 12.5s or 10:00\n"},
	} {
		t.Run(c.at+" "+c.client, func(t *testing.T) {
			d := newDesk(t)
			d.In = strings.NewReader(unsortedSession)
			d.want(t, c.code, c.out, c.errs, "inspect", "-", "--utc", "--at="+c.at, "--client", c.client, "-o", "json")
		})
	}
}

// TestInspectAtWhatTheAppWasTold asks for a version that the app was told of, and did not take: its plan keeps the version below.
func TestInspectAtWhatTheAppWasTold(t *testing.T) {
	d := newDesk(t)
	d.In = strings.NewReader(sessionHead +
		`{"n":1,"t":0.1,"kind":"plan","status":200,"body":` + strings.TrimSpace(heldPlanText(14, "1 v14")) + "}\n" +
		`{"n":2,"t":0.2,"kind":"event","event":"plan:item-delta","args":[{"deltas":[{"itemType":"plan","entityId":0,"action":"updated","version":15}]}]}` + "\n" +
		`{"n":3,"t":0.3,"kind":"end","reason":"for","records":3,"lost":0}` + "\n")
	d.want(t, ExitOK, heldPlanText(14, "1 v14"), "deltatap: warning: the client was told of version 15, and held version 14: a refresh was due\n",
		"inspect", "-", "--at=15", "--client", "mobile", "-o", "json")
}

func TestParsePoint(t *testing.T) {
	for text, want := range map[string]point{
		"41": {version: 41}, "v41": {version: 41}, "0": {}, "12.5s": {moment: 12500 * time.Millisecond, timed: true}, "1m30s": {moment: 90 * time.Second, timed: true}, "0s": {timed: true},
	} {
		want.text = text
		if got, err := parsePoint(text); err != nil || *got != want {
			t.Errorf("%s: %+v, %v; want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "v", "-1", "12.5", "-1s", "9223372036854775808", "41 "} {
		if got, err := parsePoint(text); explain(err) == nil || explain(err).Code != ExitUsage {
			t.Errorf("%q is taken for %+v", text, got)
		}
	}
}

// TestInspectJSON pins the object that scripts read, of a session that holds nothing, of one with holes, and of one that goes on.
func TestInspectJSON(t *testing.T) {
	const nothing = `"deltas":0,"duration":%s,"byType":{},"byAction":{},"bySource":{},` +
		`"versions":{"first":null,"last":null,"missing":[],"coalescible":[],"duplicates":[],"unsortedInMessage":0,"regressions":0},`
	for _, c := range []struct{ name, session, want string }{
		{
			"empty", sessionHead,
			`{"format":1,"complete":false,"records":0,"events":0,` + fmt.Sprintf(nothing, "0") + `"connections":[],"plans":0,"polls":0,"violations":{"error":0,"warning":0}}`,
		},
		{
			"still connected", sessionHead + `{"n":1,"t":0.100000,"kind":"connect","sid":"x","transport":"websocket","attempt":1}` + "\n",
			`{"format":1,"complete":false,"records":1,"events":0,` + fmt.Sprintf(nothing, "0.1") + `"connections":[{"from":0.1,"to":null,"reason":null}],"plans":0,"polls":0,"violations":{"error":0,"warning":0}}`,
		},
		{
			"unsorted", unsortedSession,
			`{"format":1,"complete":true,"records":6,"events":2,"deltas":4,"duration":0.7,"byType":{"bill":4},"byAction":{"created":2,"updated":2},"bySource":{"none":4},` +
				`"versions":{"first":15,"last":18,"missing":[19,20],"coalescible":[],"duplicates":[],"unsortedInMessage":1,"regressions":1},` +
				`"connections":[{"from":0.1,"to":null,"reason":null}],"plans":2,"polls":0,"violations":{"error":5,"warning":8}}`,
		},
		{
			"holes", sessionHead +
				`{"n":1,"t":0.1,"kind":"event","event":"plan:item-delta","args":[{"deltas":[{"itemType":"plan","entityId":0,"action":"updated","version":1}]}]}` + "\n" +
				`{"n":2,"t":0.2,"kind":"event","event":"plan:item-delta","args":[{"deltas":[{"itemType":"plan","entityId":0,"action":"updated","version":4}]}]}` + "\n" +
				`{"n":3,"t":0.3,"kind":"event","event":"plan:item-delta","args":[{"deltas":[{"itemType":"bill","entityId":1,"action":"created","version":6,"source":"rest","data":{"bill":{"id":1}}}]}]}` + "\n" +
				`{"n":4,"t":0.4,"kind":"event","event":"plan:item-delta","args":[{"deltas":[{"itemType":"plan","entityId":0,"action":"updated","version":6}]}]}` + "\n" +
				`{"n":5,"t":0.5,"kind":"end","reason":"interrupt","records":5,"lost":0}` + "\n",
			`{"format":1,"complete":true,"records":5,"events":4,"deltas":4,"duration":0.5,"byType":{"bill":1,"plan":3},"byAction":{"created":1,"updated":3},"bySource":{"none":3,"rest":1},` +
				`"versions":{"first":1,"last":6,"missing":[2,3,5],"coalescible":[2,3],"duplicates":[6],"unsortedInMessage":0,"regressions":0},` +
				`"connections":[],"plans":0,"polls":0,"violations":{"error":0,"warning":2}}`,
		},
		{
			"silence", sessionHead +
				`{"n":1,"t":0.1,"kind":"connect","sid":"x","transport":"websocket","attempt":1}` + "\n" +
				`{"n":2,"t":0.2,"kind":"plan","status":200,"took":0.01,"body":{"appointments":[],"bills":[],"planVersion":14}}` + "\n" +
				`{"n":3,"t":15,"kind":"version","status":200,"took":0.01,"body":{"planVersion":16}}` + "\n" +
				`{"n":4,"t":30,"kind":"version","status":200,"took":0.01,"body":{"planVersion":3}}` + "\n" +
				`{"n":5,"t":31,"kind":"end","reason":"interrupt","records":5,"lost":0}` + "\n",
			`{"format":1,"complete":true,"records":5,"events":0,"deltas":0,"duration":31,"byType":{},"byAction":{},"bySource":{},` +
				`"versions":{"first":null,"last":null,"missing":[15,16],"coalescible":[],"duplicates":[],"unsortedInMessage":0,"regressions":1},` +
				`"connections":[{"from":0.1,"to":null,"reason":null}],"plans":1,"polls":2,"violations":{"error":0,"warning":0}}`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			d.In = strings.NewReader(c.session)
			d.want(t, ExitOK, c.want+"\n", "", "inspect", "-", "-o", "json")
		})
	}
}

func TestLivesOfSeveralItemsFromOneReading(t *testing.T) {
	d := newDesk(t)
	d.In = strings.NewReader(unsortedSession)
	_, out, errs := d.run(t, "inspect", "-", "--item", "bill:3", "--item", "bill:1", "--utc")
	for _, want := range []string{"bill:1\n", "stale, kept v18", "\nbill:3\n", "1 delta, v15"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s%s", want, out, errs)
		}
	}
	d = newDesk(t)
	d.In = strings.NewReader(sessionHead)
	d.want(t, ExitOK, "bill:3\nno delta of it in this session\n", "", "inspect", "-", "--item", "bill:3")
}

// TestPartsAreReadAsOne reads two parts of three: the hole is said, and what is read is counted over both.
func TestPartsAreReadAsOne(t *testing.T) {
	dir := t.TempDir()
	var names []string
	for _, part := range []int{1, 3} {
		name := filepath.Join(dir, fmt.Sprintf("day.part%04d.ndjson", part))
		text := strings.Replace(sessionHead, `"server"`, fmt.Sprintf(`"part":%d,"server"`, part), 1) +
			fmt.Sprintf(`{"n":%d,"t":%d.5,"kind":"mark","text":"part %d"}`+"\n", part*2, part, part)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		names = append([]string{name}, names...)
	}
	d := newDesk(t)
	code, out, errs := d.run(t, append([]string{"inspect", "--jq", ".text"}, names...)...)
	if code != ExitOK || out != "part 1\npart 3\n" || !strings.Contains(errs, "records 3 to 5 are in none of the parts") {
		t.Errorf("exit %d, %q, %q", code, out, errs)
	}
	in, src, err := recording{names: names}.open(d.App, "")
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	reading := reading{app: d.App, in: in, src: src}
	if err := reading.run(t.Context(), &session.Record{}, func(session.Source, *session.Record) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if in.offset() != in.size || in.size == 0 {
		t.Errorf("%d of %d bytes are read", in.offset(), in.size)
	}
}
