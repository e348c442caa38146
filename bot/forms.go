package bot

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"agentreport/bot/views"
	"agentreport/reports"
	"agentreport/reports/topics"
)

// more opens one of the forms over a topic's page.
func (b *Bot) more(ctx context.Context, i slack.InteractionCallback, kind string) {
	if kind == views.MoreWake {
		b.change(ctx, i, "", topics.Entry{Kind: topics.Snoozed}, "topic_woken")
		return
	}
	if kind == views.MoreHistory {
		topic := views.DecodeTopic(i.View.PrivateMetadata).Topic
		b.push(ctx, i, func(_ string, p *Person) (slack.ModalViewRequest, error) {
			return b.auditView(ctx, views.AuditState{Topic: topic}, p)
		})
		return
	}
	if i.ActionCallback.BlockActions[0].ActionID == views.TopicDismiss {
		kind = views.DismissForm
	}
	s := views.DecodeTopic(i.View.PrivateMetadata)
	b.pushForm(ctx, i, func(p *Person) (slack.ModalViewRequest, error) {
		if err := b.keepTicks(ctx, i, s); err != nil {
			return slack.ModalViewRequest{}, err
		}
		t, err := b.Store.Topic(ctx, s.Topic)
		if err != nil {
			return slack.ModalViewRequest{}, err
		}
		ticks, err := b.Store.Ticks(ctx, i.View.ID)
		if err != nil {
			return slack.ModalViewRequest{}, err
		}
		chosen := 0
		if err := b.Store.ReadTopics(ctx, func(state *topics.State) error {
			chosen = len(state.Chosen(ticks))
			return nil
		}); err != nil {
			return slack.ModalViewRequest{}, err
		}
		if chosen == 0 && (kind == views.DismissForm || kind == views.MoveForm) {
			return slack.ModalViewRequest{}, refusedError("refused_nothing_chosen")
		}
		return views.Form(kind, views.FormState{Page: i.View.ID, Was: s}, t, chosen, p.Lang), nil
	})
}

// fieldError is what is wrong, under an input. Slack shows it as it is, without
// marks.
func fieldError(input, sentence string) *slack.ViewSubmissionResponse {
	return slack.NewErrorsViewSubmissionResponse(map[string]string{input: strings.ReplaceAll(sentence, "`", "")})
}

const (
	refusedViewer = refusedError("refused_viewer")
	// snoozeMost is the longest that a topic can be out of sight, in days.
	snoozeMost = 90
)

// Submit writes what a form says and answers Slack: nothing where it is done, or
// what is wrong with it, under the input. Then shows it, after the answer, what
// has become of it.
func (b *Bot) Submit(ctx context.Context, i slack.InteractionCallback) (answer *slack.ViewSubmissionResponse, then func(context.Context)) {
	kind := i.View.CallbackID
	p := printerFor("")
	refuse := func(err error) (*slack.ViewSubmissionResponse, func(context.Context)) {
		input := kind
		switch kind {
		case views.AnswerForm:
			input = views.AnswerText
		case views.ScheduleForm:
			input = views.ScheduleChannel
		}
		return fieldError(input, b.excuse(p, err)), nil
	}
	person, err := b.person(ctx, i.User.ID, i.Team.ID)
	if err != nil {
		return refuse(err)
	}
	p = person.Lang
	if kind == views.SearchForm {
		return b.submitSearch(i, person)
	}
	if !person.Editor {
		return refuse(refusedViewer)
	}
	switch kind {
	case views.AnswerForm:
		return b.submitAnswer(ctx, i, person)
	case views.ScheduleForm:
		return b.submitSchedule(ctx, i, person)
	case views.ScheduleConfirm:
		return b.confirmSchedule(i, person)
	}
	s := views.DecodeForm(i.View.PrivateMetadata)
	var done topics.Entry
	var undo []int
	ticks, err := b.Store.Ticks(ctx, s.Page)
	if err != nil {
		return refuse(err)
	}
	err = b.Store.Decide(ctx, func(state *topics.State) (topics.Entry, error) {
		if state.Done(i.View.ID) {
			return topics.Entry{}, errDone
		}
		chosen := state.Chosen(ticks)
		done, err = decision(kind, s, i.View.State, state, chosen, b.clock())
		done.By, done.ID = person.ID, i.View.ID
		undo = nil
		for _, q := range chosen {
			undo = append(undo, q.Number)
		}
		return done, err
	})
	if errors.Is(err, errDone) {
		return nil, nil
	}
	if err != nil {
		return refuse(err)
	}
	return nil, func(ctx context.Context) {
		said := p.T("done_" + kind)
		if kind == views.DismissForm || kind == views.MoveForm {
			said = p.Count("done_"+kind, int64(len(done.Questions)))
		}
		if kind != views.DismissForm {
			undo = nil
		}
		b.afterForm(ctx, s.Page, s.Was, said, undo, person)
	}
}

// errDone says that the same form was sent before.
var errDone = errors.New("done already")

// decision is the entry that a form stands for. Its error is a sentence for the
// person where the form is wrong.
func decision(kind string, s views.FormState, typed *slack.ViewState, state *topics.State, chosen []topics.Question, now time.Time) (topics.Entry, error) {
	text := strings.TrimSpace(reports.Clean(views.Typed(typed, kind)))
	keys := make([]string, len(chosen))
	for i, q := range chosen {
		keys[i] = q.Key
	}
	other := pageOf(text)
	switch kind {
	case views.DismissForm:
		if len(keys) == 0 {
			return topics.Entry{}, refusedError("refused_nothing_chosen")
		}
		return topics.Entry{Kind: topics.Dismissed, Questions: keys, Reason: reports.Shorten(text, views.MaxReason)}, nil
	case views.RenameForm:
		if text == "" {
			return topics.Entry{}, refusedError("refused_no_name")
		}
		return topics.Entry{Kind: topics.Renamed, Topic: s.Was.Topic, Name: reports.Shorten(text, views.MaxName)}, nil
	case views.MergeForm:
		e := topics.Entry{Kind: topics.Merged, Topic: s.Was.Topic, Into: other}
		if err := state.Check(e); errors.Is(err, topics.ErrNoTopic) {
			return e, err
		} else if err != nil {
			return e, refusedError("refused_same_topic")
		}
		return e, nil
	case views.MoveForm:
		name := strings.TrimSpace(reports.Clean(views.Typed(typed, views.NewName)))
		if len(keys) == 0 {
			return topics.Entry{}, refusedError("refused_nothing_chosen")
		}
		e := topics.Entry{Kind: topics.Moved, Topic: other, Questions: keys}
		if name != "" {
			e.Topic, e.Name = state.Next(), reports.Shorten(name, views.MaxName)
		}
		switch {
		case e.Topic == 0:
			return e, refusedError("refused_no_target")
		case name == "" && e.Topic == state.Next():
			return e, topics.ErrNoTopic
		}
		return e, state.Check(e)
	case views.SnoozeForm:
		if other < 1 || other > snoozeMost {
			other = 7
		}
		return topics.Entry{Kind: topics.Snoozed, Topic: s.Was.Topic, Until: now.Add(time.Duration(other) * 24 * time.Hour).UTC()}, nil
	}
	return topics.Entry{}, fmt.Errorf("the form %q is not known", kind)
}
