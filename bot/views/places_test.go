package views_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"agentreport/bot/views"
	"agentreport/reports"
	"agentreport/reports/lang"
)

// changesOf are changes of every kind, of which some are hostile and long.
func changesOf(n int) []reports.Change {
	list := make([]reports.Change, n)
	for i := range list {
		list[i] = reports.Change{
			At: monday.Add(-time.Duration(i) * time.Hour), By: []string{"U00000000ED", reports.CommandLine, markup}[i%3], What: reports.ChangeKinds[i%len(reports.ChangeKinds)],
			Name: []string{"Refunds", markup, strings.Repeat("why oh why ", 200)}[i%3], Questions: i % 4,
			Before: []string{"", markup, "was\nthis"}[i%3], After: []string{strings.Repeat("&<x>", 600), "", "is\nthat"}[i%3],
		}
	}
	return list
}

func schedulesOf(n int) []views.ScheduleRow {
	list := make([]views.ScheduleRow, n)
	for i := range list {
		list[i] = views.ScheduleRow{
			Subscription: reports.Subscription{
				ID: "V0000000001", Channel: "C0000000001", Schedule: "0 9 * * MON", Zone: "Europe/Madrid", Language: "es", Definition: "durable",
				Filter: []string{"", markup}[i%2], CreatedBy: "U00000000ED", Paused: i%4 == 3, Managed: i%5 == 4,
			},
			Day: time.Monday, At: "09:00", Next: monday.AddDate(0, 0, 7),
		}
		switch i % 3 {
		case 1:
			list[i].Last = &reports.Delivery{Week: week, Due: monday, State: reports.Failed, Steps: []reports.Step{{Note: markup + strings.Repeat("x", 5000)}}}
			list[i].Sections = []reports.Section{reports.SectionGaps, reports.SectionCharts}
		case 2:
			list[i].Last, list[i].At = &reports.Delivery{Week: week, Due: monday, State: reports.Posted}, ""
		}
	}
	return list
}

func impact(n int64) reports.Table {
	r, _ := reports.FindReport("impact")
	return ran(r, input(n, n/10), n)
}

// ran is a report of the week's conversations.
func ran(r *reports.Report, in reports.DigestInput, n int64) reports.Table {
	t := r.Run(in.Days, reports.Query{Range: week.Range(), Now: monday, Rules: in.Rules})
	in.Cohorts = nil
	if n > 0 {
		in.Cohorts = wentOn(n, n/10)
	}
	if r.Shape == reports.Tiles {
		m, err := in.Impact()
		if err != nil {
			panic(err)
		}
		t.Impact = &m
	} else if err := t.Learn(in.Cohorts); err != nil {
		panic(err)
	}
	return t
}

func TestPlaces(t *testing.T) {
	for _, language := range lang.Languages {
		p := lang.For(language)
		view := func(name string, v any) { goldenView(t, name+"."+language, v) }
		view("schedules", views.Schedules(views.SchedulesInput{Rows: schedulesOf(6), Editor: true, Done: p.T("schedule_sent"), Zone: time.UTC}, p))
		view("schedules none", views.Schedules(views.SchedulesInput{Editor: true, Zone: time.UTC}, p))
		view("schedules 100 for a viewer", views.Schedules(views.SchedulesInput{Rows: schedulesOf(10), Page: 4, Total: 100, Zone: time.UTC}, p))
		view("schedule confirm", views.Confirm(views.ScheduleSend, views.ScheduleState{ID: "a", List: "V1"}, &schedulesOf(1)[0], p))
		view("schedule form", views.Schedule(views.ScheduleState{List: "V1"}, views.ScheduleWritten{Day: time.Monday, At: "09:00", Zone: "UTC", Language: language, Definition: "standard"}, p))

		view("audit", views.Audit(views.AuditInput{State: views.AuditState{Page: 1}, Changes: changesOf(len(reports.ChangeKinds)), More: true, Zone: time.UTC}, p))
		view("audit none", views.Audit(views.AuditInput{Zone: time.UTC}, p))

		back := comesBack()
		thread := reports.Rules{Zone: time.UTC, Window: reports.DefaultWindow}.Fold(back)
		q := reports.Query{Range: reports.Range{From: "2000-01-01", To: "2100-01-01"}, Now: back[len(back)-1].At.AddDate(0, 0, 9), Rules: reports.Rules{Zone: time.UTC, Window: reports.DefaultWindow}}
		view("listing", views.Listing(views.ListingInput{
			State: views.ListingState{Asked: "handled last week", Page: 1}, Title: "Handled", Listed: q.Rules.List(&thread, q), More: true, Zone: time.UTC,
		}, p))
		view("listing none", views.Listing(views.ListingInput{Title: markup, Zone: time.UTC}, p))
		view("search", views.Search(views.SearchState{List: views.GapsView, View: "V1", Gaps: views.GapsState{Search: markup}}, p))

		view("home empty", views.Home(views.HomeInput{Week: impact(0), Admin: true, Now: monday, Zone: time.UTC}, p))
		full := views.HomeInput{
			Week: impact(412), Sources: []reports.Source{{Name: markup, LastAt: monday.AddDate(0, 0, -9)}, {Name: "shop", LastAt: monday}},
			Topics: topicsOf(5), OpenTopics: 10_000, Answers: answersOf(3), Effects: make([]reports.Effect, 3), Schedules: schedulesOf(100),
			Now: monday, Zone: time.UTC, Admin: true,
		}
		view("home of an admin", views.Home(full, p))
		full.Admin, full.Schedules = false, schedulesOf(1)
		view("home", views.Home(full, p))
		view("home refused", views.HomeRefused(p.T("refused_guest")))

		message := func(name string, m views.Message) { goldenMessage(t, name+"."+language, m) }
		notes := make([]reports.Annotation, 25)
		for i := range notes {
			notes[i] = reports.Annotation{ID: "N1", At: monday, Text: []string{"New returns policy", markup}[i%2], By: "U00000000ED"}
		}
		message("notes", views.Notes(notes, p.T("note_done"), true, time.UTC, p))
		message("notes none", views.Notes(nil, "", false, time.UTC, p))

		said := make([]reports.Note, 10)
		for i := range said {
			said[i] = reports.Note{Text: []string{"Too slow", hostile, strings.Repeat("&<x>\n", 300)}[i%3], At: monday, Channel: "chat", Rating: reports.Negative, URL: "https://desk.example.com/1"}
		}
		message("comments", views.Message{Text: "x", Blocks: views.Comments(views.CommentsInput{Notes: said, Page: 1, Total: 10_000, Before: "feedback", After: "feedback page:3", Zone: time.UTC}, p)})
		message("comments none", views.Message{Text: "x", Blocks: views.Comments(views.CommentsInput{Zone: time.UTC}, p)})

		var events []reports.Event
		for i := range 30 {
			events = append(events, reports.Event{
				ID: string(rune('a' + i)), Source: "shop", Conversation: "c1", Type: reports.EventTypes[i%len(reports.EventTypes)], At: monday.Add(time.Duration(i) * time.Minute),
				Actor: []reports.Actor{"", reports.Visitor, reports.Agent, reports.Human, reports.System}[i%5], Text: []string{"", hostile}[i%2], Channel: "chat",
			})
		}
		rules := reports.Rules{Zone: time.UTC, Window: reports.DefaultWindow}
		explained := func(events []reports.Event) reports.Explained {
			return reports.Explained{Events: events, Conversation: rules.Fold(events)}
		}
		erased := explained(events)
		erased.Erased = true
		message("explain", views.Explain([]reports.Explained{erased, explained(events[:2]), explained(events[:4]), {}}, rules, monday.Add(time.Hour), time.UTC, p))
		message("explain sessions", views.Explain([]reports.Explained{explained(comesBack())}, rules, monday.Add(time.Hour), time.UTC, p))
	}
}

// comesBack is a thread that never ends: sessions that began for every reason, of
// which the last is a nudge that nobody answered.
func comesBack() []reports.Event {
	var list []reports.Event
	add := func(days int, kind reports.EventType, actor reports.Actor) {
		id := strconv.Itoa(len(list) + 1)
		list = append(list, reports.Event{
			ID: id, Source: "shop", Conversation: "whatsapp:34", Type: kind, Actor: actor, At: monday.AddDate(0, 0, days-60).Add(time.Duration(len(list)) * time.Second),
			Channel: "whatsapp", Question: map[bool]string{true: hostile}[kind == reports.Unanswered], Inferred: days == 41,
		})
	}
	add(0, reports.Started, "")
	add(0, reports.Message, reports.Visitor)
	add(0, reports.Message, reports.Agent)
	add(20, reports.Message, reports.Visitor)
	add(20, reports.Unanswered, "")
	add(40, reports.Reopened, "")
	add(40, reports.Message, reports.Visitor)
	add(40, reports.Message, reports.Agent)
	add(41, reports.Unanswered, "")
	add(55, reports.Started, reports.Agent)
	add(55, reports.Message, reports.Agent)
	return list
}

// TestScheduleIDs holds that what the form sends is what its parser reads.
func TestScheduleIDs(t *testing.T) {
	p := lang.For("en")
	state := views.ScheduleState{ID: "a", List: "V1"}
	v := views.Schedule(state, views.ScheduleWritten{Zone: "UTC"}, p)
	values := map[string]map[string]slack.BlockAction{}
	for _, b := range v.Blocks.BlockSet {
		in := b.(*slack.InputBlock)
		a := slack.BlockAction{SelectedOption: slack.OptionBlockObject{Value: in.BlockID}}
		switch in.BlockID {
		case views.ScheduleChannel:
			a = slack.BlockAction{SelectedConversation: "C1"}
		case views.ScheduleTime:
			a = slack.BlockAction{SelectedTime: "08:30"}
		case views.ScheduleDay:
			a.SelectedOption.Value = "2"
		case views.ScheduleSections:
			a = slack.BlockAction{SelectedOptions: []slack.OptionBlockObject{{Value: "gaps"}, {Value: "nonsense"}}}
		}
		values[in.BlockID] = map[string]slack.BlockAction{in.BlockID: a}
	}
	about, got := views.ScheduleIn(sent(v, values))
	if about != state || v.CallbackID != views.ScheduleForm || got.Channel != "C1" || got.At != "08:30" || got.Day != time.Tuesday || got.Zone != views.ScheduleZone || got.Language != views.ScheduleLanguage ||
		got.Filter != views.ScheduleFilter || got.Definition != views.ScheduleDefinition || len(got.Sections) != 1 || got.Sections[0] != reports.SectionGaps {
		t.Errorf("ScheduleIn = %+v, %+v", about, got)
	}
	for _, damaged := range []string{"", "{", "[]"} {
		v := slack.View{PrivateMetadata: damaged}
		if about, _ := views.ScheduleIn(v); about != (views.ScheduleState{}) || views.AuditIn(v) != (views.AuditState{}) {
			t.Errorf("the state %q is not taken for none", damaged)
		}
	}
}
