package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// UnknownChannel is the channel of a session whose conversation names none.
const UnknownChannel = "unknown"

// Conversation is the facts of one conversation of a source, folded from its
// events and cut into sessions.
type Conversation struct {
	ID       string    `json:"id"`
	Source   string    `json:"source"`
	Test     bool      `json:"test,omitzero"` // left out of every figure
	Sessions []Session `json:"sessions,omitempty"`

	Visitors []string  `json:"visitors,omitempty"` // every visitor id in it, for erasure
	AskedAt  time.Time `json:"asked_at,omitzero"`  // the first question the agent could not answer, inferred ones too
}

// Key identifies the conversation among those of all sources.
func (c *Conversation) Key() string { return Key(c.Source, c.ID) }

// SessionID is a session's id as people see it: the conversation's id for the
// first, id#2, id#3 and so on for the others.
func (c *Conversation) SessionID(s *Session) string {
	if s.Number == 1 {
		return c.ID
	}
	return fmt.Sprintf("%s#%d", c.ID, s.Number)
}

// SessionOf is the session that holds an event of the conversation. An inferred
// question belongs to the session before it, else to the first; nil where the
// conversation has no session.
func (c *Conversation) SessionOf(e *Event) *Session {
	var in *Session
	for i := range c.Sessions {
		s := &c.Sessions[i]
		if in != nil && comparePlaces(e.At, e.ID, s.StartedAt, s.FirstEvent) < 0 {
			break
		}
		in = s
	}
	return in
}

// Began says why a session began.
type Began string

// The reasons for which a session begins.
const (
	BeganFirst    Began = "first"    // it is the conversation's first
	BeganStarted  Began = "started"  // it was started again after it had been quiet
	BeganReopened Began = "reopened" // likewise opened again
	BeganMessage  Began = "message"  // likewise, the visitor wrote again
)

// Session is the facts of one session: a part of a conversation with a long
// quiet before and after it, which counts as a conversation in every figure.
// A zero time means that it did not happen. Times are cut to the millisecond.
//
// The facts are those of docs/figures.md, "Facts".
type Session struct {
	Number     int    `json:"number"` // from 1
	Began      Began  `json:"began"`
	Events     int    `json:"events"`
	FirstEvent string `json:"first_event"` // the id of the event at StartedAt

	StartedAt time.Time `json:"started_at"`
	Channel   string    `json:"channel"`

	AgentAt time.Time `json:"agent_at,omitzero"` // the earliest event that shows the agent in it
	HumanAt time.Time `json:"human_at,omitzero"` // the earliest event by a teammate, but for a close

	HandoffAt time.Time `json:"handoff_at,omitzero"` // sent, or implied
	Reason    string    `json:"reason,omitzero"`     // of the handoff

	LastActivityAt time.Time `json:"last_activity_at"`           // the latest message, else StartedAt
	LastVisitorAt  time.Time `json:"last_visitor_at,omitzero"`   // the latest message of the visitor
	ResolvedAt     time.Time `json:"resolved_at,omitzero"`       // the earliest resolved after the last reopened
	Resolver       Actor     `json:"resolver,omitzero"`          // of that
	ClosedAt       time.Time `json:"closed_at,omitzero"`         // the earliest resolved or closed after the last reopened, not before the handoff
	Closer         Actor     `json:"closer,omitzero"`            // of that
	CloserMember   string    `json:"closer_member_id,omitzero"`  // where the closer is a human
	Reopens        int       `json:"reopens,omitzero"`           // how often it was opened again, but for a reopened that begins it
	Rating         Rating    `json:"rating,omitzero"`            // of the latest feedback
	Answered       bool      `json:"answered,omitzero"`          // the agent did not leave the visitor without an answer
	Unengaged      bool      `json:"unengaged,omitzero"`         // the visitor gave no sign: a greeting or a nudge that nobody answered
	ReturnedAt     time.Time `json:"returned_at,omitzero"`       // when the visitor came back, in a later session
	URL            string    `json:"url,omitzero"`               // of the earliest event that has one
	Language       string    `json:"language,omitzero"`          // likewise
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

// Handled reports whether the agent was in the session, and the visitor too.
func (s *Session) Handled() bool { return !s.AgentAt.IsZero() && !s.Unengaged }

// HandedOff reports whether the agent passed the session to a human.
func (s *Session) HandedOff() bool { return s.Handled() && !s.HandoffAt.IsZero() }

// ByOrder sorts events as they are folded: by time cut to the millisecond, then
// by id in natural order.
func ByOrder(a, b Event) int { return comparePlaces(a.At, a.ID, b.At, b.ID) }

func comparePlaces(aAt time.Time, aID string, bAt time.Time, bID string) int {
	return cmp.Or(cmp.Compare(aAt.UnixMilli(), bAt.UnixMilli()), CompareIDs(aID, bID))
}

// CompareIDs compares two ids in natural order, from the left: where both have
// an ASCII digit, the whole runs of digits as numbers; else the next byte of
// each. A prefix comes first. Ids that are equal so ("01" and "1") are compared
// bytewise.
func CompareIDs(a, b string) int {
	x, y := a, b
	for x != "" && y != "" {
		n, m := digits(x), digits(y)
		if n == 0 || m == 0 {
			if x[0] != y[0] {
				return cmp.Compare(x[0], y[0])
			}
			x, y = x[1:], y[1:]
			continue
		}
		p, q := strings.TrimLeft(x[:n], "0"), strings.TrimLeft(y[:m], "0")
		if d := cmp.Or(cmp.Compare(len(p), len(q)), strings.Compare(p, q)); d != 0 {
			return d
		}
		x, y = x[n:], y[m:]
	}
	return cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(a, b))
}

// digits is how many ASCII digits s begins with.
func digits(s string) int {
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return n
}

// Explained is one conversation and all that is known of it.
type Explained struct {
	Conversation Conversation `json:"conversation"`
	Events       []Event      `json:"events"` // as they are folded
	Erased       bool         `json:"erased,omitzero"`
}

// InSession are the events of a session, in order, and the inferred questions
// that belong to it.
func (x *Explained) InSession(s *Session) []Event {
	return slices.DeleteFunc(slices.Clone(x.Events), func(e Event) bool { return x.Conversation.SessionOf(&e) != s })
}
