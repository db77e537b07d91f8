package fault

import (
	"bytes"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/session"
)

// item is a record on its way through the faults.
type item struct {
	rec     session.Record
	n       int64   // its number in the source; 0 where it was made here
	message bool    // it carries deltas, or should
	deltas  []delta // of a message that can be read
	clean   bool    // a message in which nothing is odd
	made    bool    // by a fault: none of the others touches it
	owned   bool    // the record's bytes live longer than the source's next call
	entries []Entry // of the faults that it bears; they are told when it leaves
}

// delta is what there is to know of one delta of a message.
type delta struct {
	index   int // in the message of the source
	version int64
	item    contract.Item
	raw     []byte
	data    bool // it is created or updated, and carries data
}

// keep makes the item outlive the source's next call.
func (it *item) keep() {
	if it.owned {
		return
	}
	r := &it.rec
	r.Args, r.Body, r.Raw = bytes.Clone(r.Args), bytes.Clone(r.Body), bytes.Clone(r.Raw)
	for i := range it.deltas {
		it.deltas[i].raw = bytes.Clone(it.deltas[i].raw)
	}
	it.owned = true
}

// changed notes that the record is no longer the line that was read.
func (it *item) changed() { it.rec.Raw = nil }

// blame adds an entry for each delta of the item, or for the item as a whole.
func (it *item) blame(e Entry) {
	e.N = it.n
	if len(it.deltas) == 0 {
		e.Delta = -1
		it.entries = append(it.entries, e)
	}
	for i := range it.deltas {
		it.entries = append(it.entries, it.deltas[i].entry(e))
	}
}

// entry is e, about this delta.
func (d *delta) entry(e Entry) Entry {
	e.Delta, e.Version, e.Item = d.index, d.version, d.item.String()
	return e
}
