package views_test

import (
	"strings"
	"testing"
	"time"

	"agentreport/bot/views"
	"agentreport/reports"
	"agentreport/reports/lang"
)

// markup is hostile without the e-mail address: names are not masked.
var markup = strings.ReplaceAll(hostile, " kim@example.com", "")

func TestReportViews(t *testing.T) {
	for _, language := range lang.Languages {
		p := lang.For(language)
		for name, n := range map[string]int64{"usual": 412, "empty": 0} {
			in := input(n, n/10)
			for _, report := range []string{"impact", "rates", "channels", "feedback"} {
				r, _ := reports.FindReport(report)
				table := ran(r, in, n)
				lacks := map[string][]reports.Fact{in.Sources[0].Name: {reports.FactRatings, reports.FactQuestions}}
				m := views.Report(views.ReportInput{
					Lacking: r.LackedBy(in.Sources, lacks),
					Table:   &table, Asked: report + " last 4 weeks", Images: []views.Image{{FileID: "F1", Title: "Rates", Alt: "Rates over time"}},
					Ranges: []views.Choice{{ID: "range_last_week", Value: report + " last week"}, {ID: "range_this_year", Value: strings.Repeat("x", 151)}},
				}, p)
				if n > 0 || report == "impact" {
					goldenMessage(t, "report "+report+" "+name+"."+language, m)
				}
			}
		}
		many := input(412, 0)
		for i := range 40 {
			c := many.Days[0].Channels[0]
			c.Channel = markup[:20+i]
			many.Days[0].Channels = append(many.Days[0].Channels, c)
		}
		r, _ := reports.FindReport("channels")
		table := r.Run(many.Days, reports.Query{Range: week.Range(), Channel: "", Now: monday, Rules: many.Rules})
		goldenMessage(t, "report many channels."+language, views.Report(views.ReportInput{Table: &table, Asked: "channels", Note: markup, Public: true}, p))

		goldenMessage(t, "help."+language, views.Help([]views.HelpRow{{Command: "/agent-report impact", Says: p.CommandHelp("impact")}, {Command: "/agent-report help", Says: p.CommandHelp("help")}}, p))
		goldenMessage(t, "health."+language, views.Health(
			[]reports.Source{{Name: "shop", LastAt: monday.Add(-time.Hour)}, {Name: markup, LastAt: monday.AddDate(0, 0, -9)}, {Name: "tests only"}},
			[]reports.Delivery{{Week: week, Due: monday, State: reports.Failed}}, monday, time.UTC, p))
		goldenMessage(t, "health nothing."+language, views.Health(nil, nil, monday, time.UTC, p))
	}
}
