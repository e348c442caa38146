package fakeslack_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"agentreport/bot/fakeslack"
)

const team = "C0000000001"

func start(t *testing.T) (*fakeslack.Server, *httptest.Server, *slack.Client) {
	t.Helper()
	s := fakeslack.New(nil)
	s.FileDelay = 0
	web := httptest.NewServer(s)
	t.Cleanup(web.Close)
	return s, web, slack.New(fakeslack.BotToken, slack.OptionAPIURL(web.URL+"/api/"), slack.OptionAppLevelToken(fakeslack.AppToken))
}

// word is Slack's error of a call.
func word(err error) string {
	var e slack.SlackErrorResponse
	var limited *slack.RateLimitedError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &limited):
		return "ratelimited " + limited.RetryAfter.String()
	case errors.As(err, &e):
		return e.Err
	}
	return err.Error()
}

func TestRefusals(t *testing.T) {
	s, web, api := start(t)
	post := func(channel string, blocks ...slack.Block) error {
		_, _, err := api.PostMessage(channel, slack.MsgOptionText("text", false), slack.MsgOptionBlocks(blocks...))
		return err
	}
	text := func(n int) *slack.TextBlockObject {
		return slack.NewTextBlockObject("mrkdwn", strings.Repeat("ñ", n), false, false)
	}
	var many []slack.Block
	for range 51 {
		many = append(many, slack.NewDividerBlock())
	}
	other := slack.New("xoxb-wrong", slack.OptionAPIURL(web.URL+"/api/"))
	for _, tt := range []struct {
		name string
		do   func() error
		want string
	}{
		{"a message", func() error { return post(team) }, ""},
		{"wrong token", func() error { _, err := other.AuthTest(); return err }, "invalid_auth"},
		{"unknown channel", func() error { return post("C9") }, "channel_not_found"},
		{"not a member", func() error { return post("C0000000002") }, "not_in_channel"},
		{"archived", func() error { return post("C0000000004") }, "is_archived"},
		{"section of 3,000", func() error { return post(team, slack.NewSectionBlock(text(3000), nil, nil)) }, ""},
		{"section of 3,001", func() error { return post(team, slack.NewSectionBlock(text(3001), nil, nil)) }, "invalid_blocks"},
		{"51 blocks", func() error { return post(team, many...) }, "invalid_blocks"},
		{"unknown picture", func() error {
			return post(team, slack.NewImageBlockSlackFile(&slack.SlackFileObject{ID: "F1"}, "alt", "", nil))
		}, "invalid_blocks"},
		{"no alt text", func() error { return post(team, slack.NewImageBlock("https://x.example/a.png", "", "", nil)) }, "invalid_blocks"},
		{"same block id", func() error {
			return post(team, slack.NewContextBlock("a", text(1)), slack.NewContextBlock("a", text(1)))
		}, "invalid_blocks"},
		{"unknown method", func() error { _, err := api.GetEmoji(); return err }, "unknown_method"},
		{"rate limit", func() error {
			s.Fail("chat.postMessage", fakeslack.Fault{RetryAfter: 7 * time.Second})
			return post(team)
		}, "ratelimited 7s"},
		{"server error", func() error {
			s.Fail("chat.postMessage", fakeslack.Fault{Status: 503})
			return post(team)
		}, "slack server error: 503 Service Unavailable"},
		{"modal without a trigger", func() error {
			_, err := api.OpenView("trigger", slack.ModalViewRequest{Type: "modal", Title: slack.NewTextBlockObject("plain_text", "t", false, false)})
			return err
		}, "invalid_trigger_id"},
		{"title of 25", func() error {
			_, err := api.OpenView(s.Trigger("U00000000ED"), slack.ModalViewRequest{Type: "modal", Title: slack.NewTextBlockObject("plain_text", strings.Repeat("t", 25), false, false)})
			return err
		}, "invalid_arguments"},
		{"scope taken away", func() error { s.TakeScope("chat:write"); return post(team) }, "missing_scope"},
	} {
		if got := word(tt.do()); got != tt.want {
			t.Errorf("%s: %q; want %q", tt.name, got, tt.want)
		}
	}
}

func TestUploadBecomesAPicture(t *testing.T) {
	s, _, api := start(t)
	s.FileDelay = time.Hour
	png := []byte("\x89PNG\r\n\x1a\n picture")
	f, err := api.UploadFileContext(context.Background(), slack.UploadFileParameters{Reader: bytes.NewReader(png), FileSize: len(png), Filename: "a.png", Title: "A", AltTxt: "alt"})
	if err != nil {
		t.Fatal(err)
	}
	if got := s.File(f.ID); !bytes.Equal(got.Bytes, png) || got.Alt != "alt" || got.Title != "A" {
		t.Errorf("stored %+v", got)
	}
	info, _, _, err := api.GetFileInfo(f.ID, 0, 0)
	if err != nil || info.Mimetype != "" {
		t.Errorf("right after the upload the type is %q, %v; want none yet", info.Mimetype, err)
	}
	_, _, err = api.PostMessage(team, slack.MsgOptionBlocks(slack.NewImageBlockSlackFile(&slack.SlackFileObject{ID: f.ID}, "alt", "", nil)))
	if word(err) != "invalid_blocks" {
		t.Errorf("a picture that is not ready: %v; want invalid_blocks", err)
	}
}

func TestHistoryHasMetadataAndPages(t *testing.T) {
	s, _, api := start(t)
	for i := range 5 {
		meta := slack.SlackMetadata{EventType: "e", EventPayload: map[string]any{"key": fmt.Sprint(i)}}
		if _, _, err := api.PostMessage(team, slack.MsgOptionText("x", false), slack.MsgOptionMetadata(meta)); err != nil {
			t.Fatal(err)
		}
	}
	s.Post(team, "U00000000ED", "thanks")
	var keys []string
	params := &slack.GetConversationHistoryParameters{ChannelID: team, Limit: 2, IncludeAllMetadata: true}
	for {
		page, err := api.GetConversationHistory(params)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range page.Messages {
			keys = append(keys, fmt.Sprint(m.Metadata.EventPayload["key"]))
		}
		if !page.HasMore {
			break
		}
		params.Cursor = page.ResponseMetaData.NextCursor
	}
	if got := strings.Join(keys, " "); got != "<nil> 4 3 2 1 0" {
		t.Errorf("history %s; want the newest first, with metadata", got)
	}
}

func TestSignedRequests(t *testing.T) {
	s, _, _ := start(t)
	var paths []string
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := new(bytes.Buffer)
		verifier, err := slack.NewSecretsVerifier(r.Header, fakeslack.SigningSecret)
		if err != nil {
			t.Error(err)
			return
		}
		body.ReadFrom(r.Body)
		verifier.Write(body.Bytes())
		if err := verifier.Ensure(); err != nil {
			t.Errorf("%s: %v", r.URL.Path, err)
		}
		paths = append(paths, r.URL.Path)
	}))
	t.Cleanup(app.Close)
	s.RequestURL = app.URL
	ctx := context.Background()
	if _, err := s.Command(ctx, "U00000000ED", team, "/agent-report", "help"); err != nil {
		t.Error(err)
	}
	if _, err := s.Interact(ctx, "U00000000ED", map[string]any{"type": "block_actions"}); err != nil {
		t.Error(err)
	}
	if _, err := s.Interact(ctx, "U00000000ED", map[string]any{"type": "block_suggestion"}); err != nil {
		t.Error(err)
	}
	if _, err := s.Event(ctx, "Ev1", map[string]any{"type": "app_home_opened"}); err != nil {
		t.Error(err)
	}
	if got, want := strings.Join(paths, " "), "/slack/commands /slack/interactions /slack/options /slack/events"; got != want {
		t.Errorf("requests to %s; want %s", got, want)
	}
}

func TestSocketMode(t *testing.T) {
	s, _, api := start(t)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	client := socketmode.New(api)
	go client.RunContext(ctx)
	go func() {
		for e := range client.Events {
			if e.Type == socketmode.EventTypeSlashCommand {
				client.Ack(*e.Request, map[string]any{"text": e.Data.(slack.SlashCommand).Text})
			}
		}
	}()
	if err := s.Await(ctx, func() bool { return s.Sockets() > 0 }); err != nil {
		t.Fatal(err)
	}
	a, err := s.Command(ctx, "U00000000ED", team, "/agent-report", "help")
	if err != nil || !strings.Contains(string(a.Body), "help") {
		t.Errorf("Command over the socket = %s, %v", a.Body, err)
	}
}
