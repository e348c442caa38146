package bot

import (
	"context"
	"math"
	"slices"
	"strconv"

	"github.com/slack-go/slack"

	"agentreport/bot/views"
	"agentreport/reports/topics"
)

// Gaps is what the bot needs of the store to show what the agent could not
// answer, and to keep what people decide.
type Gaps interface {
	Topics(ctx context.Context, f topics.Filter) ([]topics.Summary, int, error)
	Topic(ctx context.Context, number int) (topics.Summary, error)
	Questions(ctx context.Context, topic int, status topics.Status, offset, limit int) ([]topics.Question, int, error)
	ReadTopics(ctx context.Context, f func(*topics.State) error) error
	Decide(ctx context.Context, decide func(*topics.State) (topics.Entry, error)) error
	Ticks(ctx context.Context, view string) (topics.Ticks, error)
	ChangeTicks(ctx context.Context, view string, change func(*topics.Ticks)) error
}

// openGaps opens the table over a trigger.
func (b *Bot) openGaps(ctx context.Context, c slack.SlashCommand, a Ask) {
	b.open(ctx, c, func(p *Person) (slack.ModalViewRequest, error) {
		return b.gapsView(ctx, views.GapsState{Channel: a.Channel}, p)
	})
}

// showGaps opens the table from a button in a message.
func (b *Bot) showGaps(ctx context.Context, i slack.InteractionCallback, _ string) {
	b.openGaps(ctx, commandFrom(i), Ask{})
}

func (b *Bot) gapsView(ctx context.Context, s views.GapsState, p *Person) (slack.ModalViewRequest, error) {
	in := views.GapsInput{State: s, Zone: p.Zone}
	var err error
	if in.Topics, in.Total, err = b.Store.Topics(ctx, s.Filter()); err != nil {
		return slack.ModalViewRequest{}, err
	}
	err = b.Store.ReadTopics(ctx, func(state *topics.State) error {
		in.Channels = state.Channels()
		return nil
	})
	return views.Gaps(in, p.Lang), err
}

// topicView is a topic's page. Done is what the person has just done there.
func (b *Bot) topicView(ctx context.Context, s views.TopicState, view, done string, undo []int, p *Person) (slack.ModalViewRequest, error) {
	in := views.TopicInput{State: s, Editor: p.Editor, Zone: p.Zone, Done: done, Undo: undo}
	var err error
	if in.Topic, err = b.Store.Topic(ctx, s.Topic); err != nil {
		return slack.ModalViewRequest{}, err
	}
	status := topics.StatusOpen
	if in.Topic.Status != topics.StatusOpen && in.Topic.Status != topics.StatusSnoozed {
		status = "" // nothing is open: all that there was
	}
	if in.Questions, in.Total, err = b.Store.Questions(ctx, s.Topic, status, s.Page*views.PageSize, views.PageSize); err != nil {
		return slack.ModalViewRequest{}, err
	}
	if in.Ticks, err = b.Store.Ticks(ctx, view); err != nil {
		return slack.ModalViewRequest{}, err
	}
	if in.Changes, err = b.Store.Changes(ctx, s.Topic, 0); err != nil {
		return slack.ModalViewRequest{}, err
	}
	if in.Answers, in.Effects, err = b.answersOf(ctx, in.Topic.Topic); err != nil {
		return slack.ModalViewRequest{}, err
	}
	return views.Topic(in, p.Lang), nil
}

// The actions of the table. Each makes the table anew with one choice changed.
func (b *Bot) chooseGaps(ctx context.Context, i slack.InteractionCallback, value string) {
	s := views.DecodeGaps(i.View.PrivateMetadata)
	id := views.BaseAction(i.ActionCallback.BlockActions[0].ActionID)
	if id != views.GapsPage {
		s.Page = 0
	}
	switch id {
	case views.GapsStatus:
		s.Status = topics.Status(value)
		if !slices.Contains(topics.Statuses, s.Status) {
			s.Status = ""
		}
	case views.GapsOrder:
		s.ByDate = value == "date"
	case views.GapsChannel:
		s.Channel = value
		if value == views.AnyChannel {
			s.Channel = ""
		}
	case views.GapsPage:
		s.Page = pageOf(value)
	}
	b.refill(ctx, i, func(p *Person) (slack.ModalViewRequest, error) { return b.gapsView(ctx, s, p) })
}

func pageOf(value string) int {
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 || n > math.MaxInt32 {
		return 0
	}
	return n
}

// openTopic opens a topic's page over the table.
func (b *Bot) openTopic(ctx context.Context, i slack.InteractionCallback, value string) {
	s := views.TopicState{Topic: pageOf(value), Table: i.View.ID, Gaps: views.DecodeGaps(i.View.PrivateMetadata)}
	b.push(ctx, i, func(view string, p *Person) (slack.ModalViewRequest, error) {
		return b.topicView(ctx, s, view, "", nil, p)
	})
}

// turnTopic turns to another page of a topic. What is ticked stays ticked.
func (b *Bot) turnTopic(ctx context.Context, i slack.InteractionCallback, value string) {
	s := views.DecodeTopic(i.View.PrivateMetadata)
	s.Page = pageOf(value)
	if err := b.keepTicks(ctx, i, s); err != nil {
		b.Log.Error("ticks", "error", err)
	}
	b.refill(ctx, i, func(p *Person) (slack.ModalViewRequest, error) {
		return b.topicView(ctx, s, i.View.ID, "", nil, p)
	})
}

// tick keeps one box that a person ticked, or took the tick off.
func (b *Bot) tick(ctx context.Context, i slack.InteractionCallback, _ string) {
	box := i.ActionCallback.BlockActions[0]
	number, ok := views.TickNumber(box.BlockID)
	if !ok {
		return
	}
	topic := views.DecodeTopic(i.View.PrivateMetadata).Topic
	err := b.Store.ChangeTicks(ctx, i.View.ID, func(t *topics.Ticks) {
		t.Topic = topic
		t.Set(number, len(box.SelectedOptions) > 0)
	})
	if err != nil {
		b.Log.Error("ticks", "error", err)
	}
}

// tickAll ticks every open question that the topic has now.
func (b *Bot) tickAll(ctx context.Context, i slack.InteractionCallback, _ string) {
	s := views.DecodeTopic(i.View.PrivateMetadata)
	all := len(i.ActionCallback.BlockActions[0].SelectedOptions) > 0
	b.refill(ctx, i, func(p *Person) (slack.ModalViewRequest, error) {
		ticks := topics.Ticks{Topic: s.Topic}
		err := b.Store.ReadTopics(ctx, func(state *topics.State) error {
			if all {
				ticks = wholeTopic(state, s.Topic)
			}
			return nil
		})
		if err == nil {
			err = b.Store.ChangeTicks(ctx, i.View.ID, func(t *topics.Ticks) { *t = ticks })
		}
		if err != nil {
			return slack.ModalViewRequest{}, err
		}
		return b.topicView(ctx, s, i.View.ID, "", nil, p)
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
func (b *Bot) keepTicks(ctx context.Context, i slack.InteractionCallback, s views.TopicState) error {
	here := views.TickedHere(i.View.State)
	if len(here) == 0 {
		return nil
	}
	return b.Store.ChangeTicks(ctx, i.View.ID, func(t *topics.Ticks) {
		t.Topic = s.Topic
		for number, ticked := range here {
			if t.All && !ticked {
				continue // the page may be from before all were ticked; tick knows
			}
			t.Set(number, ticked)
		}
	})
}

// reopen opens questions again: those of an undo, or all of the topic.
func (b *Bot) reopen(ctx context.Context, i slack.InteractionCallback, value string) {
	b.change(ctx, i, value, topics.Entry{Kind: topics.Reopened}, "topic_reopened")
}

// change makes a decision about a topic from a button on its page, and shows the
// page anew.
func (b *Bot) change(ctx context.Context, i slack.InteractionCallback, questions string, e topics.Entry, said string) {
	s := views.DecodeTopic(i.View.PrivateMetadata)
	b.refill(ctx, i, func(p *Person) (slack.ModalViewRequest, error) {
		if !p.Editor {
			return slack.ModalViewRequest{}, refusedViewer
		}
		err := b.Store.Decide(ctx, func(state *topics.State) (topics.Entry, error) {
			e := e
			e.By, e.Topic = p.ID, s.Topic
			if e.Kind == topics.Reopened {
				e.Topic, e.Questions = 0, settledAmong(state, s.Topic, questions)
			}
			return e, nil
		})
		if err != nil {
			return slack.ModalViewRequest{}, err
		}
		b.refreshTable(ctx, s, p)
		return b.topicView(ctx, s, i.View.ID, p.Lang.T(said), nil, p)
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

// refreshTable shows the table under a page as it is now.
func (b *Bot) refreshTable(ctx context.Context, s views.TopicState, p *Person) {
	if s.Home {
		if err := b.publishHome(ctx, p); err != nil {
			b.Log.Error("home", "error", err)
		}
	}
	if s.Table == "" {
		return
	}
	v, err := b.gapsView(ctx, s.Gaps, p)
	if err != nil {
		b.Log.Error("gaps", "error", err)
		return
	}
	b.update(ctx, s.Table, "", v)
}
