package synth

import (
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/versions"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// write writes a session as text.
func write(t testing.TB, s *Session, w io.Writer) {
	t.Helper()
	out, err := session.NewWriter(w, s.Header())
	if err != nil {
		t.Fatal(err)
	}
	each(s, func(rec *session.Record) {
		if err := out.Write(rec); err != nil {
			t.Fatal(err)
		}
	})
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
}

// The same options give the same bytes, today as then, here as elsewhere.
func TestBytesAreTheSameEverywhere(t *testing.T) {
	var got strings.Builder
	for _, p := range Profiles() {
		s := open(t, Options{Profile: p.Name, Seed: 7, Deltas: 200})
		hash := sha256.New()
		write(t, s, hash)
		fmt.Fprintf(&got, "%x %x %s\n", hash.Sum(nil), sha256.Sum256(s.Plan()), p.Name)
	}
	path := filepath.Join("testdata", "sessions.sha256")
	if *update {
		if err := os.WriteFile(path, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("session and plan, by profile (-want +got):\n%s", diff)
	}
}

func TestTextIsThatOfTheFile(t *testing.T) {
	o := Options{Profile: Adversarial, Seed: 4, Deltas: 120}
	var want strings.Builder
	write(t, open(t, o), &want)
	r, err := Text(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := iotest.TestReader(r, []byte(want.String())); err != nil {
		t.Error(err)
	}
	if _, err := Text(Options{Profile: "night"}); err == nil {
		t.Error("a profile that there is not has a text")
	}
}

func TestSeedsDiffer(t *testing.T) {
	var first, second strings.Builder
	write(t, open(t, Options{Seed: 1, Deltas: 20}), &first)
	write(t, open(t, Options{Seed: 2, Deltas: 20}), &second)
	if first.String() == second.String() {
		t.Error("two seeds give one session")
	}
}

func TestTheHeaderMakesTheSessionAnew(t *testing.T) {
	names(t, func(t *testing.T, p ProfileInfo) {
		var first, second strings.Builder
		s := open(t, Options{Profile: p.Name, Seed: 3, Deltas: 60})
		write(t, s, &first)
		o, err := ParseRef(s.Header().From)
		if err != nil {
			t.Fatal(err)
		}
		write(t, open(t, o), &second)
		if first.String() != second.String() {
			t.Errorf("%s makes another session", s.Header().From)
		}
		final, err := FinalPlan(o)
		if err != nil || string(final) != string(s.Plan()) {
			t.Errorf("the final plan is another: %v", err)
		}
	})
}

// A session that is written and read comes back as it was made.
func TestSurvivesTheFile(t *testing.T) {
	t.Parallel()
	o := Options{Profile: LongOffline, Seed: 5, Deltas: 100}
	var text strings.Builder
	write(t, open(t, o), &text)
	r, err := session.NewReader(strings.NewReader(text.String()))
	if err != nil {
		t.Fatal(err)
	}
	each(open(t, o), func(want *session.Record) {
		var got session.Record
		if err := r.Next(&got); err != nil {
			t.Fatal(err)
		}
		got.Raw = nil
		if diff := cmp.Diff(*want, got); diff != "" {
			t.Fatalf("record %d (-made +read):\n%s", want.N, diff)
		}
	})
	if err := r.Next(&session.Record{}); err != io.EOF || !r.Complete() {
		t.Errorf("%v, complete is %v", err, r.Complete())
	}
}

// shows counts what a session is made up for.
type shows struct {
	coalesced, unsorted, offline      int64
	unknown                           int
	plans, polls, refused, days       int
	sections, bulks, hydrated         int
	bySource, byAction                map[string]int
	utc, elsewhere, escaped, nonASCII int
}

func look(t *testing.T, o Options) shows {
	s := open(t, o)
	seen := shows{bySource: map[string]int{}, byAction: map[string]int{}}
	client := newObserver(t, o.Ref(), plancache.Contract)
	dates := map[string]bool{}
	each(s, func(rec *session.Record) {
		client.see(rec)
		switch rec.Kind {
		case session.KindPlan:
			seen.plans++
			p, err := plan.Parse(rec.Body)
			if err != nil {
				t.Fatal(err)
			}
			dates[string(p.Member("dateRange"))] = true
			seen.hydrated += strings.Count(string(rec.Body), `"eventId":"`)
		case session.KindVersion:
			seen.polls++
		case session.KindConnectError:
			seen.refused++
		}
		for _, c := range client.fold.Changes {
			if c.Reason == plancache.UnknownEntity {
				seen.unknown++
			}
		}
		if client.fold.Message != nil {
			seen.deltas(client.fold.Message)
		}
	})
	seen.days = len(dates)
	for m := range client.account.Missing() {
		if m.Period == versions.Connected {
			seen.coalesced += m.Len()
		} else {
			seen.offline += m.Len()
		}
	}
	seen.unsorted = client.account.Report().Unsorted
	return seen
}

func (seen *shows) deltas(m *contract.Message) {
	for i := range m.Deltas {
		d := &m.Deltas[i]
		seen.bySource[d.Source]++
		seen.byAction[d.Action]++
		switch {
		case d.Section != "":
			seen.sections++
		case d.ItemType == contract.TypePlan:
			seen.bulks++
		}
		text := string(d.Payload())
		if strings.Contains(text, `"startOffset":"+00:00"`) {
			seen.utc++
		} else if d.Appointment != nil {
			seen.elsewhere++
		}
		seen.escaped += strings.Count(text, `\"`) + strings.Count(text, `\n`) + strings.Count(text, `\\`)
		for _, r := range text {
			if r > 127 {
				seen.nonASCII++
			}
		}
	}
}

func TestProfilesShowWhatTheyAreFor(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		profile Profile
		want    func(shows) bool
	}{
		{Day, func(s shows) bool {
			return s.bySource["inbound"] > 30 && s.bySource["rest"] > 100 && s.bySource["collaborator"] > 10 && s.sections > 0 &&
				s.bulks > 0 && s.byAction["deleted"] > 10 && s.utc > 20 && s.elsewhere > 20 && s.escaped > 10 && s.nonASCII > 500 && s.polls > 100
		}},
		{Burst, func(s shows) bool { return s.coalesced > 2000 && s.unsorted > 200 && s.unknown > 10 }},
		{GoogleSync, func(s shows) bool { return s.bySource["google"] > 700 && s.hydrated > 20 }},
		{InboundRush, func(s shows) bool { return s.bySource["inbound"] > 300 && s.byAction["created"] > 300 && s.unknown > 3 }},
		{Collaborators, func(s shows) bool { return s.sections > 20 && s.bySource["collaborator"] > 80 }},
		{Bulk, func(s shows) bool { return s.bulks > 10 && s.bySource[""] == s.bulks && s.plans > 10 }},
		{LongOffline, func(s shows) bool { return s.offline > 50 && s.refused > 2 && s.plans > 3 }},
	} {
		if got := look(t, Options{Profile: tc.profile}); !tc.want(got) {
			t.Errorf("%s shows %+v", tc.profile, got)
		}
	}
	if got := look(t, Options{Duration: 100 * time.Hour}); got.days != 5 {
		t.Errorf("a hundred hours show %d days", got.days)
	}
}

func TestUsersShareThePlan(t *testing.T) {
	for users := 1; users <= MaxUsers; users += 7 {
		s := open(t, Options{Users: users, Deltas: 5})
		p, err := plan.Parse(s.Plan())
		if err != nil || p.Collaborators.Len() != users {
			t.Errorf("%d users: %d collaborators, %v", users, p.Collaborators.Len(), err)
		}
	}
}

// However many deltas there are, a session takes the same memory.
func TestMemoryIsConstant(t *testing.T) {
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	s := open(t, Options{Profile: InboundRush, Deltas: 300_000, Duration: 30 * 24 * time.Hour})
	var early, late uint64
	var deltas int
	each(s, func(rec *session.Record) {
		if rec.Kind != session.KindEvent {
			return
		}
		switch deltas++; deltas {
		case 20_000:
			early = heap()
		case 150_000:
			late = heap()
		}
	})
	if late == 0 || late > early+early/4+256<<10 {
		t.Errorf("%d bytes after 20,000 messages, %d after 150,000", early, late)
	}
	runtime.KeepAlive(s)
}

func TestLargestPlanFitsALine(t *testing.T) {
	t.Parallel()
	s := open(t, Options{Profile: GoogleSync, Items: MaxItems, Deltas: 1})
	each(s, func(rec *session.Record) {
		if n := len(rec.AppendJSON(nil)); n > session.MaxLine {
			t.Errorf("record %d takes %d bytes", rec.N, n)
		}
	})
}

func TestOptionsThatAreNoGood(t *testing.T) {
	for _, tc := range []struct {
		o    Options
		want string
	}{
		{Options{Profile: "night"}, `profile: there is no "night"; there are day, burst, google-sync, inbound-rush, collaborators, bulk, long-offline, adversarial`},
		{Options{Items: -1}, "items: a plan holds 1 to 60000"},
		{Options{Items: MaxItems + 1}, "items: a plan holds 1 to 60000"},
		{Options{Users: 51}, "users: 1 to 50 people share a plan"},
		{Options{Deltas: -1}, "deltas: there can be 1 to 1000000000000"},
		{Options{Duration: time.Millisecond}, "duration: a session lasts 500ms to 87600h0m0s"},
		{Options{Duration: time.Second, Deltas: 1e6}, "duration: 1000000 deltas do not fit into 1s"},
		{Options{Start: time.Date(1066, 10, 14, 0, 0, 0, 0, time.UTC)}, "start: a year from 1980 to 9000"},
	} {
		_, err := Open(tc.o)
		var bad *OptionsError
		if !errors.As(err, &bad) || err.Error() != tc.want {
			t.Errorf("%+v: %v, want %s", tc.o, err, tc.want)
		}
		if _, again := FinalPlan(tc.o); again == nil || again.Error() != tc.want {
			t.Errorf("%+v: FinalPlan says %v", tc.o, again)
		}
	}
	_, err := Open(Options{Faulty: []string{"json-too-large"}})
	if err == nil || !strings.HasPrefix(err.Error(), `faulty: cannot break "json-too-large"; can break json-invalid, `) {
		t.Error(err)
	}
}

func TestDurationsFollowTheRate(t *testing.T) {
	for deltas, want := range map[int64]time.Duration{0: time.Minute, 10_000: time.Minute, 1_000_000: 100 * time.Minute, 10: time.Second} {
		if got := open(t, Options{Profile: Burst, Deltas: deltas}).Options().Duration; got != want {
			t.Errorf("%d deltas last %v, want %v", deltas, got, want)
		}
	}
}
