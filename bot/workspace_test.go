package bot_test

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
	"agentreport/bot/delivery"
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
	store      *store.Store
	configs    []bot.Config         // of the replicas
	dispatches []*handlers.Dispatch // and where each takes what comes
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
	fake.RequestURL = back.URL
	if socket {
		fake.RequestURL = "http://127.0.0.1:1" // nobody there
	}
	for range replicas {
		s, err := store.Open(t.Context(), backend, storetest.Rules)
		if err != nil {
			t.Fatal(err)
		}
		client := slack.New(fakeslack.BotToken, slack.OptionAPIURL(front.URL+"/api/"), slack.OptionAppLevelToken(fakeslack.AppToken))
		sender := &delivery.Sender{Slack: client, Store: s, Rules: storetest.Rules, Log: log, Owner: fmt.Sprint("replica ", len(routes)), CatchUp: time.Hour}
		config := bot.Config{Slack: client, Store: s, Delivery: sender, Rules: storetest.Rules, Definition: reports.Standard, API: front.URL + "/api/", Log: log}
		h := &handlers.Server{Log: log, Metrics: handlers.NewMetrics(), Dispatch: handlers.NewDispatch(bot.New(config), log), SigningSecret: fakeslack.SigningSecret}
		routes = append(routes, h.Routes())
		w.store, w.configs, w.dispatches = s, append(w.configs, config), append(w.dispatches, h.Dispatch)
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

// restart has the bots begin anew with another configuration.
func (w *workspace) restart(change func(*bot.Config)) {
	for i := range w.configs {
		change(&w.configs[i])
		w.dispatches[i].Slack = bot.New(w.configs[i])
	}
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
