package bot

import (
	"context"

	"github.com/slack-go/slack"

	"agentreport/bot/views"
)

// searchOf is the list in which something was pressed.
func searchOf(i slack.InteractionCallback) views.SearchState {
	s := views.SearchState{List: i.View.CallbackID, View: i.View.ID}
	switch s.List {
	case views.GapsView:
		s.Gaps = views.DecodeGaps(i.View.PrivateMetadata)
	case views.AnswersView:
		s.Answers = views.DecodeAnswers(i.View.PrivateMetadata)
	}
	return s
}

// openSearch opens the form over a list.
func (b *Bot) openSearch(ctx context.Context, i slack.InteractionCallback, _ string) {
	b.push(ctx, i, func(_ string, p *Person) (slack.ModalViewRequest, error) {
		return views.Search(searchOf(i), p.Lang), nil
	})
}

// clearSearch shows the list without a search.
func (b *Bot) clearSearch(ctx context.Context, i slack.InteractionCallback, _ string) {
	s := searchOf(i)
	b.refill(ctx, i, func(p *Person) (slack.ModalViewRequest, error) { return b.searched(ctx, s, "", p) })
}

// submitSearch closes the form and then shows the list under it, searched. Whoever
// may look may search.
func (b *Bot) submitSearch(i slack.InteractionCallback, p *Person) (*slack.ViewSubmissionResponse, func(context.Context)) {
	s, text := views.DecodeSearch(i.View.PrivateMetadata), views.SearchedFor(i.View.State)
	return nil, func(ctx context.Context) {
		b.fillFor(ctx, s.View, "", p, func(p *Person) (slack.ModalViewRequest, error) { return b.searched(ctx, s, text, p) })
	}
}

// searched is the list of a search, from its first page.
func (b *Bot) searched(ctx context.Context, s views.SearchState, text string, p *Person) (slack.ModalViewRequest, error) {
	if s.List == views.AnswersView {
		s.Answers.Search, s.Answers.Page = text, 0
		return b.answersView(ctx, s.Answers, p)
	}
	s.Gaps.Search, s.Gaps.Page = text, 0
	return b.gapsView(ctx, s.Gaps, p)
}
