package views

import (
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"agentreport/reports"
	"agentreport/reports/lang"
)

// The ids of the form in which a short answer is written, and of the list.
const (
	AnswerForm     = "answer"
	AnswerQuestion = "answer_question"
	AnswerText     = "answer_text"
	AnswerLanguage = "answer_language"
	AnswerHidden   = "answer_hidden"
	AnswerPreview  = "answer_preview"

	AnswersView   = "answers"
	AnswersPage   = "answers_page"
	AnswersEdit   = "answers_edit"
	AnswersDelete = "answers_delete"
)

// AnswerState is what the form is about: a new answer for a topic, or one that
// there is, at a version.
type AnswerState struct {
	ID      string `json:"id,omitempty"` // of the answer that is changed
	Version int64  `json:"version,omitempty"`
	// Conflict says that somebody else changed the answer while this was open.
	Conflict bool       `json:"conflict,omitempty"`
	Page     string     `json:"page,omitempty"` // the view under it
	Was      TopicState `json:"was,omitzero"`   // what stood there, if that is a topic's page
	// Newest is the number of the topic's last question when the form was opened:
	// where nothing is ticked, the answer closes those up to it.
	Newest int          `json:"newest,omitempty"`
	List   AnswersState `json:"list,omitzero"` // or what stood there, if it is the list
}

// Written is what stands in the form.
type Written struct {
	Question, Text, Language string
	Hidden                   bool // not to be given to the customer agent
}

// AnswerIn reads the form: what it is about, and what stands in it.
func AnswerIn(v slack.View) (AnswerState, Written) {
	return decode[AnswerState](v), Written{
		Question: strings.TrimSpace(typed(v, AnswerQuestion)), Text: strings.TrimSpace(typed(v, AnswerText)),
		Language: typed(v, AnswerLanguage), Hidden: len(ticked(v, AnswerHidden)) > 0,
	}
}

// AnswerInput is what the form is made of.
type AnswerInput struct {
	State   AnswerState
	Written Written
	Closes  int  // how many questions a new answer closes
	Preview bool // show it as the customer will read it
	Covers  int  // how many open questions are about the same
	Similar []reports.Answer
	// Theirs is what somebody else made of the answer meanwhile.
	Theirs *reports.Answer
	// Warning says why something is missing.
	Warning string
}

// Answer is the form.
func Answer(in AnswerInput, p *lang.Printer) slack.ModalViewRequest {
	var blocks []slack.Block
	if in.Theirs != nil {
		blocks = append(blocks, section("⚠ "+p.T("answer_conflict", lang.Args{"Who": "<@" + escape(in.Theirs.ChangedBy) + ">"})+"\n>"+
			strings.ReplaceAll(escape(reports.Shorten(in.Theirs.Text, 1500)), "\n", "\n>")))
	}
	if in.Warning != "" {
		blocks = append(blocks, section("⚠ "+escape(in.Warning)))
	}
	if in.State.ID == "" && in.Warning == "" {
		blocks = append(blocks, contextLine(p.Count("answer_closes", int64(in.Closes))))
	}
	question := slack.NewPlainTextInputBlockElement(nil, AnswerQuestion)
	question.DispatchActionConfig = &slack.DispatchActionConfig{TriggerActionsOn: []string{"on_character_entered"}}
	question.InitialValue, question.MaxLength, question.Multiline = reports.Shorten(reports.Clean(in.Written.Question), reports.MaxAnswerQuestion), reports.MaxAnswerQuestion, true
	text := slack.NewPlainTextInputBlockElement(plain(p.T("answer_hint"), 140), AnswerText)
	text.InitialValue, text.MaxLength, text.Multiline = reports.Shorten(in.Written.Text, reports.MaxAnswer), reports.MaxAnswer, true
	var languages []*slack.OptionBlockObject
	for _, l := range lang.Languages {
		languages = append(languages, option(l, p.T("language_"+l)))
	}
	if l := in.Written.Language; l != "" && !slices.Contains(lang.Languages, l) {
		languages = append(languages, option(l, l))
	}
	hidden := option("hidden", p.T("answer_hidden"))
	boxes := slack.NewCheckboxGroupsBlockElement(AnswerHidden, hidden)
	if in.Written.Hidden {
		boxes.InitialOptions = []*slack.OptionBlockObject{hidden}
	}
	hide := slack.NewInputBlock(AnswerHidden, plain(p.T("answer_published"), 200), nil, boxes)
	hide.Optional = true
	ask := slack.NewInputBlock(AnswerQuestion, plain(p.T("answer_question"), 200), nil, question)
	ask.DispatchAction = true
	blocks = append(blocks, ask)
	if in.Covers > 0 {
		blocks = append(blocks, contextLine(p.Count("answer_covers", int64(in.Covers))))
	}
	for _, a := range in.Similar {
		blocks = append(blocks, contextLine("≈ "+p.T("answer_similar")+" *"+escape(reports.Shorten(a.Question, 150))+"*: "+escape(reports.Shorten(a.Text, 200))))
	}
	blocks = append(blocks,
		slack.NewInputBlock(AnswerText, plain(p.T("answer_text"), 200), nil, text),
		slack.NewInputBlock(AnswerLanguage, plain(p.T("answer_language"), 200), nil, chosen(AnswerLanguage, p.T("answer_language"), languages, or(in.Written.Language, lang.Languages[0]))),
		hide,
		slack.NewActionBlock(AnswerPreview, slack.NewButtonBlockElement(AnswerPreview, "preview", plain(p.T("answer_preview"), 75))),
	)
	if in.Preview {
		blocks = append(blocks, slack.NewDividerBlock(), section("*"+escape(reports.Shorten(in.Written.Question, 500))+"*"), section(mrkdwnOf(in.Written.Text)))
	}
	title, submit := "answer_create_title", "answer_create"
	if in.State.ID != "" {
		title, submit = "answer_edit_title", "answer_save"
	}
	v := modal(AnswerForm, p.T(title), in.State, blocks, p)
	v.Submit = plain(p.T(submit), 24)
	return v
}

// mrkdwnOf is an answer as it is formatted: its own marks stay, mentions and
// links to people or channels do not.
func mrkdwnOf(text string) string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		lines[i] = escape(l)
	}
	return or(strings.TrimSpace(strings.Join(lines, "\n")), "…")
}

// AnswersState is what is chosen in the list of answers.
type AnswersState struct {
	Search string `json:"search,omitempty"`
	Page   int    `json:"page,omitempty"`
}

// AnswersIn reads the state of the list.
func AnswersIn(v slack.View) AnswersState {
	s := decode[AnswersState](v)
	if s.Page < 0 {
		return AnswersState{}
	}
	return s
}

// AnswersInput is what the list is made of.
type AnswersInput struct {
	State   AnswersState
	Answers []reports.Answer // the page
	Effects []reports.Effect // of each
	Total   int
	Editor  bool
	Zone    *time.Location
}

// Answers is the list of short answers with what each has done.
func Answers(in AnswersInput, p *lang.Printer) slack.ModalViewRequest {
	var blocks []slack.Block
	if len(in.Answers) > 0 || in.State != (AnswersState{}) {
		blocks = append(blocks, slack.NewActionBlock("answers_controls", searchButtons(in.State.Search, p)...))
	}
	switch {
	case len(in.Answers) == 0 && in.State == (AnswersState{}):
		blocks = append(blocks, section(p.T("answers_none")))
	case len(in.Answers) == 0:
		blocks = append(blocks, section(p.T("gaps_none_found")))
	default:
		blocks = append(blocks, contextLine(pageOf(in.State.Page, len(in.Answers), in.Total, p)))
	}
	for i, a := range in.Answers {
		blocks = append(blocks, slack.NewDividerBlock(), section("*"+escape(reports.Shorten(a.Question, 200))+"*\n"+mrkdwnOf(reports.Shorten(a.Text, 400))),
			contextLine(answerFacts(&a, in.Effects[i], in.Zone, p)))
		if in.Editor {
			remove := slack.NewButtonBlockElement(AnswersDelete, a.ID, plain(p.T("answers_delete"), 75)).WithStyle(slack.StyleDanger)
			remove.Confirm = slack.NewConfirmationBlockObject(plain(p.T("answers_delete_title"), 90), plain(p.T("answers_delete_sure"), 280), plain(p.T("answers_delete"), 28), plain(p.T("close"), 28))
			blocks = append(blocks, slack.NewActionBlock("", slack.NewButtonBlockElement(AnswersEdit, a.ID, plain(p.T("answers_edit"), 75)), remove))
		}
	}
	if pager := pager(AnswersPage, in.State.Page, in.Total, p); pager != nil {
		blocks = append(blocks, pager)
	}
	return modal(AnswersView, p.T("answers_title"), in.State, blocks, p)
}

func answerFacts(a *reports.Answer, e reports.Effect, zone *time.Location, p *lang.Printer) string {
	facts := []string{p.T("answer_by", lang.Args{"Who": "<@" + escape(a.CreatedBy) + ">", "At": p.Date(reports.DayOf(a.CreatedAt, zone))})}
	if a.ChangedBy != "" {
		facts = append(facts, p.T("answer_changed", lang.Args{"Who": "<@" + escape(a.ChangedBy) + ">", "At": p.Date(reports.DayOf(a.ChangedAt, zone))}))
	}
	if a.Unpublished {
		facts = append(facts, p.T("answer_unpublished"))
	}
	return strings.Join(append(facts, EffectSentence(e, p)), " · ")
}

// EffectSentence says how often the topic was asked before and since.
func EffectSentence(e reports.Effect, p *lang.Printer) string {
	if e.Weeks < 1 {
		return p.T("effect_early", lang.Args{"Before": p.Decimal(e.Before)})
	}
	return p.T("effect", lang.Args{"Before": p.Decimal(e.Before), "Since": p.Decimal(e.Since)})
}
