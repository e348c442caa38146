package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"agentreport/bot"
	"agentreport/bot/delivery"
	"agentreport/bot/webhook"
	"agentreport/handlers"
	"agentreport/reports"
	"agentreport/store"
)

type serveCmd struct{}

// sweepEvery is how often work that another process left is looked for.
const sweepEvery = 30 * time.Second

// groupEvery is how often new questions are put into topics.
const groupEvery = time.Second

// retainEvery is how often what is too old is stripped.
const retainEvery = 6 * time.Hour

func (c *serveCmd) Run(a *app) error {
	if err := a.checkServe(); err != nil {
		return err
	}
	return a.with(func(s *store.Store, definition reports.Definition) error {
		listener, err := net.Listen("tcp", a.cfg.Listen)
		if err != nil {
			return fmt.Errorf("AGENT_REPORT_LISTEN: %w", err)
		}
		return a.serve(a.ctx, s, definition, listener)
	})
}

// checkServe finds everything that is wrong with the configuration.
func (a *app) checkServe() error {
	var p problems
	_, _, err := a.cfg.rules()
	if err != nil {
		p = append(p, err)
	}
	_, err = a.cfg.retention()
	p.add("AGENT_REPORT_RETENTION", err)
	_, err = a.cfg.minutes()
	p.add("AGENT_REPORT_MINUTES_PER_CONVERSATION", err)
	p.add("AGENT_REPORT_LISTEN", a.cfg.listen())
	if _, err := a.cfg.embedder(); err != nil {
		p = append(p, err)
	}
	if _, err := a.cfg.webhook(); err != nil {
		p = append(p, err)
	}
	if _, err := a.sources(); err != nil {
		p = append(p, err)
	}
	catchUp, err := time.ParseDuration(a.cfg.DigestCatchUp)
	if err == nil && (catchUp < time.Minute || catchUp > 6*24*time.Hour) {
		err = fmt.Errorf("%q is not between 1m and 144h: a later digest would meet the next", a.cfg.DigestCatchUp)
	}
	p.add("DIGEST_CATCH_UP", err)
	if api := a.cfg.SlackAPIURL; api != "" && !bot.CheckAPI(api) {
		p.add("SLACK_API_URL", fmt.Errorf("%q is not an https address (plain http is for this machine alone)", api))
	}
	if a.cfg.DigestChannel != "" {
		_, err := a.cfg.subscription(time.Now())
		if err != nil {
			p = append(p, err)
		}
		if a.cfg.SlackBotToken == "" {
			p.add("SLACK_BOT_TOKEN", errors.New("is required to post the digest to DIGEST_CHANNEL; 'agent-report manifest' prints the app to install"))
		}
	}
	return p.err()
}

// serve runs until the context ends: the HTTP server, the digests, the sweep
// and the retention. It then ends them in reverse.
func (a *app) serve(ctx context.Context, s *store.Store, definition reports.Definition, listener net.Listener) error {
	log := a.logger()
	metrics := handlers.NewMetrics()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)

	// What a process that crashed left undone comes first.
	if err := sweep(ctx, s, metrics); err != nil {
		log.Warn("sweep", "error", err)
	}
	if a.cfg.DigestChannel != "" {
		if err := a.keepSubscription(ctx, s); err != nil {
			return err
		}
	}
	h := &handlers.Server{Store: s, IngestToken: a.cfg.IngestToken, Log: log, Metrics: metrics, SigningSecret: a.cfg.SlackSigningSecret}
	var err error
	if h.Sources, err = a.sources(); err != nil {
		return err
	}
	var sender *delivery.Sender
	if a.cfg.SlackBotToken != "" {
		if sender, err = a.sender(s, log); err != nil {
			return err
		}
		sender.Delivered = metrics.Delivered
		h.Dispatch = handlers.NewDispatch(bot.New(bot.Config{
			Slack: sender.Slack, Store: s, Delivery: sender, Rules: s.Rules(), Definition: definition,
			Editors: a.cfg.Editors, Lacks: lacks(h.Sources), API: a.cfg.SlackAPIURL, Log: log, Now: a.now,
		}), log)
	}
	server := &http.Server{
		Handler: h.Routes(), ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: 60 * time.Second, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 1 << 16,
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			stop(fmt.Errorf("HTTP server: %w", err))
		}
	})
	wg.Go(func() {
		rules, sweeps := complaint{log: log, what: "this server stores nothing any more"}, complaint{log: log, what: "sweep"}
		every(ctx, sweepEvery, func() {
			err := s.CheckRules(ctx)
			rules.about(ctx, err)
			if err == nil {
				sweeps.about(ctx, sweep(ctx, s, metrics))
			}
		})
	})
	wg.Go(func() { a.groupQuestions(ctx, s, metrics, log) })
	for _, c := range h.Sources {
		if c.HasPast() && c.Token != "" {
			wg.Go(func() {
				trouble := complaint{log: log, what: "read " + c.EventSource()}
				every(ctx, reconcileEvery, func() { trouble.about(ctx, a.reconcile(ctx, s, c, time.Now(), metrics.Took)) })
			})
		}
	}
	if hook, err := a.cfg.webhook(); err == nil && hook != nil {
		outbox := &webhook.Outbox{Hook: hook, Store: s, Log: log, Told: metrics.Told}
		wg.Go(func() { outbox.Run(ctx) })
	}
	if days, err := a.cfg.retention(); err == nil && days > 0 {
		wg.Go(func() {
			retention := complaint{log: log, what: "retention"}
			every(ctx, retainEvery, func() {
				n, err := s.Retain(ctx, reports.DayOf(time.Now(), time.UTC).Add(-days))
				retention.about(ctx, err)
				if err == nil && n > 0 {
					log.Info("retention", "conversations", n)
				}
			})
		})
	}
	if sender != nil {
		wg.Go(func() { sender.Run(ctx) })
		if a.cfg.SlackAppToken != "" {
			wg.Go(func() { h.Dispatch.Listen(ctx, sender.Slack) })
		}
	}
	log.Info("serving", "address", listener.Addr().String(), "store", a.cfg.where(), "zone", s.Rules().Zone.String(), "definition", definition.String(), "slack", a.cfg.SlackBotToken != "")

	<-ctx.Done()
	log.Info("stopping")
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	err = server.Shutdown(drain)
	if h.Dispatch != nil {
		h.Dispatch.Drain(drain)
	}
	wg.Wait()
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		err = errors.Join(cause, err)
	}
	return err
}

// groupQuestions puts new questions into topics until the context ends.
func (a *app) groupQuestions(ctx context.Context, s *store.Store, metrics *handlers.Metrics, log *slog.Logger) {
	var before store.Understanding
	grouping := complaint{log: log, what: "group questions"}
	every(ctx, groupEvery, func() {
		n, err := s.Group(ctx, nil)
		u := s.Understanding()
		metrics.Grouped(n, int(u.Embedded-before.Embedded), int(u.Without-before.Without))
		grouping.about(ctx, err)
		if u.Err != nil && before.Err == nil {
			log.Warn("questions are grouped by their words alone", "error", u.Err)
		}
		before = u
	})
}

// complaint is the error of something that is done again and again. It is logged
// when it begins or becomes another, not each time.
type complaint struct {
	log  *slog.Logger
	what string
	last string
}

func (c *complaint) about(ctx context.Context, err error) {
	said := ""
	if err != nil {
		said = err.Error()
	}
	if said != "" && said != c.last && ctx.Err() == nil {
		c.log.Warn(c.what, "error", err)
	}
	c.last = said
}

func sweep(ctx context.Context, s *store.Store, m *handlers.Metrics) error {
	n, err := s.Sweep(ctx)
	m.Swept(n)
	return err
}

// every calls f at once and then again and again, until the context ends.
func every(ctx context.Context, d time.Duration, f func()) {
	t := time.NewTicker(d)
	defer t.Stop()
	for {
		f()
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// slackClient talks to Slack, or to a stand-in.
func (c *Config) slackClient() (*slack.Client, error) {
	if c.SlackBotToken == "" {
		return nil, usagef("SLACK_BOT_TOKEN is required: 'agent-report manifest' prints the app to install")
	}
	// A post may take half a minute; nothing may take for ever.
	options := []slack.Option{slack.OptionHTTPClient(&http.Client{Timeout: time.Minute}), slack.OptionAppLevelToken(c.SlackAppToken)}
	if c.SlackAPIURL != "" {
		options = append(options, slack.OptionAPIURL(strings.TrimSuffix(c.SlackAPIURL, "/")+"/"))
	}
	return slack.New(c.SlackBotToken, options...), nil
}

// sender delivers digests for this process.
func (a *app) sender(s *store.Store, log *slog.Logger) (*delivery.Sender, error) {
	client, err := a.cfg.slackClient()
	if err != nil {
		return nil, err
	}
	catchUp, err := time.ParseDuration(a.cfg.DigestCatchUp)
	if err != nil {
		return nil, usagef("DIGEST_CATCH_UP: %w", err)
	}
	minutes, err := a.cfg.minutes()
	if err != nil {
		return nil, usagef("AGENT_REPORT_MINUTES_PER_CONVERSATION: %w", err)
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return &delivery.Sender{
		Slack: client, Store: s, Rules: s.Rules(), CatchUp: catchUp, Minutes: minutes, Log: log, Now: a.now, Wake: a.wake,
		Interactive: a.cfg.SlackAppToken != "" || a.cfg.SlackSigningSecret != "",
		Owner:       fmt.Sprintf("%s/%d/%s", host, os.Getpid(), rand.Text()[:6]),
	}, nil
}
