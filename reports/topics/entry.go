package topics

import "time"

// Kind says what was decided.
type Kind string

// The decisions. The grouper makes the first two and Renamed, people the rest;
// Changed, Withdrawn and Erased follow from what happened to a conversation.
const (
	Asked     Kind = "asked"     // a question came and was put into a topic
	Merged    Kind = "merged"    // a topic became part of another
	Renamed   Kind = "renamed"   // a topic got a name
	Moved     Kind = "moved"     // questions went to another topic
	Answered  Kind = "answered"  // questions were answered
	Dismissed Kind = "dismissed" // questions need no answer
	Reopened  Kind = "reopened"  // questions are open again
	Snoozed   Kind = "snoozed"   // a topic is out of sight for a while
	Changed   Kind = "changed"   // a question's conversation turned out to be of another channel
	Withdrawn Kind = "withdrawn" // a question does not count: its conversation is a test
	Stripped  Kind = "stripped"  // a question's text was kept long enough
	Erased    Kind = "erased"    // a person's questions are to be forgotten
)

// Entry is one decision in the journal. It holds no text that a visitor wrote.
type Entry struct {
	Kind Kind      `json:"kind"`
	At   time.Time `json:"at"`          // when it was decided
	By   string    `json:"by,omitzero"` // the person; empty for the grouper
	// ID tells whether a person's decision was made already; see State.Done.
	ID string `json:"id,omitzero"`

	Question  *Question `json:"question,omitzero"`  // of Asked
	Questions []string  `json:"questions,omitzero"` // event keys
	Topic     int       `json:"topic,omitzero"`     // the topic it is about
	Into      int       `json:"into,omitzero"`      // of Merged: the topic that stays
	Names     bool      `json:"names,omitzero"`     // of Asked: the topic is called after the question from now on
	Name      string    `json:"name,omitzero"`      // of Renamed, and of Asked for a topic that the source named
	Channel   string    `json:"channel,omitzero"`   // of Changed
	Answer    string    `json:"answer,omitzero"`    // of Answered: its id

	// What a person's decision changed, for the audit trail: the name that a topic
	// had, or the key of the question after which it was named, whose words may
	// have to be forgotten; and the topic from which questions were moved.
	Was     string `json:"was,omitzero"`
	WasLike string `json:"was_like,omitzero"`
	From    int    `json:"from,omitzero"`

	Reason string    `json:"reason,omitzero"` // of Dismissed
	Until  time.Time `json:"until,omitzero"`  // of Snoozed; zero ends it
}

// Question is a question that the agent could not answer, without its text,
// which is the event's.
type Question struct {
	Key          string    `json:"key"`          // the event's
	Conversation string    `json:"conversation"` // its key
	Asked        time.Time `json:"asked"`
	Channel      string    `json:"channel"`
	Inferred     bool      `json:"inferred,omitzero"` // an adapter thinks that it was not answered

	// What the store adds: the text as it was asked, masked, and empty once it is
	// not kept any more; and the link to it or to its conversation.
	Text     string `json:"-"`
	Language string `json:"-"`
	URL      string `json:"-"`

	Topic    int    `json:"-"` // the number of its topic
	Status   Status `json:"-"`
	Since    Since  `json:"-"`
	Number   int    `json:"-"` // in the order in which questions came, from 0
	thread   int    // the number of its conversation, likewise
	stripped bool   // its text is not kept any more
	counted  bool   // its vector is part of its topic's
	asked    int    // the sequence number of the entry with which it came
	settled  int    // and of the one that answered or dismissed it
}

// Since says how a question got its status.
type Since struct {
	At     time.Time
	By     string
	Answer string // the id of the answer, where it is Answered
	Reason string // where it is Dismissed
}

// Status is what became of a question.
type Status string

// The statuses of a question, and of a topic. A topic is open as long as one of
// its questions is, unless it is snoozed.
const (
	StatusOpen      Status = "open"
	StatusAnswered  Status = "answered"
	StatusDismissed Status = "dismissed"
	StatusSnoozed   Status = "snoozed" // of a topic
	statusWithdrawn Status = "withdrawn"
)

// Statuses lists those that a topic can have.
var Statuses = []Status{StatusOpen, StatusAnswered, StatusDismissed, StatusSnoozed}
