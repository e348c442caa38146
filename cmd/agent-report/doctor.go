package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"agentreport/bot"
	"agentreport/bot/views"
	"agentreport/reports"
	"agentreport/reports/lang"
	"agentreport/store"
)

// botScopes are the permissions that the app asks for, and no more.
var botScopes = []string{
	"commands", "chat:write", "files:write", "files:read", "users:read", "channels:read", "groups:read",
	"channels:history", "groups:history", "usergroups:read", "im:write",
}

type doctorCmd struct {
	Live bool `help:"Ask Slack itself about every view, and send DIGEST_OWNER a picture. It takes a minute or more."`
}

// maxSkew is how far the clock may be off: signatures are refused beyond.
const maxSkew = 2 * time.Minute

func (c *doctorCmd) Run(a *app) error {
	d := &doctor{app: a, asks: c.Live}
	d.configuration()
	d.store()
	d.sources()
	d.embeddings()
	d.slack()
	if d.bad > 0 {
		fmt.Fprintf(a.out, "\n%s to mend\n", plural(d.bad, "thing"))
		return exitCode(exitDiffers)
	}
	fmt.Fprintln(a.out, "\nall well")
	return nil
}

type doctor struct {
	*app
	bad  int
	asks bool // whether Slack itself is asked about every view
	subs []reports.Subscription
}

func (d *doctor) ok(format string, args ...any) {
	fmt.Fprintf(d.out, "ok    "+format+"\n", args...)
}

func (d *doctor) note(format string, args ...any) {
	fmt.Fprintf(d.out, "note  "+format+"\n", args...)
}

func (d *doctor) wrong(format string, args ...any) {
	d.bad++
	fmt.Fprintf(d.out, "BAD   "+format+"\n", args...)
}

func (d *doctor) configuration() {
	if err := d.checkServe(); err != nil {
		for line := range strings.Lines(err.Error()) {
			d.wrong("%s", strings.TrimSpace(line))
		}
		return
	}
	d.ok("configuration: zone %s, window %s, definition %s, retention %s", d.cfg.Zone, d.cfg.Window, d.cfg.Definition, d.cfg.Retention)
}

func (d *doctor) store() {
	err := d.with(func(s *store.Store, _ reports.Definition) error {
		if err := s.Ping(d.ctx); err != nil {
			return err
		}
		d.ok("store: %s", d.cfg.where())
		sources, err := s.Sources(d.ctx)
		if err != nil {
			return err
		}
		if len(sources) == 0 {
			d.note("no events yet: 'agent-report import FILE', or POST /v1/events")
		}
		for _, src := range sources {
			d.ok("source %s: last event %s", src.Name, src.LastAt.In(s.Rules().Zone).Format("2006-01-02 15:04 MST"))
		}
		tokens, err := s.Tokens(d.ctx)
		if err != nil {
			return err
		}
		if len(tokens) == 0 && d.cfg.IngestToken == "" {
			d.note("no token for sending events: 'agent-report tokens create NAME' makes one")
		}
		d.subs, err = s.Subscriptions(d.ctx)
		if err != nil {
			return err
		}
		for _, sub := range d.subs {
			d.ok("subscription %s: %s, next %s", sub.ID, sub.Channel, nextDue(sub, time.Now()))
			if len(sub.Tells()) == 0 {
				how := "'agent-report subscriptions tell " + sub.ID + " U…' names somebody"
				if sub.Managed {
					how = "set DIGEST_OWNER"
				}
				d.note("subscription %s: nobody would be told in Slack if its digest failed: %s", sub.ID, how)
			}
		}
		failing, err := s.Failing(d.ctx)
		if err != nil {
			return err
		}
		for _, f := range failing {
			d.wrong("digest %s: %s: %s", f.ID, f.State, views.Reason(&f, lang.For("en")))
		}
		return nil
	})
	if err != nil {
		d.wrong("store: %v", err)
	}
}

// sources tells of the other systems that are set up: by which ways, and what they never
// tell.
func (d *doctor) sources() {
	all, err := d.app.sources()
	if err != nil {
		return // told with the configuration
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		c := all[name]
		if c.Secret == "" && c.Token == "" {
			continue
		}
		if lacks := english.Facts(c.Lacks); lacks != "" {
			d.ok("source %s: set up for %s; it never tells %s", c.EventSource(), setUp(c), lacks)
		} else {
			d.ok("source %s: set up for %s", c.EventSource(), setUp(c))
		}
		for _, missing := range c.Missing() {
			d.wrong("source %s: %s", c.EventSource(), missing)
		}
	}
}

func (d *doctor) embeddings() {
	client, err := d.cfg.embedder()
	if client == nil || err != nil {
		return // nothing to try, or told with the configuration
	}
	start := time.Now()
	vectors, err := client.Embed(d.ctx, []string{"Where is my order?"})
	if err != nil {
		d.wrong("%v: questions are grouped by their words alone until it answers; see AGENT_REPORT_EMBEDDINGS_URL, _KEY and _MODEL", err)
		return
	}
	d.ok("embeddings: %s answers with %d numbers in %s", client.Model(), len(vectors[0]), time.Since(start).Round(time.Millisecond))
}

func (d *doctor) slack() {
	if d.cfg.SlackBotToken == "" {
		if d.asks {
			d.wrong("Slack: --live needs SLACK_BOT_TOKEN: 'agent-report manifest' prints the app to install")
			return
		}
		d.note("no SLACK_BOT_TOKEN: nothing is posted; 'agent-report manifest' prints the app to install")
		return
	}
	client, err := d.cfg.slackClient()
	if err != nil {
		d.wrong("Slack: %v", err)
		return
	}
	var headers http.Header
	slack.OptionOnResponseHeaders(func(path string, h http.Header) {
		if strings.Contains(path, "auth.test") {
			headers = h
		}
	})(client)
	auth, err := client.AuthTestContext(d.ctx)
	if err != nil {
		d.wrong("Slack: %v: check SLACK_BOT_TOKEN, and that the app is installed", err)
		return
	}
	d.ok("Slack: %s in workspace %s", auth.User, auth.Team)
	if at, err := http.ParseTime(headers.Get("Date")); err == nil {
		if skew := time.Since(at).Abs(); skew > maxSkew {
			d.wrong("clock: it differs from Slack's by %s: set it, for instance with NTP", skew.Round(time.Second))
		} else {
			d.ok("clock: within %s of Slack's", maxSkew)
		}
	}
	if granted := headers.Get("X-OAuth-Scopes"); granted != "" {
		have := strings.Split(granted, ",")
		var missing []string
		for _, s := range botScopes {
			if !slices.Contains(have, s) {
				missing = append(missing, s)
			}
		}
		if len(missing) > 0 {
			d.wrong("permissions: the app lacks %s: add them under OAuth & Permissions and install it again", strings.Join(missing, ", "))
		} else {
			d.ok("permissions: all that are needed")
		}
	}
	if d.cfg.SlackAppToken == "" && d.cfg.SlackSigningSecret == "" {
		d.note("neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET: digests are posted, but nothing that people do in Slack arrives")
	}
	d.channels(client)
	if d.asks {
		d.live()
	}
	d.note("to check in your workspace: run 'agent-report subscriptions send-now ID' and ask a colleague whether the four charts show in the message")
}

func (d *doctor) channels(client *slack.Client) {
	channels := map[string]bool{}
	for _, s := range d.subs {
		channels[s.Channel] = true
	}
	if d.cfg.DigestChannel != "" {
		channels[d.cfg.DigestChannel] = true
	}
	for id := range channels {
		ch, err := client.GetConversationInfoContext(d.ctx, &slack.GetConversationInfoInput{ChannelID: id})
		var refused slack.SlackErrorResponse
		switch {
		case errors.As(err, &refused) && refused.Err == "channel_not_found":
			d.wrong("channel %s: not found, or private and the bot is not in it: type /invite @%s there", id, "agent-report")
		case err != nil:
			d.wrong("channel %s: %v", id, err)
		case ch.IsArchived:
			d.wrong("channel #%s: is archived: choose another", ch.Name)
		case ch.IsExtShared || ch.IsPendingExtShared:
			d.wrong("channel #%s: is shared with another organisation, and reports stay inside: choose another", ch.Name)
		case !ch.IsMember:
			d.wrong("channel #%s: the bot is not in it: type /invite @agent-report there", ch.Name)
		default:
			d.ok("channel #%s: the bot is in it", ch.Name)
		}
	}
}

type manifestCmd struct {
	Name       string `default:"Agent Report" help:"Name of the app in Slack (${default})."`
	SocketMode bool   `xor:"transport" help:"For Socket Mode: what people do arrives over a connection that the bot opens."`
	URL        string `name:"url" xor:"transport" placeholder:"URL" help:"For HTTP: the bot's address as Slack reaches it, https."`
}

func (c *manifestCmd) Run(a *app) error {
	if n := len([]rune(c.Name)); n < 1 || n > 35 || strings.ContainsAny(c.Name, "\"\\\n") {
		return usagef("--name: is 1 to 35 characters, without quotes")
	}
	if u, err := url.Parse(c.URL); c.URL != "" && (err != nil || u.Scheme != "https" || u.Host == "" || strings.ContainsAny(c.URL, "\"\\ ")) {
		return usagef("--url: %q is not an address such as https://bot.example.com: Slack calls over https only", c.URL)
	}
	fmt.Fprintf(a.out, `display_information:
  name: "%s"
  description: What your AI customer agent was worth, every Monday
  background_color: "#0072b2"
features:
  bot_user:
    display_name: agent-report
    always_online: true
`, c.Name)
	// Without a way for Slack to reach the bot there is nothing to type.
	reachable := c.SocketMode || c.URL != ""
	base := strings.TrimSuffix(c.URL, "/")
	if reachable {
		fmt.Fprintf(a.out, `  slash_commands:
    - command: %s
      description: What your AI customer agent was worth
      usage_hint: "[report] [last 8 weeks] [channel:email] [public]"
      should_escape: false
`, bot.CommandName)
		if c.URL != "" {
			fmt.Fprintf(a.out, "      url: \"%s/slack/commands\"\n", base)
		}
	}
	if reachable {
		fmt.Fprint(a.out, "  app_home:\n    home_tab_enabled: true\n    messages_tab_enabled: true\n    messages_tab_read_only_enabled: true\n")
	}
	fmt.Fprint(a.out, "oauth_config:\n  scopes:\n    bot:\n")
	for _, s := range botScopes {
		if s != "commands" || reachable {
			fmt.Fprintf(a.out, "      - %s\n", s)
		}
	}
	fmt.Fprintf(a.out, `settings:
  org_deploy_enabled: false
  socket_mode_enabled: %v
  token_rotation_enabled: false
`, c.SocketMode)
	switch {
	case c.SocketMode:
		fmt.Fprint(a.out, "  interactivity:\n    is_enabled: true\n  event_subscriptions:\n    bot_events:\n      - app_home_opened\n")
	case c.URL != "":
		fmt.Fprintf(a.out, "  interactivity:\n    is_enabled: true\n    request_url: \"%[1]s/slack/interactions\"\n    message_menu_options_url: \"%[1]s/slack/options\"\n"+
			"  event_subscriptions:\n    request_url: \"%[1]s/slack/events\"\n    bot_events:\n      - app_home_opened\n", base)
	}
	return nil
}

type healthCmd struct{}

func (c *healthCmd) Run(a *app) error {
	host, port, err := net.SplitHostPort(a.cfg.Listen)
	if err != nil {
		return usagef("AGENT_REPORT_LISTEN: %w", err)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(a.ctx, 4*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/readyz", nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the server answers %s", res.Status)
	}
	fmt.Fprintln(a.out, "ready")
	return nil
}

type versionCmd struct{}

// version is set by the build of a release.
var version string

func (c *versionCmd) Run(a *app) error {
	v := version
	if v == "" {
		v = "development"
		if info, ok := debug.ReadBuildInfo(); ok {
			if info.Main.Version != "" && info.Main.Version != "(devel)" {
				v = info.Main.Version
			}
		}
	}
	fmt.Fprintln(a.out, "agent-report", v)
	return nil
}
