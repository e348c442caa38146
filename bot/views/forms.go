package views

import (
	"cmp"
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
	return decode[FormState](metadata)
}

// Form is one of the forms; chosenQuestions is how many questions it is about.
func Form(kind string, s FormState, t topics.Summary, chosenQuestions int, p *lang.Printer) slack.ModalViewRequest {
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
		blocks = []slack.Block{about, searched(MergeForm, p.T("merge_with"), p)}
	case MoveForm:
		to := searched(MoveForm, p.T("move_to"), p)
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

// searched is a menu whose options Slack asks for while a person types.
func searched(id, label string, p *lang.Printer) *slack.InputBlock {
	return slack.NewInputBlock(id, plain(label, 200), nil, searchMenu(id, p))
}

func searchMenu(id string, p *lang.Printer) *slack.SelectBlockElement {
	menu := slack.NewOptionsSelectBlockElement(slack.OptTypeExternal, plain(p.T("search_hint"), 75), id)
	none := 0
	menu.MinQueryLength = &none // before anything is typed, the most likely are offered
	return menu
}

// MaxFound is how many options such a menu offers at a time: an acknowledgement
// over Socket Mode has to stay small.
const MaxFound = 30

// Found are the options for what a person typed.
func Found(choices []Choice) slack.OptionsResponse {
	out := slack.OptionsResponse{Options: []*slack.OptionBlockObject{}}
	for _, c := range choices[:min(len(choices), MaxFound)] {
		out.Options = append(out.Options, option(c.Value, c.ID))
	}
	return out
}

// Typed is what stands in an input of a view that was sent: a text or the value
// of a menu or a picker.
func Typed(state *slack.ViewState, id string) string {
	if state == nil {
		return ""
	}
	a := state.Values[id][id]
	return cmp.Or(a.Value, a.SelectedOption.Value, a.SelectedConversation, a.SelectedTime)
}

// TypedAll are the values of the boxes that are ticked.
func TypedAll(state *slack.ViewState, id string) []string {
	if state == nil {
		return nil
	}
	var list []string
	for _, o := range state.Values[id][id].SelectedOptions {
		list = append(list, o.Value)
	}
	return list
}
