package handlers_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"agentreport/bot/fakeslack"
	"agentreport/handlers"
)

// clumsy is a bot that panics at one word and answers every other.
type clumsy struct {
	handlers.Slack
	mu       sync.Mutex
	answered []string
}

func (c *clumsy) Command(_ context.Context, s slack.SlashCommand) {
	if s.Text == "boom" {
		panic("over " + s.Text)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answered = append(c.answered, s.Text)
}

// syncBuffer is a log that many write to.
type syncBuffer struct {
	mu sync.Mutex
	strings.Builder
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Builder.Write(p)
}

// TestPanic holds that a request over which the bot panics is logged and keeps no
// place and nobody else from an answer.
func TestPanic(t *testing.T) {
	t.Parallel()
	bot := &clumsy{}
	var log syncBuffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	d := handlers.NewDispatch(bot, logger)
	server := &handlers.Server{Log: logger, Metrics: handlers.NewMetrics(), Dispatch: d, SigningSecret: fakeslack.SigningSecret}
	front := httptest.NewServer(server.Routes())
	t.Cleanup(front.Close)
	command := func(text string) {
		t.Helper()
		body := url.Values{"command": {"/agent-report"}, "text": {text}, "user_id": {editor}}.Encode()
		req, err := http.NewRequest("POST", front.URL+"/slack/commands", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		at := time.Now()
		req.Header.Set("X-Slack-Request-Timestamp", strconv.FormatInt(at.Unix(), 10))
		req.Header.Set("X-Slack-Signature", fakeslack.Sign(fakeslack.SigningSecret, at, []byte(body)))
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s", text, res.Status)
		}
	}
	const panics = 70 // more than there are places for work
	for range panics {
		command("boom")
	}
	command("impact")
	d.Drain(t.Context())
	if len(bot.answered) != 1 || bot.answered[0] != "impact" {
		t.Errorf("answered %q; want the one after the panics", bot.answered)
	}
	if n := strings.Count(log.String(), "over boom"); n != panics || !strings.Contains(log.String(), "dispatch_test.go") {
		t.Errorf("the log tells of %d panics; want %d, each with where it was", n, panics)
	}
}
