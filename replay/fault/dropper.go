package fault

// dropper takes deltas out of messages, and data out of deltas.
type dropper struct {
	next        stage
	tell        func(Entry)
	drop, strip Rate
	chooser     chooser
	cut         cutter
}

func (d *dropper) flush() {}

func (d *dropper) take(it *item) {
	if it.made || !it.clean || d.drop|d.strip == 0 || !d.decide(it) {
		d.next.take(it)
		return
	}
	kept := it.deltas[:0]
	for i, what := range d.cut.what {
		if what != gone {
			kept = append(kept, it.deltas[i])
		}
	}
	it.deltas = kept
	if len(kept) == 0 {
		return
	}
	it.rec.Args = d.cut.message(it.rec.Args)
	d.cut.refresh(it.deltas)
	it.changed()
	it.owned = true
	d.next.take(it)
}

// decide says what becomes of each delta, and whether anything does.
func (d *dropper) decide(it *item) bool {
	any := false
	d.cut.what = d.cut.what[:0]
	for i := range it.deltas {
		delta, what := &it.deltas[i], whole
		switch {
		case d.drop.hits(d.chooser.draw(Drop, it.n, i)):
			what = gone
			e := delta.entry(Entry{N: it.n, Fault: Drop, Detail: "the delta is not sent"})
			if len(it.deltas) == 1 {
				e.Detail = "the message is not sent"
			}
			d.tell(e)
		case delta.data && d.strip.hits(d.chooser.draw(Strip, it.n, i)):
			what = stripped
			it.entries = append(it.entries, delta.entry(Entry{N: it.n, Fault: Strip, Detail: "sent without data"}))
		}
		any = any || what != whole
		d.cut.what = append(d.cut.what, what)
	}
	return any
}
