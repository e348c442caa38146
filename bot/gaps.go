package bot

import (
	"context"

	"github.com/slack-go/slack"

	"agentreport/bot/views"
	"agentreport/reports/topics"
)

// topicReader is where the topics of what the agent could not answer are.
type topicReader interface {
	Topics(ctx context.Context, f topics.Filter) ([]topics.Summary, int, error)
	ReadTopics(ctx context.Context, f func(*topics.State) error) error
}

// gapsList is the table of topics.
type gapsList struct {
	*desk
	store topicReader
}

func (g *gapsList) open(ctx context.Context, c slack.SlashCommand, a Ask) {
	g.openModal(ctx, c, func(p *Person) (slack.ModalViewRequest, error) {
		return g.view(ctx, views.GapsState{Channel: a.Channel}, p)
	})
}

// show opens the table from a button in a message.
func (g *gapsList) show(ctx context.Context, i slack.InteractionCallback, _ string) {
	g.open(ctx, commandFrom(i), Ask{})
}

// choose makes the table anew with one choice changed.
func (g *gapsList) choose(ctx context.Context, i slack.InteractionCallback, value string) {
	s := views.GapsChosen(i, value)
	g.refill(ctx, i, func(p *Person) (slack.ModalViewRequest, error) { return g.view(ctx, s, p) })
}

func (g *gapsList) view(ctx context.Context, s views.GapsState, p *Person) (slack.ModalViewRequest, error) {
	in := views.GapsInput{State: s, Zone: p.Zone}
	var err error
	if in.Topics, in.Total, err = g.store.Topics(ctx, s.Filter()); err != nil {
		return slack.ModalViewRequest{}, err
	}
	err = g.store.ReadTopics(ctx, func(state *topics.State) error {
		in.Channels = state.Channels()
		return nil
	})
	return views.Gaps(in, p.Lang), err
}
