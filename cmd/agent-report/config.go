package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strconv"
	"time"
	_ "time/tzdata" // the image has no zones of its own

	"github.com/alecthomas/kong"

	"agentreport/bot/webhook"
	"agentreport/reports"
	"agentreport/reports/topics/embeddings"
	"agentreport/store"
	"agentreport/store/mongo"
	"agentreport/store/sqlite"
)

const (
	defaultData   = "./data"
	defaultListen = "127.0.0.1:8080"
)

// Config is what the operator sets, by environment or by flags.
type Config struct {
	MongoDBURI string `name:"mongodb-uri" env:"MONGODB_URI" placeholder:"URI" group:"store" help:"MongoDB to store in; without it the embedded store is used."`
	Data       string `name:"agent-report-data" aliases:"data" env:"AGENT_REPORT_DATA" default:"${data}" placeholder:"DIR" group:"store" help:"Folder of the embedded store (${default})."`
	Zone       string `name:"agent-report-zone" env:"AGENT_REPORT_ZONE" default:"UTC" placeholder:"ZONE" group:"figures" help:"Reporting zone, in which days and weeks are cut (${default})."`
	Definition string `name:"agent-report-definition" env:"AGENT_REPORT_DEFINITION" default:"standard" placeholder:"NAME" group:"figures" help:"What counts as resolved: standard, confirmed or durable (${default})."`
	Window     string `name:"agent-report-window" env:"AGENT_REPORT_WINDOW" default:"72h" placeholder:"DURATION" group:"figures" help:"How long a conversation stays open after its last message (${default})."`
	Retention  string `name:"agent-report-retention" env:"AGENT_REPORT_RETENTION" default:"90d" placeholder:"DAYS" group:"figures" help:"How long what people wrote is kept: days such as 90d, or forever (${default})."`

	Minutes string `name:"agent-report-minutes-per-conversation" env:"AGENT_REPORT_MINUTES_PER_CONVERSATION" placeholder:"MINUTES" group:"figures" help:"What a person spends on a conversation such as those that the agent resolves: the digest then says the hours that were saved. Unset, it says nothing of it."`

	EmbeddingsURL   string `name:"agent-report-embeddings-url" env:"AGENT_REPORT_EMBEDDINGS_URL" placeholder:"URL" group:"topics" help:"An API like OpenAI's whose embeddings help to group questions, as https://host/v1. Masked questions are sent to it; without it nothing is."`
	EmbeddingsKey   string `name:"agent-report-embeddings-key" env:"AGENT_REPORT_EMBEDDINGS_KEY" placeholder:"KEY" group:"topics" help:"Its key, where it wants one."`
	EmbeddingsModel string `name:"agent-report-embeddings-model" env:"AGENT_REPORT_EMBEDDINGS_MODEL" placeholder:"NAME" group:"topics" help:"Its model."`

	AnswersWebhookURL    string `name:"answers-webhook-url" env:"ANSWERS_WEBHOOK_URL" placeholder:"URL" group:"topics" help:"Where every change of a short answer is sent, signed, until it is taken."`
	AnswersWebhookSecret string `name:"answers-webhook-secret" env:"ANSWERS_WEBHOOK_SECRET" placeholder:"SECRET" group:"topics" help:"What it is signed with, at least 16 characters."`

	SlackBotToken      string   `env:"SLACK_BOT_TOKEN" placeholder:"xoxb-…" group:"slack" help:"Bot token of the Slack app."`
	SlackSigningSecret string   `env:"SLACK_SIGNING_SECRET" placeholder:"SECRET" group:"slack" help:"Signing secret of the Slack app, for requests over HTTP."`
	SlackAppToken      string   `env:"SLACK_APP_TOKEN" placeholder:"xapp-…" group:"slack" help:"App-level token, for Socket Mode."`
	Editors            []string `env:"EDITORS" placeholder:"U…,S…" group:"slack" help:"Ids of users and user groups who may change things in Slack (default: every full member)."`
	SlackAPIURL        string   `name:"slack-api-url" env:"SLACK_API_URL" placeholder:"URL" group:"slack" help:"Slack's Web API, or a stand-in for it."`

	DigestChannel  string `env:"DIGEST_CHANNEL" placeholder:"C…" group:"digest" help:"Id of the channel that gets the weekly digest."`
	DigestSchedule string `env:"DIGEST_SCHEDULE" default:"0 9 * * MON" placeholder:"CRON" group:"digest" help:"When, once a week (${default})."`
	DigestTimezone string `env:"DIGEST_TIMEZONE" placeholder:"ZONE" group:"digest" help:"Zone of the schedule; else the reporting zone."`
	DigestLanguage string `env:"DIGEST_LANGUAGE" default:"en" placeholder:"LANG" group:"digest" help:"en or es (${default})."`
	DigestCatchUp  string `env:"DIGEST_CATCH_UP" default:"24h" placeholder:"DURATION" group:"digest" help:"How late a missed digest is still posted (${default})."`
	DigestOwner    string `env:"DIGEST_OWNER" placeholder:"U…" group:"digest" help:"Id of the Slack user to tell when the digest fails."`

	Listen      string `name:"agent-report-listen" env:"AGENT_REPORT_LISTEN" default:"${listen}" placeholder:"ADDR" group:"http" help:"Address of the HTTP server (${default})."`
	Sources     string `name:"agent-report-sources" env:"AGENT_REPORT_SOURCES" placeholder:"DIR" group:"http" help:"Folder of programs in jq, NAME.jq, each of which makes NAME a source. Every source is set up by SOURCE_NAME_SECRET, _TOKEN, _AGENTS, _HANDOFFS, _UNANSWERED and _GAPS (docs/sources)."`
	IngestToken string `name:"agent-report-ingest-token" env:"AGENT_REPORT_INGEST_TOKEN" placeholder:"TOKEN" group:"http" help:"A fixed bearer token for sending events, beside those of 'tokens create'."`
}

var configGroups = []kong.Group{
	{Key: "store", Title: "Store:"},
	{Key: "figures", Title: "Figures:"},
	{Key: "topics", Title: "Topics and answers:"},
	{Key: "slack", Title: "Slack:"},
	{Key: "digest", Title: "Digest from the environment:"},
	{Key: "http", Title: "HTTP:"},
}

// app is what every command works with.
type app struct {
	terminal
	ctx context.Context
	cfg *Config
	// getenv reads the settings of sources; nil for the environment.
	getenv func(string) string
	// The demo's clock, and what has the bot look at it; nil for the real one.
	now  func() time.Time
	wake <-chan struct{}
	// logs is the least that is logged; information where it is not set.
	logs slog.Level
}

// problems gathers everything that is wrong, to say it at once.
type problems []error

func (p *problems) add(name string, err error) {
	if err != nil {
		*p = append(*p, fmt.Errorf("%s: %w", name, err))
	}
}

func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	return usageError{errors.Join(p...)}
}

// rules reads what the figures depend on.
func (c *Config) rules() (reports.Rules, reports.Definition, error) {
	var p problems
	zone, err := parseZone(c.Zone)
	p.add("AGENT_REPORT_ZONE", err)
	window, err := time.ParseDuration(c.Window)
	if err == nil && window <= 0 {
		err = fmt.Errorf("%q is not a positive duration such as 72h", c.Window)
	}
	p.add("AGENT_REPORT_WINDOW", err)
	definition, err := reports.ParseDefinition(c.Definition)
	p.add("AGENT_REPORT_DEFINITION", err)
	return reports.Rules{Zone: zone, Window: window}, definition, p.err()
}

func parseZone(name string) (*time.Location, error) {
	zone, err := time.LoadLocation(cmp.Or(name, "UTC"))
	if err != nil || name == "Local" {
		return nil, fmt.Errorf("%q is not an IANA time zone such as Europe/Madrid", name)
	}
	return zone, nil
}

// retention is how many days what people wrote is kept; 0 is forever.
func (c *Config) retention() (int, error) {
	var days int
	if c.Retention == "forever" {
		return 0, nil
	}
	if n, err := fmt.Sscanf(c.Retention, "%dd", &days); n == 1 && err == nil && days > 0 && fmt.Sprintf("%dd", days) == c.Retention {
		return days, nil
	}
	return 0, fmt.Errorf("%q is neither a number of days such as 90d nor forever", c.Retention)
}

// minutes is what a person spends on a conversation; 0 where nobody said.
func (c *Config) minutes() (float64, error) {
	if c.Minutes == "" {
		return 0, nil
	}
	m, err := strconv.ParseFloat(c.Minutes, 64)
	if err != nil || !(m > 0 && m <= 24*60) {
		return 0, fmt.Errorf("%q is not a number of minutes such as 6 or 7.5", c.Minutes)
	}
	return m, nil
}

func (c *Config) listen() error {
	_, _, err := net.SplitHostPort(c.Listen)
	return err
}

// backend opens the database that the configuration names.
func (a *app) backend() (store.Backend, error) {
	if a.cfg.MongoDBURI == "" {
		return sqlite.Open(a.ctx, a.cfg.Data)
	}
	return mongo.Open(a.ctx, a.cfg.MongoDBURI)
}

// where names the store without its password.
func (c *Config) where() string {
	if c.MongoDBURI == "" {
		return c.Data
	}
	u, err := url.Parse(c.MongoDBURI)
	if err != nil {
		return "MongoDB"
	}
	return u.Redacted()
}

// open opens the store; the caller closes it.
func (a *app) open() (*store.Store, reports.Definition, error) {
	rules, definition, err := a.cfg.rules()
	if err != nil {
		return nil, 0, err
	}
	model, err := a.cfg.embedder()
	if err != nil {
		return nil, 0, err
	}
	b, err := a.backend()
	if err != nil {
		return nil, 0, err
	}
	s, err := store.Open(a.ctx, b, rules)
	if err != nil {
		return nil, 0, errors.Join(err, b.Close())
	}
	if model != nil {
		s.UseEmbedder(model)
	}
	return s, definition, nil
}

// with runs f on the store and closes it.
func (a *app) with(f func(*store.Store, reports.Definition) error) (err error) {
	s, definition, err := a.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return f(s, definition)
}

func (a *app) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(a.err, &slog.HandlerOptions{Level: a.logs}))
}

// embedder is the language model that helps to group questions, or nil.
func (c *Config) embedder() (*embeddings.Client, error) {
	if c.EmbeddingsURL == "" {
		return nil, nil
	}
	client, err := embeddings.New(c.EmbeddingsURL, c.EmbeddingsKey, c.EmbeddingsModel)
	if err != nil {
		return nil, usagef("AGENT_REPORT_EMBEDDINGS_URL, AGENT_REPORT_EMBEDDINGS_MODEL: %w", err)
	}
	return client, nil
}

// webhook is who is told of changes of answers, or nil.
func (c *Config) webhook() (*webhook.Hook, error) {
	if c.AnswersWebhookURL == "" {
		return nil, nil
	}
	hook, err := webhook.New(c.AnswersWebhookURL, c.AnswersWebhookSecret)
	if err != nil {
		return nil, usagef("ANSWERS_WEBHOOK_URL, ANSWERS_WEBHOOK_SECRET: %w", err)
	}
	return hook, nil
}
