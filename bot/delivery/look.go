package delivery

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/slack-go/slack"

	"agentreport/bot/views"
	"agentreport/reports"
	"agentreport/reports/lang"
)

const (
	// Whoever does not know whether a post was made waits so long before it
	// looks for it in the channel.
	settleHistory = 60 * time.Second
	// Slack's time stamps are Slack's clock's.
	historySlack = 10 * time.Minute
	// lookWithin is how long a channel that cannot be read is read again.
	lookWithin = time.Hour
	// lookAtLeast is how long that is for a process that comes back later.
	lookAtLeast = 10 * time.Minute
)

// errUnknown ends a delivery of which nobody could find out whether it is there, after it
// was posted once more without knowing.
var errUnknown = errors.New("nobody could find out whether the message is there")

// lookFor finds out whether a part is in the channel that may have been posted. Where
// nobody can find out, it is to be posted once more, once in the life of the delivery:
// a second digest is better than none.
func (c *claim) lookFor(ctx context.Context, sub reports.Subscription, p *lang.Printer, part *reports.Part) error {
	if err := wait(ctx, settleHistory); err != nil {
		return err
	}
	var ts string
	b := backoff{
		first: 30 * time.Second, most: 10 * time.Minute, within: max(time.Millisecond, min(max(lookWithin-time.Since(part.LeftAt), lookAtLeast), c.left())),
		passes: func(err error) bool { return !errors.Is(err, errLost) && !isFinal(err) },
		before: func(err error, pause time.Duration) error {
			c.d.RetryAt = time.Now().Add(pause).UTC()
			if err := c.saveSurely(ctx, "history unreadable", err.Error()); err != nil {
				return err
			}
			c.warn(ctx, sub, p)
			return nil
		},
	}
	err := b.until(ctx, func() (err error) {
		ts, err = c.find(ctx, part.Key)
		return err
	})
	c.d.RetryAt = time.Time{}
	switch {
	case errors.Is(err, errLost) || ctx.Err() != nil:
		return errors.Join(err, ctx.Err())
	case err == nil && ts != "":
		return c.arrived(ctx, part, ts, "found in the channel")
	case err == nil:
		c.d.State, part.State = reports.Claimed, ""
		return c.saveSurely(ctx, "not in the channel", "")
	case part.Again || c.left() <= 0:
		return errors.Join(errUnknown, err)
	}
	c.d.State, part.State, part.Again = reports.Claimed, "", true
	if err := c.saveSurely(ctx, "to be posted once more without knowing", err.Error()); err != nil {
		return err
	}
	c.warn(ctx, sub, p)
	return nil
}

// find looks in the channel, or in the digest's thread, for a message with a key.
func (c *claim) find(ctx context.Context, key string) (ts string, err error) {
	oldest := strconv.FormatInt(c.d.ClaimedAt.Add(-historySlack).Unix(), 10)
	cursor := ""
	for {
		var page []slack.Message
		next := ""
		err := call(ctx, "history of "+c.d.Channel, func(ctx context.Context) error {
			if key != c.d.ID {
				var more bool
				var err error
				page, more, next, err = c.Slack.GetConversationRepliesContext(ctx, &slack.GetConversationRepliesParameters{
					ChannelID: c.d.Channel, Timestamp: c.d.TS, IncludeAllMetadata: true, Limit: 200, Cursor: cursor,
				})
				if err == nil && len(page) == 0 { // a thread has its message at least
					err = errNoAnswer
				}
				if !more {
					next = ""
				}
				return err
			}
			all, err := c.Slack.GetConversationHistoryContext(ctx, &slack.GetConversationHistoryParameters{
				ChannelID: c.d.Channel, IncludeAllMetadata: true, Limit: 200, Oldest: oldest, Cursor: cursor,
			})
			if err != nil {
				return err
			}
			if !all.Ok {
				return errNoAnswer
			}
			page = all.Messages
			if all.HasMore {
				if next = all.ResponseMetaData.NextCursor; next == "" {
					return errNoAnswer
				}
			}
			return nil
		})
		if err != nil {
			return "", err
		}
		for _, m := range page {
			if m.Metadata.EventType == views.DigestEvent && m.Metadata.EventPayload["key"] == key {
				return m.Timestamp, nil
			}
		}
		if next == "" {
			return "", nil
		}
		cursor = next
		if err := c.renew(ctx); err != nil {
			return "", err
		}
	}
}
