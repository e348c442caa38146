package bot

import (
	"context"

	"github.com/slack-go/slack"

	"agentreport/bot/views"
	"agentreport/reports"
)

// showListing opens the list of the conversations behind a report.
func (b *Bot) showListing(ctx context.Context, i slack.InteractionCallback, asked string) {
	s := views.ListingState{Asked: asked}
	b.open(ctx, commandFrom(i), func(p *Person) (slack.ModalViewRequest, error) { return b.listingView(ctx, s, p) })
}

// turnListing turns to another page of it.
func (b *Bot) turnListing(ctx context.Context, i slack.InteractionCallback, value string) {
	s := views.DecodeListing(i.View.PrivateMetadata)
	s.Page = pageOf(value)
	b.refill(ctx, i, func(p *Person) (slack.ModalViewRequest, error) { return b.listingView(ctx, s, p) })
}

func (b *Bot) listingView(ctx context.Context, s views.ListingState, p *Person) (slack.ModalViewRequest, error) {
	a, err := parseAsk(s.Asked, b.clock(), b.Rules.Zone)
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	r, q, err := b.query(&visit{person: p, ask: a, now: b.clock()})
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	in := views.ListingInput{State: s, Title: p.Lang.Title(r) + " · " + p.Lang.Subtitle(&reports.Table{Report: r, Query: q}), Definition: q.Definition, Zone: p.Zone}
	skip := s.Page * views.PageSize
	for l, err := range b.Store.Listing(ctx, q) {
		if err != nil {
			return slack.ModalViewRequest{}, err
		}
		switch {
		case !l.CountsIn(r):
			continue
		case skip > 0:
			skip--
			continue
		case len(in.Listed) == views.PageSize:
			in.More = true
		default:
			in.Listed = append(in.Listed, l)
			continue
		}
		break
	}
	return views.Listing(in, p.Lang), nil
}
