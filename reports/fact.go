package reports

import "slices"

// Fact is a kind of thing that a source may not tell. What is not told is said, and never
// shown as nothing.
type Fact string

// The facts that some sources lack.
const (
	FactRatings      Fact = "ratings"
	FactHandoffs     Fact = "handoffs"
	FactReasons      Fact = "reasons" // for handoffs
	FactOutcomes     Fact = "outcomes"
	FactQuestions    Fact = "questions" // which ones had no answer
	FactAfterHandoff Fact = "after_handoff"
)

// factsOf are the facts without which a report says less than it seems to.
var factsOf = map[string][]Fact{
	"impact": {FactRatings}, "feedback": {FactRatings}, "unanswered": {FactQuestions},
	"handoffs": {FactHandoffs, FactReasons}, "handoff-rate": {FactHandoffs}, "handoff": {FactHandoffs},
}

// Lacking is a source and the facts that it does not tell.
type Lacking struct {
	Source string
	Facts  []Fact
}

// LackedBy are the sources, of those that sent something, that do not tell what the report
// is made of. Lacks are the facts that each source does not tell.
func (r *Report) LackedBy(sources []Source, lacks map[string][]Fact) []Lacking {
	var list []Lacking
	for _, s := range sources {
		var missing []Fact
		for _, f := range factsOf[r.Name] {
			if slices.Contains(lacks[s.Name], f) {
				missing = append(missing, f)
			}
		}
		if len(missing) > 0 {
			list = append(list, Lacking{s.Name, missing})
		}
	}
	return list
}
