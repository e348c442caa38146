package reports

import (
	"slices"
	"time"
)

// Change is one thing that a person changed: a line of the audit trail.
type Change struct {
	At   time.Time  `json:"at"`
	By   string     `json:"by"` // Slack user id, or CommandLine or Environment
	What ChangeKind `json:"what"`
	// Name is what it is about, as people know it; ID and Topic say so exactly.
	Name      string `json:"name,omitzero"`
	ID        string `json:"id,omitzero"`
	Topic     int    `json:"topic,omitzero"`
	Questions int    `json:"questions,omitzero"`
	Before    string `json:"before,omitzero"`
	After     string `json:"after,omitzero"`
}

// Who changes things without being a Slack user.
const (
	CommandLine = "command line"
	Environment = "environment"
)

// ChangeKind is what was done to what.
type ChangeKind string

// The kinds of changes.
const (
	TopicRenamed       ChangeKind = "topic.renamed"
	TopicMerged        ChangeKind = "topic.merged"
	TopicSnoozed       ChangeKind = "topic.snoozed"
	TopicWoken         ChangeKind = "topic.woken"
	QuestionsMoved     ChangeKind = "questions.moved"
	QuestionsAnswered  ChangeKind = "questions.answered"
	QuestionsDismissed ChangeKind = "questions.dismissed"
	QuestionsReopened  ChangeKind = "questions.reopened"
	AnswerCreated      ChangeKind = "answer.created"
	AnswerChanged      ChangeKind = "answer.changed"
	AnswerDeleted      ChangeKind = "answer.deleted"
	ScheduleCreated    ChangeKind = "schedule.created"
	ScheduleChanged    ChangeKind = "schedule.changed"
	SchedulePaused     ChangeKind = "schedule.paused"
	ScheduleResumed    ChangeKind = "schedule.resumed"
	ScheduleRemoved    ChangeKind = "schedule.removed"
	NoteAdded          ChangeKind = "note.added"
	NoteRemoved        ChangeKind = "note.removed"
)

// ChangeKinds lists the kinds of changes.
var ChangeKinds = []ChangeKind{
	TopicRenamed, TopicMerged, TopicSnoozed, TopicWoken, QuestionsMoved, QuestionsAnswered, QuestionsDismissed, QuestionsReopened,
	AnswerCreated, AnswerChanged, AnswerDeleted, ScheduleCreated, ScheduleChanged, SchedulePaused, ScheduleResumed, ScheduleRemoved,
	NoteAdded, NoteRemoved,
}

// SortChanges sorts changes, the latest first.
func SortChanges(list []Change) {
	slices.SortStableFunc(list, func(a, b Change) int { return b.At.Compare(a.At) })
}

// Changes is the history of an answer.
func (a *Answer) Changes() []Change {
	said := func(question, text string, unpublished bool) string {
		s := question + "\n" + text
		if unpublished {
			s += "\n(unpublished)"
		}
		return s
	}
	states := make([]string, 0, len(a.History)+1)
	for _, r := range a.History {
		states = append(states, said(r.Question, r.Text, r.Unpublished))
	}
	states = append(states, said(a.Question, a.Text, a.Unpublished))
	change := Change{Name: a.Question, ID: a.ID, Topic: a.Topic}
	made := change
	made.At, made.By, made.What, made.After = a.CreatedAt, a.CreatedBy, AnswerCreated, states[0]
	list := []Change{made}
	for i, r := range a.History {
		c := change
		c.At, c.By, c.What, c.Before, c.After = r.Until, r.By, AnswerChanged, states[i], states[i+1]
		if a.Deleted && i == len(a.History)-1 {
			c.What, c.After = AnswerDeleted, ""
		}
		list = append(list, c)
	}
	return list
}
