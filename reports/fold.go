package reports

import (
	"cmp"
	"slices"
	"time"
)

// Reasons of a handoff that no source sends.
const (
	ImpliedReason     = "implied"     // a human came in after the agent, without a handoff event
	UnspecifiedReason = "unspecified" // a handoff event without a reason
)

// waitsForPeople is how long a session with people that is not closed stays
// one: it is a ticket that waits for a teammate.
const waitsForPeople = 30 * 24 * time.Hour

// Fold computes the facts of one conversation from its events, in whatever
// order they came; a copy of an event adds nothing. It sorts events in place.
// Without an event there is no conversation: Fold panics.
//
// The rules are those of docs/figures.md, "Sessions" and "Facts". An inferred
// question counts nowhere: a conversation of nothing else has no session.
func (r Rules) Fold(events []Event) Conversation {
	slices.SortStableFunc(events, ByOrder)
	c := Conversation{ID: events[0].Conversation, Source: events[0].Source}
	var channel, url, language string
	var f *folding
	var comesBack []bool // with each session the visitor
	end := func() {
		s := f.facts()
		c.Sessions = append(c.Sessions, s)
		comesBack = append(comesBack, !s.Unengaged && !f.outreach)
	}
	for i := range events {
		e := &events[i]
		if i > 0 && events[i-1].ID == e.ID {
			continue
		}
		if e.Visitor != "" && !slices.Contains(c.Visitors, e.Visitor) {
			c.Visitors = append(c.Visitors, e.Visitor)
		}
		if e.Type == Unanswered && c.AskedAt.IsZero() {
			c.AskedAt = e.At
		}
		if e.IsInferred() {
			continue
		}
		c.Test = c.Test || e.Test
		setFirst(&channel, e.Channel)
		setFirst(&url, e.URL)
		setFirst(&language, e.Language)
		if f == nil || f.endsBefore(e, r.Window) {
			if f != nil {
				end()
			}
			f = begin(e, len(c.Sessions)+1)
		}
		f.add(e)
	}
	if f != nil {
		end()
	}
	var returned time.Time
	for i := len(c.Sessions) - 1; i >= 0; i-- {
		s := &c.Sessions[i]
		s.ReturnedAt = returned
		if comesBack[i] {
			returned = s.StartedAt
		}
		setFirst(&s.Channel, cmp.Or(channel, UnknownChannel))
		setFirst(&s.URL, url)
		setFirst(&s.Language, language)
	}
	return c
}

func setFirst(field *string, value string) {
	if *field == "" {
		*field = value
	}
}

// folding is the fold of a session up to some event: the facts so far, and what
// is needed to go on.
type folding struct {
	Session
	hasMessage bool
	stuck      bool // the agent could not answer, and the visitor has not written since
	visitor    bool // gave a sign
	outreach   bool // the agent or a system began it
	agentWrote bool
	acted      bool // somebody acted as if there were a visitor: a handoff, a human, a resolution by the agent, a reopening

	handoff, implied time.Time // the earliest of each kind
	reason           string    // of the handoff
	// The earliest close after the last reopened: of all, of those not before the
	// implied handoff, and of those not before the handoff.
	close, closeImplied, closeHandoff ending
}

// ending is who resolved or closed a session, and when.
type ending struct {
	at     time.Time
	actor  Actor
	member string
}

func (x *ending) set(e *Event) {
	if x.at.IsZero() {
		*x = ending{at: e.At, actor: e.Actor}
		if e.Actor == Human {
			x.member = e.Member.ID
		}
	}
}

func begin(e *Event, number int) *folding {
	f := &folding{Session: Session{Number: number, FirstEvent: e.ID, StartedAt: e.At, LastActivityAt: e.At, Began: BeganFirst}}
	if number > 1 {
		f.Began = Began(e.Type)
	}
	f.outreach = e.Type == Started && (e.Actor == Agent || e.Actor == System)
	return f
}

// endsBefore reports whether an event begins the next session.
func (f *folding) endsBefore(e *Event, window time.Duration) bool {
	if e.Type != Started && e.Type != Reopened && (e.Type != Message || e.Actor != Visitor) {
		return false
	}
	closed := f.closed()
	quietSince := f.LastActivityAt
	if closed.actor != System && closed.at.After(quietSince) { // an automatic close lengthens nothing
		quietSince = closed.at
	}
	if closed.at.IsZero() && (!f.HumanAt.IsZero() || !f.handoff.IsZero()) {
		window = waitsForPeople
	}
	return !e.At.Before(quietSince.Add(window))
}

// closed is the close that counts: not one before the handoff.
func (f *folding) closed() ending {
	switch {
	case !f.handoff.IsZero():
		return f.closeHandoff
	case !f.implied.IsZero():
		return f.closeImplied
	}
	return f.close
}

func (f *folding) add(e *Event) {
	first := f.Events == 0
	f.Events++
	setFirst(&f.Channel, e.Channel)
	setFirst(&f.URL, e.URL)
	setFirst(&f.Language, e.Language)

	takesPart := e.Type == Assigned || e.Type == Message || e.Type == Resolved
	shown := e.Type == Unanswered || e.Type == Handoff || e.Actor == Agent && (takesPart || e.Type == Closed)
	if f.AgentAt.IsZero() && shown {
		f.AgentAt = e.At
	}
	if e.Actor == Human && takesPart {
		f.acted = true
		if f.HumanAt.IsZero() {
			f.HumanAt = e.At
		}
		if f.implied.IsZero() && !f.AgentAt.IsZero() && e.At.After(f.AgentAt) {
			f.implied = e.At
		}
	}

	switch e.Type {
	case Message:
		f.message(e)
	case Unanswered:
		f.visitor, f.stuck, f.Answered = true, true, false
		f.UnansweredAt = append(f.UnansweredAt, momentOf(e.At))
	case Handoff:
		f.acted = true
		if f.handoff.IsZero() {
			f.handoff, f.reason = e.At, cmp.Or(e.Reason, UnspecifiedReason)
		}
	case Feedback:
		f.visitor = true
		f.Rating = e.Satisfaction()
		f.Feedback = append(f.Feedback, Rated{momentOf(e.At), f.Rating})
	case Resolved, Closed:
		f.end(e)
	case Reopened:
		f.ResolvedAt, f.Resolver = time.Time{}, ""
		f.close, f.closeImplied, f.closeHandoff = ending{}, ending{}, ending{}
		if !first {
			f.Reopens++
			f.acted = true
		}
	}
}

func (f *folding) message(e *Event) {
	if !f.hasMessage || e.At.After(f.LastActivityAt) {
		f.LastActivityAt, f.hasMessage = e.At, true
	}
	switch e.Actor {
	case Visitor:
		f.visitor, f.stuck = true, false
		f.LastVisitorAt = e.At
		f.VisitorAt = append(f.VisitorAt, momentOf(e.At))
	case Agent:
		f.agentWrote = true
		f.Answered = f.Answered || !f.stuck // an apology is no answer
	}
}

func (f *folding) end(e *Event) {
	if e.Type == Resolved {
		if f.ResolvedAt.IsZero() {
			f.ResolvedAt, f.Resolver = e.At, e.Actor
		}
		if e.Actor == Agent {
			f.Answered, f.acted = true, true
		}
	}
	f.close.set(e)
	if !f.implied.IsZero() {
		f.closeImplied.set(e)
	}
	if !f.handoff.IsZero() {
		f.closeHandoff.set(e)
	}
}

// facts are those of the session if nothing follows.
func (f *folding) facts() Session {
	s := f.Session
	switch {
	case !f.handoff.IsZero():
		s.HandoffAt, s.Reason = f.handoff, f.reason
	case !f.implied.IsZero():
		s.HandoffAt, s.Reason = f.implied, ImpliedReason
	}
	closed := f.closed()
	s.ClosedAt, s.Closer, s.CloserMember = closed.at, closed.actor, closed.member
	s.Unengaged = !f.visitor && (f.outreach || f.agentWrote && !f.acted)
	return s
}
