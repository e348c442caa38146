package bot

import (
	"cmp"
	"context"
	"slices"

	"github.com/slack-go/slack"

	"agentreport/bot/views"
	"agentreport/reports"
)

// feedbackCommand is the report that also shows what visitors wrote.
const feedbackCommand = "feedback"

// feedback answers with the report and with what visitors wrote: the unhappy
// first, of equals the latest.
func (b *Bot) feedback(ctx context.Context, v *visit) (views.Message, error) {
	m, t, err := b.reportOf(ctx, v)
	if err != nil || v.ask.Public { // what visitors wrote stays where an erasure need not look for it
		return m, err
	}
	notes, err := b.Store.Notes(ctx, reports.Feedback, t.Query.Range, v.ask.Channel)
	if err != nil {
		return m, err
	}
	rank := func(r reports.Rating) int {
		return slices.Index([]reports.Rating{reports.Negative, reports.Neutral, reports.Positive}, r)
	}
	slices.SortStableFunc(notes, func(a, b reports.Note) int {
		return cmp.Or(rank(a.Rating)-rank(b.Rating), b.At.Compare(a.At))
	})
	v.ask.Page = max(0, min(v.ask.Page, (len(notes)-1)/views.PageSize))
	first := v.ask.Page * views.PageSize
	in := views.CommentsInput{
		Notes: notes[first:min(first+views.PageSize, len(notes))], Page: v.ask.Page, Total: len(notes), Zone: v.person.Zone,
	}
	if before := v.ask; before.Page > 0 {
		before.Page--
		in.Before = before.String()
	}
	if after := v.ask; first+len(in.Notes) < len(notes) {
		after.Page++
		in.After = after.String()
	}
	m.Blocks = append(m.Blocks, views.Comments(in, v.person.Lang)...)
	return m, nil
}

// explain answers with what is known of a conversation and how its outcome came
// about.
func (b *Bot) explain(ctx context.Context, v *visit) (views.Message, error) {
	if v.ask.Text == "" {
		return views.Message{}, askError{"explain_which", nil}
	}
	found, err := b.Store.Explain(ctx, "", v.ask.Text)
	if err != nil {
		return views.Message{}, err
	}
	return views.Explain(found, b.Rules, v.now, v.person.Zone, v.person.Lang), nil
}

// openAudit opens the audit trail over a trigger.
func (b *Bot) openAudit(ctx context.Context, c slack.SlashCommand) {
	b.open(ctx, c, func(p *Person) (slack.ModalViewRequest, error) { return b.auditView(ctx, views.AuditState{}, p) })
}

func (b *Bot) auditView(ctx context.Context, s views.AuditState, p *Person) (slack.ModalViewRequest, error) {
	upTo := (s.Page + 1) * views.PageSize
	list, err := b.Store.Changes(ctx, s.Topic, upTo+1)
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	first := min(s.Page*views.PageSize, len(list))
	in := views.AuditInput{State: s, Changes: list[first:min(upTo, len(list))], More: len(list) > upTo, Zone: p.Zone}
	return views.Audit(in, p.Lang), nil
}

// turnAudit turns to another page of the audit trail.
func (b *Bot) turnAudit(ctx context.Context, i slack.InteractionCallback, value string) {
	s := views.DecodeAudit(i.View.PrivateMetadata)
	s.Page = pageOf(value)
	b.refill(ctx, i, func(p *Person) (slack.ModalViewRequest, error) { return b.auditView(ctx, s, p) })
}
