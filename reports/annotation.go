package reports

import (
	"slices"
	"time"
)

// Annotation is what somebody noted on the time line, such as a new returns
// policy: every chart over time shows it.
type Annotation struct {
	ID        string    `json:"id"`
	At        time.Time `json:"at"` // where it stands on the time line
	Text      string    `json:"text"`
	By        string    `json:"by"` // Slack user id
	CreatedAt time.Time `json:"created_at"`
	RemovedAt time.Time `json:"removed_at,omitzero"`
	RemovedBy string    `json:"removed_by,omitzero"`
}

// MaxAnnotation is the longest text of an annotation, in characters.
const MaxAnnotation = 200

// Removed reports whether it was taken off the time line.
func (a *Annotation) Removed() bool { return !a.RemovedAt.IsZero() }

// Changes is the history of an annotation.
func (a *Annotation) Changes() []Change {
	list := []Change{{At: a.CreatedAt, By: a.By, What: NoteAdded, ID: a.ID, Name: a.Text, After: a.Text}}
	if a.Removed() {
		list = append(list, Change{At: a.RemovedAt, By: a.RemovedBy, What: NoteRemoved, ID: a.ID, Name: a.Text, Before: a.Text})
	}
	return list
}

// Annotate keeps those annotations that stand in the table's weeks, in order of
// time; a table that does not run over weeks has none.
func (t *Table) Annotate(list []Annotation) {
	t.Annotations = nil
	if !t.OverTime() {
		return
	}
	for _, a := range list {
		if t.Query.Range.Contains(DayOf(a.At, t.Query.Rules.Zone)) {
			t.Annotations = append(t.Annotations, a)
		}
	}
	slices.SortStableFunc(t.Annotations, func(a, b Annotation) int { return a.At.Compare(b.At) })
}
