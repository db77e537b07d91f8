package diagnose

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/fold"
	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/session"
)

// A world is evidence, told in lines. What comes first in a session's line is its second.
//
//	client mobile                      whose rules the client follows; contract where no line says so
//	beside                             somebody recorded beside the client
//	header user=5 filter=x faults=x    of the session
//	no session                         there is none
//	0 connect
//	1.03 plan v5 took 30ms bill:1=10   an answer, see parsePlan; without "took" nobody knows when it was asked for
//	1.03 plan failed took 5ms          or: plan portal took 5ms
//	2 version v6 took 5ms dated 1.5    or: version failed; dated is when the version began
//	2.03 deltas v6 bill:2=2, v7 plan   one message, see writeDelta
//	2.03 unreadable                    a message whose deltas are no list
//	2.5 event plan:update
//	3 request POST                     the client's own change, answered 200
//	9 disconnect ping timeout
//	9.5 refused
//	10 end                             or: end rotated, end lost 3
//	damaged, gap 3, cut                lines that cannot be read; numbers that are left out; no end record
//	agreed v6 bill:1=10                what the client holds was found to be this plan of the server's
//	server v8 settled bill:1=11        the plan to compare with: saved, unstable, fenced or settled
//	file v6 bill:1=10                  the cache, where it is a file
//	same client                        it is vouched for that the file is the session's client's
//	live                               the client is still followed
type world struct {
	Case
	lines  []string
	number int64 // of the latest record
	beside bool
	policy plancache.Policy
	none   bool
	header session.Header
}

// started is when the session of each world starts.
var started = time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)

// readWorld reads a world and folds its session.
func readWorld(t testing.TB, text string) *world {
	t.Helper()
	w := &world{header: session.Header{Format: 1, Started: started}, policy: plancache.Contract}
	w.Location = time.UTC
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line != "" && !w.set(t, line) {
			w.lines = append(w.lines, line)
		}
	}
	if w.none {
		return w.finish(t)
	}
	w.Timeline = w.fold(t, w.policy, w.beside)
	return w.finish(t)
}

// fold folds the session's lines into a new history.
func (w *world) fold(t testing.TB, policy plancache.Policy, beside bool) *Timeline {
	t.Helper()
	answers := fold.AsRecorded
	if beside {
		answers = fold.OnlyAsked
	}
	timeline := NewTimelineBeside(policy, answers)
	timeline.Header(w.header)
	if w.Cached != nil {
		timeline.Saved(w.Cached)
	}
	w.number = 0
	for _, line := range w.lines {
		w.foldLine(t, timeline, line)
	}
	return timeline
}

func (w *world) finish(t testing.TB) *world {
	t.Helper()
	if w.SessionIsCache = w.Cached == nil; w.SessionIsCache {
		w.Cached = mustParse(t, string(w.Timeline.Cache().AppendJSON(nil)))
	}
	result, err := diff.Parsed(w.Cached, w.Server, diff.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w.Differences = result.Differences
	return w
}

// set takes a line that is none of the session's.
func (w *world) set(t testing.TB, line string) bool {
	t.Helper()
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "client":
		w.policy = map[string]plancache.Policy{"contract": plancache.Contract, "mobile": plancache.Mobile}[rest]
	case "beside":
		w.beside = true
	case "no":
		w.none = true
	case "header":
		w.setHeader(rest)
	case "file":
		w.Cached = mustParse(t, parsePlan(rest).text)
	case "server":
		p := parsePlan(rest)
		w.Server, w.Fence = mustParse(t, p.text), p.fence
	case "same":
		w.SameClient = true
	case "live":
		w.Live = true
	default:
		return false
	}
	return true
}

func (w *world) setHeader(text string) {
	for _, field := range strings.Fields(text) {
		switch name, value, _ := strings.Cut(field, "="); name {
		case "user":
			w.header.User = []byte(`{"id":` + value + `}`)
		case "filter":
			w.header.Filter = value
		case "faults":
			w.header.Faults = value
		}
	}
}

// foldLine folds one line of the session in.
func (w *world) foldLine(t testing.TB, timeline *Timeline, line string) {
	t.Helper()
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "damaged":
		timeline.Damaged()
	case "gap":
		w.number += number(rest)
	case "cut":
		timeline.CutOff()
	case "agreed":
		timeline.Agreed(mustParse(t, parsePlan(rest).text), nil)
	default:
		w.number++
		rec := readRecord(t, word, rest)
		rec.N = w.number
		timeline.Record(rec)
	}
}

// readRecord reads a record from its second and the rest of its line.
func readRecord(t testing.TB, at, line string) *session.Record {
	t.Helper()
	rec := &session.Record{T: seconds(at), Status: 200}
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "connect":
		rec.Kind = session.KindConnect
	case "disconnect":
		rec.Kind, rec.Reason = session.KindDisconnect, rest
	case "refused":
		rec.Kind, rec.Message = session.KindConnectError, "Unauthorized"
	case "end":
		rec.Kind, rec.Reason = session.KindEnd, rest
		if lost, ok := strings.CutPrefix(rest, "lost "); ok {
			rec.Lost = number(lost)
		}
	case "event":
		rec.Kind, rec.Event, rec.Args = session.KindEvent, rest, []byte("[]")
	case "request":
		rec.Kind, rec.Raw = session.KindRequest, []byte(`{"kind":"request","method":"`+rest+`","status":200}`)
	case "plan":
		rec.Kind = session.KindPlan
		readAnswer(rec, rest)
	case "version":
		rec.Kind = session.KindVersion
		readAnswer(rec, rest)
	case "deltas", "unreadable":
		rec.Kind, rec.Event, rec.Args = session.KindEvent, contract.Event, []byte(`[{"deltas":`+writeDeltas(rest)+`}]`)
	default:
		t.Fatalf("%q is no line of a session", line)
	}
	return rec
}

func readAnswer(rec *session.Record, line string) {
	rest, failed := strings.CutPrefix(line, "failed")
	rest, portal := strings.CutPrefix(rest, "portal")
	p := parsePlan(rest)
	switch {
	case failed:
		rec.Status, rec.Took = 500, p.took
		return
	case portal:
		rec.Body, rec.Took = []byte("<html>log in</html>"), p.took
		return
	}
	rec.Body, rec.Took = []byte(p.text), p.took
	if rec.Kind == session.KindVersion {
		rec.Body = []byte(`{"planVersion":` + p.version + `,"planUpdatedAt":` + p.updated + `}`)
	}
}

// writtenPlan is a plan as text, and how it was read.
type writtenPlan struct {
	text, version, updated string
	took                   time.Duration
	fence                  Fence
}

var fenceNames = map[string]Fence{"saved": Saved, "unstable": Unstable, "fenced": Fenced, "settled": Settled}

// parsePlan reads "v5 took 30ms dated 1.5 days 28 of 8 bill:1=10 …": its version, how long it took, when its version began, the day of
// November with which its dates begin, its recipient, and its items. All but the items may be left out; saved, unstable, fenced and
// settled say how it was read.
func parsePlan(line string) writtenPlan {
	p := writtenPlan{version: "null", updated: "null", took: session.TookUnknown}
	day, recipient := int64(27), "7"
	lists := map[string][]string{}
	words := strings.Fields(line)
	for i := 0; i < len(words); i++ {
		word := words[i]
		switch fence, ok := fenceNames[word]; {
		case ok:
			p.fence = fence
		case word == "took":
			i++
			p.took, _ = time.ParseDuration(words[i])
		case word == "dated":
			i++
			p.updated = `"` + started.Add(seconds(words[i])).Format("2006-01-02T15:04:05.000Z") + `"`
		case word == "days":
			i++
			day = number(words[i])
		case word == "of":
			i++
			recipient = words[i]
		case word[0] == 'v' && !strings.Contains(word, ":"):
			p.version = word[1:]
		default:
			itemType, _, _ := strings.Cut(word, ":")
			lists[itemType] = append(lists[itemType], writeItem(word))
		}
	}
	from := time.Date(2026, 11, int(day), 0, 0, 0, 0, time.UTC)
	p.text = fmt.Sprintf(`{"recipient":{"id":%s},"dateRange":{"start":"%s","end":"%s"},"appointments":[%s],"bills":[%s],`+
		`"planVersion":%s,"planUpdatedAt":%s,"collaborators":[%s]}`, recipient, from.Format(time.RFC3339),
		from.AddDate(0, 0, 7).Format(time.RFC3339), strings.Join(lists["appointment"], ","), strings.Join(lists["bill"], ","),
		p.version, p.updated, strings.Join(lists["collaborator"], ","))
	return p
}

// writeItem writes an item's JSON: "bill:1=10;status=paid" is a bill of 10, "appointment:3=28T10:00" one in November, a month may stand
// before it, and "collaborator:2=accepted" has a status. Behind a semicolon stand other members: true, null, numbers and objects are
// written as they stand, all else is text.
func writeItem(word string) string {
	parts := strings.Split(word, ";")
	name, main, _ := strings.Cut(parts[0], "=")
	itemType, id, _ := strings.Cut(name, ":")
	var b strings.Builder
	fmt.Fprintf(&b, `{"id":%s`, id)
	switch itemType {
	case contract.TypeBill:
		fmt.Fprintf(&b, `,"itemId":10%s,"amount":%s`, id, main)
	case contract.TypeAppointment:
		fmt.Fprintf(&b, `,"itemId":20%s,"startLocal":"%s"`, id, writeStart(main))
	default:
		fmt.Fprintf(&b, `,"status":"%s"`, main)
	}
	for _, part := range parts[1:] {
		name, value, _ := strings.Cut(part, "=")
		if !bareValue.MatchString(value) {
			value = `"` + value + `"`
		}
		fmt.Fprintf(&b, `,"%s":%s`, name, value)
	}
	return b.String() + "}"
}

var bareValue = regexp.MustCompile(`^(null|true|-?[0-9.]+|\{.*\})$`)

// writeStart writes when an appointment begins: "28T10:00", "12-28T10:00", or an instant as it stands.
func writeStart(text string) string {
	if len(text) > len("12-28T10:00") {
		return text
	}
	if !strings.Contains(text, "-") {
		text = "11-" + text
	}
	return "2026-" + text + ":00+00:00"
}

// writeDeltas writes a message's deltas, which commas separate; nothing where there is no list.
func writeDeltas(text string) string {
	if text == "" {
		return "null"
	}
	var all []string
	for part := range strings.SplitSeq(text, ", ") {
		all = append(all, writeDelta(part))
	}
	return "[" + strings.Join(all, ",") + "]"
}

// writeDelta writes one delta: "v6 bill:1=10" is updated, "+bill:1=10" created, "-bill:1" deleted, "?bill:1=10" of an action that is
// not in the contract, and "bill:1" has no data. "v7 plan" names no item, "v7 plan collaborators" a section. The version may be left out.
func writeDelta(text string) string {
	words := strings.Fields(text)
	version := ""
	if words[0][0] == 'v' {
		version, words = `,"version":`+words[0][1:], words[1:]
	}
	if words[0] == "plan" {
		data := ""
		if len(words) > 1 {
			data = `,"data":{"section":"` + words[1] + `"}`
		}
		return `{"itemType":"plan","entityId":0,"action":"updated"` + version + data + "}"
	}
	action, name := contract.ActionUpdated, words[0]
	if is, ok := map[byte]string{'+': contract.ActionCreated, '-': contract.ActionDeleted, '?': "archived"}[name[0]]; ok {
		action, name = is, name[1:]
	}
	key, _, carries := strings.Cut(name, "=")
	itemType, id, _ := strings.Cut(key, ":")
	data := ""
	if carries {
		data = `,"data":{"` + itemType + `":` + writeItem(name) + `}`
	}
	return `{"itemType":"` + itemType + `","entityId":` + id + `,"action":"` + action + `"` + version + data + "}"
}

func mustParse(t testing.TB, text string) *plan.Plan {
	t.Helper()
	p, err := plan.Parse([]byte(text))
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return p
}

func number(text string) int64 {
	n, _ := strconv.ParseInt(text, 10, 64)
	return n
}

func seconds(text string) time.Duration {
	s, _ := strconv.ParseFloat(text, 64)
	return time.Duration(s * float64(time.Second)).Round(time.Microsecond)
}
