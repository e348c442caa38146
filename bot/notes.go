package bot

import (
	"context"
	"crypto/rand"
	"strings"

	"github.com/slack-go/slack"

	"agentreport/bot/views"
	"agentreport/reports"
)

// Notes is where what people note on the time line is changed.
type Notes interface {
	AddAnnotation(ctx context.Context, a reports.Annotation) error
	RemoveAnnotation(ctx context.Context, id, by string) error
}

// note puts a text on the time line of every chart, from now or from a day that
// it begins with. Without a text it lists the notes.
func (b *Bot) note(ctx context.Context, v *visit) (views.Message, error) {
	text := strings.TrimSpace(v.ask.Text)
	done := ""
	if text != "" {
		if !v.person.Editor {
			return views.Message{}, refusedViewer
		}
		a := reports.Annotation{ID: rand.Text(), At: v.now.UTC(), By: v.person.ID, CreatedAt: v.now.UTC()}
		first, rest, _ := strings.Cut(text, " ")
		if day, err := reports.ParseDay(first); err == nil {
			a.At, text = day.Start(b.Rules.Zone).UTC(), strings.TrimSpace(rest)
			if text == "" {
				return views.Message{}, askError{"note_empty", map[string]any{"Day": first}}
			}
		}
		if len([]rune(text)) > reports.MaxAnnotation {
			return views.Message{}, askError{"note_long", map[string]any{"Most": reports.MaxAnnotation}}
		}
		a.Text = text
		if err := b.Store.AddAnnotation(ctx, a); err != nil {
			return views.Message{}, err
		}
		done = v.person.Lang.T("note_done", map[string]any{"At": v.person.Lang.Date(reports.DayOf(a.At, b.Rules.Zone))})
	}
	return b.notes(ctx, v.person, done)
}

func (b *Bot) notes(ctx context.Context, p *Person, done string) (views.Message, error) {
	list, err := b.Store.Annotations(ctx)
	return views.Notes(list, done, p.Editor, b.Rules.Zone, p.Lang), err
}

// removeNote takes a note off the time line and shows those that are left.
func (b *Bot) removeNote(ctx context.Context, i slack.InteractionCallback, id string) {
	r := &reply{bot: b, url: i.ResponseURL, replace: true}
	person, err := b.person(ctx, i.User.ID, i.Team.ID)
	if err != nil {
		r.fail(ctx, printerFor(""), err)
		return
	}
	var m views.Message
	if !person.Editor {
		err = refusedViewer
	} else if err = b.Store.RemoveAnnotation(ctx, id, person.ID); err == nil {
		m, err = b.notes(ctx, person, person.Lang.T("note_removed"))
	}
	if err != nil {
		r.replace = false
		r.fail(ctx, person.Lang, err)
		return
	}
	r.send(ctx, m, false)
}
