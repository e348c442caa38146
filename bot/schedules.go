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

	"agentreport/bot/delivery"
	"agentreport/bot/views"
	"agentreport/reports"
	"agentreport/reports/lang"
)

// schedules is where it is kept which channel gets a digest, and when: the same
// subscriptions as the command line's.
type schedules interface {
	Subscriptions(ctx context.Context) ([]reports.Subscription, error)
	AddSubscription(ctx context.Context, sub reports.Subscription, by string) error
	ChangeSubscription(ctx context.Context, id, by string, change func(*reports.Subscription)) error
	RemoveSubscription(ctx context.Context, id, by string) error
	// Deliveries are the latest, newest first.
	Deliveries(ctx context.Context, limit int) ([]reports.Delivery, error)
}

// schedulesList is the list of schedules, and its forms.
type schedulesList struct {
	*desk
	channels *channelMenu
	store    schedules
}

func (l *schedulesList) open(ctx context.Context, c slack.SlashCommand, _ Ask) {
	l.openModal(ctx, c, func(p *Person) (slack.ModalViewRequest, error) { return l.view(ctx, 0, "", p) })
}

// show opens the list from a button.
func (l *schedulesList) show(ctx context.Context, i slack.InteractionCallback, _ string) {
	l.open(ctx, commandFrom(i), Ask{})
}

func (l *schedulesList) view(ctx context.Context, page int, done string, p *Person) (slack.ModalViewRequest, error) {
	rows, err := l.rows(ctx)
	in := views.SchedulesInput{Page: page, Total: len(rows), Editor: p.Editor, Done: done, Zone: p.Zone}
	first := min(page*views.PageSize, len(rows))
	in.Rows = rows[first:min(first+views.PageSize, len(rows))]
	return views.Schedules(in, p.Lang), err
}

// recentDeliveries is how far back the last delivery of a schedule is looked for.
const recentDeliveries = 500

func (l *schedulesList) rows(ctx context.Context) ([]views.ScheduleRow, error) {
	subs, err := l.store.Subscriptions(ctx)
	if err != nil {
		return nil, err
	}
	delivered, err := l.store.Deliveries(ctx, recentDeliveries)
	if err != nil {
		return nil, err
	}
	rows := make([]views.ScheduleRow, len(subs))
	for i, sub := range subs {
		rows[i].Subscription = sub
		if day, at, ok := delivery.DayAndTime(sub.Schedule); ok {
			rows[i].Day, rows[i].At = day, at
		}
		if !sub.Paused {
			if _, next, err := delivery.Due(sub, l.now()); err == nil {
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

// create opens the form for another schedule.
func (l *schedulesList) create(ctx context.Context, i slack.InteractionCallback, _ string) {
	l.pushForm(ctx, i, func(p *Person) (slack.ModalViewRequest, error) {
		w := views.ScheduleWritten{Day: time.Monday, At: "09:00", Zone: p.Zone.String(), Language: p.Lang.Language, Definition: l.definition.String()}
		return views.Schedule(views.ScheduleState{List: i.View.ID}, w, p.Lang), nil
	})
}

// more does what the menu of a schedule offers.
func (l *schedulesList) more(ctx context.Context, i slack.InteractionCallback, value string) {
	what, id, _ := strings.Cut(value, ":")
	if what == views.ScheduleEdit {
		l.pushForm(ctx, i, func(p *Person) (slack.ModalViewRequest, error) {
			sub, err := l.subscription(ctx, id)
			if err != nil {
				return slack.ModalViewRequest{}, err
			}
			if sub.Managed {
				return slack.ModalViewRequest{}, refusedError("schedule_managed_refused")
			}
			w := views.ScheduleWritten{
				Channel: sub.Channel, Zone: sub.Zone, Language: sub.Language, Filter: sub.Filter, Definition: cmp.Or(sub.Definition, l.definition.String()),
				Day: time.Monday, At: "09:00", Sections: sub.Sections, Alert: sub.Alert,
			}
			if day, at, ok := delivery.DayAndTime(sub.Schedule); ok {
				w.Day, w.At = day, at
			}
			return views.Schedule(views.ScheduleState{ID: id, List: i.View.ID}, w, p.Lang), nil
		})
		return
	}
	if slices.Contains([]string{views.ScheduleRemove, views.ScheduleSend}, what) {
		l.pushForm(ctx, i, func(p *Person) (slack.ModalViewRequest, error) {
			sub, err := l.subscription(ctx, id)
			return views.Confirm(what, views.ScheduleState{ID: id, List: i.View.ID}, &views.ScheduleRow{Subscription: sub}, p.Lang), err
		})
		return
	}
	l.refill(ctx, i, func(p *Person) (slack.ModalViewRequest, error) {
		if !p.Editor {
			return slack.ModalViewRequest{}, refusedViewer
		}
		return l.changed(ctx, what, id, i.View.ID, i.View.Hash, p)
	})
}

// confirm does what a person is sure of.
func (l *schedulesList) confirm(_ context.Context, i slack.InteractionCallback, p *Person) (*slack.ViewSubmissionResponse, func(context.Context)) {
	s, _ := views.ScheduleIn(i.View)
	return nil, func(ctx context.Context) {
		l.fillFor(ctx, s.List, p, func(p *Person) (slack.ModalViewRequest, error) {
			return l.changed(ctx, s.What, s.ID, s.List, i.View.ID, p)
		})
	}
}

// changed does something with a schedule, and returns the list with what was
// done. Sending takes a while: the list says so meanwhile. What is asked for
// again with the same key is done once.
func (l *schedulesList) changed(ctx context.Context, what, id, list, key string, p *Person) (slack.ModalViewRequest, error) {
	if what == views.ScheduleSend || what == views.ScheduleSendMe {
		v, err := l.view(ctx, 0, p.Lang.T("working"), p)
		if err != nil {
			return v, err
		}
		l.update(ctx, list, "", v)
	}
	said, err := l.changeSchedule(ctx, what, id, key, p)
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	return l.view(ctx, 0, said, p)
}

// turn turns to another page of the list.
func (l *schedulesList) turn(ctx context.Context, i slack.InteractionCallback, value string) {
	l.refill(ctx, i, func(p *Person) (slack.ModalViewRequest, error) { return l.view(ctx, views.Number(value), "", p) })
}

func (l *schedulesList) subscription(ctx context.Context, id string) (reports.Subscription, error) {
	subs, err := l.store.Subscriptions(ctx)
	for _, sub := range subs {
		if sub.ID == id {
			return sub, nil
		}
	}
	return reports.Subscription{}, errors.Join(err, reports.ErrNotFound)
}

// sendPatience is how long a person is kept waiting for a digest. After it the bot goes
// on, and tells if it fails.
const sendPatience = 100 * time.Second

// changeSchedule pauses, resumes, removes or sends, and returns what to say.
func (l *schedulesList) changeSchedule(ctx context.Context, what, id, key string, p *Person) (string, error) {
	switch what {
	case views.SchedulePause:
		return p.Lang.T("schedule_done_pause"), l.store.ChangeSubscription(ctx, id, p.ID, func(s *reports.Subscription) { s.Paused = true })
	case views.ScheduleResume:
		return p.Lang.T("schedule_done_resume"), l.store.ChangeSubscription(ctx, id, p.ID, func(s *reports.Subscription) { s.Resume(l.now()) })
	case views.ScheduleRemove:
		sub, err := l.subscription(ctx, id)
		if err != nil {
			return "", err
		}
		if sub.Managed {
			return "", refusedError("schedule_managed_refused")
		}
		return p.Lang.T("schedule_done_remove"), l.store.RemoveSubscription(ctx, id, p.ID)
	case views.ScheduleSend, views.ScheduleSendMe:
		return l.sendSchedule(ctx, what, id, key, p)
	}
	return "", fmt.Errorf("a schedule cannot be told to %q", what)
}

// sendSchedule sends a digest now, to the channel or to the person alone.
func (l *schedulesList) sendSchedule(ctx context.Context, what, id, key string, p *Person) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, sendPatience)
	defer cancel()
	sub, err := l.subscription(ctx, id)
	if err != nil {
		return "", err
	}
	if what == views.ScheduleSendMe {
		im, _, _, err := l.slack.OpenConversationContext(ctx, &slack.OpenConversationParameters{Users: []string{p.ID}, ReturnIM: true})
		if err != nil {
			return "", err
		}
		sub.Channel = im.ID
	}
	sub.CreatedBy, sub.Alert = p.ID, ""
	d, err := l.delivery.SendNow(ctx, sub, what+"/"+key)
	switch {
	case err != nil:
		return "", err
	case !d.Done():
		return p.Lang.T("schedule_sending"), nil
	case d.State != reports.Posted:
		return p.Lang.T("schedule_not_sent", lang.Args{"Reason": views.Reason(&d, p.Lang)}), nil
	}
	return p.Lang.T("schedule_sent"), nil
}

// submit writes a schedule. Its id is that of the view, so that it is
// one however often it is sent.
func (l *schedulesList) submit(ctx context.Context, i slack.InteractionCallback, p *Person) (*slack.ViewSubmissionResponse, func(context.Context)) {
	s, w := views.ScheduleIn(i.View)
	refuse := func(input, sentence string) (*slack.ViewSubmissionResponse, func(context.Context)) {
		return fieldError(input, sentence), nil
	}
	zone, err := time.LoadLocation(w.Zone)
	if err != nil || w.Zone == "" || w.Zone == "Local" {
		return refuse(views.ScheduleZone, p.Lang.T("schedule_no_zone"))
	}
	spec, err := delivery.Weekly(w.Day, w.At)
	if err == nil {
		_, err = delivery.ParseSchedule(spec, zone, l.rules.Zone, l.now())
	}
	switch {
	case errors.Is(err, delivery.ErrTooEarly):
		return refuse(views.ScheduleTime, p.Lang.T("schedule_too_early", lang.Args{"Zone": l.rules.Zone.String()}))
	case err != nil:
		return refuse(views.ScheduleTime, p.Lang.T("schedule_no_time"))
	}
	if err := l.mayPost(ctx, w.Channel); err != nil {
		return refuse(views.ScheduleChannel, l.excuse(p.Lang, err))
	}
	subs, err := l.store.Subscriptions(ctx)
	if err != nil {
		return refuse(views.ScheduleChannel, l.excuse(p.Lang, err))
	}
	question := ""
	for _, other := range subs {
		if other.ID == s.ID || other.ID == i.View.ID || other.Channel != w.Channel {
			continue
		}
		if other.Filter == w.Filter {
			return refuse(views.ScheduleChannel, p.Lang.T("schedule_there"))
		}
		question = p.Lang.T("schedule_second")
	}
	if w.Filter != "" {
		found, err := l.channels.find(ctx, "", i, p)
		if err != nil {
			return refuse(views.ScheduleChannel, l.excuse(p.Lang, err))
		}
		if !slices.ContainsFunc(found, func(c views.Choice) bool { return c.Value == w.Filter }) {
			question = p.Lang.T("schedule_no_conversations", lang.Args{"Channel": w.Filter})
		}
	}
	if asked := w.Channel + " " + w.Filter; question != "" && s.Asked != asked {
		s.Asked, w.Question = asked, question+" "+p.Lang.T("schedule_again")
		v := views.Schedule(s, w, p.Lang)
		return fieldError(views.ScheduleChannel, w.Question), func(ctx context.Context) { l.update(ctx, i.View.ID, "", v) }
	}
	if w.Alert != "" {
		if err := l.delivery.CheckMember(ctx, w.Alert); err != nil {
			return refuse(views.ScheduleAlert, l.excuse(p.Lang, err))
		}
	}
	change := func(sub *reports.Subscription) {
		if sub.Schedule != spec || sub.Zone != w.Zone {
			sub.ActiveAt = l.now().UTC() // no time of the new schedule was missed
		}
		sub.Channel, sub.Schedule, sub.Zone, sub.Language = w.Channel, spec, w.Zone, lang.For(w.Language).Language
		sub.Filter, sub.Definition, sub.Sections, sub.Alert = w.Filter, w.Definition, w.Sections, w.Alert
	}
	said := "schedule_done_change"
	if s.ID != "" {
		err = l.store.ChangeSubscription(ctx, s.ID, p.ID, func(sub *reports.Subscription) {
			if !sub.Managed {
				change(sub)
			}
		})
	} else {
		said = "schedule_done_create"
		now := l.now().UTC()
		sub := reports.Subscription{ID: i.View.ID, CreatedBy: p.ID, CreatedAt: now, ActiveAt: now}
		change(&sub)
		if err = l.store.AddSubscription(ctx, sub, p.ID); errors.Is(err, reports.ErrConflict) {
			return nil, nil // the same form, sent twice
		}
	}
	if err != nil {
		return refuse(views.ScheduleChannel, l.excuse(p.Lang, err))
	}
	return nil, func(ctx context.Context) {
		l.fillFor(ctx, s.List, p, func(p *Person) (slack.ModalViewRequest, error) { return l.view(ctx, 0, p.Lang.T(said), p) })
	}
}

// mayPost reports why the bot could not post a digest to a channel.
func (l *schedulesList) mayPost(ctx context.Context, id string) error {
	if id == "" {
		return refusedError("schedule_no_channel")
	}
	return l.delivery.CheckMember(ctx, id)
}
