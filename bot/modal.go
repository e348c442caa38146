package bot

import (
	"context"
	"errors"

	"github.com/slack-go/slack"

	"agentreport/bot/views"
	"agentreport/reports"
	"agentreport/reports/lang"
	"agentreport/reports/topics"
)

// A trigger lives for three seconds, so a modal is opened empty first. Then who
// it is for is asked, and it is filled with what they may see.

// open opens the lowest modal.
func (b *Bot) open(ctx context.Context, c slack.SlashCommand, make func(*Person) (slack.ModalViewRequest, error)) {
	opened, err := b.Slack.OpenViewContext(ctx, c.TriggerID, views.Loading())
	if slackWord(err) == "exchanged_trigger_id" {
		return // the same command or press, sent twice
	}
	if err != nil {
		b.Log.Warn("open a modal", "error", err)
		(&reply{bot: b, url: c.ResponseURL}).fail(ctx, printerFor(""), err)
		return
	}
	b.fill(ctx, opened.ID, "", c.UserID, c.TeamID, make)
}

// commandFrom is a button that opens a modal as if it had been typed.
func commandFrom(i slack.InteractionCallback) slack.SlashCommand {
	return slack.SlashCommand{TriggerID: i.TriggerID, ResponseURL: i.ResponseURL, UserID: i.User.ID, TeamID: i.Team.ID}
}

// push lays a modal upon the one in which something was pressed. Make is given
// the id of the new one.
func (b *Bot) push(ctx context.Context, i slack.InteractionCallback, make func(view string, p *Person) (slack.ModalViewRequest, error)) {
	pushed, err := b.Slack.PushViewContext(ctx, i.TriggerID, views.Loading())
	if err != nil {
		b.Log.Warn("push a modal", "under", i.View.CallbackID, "error", err)
		return
	}
	b.fill(ctx, pushed.ID, "", i.User.ID, i.Team.ID, func(p *Person) (slack.ModalViewRequest, error) { return make(pushed.ID, p) })
}

// pushForm lays a form upon a modal, for editors alone.
func (b *Bot) pushForm(ctx context.Context, i slack.InteractionCallback, make func(*Person) (slack.ModalViewRequest, error)) {
	b.push(ctx, i, func(_ string, p *Person) (slack.ModalViewRequest, error) {
		if !p.Editor {
			return slack.ModalViewRequest{}, refusedViewer
		}
		return make(p)
	})
}

// refill fills the modal in which something was pressed anew.
func (b *Bot) refill(ctx context.Context, i slack.InteractionCallback, make func(*Person) (slack.ModalViewRequest, error)) {
	b.fill(ctx, i.View.ID, "", i.User.ID, i.Team.ID, make)
}

// fill puts into a modal what a person may see, or why not.
func (b *Bot) fill(ctx context.Context, view, hash, user, team string, make func(*Person) (slack.ModalViewRequest, error)) {
	person, err := b.person(ctx, user, team)
	if err != nil {
		p := printerFor("")
		b.show(ctx, view, hash, views.Refused(b.excuse(p, err), p), p)
		return
	}
	b.fillFor(ctx, view, hash, person, make)
}

// fillFor is fill for a person who is known.
func (b *Bot) fillFor(ctx context.Context, view, hash string, person *Person, make func(*Person) (slack.ModalViewRequest, error)) {
	v, err := make(person)
	if err != nil {
		v = views.Refused(b.excuse(person.Lang, err), person.Lang)
	}
	b.show(ctx, view, hash, v, person.Lang)
}

// show puts a content into a view, or why Slack refused to: nobody looks at
// "Loading…" for ever.
func (b *Bot) show(ctx context.Context, view, hash string, v slack.ModalViewRequest, p *lang.Printer) {
	_, err := b.update(ctx, view, hash, v)
	if err == nil || ctx.Err() != nil {
		return
	}
	text := p.T("view_failed")
	if word := slackWord(err); word != "" {
		text = p.T("view_refused", lang.Args{"Word": word})
	}
	b.update(ctx, view, "", views.Refused(text, p))
}

// update shows another content in a view, if its hash is the given one or none
// is given. It returns the new hash: none where the view was closed meanwhile or
// shows something newer. An error is logged here.
func (b *Bot) update(ctx context.Context, view, hash string, v slack.ModalViewRequest) (string, error) {
	updated, err := b.Slack.UpdateViewContext(ctx, v, "", hash, view)
	if err == nil {
		return updated.Hash, nil
	}
	var e slack.SlackErrorResponse
	if errors.As(err, &e) && (e.Err == "not_found" || e.Err == "hash_conflict") {
		return "", nil
	}
	if ctx.Err() == nil {
		b.Log.Warn("update a view", "view", v.CallbackID, "error", err, "because", e.ResponseMetadata.Messages)
	}
	return "", err
}

// afterForm shows what a form over a topic's page has done: the page, with
// nothing ticked any more, and the table under it.
func (b *Bot) afterForm(ctx context.Context, view string, was views.TopicState, said string, undo []int, p *Person) {
	if err := b.Store.ChangeTicks(ctx, view, func(t *topics.Ticks) { *t = topics.Ticks{Topic: was.Topic} }); err != nil {
		b.Log.Error("ticks", "error", err)
	}
	was.Page = 0
	v, err := b.topicView(ctx, was, view, said, undo, p)
	if err != nil {
		v = views.Refused(b.excuse(p.Lang, err), p.Lang)
	}
	b.update(ctx, view, "", v)
	b.refreshTable(ctx, was, p)
}

// excuse is a sentence for a person on why something did not work.
func (b *Bot) excuse(p *lang.Printer, err error) string {
	var refused refusedError
	if errors.As(err, &refused) {
		return p.T(string(refused))
	}
	if errors.Is(err, topics.ErrNoTopic) {
		return p.T("refused_no_topic")
	}
	if errors.Is(err, reports.ErrNotFound) {
		return p.T("gone")
	}
	if errors.Is(err, reports.ErrRebuilding) {
		return p.T("rebuilding")
	}
	b.Log.Error("modal", "error", err)
	if errors.Is(err, reports.ErrOtherRules) {
		return p.T("other_rules")
	}
	if word, _ := refusal(err); word != "" {
		return sentence(p, err)
	}
	return p.T("not_saved")
}
