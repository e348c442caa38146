package main

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"
	"github.com/slack-go/slack"

	"agentreport/bot/delivery"
	"agentreport/bot/views"
	"agentreport/reports"
	"agentreport/reports/lang"
	"agentreport/reports/sample"
	"agentreport/store"
)

type digestCmd struct {
	DryRun     bool   `help:"Write files and post nothing. Required: posting is done by serve and by subscriptions send-now."`
	Out        string `required:"" placeholder:"DIR" help:"Folder for message.json, thread.json, digest.json, digest.html, digest.txt and the charts."`
	Week       string `placeholder:"WEEK" help:"Which week, such as 2025-W38 (default: the last complete one)."`
	Now        string `placeholder:"TIME" help:"Make it as it was at this moment, from the events until then, RFC 3339 (default: now)."`
	Channel    string `placeholder:"NAME" help:"Only conversations of this channel."`
	Definition string `placeholder:"NAME" help:"standard, confirmed or durable (default: AGENT_REPORT_DEFINITION)."`
	Language   string `placeholder:"LANG" help:"en or es (default: DIGEST_LANGUAGE)."`
}

func (c *digestCmd) Run(a *app) error {
	if !c.DryRun {
		return usagef("digest needs --dry-run; to post, use 'agent-report subscriptions send-now'")
	}
	return a.with(func(s *store.Store, definition reports.Definition) error {
		in := reports.DigestInput{Filter: c.Channel, Definition: definition, Now: time.Now(), Rules: s.Rules()}
		var p problems
		var err error
		if c.Now != "" {
			in.Now, err = parseTime(c.Now)
			p.add("--now", err)
		}
		in.Week = reports.WeekOf(in.Now, s.Rules().Zone).Add(-1)
		if c.Week != "" {
			in.Week, err = reports.ParseWeek(c.Week)
			p.add("--week", err)
		}
		in.Minutes, err = a.cfg.minutes()
		p.add("AGENT_REPORT_MINUTES_PER_CONVERSATION", err)
		if c.Definition != "" {
			in.Definition, err = reports.ParseDefinition(c.Definition)
			p.add("--definition", err)
		}
		printer, err := lang.New(cmp.Or(c.Language, a.cfg.DigestLanguage))
		p.add("--language", err)
		if err := p.err(); err != nil {
			return err
		}
		var known reports.Reader = s
		if c.Now != "" { // as it would have been made then, from what was known
			known = s.AsKnown(in.Now)
		}
		d, _, err := delivery.Compose(a.ctx, known, in)
		if err != nil {
			return err
		}
		text, err := writeDigest(c.Out, &d, cmp.Or(a.cfg.DigestChannel, "C0000000000"), printer)
		if err != nil {
			return err
		}
		fmt.Fprintf(a.out, "%s\n\nwritten to %s\n", text, filepath.Join(c.Out, "digest.html"))
		return nil
	})
}

// writeDigest writes a digest as Slack would be sent it, and as it would show
// it, and returns its text.
func writeDigest(dir string, d *reports.Digest, channel string, p *lang.Printer) (string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	message := views.DigestInput{Digest: d, Interactive: true}
	thread := views.ThreadInput{Digest: d}
	var err error
	if message.Images, err = writePictures(dir, d.Charts, p); err != nil {
		return "", err
	}
	if thread.Images, err = writePictures(dir, d.ThreadCharts, p); err != nil {
		return "", err
	}
	m, t := views.Digest(message, p), views.Thread(thread, p)
	key := reports.DeliveryID("dry-run", d.Week)
	write := func(name string, v any, options ...json.Options) error {
		b, err := json.Marshal(v, append(options, jsontext.WithIndent("  "), json.Deterministic(true))...)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, name), append(b, '\n'), 0o644)
	}
	page, err := os.Create(filepath.Join(dir, "digest.html"))
	if err != nil {
		return "", err
	}
	err = views.HTML(page, p.Language, func(id string) string { return id }, m, t)
	return m.Text, errors.Join(err, page.Close(),
		write("message.json", post{Channel: channel, Text: m.Text, Blocks: m.Blocks, Metadata: metadata(key)}, jsonv1.DefaultOptionsV1()),
		write("thread.json", post{Channel: channel, Text: t.Text, Blocks: t.Blocks, Metadata: metadata(key + "/thread")}, jsonv1.DefaultOptionsV1()),
		write("digest.json", d.Impact),
		os.WriteFile(filepath.Join(dir, "digest.txt"), []byte(m.Text+"\n"), 0o644))
}

// post is what chat.postMessage is sent.
type post struct {
	Channel     string              `json:"channel"`
	Text        string              `json:"text"`
	Blocks      []slack.Block       `json:"blocks"`
	Metadata    slack.SlackMetadata `json:"metadata"`
	UnfurlLinks bool                `json:"unfurl_links"`
	UnfurlMedia bool                `json:"unfurl_media"`
}

func metadata(key string) slack.SlackMetadata {
	return slack.SlackMetadata{EventType: views.DigestEvent, EventPayload: map[string]any{"key": key}}
}

// writePictures draws charts into files. Their ids are the files' names.
func writePictures(dir string, tables []reports.Table, p *lang.Printer) ([]views.Image, error) {
	pictures, err := delivery.Pictures(tables, p)
	if err != nil {
		return nil, err
	}
	images := make([]views.Image, len(pictures))
	for i, pic := range pictures {
		images[i] = pic.Image
		images[i].FileID = pic.Name + ".png"
		if err := os.WriteFile(filepath.Join(dir, images[i].FileID), pic.PNG, 0o644); err != nil {
			return nil, err
		}
	}
	return images, nil
}

type generateCmd struct {
	Seed          uint64 `default:"1" help:"The same seed gives the same events (${default})."`
	Weeks         int    `default:"26" help:"How many weeks (${default})."`
	Conversations int    `default:"400" help:"How many conversations in a usual week (${default})."`
	Until         string `placeholder:"DAY" help:"The day after the last (default: this week's Monday)."`
	Out           string `default:"-" placeholder:"FILE" help:"Where to, .gz to compress (default: standard output)."`
}

func (c *generateCmd) Run(a *app) error {
	if c.Weeks < 1 || c.Weeks > 520 || c.Conversations < 1 || c.Conversations > 1_000_000 {
		return usagef("--weeks is from 1 to 520, --conversations from 1 to 1,000,000")
	}
	until := reports.WeekOf(time.Now(), time.UTC).Monday()
	if c.Until != "" {
		d, err := reports.ParseDay(c.Until)
		if err != nil {
			return usagef("--until: %w", err)
		}
		until = d
	}
	out := a.out
	var closers []io.Closer
	if c.Out != "-" {
		f, err := os.Create(c.Out)
		if err != nil {
			return err
		}
		out = f
		closers = append(closers, f)
	}
	if strings.HasSuffix(c.Out, ".gz") {
		z := gzip.NewWriter(out)
		out = z
		closers = append([]io.Closer{z}, closers...)
	}
	w := bufio.NewWriterSize(out, 1<<16)
	options := sample.Options{Seed: c.Seed, Weeks: c.Weeks, Conversations: c.Conversations, Until: until.Start(time.UTC)}
	var err error
	for e := range sample.Events(options) {
		if err = writeEvent(w, &e); err != nil {
			break
		}
		if a.ctx.Err() != nil {
			err = a.ctx.Err()
			break
		}
	}
	err = errors.Join(err, w.Flush())
	for _, cl := range closers {
		err = errors.Join(err, cl.Close())
	}
	return err
}
