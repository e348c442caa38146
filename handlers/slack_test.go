package handlers_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"agentreport/bot/fakeslack"
	"agentreport/handlers"
)

const (
	editor = "U00000000ED"
	team   = "C0000000001"
)

// listener is a bot that keeps what it hears.
type listener struct {
	mu    sync.Mutex
	heard []string
	away  bool // the next home cannot be shown
}

func (l *listener) hear(what ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.heard = append(l.heard, fmt.Sprintln(what...))
}

func (l *listener) count(what ...any) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, h := range l.heard {
		if h == fmt.Sprintln(what...) {
			n++
		}
	}
	return n
}

func (l *listener) Command(_ context.Context, c slack.SlashCommand) {
	l.hear("command", c.UserID, c.TeamID, c.ChannelID, c.Command, c.Text, c.TriggerID != "", c.ResponseURL != "")
}

func (l *listener) Act(_ context.Context, i slack.InteractionCallback) {
	a := i.ActionCallback.BlockActions[0]
	l.hear("press", i.User.ID, i.Team.ID, a.ActionID, a.Value, i.TriggerID != "", i.View.ID)
}

func (l *listener) Submit(_ context.Context, i slack.InteractionCallback) (*slack.ViewSubmissionResponse, func(context.Context)) {
	l.hear("submit", i.User.ID, i.View.CallbackID)
	return slack.NewErrorsViewSubmissionResponse(map[string]string{"text": "too short"}), func(context.Context) { l.hear("then") }
}

func (l *listener) Options(_ context.Context, i slack.InteractionCallback) slack.OptionsResponse {
	l.hear("options", i.User.ID, i.ActionID, i.Value)
	if i.Value == "none" {
		return slack.OptionsResponse{}
	}
	return slack.OptionsResponse{Options: []*slack.OptionBlockObject{slack.NewOptionBlockObject("1", slack.NewTextBlockObject("plain_text", "one", false, false), nil)}}
}

func (l *listener) Opened(_ context.Context, event, user, team string) error {
	l.hear("home", event, user, team)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.away {
		l.away = false
		return errors.New("the store is away")
	}
	return nil
}

// office is a bot that listens to a stand-in Slack over one of the transports.
type office struct {
	slack    *fakeslack.Server
	bot      *listener
	dispatch *handlers.Dispatch
}

func newOffice(t *testing.T, socket bool) *office {
	t.Helper()
	o := &office{slack: fakeslack.New(nil), bot: &listener{}}
	front := httptest.NewServer(o.slack)
	t.Cleanup(front.Close)
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	o.dispatch = handlers.NewDispatch(o.bot, log)
	h := &handlers.Server{Log: log, Metrics: handlers.NewMetrics(), Dispatch: o.dispatch, SigningSecret: fakeslack.SigningSecret}
	back := httptest.NewServer(h.Routes())
	t.Cleanup(back.Close)
	o.slack.URL, o.slack.RequestURL = front.URL, back.URL
	if !socket {
		return o
	}
	o.slack.RequestURL = "http://127.0.0.1:1" // nobody there
	ctx, stop := context.WithCancel(context.Background())
	var listening sync.WaitGroup
	listening.Go(func() {
		o.dispatch.Listen(ctx, slack.New(fakeslack.BotToken, slack.OptionAPIURL(front.URL+"/api/"), slack.OptionAppLevelToken(fakeslack.AppToken)))
	})
	t.Cleanup(func() {
		stop()
		listening.Wait()
	})
	soon, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := o.slack.Await(soon, func() bool { return o.slack.Sockets() == 1 }); err != nil {
		t.Fatal("no connection: ", err)
	}
	return o
}

// TestTransports holds that whatever a person does arrives over HTTP as over Socket
// Mode, once, and is answered the same.
func TestTransports(t *testing.T) {
	t.Parallel()
	for _, transport := range []string{"HTTP", "Socket Mode"} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t, transport == "Socket Mode")
			client := slack.New(fakeslack.BotToken, slack.OptionAPIURL(o.slack.URL+"/api/"))
			empty := func(a fakeslack.Answer, err error) {
				t.Helper()
				if body := strings.TrimSpace(string(a.Body)); err != nil || a.Status != http.StatusOK || body != "" && body != "{}" && body != "null" {
					t.Errorf("answered %d %s, %v; want an empty acknowledgement", a.Status, a.Body, err)
				}
			}
			empty(o.slack.Command(t.Context(), editor, team, "/agent-report", "rates last 4 weeks"))

			trigger := o.slack.Trigger(editor)
			text := slack.NewPlainTextInputBlockElement(nil, "text")
			menu := slack.NewOptionsSelectBlockElement(slack.OptTypeExternal, slack.NewTextBlockObject("plain_text", "one", false, false), "menu")
			view, err := client.OpenViewContext(t.Context(), trigger, slack.ModalViewRequest{
				Type: slack.VTModal, CallbackID: "form", Title: slack.NewTextBlockObject("plain_text", "Form", false, false), Submit: slack.NewTextBlockObject("plain_text", "Send", false, false),
				Blocks: slack.Blocks{BlockSet: []slack.Block{
					slack.NewInputBlock("text", slack.NewTextBlockObject("plain_text", "Text", false, false), nil, text),
					slack.NewActionBlock("row", slack.NewButtonBlockElement("go", "7", slack.NewTextBlockObject("plain_text", "Go", false, false)), menu),
				}},
			})
			if err != nil {
				t.Fatal(err)
			}
			empty(o.slack.PressView(t.Context(), editor, view.ID, map[string]any{"type": "button", "action_id": "go", "value": "7", "block_id": "row"}, nil))
			a, err := o.slack.SubmitView(t.Context(), editor, view.ID, map[string]any{"text": map[string]any{"text": map[string]any{"type": "plain_text_input", "value": "x"}}})
			if err != nil || !strings.Contains(string(a.Body), `"too short"`) {
				t.Errorf("the form is answered %s, %v; want what is wrong with it", a.Body, err)
			}
			for typed, want := range map[string]string{"o": `"value":"1"`, "none": `"options":[]`} {
				if a, err := o.slack.Suggest(t.Context(), editor, view.ID, "menu", typed); err != nil || !strings.Contains(strings.ReplaceAll(string(a.Body), " ", ""), want) {
					t.Errorf("the menu is answered %s, %v; want %s", a.Body, err, want)
				}
			}
			o.bot.away = true
			o.slack.OpenHome(t.Context(), "Ev1", editor) // what failed is sent again
			if o.bot.count("home", "Ev1", editor, fakeslack.TeamID) < 2 {
				empty(o.slack.OpenHome(t.Context(), "Ev1", editor))
			}
			o.dispatch.Drain(t.Context())
			for _, want := range [][]any{
				{"command", editor, fakeslack.TeamID, team, "/agent-report", "rates last 4 weeks", true, true},
				{"press", editor, fakeslack.TeamID, "go", "7", true, view.ID},
				{"submit", editor, "form"},
				{"then"},
				{"options", editor, "menu", "o"},
			} {
				if n := o.bot.count(want...); n != 1 {
					t.Errorf("the bot heard %v %d times; want once. It heard:\n%s", want, n, slices.Concat(o.bot.heard))
				}
			}
		})
	}
}

func TestSignature(t *testing.T) {
	t.Parallel()
	o := newOffice(t, false)
	body := "command=%2Fagent-report&text=impact&user_id=" + editor
	send := func(secret string, at time.Time, body string) int {
		req, _ := http.NewRequest(http.MethodPost, o.slack.RequestURL+"/slack/commands", strings.NewReader(body))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("X-Slack-Request-Timestamp", fmt.Sprint(at.Unix()))
		req.Header.Set("X-Slack-Signature", fakeslack.Sign(secret, at, []byte(body)))
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res.StatusCode
	}
	for _, tt := range []struct {
		name, secret string
		at           time.Time
		body         string
		want         int
	}{
		{"wrong secret", "other", time.Now(), body, http.StatusUnauthorized},
		{"old", fakeslack.SigningSecret, time.Now().Add(-6 * time.Minute), body, http.StatusUnauthorized},
		{"from the future", fakeslack.SigningSecret, time.Now().Add(6 * time.Minute), body, http.StatusUnauthorized},
		{"ssl_check", fakeslack.SigningSecret, time.Now(), "ssl_check=1", http.StatusOK},
		{"too large", fakeslack.SigningSecret, time.Now(), strings.Repeat("x", 3<<20), http.StatusRequestEntityTooLarge},
	} {
		if got := send(tt.secret, tt.at, tt.body); got != tt.want {
			t.Errorf("%s: %d; want %d", tt.name, got, tt.want)
		}
	}
	o.dispatch.Drain(t.Context())
	if len(o.bot.heard) != 0 {
		t.Errorf("the bot heard %q of it", o.bot.heard)
	}
}
