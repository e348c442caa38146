package reports_test

import (
	"fmt"
	"testing"

	"agentreport/reports"
)

// TestLackedBy holds which sources a report names: those that sent something and do not tell
// what it is made of.
func TestLackedBy(t *testing.T) {
	heard := []reports.Source{{Name: "a"}, {Name: "b"}, {Name: "c"}}
	lacks := map[string][]reports.Fact{
		"a": {reports.FactRatings, reports.FactOutcomes}, "b": {reports.FactReasons, reports.FactHandoffs}, "silent": {reports.FactRatings, reports.FactQuestions},
	}
	for report, want := range map[string]string{
		"feedback": "[{a [ratings]}]", "impact": "[{a [ratings]}]", "handoffs": "[{b [handoffs reasons]}]", "handoff-rate": "[{b [handoffs]}]", "unanswered": "[]", "activity": "[]",
	} {
		r, _ := reports.FindReport(report)
		if got := fmt.Sprint(r.LackedBy(heard, lacks)); got != want {
			t.Errorf("%s: %s; want %s", report, got, want)
		}
	}
}
