package commands

import (
	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/fold"
	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/session"
)

// leadsTo is the highest version that a record takes a client to; 0 where it has none. m is used
// for its deltas.
func leadsTo(rec *session.Record, m *contract.Message) int64 {
	highest := int64(0)
	switch {
	case rec.Kind == session.KindPlan:
		highest, _ = fold.Version(rec)
	case rec.Kind == session.KindEvent && rec.Event == contract.Event:
		contract.Decode(rec.Args, m)
		for i := range m.Deltas {
			highest = max(highest, m.Deltas[i].Version)
		}
	}
	return highest
}

// upTo makes a message of those of m's deltas that a client has taken when it is at a version, nil
// where there are none. A client by the contract takes them in the order of their versions, those
// without one last, the app as they stand.
func upTo(m *contract.Message, version int64, policy plancache.Policy) []byte {
	args := []byte(`[{"deltas":[`)
	some := false
	for i := range m.Deltas {
		d := &m.Deltas[i]
		if policy == plancache.Mobile && d.Version > version {
			break
		}
		if d.Version > version || policy == plancache.Contract && d.Has&contract.FieldVersion == 0 {
			continue
		}
		if some {
			args = append(args, ',')
		}
		args, some = append(args, d.Raw...), true
	}
	if !some {
		return nil
	}
	return append(args, `]}]`...)
}
