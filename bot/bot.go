// Package bot is all that the bot says in Slack, and when: the digest, its
// delivery and its schedules.
package bot

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"time"

	"github.com/slack-go/slack"

	"agentreport/bot/views"
	"agentreport/reports"
	"agentreport/reports/chart"
	"agentreport/reports/lang"
)

// Reports is what a digest is made of.
type Reports interface {
	Days(ctx context.Context, r reports.Range, now time.Time) ([]reports.DayTally, error)
	Notes(ctx context.Context, kind reports.EventType, r reports.Range, channel string) ([]reports.Note, error)
	Sources(ctx context.Context) ([]reports.Source, error)
	Answered(ctx context.Context, now time.Time) ([]reports.Answered, error)
	Annotations(ctx context.Context) ([]reports.Annotation, error)
	LastRecord(ctx context.Context, w reports.Week, d reports.Definition, filter string) (*reports.Record, error)
}

// Deliveries is where every delivery and its steps are kept. The version of a
// delivery changes with every write by anybody; 0 is none.
type Deliveries interface {
	Delivery(ctx context.Context, id string) (reports.Delivery, int64, error)
	InsertDelivery(ctx context.Context, d reports.Delivery) (bool, error)
	SwapDelivery(ctx context.Context, d reports.Delivery, version int64) (bool, error)
	Subscriptions(ctx context.Context) ([]reports.Subscription, error)
	// Deliveries are the latest, newest first.
	Deliveries(ctx context.Context, limit int) ([]reports.Delivery, error)
}

// Store is what the bot needs of the store.
type Store interface {
	Reports
	Deliveries
	Gaps
	Answers
	Notes
	Schedules
	Explain(ctx context.Context, source, id string) ([]reports.Explained, error)
	// Listing is of the sessions that add to a figure of the span, the latest first.
	Listing(ctx context.Context, q reports.Query) iter.Seq2[reports.Listed, error]
	// Changes are of a topic, or of everything where it is 0, the latest first.
	Changes(ctx context.Context, topic, limit int) ([]reports.Change, error)
	Received(ctx context.Context, event string) (bool, error)
	Receipt(ctx context.Context, event string) (first bool, err error)
}

// Bot speaks in one workspace.
type Bot struct {
	Slack   *slack.Client
	Store   Store
	Rules   reports.Rules
	CatchUp time.Duration // how late a digest is still posted
	Owner   string        // names this process in the claims that it holds
	Log     *slog.Logger
	Editors []string // who may change things: users and user groups; empty for every member
	// Definition is that of a report of which nobody says another.
	Definition reports.Definition
	// Interactive says that Slack can reach the bot, over HTTP or Socket Mode.
	Interactive bool
	// Now is the clock; nil for the real one.
	Now func() time.Time
	// API is the address of Slack's Web API; empty for Slack's own.
	API string
	// Wake has Run look at the schedules at once; it may be nil.
	Wake <-chan struct{}
	// Delivered is called with the final state of each delivery; it may be nil.
	Delivered func(reports.DeliveryState)

	people people
	hints  pacer
}

func (b *Bot) clock() time.Time {
	if b.Now != nil {
		return b.Now()
	}
	return time.Now()
}

// Compose makes the digest of a week from what is stored, as it is at a moment.
// It also returns the conversations that the digest may quote.
func Compose(ctx context.Context, s Reports, in reports.DigestInput) (reports.Digest, []string, error) {
	fail := func(err error) (reports.Digest, []string, error) {
		return reports.Digest{}, nil, fmt.Errorf("digest %s: %w", in.Week, err)
	}
	var err error
	if in.Days, err = s.Days(ctx, reports.DigestRange(in.Week), in.Now); err != nil {
		return fail(err)
	}
	if in.Questions, err = s.Notes(ctx, reports.Unanswered, in.Week.Range(), in.Filter); err != nil {
		return fail(err)
	}
	if in.Remarks, err = s.Notes(ctx, reports.Feedback, in.Week.Range(), in.Filter); err != nil {
		return fail(err)
	}
	in.Remarks = slices.DeleteFunc(in.Remarks, func(n reports.Note) bool { return n.Rating != reports.Negative })
	if in.Sources, err = s.Sources(ctx); err != nil {
		return fail(err)
	}
	if in.Filter == "" { // an answer is for every channel
		if in.Answered, err = s.Answered(ctx, in.Week.End(in.Rules.Zone)); err != nil {
			return fail(err)
		}
	}
	if in.Annotations, err = s.Annotations(ctx); err != nil {
		return fail(err)
	}
	if in.Before == nil {
		if in.Before, err = s.LastRecord(ctx, in.Week.Add(-1), in.Definition, in.Filter); err != nil {
			return fail(err)
		}
	}
	return reports.Weekly(in), reports.Quoted(in.Questions, in.Remarks), nil
}

// Picture is one chart of a digest.
type Picture struct {
	Name string // of the report; without a path or an ending
	PNG  []byte
	views.Image
}

// Pictures draws a digest's charts.
func Pictures(d *reports.Digest, p *lang.Printer) ([]Picture, error) {
	list := make([]Picture, len(d.Charts))
	for i := range d.Charts {
		t := &d.Charts[i]
		b, err := chart.PNG(t, p)
		if err != nil {
			return nil, fmt.Errorf("digest %s: %w", d.Week, err)
		}
		list[i] = Picture{t.Report.Name, b, views.Image{Title: p.Title(t.Report), Alt: p.Alt(t)}}
	}
	return list, nil
}
