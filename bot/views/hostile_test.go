package views_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"agentreport/bot/fakeslack"
	"agentreport/bot/views"
	"agentreport/reports"
	"agentreport/reports/lang"
	"agentreport/reports/topics"
)

// extremes are texts at the edge of what an event, a name or a link may have, each
// of other letters: none, those that are escaped to several, marks, and letters
// that count as two elsewhere.
var extremes = []string{"", "x", "&", "<", "<@U1>", "*_~`", "𝒳", "界", "é", "\n", "a "}

// links are those at the edge of what an event may have, the longest first.
var links = []string{"https://x.example/?" + strings.Repeat("a&", 940), "", "https://x.example/" + strings.Repeat("p", 672), "https://x.example/" + strings.Repeat("<|>", 600)}

func stretched(s string, n int) string {
	if s == "" {
		return ""
	}
	return string([]rune(strings.Repeat(s, n))[:n])
}

// TestHostile builds every view of data at the edge of what is allowed, in every
// language: Slack refuses none, and nothing is cut in two.
func TestHostile(t *testing.T) {
	stand := fakeslack.New(nil)
	for _, language := range lang.Languages {
		p := lang.For(language)
		for _, letter := range extremes {
			tried := links
			if letter != "x" && letter != "&" {
				tried = links[:1] // a link is one wherever it stands
			}
			for _, link := range tried {
				name := fmt.Sprintf("%s %q link of %d", language, letter, len(link))
				check := func(what string, v any) {
					t.Helper()
					raw, err := json.Marshal(v)
					if err != nil {
						t.Fatal(err)
					}
					var parsed any
					if err := json.Unmarshal(raw, &parsed); err != nil {
						t.Fatal(err)
					}
					harmless(t, what+", "+name, "", parsed)
					refused := stand.Refuses
					if raw[0] == '{' {
						refused = stand.RefusesView
					}
					if bad := refused(raw); len(bad) > 0 {
						t.Errorf("%s, %s: Slack refuses %.300q", what, name, bad)
					}
				}
				hostileViews(p, letter, link, check)
			}
		}
	}
}

func hostileViews(p *lang.Printer, letter, link string, check func(string, any)) {
	title, question, channel := stretched(letter, 200), stretched(letter, 2000), stretched(letter, 60)
	zone := time.UTC
	var table []topics.Summary
	var asked []topics.Question
	var written []reports.Answer
	var effects []reports.Effect
	for i := range views.PageSize {
		table = append(table, topics.Summary{Topic: i + 1, Name: title, Status: topics.StatusSnoozed, Until: monday, Conversations: 1_000_000, Questions: 1_000_000, First: monday, Last: monday, URL: link, Returned: true, Channels: []string{channel}})
		asked = append(asked, topics.Question{Key: "k", Number: i, Text: question, Channel: channel, Asked: monday, URL: link, Inferred: true, Status: topics.StatusDismissed, Since: topics.Since{By: "U00000000ED", At: monday, Reason: question}})
		written = append(written, reports.Answer{ID: fmt.Sprint("V", i), Question: question, Text: stretched(letter, 3000), CreatedBy: "U00000000ED", CreatedAt: monday, ChangedBy: "U00000000VW", ChangedAt: monday})
		effects = append(effects, reports.Effect{Weeks: 3})
	}
	var channels []string
	for i := range 300 {
		channels = append(channels, fmt.Sprint(i, channel))
	}
	check("gaps", views.Gaps(views.GapsInput{State: views.GapsState{Search: title, Channel: channels[250], Page: 3}, Topics: table, Total: 300, Channels: channels, Zone: zone}, p))
	check("gaps of few channels", views.Gaps(views.GapsInput{Topics: table, Total: 300, Channels: channels[:30], Zone: zone}, p))
	check("search", views.Search(views.SearchState{List: views.GapsView, View: "V1", Gaps: views.GapsState{Search: title, Channel: channel}}, p))
	for _, editor := range []bool{true, false} {
		check("topic", views.Topic(views.TopicInput{
			State: views.TopicState{Topic: 1, Gaps: views.GapsState{Search: title, Channel: channel}}, Topic: table[0], Questions: asked, Total: 300, Editor: editor, Zone: zone,
			Done: title, Answers: written, Effects: effects, Changes: []reports.Change{{At: monday, By: letter, What: reports.TopicRenamed, Name: title, Before: question, After: question}},
		}, p))
		check("answers", views.Answers(views.AnswersInput{State: views.AnswersState{Search: title}, Answers: written, Effects: effects, Total: 300, Editor: editor, Zone: zone}, p))
	}
	check("answer", views.Answer(views.AnswerInput{Written: views.Written{Question: question, Text: stretched(letter, 3000), Language: "en"}, Preview: true, Similar: written[:3], Closes: 300, Theirs: &written[0]}, p))
	for _, form := range []string{views.DismissForm, views.RenameForm, views.MergeForm, views.MoveForm, views.SnoozeForm} {
		check(form, views.Form(form, views.FormState{Was: views.TopicState{Topic: 1, Gaps: views.GapsState{Search: title}}}, table[0], 300, p))
	}
	check("audit", views.Audit(views.AuditInput{Changes: []reports.Change{
		{At: monday, By: title, What: reports.ScheduleChanged, Before: title + " " + question, After: "C0000000001 " + question},
		{At: monday, By: "U00000000ED", What: reports.AnswerChanged, Name: title, Before: question, After: question},
	}, More: true, Zone: zone}, p))

	in := input(200_000, 400)
	in.Filter = channel
	in.Days[0].Channels[0].Channel = channel
	for i := range 12 {
		in.Questions = append(in.Questions, reports.Note{Conversation: fmt.Sprint(i), Topic: reports.NoteTopic{Number: i + 1, Name: title}, At: monday.AddDate(0, 0, -3), URL: link})
		in.Remarks = append(in.Remarks, reports.Note{Conversation: fmt.Sprint(i), Text: question, At: monday.AddDate(0, 0, -3), URL: link, Channel: channel})
		in.Answered = append(in.Answered, reports.Answered{Name: title, At: monday.AddDate(0, 0, -30), Effect: reports.Effect{Weeks: 3, Before: 9, Since: 1}})
		in.Sources = append(in.Sources, reports.Source{Name: channel, LastAt: monday.AddDate(0, 0, -20)})
	}
	d := weekly(in)
	check("digest", views.Digest(views.DigestInput{Digest: &d, Interactive: true}, p).Blocks)
	if d := weekly(reports.DigestInput{Week: week, Now: monday, Rules: in.Rules}); d.Silent {
		check("digest of nothing", views.Digest(views.DigestInput{Digest: &d, Interactive: true}, p).Blocks)
	}
	for i := range reports.Reports {
		r := &reports.Reports[i]
		for _, data := range [][]reports.DayTally{in.Days, nil} {
			t := r.Run(data, reports.Query{Range: week.Range(), Channel: channel, Now: monday, Rules: in.Rules})
			check("report "+r.Name, views.Report(views.ReportInput{Table: &t, Asked: r.Name + " channel:" + channel, Ranges: []views.Choice{{ID: "range_last_week", Value: r.Name + " last week channel:" + channel}}, Note: title, Lacking: []reports.Lacking{{Source: title, Facts: []reports.Fact{reports.FactRatings}}, {Source: channel}, {Source: title}, {Source: title}}}, p).Blocks)
		}
	}
	notes := make([]reports.Note, views.PageSize)
	for i := range notes {
		notes[i] = reports.Note{Text: question, At: monday, Channel: channel, URL: link, Rating: reports.Negative}
	}
	check("comments", views.Comments(views.CommentsInput{Notes: notes, Total: 300, After: "feedback channel:" + channel, Zone: zone}, p))
	events := comesBack()
	for i := range events {
		events[i].Text, events[i].URL, events[i].Channel, events[i].Conversation = stretched(letter, 20_000), link, channel, stretched(letter+"c", 200)
	}
	c := reports.Rules{Zone: zone, Window: reports.DefaultWindow}.Fold(events)
	explained := reports.Explained{Conversation: c, Events: events, Erased: true}
	check("explain", views.Explain([]reports.Explained{explained, explained, explained, explained}, in.Rules, monday, zone, p).Blocks)
	listed := in.Rules.List(&c, reports.Query{Range: reports.Range{From: "2000-01-01", To: "2100-01-01"}, Now: monday, Rules: in.Rules})
	check("listing", views.Listing(views.ListingInput{State: views.ListingState{Asked: "handled channel:" + channel, Page: 3}, Title: "Handled " + title, Listed: listed, More: true, Zone: zone}, p))
	check("notes", views.Notes([]reports.Annotation{{ID: "N1", At: monday, Text: question, By: title}}, title, true, zone, p).Blocks)
	check("health", views.Health(in.Sources, []reports.Delivery{{Week: week, Due: monday, State: reports.Failed}}, monday, zone, p).Blocks)
	check("refused", views.Refused("Not saved: "+question, p))
	home := views.HomeInput{
		Week: impact(412), Sources: in.Sources, Topics: table[:5], OpenTopics: 300, Answers: written[:3], Effects: effects[:3], Schedules: schedulesOf(100), Now: monday, Zone: zone, Admin: true,
	}
	check("home", views.Home(home, p))
}
