package bot

import (
	"context"
	"slices"

	"github.com/slack-go/slack"

	"agentreport/bot/views"
	"agentreport/reports/topics"
)

// topicStore is where one topic is read, and where it is kept what people decide.
type topicStore interface {
	Topic(ctx context.Context, number int) (topics.Summary, error)
	Questions(ctx context.Context, topic int, status topics.Status, offset, limit int) ([]topics.Question, int, error)
	ReadTopics(ctx context.Context, f func(*topics.State) error) error
	Decide(ctx context.Context, decide func(*topics.State) (topics.Entry, error)) error
}

// ticks is where it is kept what is ticked in a view.
type ticks interface {
	Ticks(ctx context.Context, view string) (topics.Ticks, error)
	ChangeTicks(ctx context.Context, view string, change func(*topics.Ticks)) error
}

// topicPage is the page of one topic.
type topicPage struct {
	*desk
	gaps    *gapsList
	answers *answersList
	audit   *auditTrail
	home    *homeTab
	store   topicStore
	ticks   ticks
}

// open opens the page over the table.
func (t *topicPage) open(ctx context.Context, i slack.InteractionCallback, value string) {
	s := views.TopicState{Topic: views.Number(value), Table: i.View.ID, Gaps: views.GapsIn(i.View)}
	t.pushModal(ctx, i, func(view string, p *Person) (slack.ModalViewRequest, error) {
		return t.view(ctx, s, view, done{}, p)
	})
}

// openFromHome opens the page over the home.
func (t *topicPage) openFromHome(ctx context.Context, i slack.InteractionCallback, value string) {
	s := views.TopicState{Topic: views.Number(value), Home: true}
	t.openModal(ctx, commandFrom(i), func(p *Person) (slack.ModalViewRequest, error) { return t.view(ctx, s, "", done{}, p) })
}

// openFromDigest opens the page over a digest.
func (t *topicPage) openFromDigest(ctx context.Context, i slack.InteractionCallback, value string) {
	s := views.TopicState{Topic: views.Number(value)}
	t.openModal(ctx, commandFrom(i), func(p *Person) (slack.ModalViewRequest, error) { return t.view(ctx, s, "", done{}, p) })
}

// done is what a person has just done on a page, and the questions for which it can be
// undone.
type done struct {
	said string
	undo []int
}

func (t *topicPage) view(ctx context.Context, s views.TopicState, view string, just done, p *Person) (slack.ModalViewRequest, error) {
	in := views.TopicInput{State: s, Editor: p.Editor, Zone: p.Zone, Done: just.said, Undo: just.undo}
	var err error
	if in.Topic, err = t.store.Topic(ctx, s.Topic); err != nil {
		return slack.ModalViewRequest{}, err
	}
	status := topics.StatusOpen
	if in.Topic.Status != topics.StatusOpen && in.Topic.Status != topics.StatusSnoozed {
		status = "" // nothing is open: all that there was
	}
	if in.Questions, in.Total, err = t.store.Questions(ctx, s.Topic, status, s.Page*views.PageSize, views.PageSize); err != nil {
		return slack.ModalViewRequest{}, err
	}
	if in.Ticks, err = t.ticks.Ticks(ctx, view); err != nil {
		return slack.ModalViewRequest{}, err
	}
	if in.Changes, err = t.audit.store.Changes(ctx, s.Topic, 0); err != nil {
		return slack.ModalViewRequest{}, err
	}
	if in.Answers, in.Effects, err = t.answers.of(ctx, in.Topic.Topic); err != nil {
		return slack.ModalViewRequest{}, err
	}
	return views.Topic(in, p.Lang), nil
}

// turn turns to another page of questions. What is ticked stays ticked.
func (t *topicPage) turn(ctx context.Context, i slack.InteractionCallback, value string) {
	s := views.TopicIn(i.View)
	s.Page = views.Number(value)
	if err := t.keepTicks(ctx, i, s); err != nil {
		t.log.Error("ticks", "error", err)
	}
	t.refill(ctx, i, func(p *Person) (slack.ModalViewRequest, error) {
		return t.view(ctx, s, i.View.ID, done{}, p)
	})
}

// tick keeps one box that a person ticked, or took the tick off.
func (t *topicPage) tick(ctx context.Context, i slack.InteractionCallback, _ string) {
	topic, question, ticked, ok := views.TickIn(i)
	if !ok {
		return
	}
	err := t.ticks.ChangeTicks(ctx, i.View.ID, func(have *topics.Ticks) {
		have.Topic = topic
		have.Set(question, ticked)
	})
	if err != nil {
		t.log.Error("ticks", "error", err)
	}
}

// tickAll ticks every open question that the topic has now.
func (t *topicPage) tickAll(ctx context.Context, i slack.InteractionCallback, _ string) {
	s := views.TopicIn(i.View)
	all := len(i.ActionCallback.BlockActions[0].SelectedOptions) > 0
	t.refill(ctx, i, func(p *Person) (slack.ModalViewRequest, error) {
		ticks := topics.Ticks{Topic: s.Topic}
		err := t.store.ReadTopics(ctx, func(state *topics.State) error {
			if all {
				ticks = wholeTopic(state, s.Topic)
			}
			return nil
		})
		if err == nil {
			err = t.ticks.ChangeTicks(ctx, i.View.ID, func(have *topics.Ticks) { *have = ticks })
		}
		if err != nil {
			return slack.ModalViewRequest{}, err
		}
		return t.view(ctx, s, i.View.ID, done{}, p)
	})
}

// wholeTopic ticks every question that is open in a topic now.
func wholeTopic(state *topics.State, topic int) topics.Ticks {
	t := topics.Ticks{Topic: topic, All: true}
	list, _ := state.Questions(topic, topics.StatusOpen, 0, 0)
	for _, q := range list {
		t.Newest = max(t.Newest, q.Number)
	}
	return t
}

// keepTicks stores what is ticked on the page that a person looks at.
func (t *topicPage) keepTicks(ctx context.Context, i slack.InteractionCallback, s views.TopicState) error {
	here := views.TicksIn(i.View)
	if len(here) == 0 {
		return nil
	}
	return t.ticks.ChangeTicks(ctx, i.View.ID, func(have *topics.Ticks) {
		have.Topic = s.Topic
		for question, ticked := range here {
			if have.All && !ticked {
				continue // the page may be from before all were ticked; tick knows
			}
			have.Set(question, ticked)
		}
	})
}

// reopen opens questions again: those of an undo, or all of the topic.
func (t *topicPage) reopen(ctx context.Context, i slack.InteractionCallback, value string) {
	t.change(ctx, i, "topic_reopened", func(state *topics.State, topic int) topics.Entry {
		return topics.Entry{Kind: topics.Reopened, Questions: settledAmong(state, topic, value)}
	})
}

// wake brings a topic back that was out of sight.
func (t *topicPage) wake(ctx context.Context, i slack.InteractionCallback) {
	t.change(ctx, i, "topic_woken", func(_ *topics.State, topic int) topics.Entry {
		return topics.Entry{Kind: topics.Snoozed, Topic: topic}
	})
}

// change makes a decision about a topic from a button on its page, and shows the
// page anew.
func (t *topicPage) change(ctx context.Context, i slack.InteractionCallback, said string, decide func(state *topics.State, topic int) topics.Entry) {
	s := views.TopicIn(i.View)
	t.refill(ctx, i, func(p *Person) (slack.ModalViewRequest, error) {
		if !p.Editor {
			return slack.ModalViewRequest{}, refusedViewer
		}
		err := t.store.Decide(ctx, func(state *topics.State) (topics.Entry, error) {
			e := decide(state, s.Topic)
			e.By = p.ID
			return e, nil
		})
		if err != nil {
			return slack.ModalViewRequest{}, err
		}
		t.refreshUnder(ctx, s, p)
		return t.view(ctx, s, i.View.ID, done{said: p.Lang.T(said)}, p)
	})
}

// settledAmong are the questions of a topic that are answered or dismissed, of
// some numbers or, where the value is "all", of all.
func settledAmong(state *topics.State, topic int, value string) []string {
	wanted := views.ParseNumbers(value)
	list, _ := state.Questions(topic, "", 0, 0)
	var keys []string
	for _, q := range list {
		if q.Status != topics.StatusOpen && (value == "all" || slices.Contains(wanted, q.Number)) {
			keys = append(keys, q.Key)
		}
	}
	return keys
}

// after shows what a form over the page has done: the page, with nothing ticked any
// more, and what is under it.
func (t *topicPage) after(ctx context.Context, view string, was views.TopicState, just done, p *Person) {
	if err := t.ticks.ChangeTicks(ctx, view, func(have *topics.Ticks) { *have = topics.Ticks{Topic: was.Topic} }); err != nil {
		t.log.Error("ticks", "error", err)
	}
	was.Page = 0
	t.fillFor(ctx, view, p, func(p *Person) (slack.ModalViewRequest, error) { return t.view(ctx, was, view, just, p) })
	t.refreshUnder(ctx, was, p)
}

// refreshUnder shows what is under the page, the table or the home, as it is now.
func (t *topicPage) refreshUnder(ctx context.Context, s views.TopicState, p *Person) {
	if s.Home {
		if err := t.home.show(ctx, p); err != nil {
			t.log.Error("home", "error", err)
		}
	}
	if s.Table == "" {
		return
	}
	v, err := t.gaps.view(ctx, s.Gaps, p)
	if err != nil {
		t.log.Error("gaps", "error", err)
		return
	}
	t.update(ctx, s.Table, "", v)
}
