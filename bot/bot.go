// Package bot is what people do with the bot in Slack: what they type, the modals that
// they open and the App Home. places.go lists all of it.
package bot

import (
	"log/slog"
	"maps"
	"time"

	"github.com/slack-go/slack"

	"agentreport/bot/delivery"
	"agentreport/reports"
)

// Config is what a bot works with.
type Config struct {
	Slack    *slack.Client
	Store    Store
	Delivery *delivery.Sender
	Rules    reports.Rules
	// Definition is that of a report for which nobody asks for another.
	Definition reports.Definition
	Editors    []string // who may change things: users and user groups; empty for every member
	// Lacks are the facts that each source does not tell.
	Lacks map[string][]reports.Fact
	// API is the address of Slack's Web API; empty for Slack's own.
	API string
	Log *slog.Logger
	// Now is the clock; nil for the real one.
	Now func() time.Time
}

// Store is what the places keep and read. Each uses the few methods that stand beside it.
type Store interface {
	receipts
	reports.Reader
	listed
	inspected
	annotations
	changes
	topicReader
	topicStore
	ticks
	answers
	schedules
}

// Bot speaks with the people of one workspace.
type Bot struct {
	*desk
	store    receipts
	home     *homeTab
	commands []command
	actions  map[string]action
	menus    map[string]menu
	forms    map[string]form
}

// New makes a bot.
func New(c Config) *Bot {
	if c.Now == nil {
		c.Now = time.Now
	}
	b := &Bot{
		desk: &desk{
			people: &people{slack: c.Slack, editors: c.Editors, zone: c.Rules.Zone, log: c.Log},
			slack:  c.Slack, delivery: c.Delivery, rules: c.Rules, definition: c.Definition, lacks: c.Lacks, api: c.API, log: c.Log, now: c.Now,
		},
		store: c.Store, actions: map[string]action{}, menus: map[string]menu{}, forms: map[string]form{},
	}
	for _, p := range b.places(c.Store) {
		b.commands = append(b.commands, p.commands...)
		maps.Copy(b.actions, p.actions)
		maps.Copy(b.menus, p.menus)
		maps.Copy(b.forms, p.forms)
	}
	return b
}
