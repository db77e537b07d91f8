package compare

import (
	"testing"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/session"
	"github.com/google/go-cmp/cmp"
)

var started = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)

func recorded(name string, records ...session.Record) *Recording {
	r := NewRecording(name, session.Header{Started: started})
	for i := range records {
		records[i].N = int64(i + 1)
		r.Record(&records[i])
	}
	return r
}

func event(at time.Duration, deltas string) session.Record {
	return session.Record{T: at, Kind: session.KindEvent, Event: contract.Event, Args: []byte(`[{"deltas":[` + deltas + `]}]`)}
}

func kind(at time.Duration, k session.Kind) session.Record { return session.Record{T: at, Kind: k} }

const (
	paid    = `{"itemType":"bill","entityId":1,"action":"updated","version":2,"data":{"bill":{"id":1,"status":"paid"}}}`
	respelt = `{ "version":2, "itemType":"bill","entityId":1,"action":"updated","data":{"bill":{"status":"paid","id":1}}}`
	todo    = `{"itemType":"bill","entityId":1,"action":"updated","version":2,"data":{"bill":{"id":1,"status":"todo"}}}`
	gone    = `{"itemType":"bill","entityId":2,"action":"deleted","version":3}`
	bare    = `{"itemType":"plan","entityId":0,"action":"updated"}`
)

// Two recordings differ in what one had and the other had not, and in what came otherwise; not in spelling, nor in what came twice.
func TestHoldBeside(t *testing.T) {
	a := recorded("a", kind(0, session.KindConnect), event(1*time.Second, paid), event(2*time.Second, paid+","+gone), event(3*time.Second, bare))
	same := recorded("b", kind(0, session.KindConnect), event(1*time.Second, respelt), event(2*time.Second, gone), event(3*time.Second, bare))
	if got := HoldBeside(a, same); !got.Alike() || got.Same != 3 {
		t.Errorf("%+v", got)
	}
	b := recorded("b", kind(0, session.KindConnect), event(1*time.Second, todo), kind(1500*time.Millisecond, session.KindDisconnect), kind(2500*time.Millisecond, session.KindConnect))
	got := HoldBeside(a, b)
	if diff := cmp.Diff([]Altered{{2, "bill:1", 2, 2}}, got.Altered); diff != "" {
		t.Error(diff)
	}
	want := []Lone{
		{3, started.Add(2 * time.Second), 3, "bill:2", "deleted", Offline},
		{4, started.Add(3 * time.Second), 0, "plan:0", "updated", After},
	}
	if diff := cmp.Diff(want, got.OnlyA); diff != "" || len(got.OnlyB) != 0 || got.Alike() {
		t.Errorf("%s%+v", diff, got.OnlyB)
	}
}
