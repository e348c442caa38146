package bot

import (
	"context"

	"github.com/slack-go/slack"

	"agentreport/bot/views"
)

// searchForm asks what to look for in the list under it.
type searchForm struct {
	*desk
	gaps    *gapsList
	answers *answersList
}

func (f *searchForm) open(ctx context.Context, i slack.InteractionCallback, _ string) {
	f.pushModal(ctx, i, func(_ string, p *Person) (slack.ModalViewRequest, error) {
		return views.Search(views.SearchOver(i.View), p.Lang), nil
	})
}

// clear shows the list without a search.
func (f *searchForm) clear(ctx context.Context, i slack.InteractionCallback, _ string) {
	s := views.SearchOver(i.View)
	f.refill(ctx, i, func(p *Person) (slack.ModalViewRequest, error) { return f.searched(ctx, s, "", p) })
}

// submit closes the form and then shows the list under it, searched.
func (f *searchForm) submit(_ context.Context, i slack.InteractionCallback, p *Person) (*slack.ViewSubmissionResponse, func(context.Context)) {
	s, text := views.SearchIn(i.View)
	return nil, func(ctx context.Context) {
		f.fillFor(ctx, s.View, p, func(p *Person) (slack.ModalViewRequest, error) { return f.searched(ctx, s, text, p) })
	}
}

// searched is the list of a search, from its first page.
func (f *searchForm) searched(ctx context.Context, s views.SearchState, text string, p *Person) (slack.ModalViewRequest, error) {
	if s.List == views.AnswersView {
		s.Answers.Search, s.Answers.Page = text, 0
		return f.answers.view(ctx, s.Answers, p)
	}
	s.Gaps.Search, s.Gaps.Page = text, 0
	return f.gaps.view(ctx, s.Gaps, p)
}
