package bot

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"agentreport/bot/delivery"
	"agentreport/bot/views"
	"agentreport/reports"
	"agentreport/reports/lang"
)

// reportMessage is a report in a channel, with what can be pressed under it.
type reportMessage struct {
	*desk
	store reports.Reader
}

// commands are the reports, each by its name.
func (r *reportMessage) commands() []command {
	list := make([]command, len(reports.Reports))
	for i := range reports.Reports {
		list[i] = command{name: reports.Reports[i].Name, run: r.report}
		if list[i].name == "feedback" {
			list[i].run = r.feedback
		}
	}
	return list
}

// report answers with figures and a picture.
func (r *reportMessage) report(ctx context.Context, v *visit) (views.Message, error) {
	m, _, err := r.withTable(ctx, v)
	return m, err
}

func (r *reportMessage) withTable(ctx context.Context, v *visit) (views.Message, reports.Table, error) {
	t, err := r.table(ctx, v)
	if err != nil {
		return views.Message{}, t, err
	}
	heard, err := r.store.Sources(ctx)
	if err != nil {
		return views.Message{}, t, err
	}
	in := views.ReportInput{Table: &t, Ranges: rangesOf(v.ask), Asked: v.ask.String(), Public: v.ask.Public, Lacking: t.Report.LackedBy(heard, r.lacks)}
	if !t.IsEmpty() {
		// No picture is never no answer: the figures are there all the same.
		if in.Images, err = r.delivery.Picture(ctx, &t, v.person.Lang); err != nil {
			r.log.Warn("a report without its picture", "report", t.Report.Name, "error", err)
			in.Note = v.person.Lang.T("picture_missing", lang.Args{"Reason": delivery.Sentence(v.person.Lang, err)})
		}
	}
	return views.Report(in, v.person.Lang), t, nil
}

// feedback answers with the report and with what visitors wrote: the unhappy
// first, of equals the latest.
func (r *reportMessage) feedback(ctx context.Context, v *visit) (views.Message, error) {
	m, t, err := r.withTable(ctx, v)
	if err != nil || v.ask.Public { // what visitors wrote stays where an erasure need not look for it
		return m, err
	}
	notes, err := r.store.Notes(ctx, reports.Feedback, t.Query.Range, v.ask.Channel)
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

// query is what the report that is asked for is to cover.
func (r *reportMessage) query(v *visit) (*reports.Report, reports.Query, error) {
	report, ok := reports.FindReport(v.ask.Command)
	if !ok {
		return nil, reports.Query{}, fmt.Errorf("there is no report %q", v.ask.Command)
	}
	q := reports.Query{Range: v.ask.Range, Channel: v.ask.Channel, Definition: r.definition, Now: v.now, Rules: r.rules}
	if v.ask.Definition != "" {
		d, err := reports.ParseDefinition(v.ask.Definition)
		if err != nil {
			return nil, q, err
		}
		q.Definition = d
	}
	if q.Range == (reports.Range{}) {
		weeks := reports.DefaultWeeks
		if report.Shape == reports.Tiles {
			weeks = 1
		}
		q.Range = reports.LastWeeks(weeks, v.now, r.rules.Zone)
	}
	return report, q, nil
}

// table runs the report that is asked for.
func (r *reportMessage) table(ctx context.Context, v *visit) (reports.Table, error) {
	report, q, err := r.query(v)
	if err != nil {
		return reports.Table{}, err
	}
	t, err := report.Ask(ctx, r.store, q)
	if t.Impact != nil {
		t.Impact.Minutes = r.delivery.Minutes
	}
	return t, err
}

// rangesOf are the spans that can be chosen for what was asked.
func rangesOf(a Ask) []views.Choice {
	a.Public = false
	a.Range, a.Page = reports.Range{}, 0
	base := a.String()
	var list []views.Choice
	for _, words := range []string{"last week", "last 4 weeks", "last 12 weeks", "last 26 weeks", "last 52 weeks", "this week", "this month", "this year"} {
		list = append(list, views.Choice{ID: "range_" + strings.ReplaceAll(words, " ", "_"), Value: base + " " + words})
	}
	return list
}

// post shows everybody in the channel what a person has before them.
func (r *reportMessage) post(ctx context.Context, i slack.InteractionCallback, asked string) {
	r.beside(ctx, i, asked, func(v *visit) (string, error) {
		if err := r.delivery.CheckChannel(ctx, i.Channel.ID); err != nil {
			return "", err
		}
		v.ask.Public = true
		m, err := r.report(ctx, v)
		if err != nil {
			return "", err
		}
		_, _, err = r.slack.PostMessageContext(ctx, i.Channel.ID, slack.MsgOptionText(m.Text, false), slack.MsgOptionBlocks(m.Blocks...),
			slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl())
		return "report_posted", err
	})
}

// sendCSV sends a person the exact numbers, in their messages with the bot.
func (r *reportMessage) sendCSV(ctx context.Context, i slack.InteractionCallback, asked string) {
	r.beside(ctx, i, asked, func(v *visit) (string, error) {
		t, err := r.table(ctx, v)
		if err != nil {
			return "", err
		}
		var file bytes.Buffer
		if err := t.WriteCSV(&file); err != nil {
			return "", err
		}
		im, _, _, err := r.slack.OpenConversationContext(ctx, &slack.OpenConversationParameters{Users: []string{i.User.ID}, ReturnIM: true})
		if err != nil {
			return "", err
		}
		name := strings.Join([]string{t.Report.Name, string(t.Query.Range.From), string(t.Query.Range.To.Add(-1))}, "_") + ".csv"
		_, err = r.slack.UploadFileContext(ctx, slack.UploadFileParameters{
			Reader: &file, FileSize: file.Len(), Filename: name, Title: v.person.Lang.Title(t.Report), Channel: im.ID,
		})
		return "report_csv_sent", err
	})
}

// beside does something with a report that a person has before them, and answers beside
// it with the sentence whose id do returns.
func (r *reportMessage) beside(ctx context.Context, i slack.InteractionCallback, asked string, do func(*visit) (string, error)) {
	to := &reply{desk: r.desk, url: i.ResponseURL}
	to.visit(ctx, i.User.ID, i.Team.ID, asked, func(v *visit) error {
		said, err := do(v)
		if err != nil {
			return fmt.Errorf("%q: %w", asked, err)
		}
		to.send(ctx, views.Message{Text: views.Escape(v.person.Lang.T(said))}, false)
		return nil
	})
}
