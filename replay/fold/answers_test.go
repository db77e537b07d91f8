package fold

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/session"
)

func connect(at float64) session.Record {
	return session.Record{T: seconds(at), Kind: session.KindConnect}
}

func disconnect(at float64) session.Record {
	return session.Record{T: seconds(at), Kind: session.KindDisconnect, Reason: "transport close"}
}

// read is a plan of bill 1 that took 0.1 s.
func read(at float64, version int, status string) session.Record {
	body := fmt.Sprintf(`{"appointments":[],"bills":[{"id":1,"status":%q}],"planVersion":%d}`, status, version)
	return session.Record{T: seconds(at), Kind: session.KindPlan, Status: 200, Took: 100 * time.Millisecond, Body: []byte(body)}
}

func refused(at float64) session.Record {
	return session.Record{T: seconds(at), Kind: session.KindPlan, Status: 500, Took: 100 * time.Millisecond}
}

func polled(at float64, version int) session.Record {
	return session.Record{T: seconds(at), Kind: session.KindVersion, Status: 200, Body: fmt.Appendf(nil, `{"planVersion":%d}`, version)}
}

func message(at float64, deltas string) session.Record {
	return session.Record{T: seconds(at), Kind: session.KindEvent, Event: contract.Event, Args: []byte(`[{"deltas":` + deltas + `}]`)}
}

func paid(at float64, version int) session.Record {
	return message(at, fmt.Sprintf(`[{"itemType":"bill","entityId":1,"action":"updated","version":%d,"data":{"bill":{"id":1,"status":"paid"}}}]`, version))
}

func bulk(at float64, version int) session.Record {
	return message(at, fmt.Sprintf(`[{"itemType":"plan","entityId":0,"action":"updated","version":%d}]`, version))
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// folded folds records, and tells which of them were passed over, what the client holds, and whether a refresh is due.
func folded(f *Fold, records []session.Record) string {
	var passed []string
	for i := range records {
		f.Record(&records[i])
		if f.Passed {
			passed = append(passed, fmt.Sprint(i))
		}
	}
	raw, _ := f.Cache.Item(contract.Item{Type: contract.TypeBill, ID: 1})
	return fmt.Sprintf("passed [%s], holds %s, %v", strings.Join(passed, " "), raw, f.Cache.Refresh().State)
}

// TestOnlyAsked has answers of a recorder's that the app beside it did not ask for.
func TestOnlyAsked(t *testing.T) {
	const todo, done = `{"id":1,"status":"todo"}`, `{"id":1,"status":"paid"}`
	for name, c := range map[string]struct {
		records []session.Record
		want    string
	}{
		"a reconnection is no cause": {
			[]session.Record{connect(0), read(.5, 5, "todo"), disconnect(1), connect(2), read(2.2, 6, "paid")},
			"passed [4], holds " + todo + ", idle",
		},
		"nor is a failure to read at one": {
			[]session.Record{connect(0), read(.5, 5, "todo"), disconnect(1), connect(2), refused(2.2)},
			"passed [4], holds " + todo + ", idle",
		},
		"a plan delta is one": {
			[]session.Record{connect(0), read(.5, 5, "todo"), bulk(1, 6), read(1.1, 6, "paid")},
			"passed [], holds " + done + ", idle",
		},
		"asked for before the plan delta": {
			[]session.Record{connect(0), read(.5, 5, "todo"), disconnect(1), connect(2), bulk(2.1, 6), read(2.15, 6, "paid")},
			"passed [5], holds " + todo + ", due",
		},
		"asked for again after it": {
			[]session.Record{connect(0), read(.5, 5, "todo"), disconnect(1), connect(2), bulk(2.1, 6), read(2.15, 6, "todo"), read(3, 6, "paid")},
			"passed [5], holds " + done + ", idle",
		},
		"three failures, and a fourth attempt": {
			[]session.Record{connect(0), read(.5, 5, "todo"), bulk(1, 6), refused(1.1), refused(1.8), refused(3.1), read(9, 6, "paid")},
			"passed [6], holds " + todo + ", given up",
		},
		"a poll while the socket is up": {
			[]session.Record{connect(0), read(.5, 5, "todo"), polled(15, 6), read(15.2, 6, "paid")},
			"passed [2 3], holds " + todo + ", idle",
		},
		"a poll while it is down": {
			[]session.Record{connect(0), read(.5, 5, "todo"), disconnect(1), polled(15, 6), read(15.2, 6, "paid")},
			"passed [], holds " + done + ", idle",
		},
		"a version check while it is up": {
			[]session.Record{connect(0), read(.5, 5, "todo"), message(1, `null`), polled(2, 6), read(2.2, 6, "paid")},
			"passed [], holds " + done + ", idle",
		},
		"one for the user's own change": {
			[]session.Record{connect(0), read(.5, 5, "todo"), {T: seconds(1), Kind: session.KindRequest, Raw: []byte(`{"status":200}`)}, polled(2, 6), read(2.2, 6, "paid")},
			"passed [], holds " + done + ", idle",
		},
		"a change that was refused": {
			[]session.Record{connect(0), read(.5, 5, "todo"), {T: seconds(1), Kind: session.KindRequest, Raw: []byte(`{"status":403}`)}, polled(2, 6), read(2.2, 6, "paid")},
			"passed [3 4], holds " + todo + ", idle",
		},
		"a session that begins amid a connection": {
			[]session.Record{paid(1, 6), read(1.1, 6, "todo"), paid(2, 7), polled(15, 8)},
			"passed [3], holds " + done + ", idle",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := folded(&Fold{Cache: plancache.New(plancache.Mobile), Answers: OnlyAsked}, c.records); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			for _, f := range []*Fold{{Cache: plancache.New(plancache.Mobile)}, {Cache: plancache.New(plancache.Contract), Answers: OnlyAsked}} {
				if got := folded(f, c.records); !strings.HasPrefix(got, "passed []") {
					t.Errorf("%s, answers %v: %s", f.Cache.Policy(), f.Answers, got)
				}
			}
		})
	}
}

// TestTokenThatIsNotRenewed has a client whose token expires: the first connection after that is not its own any more.
func TestTokenThatIsNotRenewed(t *testing.T) {
	records := []session.Record{
		connect(0), read(.5, 5, "todo"), disconnect(10), connect(11), bulk(12, 6), read(12.1, 6, "todo"),
		disconnect(400), connect(401), paid(402, 7), disconnect(410), connect(411),
	}
	for _, c := range []struct {
		policy  plancache.Policy
		life    time.Duration
		refused bool
		want    string
	}{
		{plancache.Mobile, 5 * time.Minute, true, `passed [], holds {"id":1,"status":"todo"}, idle`},
		{plancache.Mobile, time.Hour, false, `passed [], holds {"id":1,"status":"paid"}, idle`},
		{plancache.Mobile, 0, false, `passed [], holds {"id":1,"status":"paid"}, idle`},
		{plancache.Contract, 5 * time.Minute, false, `passed [], holds {"id":1,"status":"paid"}, idle`},
	} {
		f := &Fold{Cache: plancache.New(c.policy), TokenLife: c.life}
		if got := folded(f, records); got != c.want || f.Refused() != c.refused || f.Online() == c.refused {
			t.Errorf("%s, %v: %s, refused: %v, online: %v", c.policy, c.life, got, f.Refused(), f.Online())
		}
		poll := polled(420, 7)
		if f.Record(&poll); c.refused != (f.Cache.Refresh().State == plancache.Due) {
			t.Errorf("%s, %v: the poll leaves %v", c.policy, c.life, f.Cache.Refresh().State)
		}
	}
}

// The app takes whatever is answered with 200 for a plan.
func TestPortal(t *testing.T) {
	f := &Fold{Cache: plancache.New(plancache.Mobile)}
	records := []session.Record{read(1, 5, "todo"), {T: seconds(2), Kind: session.KindPlan, Status: 200, Body: []byte("<html>log in</html>")}}
	if got, want := folded(f, records), "passed [], holds , idle"; got != want || !f.Loaded || !f.Answer.NoPlan {
		t.Errorf("got %s, want %s; loaded %v, no plan %v", got, want, f.Loaded, f.Answer.NoPlan)
	}
	const empty = `{"collaborators":[],"appointments":[],"bills":[]}`
	if screen, file := string(f.Cache.AppendJSON(nil)), string(f.Cache.File()); screen != empty || file != empty {
		t.Errorf("the screen shows %s, the file holds %s", screen, file)
	}
}
