package reports

import (
	"encoding/json"
	"strings"
	"time"
)

// EventType says what happened in a conversation.
type EventType string

// The event types. Anything else is refused.
const (
	Started    EventType = "started"    // the conversation began
	Assigned   EventType = "assigned"   // it was given to the actor
	Message    EventType = "message"    // the actor wrote something
	Unanswered EventType = "unanswered" // the agent could not answer the question
	Handoff    EventType = "handoff"    // the agent passed it to a human
	Feedback   EventType = "feedback"   // the visitor rated the agent
	Resolved   EventType = "resolved"   // the actor marked it resolved
	Reopened   EventType = "reopened"   // it was opened again
	Closed     EventType = "closed"     // the actor closed it, resolved or not
)

// EventTypes lists every event type in the order of a conversation's life.
var EventTypes = []EventType{Started, Assigned, Message, Unanswered, Handoff, Feedback, Resolved, Reopened, Closed}

// Actor says who did it.
type Actor string

// The actors. Agent is the AI customer agent, Human a teammate.
const (
	Visitor Actor = "visitor"
	Agent   Actor = "agent"
	Human   Actor = "human"
	System  Actor = "system"
)

// Actors lists every actor.
var Actors = []Actor{Visitor, Agent, Human, System}

// Rating is what the visitor thought of the agent.
type Rating string

// The ratings.
const (
	Positive Rating = "positive"
	Neutral  Rating = "neutral"
	Negative Rating = "negative"
)

// Ratings lists every rating, best first.
var Ratings = []Rating{Positive, Neutral, Negative}

// Member is a teammate.
type Member struct {
	ID   string `json:"id,omitzero"`
	Name string `json:"name,omitzero"`
}

// Event is one thing that happened in one conversation between a visitor and
// the AI customer agent. Events are facts: nothing derived is ever part of one.
// The JSON names are those of the ingest API.
type Event struct {
	ID           string    `json:"id"`
	Source       string    `json:"source,omitzero"`
	Type         EventType `json:"type"`
	Conversation string    `json:"conversation"`
	At           time.Time `json:"at"` // by the source's clock, to the millisecond, UTC once valid
	Actor        Actor     `json:"actor,omitzero"`
	Member       Member    `json:"member,omitzero"`
	Channel      string    `json:"channel,omitzero"`
	Text         string    `json:"text,omitzero"`
	Question     string    `json:"question,omitzero"`
	Topic        string    `json:"topic,omitzero"`
	Rating       Rating    `json:"rating,omitzero"`
	Score        int       `json:"score,omitzero"` // 1–5, kept as sent
	Comment      string    `json:"comment,omitzero"`
	Reason       string    `json:"reason,omitzero"`
	URL          string    `json:"url,omitzero"`
	Language     string    `json:"language,omitzero"` // BCP 47
	Visitor      string    `json:"visitor,omitzero"`  // for erasure, never shown
	Inferred     bool      `json:"inferred,omitzero"` // of an unanswered: a source's adapter thinks so
	Test         bool      `json:"test,omitzero"`

	// Unknown holds the fields that this version does not know, as sent.
	Unknown Unknown `json:",embed"`
}

// Unknown are fields of an event by their name, each as the JSON that was sent.
type Unknown map[string]json.RawMessage

// Key identifies the event among those of all sources.
func (e *Event) Key() string { return Key(e.Source, e.ID) }

// ConversationKey identifies the event's conversation among those of all sources.
func (e *Event) ConversationKey() string { return Key(e.Source, e.Conversation) }

var keyEscaper = strings.NewReplacer("%", "%25", "/", "%2F")

// Key joins a source and an id of its own, so that no two pairs share a key.
func Key(source, id string) string {
	if strings.ContainsAny(source, "%/") {
		source = keyEscaper.Replace(source)
	}
	return source + "/" + id
}

// IsInferred reports a question that the agent may not have been able to answer:
// it is listed among the gaps and counts in no figure.
func (e *Event) IsInferred() bool { return e.Type == Unanswered && e.Inferred }

// Stripped returns the event without what a person wrote or who the visitor
// is. The figures of its conversation stay the same.
func (e *Event) Stripped() Event {
	s := *e
	s.Text, s.Comment, s.Question, s.URL, s.Visitor, s.Member.Name, s.Unknown = "", "", "", "", "", "", nil
	return s
}

// IsStripped reports whether Stripped would leave the event as it is.
func (e *Event) IsStripped() bool {
	return e.Text == "" && e.Comment == "" && e.Question == "" && e.URL == "" && e.Visitor == "" &&
		e.Member.Name == "" && len(e.Unknown) == 0
}

// Satisfaction is the event's rating: the one sent, else the one its score
// stands for (1–2 negative, 3 neutral, 4–5 positive), else none.
func (e *Event) Satisfaction() Rating {
	switch {
	case e.Rating != "":
		return e.Rating
	case e.Score >= 4:
		return Positive
	case e.Score == 3:
		return Neutral
	case e.Score >= 1:
		return Negative
	}
	return ""
}
