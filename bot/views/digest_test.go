package views_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"agentreport/bot/views"
	"agentreport/reports"
	"agentreport/reports/lang"
)

const week = reports.Week("2025-W38")

var monday = time.Date(2025, 9, 22, 9, 0, 0, 0, time.UTC)

// input makes the week's digest of so many conversations, of which some are open.
func input(n, open int64) reports.DigestInput {
	day := reports.DayTally{Day: "2025-09-18"}
	c := reports.ChannelTally{Channel: "chat"}
	set := func(counter reports.Counter, n int64) {
		for _, d := range reports.Definitions {
			c.Counts[counter][d] = n
		}
	}
	set(reports.CountConversations, n)
	set(reports.CountHandled, n)
	set(reports.CountHandedOff, n/4)
	set(reports.CountOpen, open)
	set(reports.CountResolved, n/2-open/2)
	set(reports.CountDeflected, n/2-open/3)
	c.Names[reports.FeedbackByRating].Add("positive", n/3)
	c.Names[reports.FeedbackByRating].Add("negative", n/12)
	for _, d := range reports.Definitions {
		if open > 0 {
			c.OpenUntil[d] = monday.Add(50 * time.Hour)
		}
		for range c.Counts[reports.CountResolved][d] {
			c.Times[reports.ResolutionTime][d].Add(192 * time.Second)
		}
	}
	day.Channels = append(day.Channels, c)
	in := reports.DigestInput{
		Week: week, Now: monday, Rules: reports.Rules{Zone: time.UTC, Window: reports.DefaultWindow},
		Sources: []reports.Source{{Name: "shop", LastAt: monday.Add(-10 * time.Hour)}},
	}
	if n > 0 {
		in.Days = []reports.DayTally{day}
	}
	return in
}

// weekly makes a digest of what is not damaged.
func weekly(in reports.DigestInput) reports.Digest {
	d, err := reports.Weekly(in)
	if err != nil {
		panic(err)
	}
	return d
}

// wentOn are the cohorts of the week's and of eight weeks before it, of which a part is
// open at the end of a week and then ends as it stands.
func wentOn(n, open int64) []reports.DayCohorts {
	var list []reports.DayCohorts
	for i := range 9 {
		opening := open - open/3
		if i < 8 {
			opening = n/10 + int64(i)
		}
		day := reports.DayCohorts{Day: week.Add(i - 8).Monday().Add(3)}
		for course, many := range map[string]int64{"2": n / 4, "4": n/2 - open/2, "6": n - n/4 - (n/2 - open/2) - opening, "8 40:4": opening - opening/5, "10 50:6": opening / 5} {
			day.Cohorts = append(day.Cohorts, reports.Cohort{Channel: "chat", Definition: "standard", Course: course, N: many})
		}
		list = append(list, day)
	}
	return list
}

// hostile is what a visitor can write.
const hostile = "<!channel> <@U1> <https://evil.example|https://bank.example> & *bold* \u202eright to left\u200b kim@example.com 👩\u200d🔧"

// asked are the days from Monday on which a topic was asked.
func asked(days ...int) []reports.Ask {
	var list []reports.Ask
	for i, d := range days {
		list = append(list, reports.Ask{At: monday.AddDate(0, 0, d), Conversation: string(rune('A' + i))})
	}
	return list
}

func inputs() map[string]reports.DigestInput {
	usual := input(412, 55)
	usual.Cohorts = wentOn(412, 55)
	said := .52
	usual.Before = &reports.Record{Week: week.Add(-1), Impact: &reports.Impact{Week: week.Add(-1), Zone: "UTC", Definition: "standard", Figures: map[string]reports.ImpactFigure{
		reports.FigureResolutionRate: {Estimate: &said, Interval: []float64{.48, .56}},
	}}}
	before := input(380, 0).Days[0]
	before.Day = "2025-09-11"
	usual.Days = append([]reports.DayTally{before}, usual.Days...)
	usual.Questions = []reports.Note{
		{Conversation: "a", HandedOff: true, Topic: reports.NoteTopic{Number: 1, Name: "Where is my order", Asked: asked(-3)}, At: monday.AddDate(0, 0, -3), URL: "https://desk.example.com/1?a=1&b=2"},
		{Conversation: "b", Topic: reports.NoteTopic{Number: 1, Name: "Where is my order"}, At: monday.AddDate(0, 0, -2)},
		{Conversation: "c", Topic: reports.NoteTopic{Number: 2, Name: hostile}, At: monday.AddDate(0, 0, -2), URL: "javascript:alert(1)"},
		{Conversation: "d", Topic: reports.NoteTopic{Number: 3, Name: "answered already", Settled: true}, At: monday.AddDate(0, 0, -2)},
		{Conversation: "e", Topic: reports.NoteTopic{Number: 4, Name: "Refund time", Asked: asked(-40), SettledAt: monday.AddDate(0, 0, -20), Answered: true}, At: monday.AddDate(0, 0, -2)},
		{Conversation: "f", Topic: reports.NoteTopic{Number: 5, Name: "Shop hours", Asked: asked(-40), SettledAt: monday.AddDate(0, 0, -30)}, At: monday.AddDate(0, 0, -2)},
	}
	grows := reports.NoteTopic{Number: 6, Name: "Company name on the invoice", Asked: asked(-60, -30)}
	for i := range 9 {
		usual.Questions = append(usual.Questions, reports.Note{Conversation: string(rune('k' + i)), Topic: grows, At: monday.AddDate(0, 0, -2)})
	}
	usual.Answered = []reports.Answered{
		{Name: "Refund time", At: monday.AddDate(0, 0, -16), Effect: reports.Effect{Before: 12, Since: 3, Weeks: 2}},
		{Name: hostile[:40], At: monday.AddDate(0, 0, -9), Effect: reports.Effect{Before: 2.5, Since: 0, Weeks: 1}},
		{Name: "too early", At: monday.AddDate(0, 0, -3), Effect: reports.Effect{Before: 9}},
		{Name: "long ago", At: monday.AddDate(0, 0, -90), Effect: reports.Effect{Before: 9, Weeks: 4}},
		{Name: "seldom asked", At: monday.AddDate(0, 0, -9), Effect: reports.Effect{Before: 0.5, Weeks: 1}},
	}
	usual.Minutes = 7.5
	usual.Remarks = []reports.Note{{Conversation: "a", Text: hostile, At: monday.AddDate(0, 0, -2), Channel: "<b>", URL: "https://desk.example.com/2"}}
	usual.Sources = append(usual.Sources, reports.Source{Name: "desk <x>", LastAt: monday.AddDate(0, 0, -9)})

	silent := input(0, 0)
	silent.Sources = []reports.Source{{Name: "shop", LastAt: time.Date(2025, 9, 11, 14, 0, 0, 0, time.UTC)}}

	long := input(9, 0)
	for i := range 40 {
		long.Questions = append(long.Questions, reports.Note{Conversation: "c", Topic: reports.NoteTopic{Number: i + 1, Name: strings.Repeat("why oh why ", 180) + string(rune('a'+i))}, At: monday, URL: "https://x.example/" + strings.Repeat("p", 1900)})
		long.Remarks = append(long.Remarks, reports.Note{Text: strings.Repeat("<<<<", 500), At: monday, Channel: strings.Repeat("&", 60), URL: "https://x.example/" + strings.Repeat("p", 1900)})
	}
	unsure := input(412, 55) // nothing to learn from
	better, worse := input(412, 0), input(412, 0)
	for in, resolved := range map[*reports.DigestInput]int64{&better: 150, &worse: 290} {
		before := input(380, 0).Days[0]
		before.Day = "2025-09-11"
		before.Channels[0].Counts[reports.CountResolved][reports.Standard] = resolved
		in.Days = append([]reports.DayTally{before}, in.Days...)
	}
	island, hours := reports.NoteTopic{Number: 7, Name: "Price of delivery to an island"}, reports.NoteTopic{Number: 5, Name: "Shop hours"}
	better.Questions = []reports.Note{
		{Conversation: "a", Inferred: true, HandedOff: true, Topic: island, At: monday.AddDate(0, 0, -2)},
		{Conversation: "b", Inferred: true, HandedOff: true, Topic: island, At: monday.AddDate(0, 0, -2)},
		{Conversation: "c", Inferred: true, HandedOff: true, Topic: hours, At: monday.AddDate(0, 0, -2)}, // asked for certain too
		{Conversation: "d", Topic: hours, At: monday.AddDate(0, 0, -2)},
	}
	none := input(0, 0)
	none.Sources = nil
	return map[string]reports.DigestInput{"usual": usual, "first": input(412, 0), "few": input(7, 2), "silent": silent, "nothing yet": none, "long": long, "unsure": unsure, "better": better, "worse": worse}
}

func TestDigestViews(t *testing.T) {
	for name, in := range inputs() {
		for _, language := range lang.Languages {
			d := weekly(in)
			if name == "worse" {
				d.Impact.Shifts = []reports.Shift{
					{By: reports.ByReason, Name: "tool_failure", Figure: reports.FigureHandoffRate, N: 86, Of: 551},
					{By: reports.ByTopic, Name: reports.Mask(reports.Clean(hostile)), N: 52, Usual: 13.9},
				}
			}
			m := views.Digest(views.DigestInput{Digest: &d, Images: []views.Image{{FileID: "F1", Title: "Rates", Alt: "Rates over time"}}, Interactive: name != "first"}, lang.For(language))
			goldenMessage(t, "digest "+name+"."+language, m)
		}
	}
}

func TestThreadViews(t *testing.T) {
	chart := func(name string) reports.Table {
		r, _ := reports.FindReport(name)
		q := reports.Query{Range: reports.DigestRange(week), Now: monday, Rules: reports.Rules{Zone: time.UTC}}
		if r.Shape == reports.Bars {
			q.Range = week.Range()
		}
		return r.Run(input(412, 0).Days, q)
	}
	drawn := []views.Image{{Name: "channels", FileID: "F1", Title: "By channel", Alt: "chat first"}, {Name: "feedback", FileID: "F2", Title: "Feedback", Alt: "mostly positive"}}
	lost := []views.Link{{Title: "Rates", URL: "https://slack.example/F3"}}
	for name, in := range map[string]views.ThreadInput{
		"usual":       {Images: drawn},
		"one picture": {Images: drawn[:1], Note: "Without some of its charts: uploads are switched off"},
		"links":       {Links: lost},
		"comments":    {},
	} {
		for _, language := range lang.Languages {
			d := weekly(inputs()["usual"])
			if d.ThreadCharts = []reports.Table{chart("channels"), chart("feedback")}; name == "comments" {
				d.ThreadCharts = nil
			}
			in.Digest = &d
			goldenMessage(t, "thread "+name+"."+language, views.Thread(in, lang.For(language)))
		}
	}
	if m := views.Thread(views.ThreadInput{Digest: &reports.Digest{}}, lang.For("en")); m.Text != "" || m.Blocks != nil {
		t.Errorf("a thread of nothing is %+v; want nothing", m)
	}
}

func TestHTMLShowsTheMessage(t *testing.T) {
	d := weekly(inputs()["usual"])
	m := views.Digest(views.DigestInput{Digest: &d, Images: []views.Image{{FileID: "rates.png", Title: "Rates", Alt: `alt "quoted"`}}, Interactive: true}, lang.For("en"))
	var b bytes.Buffer
	if err := views.HTML(&b, "en", func(id string) string { return id }, m, views.Thread(views.ThreadInput{Digest: &d}, lang.For("en"))); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	for _, want := range []string{"<h1>Impact this week", `<img src="rates.png"`, `alt="alt &#34;quoted&#34;"`, `<a href="https://desk.example.com/2" rel="noreferrer">ticket</a>`, "<b>412</b>", "<blockquote>"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(page, "<!channel>") || strings.Contains(page, `href="https://evil`) {
		t.Error("the page lets a visitor's markup through")
	}
}
