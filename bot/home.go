package bot

import (
	"context"
	"errors"
	"fmt"

	"github.com/slack-go/slack"

	"agentreport/bot/views"
	"agentreport/reports"
	"agentreport/reports/topics"
)

// Opened handles a person opening the App Home. It keeps a receipt only when the
// home is shown: what Slack sends again because it had no answer is done again.
func (b *Bot) Opened(ctx context.Context, event, user, team string) error {
	done, err := b.Store.Received(ctx, event)
	if err != nil || done {
		return err
	}
	p, err := b.person(ctx, user, team)
	var refused refusedError
	switch {
	case errors.As(err, &refused):
		err = b.publish(ctx, user, views.HomeRefused(printerFor("").T(string(refused))))
	case err == nil:
		err = b.publishHome(ctx, p)
	}
	if err != nil {
		return fmt.Errorf("home of %s: %w", user, err)
	}
	_, err = b.Store.Receipt(ctx, event)
	return err
}

// How much the home shows; the lists have all.
const (
	homeTopics  = 5
	homeAnswers = 3
)

func (b *Bot) publishHome(ctx context.Context, p *Person) error {
	v, err := b.home(ctx, p)
	if err != nil {
		return err
	}
	return b.publish(ctx, p.ID, v)
}

func (b *Bot) publish(ctx context.Context, user string, v slack.HomeTabViewRequest) error {
	_, err := b.Slack.PublishViewContext(ctx, slack.PublishViewContextRequest{UserID: user, View: v})
	return err
}

func (b *Bot) home(ctx context.Context, p *Person) (slack.HomeTabViewRequest, error) {
	in := views.HomeInput{Now: b.clock(), Zone: p.Zone, Admin: p.Admin, ClosedGroups: b.closedGroups()}
	fail := func(err error) (slack.HomeTabViewRequest, error) { return slack.HomeTabViewRequest{}, err }
	v := &visit{person: p, now: in.Now, ask: Ask{Command: defaultCommand, Range: this('w', reports.DayOf(in.Now, b.Rules.Zone))}}
	var err error
	if in.Week, err = b.table(ctx, v); err != nil {
		return fail(err)
	}
	if in.Sources, err = b.Store.Sources(ctx); err != nil {
		return fail(err)
	}
	if in.Topics, in.OpenTopics, err = b.Store.Topics(ctx, topics.Filter{Limit: homeTopics}); err != nil {
		return fail(err)
	}
	if in.Answers, err = b.Store.Answers(ctx); err != nil {
		return fail(err)
	}
	in.Answers = in.Answers[:min(len(in.Answers), homeAnswers)]
	if in.Effects, err = b.effects(ctx, in.Answers); err != nil {
		return fail(err)
	}
	if in.Schedules, err = b.schedules(ctx); err != nil {
		return fail(err)
	}
	return views.Home(in, p.Lang), nil
}

// openFromHome opens a topic's page over the home.
func (b *Bot) openFromHome(ctx context.Context, i slack.InteractionCallback, value string) {
	s := views.TopicState{Topic: pageOf(value), Home: true}
	b.open(ctx, commandFrom(i), func(p *Person) (slack.ModalViewRequest, error) { return b.topicView(ctx, s, "", "", nil, p) })
}

// showAnswers opens the list of answers from a button.
func (b *Bot) showAnswers(ctx context.Context, i slack.InteractionCallback, _ string) {
	b.openAnswers(ctx, commandFrom(i))
}
