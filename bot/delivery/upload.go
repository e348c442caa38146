package delivery

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"agentreport/bot/views"
	"agentreport/reports"
	"agentreport/reports/chart"
	"agentreport/reports/lang"
)

// upload brings the pictures to Slack and waits until it knows them.
func (s *Sender) upload(ctx context.Context, pictures []Picture) ([]views.Image, error) {
	images := make([]views.Image, len(pictures))
	for i, pic := range pictures {
		images[i] = pic.Image
		err := patiently(ctx, func() error {
			f, err := s.Slack.UploadFileContext(ctx, slack.UploadFileParameters{
				Reader: bytes.NewReader(pic.PNG), FileSize: len(pic.PNG), Filename: pic.Name + ".png",
				Title: pic.Title, AltTxt: reports.Shorten(pic.Alt, 1000),
			})
			if err == nil {
				images[i].FileID = f.ID
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("upload %q: %w", pic.Name, err)
		}
	}
	for _, img := range images {
		if err := s.awaitFile(ctx, img.FileID); err != nil {
			return nil, err
		}
	}
	return images, nil
}

// Picture draws a report and brings it to Slack.
func (s *Sender) Picture(ctx context.Context, t *reports.Table, p *lang.Printer) ([]views.Image, error) {
	png, err := chart.PNG(t, p)
	if err != nil {
		return nil, fmt.Errorf("report %s: %w", t.Report.Name, err)
	}
	return s.upload(ctx, []Picture{{t.Report.Name, png, views.Image{Title: p.Title(t.Report), Alt: p.Alt(t)}}})
}

// TestPicture sends a person a report with its picture, as a digest shows it.
func (s *Sender) TestPicture(ctx context.Context, to string, t *reports.Table, p *lang.Printer) error {
	images, err := s.Picture(ctx, t, p)
	if err != nil {
		return err
	}
	m := views.Report(views.ReportInput{Table: t, Images: images}, p)
	return patiently(ctx, func() error {
		_, _, err := s.Slack.PostMessageContext(ctx, to, slack.MsgOptionText(m.Text, false), slack.MsgOptionBlocks(m.Blocks...))
		return err
	})
}

// awaitFile waits until Slack has looked at a file: before that a message with
// it is refused. One that takes too long is left to the post to find out.
func (s *Sender) awaitFile(ctx context.Context, id string) error {
	wait := 250 * time.Millisecond
	for deadline := time.Now().Add(imageRace); time.Now().Before(deadline); wait = min(2*wait, 4*time.Second) {
		var f *slack.File
		err := patiently(ctx, func() (err error) {
			f, _, _, err = s.Slack.GetFileInfoContext(ctx, id, 0, 0)
			return err
		})
		if err != nil {
			return fmt.Errorf("file %s: %w", id, err)
		}
		if f.Mimetype != "" {
			return nil
		}
		if err := pause(ctx, wait); err != nil {
			return err
		}
	}
	return nil
}

// shareInThread shows the pictures under a message that could not have them.
func (s *Sender) shareInThread(ctx context.Context, c *claim, images []views.Image) error {
	var text strings.Builder
	for _, img := range images {
		var f *slack.File
		err := patiently(ctx, func() (err error) {
			f, _, _, err = s.Slack.GetFileInfoContext(ctx, img.FileID, 0, 0)
			return err
		})
		if err != nil {
			return fmt.Errorf("file %s: %w", img.FileID, err)
		}
		fmt.Fprintf(&text, "<%s|%s>\n", f.Permalink, img.Title)
	}
	_, _, err := s.Slack.PostMessageContext(ctx, c.d.Channel, slack.MsgOptionText(text.String(), false), slack.MsgOptionTS(c.d.TS))
	if err != nil {
		return fmt.Errorf("charts in the thread: %w", err)
	}
	return nil
}
