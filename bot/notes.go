package bot

import (
	"context"
	"crypto/rand"
	"strings"

	"github.com/slack-go/slack"

	"agentreport/bot/views"
	"agentreport/reports"
)

// annotations is where what people note on the time line is kept.
type annotations interface {
	Annotations(ctx context.Context) ([]reports.Annotation, error)
	AddAnnotation(ctx context.Context, a reports.Annotation) error
	RemoveAnnotation(ctx context.Context, id, by string) error
}

// noteList is the list of the notes on the time line.
type noteList struct {
	*desk
	store annotations
}

// add puts a text on the time line of every chart, from now or from a day that
// it begins with. Without a text it lists the notes.
func (l *noteList) add(ctx context.Context, v *visit) (views.Message, error) {
	text := strings.TrimSpace(v.ask.Text)
	done := ""
	if text != "" {
		if !v.person.Editor {
			return views.Message{}, refusedViewer
		}
		a := reports.Annotation{ID: rand.Text(), At: v.now.UTC(), By: v.person.ID, CreatedAt: v.now.UTC()}
		first, rest, _ := strings.Cut(text, " ")
		if day, err := reports.ParseDay(first); err == nil {
			a.At, text = day.Start(l.rules.Zone).UTC(), strings.TrimSpace(rest)
			if text == "" {
				return views.Message{}, askError{"note_empty", map[string]any{"Day": first}}
			}
		}
		if len([]rune(text)) > reports.MaxAnnotation {
			return views.Message{}, askError{"note_long", map[string]any{"Most": reports.MaxAnnotation}}
		}
		a.Text = text
		if err := l.store.AddAnnotation(ctx, a); err != nil {
			return views.Message{}, err
		}
		done = v.person.Lang.T("note_done", map[string]any{"At": v.person.Lang.Date(reports.DayOf(a.At, l.rules.Zone))})
	}
	return l.message(ctx, v.person, done)
}

func (l *noteList) message(ctx context.Context, p *Person, done string) (views.Message, error) {
	list, err := l.store.Annotations(ctx)
	return views.Notes(list, done, p.Editor, l.rules.Zone, p.Lang), err
}

// remove takes a note off the time line and shows those that are left.
func (l *noteList) remove(ctx context.Context, i slack.InteractionCallback, id string) {
	to := &reply{desk: l.desk, url: i.ResponseURL}
	to.visit(ctx, i.User.ID, i.Team.ID, "", func(v *visit) error {
		if !v.person.Editor {
			return refusedViewer
		}
		if err := l.store.RemoveAnnotation(ctx, id, v.person.ID); err != nil {
			return err
		}
		m, err := l.message(ctx, v.person, v.person.Lang.T("note_removed"))
		if err != nil {
			return err
		}
		to.replace = true
		to.send(ctx, m, false)
		return nil
	})
}
