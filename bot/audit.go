package bot

import (
	"context"

	"github.com/slack-go/slack"

	"agentreport/bot/views"
	"agentreport/reports"
)

// changes is what people have changed.
type changes interface {
	// Changes are of a topic, or of everything where it is 0, the latest first.
	Changes(ctx context.Context, topic, limit int) ([]reports.Change, error)
}

// auditTrail is the list of what people have changed.
type auditTrail struct {
	*desk
	store changes
}

func (a *auditTrail) open(ctx context.Context, c slack.SlashCommand, _ Ask) {
	a.openModal(ctx, c, func(p *Person) (slack.ModalViewRequest, error) { return a.view(ctx, views.AuditState{}, p) })
}

// turn turns to another page.
func (a *auditTrail) turn(ctx context.Context, i slack.InteractionCallback, value string) {
	s := views.AuditIn(i.View)
	s.Page = views.Number(value)
	a.refill(ctx, i, func(p *Person) (slack.ModalViewRequest, error) { return a.view(ctx, s, p) })
}

func (a *auditTrail) view(ctx context.Context, s views.AuditState, p *Person) (slack.ModalViewRequest, error) {
	upTo := (s.Page + 1) * views.PageSize
	list, err := a.store.Changes(ctx, s.Topic, upTo+1)
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	first := min(s.Page*views.PageSize, len(list))
	in := views.AuditInput{State: s, Changes: list[first:min(upTo, len(list))], More: len(list) > upTo, Zone: p.Zone}
	return views.Audit(in, p.Lang), nil
}
