package delivery

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"agentreport/bot/views"
	"agentreport/reports"
	"agentreport/reports/lang"
)

// errUnknown wraps the error of a post that may have been made.
var errUnknown = errors.New("it is not known whether the message was posted")

// backoff is how long to wait after the n-th failed attempt.
func backoff(n int) time.Duration {
	return min(30*time.Second<<min(n-1, 10), 15*time.Minute)
}

// Deliver brings the digest of a week to a subscription's channel, exactly
// once for an id, whoever else tries. It returns when the delivery is done, by
// this process or another: posted, or given up and told.
func (s *Sender) Deliver(ctx context.Context, sub reports.Subscription, w reports.Week, due time.Time, id string) error {
	return s.deliver(ctx, sub, w, due, due.Add(s.CatchUp), id)
}

// SendNow brings the digest of the last complete week to a subscription's
// channel now, whatever its schedule, and returns what came of it: once for a
// key, however often it is asked for. It tries again for as long as patience
// lasts, and gives up when ctx ends.
func (s *Sender) SendNow(ctx context.Context, sub reports.Subscription, key string, patience time.Duration) (reports.Delivery, error) {
	sub.CreatedBy = "" // who asked is told by the caller
	id := sub.ID + nowKey + key
	week := reports.WeekOf(s.clock(), s.Rules.Zone).Add(-1)
	sendErr := s.deliver(ctx, sub, week, s.clock(), time.Now().Add(patience), id)
	// Nobody comes back to it: what is not done by now has failed.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	d, version, err := s.Store.Delivery(ctx, id)
	if err != nil || d.Done() || sendErr == nil {
		return d, err
	}
	d.State = reports.Failed
	d.Refusal, d.Detail = wordFor(sendErr)
	d.Steps = append(d.Steps, reports.Step{At: time.Now().UTC(), What: string(reports.Failed), Note: sendErr.Error()})
	if version > 0 {
		_, err = s.Store.SwapDelivery(ctx, d, version)
	}
	s.Log.Warn("digest not sent", "delivery", id, "error", sendErr)
	return d, err
}

// nowKey is in the id of a delivery that a person asked for.
const nowKey = "/now/"

func (s *Sender) deliver(ctx context.Context, sub reports.Subscription, w reports.Week, due, until time.Time, id string) error {
	fresh := reports.Delivery{ID: id, Subscription: sub.ID, Week: w, Due: due.UTC(), Channel: sub.Channel, Manual: strings.Contains(id, nowKey)}
	for {
		c, err := s.acquire(ctx, fresh)
		if err != nil {
			return fmt.Errorf("delivery %s: %w", id, err)
		}
		if c == nil {
			return nil
		}
		if err := s.work(ctx, c, sub, until); !errors.Is(err, errLost) {
			return err
		}
	}
}

// work attempts a claimed delivery until it is done, or until a moment.
func (s *Sender) work(ctx context.Context, c *claim, sub reports.Subscription, until time.Time) error {
	p := lang.For(sub.Language)
	for {
		err := s.attempt(ctx, c, sub, p)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, errLost) || ctx.Err() != nil:
			return err
		case errors.Is(err, errUnknown):
			s.Log.Warn("result of a post is unknown", "delivery", c.d.ID, "error", err)
			continue // looks for the message first
		}
		word, _ := Refusal(err)
		c.d.Attempts++
		wait := max(backoff(c.d.Attempts), retryAfter(err))
		retry := time.Now().Add(wait)
		if word != "" || retry.After(until) {
			s.Log.Error("digest given up", "delivery", c.d.ID, "error", err)
			return s.giveUp(ctx, c, sub, p, err)
		}
		s.Log.Warn("digest will be tried again", "delivery", c.d.ID, "in", wait, "error", err)
		c.d.RetryAt = retry.UTC()
		if err := c.saveSurely(ctx, "failed", err.Error()); err != nil {
			return err
		}
		if err := pause(ctx, wait); err != nil {
			return err
		}
		c.d.RetryAt = time.Time{}
		if err := c.saveSurely(ctx, "again", ""); err != nil {
			return err
		}
	}
}

// attempt makes the message and posts it, unless it is there already.
func (s *Sender) attempt(ctx context.Context, c *claim, sub reports.Subscription, p *lang.Printer) error {
	if c.d.State == reports.Posting {
		ts, err := s.find(ctx, c)
		if err != nil {
			return err
		}
		if ts != "" {
			c.d.TS = ts
			return c.finish(ctx, reports.Posted, "found in the channel, "+ts)
		}
	}
	if err := s.CheckChannel(ctx, sub.Channel); err != nil {
		return err
	}
	definition, err := reports.ParseDefinition(sub.Definition)
	if err != nil {
		return err
	}
	d, quoted, err := Compose(ctx, s.Store, reports.DigestInput{
		Week: c.d.Week, Filter: sub.Filter, Definition: definition, Now: s.clock(), Rules: s.Rules,
	})
	if err != nil {
		return err
	}
	sub.Trim(&d)
	pictures, err := Pictures(&d, p)
	if err != nil {
		return err
	}
	images, err := s.upload(ctx, pictures)
	if err != nil {
		return err
	}
	c.d.Record, c.d.Quoted = &d.Record, quoted
	ts, withImages, err := s.postWithImages(ctx, c, &d, images, p)
	if err != nil {
		return err
	}
	c.d.TS = ts
	if err := c.finish(ctx, reports.Posted, ts); err != nil {
		return err
	}
	if !withImages && len(images) > 0 {
		return s.shareInThread(ctx, c, images)
	}
	return nil
}

// postWithImages posts the message. Right after the upload Slack may not know
// the pictures yet: that is waited for, but not for ever.
func (s *Sender) postWithImages(ctx context.Context, c *claim, d *reports.Digest, images []views.Image, p *lang.Printer) (ts string, with bool, err error) {
	for deadline := time.Now().Add(imageRace); ; {
		ts, err := s.post(ctx, c, s.digest(d, images, p))
		if !isInvalidBlocks(err) || len(images) == 0 {
			return ts, true, err
		}
		if time.Now().After(deadline) {
			ts, err := s.post(ctx, c, s.digest(d, nil, p))
			return ts, false, err
		}
		if err := pause(ctx, 3*time.Second); err != nil {
			return "", false, err
		}
	}
}

// digest is the message, with a way to its gaps where people can press one.
func (s *Sender) digest(d *reports.Digest, images []views.Image, p *lang.Printer) views.Message {
	m := views.Digest(d, images, p)
	if s.Interactive && len(d.Gaps) > 0 {
		m.Blocks = append(m.Blocks, views.GapsButton(p))
	}
	return m
}

// imageRace is how long pictures may take from their upload to being shown.
const imageRace = 30 * time.Second

func isInvalidBlocks(err error) bool {
	var e slack.SlackErrorResponse
	return errors.As(err, &e) && e.Err == "invalid_blocks"
}

// post sends the message once. It has the claim say so first, for whoever comes
// after a crash.
func (s *Sender) post(ctx context.Context, c *claim, m views.Message) (string, error) {
	if time.Since(c.since) > postWithin {
		c.d.State = reports.Claimed
		if err := c.save(ctx, "renewed", ""); err != nil {
			return "", err
		}
	}
	c.d.State = reports.Posting
	if err := c.save(ctx, "posting", ""); err != nil {
		return "", err
	}
	leaves, cancel := context.WithTimeout(ctx, postTimeout-time.Since(c.since))
	defer cancel()
	_, ts, err := s.Slack.PostMessageContext(leaves, c.d.Channel,
		slack.MsgOptionText(m.Text, false), slack.MsgOptionBlocks(m.Blocks...),
		slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl(),
		slack.MsgOptionMetadata(slack.SlackMetadata{EventType: views.DigestEvent, EventPayload: map[string]any{"key": c.d.ID}}),
	)
	if err == nil {
		return ts, nil
	}
	if !answered(err) {
		return "", fmt.Errorf("post: %w: %w", errUnknown, err)
	}
	c.d.State = reports.Claimed
	if saveErr := c.saveSurely(ctx, "refused", err.Error()); saveErr != nil {
		return "", saveErr
	}
	return "", fmt.Errorf("post: %w", err)
}

// find looks in the channel for a message with the delivery's key. Where the
// history cannot be read it finds none: a second digest is better than none.
func (s *Sender) find(ctx context.Context, c *claim) (string, error) {
	if err := pause(ctx, settleHistory); err != nil {
		return "", err
	}
	params := &slack.GetConversationHistoryParameters{
		ChannelID: c.d.Channel, IncludeAllMetadata: true, Limit: 200,
		Oldest: strconv.FormatInt(c.d.ClaimedAt.Add(-historySlack).Unix(), 10),
	}
	for {
		var page *slack.GetConversationHistoryResponse
		err := patiently(ctx, func() (err error) {
			page, err = s.Slack.GetConversationHistoryContext(ctx, params)
			return err
		})
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		if err != nil {
			return "", c.saveSurely(ctx, "history unreadable", err.Error())
		}
		for _, m := range page.Messages {
			if m.Metadata.EventType == views.DigestEvent && m.Metadata.EventPayload["key"] == c.d.ID {
				return m.Timestamp, nil
			}
		}
		if !page.HasMore || page.ResponseMetaData.NextCursor == "" {
			return "", c.saveSurely(ctx, "not in the channel", "")
		}
		params.Cursor = page.ResponseMetaData.NextCursor
	}
}

// CheckChannel refuses a channel that people outside can read.
func (s *Sender) CheckChannel(ctx context.Context, id string) error {
	if strings.HasPrefix(id, "D") {
		return nil // between the bot and one person
	}
	_, err := s.Channel(ctx, id)
	return err
}

// Channel is what Slack says of a channel that people outside cannot read.
func (s *Sender) Channel(ctx context.Context, id string) (ch *slack.Channel, err error) {
	err = patiently(ctx, func() error {
		ch, err = s.Slack.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: id})
		switch {
		case err != nil:
			return fmt.Errorf("channel %s: %w", id, err)
		case ch.IsExtShared || ch.IsPendingExtShared:
			return fmt.Errorf("channel %s: %w", id, errShared)
		case ch.IsArchived:
			return fmt.Errorf("channel %s: %w", id, slack.SlackErrorResponse{Err: "is_archived"})
		}
		return nil
	})
	return ch, err
}

// giveUp records the failure and tells whoever scheduled the digest, once.
func (s *Sender) giveUp(ctx context.Context, c *claim, sub reports.Subscription, p *lang.Printer, cause error) error {
	c.d.Told = sub.CreatedBy != ""
	c.d.Refusal, c.d.Detail = wordFor(cause)
	if err := c.finish(ctx, reports.Failed, cause.Error()); err != nil {
		return err
	}
	if sub.CreatedBy == "" {
		return nil // the log and 'agent-report deliveries' say it
	}
	return s.tell(ctx, sub.CreatedBy, p.T("told_failed", lang.Args{
		"Period": p.Period(c.d.Week.Range()), "Channel": "<#" + sub.Channel + ">", "Reason": reason(p, cause),
	}))
}

// missed records a digest that was due while nothing ran, and tells it.
func (s *Sender) missed(ctx context.Context, sub reports.Subscription, w reports.Week, due time.Time) error {
	d := reports.Delivery{
		ID: reports.DeliveryID(sub.ID, w), Subscription: sub.ID, Week: w, Due: due.UTC(), Channel: sub.Channel,
		State: reports.Missed, ClaimedAt: time.Now().UTC(), Told: true,
		Steps: []reports.Step{{At: time.Now().UTC(), What: string(reports.Missed), Note: s.Owner}},
	}
	ok, err := s.Store.InsertDelivery(ctx, d)
	if err != nil || !ok {
		return err
	}
	s.Log.Warn("digest missed", "delivery", d.ID, "due", due)
	if s.Delivered != nil {
		s.Delivered(reports.Missed)
	}
	to := sub.CreatedBy
	if to == "" {
		to = sub.Channel
		if err := s.CheckChannel(ctx, sub.Channel); err != nil {
			return err
		}
	}
	p := lang.For(sub.Language)
	return s.tell(ctx, to, p.T("told_missed", lang.Args{
		"Period": p.Period(w.Range()), "Channel": "<#" + sub.Channel + ">", "Subscription": sub.ID,
	}))
}

// tell writes to a person or a channel, once.
func (s *Sender) tell(ctx context.Context, to, text string) error {
	_, _, err := s.Slack.PostMessageContext(ctx, to, slack.MsgOptionText(text, false),
		slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl())
	if err != nil {
		return fmt.Errorf("tell %s: %w", to, err)
	}
	return nil
}
