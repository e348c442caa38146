package delivery

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"agentreport/bot/views"
	"agentreport/reports"
	"agentreport/reports/lang"
)

// sendWithin is how long a digest that a person asked for is tried.
const sendWithin = time.Hour

// nowKey is in the id of a delivery that a person asked for.
const nowKey = "/now/"

// errGone ends a delivery whose schedule was paused or removed.
var errGone = errors.New("the schedule was removed or paused")

// errEmpty says that a thread has nothing to show after all.
var errEmpty = errors.New("nothing to show")

// Deliver brings the digest of a week to a subscription's channel, exactly
// once for an id, whoever else tries. It returns when the delivery is done, by
// this process or another: posted, or given up and told.
func (s *Sender) Deliver(ctx context.Context, sub reports.Subscription, w reports.Week, due time.Time, id string) error {
	return s.bring(ctx, sub, reports.Delivery{ID: id, Subscription: sub.ID, Week: w, Due: due.UTC(), Channel: sub.Channel, Deadline: due.Add(s.CatchUp).UTC(), AsOf: s.clock().UTC()})
}

// SendNow brings the digest of the last complete week to a subscription's
// channel now, whatever its schedule: once for a key, however often it is asked for. It
// returns what has come of it when ctx ends; it is then still under way, and whoever runs
// the schedules goes on with it for an hour. Those in sub.CreatedBy and sub.Alert are
// told if it fails.
func (s *Sender) SendNow(ctx context.Context, sub reports.Subscription, key string) (reports.Delivery, error) {
	now := s.clock()
	fresh := reports.Delivery{
		ID: sub.ID + nowKey + key, Subscription: sub.ID, Week: reports.WeekOf(now, s.Rules.Zone).Add(-1), Due: now.UTC(), Channel: sub.Channel,
		Deadline: now.Add(sendWithin).UTC(), AsOf: now.UTC(), Manual: true, Tell: sub.Tells(),
	}
	err := s.bring(ctx, sub, fresh)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	d, version, readErr := s.Store.Delivery(ctx, fresh.ID)
	if version > 0 && readErr == nil {
		return d, nil
	}
	return d, errors.Join(err, readErr)
}

// bring works on a delivery until it is done.
func (s *Sender) bring(ctx context.Context, sub reports.Subscription, fresh reports.Delivery) error {
	for {
		c, err := s.acquire(ctx, fresh)
		if err != nil {
			return fmt.Errorf("delivery %s: %w", fresh.ID, err)
		}
		if c == nil {
			return nil
		}
		if err := c.work(ctx, sub); !errors.Is(err, errLost) {
			return err
		}
	}
}

// left is how much time there is for another attempt.
func (c *claim) left() time.Duration { return c.d.Deadline.Sub(c.clock()) }

// work attempts a claimed delivery until it is done or its deadline has passed.
func (c *claim) work(ctx context.Context, sub reports.Subscription) error {
	p := lang.For(sub.Language)
	strange := false // a word that we do not know was the answer once
	b := backoff{
		first: 30 * time.Second, most: 15 * time.Minute,
		passes: func(err error) bool {
			switch {
			case errors.Is(err, errLost), errors.Is(err, errUnknown), errors.Is(err, errGone), errors.Is(err, errLate), isFinal(err), ctx.Err() != nil:
				return false
			case isPassing(err):
				return true
			case strange:
				return false
			}
			strange = true
			return true
		},
		before: func(err error, pause time.Duration) error {
			c.d.Attempts++
			if pause > c.left() {
				return err
			}
			c.Log.Warn("digest will be tried again", "delivery", c.d.ID, "in", pause, "error", err)
			c.d.Refusal, c.d.Detail = wordFor(err)
			c.d.RetryAt = time.Now().Add(pause).UTC()
			return c.saveSurely(ctx, "failed", err.Error())
		},
	}
	err := b.until(ctx, func() error {
		c.d.RetryAt = time.Time{}
		return c.attempt(ctx, sub, p)
	})
	if err == nil || errors.Is(err, errLost) || ctx.Err() != nil {
		return err
	}
	if c.d.Message().State == reports.Posted { // only the thread is missing
		c.Log.Warn("thread given up", "delivery", c.d.ID, "error", err)
		c.d.Thread().State = reports.Failed
		return c.posted(ctx, "without its thread: "+err.Error())
	}
	return c.giveUp(ctx, sub, p, err)
}

// attempt brings each part to the channel that is not there yet.
func (c *claim) attempt(ctx context.Context, sub reports.Subscription, p *lang.Printer) error {
	made := sync.OnceValues(func() (composed, error) { return c.compose(ctx, sub) })
	if m := c.d.Message(); m.State == reports.Posting {
		if err := c.lookFor(ctx, sub, p, m); err != nil {
			return err
		}
	}
	if c.d.Message().State != reports.Posted {
		if err := c.reread(ctx, &sub); err != nil {
			return err
		}
		switch {
		case sub.Removed || sub.Paused && !c.d.Manual:
			return errGone
		case c.left() <= 0:
			return errLate
		}
		if err := c.postDigest(ctx, made, p); err != nil {
			return err
		}
	}
	if t := c.d.Thread(); t != nil && t.State != reports.Failed {
		if t.State == reports.Posting {
			if err := c.lookFor(ctx, sub, p, t); err != nil {
				return err
			}
		}
		if t.State != reports.Posted {
			if c.left() <= 0 {
				return errLate
			}
			if err := c.postThread(ctx, made, p); err != nil {
				return err
			}
		}
	}
	return c.posted(ctx, c.d.TS)
}

// posted ends a delivery whose message is in the channel: nobody need be told.
func (c *claim) posted(ctx context.Context, note string) error {
	c.d.Tell, c.d.Refusal, c.d.Detail = nil, "", ""
	return c.finish(ctx, reports.Posted, note)
}

// reread finds out whether the schedule was paused or removed since the work on it began.
// A digest that a person asked for needs no schedule.
func (c *claim) reread(ctx context.Context, sub *reports.Subscription) error {
	subs, err := c.Store.Subscriptions(ctx)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(subs, func(s reports.Subscription) bool { return s.ID == c.d.Subscription })
	if at >= 0 {
		sub.Removed, sub.Paused = false, subs[at].Paused
	} else if !c.d.Manual {
		sub.Removed = true
	}
	return nil
}

// composed is a digest and the conversations that it may quote.
type composed struct {
	reports.Digest
	quoted []string
}

// compose makes the digest as the subscription wants it, from what is stored.
func (c *claim) compose(ctx context.Context, sub reports.Subscription) (composed, error) {
	definition, err := reports.ParseDefinition(sub.Definition)
	if err != nil {
		return composed{}, err
	}
	d, quoted, err := Compose(ctx, c.Store, reports.DigestInput{Week: c.d.Week, Filter: sub.Filter, Definition: definition, Now: c.d.AsOf, Rules: c.Rules, Minutes: c.Minutes})
	sub.Trim(&d)
	return composed{d, quoted}, err
}

// pictures draws charts once and brings them to Slack.
func (c *claim) pictures(ctx context.Context, drawn *[]Picture, tables []reports.Table, p *lang.Printer) (images []views.Image, missing string, err error) {
	if *drawn == nil {
		if *drawn, err = Pictures(tables, p); err != nil { // it costs itself, not the digest
			c.Log.Error("a chart cannot be drawn", "delivery", c.d.ID, "error", err)
		}
	}
	return c.uploadOnce(ctx, *drawn, p)
}

// postDigest makes the message and posts it, as much of it as Slack takes.
func (c *claim) postDigest(ctx context.Context, made func() (composed, error), p *lang.Printer) error {
	d, err := made()
	if err != nil {
		return err
	}
	c.d.Record, c.d.Quoted = &d.Record, d.quoted
	if err := c.CheckMember(ctx, c.d.Channel); err != nil {
		return err
	}
	images, missing, err := c.pictures(ctx, &c.drawn, d.Charts, p)
	if err != nil {
		return err
	}
	if d.HasThread() {
		c.d.AddThread()
	}
	in := views.DigestInput{Digest: &d.Digest, Images: images, Note: missing, Interactive: c.Interactive}
	whole := views.Digest(in, p)
	return c.descend(ctx, c.d.Message, len(images) > 0, func(r reports.Rung) (views.Message, error) {
		switch {
		case r == reports.WholeMessage:
			return whole, nil
		case r == reports.TextAlone:
			return views.Message{Text: whole.Text}, nil
		case len(images) > 0:
			in.Images, in.Note = nil, p.T("pictures_in_thread")
		}
		return views.Digest(in, p), nil
	})
}

// postThread makes what is under the message and posts it, as much of it as Slack takes.
func (c *claim) postThread(ctx context.Context, made func() (composed, error), p *lang.Printer) error {
	d, err := made()
	if err != nil {
		return err
	}
	in := views.ThreadInput{Digest: &d.Digest}
	if in.Images, in.Note, err = c.pictures(ctx, &c.drawnThread, d.ThreadCharts, p); err != nil {
		return err
	}
	// Where Slack did not show the pictures of the message it is not asked again.
	if c.d.Message().Rung != reports.WholeMessage {
		c.d.Thread().Rung = max(c.d.Thread().Rung, reports.WithoutPictures)
	}
	err = c.descend(ctx, c.d.Thread, len(in.Images) > 0, func(r reports.Rung) (m views.Message, err error) {
		var hidden []reports.Table
		if c.d.Message().Rung != reports.WholeMessage {
			hidden = d.Charts
		}
		if r != reports.WholeMessage {
			in.Images, hidden = nil, slices.Concat(hidden, d.ThreadCharts)
		}
		if in.Links, err = c.links(ctx, hidden, p); err != nil {
			return m, err
		}
		if m = views.Thread(in, p); r == reports.TextAlone {
			m.Blocks = nil
		}
		if m.Text == "" {
			return m, errEmpty
		}
		return m, nil
	})
	if errors.Is(err, errEmpty) {
		c.d.Thread().State = reports.Failed
		return c.save(ctx, "no thread", "there is nothing to show")
	}
	return err
}
