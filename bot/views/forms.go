package views

import (
	"encoding/json"
	"strconv"

	"github.com/slack-go/slack"

	"agentreport/reports"
	"agentreport/reports/lang"
	"agentreport/reports/topics"
)

// The ids of the forms over a topic's page. Each form has one input, whose
// block and element bear the form's name.
const (
	DismissForm = "dismiss"
	RenameForm  = "rename"
	MergeForm   = "merge"
	MoveForm    = "move"
	SnoozeForm  = "snooze"
	// NewName is the other input of MoveForm.
	NewName = "new_name"
)

// MaxName and MaxReason are how much can be typed, in characters.
const (
	MaxName   = 120
	MaxReason = 500
)

// FormState is what a form is about.
type FormState struct {
	Page string     `json:"page"` // the id of the topic's page under it
	Was  TopicState `json:"was"`  // and what stood there
}

// DecodeForm reads the state of a form.
func DecodeForm(metadata string) FormState {
	var s FormState
	if json.Unmarshal([]byte(metadata), &s) != nil {
		return FormState{}
	}
	return s
}

// Form is one of the forms. Others are the topics that a question can be moved
// to, or the topic merged with; chosen is how many questions it is about.
func Form(kind string, s FormState, t topics.Summary, others []topics.Summary, chosenQuestions int, p *lang.Printer) slack.ModalViewRequest {
	var blocks []slack.Block
	about := section("*" + escape(reports.Shorten(t.Name, 200)) + "*")
	switch kind {
	case DismissForm:
		input := slack.NewPlainTextInputBlockElement(plain(p.T("dismiss_hint"), 140), DismissForm)
		input.Multiline, input.MaxLength = true, MaxReason
		reason := slack.NewInputBlock(DismissForm, plain(p.T("dismiss_reason"), 200), nil, input)
		reason.Optional = true
		blocks = []slack.Block{section(p.Count("dismiss_about", int64(chosenQuestions))), reason}
	case RenameForm:
		input := slack.NewPlainTextInputBlockElement(nil, RenameForm)
		input.InitialValue, input.MaxLength = reports.Shorten(reports.Clean(t.Name), MaxName), MaxName
		blocks = []slack.Block{slack.NewInputBlock(RenameForm, plain(p.T("rename_name"), 200), nil, input)}
	case MergeForm:
		blocks = []slack.Block{about, topicInput(MergeForm, p.T("merge_with"), t.Topic, others)}
	case MoveForm:
		to := topicInput(MoveForm, p.T("move_to"), t.Topic, others)
		to.Optional = true
		name := slack.NewPlainTextInputBlockElement(nil, NewName)
		name.MaxLength = MaxName
		own := slack.NewInputBlock(NewName, plain(p.T("move_new"), 200), nil, name)
		own.Optional = true
		blocks = []slack.Block{section(p.Count("move_about", int64(chosenQuestions))), to, own}
	case SnoozeForm:
		var options []*slack.OptionBlockObject
		for _, days := range []int{7, 14, 30, 90} {
			options = append(options, option(strconv.Itoa(days), p.Count("snooze_days", int64(days))))
		}
		menu := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, nil, SnoozeForm, options...).WithInitialOption(options[0])
		blocks = []slack.Block{about, slack.NewInputBlock(SnoozeForm, plain(p.T("snooze_for"), 200), nil, menu)}
	}
	v := modal(kind, p.T("form_"+kind), s, blocks, p)
	v.Submit = plain(p.T("form_"+kind), 24)
	return v
}

// topicInput is a menu of topics, without the one that it is about.
func topicInput(id, label string, without int, others []topics.Summary) *slack.InputBlock {
	var options []*slack.OptionBlockObject
	for _, t := range others {
		if t.Topic != without && len(options) < maxOptions {
			options = append(options, option(strconv.Itoa(t.Topic), t.Name))
		}
	}
	if len(options) == 0 {
		options = append(options, option(strconv.Itoa(without), "—")) // a menu has at least one
	}
	return slack.NewInputBlock(id, plain(label, 200), nil, slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, nil, id, options...))
}

// Typed is what stands in an input of a view that was sent: a text or the value
// of a menu.
func Typed(state *slack.ViewState, id string) string {
	if state == nil {
		return ""
	}
	a := state.Values[id][id]
	return or(a.Value, a.SelectedOption.Value)
}
