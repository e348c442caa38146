package bot

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/slack-go/slack"

	"agentreport/bot/delivery"
	"agentreport/bot/views"
	"agentreport/reports"
	"agentreport/reports/lang"
	"agentreport/reports/topics"
)

// desk is what every place works with: the workspace, its people and their modals.
type desk struct {
	*people
	slack      *slack.Client
	delivery   *delivery.Sender
	rules      reports.Rules
	definition reports.Definition
	lacks      map[string][]reports.Fact
	api        string
	log        *slog.Logger
	now        func() time.Time
}

// visit is one thing that one person wants to be told.
type visit struct {
	person *Person
	ask    Ask
	now    time.Time
}

// content makes what a modal shows a person.
type content func(*Person) (slack.ModalViewRequest, error)

// A trigger lives for three seconds, so a modal is opened empty first. Then who
// it is for is asked, and it is filled with what they may see.

// openModal opens the lowest modal.
func (d *desk) openModal(ctx context.Context, c slack.SlashCommand, make content) {
	opened, err := d.slack.OpenViewContext(ctx, c.TriggerID, views.Loading())
	if delivery.Word(err) == "exchanged_trigger_id" {
		return // the same command or press, sent twice
	}
	if err != nil {
		d.log.Warn("open a modal", "error", err)
		(&reply{desk: d, url: c.ResponseURL}).fail(ctx, printerFor(""), err)
		return
	}
	d.fill(ctx, opened.ID, c.UserID, c.TeamID, make)
}

// commandFrom is a button that opens a modal as if it had been typed.
func commandFrom(i slack.InteractionCallback) slack.SlashCommand {
	return slack.SlashCommand{TriggerID: i.TriggerID, ResponseURL: i.ResponseURL, UserID: i.User.ID, TeamID: i.Team.ID}
}

// pushModal lays a modal upon the one in which something was pressed. Make is given
// the id of the new one.
func (d *desk) pushModal(ctx context.Context, i slack.InteractionCallback, make func(view string, p *Person) (slack.ModalViewRequest, error)) {
	pushed, err := d.slack.PushViewContext(ctx, i.TriggerID, views.Loading())
	if err != nil {
		d.log.Warn("push a modal", "under", i.View.CallbackID, "error", err)
		return
	}
	d.fill(ctx, pushed.ID, i.User.ID, i.Team.ID, func(p *Person) (slack.ModalViewRequest, error) { return make(pushed.ID, p) })
}

// pushForm lays a form upon a modal, for editors alone.
func (d *desk) pushForm(ctx context.Context, i slack.InteractionCallback, make content) {
	d.pushModal(ctx, i, func(_ string, p *Person) (slack.ModalViewRequest, error) {
		if !p.Editor {
			return slack.ModalViewRequest{}, refusedViewer
		}
		return make(p)
	})
}

// refill fills the modal in which something was pressed anew.
func (d *desk) refill(ctx context.Context, i slack.InteractionCallback, make content) {
	d.fill(ctx, i.View.ID, i.User.ID, i.Team.ID, make)
}

// fill puts into a modal what a person may see, or why not.
func (d *desk) fill(ctx context.Context, view, user, team string, make content) {
	person, err := d.person(ctx, user, team)
	if err != nil {
		p := printerFor("")
		d.show(ctx, view, views.Refused(d.excuse(p, err), p), p)
		return
	}
	d.fillFor(ctx, view, person, make)
}

// fillFor is fill for a person who is known.
func (d *desk) fillFor(ctx context.Context, view string, person *Person, make content) {
	v, err := make(person)
	if err != nil {
		v = views.Refused(d.excuse(person.Lang, err), person.Lang)
	}
	d.show(ctx, view, v, person.Lang)
}

// show puts a content into a view, or why Slack refused to: nobody looks at
// "Loading…" for ever.
func (d *desk) show(ctx context.Context, view string, v slack.ModalViewRequest, p *lang.Printer) {
	_, err := d.update(ctx, view, "", v)
	if err == nil || ctx.Err() != nil {
		return
	}
	text := p.T("view_failed")
	if word := delivery.Word(err); word != "" {
		text = p.T("view_refused", lang.Args{"Word": word})
	}
	d.update(ctx, view, "", views.Refused(text, p))
}

// update shows another content in a view, if its hash is the given one or none
// is given. It returns the new hash: none where the view was closed meanwhile or
// shows something newer. An error is logged here.
func (d *desk) update(ctx context.Context, view, hash string, v slack.ModalViewRequest) (string, error) {
	updated, err := d.slack.UpdateViewContext(ctx, v, "", hash, view)
	if err == nil {
		return updated.Hash, nil
	}
	var e slack.SlackErrorResponse
	if errors.As(err, &e) && (e.Err == "not_found" || e.Err == "hash_conflict") {
		return "", nil
	}
	if ctx.Err() == nil {
		d.log.Warn("update a view", "view", v.CallbackID, "error", err, "because", e.ResponseMetadata.Messages)
	}
	return "", err
}

// excuse is a sentence for a person on why something did not work.
func (d *desk) excuse(p *lang.Printer, err error) string {
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
	d.log.Error("modal", "error", err)
	if errors.Is(err, reports.ErrOtherRules) {
		return p.T("other_rules")
	}
	if word, _ := delivery.Refusal(err); word != "" {
		return delivery.Sentence(p, err)
	}
	return p.T("not_saved")
}
