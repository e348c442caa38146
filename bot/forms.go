package bot

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/slack-go/slack"

	"agentreport/bot/views"
	"agentreport/reports/topics"
)

// topicForms are the forms over a topic's page.
type topicForms struct{ *topicPage }

// dismiss opens the form that dismisses what is ticked.
func (f *topicForms) dismiss(ctx context.Context, i slack.InteractionCallback, _ string) {
	f.form(ctx, i, views.DismissForm)
}

// more does what the page's menu offers.
func (f *topicForms) more(ctx context.Context, i slack.InteractionCallback, value string) {
	switch value {
	case views.MoreWake:
		f.wake(ctx, i)
	case views.MoreHistory:
		topic := views.TopicIn(i.View).Topic
		f.pushModal(ctx, i, func(_ string, p *Person) (slack.ModalViewRequest, error) {
			return f.audit.view(ctx, views.AuditState{Topic: topic}, p)
		})
	default:
		f.form(ctx, i, value)
	}
}

// form opens one of the forms.
func (f *topicForms) form(ctx context.Context, i slack.InteractionCallback, kind string) {
	s := views.TopicIn(i.View)
	f.pushForm(ctx, i, func(p *Person) (slack.ModalViewRequest, error) {
		if err := f.keepTicks(ctx, i, s); err != nil {
			return slack.ModalViewRequest{}, err
		}
		t, err := f.store.Topic(ctx, s.Topic)
		if err != nil {
			return slack.ModalViewRequest{}, err
		}
		ticks, err := f.ticks.Ticks(ctx, i.View.ID)
		if err != nil {
			return slack.ModalViewRequest{}, err
		}
		chosen := 0
		if err := f.store.ReadTopics(ctx, func(state *topics.State) error {
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

// find finds the other topic of a merge or a move: the open ones that a text is part of,
// the largest first.
func (f *topicForms) find(ctx context.Context, typed string, i slack.InteractionCallback, _ *Person) ([]views.Choice, error) {
	s, _ := views.FormIn(i.View)
	page, _, err := f.gaps.store.Topics(ctx, topics.Filter{Search: typed, Limit: views.MaxFound + 1})
	var found []views.Choice
	for _, t := range page {
		if t.Topic != s.Was.Topic {
			found = append(found, views.Choice{ID: t.Name, Value: strconv.Itoa(t.Topic)})
		}
	}
	return found, err
}

// submit writes what a form decides, once however often it is sent.
func (f *topicForms) submit(ctx context.Context, i slack.InteractionCallback, p *Person) (*slack.ViewSubmissionResponse, func(context.Context)) {
	kind := i.View.CallbackID
	s, w := views.FormIn(i.View)
	ticks, err := f.ticks.Ticks(ctx, s.Page)
	if err != nil {
		return f.refuse(kind, p.Lang, err)
	}
	var decided topics.Entry
	var undo []int
	err = f.store.Decide(ctx, func(state *topics.State) (topics.Entry, error) {
		if state.Done(i.View.ID) {
			return topics.Entry{}, errDone
		}
		chosen := state.Chosen(ticks)
		var err error
		decided, err = decision(kind, s.Was.Topic, w, state, chosen, f.now())
		decided.By, decided.ID = p.ID, i.View.ID
		undo = nil
		for _, q := range chosen {
			undo = append(undo, q.Number)
		}
		return decided, err
	})
	if errors.Is(err, errDone) {
		return nil, nil
	}
	if err != nil {
		return f.refuse(kind, p.Lang, err)
	}
	return nil, func(ctx context.Context) {
		just := done{said: p.Lang.T("done_" + kind)}
		if kind == views.DismissForm || kind == views.MoveForm {
			just.said = p.Lang.Count("done_"+kind, int64(len(decided.Questions)))
		}
		if kind == views.DismissForm {
			just.undo = undo
		}
		f.after(ctx, s.Page, s.Was, just, p)
	}
}

// errDone says that the same form was sent before.
var errDone = errors.New("done already")

// decision is the entry that a form over a topic stands for. Its error is a sentence for
// the person where the form is wrong.
func decision(kind string, topic int, w views.FormWritten, state *topics.State, chosen []topics.Question, now time.Time) (topics.Entry, error) {
	keys := make([]string, len(chosen))
	for i, q := range chosen {
		keys[i] = q.Key
	}
	if len(keys) == 0 && (kind == views.DismissForm || kind == views.MoveForm) {
		return topics.Entry{}, refusedError("refused_nothing_chosen")
	}
	switch kind {
	case views.DismissForm:
		return topics.Entry{Kind: topics.Dismissed, Questions: keys, Reason: w.Reason}, nil
	case views.RenameForm:
		if w.Name == "" {
			return topics.Entry{}, refusedError("refused_no_name")
		}
		return topics.Entry{Kind: topics.Renamed, Topic: topic, Name: w.Name}, nil
	case views.MergeForm:
		e := topics.Entry{Kind: topics.Merged, Topic: topic, Into: w.Topic}
		if err := state.Check(e); errors.Is(err, topics.ErrNoTopic) {
			return e, err
		} else if err != nil {
			return e, refusedError("refused_same_topic")
		}
		return e, nil
	case views.MoveForm:
		e := topics.Entry{Kind: topics.Moved, Topic: w.Topic, Questions: keys}
		switch {
		case w.Name != "":
			e.Topic, e.Name = state.Next(), w.Name
		case w.Topic == 0:
			return e, refusedError("refused_no_target")
		case w.Topic == state.Next():
			return e, topics.ErrNoTopic
		}
		return e, state.Check(e)
	case views.SnoozeForm:
		return topics.Entry{Kind: topics.Snoozed, Topic: topic, Until: now.Add(time.Duration(w.Days) * 24 * time.Hour).UTC()}, nil
	}
	return topics.Entry{}, fmt.Errorf("the form %q is not known", kind)
}
