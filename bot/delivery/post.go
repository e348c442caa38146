package delivery

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/slack-go/slack"

	"agentreport/bot/views"
	"agentreport/reports"
	"agentreport/reports/lang"
)

var (
	// errUnsure is a post of which nobody knows whether it was made. It is looked for.
	errUnsure = errors.New("it is not known whether the message was posted")
	// errLate ends a delivery whose deadline has passed.
	errLate = errors.New("it is too late to post it")
	// errNoAnswer is an answer of Slack's that says nothing.
	errNoAnswer = errors.New("an answer that says nothing")
)

// imageRace is how long pictures may take from their upload to being shown: right after
// it a message with them is refused.
const imageRace = 30 * time.Second

// descend posts a part. While Slack refuses what it is made of, it posts less of it: at
// makes it on each rung.
func (c *claim) descend(ctx context.Context, part func() *reports.Part, pictures bool, at func(reports.Rung) (views.Message, error)) error {
	for {
		m, err := at(part().Rung)
		if err != nil {
			return err
		}
		race := backoff{first: 3 * time.Second, most: 3 * time.Second, within: imageRace, passes: func(err error) bool {
			return part().Rung == reports.WholeMessage && pictures && Word(err) == "invalid_blocks"
		}}
		err = race.until(ctx, func() error { return c.post(ctx, part(), m) })
		switch {
		case err == nil:
			return nil
		case !isAboutBlocks(err) || part().Rung == reports.TextAlone:
			return err
		case part().Rung == reports.WholeMessage && pictures:
			part().Rung = reports.WithoutPictures
			c.d.AddThread()
		default:
			part().Rung = reports.TextAlone
		}
		c.Log.Warn("Slack refuses a message: less of it is posted", "delivery", c.d.ID, "part", part().Key, "error", err)
	}
}

// links are where the pictures of charts are. A file is shared where a message of its
// owner links to it.
func (c *claim) links(ctx context.Context, charts []reports.Table, p *lang.Printer) ([]views.Link, error) {
	var links []views.Link
	for i := range charts {
		at := slices.IndexFunc(c.d.Files, func(f reports.DeliveredFile) bool { return f.ID != "" && f.Name == charts[i].Report.Name })
		if at < 0 {
			continue
		}
		if c.left() <= 0 {
			return nil, errLate
		}
		if err := c.renew(ctx); err != nil { // Slack may take its time over each
			return nil, err
		}
		f := c.d.Files[at]
		var file *slack.File
		err := read(ctx, "file "+f.ID, func(ctx context.Context) (err error) {
			file, _, _, err = c.Slack.GetFileInfoContext(ctx, f.ID, 0, 0)
			if err == nil && file.Permalink == "" {
				err = errNoAnswer
			}
			return err
		})
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			c.Log.Warn("a picture is left out", "delivery", c.d.ID, "file", f.ID, "error", err)
			continue
		}
		links = append(links, views.Link{Title: p.Title(charts[i].Report), URL: file.Permalink})
	}
	return links, nil
}

// post posts one part once. It has the claim say so first, for whoever comes
// after a crash.
func (c *claim) post(ctx context.Context, part *reports.Part, m views.Message) error {
	if c.left() <= 0 {
		return errLate
	}
	if err := c.renew(ctx); err != nil {
		return err
	}
	c.d.State = reports.Posting
	part.State, part.LeftAt = reports.Posting, time.Now().UTC()
	if err := c.save(ctx, "posting", part.Key); err != nil {
		return err
	}
	options := []slack.MsgOption{
		slack.MsgOptionText(m.Text, false),
		slack.MsgOptionMetadata(slack.SlackMetadata{EventType: views.DigestEvent, EventPayload: map[string]any{"key": part.Key}}),
	}
	if len(m.Blocks) > 0 {
		options = append(options, slack.MsgOptionBlocks(m.Blocks...))
	}
	if !m.Unfurl {
		options = append(options, slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl())
	}
	if part != c.d.Message() {
		options = append(options, slack.MsgOptionTS(c.d.TS))
	}
	var ts string
	leaves, cancel := context.WithTimeout(ctx, callTimeout-time.Since(c.since))
	defer cancel()
	err := call(leaves, "post", func(ctx context.Context) (err error) {
		_, ts, err = c.Slack.PostMessageContext(ctx, c.d.Channel, options...)
		if err == nil && ts == "" {
			err = errNoAnswer
		}
		return err
	})
	switch {
	case err == nil:
		return c.arrived(ctx, part, ts, "in the channel")
	case isUnsure(err):
		return fmt.Errorf("%w: %w", errUnsure, err)
	}
	c.d.State = reports.Claimed
	part.State = ""
	if saveErr := c.saveSurely(ctx, "refused", err.Error()); saveErr != nil {
		return saveErr
	}
	return err
}

// arrived writes that a part is in the channel. The delivery stays Posting until it is
// done: a process of an earlier version, which knows no parts, then looks for the message
// before it posts.
func (c *claim) arrived(ctx context.Context, part *reports.Part, ts, step string) error {
	part.State, part.TS = reports.Posted, ts
	if part == c.d.Message() {
		c.d.TS = ts
	}
	return c.saveSurely(ctx, step, ts)
}
