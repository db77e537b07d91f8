package synth

import "strconv"

// appendDelta writes a delta, its members in the order of a Carebase server.
func (s *Session) appendDelta(dst []byte, o *op) []byte {
	dst = append(dst, `{"itemType":"`...)
	dst = append(dst, o.itemType...)
	dst = append(dst, `","entityId":`...)
	dst = strconv.AppendInt(dst, o.entityID, 10)
	if o.planItemID != 0 {
		dst = append(dst, `,"planItemId":`...)
		dst = strconv.AppendInt(dst, o.planItemID, 10)
	}
	dst = append(dst, `,"action":"`...)
	dst = append(dst, o.action...)
	dst = append(dst, '"')
	if o.source != "" {
		dst = append(dst, `,"source":"`...)
		dst = append(dst, o.source...)
		dst = append(dst, '"')
	}
	switch {
	case o.section != "":
		dst = append(dst, `,"data":{"section":"`...)
		dst = append(dst, o.section...)
		dst = append(dst, `"}`...)
	case o.slot >= 0:
		dst = append(dst, `,"data":{"`...)
		dst = append(dst, o.itemType...)
		dst = append(dst, `":`...)
		dst = s.appendEntity(dst, &s.all[o.slot])
		dst = append(dst, `null}}`...) // deltas are built before the Google state is joined
	}
	dst = append(dst, `,"version":`...)
	dst = strconv.AppendInt(dst, o.version, 10)
	return append(dst, '}')
}

// appendEntity writes an entity's payload up to the value of its last member, googleSync.
func (s *Session) appendEntity(dst []byte, e *entity) []byte {
	dst = append(dst, `{"id":`...)
	dst = strconv.AppendInt(dst, e.id, 10)
	dst = append(dst, `,"itemId":`...)
	dst = strconv.AppendInt(dst, e.itemID, 10)
	if e.bill {
		return s.appendBill(dst, e)
	}
	return s.appendVisit(dst, e)
}

func (s *Session) appendVisit(dst []byte, e *entity) []byte {
	dst = append(dst, `,"startLocal":"`...)
	dst = appendLocal(dst, e.at)
	dst = append(dst, `","endLocal":"`...)
	dst = appendLocal(dst, e.at+int64(e.minutes)*60)
	zone := &zones[e.zone]
	dst = append(dst, `","startTimeZone":"`...)
	dst = append(dst, zone.name...)
	dst = append(dst, `","endTimeZone":"`...)
	dst = append(dst, zone.name...)
	dst = append(dst, `","startOffset":"`...)
	dst = append(dst, zone.offset...)
	dst = append(dst, `","endOffset":"`...)
	dst = append(dst, zone.offset...)
	dst = append(dst, `","location":"`...)
	dst = append(dst, places[e.place]...)
	if int(e.room) < len(rooms) {
		dst = append(append(dst, `, `...), rooms[e.room]...)
	}
	dst = append(dst, `","prepNote":`...)
	if e.note == 0 {
		dst = append(dst, `null`...)
	} else {
		dst = append(append(append(dst, '"'), notes[e.note]...), '"')
	}
	dst = append(dst, `,"summary":"`...)
	dst = append(append(append(dst, visits[e.visit]...), ` with `...), doctors[e.doctor]...)
	dst = append(dst, `","icsToken":"`...)
	for part := range uint64(4) {
		dst = hex(dst, scramble(s.seed+part, uint64(e.id)), 16)
	}
	dst = append(dst, '"')
	dst = appendAssigned(dst, e.assigned)
	dst = append(dst, `,"createdAt":"`...)
	dst = appendInstant(dst, e.created)
	return append(dst, `","googleSync":`...)
}

func (s *Session) appendBill(dst []byte, e *entity) []byte {
	dst = append(dst, `,"statementDate":`...)
	dst = appendDate(dst, e.issued)
	dst = append(dst, `,"amount":`...)
	dst = appendAmount(dst, e.cents)
	dst = append(dst, `,"dueDate":`...)
	dst = appendDate(dst, e.at)
	dst = append(dst, `,"payUrl":`...)
	if int(e.payee) < len(payees) {
		dst = append(append(append(dst, `"https://pay.example.com/`...), payees[e.payee]...), '"')
	} else {
		dst = append(dst, `null`...)
	}
	dst = append(dst, `,"status":"`...)
	dst = append(dst, statuses[e.status]...)
	dst = append(dst, `","taskKey":"`...)
	dst = hex(dst, scramble(s.seed^0x7461736b, uint64(e.id)), 16)
	dst = hex(dst, scramble(s.seed^0x6b657973, uint64(e.id)), 16)
	dst = append(dst, '"')
	dst = appendAssigned(dst, e.assigned)
	dst = append(dst, `,"createdAt":"`...)
	dst = appendInstant(dst, e.created)
	return append(dst, `","googleSync":`...)
}

func appendAssigned(dst []byte, id int64) []byte {
	dst = append(dst, `,"assignedCollaboratorId":`...)
	if id == 0 {
		return append(dst, `null`...)
	}
	return strconv.AppendInt(dst, id, 10)
}

// appendAmount writes cents as JavaScript writes the number of units: 86.4, 1240, 0.05.
func appendAmount(dst []byte, cents int64) []byte {
	if cents < 0 {
		return append(dst, `null`...)
	}
	dst = strconv.AppendInt(dst, cents/100, 10)
	tenths, rest := byte(cents/10%10), byte(cents%10)
	switch {
	case rest != 0:
		return append(dst, '.', '0'+tenths, '0'+rest)
	case tenths != 0:
		return append(dst, '.', '0'+tenths)
	}
	return dst
}

// appendLocal writes seconds since 1970 as startLocal and endLocal are written.
func appendLocal(dst []byte, seconds int64) []byte {
	return append(appendSecond(dst, seconds), `+00:00`...)
}

// appendInstant writes milliseconds since 1970 as createdAt is written.
func appendInstant(dst []byte, millis int64) []byte {
	dst = appendSecond(dst, (millis-mod(millis, 1000))/1000)
	ms := int(mod(millis, 1000))
	return append(dst, '.', byte('0'+ms/100), byte('0'+ms/10%10), byte('0'+ms%10), 'Z')
}

// appendDate writes a day, by a second in it, as the dates of a bill are written, or null.
func appendDate(dst []byte, seconds int64) []byte {
	if seconds == noDate {
		return append(dst, `null`...)
	}
	dst = append(dst, '"')
	dst = appendInstant(dst, (seconds-mod(seconds, daySeconds))*1000)
	return append(dst, '"')
}

// appendSecond writes seconds since 1970 as date and time, in UTC: 2026-11-24T09:00:00. The year
// has four digits.
func appendSecond(dst []byte, seconds int64) []byte {
	of := mod(seconds, daySeconds)
	year, month, day := civil((seconds - of) / daySeconds)
	dst = appendPair(appendPair(dst, year/100), year%100)
	dst = appendPair(append(dst, '-'), month)
	dst = appendPair(append(dst, '-'), day)
	dst = appendPair(append(dst, 'T'), int(of/3600))
	dst = appendPair(append(dst, ':'), int(of/60%60))
	return appendPair(append(dst, ':'), int(of%60))
}

func appendPair(dst []byte, n int) []byte { return append(dst, byte('0'+n/10), byte('0'+n%10)) }

// civil is the date of a day, counted from 1970-01-01. Package time does the same and more, at
// three times the cost. The year is counted from March, so that a leap day is its last.
func civil(days int64) (year, month, day int) {
	const era = 146097 // days in 400 years
	z := days + 719468 // from 0000-03-01
	of := mod(z, era)
	y := (of - of/1460 + of/36524 - of/146096) / 365
	ofYear := of - (365*y + y/4 - y/100)
	m := (5*ofYear + 2) / 153 // from March
	day = int(ofYear - (153*m+2)/5 + 1)
	year = int((z-of)/era*400 + y)
	if month = int(m + 3); month > 12 {
		month -= 12
		year++
	}
	return year, month, day
}
