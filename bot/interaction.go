package bot

import (
	"context"
	"strings"

	"github.com/slack-go/slack"

	"agentreport/bot/views"
	"agentreport/reports"
	"agentreport/reports/lang"
)

// Act does what a button or a menu stands for, after it was acknowledged.
func (b *Bot) Act(ctx context.Context, i slack.InteractionCallback) {
	for _, a := range i.ActionCallback.BlockActions {
		value := a.Value
		if value == "" {
			value = a.SelectedOption.Value
		}
		if do := b.actions[views.BaseAction(a.ActionID)]; do != nil {
			do(ctx, i, value)
			return
		}
		b.log.Warn("an action that this version does not know", "action", a.ActionID)
	}
}

// Submit writes what a form says and answers Slack: nothing where it is done, or
// what is wrong with it, under the input. Then shows it, after the answer, what
// has become of it.
func (b *Bot) Submit(ctx context.Context, i slack.InteractionCallback) (answer *slack.ViewSubmissionResponse, then func(context.Context)) {
	f, known := b.forms[i.View.CallbackID]
	if !known {
		b.log.Warn("a form that this version does not know", "form", i.View.CallbackID)
		return nil, nil
	}
	person, err := b.person(ctx, i.User.ID, i.Team.ID)
	if err != nil {
		return b.refuse(f.input, printerFor(""), err)
	}
	if !person.Editor && !f.viewers {
		return b.refuse(f.input, person.Lang, refusedViewer)
	}
	return f.submit(ctx, i, person)
}

// Options answers a menu whose options depend on what a person types.
func (b *Bot) Options(ctx context.Context, i slack.InteractionCallback) slack.OptionsResponse {
	p, err := b.person(ctx, i.User.ID, i.Team.ID)
	var found []views.Choice
	if err == nil && b.menus[i.ActionID] != nil {
		found, err = b.menus[i.ActionID](ctx, reports.Shorten(reports.Clean(i.Value), 100), i, p)
	}
	if err != nil {
		b.log.Error("options", "menu", i.ActionID, "error", err)
	}
	return views.Found(found)
}

// Opened handles a person opening the App Home.
func (b *Bot) Opened(ctx context.Context, event, user, team string) error {
	return b.home.opened(ctx, event, user, team)
}

// refuse answers a form with why nothing was done.
func (d *desk) refuse(input string, p *lang.Printer, err error) (*slack.ViewSubmissionResponse, func(context.Context)) {
	return fieldError(input, d.excuse(p, err)), nil
}

// fieldError is what is wrong, under an input. Slack shows it as it is, without
// marks.
func fieldError(input, sentence string) *slack.ViewSubmissionResponse {
	return slack.NewErrorsViewSubmissionResponse(map[string]string{input: strings.ReplaceAll(sentence, "`", "")})
}
