package reports

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// UnknownChannel is the channel of a conversation none of whose events names one.
const UnknownChannel = "unknown"

// Reasons of a handoff that no source sends.
const (
	ImpliedReason     = "implied"     // a human came in after the agent, without a handoff event
	UnspecifiedReason = "unspecified" // a handoff event without a reason
)

// Conversation is the facts of one conversation, folded from its events.
// A zero time means that it did not happen. Times are cut to the millisecond.
type Conversation struct {
	ID     string `json:"id"`
	Source string `json:"source"`
	Test   bool   `json:"test,omitzero"`
	Events int    `json:"events"`

	StartedAt time.Time `json:"started_at"`
	Channel   string    `json:"channel"`

	AgentAt time.Time `json:"agent_at,omitzero"` // the earliest event that shows the agent in it
	HumanAt time.Time `json:"human_at,omitzero"` // the earliest event by a teammate

	HandoffAt time.Time `json:"handoff_at,omitzero"` // sent, or implied
	Reason    string    `json:"reason,omitzero"`     // of the handoff

	LastActivityAt time.Time `json:"last_activity_at"`           // the latest message, else StartedAt
	LastVisitorAt  time.Time `json:"last_visitor_at,omitzero"`   // the latest message of the visitor
	ResolvedAt     time.Time `json:"resolved_at,omitzero"`       // the earliest resolved after the last reopened
	Resolver       Actor     `json:"resolver,omitzero"`          // of that
	ClosedAt       time.Time `json:"closed_at,omitzero"`         // the earliest resolved or closed after the last reopened
	Closer         Actor     `json:"closer,omitzero"`            // of that
	CloserMember   string    `json:"closer_member_id,omitzero"`  // where the closer is a human
	Reopens        int       `json:"reopens,omitzero"`           // how often it was opened again
	Rating         Rating    `json:"rating,omitzero"`            // of the latest feedback
	Answered       bool      `json:"answered,omitzero"`          // the agent did not leave the visitor without an answer
	URL            string    `json:"url,omitzero"`               // of the earliest event that has one
	Language       string    `json:"language,omitzero"`          // likewise
	Visitors       []string  `json:"visitors,omitempty"`         // every visitor id in it, for erasure
	Feedback       []Rated   `json:"feedback,omitempty"`         // every submission
	UnansweredAt   []Moment  `json:"unanswered_at,omitempty"`    // every question the agent could not answer
	VisitorAt      []Moment  `json:"visitor_messages,omitempty"` // every message of the visitor
}

// Rated is one submission of feedback.
type Rated struct {
	At     Moment `json:"at"`
	Rating Rating `json:"rating"`
}

// Moment is a time as milliseconds since 1970, for lists that are kept in bulk.
type Moment int64

// Time is the moment in UTC.
func (m Moment) Time() time.Time { return time.UnixMilli(int64(m)).UTC() }

func momentOf(t time.Time) Moment { return Moment(t.UnixMilli()) }

// Key identifies the conversation among those of all sources.
func (c *Conversation) Key() string { return Key(c.Source, c.ID) }

// Handled reports whether the agent was in the conversation.
func (c *Conversation) Handled() bool { return !c.AgentAt.IsZero() }

// HandedOff reports whether the agent passed the conversation to a human.
func (c *Conversation) HandedOff() bool { return c.Handled() && !c.HandoffAt.IsZero() }

// ByOrder sorts events as they are folded: by time cut to the millisecond,
// then by id, bytewise.
func ByOrder(a, b Event) int {
	if d := cmp.Compare(a.At.UnixMilli(), b.At.UnixMilli()); d != 0 {
		return d
	}
	return strings.Compare(a.ID, b.ID)
}

// Fold computes the facts of one conversation from its events, in whatever
// order they came; a copy of an event adds nothing. It sorts events in place.
// Without an event there is no conversation: Fold panics.
//
// The facts are those of metrics.md, "Facts".
func Fold(events []Event) Conversation {
	slices.SortStableFunc(events, ByOrder)
	first := &events[0]
	c := Conversation{ID: first.Conversation, Source: first.Source, StartedAt: first.At, LastActivityAt: first.At}
	var answer, lastUnanswered int // positions, from 1
	messages := false
	for i := range events {
		e := &events[i]
		if i > 0 && events[i-1].ID == e.ID {
			continue
		}
		c.Events++
		c.Test = c.Test || e.Test
		setFirst(&c.Channel, e.Channel)
		setFirst(&c.URL, e.URL)
		setFirst(&c.Language, e.Language)
		if e.Visitor != "" && !slices.Contains(c.Visitors, e.Visitor) {
			c.Visitors = append(c.Visitors, e.Visitor)
		}

		acts := e.Type == Assigned || e.Type == Message || e.Type == Resolved || e.Type == Closed
		if c.AgentAt.IsZero() && (acts && e.Actor == Agent || e.Type == Unanswered || e.Type == Handoff) {
			c.AgentAt = e.At
		}
		if c.HumanAt.IsZero() && acts && e.Actor == Human {
			c.HumanAt = e.At
		}

		switch e.Type {
		case Message:
			if !messages || e.At.After(c.LastActivityAt) {
				c.LastActivityAt, messages = e.At, true
			}
			switch e.Actor {
			case Visitor:
				c.LastVisitorAt = e.At
				c.VisitorAt = append(c.VisitorAt, momentOf(e.At))
			case Agent:
				answer = i + 1
			}
		case Unanswered:
			lastUnanswered = i + 1
			c.UnansweredAt = append(c.UnansweredAt, momentOf(e.At))
		case Handoff:
			if c.HandoffAt.IsZero() {
				c.HandoffAt, c.Reason = e.At, cmp.Or(e.Reason, UnspecifiedReason)
			}
		case Feedback:
			c.Rating = e.Satisfaction()
			c.Feedback = append(c.Feedback, Rated{momentOf(e.At), c.Rating})
		case Resolved, Closed:
			if e.Type == Resolved && e.Actor == Agent {
				answer = i + 1
			}
			if e.Type == Resolved && c.ResolvedAt.IsZero() {
				c.ResolvedAt, c.Resolver = e.At, e.Actor
			}
			if c.ClosedAt.IsZero() {
				c.ClosedAt, c.Closer = e.At, e.Actor
				if e.Actor == Human {
					c.CloserMember = e.Member.ID
				}
			}
		case Reopened:
			c.Reopens++
			c.ResolvedAt, c.Resolver = time.Time{}, ""
			c.ClosedAt, c.Closer, c.CloserMember = time.Time{}, "", ""
		}
	}
	c.Channel = cmp.Or(c.Channel, UnknownChannel)
	c.Answered = answer > lastUnanswered
	if c.HandoffAt.IsZero() && c.Handled() && c.HumanAt.After(c.AgentAt) {
		c.HandoffAt, c.Reason = c.HumanAt, ImpliedReason
	}
	return c
}

func setFirst(field *string, value string) {
	if *field == "" {
		*field = value
	}
}

// Explained is one conversation and all that is known of it.
type Explained struct {
	Events []Event // as they are folded
	Facts  Conversation
	Erased bool
}
