package handlers_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"agentreport/bot"
	"agentreport/bot/fakeslack"
	"agentreport/handlers"
	"agentreport/reports"
	"agentreport/reports/sample"
	"agentreport/store"
	"agentreport/store/storetest"
)

const (
	editor   = "U00000000ED"
	viewer   = "U00000000VW"
	guest    = "U00000000GU"
	stranger = "U00000000ST"
	team     = "C0000000001"
	shared   = "C0000000003"
)

// workspace is the bot behind a stand-in Slack, over one of the transports.
type workspace struct {
	t          *testing.T
	slack      *fakeslack.Server
	bot        *bot.Bot
	store      *store.Store
	url        string
	dispatches []*handlers.Dispatch // of the replicas
}

// each runs a test over HTTP and over Socket Mode.
func each(t *testing.T, f func(*testing.T, *workspace)) {
	for _, transport := range []string{"HTTP", "Socket Mode"} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			f(t, newWorkspace(t, transport == "Socket Mode"))
		})
	}
}

func newWorkspace(t *testing.T, socket bool) *workspace { return newReplicas(t, socket, 1) }

// newReplicas makes several bots behind one app, with one database. Over HTTP
// they take turns, over Socket Mode each has a connection.
func newReplicas(t *testing.T, socket bool, replicas int) *workspace {
	t.Helper()
	backend := &storetest.Memory{}
	fake := fakeslack.New(nil)
	fake.FileDelay = 0
	front := httptest.NewServer(fake)
	t.Cleanup(front.Close)
	fake.URL = front.URL
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	w := &workspace{t: t, slack: fake}
	var routes []http.Handler
	var turn atomic.Int64
	back := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		routes[int(turn.Add(1))%len(routes)].ServeHTTP(rw, r)
	}))
	t.Cleanup(back.Close)
	fake.RequestURL, w.url = back.URL, back.URL
	if socket {
		fake.RequestURL = "http://127.0.0.1:1" // nobody there
	}
	for range replicas {
		s, err := store.Open(t.Context(), backend, storetest.Rules)
		if err != nil {
			t.Fatal(err)
		}
		client := slack.New(fakeslack.BotToken, slack.OptionAPIURL(front.URL+"/api/"), slack.OptionAppLevelToken(fakeslack.AppToken))
		b := &bot.Bot{API: front.URL + "/api/", Slack: client, Store: s, Rules: storetest.Rules, Log: log, Definition: reports.Standard, Owner: fmt.Sprint("replica ", len(routes)), CatchUp: time.Hour}
		h := &handlers.Server{Log: log, Metrics: handlers.NewMetrics(), Dispatch: handlers.NewDispatch(b, log), SigningSecret: fakeslack.SigningSecret}
		routes = append(routes, h.Routes())
		w.bot, w.store, w.dispatches = b, s, append(w.dispatches, h.Dispatch)
		if socket {
			ctx, stop := context.WithCancel(context.Background())
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				h.Dispatch.Listen(ctx, client)
			}()
			t.Cleanup(func() {
				stop()
				<-ended
			})
			until(t, fake, "a connection", func() bool { return fake.Sockets() == len(routes) })
		}
		t.Cleanup(func() {
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			defer cancel()
			h.Dispatch.Drain(ctx)
		})
	}
	return w
}

// until waits for what happens soon in Slack.
func until(t *testing.T, s *fakeslack.Server, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := s.Await(ctx, ok); err != nil {
		var have strings.Builder
		for _, m := range s.Messages(team) {
			fmt.Fprintf(&have, "\n%+v: %s", m.Text, m.Blocks)
		}
		modals, _ := s.Views(editor)
		for _, v := range modals {
			fmt.Fprintf(&have, "\n%s", v.Body)
		}
		t.Fatalf("waited in vain for %s; the channel has and the editor sees%s", what, have.String())
	}
}

// fill records some weeks of a shop's events that end now.
func (w *workspace) fill() {
	w.t.Helper()
	events := slices.Collect(sample.Events(sample.Options{Seed: 1, Weeks: 6, Conversations: 60, Until: time.Now()}))
	if _, err := w.store.Record(w.t.Context(), events); err != nil {
		w.t.Fatal(err)
	}
}

// says has a person type a command and returns the last message that it gives.
func (w *workspace) says(user, channel, text string) fakeslack.Message {
	w.t.Helper()
	before := len(w.slack.Messages(channel))
	a, err := w.slack.Command(w.t.Context(), user, channel, bot.CommandName, text)
	if err != nil || a.Status != http.StatusOK || len(strings.TrimSpace(string(a.Body))) > 4 {
		w.t.Fatalf("%s %s: %d %s, %v; want an empty acknowledgement", bot.CommandName, text, a.Status, a.Body, err)
	}
	return w.next(channel, before)
}

// finish waits until every replica has done what it began, and ends them.
func (w *workspace) finish() {
	for _, d := range w.dispatches {
		d.Drain(w.t.Context())
	}
}

// next is the message that comes to a channel after some that are there, once
// it is not only a promise.
func (w *workspace) next(channel string, before int) fakeslack.Message {
	w.t.Helper()
	var m fakeslack.Message
	until(w.t, w.slack, "an answer", func() bool {
		list := w.slack.Messages(channel)
		if len(list) <= before {
			return false
		}
		m = list[len(list)-1]
		return m.Text != "Working on it…" && m.Text != "Trabajando en ello…"
	})
	return m
}

// element is an element of a message by its id, as Slack sends it back.
func element(t *testing.T, m fakeslack.Message, id string) map[string]any {
	t.Helper()
	var blocks []struct {
		Elements []map[string]any
	}
	if err := json.Unmarshal(m.Blocks, &blocks); err != nil {
		t.Fatal(err)
	}
	for _, b := range blocks {
		for _, e := range b.Elements {
			if e["action_id"] == id {
				return e
			}
		}
	}
	t.Fatalf("the message has no element %s: %s", id, m.Blocks)
	return nil
}

func TestCommand(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *workspace) {
		w.fill()
		m := w.says(editor, team, "rates last 4 weeks")
		if m.Ephemeral != editor || !strings.Contains(string(m.Blocks), "Rates over time") || !strings.Contains(string(m.Blocks), `"slack_file"`) {
			t.Errorf("rates: to %q: %s; want figures and a picture for the editor alone", m.Ephemeral, m.Blocks)
		}
		m = w.says(viewer, team, "tasas")
		if !strings.Contains(m.Text, "No conozco «tasas»") {
			t.Errorf("an unknown command in Spanish: %q", m.Text)
		}
		m = w.says(viewer, team, "rates últimas 2 semanas")
		if !strings.Contains(string(m.Blocks), "Publicar en el canal") {
			t.Errorf("rates in Spanish: %s", m.Blocks)
		}
		m = w.says(editor, team, "ratse")
		if want := "Did you mean `/agent-report rates`?"; !strings.Contains(m.Text, want) {
			t.Errorf("a typing error: %q; want %q", m.Text, want)
		}
		m = w.says(editor, team, "rates <!channel>")
		if strings.Contains(m.Text, "<!channel>") || !strings.Contains(m.Text, "&lt;!channel&gt;") {
			t.Errorf("hostile text: %q", m.Text)
		}
		m = w.says(editor, team, "rates public")
		if m.Ephemeral != "" || strings.Contains(string(m.Blocks), "Post to channel") {
			t.Errorf("public: to %q: %s", m.Ephemeral, m.Blocks)
		}
		m = w.says(editor, team, "rates 2019")
		if !strings.Contains(m.Text, "I do not understand") {
			t.Errorf("rates 2019: %q", m.Text)
		}
		m = w.says(editor, team, "rates 2019-01")
		if !strings.Contains(string(m.Blocks), "Nothing happened") {
			t.Errorf("rates of an empty month: %s", m.Blocks)
		}
		m = w.says(editor, team, "help")
		for _, name := range append(reports.ReportNames(), "health", "help") {
			if !strings.Contains(string(m.Blocks), bot.CommandName+" "+name) {
				t.Errorf("help lacks %s", name)
			}
		}
		if m = w.says(editor, team, "health"); !strings.Contains(string(m.Blocks), "last event") || !strings.Contains(string(m.Blocks), "No digest") {
			t.Errorf("health: %s", m.Blocks)
		}
	})
}

func TestWhoMayLook(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *workspace) {
		for user, want := range map[string]string{guest: "guests", stranger: "own workspace", fakeslack.BotUser: "people only"} {
			if m := w.says(user, team, "impact"); !strings.Contains(m.Text, want) || m.Ephemeral != user || m.Blocks != nil {
				t.Errorf("%s: %q; want %q", user, m.Text, want)
			}
		}
		if m := w.says(editor, shared, "impact public"); !strings.Contains(m.Text, "shared") || m.Ephemeral != editor {
			t.Errorf("public in a shared channel: %q to %q; want a refusal", m.Text, m.Ephemeral)
		}
	})
}

func TestReportButtons(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *workspace) {
		w.fill()
		m := w.says(editor, team, "rates last 4 weeks")
		press := func(e map[string]any) {
			t.Helper()
			a, err := w.slack.Press(t.Context(), editor, team, m.TS, e)
			if err != nil || a.Status != http.StatusOK {
				t.Fatalf("press: %+v, %v", a, err)
			}
		}
		menu := element(t, m, "report_range")
		option := menu["options"].([]any)[0].(map[string]any)
		press(map[string]any{"action_id": "report_range", "type": "static_select", "selected_option": option})
		until(t, w.slack, "the report of last week in the place of the other", func() bool {
			list := w.slack.Messages(team)
			return len(list) == 1 && list[0].Edited && strings.Contains(string(list[0].Blocks), "Rates over time") && string(list[0].Blocks) != string(m.Blocks)
		})

		post := element(t, m, "report_post")
		press(map[string]any{"action_id": "report_post", "type": "button", "value": post["value"]})
		until(t, w.slack, "the report for everybody", func() bool {
			for _, x := range w.slack.Messages(team) {
				if x.Ephemeral == "" && strings.Contains(string(x.Blocks), "Rates over time") {
					return true
				}
			}
			return false
		})

		press(map[string]any{"action_id": "report_csv", "type": "button", "value": element(t, m, "report_csv")["value"]})
		until(t, w.slack, "the CSV", func() bool {
			for _, x := range w.slack.Direct(editor) {
				if len(x.Files) == 1 && strings.HasPrefix(string(w.slack.File(x.Files[0]).Bytes), "week,resolution_rate_n") {
					return true
				}
			}
			return false
		})
	})
}

// TestSlackTrouble holds that a person is told when something is away.
func TestSlackTrouble(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *workspace) {
		w.fill()
		w.slack.Fail("files.getUploadURLExternal", fakeslack.Fault{Error: "storage_limit_reached", Times: 20})
		if m := w.says(editor, team, "rates"); !strings.Contains(string(m.Blocks), "no room for files") || !strings.Contains(string(m.Blocks), "Handoff rate") {
			t.Errorf("no room for files: %s; want the figures and what to do", m.Blocks)
		}
		w.bot.Store = awayStore{w.bot.Store}
		if m := w.says(editor, team, "handled"); !strings.Contains(m.Text, "did not work") {
			t.Errorf("the store is away: %q; want that it did not work", m.Text)
		}
	})
}

type awayStore struct{ bot.Store }

func (awayStore) Days(context.Context, reports.Range, time.Time) ([]reports.DayTally, error) {
	return nil, fmt.Errorf("days: %w", store.ErrAway)
}

func TestSignature(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t, false)
	body := "command=%2Fagent-report&text=impact&user_id=" + editor
	send := func(secret string, at time.Time, body string) int {
		req, _ := http.NewRequest(http.MethodPost, w.url+"/slack/commands", strings.NewReader(body))
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
	if list := w.slack.Messages(team); len(list) != 0 {
		t.Errorf("%d messages came of it", len(list))
	}
}
