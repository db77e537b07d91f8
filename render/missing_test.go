package render

import (
	"testing"

	"github.com/carebase/deltatap/render/theme"
	"github.com/carebase/deltatap/replay/versions"
)

func TestMissing(t *testing.T) {
	gap := func(from, to int64, coalescible bool, p versions.Period) versions.Range {
		return versions.Range{From: from, To: to, Coalescible: coalescible, Period: p}
	}
	for _, tt := range []struct {
		ranges []versions.Range
		want   string
	}{
		{[]versions.Range{gap(48, 48, false, versions.Connected)}, "v48: coalescing explains none"},
		{[]versions.Range{gap(48, 48, true, versions.Connected)}, "v48: coalescing could explain it"},
		{[]versions.Range{gap(48, 49, true, versions.Connected)}, "v48–v49: 2 versions, coalescing could explain them"},
		{[]versions.Range{gap(48, 50, false, versions.Connected), gap(51, 51, true, versions.Connected)}, "v48–v51: 4 versions, coalescing could explain 1"},
		{[]versions.Range{gap(48, 48, false, versions.Offline)}, "v48: emitted while offline"},
		{[]versions.Range{gap(48, 49, true, versions.Offline)}, "v48–v49: 2 versions, emitted while offline"},
		{[]versions.Range{gap(48, 48, true, versions.PerhapsOffline)}, "v48: perhaps emitted while offline"},
		{
			[]versions.Range{gap(10, 11, false, versions.Offline), gap(12, 1015, true, versions.PerhapsOffline), gap(1020, 1021, true, versions.Connected)},
			"v10–v1015, v1020–v1021: 1,008 versions, 2 emitted while offline, 1,004 perhaps emitted while offline, coalescing could explain 2",
		},
	} {
		names, why := missing(tt.ranges, &theme.Plain().Marks)
		if got := names + why; got != tt.want {
			t.Errorf("got  %q\nwant %q", got, tt.want)
		}
	}
}
