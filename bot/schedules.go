package bot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"agentreport/bot/views"
	"agentreport/reports"
	"agentreport/reports/lang"
)

// Schedules is where it is kept which channel gets a digest, and when: the same
// subscriptions as the command line's.
type Schedules interface {
	AddSubscription(ctx context.Context, sub reports.Subscription, by string) error
	ChangeSubscription(ctx context.Context, id, by string, change func(*reports.Subscription)) error
	RemoveSubscription(ctx context.Context, id, by string) error
}

// openSchedules opens the list over a trigger.
func (b *Bot) openSchedules(ctx context.Context, c slack.SlashCommand) {
	b.open(ctx, c, func(p *Person) (slack.ModalViewRequest, error) { return b.schedulesView(ctx, 0, "", p) })
}

func (b *Bot) showSchedules(ctx context.Context, i slack.InteractionCallback, _ string) {
	b.openSchedules(ctx, commandFrom(i))
}

func (b *Bot) schedulesView(ctx context.Context, page int, done string, p *Person) (slack.ModalViewRequest, error) {
	rows, err := b.schedules(ctx)
	in := views.SchedulesInput{Page: page, Total: len(rows), Editor: p.Editor, Done: done, Zone: p.Zone}
	first := min(page*views.PageSize, len(rows))
	in.Rows = rows[first:min(first+views.PageSize, len(rows))]
	return views.Schedules(in, p.Lang), err
}

// recentDeliveries is how far back the last delivery of a schedule is looked for.
const recentDeliveries = 500

func (b *Bot) schedules(ctx context.Context) ([]views.ScheduleRow, error) {
	subs, err := b.Store.Subscriptions(ctx)
	if err != nil {
		return nil, err
	}
	delivered, err := b.Store.Deliveries(ctx, recentDeliveries)
	if err != nil {
		return nil, err
	}
	rows := make([]views.ScheduleRow, len(subs))
	for i, sub := range subs {
		rows[i].Subscription = sub
		if day, at, ok := dayAndTime(sub.Schedule); ok {
			rows[i].Day, rows[i].At = day, at
		}
		if !sub.Paused {
			if _, next, err := b.due(sub, b.clock()); err == nil {
				rows[i].Next = next
			}
		}
		for n := range delivered {
			if delivered[n].Subscription == sub.ID && delivered[n].Channel == sub.Channel {
				rows[i].Last = &delivered[n]
				break
			}
		}
	}
	// What was made or changed last comes first.
	slices.SortStableFunc(rows, func(a, b views.ScheduleRow) int { return b.ActiveAt.Compare(a.ActiveAt) })
	return rows, nil
}

// newSchedule opens the form for another schedule.
func (b *Bot) newSchedule(ctx context.Context, i slack.InteractionCallback, _ string) {
	b.pushForm(ctx, i, func(p *Person) (slack.ModalViewRequest, error) {
		w := views.ScheduleWritten{Day: time.Monday, At: "09:00", Zone: p.Zone.String(), Language: p.Lang.Language, Definition: b.Definition.String()}
		return views.Schedule(views.ScheduleState{List: i.View.ID}, w, p.Lang), nil
	})
}

// scheduleMenu does what the menu of a schedule offers.
func (b *Bot) scheduleMenu(ctx context.Context, i slack.InteractionCallback, value string) {
	what, id, _ := strings.Cut(value, ":")
	if what == views.ScheduleEdit {
		b.pushForm(ctx, i, func(p *Person) (slack.ModalViewRequest, error) {
			sub, err := b.subscription(ctx, id)
			if err != nil {
				return slack.ModalViewRequest{}, err
			}
			if sub.Managed {
				return slack.ModalViewRequest{}, refusedError("schedule_managed_refused")
			}
			w := views.ScheduleWritten{
				Channel: sub.Channel, Zone: sub.Zone, Language: sub.Language, Filter: sub.Filter, Definition: cmp.Or(sub.Definition, b.Definition.String()),
				Day: time.Monday, At: "09:00", Sections: sub.Sections,
			}
			if day, at, ok := dayAndTime(sub.Schedule); ok {
				w.Day, w.At = day, at
			}
			return views.Schedule(views.ScheduleState{ID: id, List: i.View.ID}, w, p.Lang), nil
		})
		return
	}
	if slices.Contains([]string{views.ScheduleRemove, views.ScheduleSend}, what) {
		b.pushForm(ctx, i, func(p *Person) (slack.ModalViewRequest, error) {
			sub, err := b.subscription(ctx, id)
			return views.Confirm(what, views.ScheduleState{ID: id, List: i.View.ID}, &views.ScheduleRow{Subscription: sub}, p.Lang), err
		})
		return
	}
	b.refill(ctx, i, func(p *Person) (slack.ModalViewRequest, error) {
		if !p.Editor {
			return slack.ModalViewRequest{}, refusedViewer
		}
		return b.changed(ctx, what, id, i.View.ID, i.View.Hash, p)
	})
}

// confirmSchedule does what a person is sure of.
func (b *Bot) confirmSchedule(i slack.InteractionCallback, p *Person) (*slack.ViewSubmissionResponse, func(context.Context)) {
	s := views.DecodeSchedule(i.View.PrivateMetadata)
	return nil, func(ctx context.Context) {
		v, err := b.changed(ctx, s.What, s.ID, s.List, i.View.ID, p)
		if err != nil {
			v = views.Refused(b.excuse(p.Lang, err), p.Lang)
		}
		b.update(ctx, s.List, "", v)
	}
}

// changed does something with a schedule, and returns the list with what was
// done. Sending takes a while: the list says so meanwhile. What is asked for
// again with the same key is done once.
func (b *Bot) changed(ctx context.Context, what, id, list, key string, p *Person) (slack.ModalViewRequest, error) {
	if what == views.ScheduleSend || what == views.ScheduleSendMe {
		v, err := b.schedulesView(ctx, 0, p.Lang.T("working"), p)
		if err != nil {
			return v, err
		}
		b.update(ctx, list, "", v)
	}
	said, err := b.changeSchedule(ctx, what, id, key, p)
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	return b.schedulesView(ctx, 0, said, p)
}

// turnSchedules turns to another page of the list.
func (b *Bot) turnSchedules(ctx context.Context, i slack.InteractionCallback, value string) {
	b.refill(ctx, i, func(p *Person) (slack.ModalViewRequest, error) { return b.schedulesView(ctx, pageOf(value), "", p) })
}

func (b *Bot) subscription(ctx context.Context, id string) (reports.Subscription, error) {
	subs, err := b.Store.Subscriptions(ctx)
	for _, sub := range subs {
		if sub.ID == id {
			return sub, nil
		}
	}
	return reports.Subscription{}, errors.Join(err, reports.ErrNotFound)
}

// A digest that somebody waits for is tried again for sendPatience, and given up
// after sendWithin.
const (
	sendPatience = time.Minute
	sendWithin   = 100 * time.Second
)

// changeSchedule pauses, resumes, removes or sends, and returns what to say.
func (b *Bot) changeSchedule(ctx context.Context, what, id, key string, p *Person) (string, error) {
	switch what {
	case views.SchedulePause:
		return p.Lang.T("schedule_done_pause"), b.Store.ChangeSubscription(ctx, id, p.ID, func(s *reports.Subscription) { s.Paused = true })
	case views.ScheduleResume:
		return p.Lang.T("schedule_done_resume"), b.Store.ChangeSubscription(ctx, id, p.ID, func(s *reports.Subscription) { s.Resume(b.clock()) })
	case views.ScheduleRemove:
		sub, err := b.subscription(ctx, id)
		if err != nil {
			return "", err
		}
		if sub.Managed {
			return "", refusedError("schedule_managed_refused")
		}
		return p.Lang.T("schedule_done_remove"), b.Store.RemoveSubscription(ctx, id, p.ID)
	case views.ScheduleSend, views.ScheduleSendMe:
		return b.sendSchedule(ctx, what, id, key, p)
	}
	return "", fmt.Errorf("a schedule cannot be told to %q", what)
}

// sendSchedule sends a digest now, to the channel or to the person alone.
func (b *Bot) sendSchedule(ctx context.Context, what, id, key string, p *Person) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, sendWithin)
	defer cancel()
	sub, err := b.subscription(ctx, id)
	if err != nil {
		return "", err
	}
	if what == views.ScheduleSendMe {
		im, _, _, err := b.Slack.OpenConversationContext(ctx, &slack.OpenConversationParameters{Users: []string{p.ID}, ReturnIM: true})
		if err != nil {
			return "", err
		}
		sub.Channel = im.ID
	}
	d, err := b.SendNow(ctx, sub, what+"/"+key, sendPatience)
	if err != nil {
		return "", err
	}
	if d.State != reports.Posted {
		return p.Lang.T("schedule_not_sent", lang.Args{"Reason": views.Reason(&d, p.Lang)}), nil
	}
	return p.Lang.T("schedule_sent"), nil
}

// submitSchedule writes a schedule. Its id is that of the view, so that it is
// one however often it is sent.
func (b *Bot) submitSchedule(ctx context.Context, i slack.InteractionCallback, p *Person) (*slack.ViewSubmissionResponse, func(context.Context)) {
	s, w := views.DecodeSchedule(i.View.PrivateMetadata), views.ScheduleWrittenIn(i.View.State)
	refuse := func(input, sentence string) (*slack.ViewSubmissionResponse, func(context.Context)) {
		return fieldError(input, sentence), nil
	}
	zone, err := time.LoadLocation(w.Zone)
	if err != nil || w.Zone == "" || w.Zone == "Local" {
		return refuse(views.ScheduleZone, p.Lang.T("schedule_no_zone"))
	}
	spec, err := weekly(w.Day, w.At)
	if err == nil {
		_, err = ParseSchedule(spec, zone, b.Rules.Zone, b.clock())
	}
	switch {
	case errors.Is(err, errTooEarly):
		return refuse(views.ScheduleTime, p.Lang.T("schedule_too_early", lang.Args{"Zone": b.Rules.Zone.String()}))
	case err != nil:
		return refuse(views.ScheduleTime, p.Lang.T("schedule_no_time"))
	}
	if err := b.mayPost(ctx, w.Channel); err != nil {
		return refuse(views.ScheduleChannel, b.excuse(p.Lang, err))
	}
	subs, err := b.Store.Subscriptions(ctx)
	if err != nil {
		return refuse(views.ScheduleChannel, b.excuse(p.Lang, err))
	}
	for _, other := range subs {
		if other.ID != s.ID && other.ID != i.View.ID && other.Channel == w.Channel && other.Filter == w.Filter {
			return refuse(views.ScheduleChannel, p.Lang.T("schedule_there"))
		}
	}
	change := func(sub *reports.Subscription) {
		if sub.Schedule != spec || sub.Zone != w.Zone {
			sub.ActiveAt = b.clock().UTC() // no time of the new schedule was missed
		}
		sub.Channel, sub.Schedule, sub.Zone, sub.Language = w.Channel, spec, w.Zone, lang.For(w.Language).Language
		sub.Filter, sub.Definition, sub.Sections = w.Filter, w.Definition, w.Sections
	}
	said := "schedule_done_change"
	if s.ID != "" {
		err = b.Store.ChangeSubscription(ctx, s.ID, p.ID, func(sub *reports.Subscription) {
			if !sub.Managed {
				change(sub)
			}
		})
	} else {
		said = "schedule_done_create"
		now := b.clock().UTC()
		sub := reports.Subscription{ID: i.View.ID, CreatedBy: p.ID, CreatedAt: now, ActiveAt: now}
		change(&sub)
		if err = b.Store.AddSubscription(ctx, sub, p.ID); errors.Is(err, reports.ErrConflict) {
			return nil, nil // the same form, sent twice
		}
	}
	if err != nil {
		return refuse(views.ScheduleChannel, b.excuse(p.Lang, err))
	}
	return nil, func(ctx context.Context) {
		v, err := b.schedulesView(ctx, 0, p.Lang.T(said), p)
		if err != nil {
			v = views.Refused(b.excuse(p.Lang, err), p.Lang)
		}
		b.update(ctx, s.List, "", v)
	}
}

// mayPost reports why the bot could not post a digest to a channel.
func (b *Bot) mayPost(ctx context.Context, id string) error {
	if id == "" {
		return refusedError("schedule_no_channel")
	}
	ch, err := b.inside(ctx, id)
	if err == nil && !ch.IsMember {
		err = slack.SlackErrorResponse{Err: "not_in_channel"}
	}
	return err
}
