package handlers_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"agentreport/bot"
	"agentreport/bot/delivery"
	"agentreport/bot/fakeslack"
	"agentreport/handlers"
	"agentreport/reports"
	"agentreport/store"
	"agentreport/store/mongo"
	"agentreport/store/mongo/mongotest"
	"agentreport/store/sqlite"
	"agentreport/store/storetest"
)

// BenchmarkAcknowledge is how long Slack waits for the acknowledgement of a
// command: one after the other, while nothing else happens, and while 1,000
// events a second are sent, of which a stand-in for MongoDB takes what it can.
func BenchmarkAcknowledge(b *testing.B) {
	backends := map[string]func(b *testing.B) (store.Backend, error){
		"SQLite":  func(b *testing.B) (store.Backend, error) { return sqlite.Open(b.Context(), b.TempDir()) },
		"MongoDB": func(b *testing.B) (store.Backend, error) { return mongo.Open(b.Context(), mongotest.URI(b)) },
	}
	for _, c := range []struct {
		backend   string
		perSecond int
	}{{"SQLite", 0}, {"SQLite", 1000}, {"MongoDB", 0}, {"MongoDB", 1000}} {
		perSecond := c.perSecond
		b.Run(fmt.Sprintf("%s/%dEventsPerSecond", c.backend, perSecond), func(b *testing.B) {
			backend, err := backends[c.backend](b)
			if err != nil {
				b.Fatal(err)
			}
			defer backend.Close()
			s, err := store.Open(b.Context(), backend, storetest.Rules)
			if err != nil {
				b.Fatal(err)
			}
			front := httptest.NewServer(fakeslack.New(nil))
			defer front.Close()
			log := slog.New(slog.NewTextHandler(io.Discard, nil))
			client := slack.New(fakeslack.BotToken, slack.OptionAPIURL(front.URL+"/api/"))
			d := handlers.NewDispatch(bot.New(bot.Config{
				API: front.URL + "/api/", Slack: client, Store: s, Rules: storetest.Rules, Log: log,
				Delivery: &delivery.Sender{Slack: client, Store: s, Rules: storetest.Rules, Log: log},
			}), log)
			h := &handlers.Server{Log: log, Metrics: handlers.NewMetrics(), Dispatch: d, SigningSecret: fakeslack.SigningSecret}
			back := httptest.NewServer(h.Routes())
			defer back.Close()

			ctx, stop := context.WithCancel(b.Context())
			var recording sync.WaitGroup
			if perSecond > 0 {
				recording.Go(func() { recordEvents(ctx, b, s, perSecond) })
			}
			body := url.Values{"team_id": {fakeslack.TeamID}, "user_id": {editor}, "channel_id": {team}, "command": {bot.CommandName}, "text": {"rates"}, "response_url": {front.URL + "/response/none"}}.Encode()
			var took []time.Duration
			for b.Loop() {
				start := time.Now()
				acknowledge(b, back.URL, body)
				took = append(took, time.Since(start))
				time.Sleep(2 * time.Millisecond) // a busy workspace, not an attack
			}
			stop()
			recording.Wait()
			drained, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			d.Drain(drained)
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
		})
	}
}

func acknowledge(b *testing.B, address, body string) {
	req, err := http.NewRequest(http.MethodPost, address+"/slack/commands", strings.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	at := time.Now()
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("X-Slack-Request-Timestamp", fmt.Sprint(at.Unix()))
	req.Header.Set("X-Slack-Signature", fakeslack.Sign(fakeslack.SigningSecret, at, []byte(body)))
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil || res.StatusCode != http.StatusOK {
		b.Fatal(res.Status, err)
	}
}

// recordEvents records events in batches of a tenth of a second.
func recordEvents(ctx context.Context, b *testing.B, s *store.Store, perSecond int) {
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for n := 0; ; {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		batch := make([]reports.Event, perSecond/10)
		for i := range batch {
			batch[i] = reports.Event{
				ID: fmt.Sprint(n), Source: "shop", Conversation: fmt.Sprint(n / 5), Type: reports.Message, Actor: reports.Agent,
				At: storetest.Start.Add(time.Duration(n) * time.Second), Channel: "chat",
			}
			n++
		}
		if _, err := s.Record(ctx, batch); err != nil && ctx.Err() == nil {
			b.Error(err)
			return
		}
	}
}
