package contract

// Bounds on what Decode looks into, so that no message costs more than a bounded
// time and memory: a few passes over the text, eight bytes a member name, and for
// each delta some 200 bytes and at most 11 findings. What lies beyond is a finding.
const (
	MaxSize   = 64 << 20 // bytes of a message
	MaxDeltas = 1 << 17  // deltas of a message; further ones are left out of Message.Deltas
	MaxDepth  = 64       // levels of arrays and objects that pass without a finding
)

// keptDeltas and keptFindings bound what a reused Message holds on to after an
// unusually large message.
const (
	keptDeltas   = 1 << 14
	keptFindings = 1 << 10
)

// Decode reads the JSON array of an event's arguments, `[{"deltas":[…]}]`, into m.
// It never refuses and never panics: what is odd is a finding in m.Findings. A text
// that is no JSON has no deltas, because no client could read it either.
//
// m aliases args, which must not change while m is in use. The expected shape,
// its members in any order, is decoded without allocating once m has grown to it.
func Decode(args []byte, m *Message) {
	m.reset(args)
	if len(args) <= MaxSize && fastMessage(args, m) {
		return
	}
	m.reset(args)
	slowMessage(args, m)
}

// reset empties m for another text. Used deltas are cleared, so that they do not
// keep the text of an earlier message alive.
func (m *Message) reset(args []byte) {
	if cap(m.Deltas) > keptDeltas {
		m.Deltas = nil
	}
	if cap(m.Findings) > keptFindings {
		m.Findings = nil
	}
	clear(m.Deltas)
	clear(m.Findings)
	m.Deltas, m.Findings = m.Deltas[:0], m.Findings[:0]
	m.Raw, m.List = args, false
}

// note adds a finding of decoding.
func (m *Message) note(id ruleID, delta int, message string) {
	m.Findings = append(m.Findings, finding(id, delta, message))
}

// intern returns s as a string, without allocating for the values that the
// contract names.
func intern[T string | []byte](s T) string {
	switch string(s) {
	case TypeAppointment:
		return TypeAppointment
	case TypeBill:
		return TypeBill
	case TypePlan:
		return TypePlan
	case ActionCreated:
		return ActionCreated
	case ActionUpdated:
		return ActionUpdated
	case ActionDeleted:
		return ActionDeleted
	case SourceREST:
		return SourceREST
	case SourceCollaborator:
		return SourceCollaborator
	case SourceGoogle:
		return SourceGoogle
	case SourceInbound:
		return SourceInbound
	case SectionCollaborators:
		return SectionCollaborators
	case SectionPendingReviews:
		return SectionPendingReviews
	}
	return string(s)
}
