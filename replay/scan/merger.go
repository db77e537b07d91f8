package scan

import (
	"errors"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/versions"
)

// merger adds batches up in the order of their lines, and lets the account and the contract's
// checker see their versions in that order.
type merger struct {
	sum     Summary
	part    *Part
	line    int64 // of the part: the number of the last line merged
	streams streams
	links   links
	values  values
	rate    histogram
	busiest busiest
	order   ordering
	damage  *session.DamageError // what the last block said of the text after its own
	types   [4]int64
	actions [4]int64
	sources [5]int64
}

// start begins a part.
func (m *merger) start(h session.Header, lines, text int64) {
	m.sum.Parts = append(m.sum.Parts, Part{Header: h, Text: text})
	m.part = &m.sum.Parts[len(m.sum.Parts)-1]
	m.part.Offset = h.Started.Sub(m.sum.Parts[0].Header.Started)
	m.line = lines
	m.damage = nil
	m.streams.home = h.UserID()
}

// add adds the next batch. said is what its block said about the text after its own.
func (m *merger) add(b *batch, said error) {
	if m.damage != nil { // it was not the end
		m.badLine(m.line+1, m.damage.Reason)
		m.damage = nil
	}
	m.addPart(b)
	m.addSums(b)
	m.replay(b)
	m.line += b.lines
	var bad *session.LineError
	switch {
	case errors.As(said, &m.damage), said == nil:
	case errors.As(said, &bad):
		m.line++
		m.badLine(m.line, bad.Reason)
	}
}

func (m *merger) addPart(b *batch) {
	p := m.part
	for _, bad := range b.bad {
		m.noteBad(m.line+bad.Line, bad.Reason)
	}
	p.BadLines += b.badLines
	p.Text += b.text
	if b.cut != nil {
		b.cut.Line += m.line
		p.Truncated = b.cut
	}
	if b.records == 0 {
		return
	}
	if p.Records == 0 {
		p.First = b.first
	}
	p.Records += b.records
	p.Last = b.last
	p.Complete, p.EndReason, p.Lost = b.ended, b.endReason, b.lost
}

func (m *merger) badLine(line int64, reason string) {
	m.part.BadLines++
	m.noteBad(line, reason)
}

func (m *merger) noteBad(line int64, reason string) {
	if len(m.part.Bad) < MaxBad {
		m.part.Bad = append(m.part.Bad, &session.LineError{Line: line, Reason: reason})
	}
}

// addSums adds what has no order.
func (m *merger) addSums(b *batch) {
	s := &m.sum
	s.Records += b.records
	s.Events += b.events
	s.Messages += b.messages
	s.Deltas += b.deltas
	s.Plans += b.plans
	s.Polls += b.polls
	s.Refused += b.refused
	s.Marks += b.marks
	s.Duration = max(s.Duration, b.latest)
	s.Findings.Errors += b.errors
	s.Findings.Warnings += b.warnings
	for rule, n := range b.rules {
		m.rule(rule, n)
	}
	for k, n := range b.types {
		m.types[k] += n
	}
	for k, n := range b.actions {
		m.actions[k] += n
	}
	for k, n := range b.sources {
		m.sources[k] += n
	}
	m.rate.addAll(&b.rate)
}

func (m *merger) rule(rule string, n int64) {
	if m.sum.Findings.ByRule == nil {
		m.sum.Findings.ByRule = map[string]int64{}
	}
	m.sum.Findings.ByRule[rule] += n
}

// replay enters in order what has one.
func (m *merger) replay(b *batch) {
	for _, s := range b.seconds {
		m.busiest.add(s)
	}
	for _, n := range b.names {
		m.values.add(n)
	}
	message, from, owners := 0, int32(0), b.owners
	for k := 0; k <= len(b.moments); k++ {
		until := len(b.ends)
		if k < len(b.moments) {
			until = int(b.moments[k].after)
		}
		for ; message < until; message++ {
			var user int64
			if len(owners) > 0 && int(owners[0].message) == message {
				user, owners = owners[0].user, owners[1:]
			}
			m.message(user, b.versions[from:b.ends[message]])
			from = b.ends[message]
		}
		if k < len(b.moments) {
			m.moment(&b.moments[k])
		}
	}
}

func (m *merger) message(user int64, vs []versions.Version) {
	s := m.streams.of(user)
	s.account.Versions(0, 0, vs)
	m.order.message(&s.checker, vs, m.finding)
}

func (m *merger) finding(f contract.Finding) {
	if f.Severity == contract.Error {
		m.sum.Findings.Errors++
	} else {
		m.sum.Findings.Warnings++
	}
	m.rule(f.Rule, 1)
}

func (m *merger) moment(at *moment) {
	account := &m.streams.of(at.user).account
	switch at.kind {
	case session.KindConnect:
		account.Connect(at.t)
		m.links.connect(Connection{From: at.t, Open: true, SID: at.sid, Transport: at.transport})
	case session.KindDisconnect:
		account.Disconnect(at.t)
		m.links.disconnect(at.t, at.reason)
	case session.KindConnectError:
		account.Disconnect(at.t)
	case session.KindPlan:
		if at.version >= 0 {
			account.Plan(at.t, at.took, at.version)
		}
	case session.KindVersion:
		if at.version >= 0 {
			account.Poll(at.t, at.took, at.version)
		}
	}
}

// finish ends a part.
func (m *merger) finish() {
	if m.damage == nil {
		return
	}
	if m.part.Truncated == nil {
		m.part.Truncated = &session.Truncation{Line: m.line + 1, Reason: m.damage.Reason}
	}
	m.damage = nil
}

// summary is the sum of all parts.
func (m *merger) summary() *Summary {
	s := &m.sum
	s.ByType = m.values.counts(contract.FieldItemType, types[:], m.types[:])
	s.ByAction = m.values.counts(contract.FieldAction, actions[:], m.actions[:])
	s.BySource = m.values.counts(contract.FieldSource, sources[:], m.sources[:])
	s.Rate = rate(&m.rate, &m.busiest)
	s.Connections = m.links.all
	s.Users = m.streams.users()
	return s
}

// ordering finds what the contract says about the versions of later messages in the light of
// earlier ones. It asks the contract's own checker, with messages of which nothing but the versions
// could be found fault with.
type ordering struct{ msg contract.Message }

// faultless is a delta that no rule objects to.
var faultless = contract.Delta{
	ItemType: contract.TypePlan, Action: contract.ActionUpdated, Source: contract.SourceREST,
	Has: contract.FieldItemType | contract.FieldEntityID | contract.FieldAction | contract.FieldSource | contract.FieldVersion,
}

func (o *ordering) message(checker *contract.Checker, vs []versions.Version, report func(contract.Finding)) {
	for len(o.msg.Deltas) < len(vs) {
		o.msg.Deltas = append(o.msg.Deltas, faultless)
	}
	all := o.msg.Deltas
	o.msg.Deltas = all[:len(vs)]
	for i, v := range vs {
		o.msg.Deltas[i].Version = v.Number
	}
	checker.Check(&o.msg, report)
	o.msg.Deltas = all
}

// links collects the connections.
type links struct{ all []Connection }

func (l *links) connect(c Connection) { l.all = append(l.all, c) }

func (l *links) disconnect(t time.Duration, reason string) {
	if k := len(l.all) - 1; k >= 0 && l.all[k].Open {
		l.all[k].Open, l.all[k].To, l.all[k].Reason = false, t, reason
	}
}
