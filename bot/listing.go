package bot

import (
	"context"
	"iter"

	"github.com/slack-go/slack"

	"agentreport/bot/views"
	"agentreport/reports"
)

// listed is where the conversations behind a figure are.
type listed interface {
	// Listing is of the sessions that add to a figure of the span, the latest first.
	Listing(ctx context.Context, q reports.Query) iter.Seq2[reports.Listed, error]
}

// listingModal is the list of the conversations behind a report.
type listingModal struct {
	*desk
	report *reportMessage
	store  listed
}

func (l *listingModal) open(ctx context.Context, i slack.InteractionCallback, asked string) {
	s := views.ListingState{Asked: asked}
	l.openModal(ctx, commandFrom(i), func(p *Person) (slack.ModalViewRequest, error) { return l.view(ctx, s, p) })
}

// turn turns to another page.
func (l *listingModal) turn(ctx context.Context, i slack.InteractionCallback, value string) {
	s := views.ListingIn(i.View)
	s.Page = views.Number(value)
	l.refill(ctx, i, func(p *Person) (slack.ModalViewRequest, error) { return l.view(ctx, s, p) })
}

func (l *listingModal) view(ctx context.Context, s views.ListingState, p *Person) (slack.ModalViewRequest, error) {
	a, err := parseAsk(s.Asked, l.now(), l.rules.Zone)
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	r, q, err := l.report.query(&visit{person: p, ask: a, now: l.now()})
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	in := views.ListingInput{State: s, Title: p.Lang.Title(r) + " · " + p.Lang.Subtitle(&reports.Table{Report: r, Query: q}), Definition: q.Definition, Zone: p.Zone}
	skip := s.Page * views.PageSize
	for one, err := range l.store.Listing(ctx, q) {
		if err != nil {
			return slack.ModalViewRequest{}, err
		}
		switch {
		case !one.CountsIn(r):
			continue
		case skip > 0:
			skip--
			continue
		case len(in.Listed) == views.PageSize:
			in.More = true
		default:
			in.Listed = append(in.Listed, one)
			continue
		}
		break
	}
	return views.Listing(in, p.Lang), nil
}
