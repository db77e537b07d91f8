package metrics_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/metrics"
	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/server"
	"github.com/carebase/deltatap/replay/versions"
	"github.com/google/go-cmp/cmp"
)

var _ server.Observer = (*metrics.Server)(nil)

// scrape is what a scrape finds: the samples, line by line.
func scrape(t *testing.T, h http.Handler) []string {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("answered %d", w.Code)
	}
	var samples []string
	for line := range strings.Lines(w.Body.String()) {
		if !strings.HasPrefix(line, "#") {
			samples = append(samples, strings.TrimSuffix(line, "\n"))
		}
	}
	return samples
}

func message(t *testing.T, text string) *contract.Message {
	t.Helper()
	m := &contract.Message{}
	contract.Decode([]byte(text), m)
	return m
}

func TestAClientCountsWhatItSees(t *testing.T) {
	c := metrics.NewClient()
	h := c.Handler()
	want := []string{"plan_delta_connected 0", "plan_delta_missing_total 0", "plan_delta_version 0"}
	if diff := cmp.Diff(want, scrape(t, h)); diff != "" {
		t.Errorf("before anything: -want +got\n%s", diff)
	}
	c.Connected(true)
	c.Version(3)
	c.Message(message(t, `[{"deltas":[
		{"itemType":"bill","entityId":1,"action":"updated","source":"rest","version":9},
		{"itemType":"bill","entityId":2,"action":"updated","source":"rest","version":7},
		{"itemType":"plan","entityId":0,"action":"updated","version":8}]}]`))
	c.Version(4)
	c.Gap(versions.Gap{Range: versions.Range{From: 4, To: 6}})
	c.Finding(contract.Finding{Rule: "source-missing"})
	c.Due(plancache.Trigger{Reason: plancache.PlanDelta})
	c.Due(plancache.Trigger{Reason: plancache.VersionBehind})
	want = []string{
		"plan_delta_connected 1",
		"plan_delta_missing_total 3",
		`plan_delta_received_total{action="updated",source="none",type="plan"} 1`,
		`plan_delta_received_total{action="updated",source="rest",type="bill"} 2`,
		`plan_delta_refresh_total{reason="plan-delta"} 1`,
		`plan_delta_refresh_total{reason="version-behind"} 1`,
		"plan_delta_version 9",
		`plan_delta_violations_total{rule="source-missing"} 1`,
	}
	if diff := cmp.Diff(want, scrape(t, h)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	c.Connected(false)
	if got := scrape(t, h)[0]; got != "plan_delta_connected 0" {
		t.Error(got)
	}
}

// What a peer makes up makes no label: there would be no end to them.
func TestLabelsAreWordsOfTheContract(t *testing.T) {
	c := metrics.NewClient()
	for i := range 500 {
		c.Message(message(t, fmt.Sprintf(`[{"deltas":[{"itemType":"medication%d","entityId":%d,"action":"merged%d","source":"import%d","version":1},`+
			`{"itemType":%d,"entityId":1,"action":null,"source":"","version":2}, {"entityId":1}, 7]}]`, i, i, i, i, i)))
	}
	var got []string
	for _, line := range scrape(t, c.Handler()) {
		if strings.HasPrefix(line, "plan_delta_received_total") {
			got = append(got, line)
		}
	}
	want := []string{
		`plan_delta_received_total{action="none",source="none",type="none"} 1000`,
		`plan_delta_received_total{action="other",source="other",type="other"} 1000`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestAServerCountsWhatItDoes(t *testing.T) {
	s := metrics.NewServer()
	s.Changed(41)
	s.Changed(40)
	s.Emitted(2)
	s.Emitted(1)
	s.Waited(300 * time.Microsecond)
	s.Waited(3 * time.Second)
	s.Connected(2)
	got := strings.Join(scrape(t, s.Handler()), "\n") + "\n"
	for _, want := range []string{
		"plan_delta_connected 2\n", "plan_delta_emitted_total 3\n", "plan_delta_version 41\n",
		`plan_delta_lag_seconds_bucket{le="0.00025"} 0` + "\n", `plan_delta_lag_seconds_bucket{le="0.0005"} 1` + "\n",
		`plan_delta_lag_seconds_bucket{le="2.5"} 1` + "\n", `plan_delta_lag_seconds_bucket{le="+Inf"} 2` + "\n",
		"plan_delta_lag_seconds_sum 3.0003\n", "plan_delta_lag_seconds_count 2\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}
