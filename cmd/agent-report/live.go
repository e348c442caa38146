package main

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/slack-go/slack"

	"agentreport/bot/views"
	"agentreport/reports"
	"agentreport/reports/lang"
	"agentreport/store"
)

// maxValidated is how many characters Slack's blocks.validate takes.
const maxValidated = 100_000

// live asks the workspace itself what no document promises: whether it would open every view, and whether people see a picture.
func (d *doctor) live() {
	d.views()
	d.tableRows()
	d.picture()
}

// views shows Slack every view and message on sample data. Nobody sees them there.
func (d *doctor) views() {
	names, err := fs.Glob(views.Samples(), "*.json")
	if err != nil {
		d.wrong("views: %v", err)
		return
	}
	bar := d.progress(int64(len(names)), "views")
	defer bar.Finish()
	accepted, unasked := 0, 0
	for i, file := range names {
		bar.Set(i)
		name := strings.TrimSuffix(file, ".json")
		raw, err := fs.ReadFile(views.Samples(), file)
		if err != nil {
			d.wrong("view %s: %v", name, err)
			return
		}
		argument, payload, err := validatable(raw)
		if err != nil {
			d.wrong("view %s: %v", name, err)
			return
		}
		if len(payload) > maxValidated {
			d.note("view %s: not asked, it has more than the %s characters that blocks.validate takes", name, thousands(maxValidated))
			unasked++
			continue
		}
		problems, err := d.validate(argument, payload)
		if err != nil {
			d.wrong("views: %v: %s of %s were asked", err, thousands(i), thousands(len(names)))
			return
		}
		if len(problems) == 0 {
			accepted++
		}
		for _, p := range problems {
			d.wrong("view %s: Slack refuses it: %s, at %s", name, p.Message, p.Pointer)
		}
	}
	if accepted == len(names)-unasked {
		d.ok("views: Slack takes all %s, in %s", thousands(accepted), strings.Join(lang.Languages, " and "))
	}
}

// validatable is a sample as blocks.validate takes it. Pictures are left out: they name files of no workspace, and have a row of their own.
func validatable(sample []byte) (argument, payload string, err error) {
	var whole map[string]any
	if err := json.Unmarshal(sample, &whole); err != nil {
		return "", "", err
	}
	if _, view := whole["type"]; view {
		return "view", string(sample), nil
	}
	blocks := []any{}
	all, _ := whole["blocks"].([]any)
	for _, b := range all {
		if block, ok := b.(map[string]any); ok && block["type"] == string(slack.MBTImage) {
			continue
		}
		blocks = append(blocks, b)
	}
	raw, err := json.Marshal(blocks)
	return "blocks", string(raw), err
}

// tableRows finds out how many rows a table may have: the documents leave open whether its header counts.
func (d *doctor) tableRows() {
	cell := map[string]any{"type": "raw_text", "text": "x"}
	taken := 0
	for _, n := range []int{100, 101, 201} {
		rows := make([]any, n)
		for i := range rows {
			rows[i] = []any{cell}
		}
		raw, err := json.Marshal([]any{map[string]any{"type": "data_table", "caption": "x", "rows": rows}})
		if err != nil {
			d.wrong("data_table: %v", err)
			return
		}
		problems, err := d.validate("blocks", string(raw))
		if err != nil {
			d.wrong("data_table: %v", err)
			return
		}
		if len(problems) > 0 {
			break
		}
		taken = n
	}
	d.note("data_table: Slack takes %s with the header", plural(taken, "row"))
}

// refused is what blocks.validate says of one place of a payload.
type refused struct {
	Pointer string `json:"pointer"`
	Message string `json:"message"`
}

// validate asks Slack about a view or about blocks. Slack limits how often and does not say at how many, so it is asked again when it says so.
func (d *doctor) validate(argument, payload string) ([]refused, error) {
	for {
		problems, wait, err := d.ask(argument, payload)
		if wait == 0 {
			return problems, err
		}
		select {
		case <-time.After(wait):
		case <-d.ctx.Done():
			return nil, d.ctx.Err()
		}
	}
}

// ask is one call of blocks.validate (https://docs.slack.dev/reference/methods/blocks.validate). Wait is how long Slack wants to be left alone.
func (d *doctor) ask(argument, payload string) (problems []refused, wait time.Duration, err error) {
	ctx, cancel := context.WithTimeout(d.ctx, time.Minute)
	defer cancel()
	base := strings.TrimSuffix(cmp.Or(d.cfg.SlackAPIURL, slack.APIURL), "/")
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/blocks.validate", strings.NewReader(url.Values{argument: {payload}}.Encode()))
	if err != nil {
		return nil, 0, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization", "Bearer "+d.cfg.SlackBotToken)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, 0, err
	}
	defer res.Body.Close()
	switch res.StatusCode {
	case http.StatusOK:
	case http.StatusTooManyRequests:
		seconds, err := strconv.Atoi(res.Header.Get("Retry-After"))
		if err != nil || seconds < 1 {
			seconds = 1
		}
		return nil, time.Duration(seconds) * time.Second, nil
	default:
		return nil, 0, fmt.Errorf("blocks.validate: Slack answers %s", res.Status)
	}
	var answer struct {
		OK     bool      `json:"ok"`
		Error  string    `json:"error"`
		Errors []refused `json:"errors"`
	}
	if err := json.UnmarshalRead(res.Body, &answer); err != nil {
		return nil, 0, fmt.Errorf("blocks.validate: %w", err)
	}
	if !answer.OK && len(answer.Errors) == 0 {
		return nil, 0, fmt.Errorf("blocks.validate: Slack answers %s", answer.Error)
	}
	return answer.Errors, 0, nil
}

// picture sends the owner of the digest a report, to look at on a phone.
func (d *doctor) picture() {
	owner := d.cfg.DigestOwner
	if owner == "" {
		d.note("picture: not run: DIGEST_OWNER names nobody to send it to")
		return
	}
	err := d.with(func(s *store.Store, definition reports.Definition) error {
		sender, err := d.sender(s, d.logger())
		if err != nil {
			return err
		}
		p, err := lang.New(d.cfg.DigestLanguage)
		if err != nil {
			return err
		}
		report, _ := reports.FindReport("activity")
		now := time.Now()
		q := reports.Query{Range: reports.LastWeeks(reports.DefaultWeeks, now, s.Rules().Zone), Definition: definition, Now: now, Rules: s.Rules()}
		t, err := report.Ask(d.ctx, s, q)
		if err != nil {
			return err
		}
		if t.IsEmpty() {
			d.note("picture: not run: there are no conversations in the last %s", plural(reports.DefaultWeeks, "week"))
			return nil
		}
		if err := sender.TestPicture(d.ctx, owner, &t, p); err != nil {
			return err
		}
		d.ok("picture: sent to %s, who should see a chart in the messages with the bot", owner)
		return nil
	})
	if err != nil {
		d.wrong("picture: %v", err)
	}
}
