package views

import (
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"agentreport/reports"
	"agentreport/reports/lang"
	"agentreport/reports/topics"
)

// The ids of a topic's page.
const (
	TopicView    = "topic"
	TopicPage    = "topic_page"
	TopicTick    = "topic_tick"
	TopicAll     = "topic_all"
	TopicDismiss = "topic_dismiss"
	TopicReopen  = "topic_reopen"
	TopicMore    = "topic_more"
	TopicAnswer  = "topic_answer"

	// What the menu "more" offers.
	MoreRename  = "rename"
	MoreMove    = "move"
	MoreMerge   = "merge"
	MoreSnooze  = "snooze"
	MoreWake    = "wake"
	MoreHistory = "history"
)

// TopicState is where a person is on a topic's page.
type TopicState struct {
	Topic int    `json:"topic"`
	Page  int    `json:"page,omitempty"`
	Table string `json:"table,omitempty"` // the id of the view under it
	Home  bool   `json:"home,omitempty"`  // it was opened from the App Home
	// Gaps is what is chosen in that table.
	Gaps GapsState `json:"gaps,omitzero"`
}

// TopicIn reads the state of a topic's page.
func TopicIn(v slack.View) TopicState {
	s := decode[TopicState](v)
	if s.Page < 0 {
		return TopicState{}
	}
	return s
}

// TopicInput is what a topic's page is made of.
type TopicInput struct {
	State     TopicState
	Topic     topics.Summary
	Questions []topics.Question // the page
	Total     int
	Ticks     topics.Ticks
	Editor    bool
	Zone      *time.Location
	// Answers are the short answers that there are for it, with their effects.
	Answers []reports.Answer
	Effects []reports.Effect
	// Changes are what people did to it last.
	Changes []reports.Change
	// Done is what the person has just done, with its undo: the numbers of the
	// questions that Reopen opens again.
	Done string
	Undo []int
}

// Topic is a topic's page: its exact questions, and what can be done with them.
func Topic(in TopicInput, p *lang.Printer) slack.ModalViewRequest {
	t := &in.Topic
	blocks := []slack.Block{
		section("*" + escape(reports.Shorten(t.Name, 200)) + "*"),
		contextLine(p.Count("gaps_conversations", int64(t.Conversations)) + " · " + p.Count("topic_questions", int64(t.Questions)) + " · " +
			p.T("topic_between", lang.Args{"First": p.Date(reports.DayOf(t.First, in.Zone)), "Last": p.Date(reports.DayOf(t.Last, in.Zone))}) +
			" · " + p.T("gaps_status_"+string(t.Status))),
	}
	if t.Returned {
		blocks = append(blocks, contextLine("↩ "+p.T("gaps_returned")))
	}
	if in.Done != "" {
		blocks = append(blocks, contextLine("✓ "+escape(in.Done)))
		if undo := numbers(in.Undo); len(in.Undo) > 0 && len(undo) <= maxButtonValue {
			blocks = append(blocks, slack.NewActionBlock("topic_undo", slack.NewButtonBlockElement(TopicReopen, undo, plain(p.T("topic_undo"), 75))))
		}
	}
	if in.Editor {
		blocks = append(blocks, topicActions(&in, p))
	}
	for i, a := range in.Answers[:min(len(in.Answers), maxTopicAnswers)] {
		blocks = append(blocks, contextLine("✓ "+p.T("topic_answered", lang.Args{"Question": "*" + escape(reports.Shorten(a.Question, 150)) + "*"})+" · "+
			answerFacts(&a, in.Effects[i], in.Zone, p)))
	}
	for _, c := range in.Changes[:min(len(in.Changes), maxTopicChanges)] {
		if c.What != reports.AnswerCreated && c.What != reports.AnswerChanged && c.What != reports.AnswerDeleted {
			c.Name = "" // it is this topic's
		}
		blocks = append(blocks, contextLine(changeLine(&c, in.Zone, p)))
	}
	blocks = append(blocks, slack.NewDividerBlock())
	for _, q := range in.Questions {
		blocks = append(blocks, topicQuestion(&in, &q, p))
	}
	if in.Total > PageSize {
		blocks = append(blocks, contextLine(pageOf(in.State.Page, len(in.Questions), in.Total, p)))
	}
	if pager := pager(TopicPage, in.State.Page, in.Total, p); pager != nil {
		blocks = append(blocks, pager)
	}
	return modal(TopicView, p.T("topic_title"), in.State, blocks, p)
}

// How many answers and changes a topic's page shows; the lists have all.
const (
	maxTopicAnswers = 3
	maxTopicChanges = 5
)

func topicActions(in *TopicInput, p *lang.Printer) slack.Block {
	var elements []slack.BlockElement
	if in.Topic.Status == topics.StatusOpen || in.Topic.Status == topics.StatusSnoozed {
		all := option("all", p.Count("topic_all", int64(in.Total)))
		boxes := slack.NewCheckboxGroupsBlockElement(TopicAll, all)
		if in.Ticks.All {
			boxes.InitialOptions = []*slack.OptionBlockObject{all}
		}
		write := slack.NewButtonBlockElement(TopicAnswer, "chosen", plain(p.T("topic_answer"), 75)).WithStyle(slack.StylePrimary)
		elements = append(elements, boxes, write, slack.NewButtonBlockElement(TopicDismiss, "chosen", plain(p.T("topic_dismiss"), 75)))
	} else {
		elements = append(elements, slack.NewButtonBlockElement(TopicReopen, "all", plain(p.T("topic_reopen"), 75)))
	}
	more := []*slack.OptionBlockObject{option(MoreRename, p.T("topic_rename")), option(MoreMerge, p.T("topic_merge")), option(MoreMove, p.T("topic_move"))}
	if in.Topic.Status == topics.StatusSnoozed {
		more = append(more, option(MoreWake, p.T("topic_wake")))
	} else {
		more = append(more, option(MoreSnooze, p.T("topic_snooze")))
	}
	more = append(more, option(MoreHistory, p.T("topic_history")))
	return slack.NewActionBlock("topic_actions", append(elements, slack.NewOverflowBlockElement(TopicMore, more...))...)
}

// topicQuestion is one question as it was asked, with its box, date and link.
func topicQuestion(in *TopicInput, q *topics.Question, p *lang.Printer) slack.Block {
	text := q.Text
	if text == "" {
		text = p.T("topic_stripped")
	}
	line := "\n_" + p.Moment(q.Asked, in.Zone) + "_"
	if q.Channel != "" {
		line += " · " + escape(p.Name(q.Channel))
	}
	if q.Inferred {
		line += " · " + p.T("event_inferred")
	}
	if link := link(q.URL, p.T("gaps_ticket")); link != "" {
		line += " · " + link
	}
	if q.Status != topics.StatusOpen {
		line += " · " + p.T("gaps_status_"+string(q.Status))
		if q.Since.By != "" {
			line += " (<@" + escape(q.Since.By) + ">)"
		}
		if q.Since.Reason != "" {
			line += ": " + escapeTo(q.Since.Reason, 300)
		}
	}
	block := slack.NewSectionBlock(mrkdwn(before(p.Masked(text), 2500, line)), nil, nil)
	if in.Editor && q.Status == topics.StatusOpen {
		choose := option(strconv.Itoa(q.Number), p.T("topic_choose"))
		box := slack.NewCheckboxGroupsBlockElement(TopicTick, choose)
		if in.Ticks.Has(q.Number) {
			box.InitialOptions = []*slack.OptionBlockObject{choose}
		}
		block.Accessory = slack.NewAccessory(box)
		block.BlockID = tickBlock(q.Number)
	}
	return block
}

func tickBlock(number int) string { return "tick " + strconv.Itoa(number) }

// tickNumber is the number of the question to which a box belongs.
func tickNumber(block string) (int, bool) {
	rest, ok := strings.CutPrefix(block, "tick ")
	n, err := strconv.Atoi(rest)
	return n, ok && err == nil
}

// TickIn reads one box that a person ticked on a topic's page, or took the tick off: the
// topic, the number of the question, and whether it is one at all.
func TickIn(i slack.InteractionCallback) (topic, question int, ticked, ok bool) {
	box := i.ActionCallback.BlockActions[0]
	question, ok = tickNumber(box.BlockID)
	return TopicIn(i.View).Topic, question, len(box.SelectedOptions) > 0, ok
}

// TicksIn are the ticks of the page that a person looks at: of each question
// on it by its number, whether it is ticked.
func TicksIn(v slack.View) map[int]bool {
	here := map[int]bool{}
	if v.State == nil {
		return here
	}
	for block, actions := range v.State.Values {
		n, ok := tickNumber(block)
		if box, is := actions[TopicTick]; ok && is {
			here[n] = len(box.SelectedOptions) > 0
		}
	}
	return here
}

// numbers writes the numbers of questions as a button's value, ParseNumbers
// reads them.
func numbers(list []int) string {
	words := make([]string, len(list))
	for i, n := range list {
		words[i] = strconv.Itoa(n)
	}
	return strings.Join(words, ",")
}

// ParseNumbers reads the numbers of questions out of a button's value.
func ParseNumbers(value string) []int {
	var list []int
	for word := range strings.SplitSeq(value, ",") {
		if n, err := strconv.Atoi(word); err == nil {
			list = append(list, n)
		}
	}
	return list
}
