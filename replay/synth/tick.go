package synth

// mutate makes the mutations of one tick of the server, in the order in which their deltas are
// emitted, and coalesces them: a later delta of an item takes the place of the earlier one. No more
// than so many are left, and one at least.
func (s *Session) mutate(most int64) []op {
	n, items := 1, int64(0)
	if !s.percent(s.profile.single) {
		n = s.between(2, s.profile.crowd)
	}
	s.ops = s.ops[:0]
	for len(s.ops) < n && items < most {
		o := s.mutation()
		if !s.touched(&o) {
			items++
		}
		s.ops = append(s.ops, o)
		if o.bulk() {
			break // what it changed must not show in the deltas before it
		}
	}
	// Mutations that run at the same time are not emitted in the order in which they bumped the
	// version.
	for i := 1; i < len(s.ops); i++ {
		if a, b := &s.ops[i-1], &s.ops[i]; !a.same(b) && s.percent(18) {
			*a, *b = *b, *a
		}
	}
	return s.coalesce()
}

// bulk says whether the op is that of many items at once.
func (o *op) bulk() bool { return o.itemType == planType && o.section == "" }

// touched says whether an op of the same item came before in the tick.
func (s *Session) touched(o *op) bool {
	for i := range s.ops {
		if s.ops[i].same(o) {
			return true
		}
	}
	return false
}

// same says whether two deltas are of the same item.
func (o *op) same(other *op) bool {
	if o.itemType != other.itemType || o.planItemID != other.planItemID {
		return false
	}
	return o.planItemID != 0 || o.entityID == other.entityID
}

func (s *Session) coalesce() []op {
	s.ticked = s.ticked[:0]
next:
	for i := range s.ops {
		for k := range s.ticked {
			if s.ticked[k].same(&s.ops[i]) {
				s.ticked[k] = s.ops[i]
				continue next
			}
		}
		s.ticked = append(s.ticked, s.ops[i])
	}
	return s.ticked
}

// mutation makes one mutation.
func (s *Session) mutation() op {
	if len(s.ops) > 0 && s.percent(s.profile.again) {
		if o, ok := s.again(); ok {
			return o
		}
	}
	kind := s.kind()
	for _, kind := range [...]change{kind, note, amend} {
		if o, ok := s.change(kind); ok {
			return o
		}
	}
	o, _ := s.change(findBill)
	return o
}

// kind draws a kind of mutation that the plan bears now.
func (s *Session) kind() change {
	at := s.below(s.chances)
	kind := note
	for _, c := range s.profile.mix {
		if at -= c.of; at < 0 {
			kind = c.kind
			break
		}
	}
	least := s.opts.Items - s.opts.Items/4 - 2
	most := s.opts.Items*s.profile.grows + s.opts.Items/4 + 4
	switch kind {
	case section, review, bulk:
		if !s.client.mayRefresh(s.sent) || kind == bulk && len(s.ops) > 0 {
			return amend
		}
	case findVisit, findBill, addVisit, pullNew:
		if len(s.live) >= most {
			return remove
		}
	case remove, pullGone:
		if len(s.live) <= least {
			return findVisit
		}
	}
	return kind
}

// again makes a mutation of an item that the tick has touched already.
func (s *Session) again() (op, bool) {
	before := &s.ops[s.below(len(s.ops))]
	if before.slot < 0 || before.action == deleted || s.gone(before) {
		return op{}, false
	}
	e := &s.all[before.slot]
	if !e.known && !s.client.mayRefresh(s.sent) {
		return op{}, false
	}
	kind := [...]change{note, move, relocate, remove}[s.below(4)]
	if e.bill {
		kind = [...]change{pay, amend, amend, remove}[s.below(4)]
	}
	if !kind.suits(e) {
		kind = amend
	}
	return s.touch(before.slot, kind), true
}

// gone says whether the item of an op was deleted later in the tick.
func (s *Session) gone(o *op) bool {
	e := &s.all[o.slot]
	return e.itemID != o.planItemID || int(e.spot) >= len(s.live) || s.live[e.spot] != o.slot
}
