package chart_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"agentreport/reports"
	"agentreport/reports/chart"
	"agentreport/reports/lang"
)

// picture is one chart of the contact sheet.
type picture struct {
	name     string
	table    reports.Table
	language string
	heading  chart.Heading
}

var now = time.Date(2025, 9, 22, 9, 0, 0, 0, time.UTC)

// days makes believable tallies of so many weeks before now. The last days are
// still open.
func days(weeks int, scale float64, channels ...string) []reports.DayTally {
	rng := rand.New(rand.NewPCG(1, 2))
	if len(channels) == 0 {
		channels = []string{"chat", "email", "whatsapp", "messenger"}
	}
	r := reports.LastWeeks(weeks, now, time.UTC)
	var list []reports.DayTally
	n := 0
	for d := r.From; d < r.To; d = d.Add(1) {
		t := reports.DayTally{Day: d}
		age := float64(n) / float64(7*weeks)
		n++
		for i, ch := range channels {
			all := int64(scale * (0.8 + 0.4*rng.Float64()) * (0.7 + 0.6*age) / float64(i+1))
			if wd := d.Date().Weekday(); wd == time.Saturday || wd == time.Sunday {
				all /= 3
			}
			c := reports.ChannelTally{Channel: ch}
			handled := all * 9 / 10
			handedOff := int64(float64(handled) * (0.3 - 0.12*age))
			set := func(counter reports.Counter, n int64) {
				for _, d := range reports.Definitions {
					c.Counts[counter][d] = n
				}
			}
			set(reports.CountConversations, all)
			set(reports.CountHandled, handled)
			set(reports.CountHandedOff, handedOff)
			set(reports.CountUnanswered, handled/8)
			set(reports.CountVisitorMessages, handled*3)
			for j, reason := range []string{"missing_knowledge", "visitor_request", "policy", "tool_failure", reports.ImpliedReason, "vip"} {
				c.Names[reports.Reasons].Add(reason, handedOff/int64(2+j))
			}
			closed := time.Duration(2.2*3.6e6+rng.Float64()*3.6e6) * time.Millisecond
			for range handedOff {
				c.Times[reports.HandoffToClose][reports.Standard].Add(closed)
			}
			c.Names[reports.FeedbackByRating].Add("positive", handled/5)
			c.Names[reports.FeedbackByRating].Add("neutral", handled/20)
			c.Names[reports.FeedbackByRating].Add("negative", handled/15)
			c.Names[reports.ClosedByMember].Add("m-ana", handedOff/2)
			c.Names[reports.ClosedByMember].Add("m-luis", handedOff/3)
			rest, open := handled-handedOff, int64(0)
			if d >= r.To.Add(-3) {
				open = rest / 3
			}
			resolved := (rest - open) * 8 / 10
			unresolved := rest - open - resolved
			set(reports.CountOpen, open)
			set(reports.CountResolved, resolved)
			set(reports.CountUnresolved, unresolved)
			set(reports.CountDeflected, resolved+unresolved/2)
			set(reports.CountByAgent, resolved)
			for _, k := range reports.Definitions {
				if open > 0 {
					c.OpenUntil[k] = now.Add(50 * time.Hour)
				}
				for range resolved {
					c.Times[reports.ResolutionTime][k].Add(time.Duration(20+rng.ExpFloat64()*200) * time.Second)
				}
			}
			t.Channels = append(t.Channels, c)
		}
		list = append(list, t)
	}
	return list
}

func table(name string, weeks int, list []reports.DayTally) reports.Table {
	r, ok := reports.FindReport(name)
	if !ok {
		panic(name)
	}
	q := reports.Query{Range: reports.LastWeeks(weeks, now, time.UTC), Now: now, Rules: reports.Rules{Zone: time.UTC, Window: reports.DefaultWindow}}
	if r.Shape == reports.Tiles || r.Shape == reports.Bars {
		q.Range = reports.LastWeeks(1, now, time.UTC)
	}
	t := r.Run(list, q)
	if r.Shape == reports.Tiles && len(list) > 0 {
		in := reports.DigestInput{Week: q.Range.From.Week(), Now: now, Rules: q.Rules, Days: list, Cohorts: cohorts(list)}
		m, err := in.Impact()
		if err != nil {
			panic(err)
		}
		t.Impact = &m
	} else if err := t.Learn(cohorts(list)); err != nil {
		panic(err)
	}
	return t
}

// cohorts are days whose sessions were open at the end of their week as those of the last
// one are, and then ended as they stood.
func cohorts(list []reports.DayTally) []reports.DayCohorts {
	var out []reports.DayCohorts
	for i := range list {
		sum := reports.Total(list, reports.Range{From: list[i].Day, To: list[i].Day.Add(1)}, "")
		n := func(c reports.Counter) int64 { return sum.Count(c, reports.Standard) }
		open := n(reports.CountOpen)
		if list[i].Day.Date().Weekday() > time.Thursday || list[i].Day.Date().Weekday() == time.Sunday {
			open = max(open, n(reports.CountResolved)/4)
		}
		day := reports.DayCohorts{Day: list[i].Day}
		for course, many := range map[string]int64{"2": n(reports.CountHandedOff), "4": max(0, n(reports.CountResolved)-open), "5": n(reports.CountUnresolved), "8 40:4": open - open/5, "10 50:6": open / 5} {
			day.Cohorts = append(day.Cohorts, reports.Cohort{Channel: "chat", Definition: "standard", Course: course, N: many})
		}
		out = append(out, day)
	}
	return out
}

// gallery is every report as it usually looks, and then the corner cases.
func gallery() []picture {
	var list []picture
	usual := days(12, 60)
	for _, name := range reports.ReportNames() {
		list = append(list, picture{name, table(name, 12, usual), "en", chart.Untitled})
	}
	add := func(what, name string, weeks int, data []reports.DayTally, language string) {
		list = append(list, picture{what, table(name, weeks, data), language, chart.Titled})
	}
	for _, name := range []string{"rates", "activity", "channels", "feedback"} {
		add("one week of "+name, name, 1, days(1, 60), "en")
		add("no "+name, name, 12, nil, "en")
	}
	add("impact of few", "impact", 1, days(1, 2), "en")
	gap := days(12, 60)
	gap = append(gap[:21:21], gap[42:]...)
	add("rates with a gap", "rates", 12, gap, "en")
	add("activity with a gap", "activity", 12, gap, "en")
	add("two years of rates", "rates", 104, days(104, 60), "en")
	add("two years of activity", "activity", 104, days(104, 60), "en")
	add("large numbers", "activity", 12, days(12, 40_000), "en")
	add("large numbers, handled", "handled", 12, days(12, 40_000), "es")
	add("impact in Spanish", "impact", 12, days(12, 40_000), "es")
	add("rates in Spanish", "rates", 12, usual, "es")
	add("handoffs in Spanish", "handoffs", 12, usual, "es")
	long := strings.Repeat("customer-service-", 4)[:60]
	add("long names", "channels", 12, days(12, 60, long, "b "+long[2:], "short"), "en")
	var forty []string
	for i := range 40 {
		forty = append(forty, fmt.Sprintf("channel-%02d", i+1))
	}
	add("40 channels", "channels", 12, days(12, 400, forty...), "en")
	add("names of the world", "channels", 12, days(12, 60, "دردشة الموقع", "ウェブチャット問い合わせ", "카카오톡 상담", "🛒 shop 😀", "чат на сайте", "אתר", "हिन्दी"), "en")
	list[len(list)-1].table.Query.Channel = "خدمة العملاء"
	// A span that is not whole weeks is drawn by day; of what was handled a figure
	// is zero.
	for _, name := range []string{"handled", "rates"} {
		add(name+" by day", name, 12, usual, "en")
		t := &list[len(list)-1].table
		t.Query.Range = reports.Range{From: "2025-09-03", To: "2025-09-22"}
		*t = t.Report.Run(usual, t.Query)
	}
	zeros := days(12, 60)
	for i := range zeros {
		for j := range zeros[i].Channels {
			c := &zeros[i].Channels[j]
			c.Counts[reports.CountResolved], c.Counts[reports.CountOpen] = [3]int64{}, [3]int64{}
			c.Counts[reports.CountByAgent], c.Names[reports.ClosedByMember], c.Names[reports.FeedbackByRating] = [3]int64{}, nil, nil
		}
	}
	for _, name := range []string{"resolved", "team", "feedback"} {
		add("zeros of "+name, name, 12, zeros, "en")
	}
	for _, name := range []string{"rates", "handoff", "activity"} {
		add("notes on "+name, name, 12, usual, "en")
		list[len(list)-1].table.Annotate(notes())
	}
	return list
}

// notes are some that crowd each other, one at each end, and one outside.
func notes() []reports.Annotation {
	var list []reports.Annotation
	for _, n := range []struct {
		days int
		text string
	}{
		{400, "long ago"},
		{83, "Pilot began"},
		{40, "New returns policy"},
		{38, "A note whose text is so long that it cannot be written in full anywhere on a chart"},
		{37, "Third in a row"},
		{10, "Christmas opening hours"},
		{1, "Agent speaks Spanish"},
	} {
		list = append(list, reports.Annotation{At: now.AddDate(0, 0, -n.days), Text: n.text})
	}
	return list
}

func printer(language string) *lang.Printer { return lang.For(language) }
