package delivery

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/slack-go/slack"

	"agentreport/bot/views"
	"agentreport/reports"
	"agentreport/reports/lang"
)

const (
	// Whoever tells of a failure has so long until another process does it.
	tellingTakes = 10 * time.Minute
	// tellAgain is the pause after Slack did not take it, and tellWithin how long after
	// the digest was due it is tried.
	tellAgain = 15 * time.Minute
	// tellTries is how often it is tried where Slack does not say whether it took it; the
	// pauses double up to an hour.
	tellTries  = 9
	tellWithin = 7 * 24 * time.Hour
)

// giveUp records the failure and tells it.
func (c *claim) giveUp(ctx context.Context, sub reports.Subscription, p *lang.Printer, cause error) error {
	c.Log.Error("digest given up", "delivery", c.d.ID, "error", cause)
	if c.d.Refusal == "" || !errors.Is(cause, errLate) {
		c.d.Refusal, c.d.Detail = wordFor(cause)
	}
	if c.d.Message().Again { // it was posted once without knowing, and may be there
		c.d.Refusal, c.d.Detail = refusedUnknown, Word(cause)
	}
	if !c.d.Manual || len(c.d.Tell) == 0 {
		c.d.Tell = sub.Tells()
	}
	switch {
	case c.d.Refusal == refusedGone:
		c.d.Tell = nil // whoever did that knows
	case len(c.d.Tell) == 0 && !c.d.Manual && c.d.Refusal != sharedChannel:
		c.d.Tell = []string{c.d.Channel} // better there than nowhere
	}
	c.d.TellAt = time.Now().Add(tellingTakes).UTC()
	if err := c.finish(ctx, reports.Failed, cause.Error()); err != nil {
		return err
	}
	return c.tell(ctx, c.d, c.version, p)
}

// miss records a digest that was due while nothing ran, and tells it.
func (s *Sender) miss(ctx context.Context, sub reports.Subscription, w reports.Week, due time.Time) error {
	d := reports.Delivery{
		ID: reports.DeliveryID(sub.ID, w), Subscription: sub.ID, Week: w, Due: due.UTC(), Channel: sub.Channel,
		State: reports.Missed, ClaimedAt: time.Now().UTC(), Tell: sub.Tells(), TellAt: time.Now().Add(tellingTakes).UTC(),
		Steps: []reports.Step{{At: time.Now().UTC(), What: string(reports.Missed), Note: s.Owner}},
	}
	if len(d.Tell) == 0 && s.CheckChannel(ctx, sub.Channel) == nil {
		d.Tell = []string{sub.Channel}
	}
	ok, err := s.Store.InsertDelivery(ctx, d)
	if err != nil || !ok {
		return err
	}
	s.Log.Warn("digest missed", "delivery", d.ID, "due", due)
	if s.Delivered != nil {
		s.Delivered(reports.Missed)
	}
	return s.tell(ctx, d, 1, lang.For(sub.Language))
}

// tellLeft tells what nobody could be told when it happened.
func (s *Sender) tellLeft(ctx context.Context, d reports.Delivery, version int64, p *lang.Printer) error {
	if len(d.Tell) == 0 || time.Now().Before(d.TellAt) {
		return nil
	}
	d.TellAt = time.Now().Add(tellingTakes).UTC()
	ok, err := s.Store.SwapDelivery(ctx, d, version)
	if err != nil || !ok {
		return err
	}
	return s.tell(ctx, d, version+1, p)
}

// tell tells the people and channels of a delivery that it failed or was missed. Who
// cannot be told now is told later, and once more who may have been told.
func (s *Sender) tell(ctx context.Context, d reports.Delivery, version int64, p *lang.Printer) error {
	if len(d.Tell) == 0 {
		return nil
	}
	args := lang.Args{"Period": p.Period(d.Week.Range()), "Channel": views.Mention(d.Channel), "Subscription": d.Subscription}
	text := p.T("told_missed", args)
	if d.State == reports.Failed {
		args["Reason"] = views.Reason(&d, p)
		text = p.T("told_failed", args)
	}
	d.TellTries++
	var left []string
	told := false
	for _, to := range d.Tell {
		err := s.notify(ctx, to, text)
		switch {
		case err == nil:
			told, d.Told = true, true
		case isFinal(err) || time.Since(d.Due) > tellWithin:
		case isPassing(err) && !isUnsure(err) || d.TellTries < tellTries:
			left = append(left, to) // twice is better than never
		}
		if err != nil {
			s.Log.Error("tell of a digest that was not posted", "delivery", d.ID, "to", to, "error", err)
		}
	}
	step := reports.Step{At: time.Now().UTC(), What: "nobody told"}
	if told {
		step.What, step.Note = "told", text
	}
	d.Steps = append(slices.Clone(d.Steps), step)
	d.Tell, d.TellAt = left, time.Now().Add(tellAgain<<min(d.TellTries-1, 2)).UTC()
	_, err := s.Store.SwapDelivery(ctx, d, version)
	return err
}

// warn tells once that nobody knows yet whether the digest is there.
func (c *claim) warn(ctx context.Context, sub reports.Subscription, p *lang.Printer) {
	if c.d.Warned {
		return
	}
	to := c.d.Tell
	if !c.d.Manual {
		to = sub.Tells()
	}
	text := p.T("told_unknown", lang.Args{"Period": p.Period(c.d.Week.Range()), "Channel": views.Mention(c.d.Channel)})
	for _, one := range to {
		err := c.notify(ctx, one, text)
		if err != nil {
			c.Log.Error("tell of a digest that may not be there", "delivery", c.d.ID, "to", one, "error", err)
		}
		c.d.Warned = c.d.Warned || err == nil
	}
	if c.d.Warned {
		c.saveSurely(ctx, "owner warned", "") // else it is tried again with the next reading
	}
}

// notify writes a sentence to a person or a channel.
func (s *Sender) notify(ctx context.Context, to, text string) error {
	b := backoff{first: time.Second, most: 5 * time.Second, within: 20 * time.Second, passes: func(err error) bool { return isPassing(err) && !isUnsure(err) }}
	return b.until(ctx, func() error {
		return call(ctx, "tell "+to, func(ctx context.Context) error {
			_, ts, err := s.Slack.PostMessageContext(ctx, to, slack.MsgOptionText(text, false), slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl())
			if err == nil && ts == "" {
				err = errNoAnswer
			}
			return err
		})
	})
}
