package bot

import (
	"context"

	"github.com/slack-go/slack"

	"agentreport/bot/views"
)

// place is one surface on which people meet the bot, and all that they can do there.
type place struct {
	commands []command         // that open it
	actions  map[string]action // its buttons and menus, and those elsewhere that open it
	menus    map[string]menu   // those whose options depend on what is typed
	forms    map[string]form   // what sending it does, by the id of its view
}

// command is what can be typed after the slash command. It either gives a message or
// opens a modal.
type command struct {
	name string
	text bool // what follows is a text of its own, not filters
	run  func(context.Context, *visit) (views.Message, error)
	open func(context.Context, slack.SlashCommand, Ask)
}

// action does what a button or a menu with a value stands for, after it was acknowledged.
type action func(ctx context.Context, i slack.InteractionCallback, value string)

// menu finds the options for what a person typed.
type menu func(ctx context.Context, typed string, i slack.InteractionCallback, p *Person) ([]views.Choice, error)

// form is what sending a modal does.
type form struct {
	// submit writes what the modal says before Slack has its answer: nothing where it is
	// done, or what is wrong with it, under the input. Then is done after it.
	submit  func(ctx context.Context, i slack.InteractionCallback, p *Person) (answer *slack.ViewSubmissionResponse, then func(context.Context))
	input   string // under which it says why nothing was done
	viewers bool   // whoever may look may send it
}

// places is the table of everything that people can do, in the order of the help.
func (b *Bot) places(s Store) []place {
	report := &reportMessage{b.desk, s}
	listing := &listingModal{b.desk, report, s}
	gaps := &gapsList{b.desk, s}
	answers := &answersList{b.desk, s, s}
	channels := &channelMenu{b.desk, s}
	schedules := &schedulesList{b.desk, channels, s}
	audit := &auditTrail{b.desk, s}
	notes := &noteList{b.desk, s}
	inspect := &inspector{b.desk, s}
	b.home = &homeTab{b.desk, report, gaps, answers, schedules, inspect, s}
	topic := &topicPage{b.desk, gaps, answers, audit, b.home, s, s}
	forms := &topicForms{topic}
	answer := &answerForm{desk: b.desk, topic: topic, list: answers, store: s}
	search := &searchForm{b.desk, gaps, answers}

	return []place{
		{
			commands: report.commands(),
			actions: map[string]action{
				views.ReportRange: b.askAgain, views.ReportPage: b.askAgain, views.DigestReport: b.askBeside, views.ReportPost: report.post, views.ReportCSV: report.sendCSV,
			},
		},
		{actions: map[string]action{views.ListingShow: listing.open, views.ListingPage: listing.turn}},
		{
			commands: []command{{name: "gaps", open: gaps.open}},
			actions: map[string]action{
				views.GapsShow: gaps.show, views.GapsStatus: gaps.choose, views.GapsOrder: gaps.choose, views.GapsChannel: gaps.choose, views.GapsPage: gaps.choose,
			},
			menus: map[string]menu{views.GapsChannel: channels.find},
		},
		{
			actions: map[string]action{
				views.GapsOpen: topic.open, views.HomeTopic: topic.openFromHome, views.DigestTopic: topic.openFromDigest, views.TopicPage: topic.turn, views.TopicTick: topic.tick, views.TopicAll: topic.tickAll,
				views.TopicReopen: topic.reopen, views.TopicDismiss: forms.dismiss, views.TopicMore: forms.more,
			},
		},
		{
			menus: map[string]menu{views.MergeForm: forms.find, views.MoveForm: forms.find},
			forms: map[string]form{
				views.DismissForm: {submit: forms.submit, input: views.DismissForm}, views.RenameForm: {submit: forms.submit, input: views.RenameForm},
				views.MergeForm: {submit: forms.submit, input: views.MergeForm}, views.MoveForm: {submit: forms.submit, input: views.MoveForm},
				views.SnoozeForm: {submit: forms.submit, input: views.SnoozeForm},
			},
		},
		{
			commands: []command{{name: "answers", open: answers.open}},
			actions:  map[string]action{views.AnswersShow: answers.show, views.AnswersPage: answers.turn, views.AnswersDelete: answers.delete},
		},
		{
			actions: map[string]action{
				views.TopicAnswer: answer.write, views.AnswersEdit: answer.edit, views.AnswerPreview: answer.preview, views.AnswerQuestion: answer.hint,
			},
			forms: map[string]form{views.AnswerForm: {submit: answer.submit, input: views.AnswerText}},
		},
		{
			actions: map[string]action{views.SearchOpen: search.open, views.SearchClear: search.clear},
			forms:   map[string]form{views.SearchForm: {submit: search.submit, input: views.SearchForm, viewers: true}},
		},
		{
			commands: []command{{name: "schedule", open: schedules.open}},
			actions: map[string]action{
				views.SchedulesShow: schedules.show, views.SchedulesPage: schedules.turn, views.SchedulesNew: schedules.create, views.SchedulesMore: schedules.more,
			},
			menus: map[string]menu{views.ScheduleFilter: channels.find, views.ScheduleZone: findZones},
			forms: map[string]form{
				views.ScheduleForm: {submit: schedules.submit, input: views.ScheduleChannel}, views.ScheduleConfirm: {submit: schedules.confirm, input: views.ScheduleConfirm},
			},
		},
		{commands: []command{{name: "audit", open: audit.open}}, actions: map[string]action{views.AuditPage: audit.turn}},
		{commands: []command{{name: "note", text: true, run: notes.add}}, actions: map[string]action{views.NoteRemove: notes.remove}},
		{commands: []command{{name: "explain", text: true, run: inspect.explain}, {name: "health", run: inspect.health}, {name: "help", run: b.help}}},
	}
}

// vocabulary is what can be typed: the table without a workspace.
var vocabulary []command

func init() { vocabulary = New(Config{}).commands }

func find(commands []command, name string) (command, bool) {
	for _, c := range commands {
		if c.name == name {
			return c, true
		}
	}
	return command{}, false
}

// CommandNames is what can be typed after the slash command, in the order of the
// help.
func CommandNames() []string {
	names := make([]string, len(vocabulary))
	for i, c := range vocabulary {
		names[i] = c.name
	}
	return names
}
