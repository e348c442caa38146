package reports_test

import (
	"math"
	"testing"
	"time"

	"agentreport/reports"
)

func TestEffectOf(t *testing.T) {
	answered := time.Date(2025, 9, 22, 9, 0, 0, 0, time.UTC)
	day := 24 * time.Hour
	var asked []time.Time
	for i := range 28 { // once a day for four weeks before, and one much earlier
		asked = append(asked, answered.Add(-time.Duration(i)*day-time.Hour))
	}
	asked = append(asked, answered.Add(-40*day), answered.Add(3*day), answered.Add(10*day), answered.Add(60*day))
	for _, tt := range []struct {
		after                time.Duration
		before, since, weeks float64
	}{
		{0, 7, 0, 0},
		{7 * day, 7, 1, 1},
		{14 * day, 7, 1, 2},
		{28 * day, 7, 0.5, 4},
		{365 * day, 7, 0.5, 4},
	} {
		e := reports.EffectOf(asked, answered, answered.Add(tt.after))
		if math.Abs(e.Before-tt.before) > 1e-9 || math.Abs(e.Since-tt.since) > 1e-9 || math.Abs(e.Weeks-tt.weeks) > 1e-9 {
			t.Errorf("EffectOf after %s = %+v; want %g before, %g since, %g weeks", tt.after, e, tt.before, tt.since, tt.weeks)
		}
	}
}

func TestAnswerChange(t *testing.T) {
	now := time.Date(2025, 9, 22, 9, 0, 0, 0, time.UTC)
	a := reports.Answer{Question: "q", Text: "one", Language: "en"}
	a.Change(reports.Revision{Question: "q", Text: "one", Language: "en"}, "U1", now)
	if len(a.History) != 0 || a.ChangedBy != "" {
		t.Errorf("nothing was changed, and it has a history: %+v", a)
	}
	a.Change(reports.Revision{Question: "q", Text: "two", Language: "en", Unpublished: true}, "U1", now)
	if a.Text != "two" || !a.Unpublished || a.ChangedBy != "U1" || len(a.History) != 1 || a.History[0].Text != "one" || a.History[0].By != "U1" {
		t.Errorf("after a change: %+v", a)
	}
}
