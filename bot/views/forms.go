package views

import (
	"cmp"
	"math"
	"strconv"
	"strings"

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

// maxSnooze is the longest that a topic can be out of sight, in days.
const maxSnooze = 90

// FormState is what a form is about.
type FormState struct {
	Page string     `json:"page"` // the id of the topic's page under it
	Was  TopicState `json:"was"`  // and what stood there
}

// FormWritten is what stands in a form.
type FormWritten struct {
	Reason string // of DismissForm
	Name   string // of RenameForm, or of a new topic of MoveForm
	Topic  int    // the other one, of MergeForm and MoveForm; 0 where none is chosen
	Days   int    // of SnoozeForm
}

// FormIn reads a form: what it is about, and what stands in it.
func FormIn(v slack.View) (FormState, FormWritten) {
	text := func(id string, most int) string {
		return reports.Shorten(strings.TrimSpace(reports.Clean(typed(v, id))), most)
	}
	var w FormWritten
	switch v.CallbackID {
	case DismissForm:
		w.Reason = text(DismissForm, MaxReason)
	case RenameForm:
		w.Name = text(RenameForm, MaxName)
	case MergeForm, MoveForm:
		w.Topic = Number(typed(v, v.CallbackID))
		w.Name = text(NewName, MaxName)
	case SnoozeForm:
		w.Days = Number(typed(v, SnoozeForm))
		if w.Days < 1 || w.Days > maxSnooze {
			w.Days = 7
		}
	}
	return decode[FormState](v), w
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

// typed is what stands in an input of a view that was sent: a text or the value
// of a menu or a picker.
func typed(v slack.View, id string) string {
	a := input(v, id)
	return cmp.Or(a.Value, a.SelectedOption.Value, a.SelectedConversation, a.SelectedTime)
}

// ticked are the values of the boxes that are ticked.
func ticked(v slack.View, id string) []string {
	var list []string
	for _, o := range input(v, id).SelectedOptions {
		list = append(list, o.Value)
	}
	return list
}

// input is an input whose block and element bear the same name.
func input(v slack.View, id string) slack.BlockAction {
	if v.State == nil {
		return slack.BlockAction{}
	}
	return v.State.Values[id][id]
}

// Number is a number in a button's or a menu's value; 0 where there is none.
func Number(value string) int {
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 || n > math.MaxInt32 {
		return 0
	}
	return n
}
