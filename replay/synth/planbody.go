package synth

import (
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// idleSync is the googleSync of an item that was never synced, as /api/plan shows it.
const idleSync = `{"calendarId":null,"eventId":null,"etag":null,"lastSyncedAt":null,"lastSyncDirection":null,` +
	`"localHash":null,"remoteUpdatedAt":null,"syncStatus":"idle","lastError":null}`

// appendPlan writes what /api/plan answers now.
func (s *Session) appendPlan(dst []byte) []byte {
	start := s.midnight()
	dst = append(dst, `{"recipient":{"id":`...)
	dst = strconv.AppendInt(dst, s.recipient, 10)
	dst = append(dst, `,"displayName":`...)
	dst = appendString(dst, s.name)
	dst = append(dst, `},"dateRange":{"start":"`...)
	dst = appendInstant(dst, start*1000)
	dst = append(dst, `","end":"`...)
	dst = appendInstant(dst, (start+planDays*daySeconds)*1000)
	dst = append(dst, `"},"appointments":[`...)
	dst = s.appendEntities(dst, false)
	dst = append(dst, `],"bills":[`...)
	dst = s.appendEntities(dst, true)
	dst = append(dst, `],`...)
	dst = s.appendVersion(dst)
	dst = append(dst, `,"collaborators":[`...)
	for i := range s.people {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = s.appendCollaborator(dst, &s.people[i])
	}
	return append(dst, `]}`...)
}

// appendVersion writes the two members that tell how new the plan is.
func (s *Session) appendVersion(dst []byte) []byte {
	dst = append(dst, `"planVersion":`...)
	dst = strconv.AppendInt(dst, s.version, 10)
	dst = append(dst, `,"planUpdatedAt":"`...)
	dst = appendInstant(dst, s.updated)
	return append(dst, '"')
}

func (s *Session) appendEntities(dst []byte, bills bool) []byte {
	s.order = s.shown(s.order[:0], bills)
	for i, slot := range s.order {
		if i > 0 {
			dst = append(dst, ',')
		}
		e := &s.all[slot]
		dst = s.appendEntity(dst, e)
		dst = s.appendSync(dst, e)
		dst = append(dst, '}')
	}
	return dst
}

// appendSync writes an entity's googleSync, as /api/plan shows it.
func (s *Session) appendSync(dst []byte, e *entity) []byte {
	if e.synced == 0 {
		return append(dst, idleSync...)
	}
	id := uint64(e.itemID)
	dst = append(dst, `{"calendarId":"`...)
	dst = append(dst, calendars[id%uint64(len(calendars))]...)
	dst = append(dst, `","eventId":"`...)
	dst = hex(dst, scramble(s.seed^0x6576656e, id), 16)
	dst = hex(dst, scramble(s.seed^0x74696400, id), 10)
	dst = append(dst, `","etag":"\"`...)
	dst = strconv.AppendUint(dst, scramble(id, uint64(e.syncs))>>12, 10)
	dst = append(dst, `\"","lastSyncedAt":"`...)
	dst = appendInstant(dst, e.synced)
	direction := "pull"
	if e.syncs == 1 {
		direction = "push"
	}
	dst = append(append(dst, `","lastSyncDirection":"`...), direction...)
	dst = append(dst, `","localHash":"`...)
	dst = hex(dst, scramble(id, uint64(e.synced)), 16)
	dst = append(dst, `","remoteUpdatedAt":"`...)
	dst = appendInstant(dst, e.synced-1300)
	if !e.failed {
		return append(dst, `","syncStatus":"idle","lastError":null}`...)
	}
	dst = append(dst, `","syncStatus":"error","lastError":"`...)
	dst = append(dst, syncErrors[id%uint64(len(syncErrors))]...)
	return append(dst, `"}`...)
}

func (s *Session) appendCollaborator(dst []byte, c *collaborator) []byte {
	dst = append(dst, `{"id":`...)
	dst = strconv.AppendInt(dst, c.id, 10)
	dst = append(dst, `,"recipientId":`...)
	dst = strconv.AppendInt(dst, s.recipient, 10)
	dst = append(dst, `,"userId":`...)
	if c.user == 0 {
		dst = append(dst, `null`...)
	} else {
		dst = strconv.AppendInt(dst, c.user, 10)
	}
	dst = append(dst, `,"email":`...)
	dst = appendString(dst, c.email)
	dst = append(append(dst, `,"role":"`...), c.role...)
	dst = append(dst, `","status":"`...)
	if c.accepted == 0 {
		dst = append(dst, `pending","inviteToken":"`...)
		dst = hex(dst, scramble(s.seed+c.resent, uint64(c.id)), 16)
		dst = hex(dst, scramble(s.seed^c.resent, ^uint64(c.id)), 16)
	} else {
		dst = append(dst, `accepted","inviteToken":"`...)
	}
	dst = append(dst, `","invitedBy":`...)
	dst = strconv.AppendInt(dst, s.owner, 10)
	dst = append(dst, `,"invitedAt":"`...)
	dst = appendInstant(dst, c.invited)
	dst = append(dst, `","acceptedAt":`...)
	if c.accepted == 0 {
		return append(dst, `null}`...)
	}
	dst = appendInstant(append(dst, '"'), c.accepted)
	return append(dst, `"}`...)
}

func appendString(dst []byte, s string) []byte {
	dst, err := jsontext.AppendQuote(dst, s)
	if err != nil {
		panic(err) // a name of ours is no UTF-8
	}
	return dst
}
