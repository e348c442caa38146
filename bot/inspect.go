package bot

import (
	"context"

	"agentreport/bot/views"
	"agentreport/reports"
)

// inspected is what can be looked into.
type inspected interface {
	Explain(ctx context.Context, source, id string) ([]reports.Explained, error)
	Sources(ctx context.Context) ([]reports.Source, error)
	// Deliveries are the latest, newest first.
	Deliveries(ctx context.Context, limit int) ([]reports.Delivery, error)
}

// inspector answers about a conversation and about the bot itself.
type inspector struct {
	*desk
	store inspected
}

// explain answers with what is known of a conversation and how its outcome came
// about.
func (n *inspector) explain(ctx context.Context, v *visit) (views.Message, error) {
	if v.ask.Text == "" {
		return views.Message{}, askError{"explain_which", nil}
	}
	found, err := n.store.Explain(ctx, "", v.ask.Text)
	if err != nil {
		return views.Message{}, err
	}
	return views.Explain(found, n.rules, v.now, v.person.Zone, v.person.Lang), nil
}

// health answers with what is known of the sources and the last digest.
func (n *inspector) health(ctx context.Context, v *visit) (views.Message, error) {
	sources, err := n.store.Sources(ctx)
	if err != nil {
		return views.Message{}, err
	}
	last, err := n.store.Deliveries(ctx, 1)
	if err != nil {
		return views.Message{}, err
	}
	return views.Health(sources, last, v.now, v.person.Zone, v.person.Lang), nil
}
