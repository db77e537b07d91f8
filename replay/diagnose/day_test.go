package diagnose_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/carebase/deltatap/fixtures"
	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/diagnose"
	"github.com/carebase/deltatap/replay/diff"
	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/session"
)

// day is the session that was recorded from a real server, and what is done to it. Its deltas:
//
//	v1 v2 v3 create appointments 1 to 3, v4 v5 v6 bills 1 to 3; v7 v8 update appointment 1, v9 bill 1, v10 bill 2;
//	v11 invites a collaborator and has the plan read; v12 deletes appointment 2, v13 bill 3; the plan is read at the end.
type day struct {
	t       *testing.T
	header  session.Header
	records []session.Record
	server  string // the plan that the day is held against
	cached  string // of a cache that is a file; empty where the session is the cache
	cut     bool   // the session was cut off
}

// Plans of the day, in their order.
const (
	firstPlan = iota
	planOfV11
	lastPlan
)

func realDay(t *testing.T) *day {
	t.Helper()
	f, err := fixtures.Open("owner-day")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := session.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	d := &day{t: t, header: r.Header()}
	for {
		var rec session.Record
		if err := r.Next(&rec); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		rec.Args, rec.Body, rec.Raw = bytes.Clone(rec.Args), bytes.Clone(rec.Body), nil
		d.records = append(d.records, rec)
	}
	d.server = string(d.records[d.plan(lastPlan)].Body)
	return d
}

// plan finds the record of a plan.
func (d *day) plan(n int) int {
	for i := range d.records {
		if d.records[i].Kind != session.KindPlan {
			continue
		}
		if n == 0 {
			return i
		}
		n--
	}
	d.t.Fatalf("no such plan")
	return -1
}

// message finds the record that carries a version.
func (d *day) message(version int) int {
	for i := range d.records {
		if strings.Contains(string(d.records[i].Args), fmt.Sprintf(`"version":%d}`, version)) {
			return i
		}
	}
	d.t.Fatalf("no message carries v%d", version)
	return -1
}

// edit is one thing that is done to a day.
type edit func(*day)

// insert puts records behind another one, at its moment.
func (d *day) insert(after int, records ...session.Record) {
	for i := range records {
		if records[i].T == 0 {
			records[i].T = d.records[after].T
		}
	}
	d.records = slices.Insert(d.records, after+1, records...)
}

func drop(versions ...int) edit {
	return func(d *day) {
		for _, v := range versions {
			i := d.message(v)
			d.records = slices.Delete(d.records, i, i+1)
		}
	}
}

// unread takes plans away, those behind the first.
func unread(plans ...int) edit {
	return func(d *day) {
		slices.Sort(plans)
		for _, n := range slices.Backward(plans) {
			i := d.plan(n)
			d.records = slices.Delete(d.records, i, i+1)
		}
	}
}

// unpolled takes the version polls away.
func unpolled(d *day) {
	d.records = slices.DeleteFunc(d.records, func(r session.Record) bool { return r.Kind == session.KindVersion })
}

// polled puts a version poll behind the message of a version.
func polled(after int, version int) edit {
	return func(d *day) {
		d.insert(d.message(after), session.Record{Kind: session.KindVersion, Status: 200, Took: time.Millisecond, Body: fmt.Appendf(nil, `{"planVersion":%d}`, version)})
	}
}

// strip takes the data of a version's delta away.
func strip(version int) edit {
	return func(d *day) {
		rec := &d.records[d.message(version)]
		from, to := bytes.Index(rec.Args, []byte(`,"data":`)), bytes.LastIndex(rec.Args, []byte(`,"version":`))
		rec.Args = slices.Concat(rec.Args[:from], rec.Args[to:])
	}
}

// respell changes the text of a version's message.
func respell(version int, old, with string) edit {
	return func(d *day) {
		rec := &d.records[d.message(version)]
		if !bytes.Contains(rec.Args, []byte(old)) {
			d.t.Fatalf("v%d holds no %s", version, old)
		}
		rec.Args = bytes.ReplaceAll(rec.Args, []byte(old), []byte(with))
	}
}

// swap has two messages arrive in each other's place.
func swap(v, w int) edit {
	return func(d *day) {
		a, b := &d.records[d.message(v)], &d.records[d.message(w)]
		a.Args, b.Args = b.Args, a.Args
	}
}

// again repeats a message behind another one.
func again(version, after int) edit {
	return func(d *day) {
		rec := d.records[d.message(version)]
		rec.T = 0
		d.insert(d.message(after), rec)
	}
}

// joined has the deltas of messages leave in one.
func joined(versions ...int) edit {
	return func(d *day) {
		var deltas [][]byte
		for _, v := range versions {
			args := d.records[d.message(v)].Args
			deltas = append(deltas, bytes.TrimSuffix(bytes.TrimPrefix(args, []byte(`[{"deltas":[`)), []byte(`]}]`)))
		}
		first := d.message(slices.Min(versions))
		rec := d.records[first]
		drop(versions...)(d)
		rec.Args = slices.Concat([]byte(`[{"deltas":[`), bytes.Join(deltas, []byte(",")), []byte(`]}]`))
		d.records = slices.Insert(d.records, first, rec)
	}
}

// away cuts the connection behind a version's message until before another one's, and loses what came between.
func away(after, before int) edit {
	return func(d *day) {
		var lost []int
		for v := after + 1; v < before; v++ {
			lost = append(lost, v)
		}
		down, up := d.records[d.message(after)].T, d.records[d.message(before)].T
		drop(lost...)(d)
		d.records = slices.DeleteFunc(d.records, func(r session.Record) bool {
			return r.T > down && r.T < up && (r.Kind == session.KindPlan || r.Kind == session.KindVersion)
		})
		d.insert(
			d.message(after),
			session.Record{Kind: session.KindDisconnect, Reason: "transport close", T: down + 100*time.Millisecond},
			session.Record{Kind: session.KindConnectError, Message: "websocket error", Attempt: 1, T: down + 200*time.Millisecond},
			session.Record{Kind: session.KindConnect, Transport: "websocket", Attempt: 2, T: up - 100*time.Millisecond},
		)
	}
}

// refused puts failed requests for the plan behind a version's message.
func refused(after, status, times int) edit {
	return func(d *day) {
		i := d.message(after)
		for n := range times {
			d.insert(i+n, session.Record{
				Kind: session.KindPlan, Status: status, Took: 10 * time.Millisecond, T: d.records[i].T + time.Duration(n+1)*10*time.Millisecond,
				Body: []byte(`{"error":"Internal server error"}`),
			})
		}
	}
}

// late has a plan's answer come behind a version's message, and take so long.
func late(n, after int, took time.Duration) edit {
	return func(d *day) {
		i := d.plan(n)
		rec := d.records[i]
		d.records = slices.Delete(d.records, i, i+1)
		rec.T, rec.Took = 0, took
		d.insert(d.message(after), rec)
	}
}

// held is the plan that a client of the day holds behind a version's message.
func (d *day) held(after int) string {
	c := diagnose.NewTimeline(plancache.Contract)
	for i := range d.message(after) + 1 {
		c.Record(&d.records[i])
	}
	return string(c.Cache().AppendJSON(nil))
}

// ends has the session end behind a version's message: without a word where it was cut off.
func ends(after int, cut bool) edit {
	return func(d *day) {
		d.records = d.records[:d.message(after)+1]
		if d.cut = cut; !cut {
			d.insert(len(d.records)-1, session.Record{Kind: session.KindDisconnect, Reason: "io client disconnect"}, session.Record{Kind: session.KindEnd, Reason: "interrupt"})
		}
	}
}

// onServer changes the server's plan.
func onServer(old, with string) edit {
	return func(d *day) { d.server = replaced(d.t, d.server, old, with) }
}

// asFile has the cache be a file: what the session's client holds behind a version's message, changed.
func asFile(after int, change ...string) edit {
	return func(d *day) {
		d.cached = d.held(after)
		for i := 0; i < len(change); i += 2 {
			d.cached = replaced(d.t, d.cached, change[i], change[i+1])
		}
	}
}

func replaced(t *testing.T, text, old, with string) string {
	t.Helper()
	if !strings.Contains(text, old) {
		t.Fatalf("no %s in %s", old, text)
	}
	return strings.ReplaceAll(text, old, with)
}

// found tells "item code certainty" of each unexpected difference, a line each, and below them the expected ones.
func (d *day) found(policy plancache.Policy) (harmful, expected []string) {
	d.t.Helper()
	timeline := diagnose.NewTimeline(policy)
	timeline.Header(d.header)
	if d.cached != "" {
		saved, err := plan.Parse([]byte(d.cached))
		if err != nil {
			d.t.Fatal(err)
		}
		timeline.Until(saved.Version)
	}
	for i := range d.records {
		rec := d.records[i]
		rec.N = int64(i + 1)
		timeline.Record(&rec)
	}
	if d.cut {
		timeline.Incomplete("the session was cut off")
	}
	c := diagnose.Case{Timeline: timeline, SessionIsCache: d.cached == "", Fenced: true, Location: time.UTC}
	cached := d.cached
	if cached == "" {
		cached = string(timeline.Cache().AppendJSON(nil))
	}
	var err error
	if c.Cached, err = plan.Parse([]byte(cached)); err != nil {
		d.t.Fatal(err)
	}
	if c.Server, err = plan.Parse([]byte(d.server)); err != nil {
		d.t.Fatal(err)
	}
	result, err := diff.Parsed(c.Cached, c.Server, diff.Options{})
	if err != nil {
		d.t.Fatal(err)
	}
	c.Differences = result.Differences
	for i, cause := range diagnose.Explain(c) {
		line := fmt.Sprintf("%s %s %s", short(c.Differences[i].Item), cause.Code, cause.Certainty)
		switch {
		case cause.Code == diagnose.Unhydrated:
			continue
		case cause.Expected:
			expected = append(expected, fmt.Sprintf("%s %s", short(c.Differences[i].Item), cause.Code))
			continue
		}
		harmful = append(harmful, line)
		d.t.Logf("%s: %s; records %v, versions %v", line, cause.Summary, cause.Records, cause.Versions)
	}
	return harmful, expected
}

func short(it contract.Item) string { return fmt.Sprintf("%c%d", it.Type[0], it.ID) }

// remove takes an item out of a plan.
func remove(t *testing.T, text, itemType string, id int64) string {
	t.Helper()
	p, err := plan.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	list := map[string]*plan.List{"appointment": &p.Appointments, "bill": &p.Bills, "collaborator": &p.Collaborators}[itemType]
	var raws []string
	for i := range list.Len() {
		if list.ID(i) != id {
			raws = append(raws, string(list.Raw(i)))
		}
	}
	name := itemType + "s"
	return replaced(t, text, `"`+name+`":`+string(p.Member(name)), `"`+name+`":[`+strings.Join(raws, ",")+"]")
}

// alone leaves what deltas tell: the plans behind the first are not read, and the collaborator that only they show is none.
func alone(d *day) {
	unread(planOfV11, lastPlan)(d)
	d.server = remove(d.t, d.server, "collaborator", 2)
}

// gone has the connection end behind a version's message, and the session without another one.
func gone(after int, polls ...int) edit {
	return func(d *day) {
		d.records = d.records[:d.message(after)+1]
		at := d.records[len(d.records)-1].T
		add := func(rec session.Record) {
			at += time.Second
			rec.T = at
			d.records = append(d.records, rec)
		}
		add(session.Record{Kind: session.KindDisconnect, Reason: "transport close"})
		add(session.Record{Kind: session.KindConnectError, Message: "websocket error", Attempt: 1})
		for _, v := range polls {
			add(session.Record{Kind: session.KindVersion, Status: 200, Took: time.Millisecond, Body: fmt.Appendf(nil, `{"planVersion":%d}`, v)})
		}
		add(session.Record{Kind: session.KindEnd, Reason: "interrupt"})
	}
}

// from has the session begin with the plan of v11.
func from(d *day) {
	d.records = append([]session.Record{{Kind: session.KindConnect, Attempt: 1}}, d.records[d.plan(planOfV11):]...)
}

// midnight moves the dates of the server's plan on.
func midnight(days int) edit {
	return func(d *day) {
		d.server = replaced(d.t, d.server, "2026-11-23T00:00:00.000Z", fmt.Sprintf("2026-11-%dT00:00:00.000Z", 23+days))
		d.server = replaced(d.t, d.server, "2026-11-30T00:00:00.000Z", fmt.Sprintf("2026-12-%02dT00:00:00.000Z", days))
	}
}

// torn has the plan of v11 say that it is of the last version.
func torn(d *day) {
	rec := &d.records[d.plan(planOfV11)]
	rec.Body = []byte(replaced(d.t, string(rec.Body), `"planVersion":11`, `"planVersion":13`))
}

func (d *day) removed(itemType string, id int64) *day {
	d.cached = remove(d.t, d.cached, itemType, id)
	return d
}

// TestARealDay does to a real session what happens to clients, one thing at a time, and tells what a careful human would
// conclude: the right items, the right causes, and nothing else.
func TestARealDay(t *testing.T) {
	const both, nothing = "", "nothing"
	for name, c := range map[string]struct {
		edits  []edit
		want   string // under the contract
		mobile string // for a mobile client: both where it is the same; onlyMobile where the contract's finds nothing
		benign string // what is expected to differ, unhydrated apart
	}{
		"untouched":              {},
		"no last plan":           {edits: []edit{unread(lastPlan)}},
		"no last plan, no polls": {edits: []edit{unread(lastPlan), unpolled}},
		"deltas alone":           {edits: []edit{alone}},
		"a refresh less":         {edits: []edit{unread(planOfV11, lastPlan)}, want: "c2 refresh-missed certain"},

		"lost: a creation":                         {edits: []edit{alone, drop(3)}, want: "a3 missed-delta certain"},
		"lost: a creation and a refresh":           {edits: []edit{unread(planOfV11, lastPlan), drop(3)}, want: "a3 missed-delta certain; c2 refresh-missed likely"},
		"lost: a creation before an update":        {edits: []edit{alone, drop(4)}, want: "b1 unknown-entity likely", mobile: nothing},
		"lost: an update":                          {edits: []edit{alone, drop(10)}, want: "b2 missed-delta likely"},
		"lost: an update that another one follows": {edits: []edit{alone, drop(7)}},
		"lost: two updates of one item":            {edits: []edit{alone, drop(7, 8)}, want: "a1 missed-delta likely"},
		"lost: a deletion":                         {edits: []edit{unread(lastPlan), drop(12)}, want: "a2 missed-delta certain"},
		"lost: a deletion, and polled":             {edits: []edit{unread(lastPlan), polled(11, 12), drop(12)}, want: "a2 missed-delta certain"},
		"lost: the last deletion":                  {edits: []edit{unread(lastPlan), drop(13)}, want: "b3 never-emitted likely"},
		"lost: both deletions":                     {edits: []edit{unread(lastPlan), drop(12, 13)}, want: "a2 never-emitted likely; b3 never-emitted likely"},
		"lost: an update and a deletion":           {edits: []edit{alone, drop(10, 12)}, want: "b2 missed-delta likely; a2 missed-delta certain"},
		"lost, and mended":                         {edits: []edit{unread(lastPlan), drop(3, 8, 10)}},

		"offline":                         {edits: []edit{alone, away(9, 11)}, want: "b2 missed-while-offline likely"},
		"offline, and plan read":          {edits: []edit{unread(lastPlan), away(5, 10)}},
		"offline, and a loss after that":  {edits: []edit{unread(planOfV11, lastPlan), away(9, 11), drop(3)}, want: "a3 missed-delta likely; b2 missed-while-offline likely; c2 refresh-missed likely"},
		"offline at the end":              {edits: []edit{alone, gone(11)}, want: "a2 missed-while-offline likely; b3 missed-while-offline likely"},
		"offline at the end, polled":      {edits: []edit{alone, gone(11, 11, 13)}, want: "a2 missed-while-offline certain; b3 missed-while-offline certain"},
		"offline at the end, polled late": {edits: []edit{alone, gone(11, 13)}, want: "a2 missed-while-offline likely; b3 missed-while-offline likely"},

		"order: messages swapped":            {edits: []edit{alone, swap(12, 13)}},
		"order: two of one item swapped":     {edits: []edit{alone, swap(7, 8)}, mobile: "a1 stale-overwrite certain"},
		"order: an update before a creation": {edits: []edit{alone, swap(4, 9)}, want: "b1 unknown-entity likely", mobile: "b1 stale-overwrite certain"},
		"order: again, and late":             {edits: []edit{alone, again(7, 8)}, mobile: "a1 stale-overwrite certain"},
		"order: a creation again":            {edits: []edit{alone, again(2, 12)}, mobile: "a2 stale-overwrite certain"},
		"order: a deletion again":            {edits: []edit{alone, again(12, 13)}},
		"order: unsorted in a message":       {edits: []edit{alone, joined(10, 8, 9)}},

		"payload: none":                  {edits: []edit{alone, strip(10)}, want: "b2 payload-missing certain"},
		"payload: none, refresh failed":  {edits: []edit{alone, strip(10), refused(10, 500, 3)}, want: "b2 refresh-failed certain"},
		"payload: none, mended":          {edits: []edit{unread(lastPlan), strip(10)}},
		"payload: other content":         {edits: []edit{alone, respell(10, "1199.99", "1299.99")}, want: "b2 payload-mismatch certain"},
		"payload: of another item":       {edits: []edit{alone, respell(10, `"bill":{"id":2,`, `"bill":{"id":3,`)}, want: "b2 malformed certain", mobile: "b2 payload-mismatch certain; b3 payload-mismatch certain"},
		"payload: other content, mended": {edits: []edit{unread(lastPlan), respell(10, "1199.99", "1299.99")}},
		"refresh: failed":                {edits: []edit{unread(planOfV11, lastPlan), refused(11, 500, 3)}, want: "c2 refresh-failed certain"},
		"refresh: refused":               {edits: []edit{unread(planOfV11, lastPlan), refused(11, 401, 1)}, want: "c2 refresh-failed certain"},
		"refresh: overtaken":             {edits: []edit{unread(lastPlan), late(planOfV11, 13, 1330*time.Millisecond)}, mobile: "a2 refresh-raced certain; b3 refresh-raced certain"},
		"refresh: overtaken, untimed":    {edits: []edit{unread(lastPlan), late(planOfV11, 13, session.TookUnknown)}, mobile: "a2 refresh-raced certain; b3 refresh-raced certain"},
		"refresh: torn and overtaken":    {edits: []edit{unread(lastPlan), late(planOfV11, 13, session.TookUnknown), torn}, want: "a2 refresh-raced likely; b3 refresh-raced likely"},

		"dates: moved out":          {edits: []edit{alone, respell(10, "2026-11-28T", "2026-12-28T"), func(d *day) { d.server = remove(d.t, d.server, "bill", 2) }}, benign: "b2 outside-range"},
		"dates: moved on":           {edits: []edit{unread(lastPlan), midnight(2), func(d *day) { d.server = remove(d.t, d.server, "appointment", 1) }}, benign: "a1 range-moved"},
		"dates: moved on, and lost": {edits: []edit{unread(lastPlan), midnight(2), drop(12), func(d *day) { d.server = remove(d.t, d.server, "appointment", 1) }}, want: "a2 missed-delta certain", benign: "a1 range-moved"},

		"ended before the server's last":  {edits: []edit{alone, ends(11, false), onServer("2026-11-23T01:28:39.966Z", "2026-11-23T01:30:00.000Z")}, want: "a2 missed-while-offline likely; b3 missed-while-offline likely"},
		"ended, and yet too late":         {edits: []edit{alone, drop(12, 13), unpolled}, want: "a2 never-emitted likely; b3 never-emitted likely"},
		"ended, says a clock that is off": {edits: []edit{alone, drop(12, 13), unpolled, onServer("2026-11-23T01:28:39.966Z", "2026-11-22T09:00:00.000Z")}, want: "a2 missed-while-offline likely; b3 missed-while-offline likely"},
		"cut off":                         {edits: []edit{alone, ends(11, true)}, want: "a2 unknown unknown; b3 unknown unknown"},
		"cut off behind a loss":           {edits: []edit{alone, drop(3), ends(11, true)}, want: "a3 missed-delta likely; a2 unknown unknown; b3 unknown unknown"},
		"of a collaborator":               {edits: []edit{alone, drop(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13)}, want: "a1 never-emitted certain; a3 never-emitted certain; b1 never-emitted certain; b2 never-emitted certain"},
		"filtered":                        {edits: []edit{alone, drop(4, 5, 6, 9, 10, 13), func(d *day) { d.header.Filter = "type=appointment" }}, want: "b1 unknown unknown; b2 unknown unknown"},
		"no plan at all": {
			edits: []edit{unread(firstPlan, planOfV11, lastPlan), drop(3, 10)}, want: "a3 unknown unknown; b2 missed-delta likely; c1 unknown unknown; c2 unknown unknown",
			// The app applies nothing before its first plan.
			mobile: "a1 unknown-entity likely; a3 unknown unknown; b1 unknown-entity likely; b2 unknown-entity likely; c1 unknown unknown; c2 unknown unknown",
		},
		"of somebody else": {edits: []edit{alone, onServer(`"recipient":{"id":1,`, `"recipient":{"id":2,`), drop(3, 12)}, want: "a1 unknown unknown; a2 unknown unknown; a3 unknown unknown; b1 unknown unknown; b2 unknown unknown"},
		"server behind":    {edits: []edit{unread(lastPlan), func(d *day) { d.server = string(realDay(d.t).records[d.plan(planOfV11)].Body) }}, want: "a2 unknown unknown; b3 unknown unknown"},

		"file: edited":              {edits: []edit{unread(lastPlan), asFile(13, `"status":"paid"`, `"status":"overdue"`)}, want: "b1 cache-edited certain"},
		"file: added to":            {edits: []edit{unread(lastPlan), asFile(13, `"bills":[`, `"bills":[{"id":99,"itemId":99,"dueDate":"2026-11-27T00:00:00.000Z","status":"todo","googleSync":null},`)}, want: "b99 cache-edited certain"},
		"file: taken from":          {edits: []edit{unread(lastPlan), asFile(13), func(d *day) { d.removed("bill", 2) }}, want: "b2 cache-edited likely"},
		"file: put back":            {edits: []edit{unread(lastPlan), asFile(13, `"amount":1199.99`, `"amount":1240`)}, want: "b2 cache-edited likely"},
		"file: as the session says": {edits: []edit{unread(lastPlan), asFile(13)}},
		"file: edited, and a loss":  {edits: []edit{unread(lastPlan), drop(12), asFile(13, `"status":"paid"`, `"status":"overdue"`)}, want: "b1 cache-edited certain; a2 missed-delta certain"},
		"file: saved early":         {edits: []edit{unread(lastPlan), asFile(8)}, want: "b1 unknown unknown; b2 unknown unknown; a2 unknown unknown; b3 unknown unknown; c2 unknown unknown"},
		"file: saved before":        {edits: []edit{unread(lastPlan), asFile(8), from}, want: "b1 unknown unknown; b2 unknown unknown; a2 unknown unknown; b3 unknown unknown; c2 unknown unknown"},
		"file: saved after":         {edits: []edit{unread(lastPlan), asFile(13), drop(12), ends(11, false), onServer("1199.99", "99")}, want: "b2 unknown unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			for policy, want := range map[plancache.Policy]string{plancache.Contract: c.want, plancache.Mobile: c.mobile} {
				if want == both {
					want = c.want
				}
				want = strings.TrimPrefix(want, nothing)
				d := realDay(t)
				for _, e := range c.edits {
					e(d)
				}
				harmful, expected := d.found(policy)
				slices.Sort(harmful)
				wants := strings.Split(want, "; ")
				slices.Sort(wants)
				if got, want := strings.Join(harmful, "; "), strings.Join(wants, "; "); got != want {
					t.Errorf("%s: got\n\t%s\nwant\n\t%s", policy, got, want)
				}
				if got := strings.Join(expected, "; "); got != c.benign {
					t.Errorf("%s: expected are %q, want %q", policy, got, c.benign)
				}
			}
		})
	}
}
