package delivery_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"

	"agentreport/bot/delivery"
	"agentreport/bot/fakeslack"
	"agentreport/reports"
	"agentreport/store"
	"agentreport/store/storetest"
)

const team = "C0000000001"

// wire carries the real client's requests to the stand-in without a socket, so
// that the time of a test can stand still while it waits.
type wire struct{ slack *fakeslack.Server }

func (w wire) RoundTrip(r *http.Request) (*http.Response, error) {
	answered := make(chan *http.Response, 1)
	go func() {
		rec := httptest.NewRecorder()
		defer func() {
			if recover() != nil { // as net/http does for http.ErrAbortHandler
				answered <- nil
			}
		}()
		w.slack.ServeHTTP(rec, r)
		answered <- rec.Result()
	}()
	select {
	case res := <-answered:
		if res == nil {
			return nil, syscall.ECONNRESET
		}
		if r.Context().Err() != nil {
			return nil, r.Context().Err()
		}
		return res, nil
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

// office is a store, a workspace and any number of processes of the bot.
type office struct {
	t     *testing.T
	store *store.Store
	slack *fakeslack.Server
	sub   reports.Subscription
}

func newOffice(t *testing.T) *office {
	s, err := store.Open(context.Background(), &storetest.Memory{}, storetest.Rules)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	week := reports.WeekOf(now, time.UTC).Add(-1)
	var list []reports.Event
	for i := range 40 {
		at := week.Start(time.UTC).Add(time.Duration(i) * 3 * time.Hour)
		list = append(list,
			reports.Event{ID: fmt.Sprint(i, "z"), Source: "shop", Conversation: fmt.Sprint("before ", i), Type: reports.Message, Actor: reports.Agent, At: at.AddDate(0, 0, -7)},
			reports.Event{ID: fmt.Sprint(i, "y"), Source: "shop", Conversation: fmt.Sprint("before ", i), Type: reports.Message, Actor: reports.Visitor, At: at.AddDate(0, 0, -7)},
			reports.Event{ID: fmt.Sprint(i, "a"), Source: "shop", Conversation: fmt.Sprint(i), Type: reports.Message, Actor: reports.Agent, At: at, Channel: []string{"chat", "email"}[i%2]},
			reports.Event{ID: fmt.Sprint(i, "b"), Source: "shop", Conversation: fmt.Sprint(i), Type: reports.Feedback, At: at.Add(time.Minute), Score: 1 + i%5, Comment: "so so"},
			reports.Event{ID: fmt.Sprint(i, "c"), Source: "shop", Conversation: fmt.Sprint(i), Type: reports.Unanswered, At: at.Add(time.Hour), Question: "where <!channel> is it?"},
		)
	}
	if _, err := s.Record(context.Background(), list); err != nil {
		t.Fatal(err)
	}
	sub := reports.Subscription{
		ID: "team", Channel: team, Schedule: "0 9 * * MON", Zone: "UTC", Language: "en", Definition: "standard",
		CreatedBy: "U00000000ED", CreatedAt: now, ActiveAt: now,
	}
	if err := s.AddSubscription(context.Background(), sub, "U1"); err != nil {
		t.Fatal(err)
	}
	return &office{t, s, fakeslack.New(time.Now), sub}
}

// process is a new process of the bot, whose store may be a faulty one.
func (o *office) process(name string, s delivery.Store) *delivery.Sender {
	if s == nil {
		s = o.store
	}
	client := slack.New(fakeslack.BotToken, slack.OptionAPIURL("http://slack.test/api/"), slack.OptionHTTPClient(&http.Client{Transport: wire{o.slack}}))
	return &delivery.Sender{
		Slack: client, Store: s, Rules: storetest.Rules, CatchUp: 24 * time.Hour, Owner: name,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
}

// digests are the messages in the channel that carry a key.
func (o *office) digests(channel string) []fakeslack.Message {
	var list []fakeslack.Message
	for _, m := range o.slack.Messages(channel) {
		if m.Metadata != nil && m.ThreadTS == "" {
			list = append(list, m)
		}
	}
	return list
}

// threads are the messages under those.
func (o *office) threads(channel string) []fakeslack.Message {
	return slices.DeleteFunc(o.slack.Messages(channel), func(m fakeslack.Message) bool { return m.ThreadTS == "" })
}

func (o *office) delivery() reports.Delivery {
	o.t.Helper()
	list, err := o.store.Deliveries(context.Background(), 0)
	if err != nil || len(list) != 1 {
		o.t.Fatalf("deliveries = %+v, %v; want one", list, err)
	}
	return list[0]
}

// deliver runs one process on the digest of last week, as if it were due now.
func (o *office) deliver(ctx context.Context, b *delivery.Sender) error {
	now := time.Now()
	week := reports.WeekOf(now, time.UTC).Add(-1)
	return b.Deliver(ctx, o.sub, week, now, reports.DeliveryID(o.sub.ID, week))
}

func TestDelivery(t *testing.T) {
	once := func(f fakeslack.Fault) func(*office) {
		return func(o *office) { o.slack.Fail("chat.postMessage", f) }
	}
	for _, tt := range []struct {
		name     string
		prepare  func(*office)
		state    reports.DeliveryState
		messages int
		steps    string // some step
		told     string
	}{
		{name: "usual", state: reports.Posted, messages: 1, steps: "uploaded posting in the channel uploaded uploaded posting in the channel posted"},
		{name: "rate limited", prepare: once(fakeslack.Fault{RetryAfter: 40 * time.Second, Times: 2}), state: reports.Posted, messages: 1, steps: "refused failed posting"},
		{name: "server error before the work", prepare: once(fakeslack.Fault{Status: 502}), state: reports.Posted, messages: 1, steps: "not in the channel"},
		{name: "server error after the work", prepare: once(fakeslack.Fault{Status: 502, AfterWork: true}), state: reports.Posted, messages: 1, steps: "posting failed found in the channel uploaded"},
		{name: "timeout before the work", prepare: once(fakeslack.Fault{Hang: true}), state: reports.Posted, messages: 1, steps: "not in the channel"},
		{name: "timeout after the work", prepare: once(fakeslack.Fault{Hang: true, AfterWork: true}), state: reports.Posted, messages: 1, steps: "posting failed found in the channel uploaded"},
		{name: "timeout after the work, history unreadable once", prepare: func(o *office) {
			o.slack.Fail("chat.postMessage", fakeslack.Fault{Hang: true, AfterWork: true})
			o.slack.Fail("conversations.history", fakeslack.Fault{Error: "fatal_error"})
		}, state: reports.Posted, messages: 1, steps: "history unreadable owner warned found in the channel", told: "keep looking"},
		{name: "timeout after the work, history unreadable for ever", prepare: func(o *office) {
			o.slack.Fail("chat.postMessage", fakeslack.Fault{Hang: true, AfterWork: true})
			o.slack.Fail("conversations.history", fakeslack.Fault{Error: "fatal_error", Times: 1000})
		}, state: reports.Posted, messages: 2, steps: "to be posted once more without knowing posting in the channel", told: "keep looking"},
		{name: "every post unsure, history unreadable for ever", prepare: func(o *office) {
			o.slack.Fail("chat.postMessage", fakeslack.Fault{Hang: true, AfterWork: true, Times: 1000, Channel: team})
			o.slack.Fail("conversations.history", fakeslack.Fault{Error: "fatal_error", Times: 1000})
		}, state: reports.Failed, messages: 2, steps: "history unreadable failed told", told: "could not read the channel"},
		{name: "every post unsure, and no permission to read", prepare: func(o *office) {
			o.slack.Fail("chat.postMessage", fakeslack.Fault{Status: 502, AfterWork: true, Times: 1000, Channel: team})
			o.slack.TakeScope("channels:history")
		}, state: reports.Failed, messages: 2, steps: "failed told", told: "look whether it is there"},
		{name: "timeout after the work, and no permission to read", prepare: func(o *office) {
			o.slack.Fail("chat.postMessage", fakeslack.Fault{Hang: true, AfterWork: true})
			o.slack.TakeScope("channels:history")
		}, state: reports.Posted, messages: 2, steps: "failed to be posted once more without knowing", told: "keep looking"},
		{name: "many messages since", prepare: func(o *office) {
			o.slack.Fail("chat.postMessage", fakeslack.Fault{Hang: true, AfterWork: true})
			go func() {
				time.Sleep(20 * time.Second)
				for range 450 {
					o.slack.Post(team, "U00000000ED", "chatter")
				}
			}()
		}, state: reports.Posted, messages: 1, steps: "found in the channel uploaded"},
		{name: "pictures are late", prepare: func(o *office) { o.slack.FileDelay = 12 * time.Second }, state: reports.Posted, messages: 1, steps: "posting in the channel posted"},
		{name: "pictures are never ready", prepare: func(o *office) { o.slack.FileDelay = time.Hour }, state: reports.Posted, messages: 1, steps: "refused posting in the channel uploaded uploaded posting in the channel posted"},
		{name: "not in the channel", prepare: func(o *office) { o.slack.Change(team, func(c *fakeslack.Channel) { c.BotIsMember = false }) }, state: reports.Failed, steps: "claimed failed", told: "/invite"},
		{name: "archived", prepare: func(o *office) { o.slack.Change(team, func(c *fakeslack.Channel) { c.Archived = true }) }, state: reports.Failed, steps: "claimed failed", told: "archived"},
		{name: "shared with another organisation", prepare: func(o *office) { o.slack.Change(team, func(c *fakeslack.Channel) { c.ExtShared = true }) }, state: reports.Failed, steps: "claimed failed", told: "another organisation"},
		{name: "about to be shared with another organisation", prepare: func(o *office) { o.slack.Change(team, func(c *fakeslack.Channel) { c.PendingExtShared = true }) }, state: reports.Failed, steps: "claimed failed", told: "another organisation"},
		{name: "shared between two attempts", prepare: func(o *office) {
			o.slack.Fail("chat.postMessage", fakeslack.Fault{RetryAfter: 2 * time.Minute})
			time.AfterFunc(time.Minute, func() { o.slack.Change(team, func(c *fakeslack.Channel) { c.PendingExtShared = true }) })
		}, state: reports.Failed, steps: "posting refused failed failed told", told: "another organisation"},
		{name: "Slack posts late, after the client gave up", prepare: once(fakeslack.Fault{Hang: true, Late: 75 * time.Second}), state: reports.Posted, messages: 1, steps: "posting failed found in the channel uploaded"},
		{name: "no permission to upload", prepare: func(o *office) { o.slack.TakeScope("files:write") }, state: reports.Posted, messages: 1, steps: "picture left out picture left out posting in the channel"},
		{name: "uploads are switched off", prepare: func(o *office) {
			o.slack.Fail("files.completeUploadExternal", fakeslack.Fault{Error: "file_uploads_disabled"})
		}, state: reports.Posted, messages: 1, steps: "picture left out picture left out posting in the channel"},
		{name: "one picture is refused", prepare: func(o *office) {
			o.slack.Fail("files.getUploadURLExternal", fakeslack.Fault{Error: "file_upload_size_restricted"})
		}, state: reports.Posted, messages: 1, steps: "picture left out uploaded posting in the channel uploaded uploaded posting"},
		{name: "a word that nobody knows, once", prepare: once(fakeslack.Fault{Error: "moon_in_retrograde"}), state: reports.Posted, messages: 1, steps: "refused failed posting"},
		{name: "a word that nobody knows", prepare: func(o *office) {
			o.slack.Fail("chat.postMessage", fakeslack.Fault{Error: "moon_in_retrograde", Times: 1000, Channel: team})
		}, state: reports.Failed, steps: "refused failed posting refused failed told", told: "moon_in_retrograde"},
		{name: "blocks are refused for ever", prepare: func(o *office) {
			o.slack.Fail("chat.postMessage", fakeslack.Fault{Error: "msg_blocks_too_long", Times: 2})
		}, state: reports.Posted, messages: 1, steps: "refused posting refused posting in the channel uploaded uploaded posting in the channel posted"},
		{name: "Slack is down for longer than the digest may be late", prepare: func(o *office) {
			o.slack.Fail("conversations.info", fakeslack.Fault{Status: 500, Times: 100_000})
		}, state: reports.Failed, steps: "failed failed failed told", told: "no useful answer"},
		{name: "Slack is down for an hour", prepare: func(o *office) {
			o.slack.Fail("files.getUploadURLExternal", fakeslack.Fault{Status: 500, Times: 8})
		}, state: reports.Posted, messages: 1, steps: "picture left out posting"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				o := newOffice(t)
				if tt.prepare != nil {
					tt.prepare(o)
				}
				if err := o.deliver(t.Context(), o.process("one", nil)); err != nil {
					t.Fatal(err)
				}
				d := o.delivery()
				var steps []string
				for _, s := range d.Steps {
					steps = append(steps, s.What)
				}
				if d.State != tt.state || !strings.Contains(strings.Join(steps, " "), tt.steps) {
					t.Errorf("state %s after %q; want %s after %q", d.State, steps, tt.state, tt.steps)
				}
				if n := len(o.digests(team)); n != tt.messages {
					t.Errorf("%d digests in the channel; want %d", n, tt.messages)
				}
				direct := o.slack.Direct("U00000000ED")
				switch {
				case tt.told == "" && len(direct) > 0:
					t.Errorf("told %q; want nothing", direct[0].Text)
				case tt.told != "" && !slices.ContainsFunc(direct, func(m fakeslack.Message) bool { return strings.Contains(m.Text, tt.told) }):
					t.Errorf("told %+v; want %q", direct, tt.told)
				case len(direct) > 2 || len(direct) == 2 && direct[0].Text == direct[1].Text:
					t.Errorf("told %+v; want it once", direct)
				}
				synctest.Wait()
			})
		})
	}
}

func TestMessageAsItArrives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		if err := o.deliver(t.Context(), o.process("one", nil)); err != nil {
			t.Fatal(err)
		}
		m := o.digests(team)[0]
		if !bytes.Contains(m.Metadata, []byte(`"key":"team/`)) {
			t.Errorf("metadata %s; want the delivery's key", m.Metadata)
		}
		if strings.Contains(string(m.Blocks)+m.Text, "<!channel>") || !strings.Contains(m.Text, "Handled: 40") {
			t.Errorf("text %q", m.Text)
		}
		var blocks []map[string]any
		if err := json.Unmarshal(m.Blocks, &blocks); err != nil {
			t.Fatal(err)
		}
		pictures := 0
		for _, b := range blocks {
			if b["type"] == "image" {
				pictures++
				file := o.slack.File(b["slack_file"].(map[string]any)["id"].(string))
				if file == nil || !bytes.HasPrefix(file.Bytes, []byte("\x89PNG")) || file.Alt == "" {
					t.Errorf("picture %v is %+v", b, file)
				}
			}
		}
		if pictures != 2 {
			t.Errorf("%d pictures; want 2", pictures)
		}
		threads := o.threads(team)
		if len(threads) != 1 || threads[0].ThreadTS != m.TS || strings.Count(string(threads[0].Blocks), `"slack_file"`) != 2 || !strings.Contains(string(threads[0].Blocks), "so so") {
			t.Errorf("threads %+v; want one with the other pictures and what visitors wrote", threads)
		}
		for _, c := range o.slack.Calls("chat.postMessage") {
			if c.Args["unfurl_links"] != "false" || c.Args["unfurl_media"] != "false" {
				t.Errorf("posted with %v; want no unfurling", c.Args)
			}
		}
	})
}

// dying is a store that ends its process at the n-th operation, before or after
// it happened.
type dying struct {
	delivery.Store
	mu     sync.Mutex
	left   int
	after  bool
	cancel context.CancelFunc
}

func (d *dying) dies(after bool) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if after != d.after {
		return false
	}
	d.left--
	if d.left == 0 {
		d.cancel()
	}
	return d.left <= 0
}

func (d *dying) InsertDelivery(ctx context.Context, x reports.Delivery) (bool, error) {
	if d.dies(false) {
		return false, context.Canceled
	}
	ok, err := d.Store.InsertDelivery(ctx, x)
	if d.dies(true) {
		return false, context.Canceled
	}
	return ok, err
}

func (d *dying) SwapDelivery(ctx context.Context, x reports.Delivery, version int64) (bool, error) {
	if d.dies(false) {
		return false, context.Canceled
	}
	ok, err := d.Store.SwapDelivery(ctx, x, version)
	if d.dies(true) {
		return false, context.Canceled
	}
	return ok, err
}

// TestOneDigest runs three processes, of which two die at every place where
// they write, and one at a time that falls in the middle of a call. There is
// exactly one message.
func TestOneDigest(t *testing.T) {
	for n := 1; n <= 4; n++ {
		for _, after := range []bool{false, true} {
			for _, fault := range []string{"", "hang", "hang after"} {
				name := fmt.Sprintf("dies at write %d, after %v, %s", n, after, fault)
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) {
						o := newOffice(t)
						if fault != "" {
							o.slack.Fail("chat.postMessage", fakeslack.Fault{Hang: true, AfterWork: fault == "hang after"})
						}
						var wg sync.WaitGroup
						for i, name := range []string{"one", "two"} {
							ctx, cancel := context.WithCancel(t.Context())
							defer cancel()
							b := o.process(name, &dying{Store: o.store, left: n + i, after: after, cancel: cancel})
							wg.Go(func() {
								time.Sleep(time.Duration(i) * time.Second)
								o.deliver(ctx, b) // it dies: what it returns is nobody's
							})
						}
						wg.Go(func() {
							time.Sleep(7 * time.Second)
							if err := o.deliver(t.Context(), o.process("three", nil)); err != nil {
								t.Error(err)
							}
						})
						wg.Wait()
						if got := len(o.digests(team)); got != 1 {
							t.Errorf("%d digests; want exactly one\n%+v", got, o.delivery().Steps)
						}
						if d := o.delivery(); d.State != reports.Posted || d.TS != o.digests(team)[0].TS {
							t.Errorf("recorded %s %s; want posted %s", d.State, d.TS, o.digests(team)[0].TS)
						}
					})
				})
			}
		}
	}
}

func TestScheduler(t *testing.T) {
	t.Run("three processes, three Mondays, other channels fail", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			o := newOffice(t)
			bad := o.sub
			bad.ID, bad.Channel = "bad", "C0000000002"
			if err := o.store.AddSubscription(t.Context(), bad, "U1"); err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(t.Context())
			var wg sync.WaitGroup
			for _, name := range []string{"one", "two", "three"} {
				b := o.process(name, nil)
				wg.Go(func() { b.Run(ctx) })
			}
			time.Sleep(3 * 7 * 24 * time.Hour)
			stop()
			wg.Wait()
			if n := len(o.digests(team)); n != 3 {
				t.Errorf("%d digests after three weeks; want 3", n)
			}
			if n := len(o.slack.Direct("U00000000ED")); n != 3 {
				t.Errorf("told %d times of the channel that fails; want once a week", n)
			}
			for _, m := range o.digests(team) {
				var seconds float64
				fmt.Sscanf(m.TS, "%f", &seconds)
				if at := time.Unix(int64(seconds), 0).UTC(); at.Weekday() != time.Monday || at.Hour() != 9 || at.Minute() > 2 {
					t.Errorf("posted on %s; want Monday 09:00", at.Format(time.RFC1123))
				}
			}
		})
	})

	t.Run("down for two Mondays", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			o := newOffice(t)
			// It starts on a Saturday: the bubble's clock begins on 1 January 2000.
			time.Sleep(2*7*24*time.Hour + 60*time.Hour) // Monday 12:00, three hours late
			ctx, stop := context.WithTimeout(t.Context(), time.Hour)
			defer stop()
			o.process("one", nil).Run(ctx)
			if n := len(o.digests(team)); n != 1 {
				t.Errorf("%d digests; want the last one, three hours late", n)
			}
			list, err := o.store.Deliveries(t.Context(), 0)
			if err != nil {
				t.Fatal(err)
			}
			var states []string
			for _, d := range list {
				states = append(states, string(d.State))
			}
			if got := strings.Join(states, " "); got != "posted missed missed" {
				t.Errorf("deliveries, newest first: %s; want posted missed missed", got)
			}
			if direct := o.slack.Direct("U00000000ED"); len(direct) != 2 || !strings.Contains(direct[0].Text, "not running") {
				t.Errorf("told %+v; want of each missed one, once", direct)
			}
		})
	})

	t.Run("paused", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			o := newOffice(t)
			if err := o.store.ChangeSubscription(t.Context(), "team", "U1", func(s *reports.Subscription) { s.Paused = true }); err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithTimeout(t.Context(), 15*24*time.Hour)
			defer stop()
			o.process("one", nil).Run(ctx)
			if n := len(o.slack.Messages(team)); n != 0 {
				t.Errorf("%d messages while paused; want none", n)
			}
		})
	})
}
