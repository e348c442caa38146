package delivery

import (
	"context"
	"errors"
	"fmt"
	"strings"
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

// ladder is the digest's message on each rung.
func (c *claim) ladder(d *reports.Digest, images []views.Image, missing string, p *lang.Printer) map[reports.Rung]views.Message {
	in := views.DigestInput{Digest: d, Images: images, Note: missing, Interactive: c.Interactive}
	whole := views.Digest(in, p)
	if in.Images = nil; len(images) > 0 {
		in.Note = p.T("pictures_in_thread")
	}
	bare := views.Digest(in, p)
	if len(images) == 0 {
		whole = bare
	}
	return map[reports.Rung]views.Message{reports.WholeMessage: whole, reports.WithoutPictures: bare, reports.TextAlone: {Text: whole.Text}}
}

// descend posts the digest's message. While Slack refuses what it is made of, it posts
// less of it.
func (c *claim) descend(ctx context.Context, ladder map[reports.Rung]views.Message) error {
	pictures := len(c.shown()) > 0
	for {
		m := c.d.Message()
		race := backoff{first: 3 * time.Second, most: 3 * time.Second, within: imageRace, passes: func(err error) bool {
			return m.Rung == reports.WholeMessage && pictures && Word(err) == "invalid_blocks"
		}}
		err := race.until(ctx, func() error { return c.post(ctx, m, ladder[m.Rung]) })
		switch {
		case err == nil:
			return nil
		case !isAboutBlocks(err) || m.Rung == reports.TextAlone:
			return err
		case m.Rung == reports.WholeMessage && pictures:
			m.Rung = reports.WithoutPictures
			c.d.Parts = append(c.d.Parts[:1:1], reports.Part{Key: c.d.ID + "/thread"})
		default:
			m.Rung = reports.TextAlone
		}
		c.Log.Warn("Slack refuses the message: less of it is posted", "delivery", c.d.ID, "error", err)
	}
}

// postThread shows the pictures under a message that could not have them. A file is
// shared where a message of its owner links to it.
func (c *claim) postThread(ctx context.Context, p *lang.Printer) error {
	var links strings.Builder
	for _, f := range c.shown() {
		if c.left() <= 0 {
			return errLate
		}
		if err := c.renew(ctx); err != nil { // Slack may take its time over each
			return err
		}
		var file *slack.File
		err := read(ctx, "file "+f.ID, func(ctx context.Context) (err error) {
			file, _, _, err = c.Slack.GetFileInfoContext(ctx, f.ID, 0, 0)
			if err == nil && file.Permalink == "" {
				err = errNoAnswer
			}
			return err
		})
		if err != nil {
			c.Log.Warn("a picture is left out", "delivery", c.d.ID, "file", f.ID, "error", err)
			continue
		}
		r, _ := reports.FindReport(f.Name)
		title := f.Name
		if r != nil {
			title = p.Title(r)
		}
		fmt.Fprintf(&links, "<%s|%s>\n", file.Permalink, title)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if links.Len() == 0 {
		c.d.Thread().State = reports.Failed
		return c.save(ctx, "no thread", "no picture can be had")
	}
	return c.post(ctx, c.d.Thread(), views.Message{Text: strings.TrimSpace(links.String())})
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
	if part == c.d.Message() {
		options = append(options, slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl())
	} else {
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
