package views_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"agentreport/bot/views"
	"agentreport/reports"
	"agentreport/reports/lang"
	"agentreport/reports/topics"
)

// topicsOf makes topics of which some are hostile and long.
func topicsOf(n int) []topics.Summary {
	list := make([]topics.Summary, n)
	for i := range list {
		list[i] = topics.Summary{
			Topic: i + 1, Name: []string{"Where is my refund?", markup, strings.Repeat("why oh why ", 200)}[i%3], Status: topics.StatusOpen,
			Conversations: 1 + i*977, Questions: 1 + i*1000, First: monday.AddDate(0, -2, 0), Last: monday.Add(-time.Duration(i) * time.Hour),
			URL: []string{"https://desk.example.com/1?a=1&b=2", "javascript:alert(1)", "https://x.example/" + strings.Repeat("p", 1900)}[i%3], Returned: i%2 == 1,
		}
	}
	return list
}

func questionsOf(n int) []topics.Question {
	list := make([]topics.Question, n)
	for i := range list {
		list[i] = topics.Question{
			Key: fmt.Sprint("shop/", i), Number: i, Asked: monday.Add(-time.Duration(i) * time.Hour), Channel: "chat", Status: topics.StatusOpen,
			Text: []string{"where is my refund", markup, strings.Repeat("&<x>", 500)}[i%3], URL: "https://desk.example.com/1",
		}
	}
	return list
}

func TestGapsViews(t *testing.T) {
	var forty []string
	for i := range 40 {
		forty = append(forty, fmt.Sprint(markup, i))
	}
	for _, language := range lang.Languages {
		p := lang.For(language)
		view := func(name string, v slack.ModalViewRequest) { goldenView(t, "gaps "+name+"."+language, v) }
		view("none", views.Gaps(views.GapsInput{Zone: time.UTC}, p))
		view("not found", views.Gaps(views.GapsInput{State: views.GapsState{Search: markup}, Zone: time.UTC}, p))
		view("one", views.Gaps(views.GapsInput{Topics: topicsOf(1), Total: 1, Channels: []string{"chat", "email"}, Zone: time.UTC}, p))
		view("page 2 of 10000", views.Gaps(views.GapsInput{
			State: views.GapsState{Page: 1, ByDate: true, Channel: forty[3]}, Topics: topicsOf(10), Total: 10_000, Channels: forty, Zone: time.UTC,
		}, p))
		view("more channels than a menu takes", views.Gaps(views.GapsInput{
			State: views.GapsState{Channel: "channel 101"}, Channels: strings.Split(strings.Repeat("c,", 101)+"channel 101", ","), Zone: time.UTC,
		}, p))
		view("loading", views.Loading())
		view("refused", views.Refused(markup, p))

		page := views.TopicInput{
			State: views.TopicState{Topic: 2, Page: 1, Table: "V1"}, Topic: topicsOf(2)[1], Questions: questionsOf(10), Total: 10_000,
			Editor: true, Zone: time.UTC, Ticks: topics.Ticks{Questions: []int{1, 3}},
		}
		view("topic", views.Topic(page, p))
		page.Answers, page.Effects, page.Changes = answersOf(4), make([]reports.Effect, 4), changesOf(5)
		view("topic with answers", views.Topic(page, p))
		page.Ticks = topics.Ticks{All: true, Newest: 100}
		page.Done, page.Undo = p.Count("done_dismiss", 2), []int{1, 2}
		view("topic all, done", views.Topic(page, p))
		page.Editor, page.Done, page.Total, page.State.Page = false, "", 1, 0
		page.Topic.Status, page.Questions = topics.StatusDismissed, questionsOf(1)
		page.Questions[0].Status, page.Questions[0].Since, page.Questions[0].Text = topics.StatusDismissed, topics.Since{By: "U00000000ED", Reason: markup}, ""
		view("topic for a viewer", views.Topic(page, p))

		for _, kind := range []string{views.DismissForm, views.RenameForm, views.MergeForm, views.MoveForm, views.SnoozeForm} {
			view("form "+kind, views.Form(kind, views.FormState{Page: "V2", Was: page.State}, topicsOf(2)[1], 3, p))
		}
	}
}

// TestGapsIDs holds that what a view sends is what its parser reads: each state
// and each input survives the way to Slack and back.
func TestGapsIDs(t *testing.T) {
	p := lang.For("en")
	gaps := views.GapsState{Status: topics.StatusDismissed, Channel: "e mail", Search: "x", ByDate: true, Page: 3}
	if got := views.GapsIn(sent(views.Gaps(views.GapsInput{State: gaps, Zone: time.UTC}, p), nil)); got != gaps {
		t.Errorf("the table's state comes back as %+v; want %+v", got, gaps)
	}
	topic := views.TopicState{Topic: 3, Page: 2, Table: "V1", Gaps: gaps}
	if got := views.TopicIn(sent(views.Topic(views.TopicInput{State: topic, Zone: time.UTC}, p), nil)); got != topic {
		t.Errorf("the page's state comes back as %+v; want %+v", got, topic)
	}
	form := views.FormState{Page: "V2", Was: topic}
	for _, kind := range []string{views.DismissForm, views.RenameForm, views.MergeForm, views.MoveForm, views.SnoozeForm} {
		v := views.Form(kind, form, topicsOf(1)[0], 1, p)
		values := map[string]map[string]slack.BlockAction{}
		for _, b := range v.Blocks.BlockSet {
			in, ok := b.(*slack.InputBlock)
			if !ok {
				continue
			}
			a := slack.BlockAction{Value: " typed\u202e "}
			if kind == views.SnoozeForm || in.BlockID == views.MergeForm || in.BlockID == views.MoveForm {
				a = slack.BlockAction{SelectedOption: slack.OptionBlockObject{Value: "14"}}
			}
			values[in.BlockID] = map[string]slack.BlockAction{in.BlockID: a}
		}
		about, got := views.FormIn(sent(v, values))
		want := map[string]views.FormWritten{
			views.DismissForm: {Reason: "typed"}, views.RenameForm: {Name: "typed"}, views.MergeForm: {Topic: 14},
			views.MoveForm: {Topic: 14, Name: "typed"}, views.SnoozeForm: {Days: 14},
		}[kind]
		if about != form || got != want || v.CallbackID != kind {
			t.Errorf("FormIn(%s) = %+v, %+v; want %+v, %+v", kind, about, got, form, want)
		}
	}
	for value, days := range map[string]int{"": 7, "0": 7, "-3": 7, "91": 7, "90": 90, "x": 7} {
		v := slack.View{CallbackID: views.SnoozeForm, State: &slack.ViewState{Values: map[string]map[string]slack.BlockAction{
			views.SnoozeForm: {views.SnoozeForm: {SelectedOption: slack.OptionBlockObject{Value: value}}},
		}}}
		if _, got := views.FormIn(v); got.Days != days {
			t.Errorf("%q is %d days; want %d", value, got.Days, days)
		}
	}
	v := views.Topic(views.TopicInput{Questions: questionsOf(3), Total: 3, Editor: true, Zone: time.UTC}, p)
	values := map[string]map[string]slack.BlockAction{}
	for _, b := range v.Blocks.BlockSet {
		if s, ok := b.(*slack.SectionBlock); ok && s.BlockID != "" {
			values[s.BlockID] = map[string]slack.BlockAction{views.TopicTick: {SelectedOptions: []slack.OptionBlockObject{{}}}}
		}
	}
	if got := views.TicksIn(slack.View{State: &slack.ViewState{Values: values}}); len(got) != 3 || !got[0] || !got[2] {
		t.Errorf("TicksIn = %v; want all three", got)
	}
	for _, damaged := range []string{"", "{", `{"page":-1}`, "[]"} {
		v := slack.View{PrivateMetadata: damaged}
		if form, _ := views.FormIn(v); views.GapsIn(v) != (views.GapsState{}) || views.TopicIn(v) != (views.TopicState{}) || form != (views.FormState{}) {
			t.Errorf("the state %q is not taken for none", damaged)
		}
	}
}
