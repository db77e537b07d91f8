package render

import (
	"io"
	"testing"

	"github.com/carebase/deltatap/render/theme"
	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/session"
)

const benchAppointment = `[{"deltas":[{"itemType":"appointment","entityId":1,"planItemId":1,"action":"updated","source":"rest","data":{"appointment":{"id":1,"itemId":1,"startLocal":"2026-11-24T15:00:00+00:00","endLocal":"2026-11-24T16:00:00+00:00","startTimeZone":"UTC","endTimeZone":"UTC","startOffset":"+00:00","endOffset":"+00:00","location":"Riverside Clinic, room 4","prepNote":null,"summary":"Appointment confirmation","icsToken":"288313d12166e6c505cf7005c5f9671e308ad5be5ed97aa6a4e6f6c99a6a115d","assignedCollaboratorId":null,"createdAt":"2026-11-23T01:28:33.846Z","googleSync":null}},"version":7}]}]`

// BenchmarkTail decodes a message and writes it as text, which is what tail does with each.
func BenchmarkTail(b *testing.B) {
	at := func(width int) func() int { return func() int { return width } }
	for _, bb := range []struct {
		name  string
		width int
		theme *theme.Theme
	}{{"piped", 0, theme.Plain()}, {"80", 80, theme.New(theme.TrueColor, true)}, {"200", 200, theme.New(theme.TrueColor, true)}} {
		b.Run(bb.name, func(b *testing.B) {
			tail := NewTail(io.Discard, io.Discard, TailOptions{Width: at(bb.width), Theme: bb.theme})
			rec := &session.Record{Kind: session.KindEvent, Event: contract.Event, Args: []byte(benchAppointment)}
			var m contract.Message
			b.ReportAllocs()
			for b.Loop() {
				contract.Decode(rec.Args, &m)
				if err := tail.Message(rec, &m); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "deltas/s")
		})
	}
}
