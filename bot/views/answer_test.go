package views_test

import (
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"agentreport/bot/views"
	"agentreport/reports"
	"agentreport/reports/lang"
)

func answersOf(n int) []reports.Answer {
	list := make([]reports.Answer, n)
	for i := range list {
		list[i] = reports.Answer{
			ID: "V" + strings.Repeat("1", i+1), Question: []string{"Where is my refund?", markup, strings.Repeat("why oh why ", 180)}[i%3],
			Text:     []string{"*14 days* after we have it.", markup, strings.Repeat("&<x>\n", 600)}[i%3],
			Language: "en", CreatedAt: monday, CreatedBy: "U00000000ED", Unpublished: i%2 == 1,
		}
	}
	list[0].ChangedBy, list[0].ChangedAt = "U00000000VW", monday.Add(time.Hour)
	return list
}

func TestAnswerViews(t *testing.T) {
	for _, language := range lang.Languages {
		p := lang.For(language)
		view := func(name string, v slack.ModalViewRequest) { goldenView(t, "answer "+name+"."+language, v) }
		written := views.Written{Question: markup, Text: strings.Repeat("&<x>\n", 600), Language: "pt", Hidden: true}
		view("new", views.Answer(views.AnswerInput{Written: views.Written{Question: "Where is my refund?"}, Closes: 3}, p))
		view("preview", views.Answer(views.AnswerInput{Written: written, Closes: 1, Preview: true, Covers: 10_000, Similar: answersOf(3)}, p))
		theirs := answersOf(3)[2]
		theirs.ChangedBy = "U00000000VW"
		view("conflict", views.Answer(views.AnswerInput{State: views.AnswerState{ID: "V1", Version: 2}, Written: written, Theirs: &theirs}, p))

		effects := make([]reports.Effect, 10)
		effects[0] = reports.Effect{Before: 12, Since: 3.25, Weeks: 2}
		view("list", views.Answers(views.AnswersInput{
			State: views.AnswersState{Page: 1}, Answers: answersOf(10), Effects: effects, Total: 100, Editor: true, Zone: time.UTC,
		}, p))
		view("list for a viewer", views.Answers(views.AnswersInput{Answers: answersOf(1), Effects: effects[:1], Total: 1, Zone: time.UTC}, p))
		view("list empty", views.Answers(views.AnswersInput{Zone: time.UTC}, p))
		view("list not found", views.Answers(views.AnswersInput{State: views.AnswersState{Search: markup}, Zone: time.UTC}, p))
	}
}

// sent is a view as Slack sends it back, with what stands in its inputs.
func sent(v slack.ModalViewRequest, values map[string]map[string]slack.BlockAction) slack.View {
	view := slack.View{CallbackID: v.CallbackID, PrivateMetadata: v.PrivateMetadata}
	if values != nil {
		view.State = &slack.ViewState{Values: values}
	}
	return view
}

// TestAnswerIDs holds that what the form sends is what its parser reads.
func TestAnswerIDs(t *testing.T) {
	p := lang.For("en")
	state := views.AnswerState{ID: "V1", Version: 3, Page: "V2", Was: views.TopicState{Topic: 1}, List: views.AnswersState{Search: "x", Page: 2}}
	v := views.Answer(views.AnswerInput{State: state}, p)
	values := map[string]map[string]slack.BlockAction{}
	for _, b := range v.Blocks.BlockSet {
		if in, ok := b.(*slack.InputBlock); ok {
			action := slack.BlockAction{Value: " " + in.BlockID + " "}
			if in.BlockID == views.AnswerHidden {
				action.SelectedOptions = []slack.OptionBlockObject{{}}
			}
			values[in.BlockID] = map[string]slack.BlockAction{in.BlockID: action}
		}
	}
	values[views.AnswerLanguage][views.AnswerLanguage] = slack.BlockAction{SelectedOption: slack.OptionBlockObject{Value: "es"}}
	want := views.Written{Question: views.AnswerQuestion, Text: views.AnswerText, Language: "es", Hidden: true}
	if about, got := views.AnswerIn(sent(v, values)); about != state || got != want || v.CallbackID != views.AnswerForm {
		t.Errorf("AnswerIn = %+v, %+v; want %+v, %+v", about, got, state, want)
	}
	if _, got := views.AnswerIn(slack.View{}); got != (views.Written{}) {
		t.Errorf("AnswerIn of nothing = %+v", got)
	}
	list := views.AnswersState{Search: "x", Page: 2}
	if got := views.AnswersIn(sent(views.Answers(views.AnswersInput{State: list, Zone: time.UTC}, p), nil)); got != list {
		t.Errorf("the list's state comes back as %+v; want %+v", got, list)
	}
}
