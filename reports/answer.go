package reports

import (
	"slices"
	"time"
)

// Answer is a short answer that a person wrote for what the agent could not
// answer.
type Answer struct {
	ID       string `json:"id"`
	Question string `json:"question"`
	Text     string `json:"answer"` // mrkdwn
	Language string `json:"language,omitzero"`
	Topic    int    `json:"topic,omitzero"` // the topic that it was written for
	// Unpublished answers are kept, but not given to the customer agent.
	Unpublished bool `json:"unpublished,omitzero"`
	// Deleted answers are given to nobody; what they said stays for the audit trail.
	Deleted   bool       `json:"deleted,omitzero"`
	CreatedAt time.Time  `json:"created_at"`
	CreatedBy string     `json:"created_by"`
	ChangedAt time.Time  `json:"changed_at,omitzero"`
	ChangedBy string     `json:"changed_by,omitzero"`
	History   []Revision `json:"history,omitempty"` // what it said before, oldest first
}

// Revision is what an answer said until somebody changed it.
type Revision struct {
	Question    string    `json:"question"`
	Text        string    `json:"answer"`
	Language    string    `json:"language,omitzero"`
	Unpublished bool      `json:"unpublished,omitzero"`
	Until       time.Time `json:"until"`
	By          string    `json:"by"` // who changed it then
}

// Version rises with every change, by one.
func (a *Answer) Version() int { return 1 + len(a.History) }

// Limits of a short answer, in characters.
const (
	MaxAnswer         = 3000
	MaxAnswerQuestion = 2000
)

// Change makes the answer say something else and keeps what it said.
func (a *Answer) Change(next Revision, by string, now time.Time) {
	was := Revision{a.Question, a.Text, a.Language, a.Unpublished, now, by}
	next.Until, next.By = now, by
	if next == was {
		return
	}
	a.History = append(a.History, was)
	a.Question, a.Text, a.Language, a.Unpublished = next.Question, next.Text, next.Language, next.Unpublished
	a.ChangedAt, a.ChangedBy = now, by
}

// Delete takes the answer back for good.
func (a *Answer) Delete(by string, now time.Time) {
	if a.Deleted {
		return
	}
	a.History = append(a.History, Revision{a.Question, a.Text, a.Language, a.Unpublished, now, by})
	a.Deleted, a.ChangedAt, a.ChangedBy = true, now, by
}

// Effect is how often an answer's topic was asked before the answer and since.
type Effect struct {
	Before, Since float64 // questions a week
	// Weeks is how many weeks Since stands for, at most EffectWeeks; less than one
	// is too early to say anything.
	Weeks float64
}

// EffectWeeks is how many weeks before and since an answer are compared.
const EffectWeeks = 4

// EffectOf compares the times at which a topic was asked.
func EffectOf(asked []time.Time, answered, now time.Time) Effect {
	const week = 7 * 24 * time.Hour
	end := answered.Add(EffectWeeks * week)
	if now.Before(end) {
		end = now
	}
	e := Effect{Weeks: max(0, end.Sub(answered).Hours()/week.Hours())}
	for _, at := range asked {
		switch {
		case at.Before(answered.Add(-EffectWeeks*week)) || !at.Before(end):
		case at.Before(answered):
			e.Before += 1.0 / EffectWeeks
		case e.Weeks > 0:
			e.Since += 1 / e.Weeks
		}
	}
	return e
}

// Answered is a topic for which somebody wrote an answer, and what came of it.
type Answered struct {
	Name string // of the topic
	At   time.Time
	Effect
}

// EffectsOf are the effects that a digest of a week tells: of topics that were
// asked at least once a week, answered one to EffectWeeks whole weeks before the
// week's end, the latest first.
func EffectsOf(list []Answered, end time.Time) []Answered {
	var told []Answered
	for _, a := range list {
		if w := a.WholeWeeks(end); w >= 1 && w <= EffectWeeks && a.Before >= 1 {
			told = append(told, a)
		}
	}
	slices.SortStableFunc(told, func(a, b Answered) int { return b.At.Compare(a.At) })
	return told[:min(len(told), maxEffects)]
}

// Answers are what came of all answers that have stood for a week at least.
type Answers struct {
	N             int
	Before, Since float64 // questions a week of their topics together
}

// AllAnswers sums up what came of answers.
func AllAnswers(list []Answered) Answers {
	var all Answers
	for _, a := range list {
		if a.Weeks >= 1 {
			all.N++
			all.Before += a.Before
			all.Since += a.Since
		}
	}
	return all
}

// maxEffects is how many effects a digest tells.
const maxEffects = 2

// WholeWeeks is how many weeks passed since the answer. Six days are enough for
// one: an answer to Monday's digest is in the next.
func (a *Answered) WholeWeeks(now time.Time) int { return int((now.Sub(a.At).Hours()/24 + 1) / 7) }
