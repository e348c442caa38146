package bot

import (
	"context"
	"errors"
	"fmt"

	"github.com/slack-go/slack"

	"agentreport/bot/views"
	"agentreport/reports/topics"
)

// homeTab is the App Home.
type homeTab struct {
	*desk
	report    *reportMessage
	gaps      *gapsList
	answers   *answersList
	schedules *schedulesList
	inspect   *inspector
	store     receipts
}

// opened handles a person opening the App Home. It keeps a receipt only when the
// home is shown: what Slack sends again because it had no answer is done again.
func (h *homeTab) opened(ctx context.Context, event, user, team string) error {
	done, err := h.store.Received(ctx, event)
	if err != nil || done {
		return err
	}
	p, err := h.person(ctx, user, team)
	var refused refusedError
	switch {
	case errors.As(err, &refused):
		err = h.publish(ctx, user, views.HomeRefused(printerFor("").T(string(refused))))
	case err == nil:
		err = h.show(ctx, p)
	}
	if err != nil {
		return fmt.Errorf("home of %s: %w", user, err)
	}
	_, err = h.store.Receipt(ctx, event)
	return err
}

// How much the home shows; the lists have all.
const (
	homeTopics  = 5
	homeAnswers = 3
)

// show shows a person their home as it is now.
func (h *homeTab) show(ctx context.Context, p *Person) error {
	v, err := h.view(ctx, p)
	if err != nil {
		return err
	}
	return h.publish(ctx, p.ID, v)
}

func (h *homeTab) publish(ctx context.Context, user string, v slack.HomeTabViewRequest) error {
	_, err := h.slack.PublishViewContext(ctx, slack.PublishViewContextRequest{UserID: user, View: v})
	return err
}

func (h *homeTab) view(ctx context.Context, p *Person) (slack.HomeTabViewRequest, error) {
	in := views.HomeInput{Now: h.now(), Zone: p.Zone, Admin: p.Admin, ClosedGroups: h.closedGroups()}
	fail := func(err error) (slack.HomeTabViewRequest, error) { return slack.HomeTabViewRequest{}, err }
	v := &visit{person: p, now: in.Now, ask: Ask{Command: defaultCommand}}
	var err error
	if in.Week, err = h.report.table(ctx, v); err != nil {
		return fail(err)
	}
	if in.Sources, err = h.inspect.store.Sources(ctx); err != nil {
		return fail(err)
	}
	if in.Topics, in.OpenTopics, err = h.gaps.store.Topics(ctx, topics.Filter{Limit: homeTopics}); err != nil {
		return fail(err)
	}
	if in.Answers, err = h.answers.store.Answers(ctx); err != nil {
		return fail(err)
	}
	in.Answers = in.Answers[:min(len(in.Answers), homeAnswers)]
	if in.Effects, err = h.answers.effects(ctx, in.Answers); err != nil {
		return fail(err)
	}
	if in.Schedules, err = h.schedules.rows(ctx); err != nil {
		return fail(err)
	}
	return views.Home(in, p.Lang), nil
}
