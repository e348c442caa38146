package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"agentreport/bot"
	"agentreport/bot/fakeslack"
	"agentreport/reports"
	"agentreport/reports/sample"
	"agentreport/reports/topics"
	"agentreport/store"
	"agentreport/store/sqlite"
)

type demoCmd struct {
	Addr   string `default:"127.0.0.1:0" placeholder:"ADDRESS" help:"Where the page is, on this machine alone (default: a free port)."`
	NoOpen bool   `help:"Do not open a browser."`
}

// The sample data of the demo. It is the same every time.
const (
	demoSeed          = 1
	demoWeeks         = 26
	demoAhead         = 12 // weeks into which the clock can be moved
	demoConversations = 420
	demoChannel       = "C0000000001"
	demoEditor        = "U00000000ED"
)

// demoZone is where the people of the workspace are.
var demoZone = func() *time.Location {
	zone, err := time.LoadLocation("Europe/Madrid")
	if err != nil {
		return time.UTC
	}
	return zone
}()

const demoAbout = "Sample data: no such shop exists, and nothing leaves this machine."

func (c *demoCmd) Run(a *app) error {
	host, _, err := net.SplitHostPort(c.Addr)
	if ip := net.ParseIP(host); err != nil || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return usagef("--addr: %q is not an address of this machine alone, such as 127.0.0.1:8099", c.Addr)
	}
	rules, definition, err := a.cfg.rules()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "agent-report-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b, err := sqlite.Open(a.ctx, dir)
	if err != nil {
		return err
	}
	s, err := store.Open(a.ctx, b, rules)
	if err != nil {
		return errors.Join(err, b.Close())
	}
	defer s.Close()
	listener, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return fmt.Errorf("--addr: %w", err)
	}
	d := newDemo(a, s, rules)
	return d.run(a.ctx, definition, listener, func(address string) {
		fmt.Fprintf(a.out, "Try it at %s (Ctrl-C ends it)\n", address)
		if !c.NoOpen {
			openBrowser(address)
		}
	})
}

// demo is the bot as it is in production, in a stand-in workspace, with a clock
// that can be moved and a customer agent that learns what people answer.
type demo struct {
	app   *app
	store *store.Store
	rules reports.Rules
	slack *fakeslack.Server
	wake  chan struct{}

	ahead atomic.Int64 // nanoseconds by which the clock differs from the real one

	mu     sync.Mutex
	events []reports.Event // that have not happened yet, in order of time
	dodged int             // questions that the agent could answer by now
}

func newDemo(a *app, s *store.Store, rules reports.Rules) *demo {
	d := &demo{app: a, store: s, rules: rules, wake: make(chan struct{}, 1)}
	d.slack = fakeslack.New(d.now)
	s.SetClock(d.now)
	monday := reports.WeekOf(time.Now(), demoZone).Start(demoZone)
	until := monday.AddDate(0, 0, 7*demoAhead)
	d.events = slices.SortedStableFunc(sample.Events(sample.Options{Seed: demoSeed, Weeks: demoWeeks + demoAhead, Conversations: demoConversations, Until: until}),
		func(x, y reports.Event) int { return x.At.Compare(y.At) })
	d.set(monday.AddDate(0, 0, -7).Add(9 * time.Hour))
	return d
}

func (d *demo) now() time.Time { return time.Now().Add(time.Duration(d.ahead.Load())) }

func (d *demo) set(t time.Time) { d.ahead.Store(int64(time.Until(t))) }

// run serves until ctx ends. Ready is called with the page's address once there
// is something to see.
func (d *demo) run(ctx context.Context, definition reports.Definition, listener net.Listener, ready func(address string)) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	address := "http://" + listener.Addr().String()
	d.slack.URL = address
	back, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	d.slack.RequestURL = "http://" + back.Addr().String()
	served := *d.app
	served.cfg = &Config{
		SlackBotToken: fakeslack.BotToken, SlackSigningSecret: fakeslack.SigningSecret, SlackAPIURL: address + "/api",
		IngestToken: demoToken, Listen: back.Addr().String(), DigestCatchUp: "24h", DigestLanguage: "en", Definition: definition.String(),
		Editors: []string{demoEditor, fakeslack.SpanishEditor},
	}
	served.now, served.wake, served.logs = d.now, d.wake, slog.LevelWarn
	served.getenv = demoSettings(address) // nothing leaves this machine: no vendor is asked
	all, err := served.sources()
	if err != nil {
		return err
	}
	hooks := &demoWebhooks{sources: all, began: d.now().Add(-time.Hour), app: d.slack.RequestURL}

	mux := http.NewServeMux()
	for _, path := range []string{"/api/", "/upload/", "/response/"} {
		mux.Handle(path, fakeslack.SameOrigin(d.slack))
	}
	mux.Handle(demoVendor+"/", fakeslack.SameOrigin(http.StripPrefix(demoVendor, http.HandlerFunc(hooks.vendor))))
	mux.Handle("/", d.slack.Page(fakeslack.PageOptions{About: demoAbout, Commands: commandLines(), MoveClock: d.move, Webhooks: hooks.names(), Webhook: hooks.send}))
	front := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() {
		if err := front.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			stop(err)
		}
	})
	defer front.Close()

	bar := d.app.progress(-1, "making half a year of sample data")
	if err := d.happen(ctx, d.now()); err != nil {
		return err
	}
	bar.Finish()
	made := d.now().Add(-time.Hour).UTC()
	sub := reports.Subscription{
		ID: "team", Channel: demoChannel, Schedule: "0 9 * * MON", Zone: demoZone.String(), Language: "en", Definition: definition.String(),
		CreatedBy: demoEditor, CreatedAt: made, ActiveAt: made,
	}
	if err := d.store.AddSubscription(ctx, sub, demoEditor); err != nil {
		return err
	}
	wg.Go(func() {
		if err := served.serve(ctx, d.store, definition, back); err != nil {
			stop(err)
		}
	})
	// Last Monday's digest comes first: this Monday's compares with it.
	if err := d.digests(ctx, 1); err != nil {
		return err
	}
	if err := d.move(ctx, "monday"); err != nil {
		return err
	}
	if err := d.digests(ctx, 2); err != nil {
		return err
	}
	ready(address)
	<-ctx.Done()
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		return cause
	}
	return nil
}

// digests waits until so many at least are in the channel, and none is under way.
func (d *demo) digests(ctx context.Context, least int) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for {
		list, err := d.store.Deliveries(ctx, 0)
		if err != nil {
			return err
		}
		if len(list) >= least && !slices.ContainsFunc(list, func(d reports.Delivery) bool { return !d.Done() }) {
			return nil
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return fmt.Errorf("the digest did not come: %w", cmp.Or(context.Cause(ctx), ctx.Err()))
		}
	}
}

// move sets the clock forward, to the next Monday at 09:00 or by a day, and lets
// happen what happens until then.
func (d *demo) move(ctx context.Context, to string) error {
	if err := d.digests(ctx, 0); err != nil { // one under way would be too late
		return err
	}
	now := d.now().In(demoZone)
	at := now.AddDate(0, 0, 1)
	if to == "monday" {
		at = reports.WeekOf(now, demoZone).Start(demoZone).Add(9 * time.Hour)
		for !at.After(now) {
			at = at.AddDate(0, 0, 7)
		}
	}
	if err := d.happen(ctx, at); err != nil {
		return err
	}
	d.set(at)
	select {
	case d.wake <- struct{}{}:
	default:
	}
	return nil
}

// happen records the events up to a moment. A question on a topic for which people
// wrote an answer is answered four times out of five: that is what a
// customer agent does that reads the answers.
func (d *demo) happen(ctx context.Context, until time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, _ := slices.BinarySearchFunc(d.events, until, func(e reports.Event, t time.Time) int { return e.At.Compare(t) })
	answers, err := d.store.Answers(ctx)
	if err != nil {
		return err
	}
	known := map[int]bool{}
	for _, x := range answers {
		known[x.Topic] = !x.Unpublished
	}
	var list []reports.Event
	err = d.store.ReadTopics(ctx, func(state *topics.State) error {
		for _, e := range d.events[:n] {
			if len(known) > 0 && e.Type == reports.Unanswered && known[state.Nearest(topics.Text{Text: e.Question, Language: e.Language})] {
				if d.dodged++; d.dodged%5 != 0 {
					continue
				}
			}
			list = append(list, e)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for chunk := range slices.Chunk(list, importChunk) {
		if _, err := d.store.Record(ctx, chunk); err != nil {
			return err
		}
	}
	d.events = d.events[n:]
	_, err = d.store.Group(ctx, nil)
	return err
}

// commandLines are what can be typed, for completion.
func commandLines() []string {
	var lines []string
	for _, name := range bot.CommandNames() {
		lines = append(lines, bot.CommandName+" "+name)
	}
	return append(lines, bot.CommandName+" rates last 8 weeks", bot.CommandName+" impact this week public", bot.CommandName+" note new returns policy")
}

// openBrowser shows an address; who has no browser here has the address printed.
func openBrowser(address string) {
	command := map[string]string{"darwin": "open", "windows": "rundll32 url.dll,FileProtocolHandler"}[runtime.GOOS]
	words := append(strings.Fields(cmp.Or(command, "xdg-open")), address)
	if path, err := exec.LookPath(words[0]); err == nil {
		exec.Command(path, words[1:]...).Start()
	}
}
