package delivery

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/slack-go/slack"

	"agentreport/bot/views"
	"agentreport/reports"
	"agentreport/reports/lang"
)

// uploadOnce brings the pictures of a delivery to Slack, each once however often the
// delivery is tried. One that cannot be had is left out, and missing says why; no error
// of Slack's ends a delivery here.
func (c *claim) uploadOnce(ctx context.Context, pictures []Picture, p *lang.Printer) (images []views.Image, missing string, err error) {
	for _, pic := range pictures {
		at := slices.IndexFunc(c.d.Files, func(f reports.DeliveredFile) bool { return f.Name == pic.Name })
		if at < 0 {
			if err := c.renew(ctx); err != nil {
				return nil, "", err
			}
			f := reports.DeliveredFile{Name: pic.Name}
			what := "uploaded"
			if c.noPictures != nil {
				what, f.Refusal, f.Detail = "picture left out", c.noPictures.Refusal, c.noPictures.Detail
			} else if f.ID, err = c.upload(ctx, pic); err != nil {
				if ctx.Err() != nil {
					return nil, "", ctx.Err()
				}
				c.Log.Warn("a picture is left out", "delivery", c.d.ID, "picture", pic.Name, "error", err)
				f.ID, what = "", "picture left out"
				f.Refusal, f.Detail = wordFor(err)
				if isFinal(err) || isPassing(err) {
					c.noPictures = &f
				}
			}
			at = len(c.d.Files)
			c.d.Files = append(c.d.Files[:at:at], f)
			if err := c.save(ctx, what, pic.Name+" "+f.ID+f.Refusal); err != nil {
				return nil, "", err
			}
		}
		if f := c.d.Files[at]; f.ID != "" {
			pic.FileID = f.ID
			images = append(images, pic.Image)
		} else {
			missing = p.T("pictures_missing", lang.Args{"Reason": p.T("error_"+f.Refusal, lang.Args{"Detail": f.Detail})})
		}
	}
	return images, missing, nil
}

// upload brings one picture to Slack, waits until Slack knows it, and returns its id.
func (s *Sender) upload(ctx context.Context, pic Picture) (string, error) {
	b := backoff{first: 2 * time.Second, most: 10 * time.Second, within: time.Minute, tries: 4, passes: isPassing}
	var to *slack.GetUploadURLExternalResponse
	err := b.until(ctx, func() error {
		return call(ctx, "ask for an upload", func(ctx context.Context) (err error) {
			to, err = s.Slack.GetUploadURLExternalContext(ctx, slack.GetUploadURLExternalParameters{
				FileName: pic.Name + ".png", FileSize: len(pic.PNG), AltTxt: reports.Shorten(pic.Alt, 1000),
			})
			if err == nil && to.FileID == "" {
				err = errNoAnswer
			}
			return err
		})
	})
	if err != nil {
		return "", err
	}
	err = b.until(ctx, func() error {
		return call(ctx, "upload", func(ctx context.Context) error {
			return s.Slack.UploadToURL(ctx, slack.UploadToURLParameters{UploadURL: to.UploadURL, Reader: bytes.NewReader(pic.PNG), Filename: pic.Name + ".png"})
		})
	})
	if err != nil {
		return "", err
	}
	err = b.until(ctx, func() error {
		return call(ctx, "complete an upload", func(ctx context.Context) error {
			done, err := s.Slack.CompleteUploadExternalContext(ctx, slack.CompleteUploadExternalParameters{Files: []slack.FileSummary{{ID: to.FileID, Title: pic.Title}}})
			if err == nil && len(done.Files) != 1 {
				err = errNoAnswer
			}
			return err
		})
	})
	if err != nil {
		return "", err
	}
	s.awaitFile(ctx, to.FileID)
	return to.FileID, ctx.Err()
}

// errNotReady says that Slack has not looked at a file yet.
var errNotReady = errors.New("the file has no type yet")

// awaitFile waits until Slack has looked at a file: before that a message with
// it is refused. Whether one that takes too long can be shown is left to the post to
// find out.
func (s *Sender) awaitFile(ctx context.Context, id string) {
	b := backoff{first: 250 * time.Millisecond, most: 4 * time.Second, within: imageRace, passes: isPassing}
	b.until(ctx, func() error {
		return call(ctx, "file "+id, func(ctx context.Context) error {
			f, _, _, err := s.Slack.GetFileInfoContext(ctx, id, 0, 0)
			if err == nil && f.Mimetype == "" {
				err = errNotReady
			}
			return err
		})
	})
}

// patience is how long a person waits for a picture, who has the figures already.
const patience = 20 * time.Second

// Picture draws a report and brings it to Slack.
func (s *Sender) Picture(ctx context.Context, t *reports.Table, p *lang.Printer) ([]views.Image, error) {
	pic, err := picture(t, p)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if pic.FileID, err = s.upload(ctx, pic); err != nil {
		return nil, err
	}
	return []views.Image{pic.Image}, nil
}

// TestPicture sends a person a report with its picture, as a digest shows it.
func (s *Sender) TestPicture(ctx context.Context, to string, t *reports.Table, p *lang.Printer) error {
	images, err := s.Picture(ctx, t, p)
	if err != nil {
		return err
	}
	m := views.Report(views.ReportInput{Table: t, Images: images}, p)
	return call(ctx, "post", func(ctx context.Context) error {
		_, _, err := s.Slack.PostMessageContext(ctx, to, slack.MsgOptionText(m.Text, false), slack.MsgOptionBlocks(m.Blocks...))
		return err
	})
}
