package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"agentreport/bot/delivery"
	"agentreport/reports"
	"agentreport/reports/lang"
	"agentreport/store"
)

type subscriptionsCmd struct {
	Add     addSubscriptionCmd `cmd:"" help:"Post the digest to a channel, every week."`
	List    listSubsCmd        `cmd:"" help:"List them, and when each is due next."`
	Pause   pauseCmd           `cmd:"" help:"Post nothing until it is resumed."`
	Resume  resumeCmd          `cmd:"" help:"Go on posting; what was due meanwhile is not posted."`
	Remove  removeCmd          `cmd:"" help:"Remove one; its deliveries stay on record."`
	Tell    tellCmd            `cmd:"" help:"Say who is told when a digest fails."`
	SendNow sendNowCmd         `cmd:"" help:"Post the digest of the last complete week now."`
}

var (
	channelID = regexp.MustCompile(`^[CG][A-Z0-9]{6,}$`)
	// targetID is where a digest may go: to a channel, or to a person by their id or that
	// of the direct messages with them.
	targetID = regexp.MustCompile(`^[CGDUW][A-Z0-9]{6,}$`)
	userID   = regexp.MustCompile(`^[UW][A-Z0-9]{6,}$`)
)

// newSubscription checks what makes a subscription, all at once.
func newSubscription(c *Config, sub reports.Subscription, now time.Time, name func(field string) string) (reports.Subscription, error) {
	var p problems
	if !targetID.MatchString(sub.Channel) {
		p.add(name("channel"), fmt.Errorf("%q is not a channel's id such as C0123456789, nor a user's such as U0123456789: it is at the end of the channel's details in Slack", sub.Channel))
	}
	if sub.Alert != "" && !channelID.MatchString(sub.Alert) {
		p.add(name("alert"), fmt.Errorf("%q is not a channel's id such as C0123456789", sub.Alert))
	}
	if sub.CreatedBy != "" && !userID.MatchString(sub.CreatedBy) {
		p.add(name("tell"), fmt.Errorf("%q is not a user's id such as U0123456789: it is under Copy member ID in the user's profile in Slack", sub.CreatedBy))
	}
	reporting, err := parseZone(c.Zone)
	p.add("AGENT_REPORT_ZONE", err)
	sub.Zone = cmp.Or(sub.Zone, c.Zone)
	zone, err := parseZone(sub.Zone)
	p.add(name("zone"), err)
	if zone != nil && reporting != nil {
		_, err = delivery.ParseSchedule(sub.Schedule, zone, reporting, now)
		p.add(name("schedule"), err)
	}
	_, err = lang.New(sub.Language)
	p.add(name("language"), err)
	d, err := reports.ParseDefinition(cmp.Or(sub.Definition, c.Definition))
	p.add(name("definition"), err)
	sub.Definition, sub.CreatedAt, sub.ActiveAt = d.String(), now.UTC(), now.UTC()
	return sub, p.err()
}

// subscription is the one that the environment describes.
func (c *Config) subscription(now time.Time) (reports.Subscription, error) {
	names := map[string]string{
		"channel": "DIGEST_CHANNEL", "zone": "DIGEST_TIMEZONE", "schedule": "DIGEST_SCHEDULE", "language": "DIGEST_LANGUAGE", "definition": "AGENT_REPORT_DEFINITION", "tell": "DIGEST_OWNER",
	}
	return newSubscription(c, reports.Subscription{
		ID: reports.EnvironmentSubscription, Channel: c.DigestChannel, Schedule: c.DigestSchedule, Zone: c.DigestTimezone,
		Language: c.DigestLanguage, CreatedBy: c.DigestOwner, Managed: true,
	}, now, func(f string) string { return names[f] })
}

// keepSubscription stores what the environment says now. When it was made, and
// whether it is paused, stays.
func (a *app) keepSubscription(ctx context.Context, s *store.Store) error {
	want, err := a.cfg.subscription(time.Now())
	if err != nil {
		return err
	}
	err = s.AddSubscription(ctx, want, reports.Environment)
	if !errors.Is(err, reports.ErrConflict) {
		return err
	}
	return s.ChangeSubscription(ctx, want.ID, reports.Environment, func(have *reports.Subscription) {
		want.CreatedAt, want.Paused = have.CreatedAt, have.Paused
		if want.Schedule == have.Schedule && want.Zone == have.Zone {
			want.ActiveAt = have.ActiveAt
		}
		*have = want
	})
}

type addSubscriptionCmd struct {
	Channel    string `required:"" placeholder:"C…" help:"Id of the Slack channel, or of a user (U…) for a direct message."`
	ID         string `name:"id" placeholder:"NAME" help:"Name of the subscription (default: made up)."`
	Schedule   string `default:"0 9 * * MON" placeholder:"CRON" help:"When, once a week (${default})."`
	Zone       string `placeholder:"ZONE" help:"Zone of the schedule (default: AGENT_REPORT_ZONE)."`
	Language   string `default:"en" placeholder:"LANG" help:"en or es (${default})."`
	Filter     string `placeholder:"NAME" help:"Only conversations of this channel, such as email."`
	Definition string `placeholder:"NAME" help:"standard, confirmed or durable (default: AGENT_REPORT_DEFINITION)."`
	Tell       string `placeholder:"U…" help:"Id of the Slack user to tell when a digest fails."`
	Alert      string `placeholder:"C…" help:"Id of a Slack channel to tell of that too."`
	Anyway     bool   `help:"Also where the channel has another digest already, or no conversation is of --filter."`

	Sections []string `enum:"charts,gaps,effects,remarks" placeholder:"NAME" help:"Parts beside the figures: charts, gaps, effects, remarks; several with commas (default: all)."`
}

func (c *addSubscriptionCmd) Run(a *app) error {
	sub := reports.Subscription{
		ID: cmp.Or(c.ID, strings.ToLower(rand.Text()[:8])), Channel: c.Channel, Schedule: c.Schedule, Zone: c.Zone,
		Language: c.Language, Filter: c.Filter, Definition: c.Definition, CreatedBy: c.Tell, Alert: c.Alert,
	}
	for _, s := range c.Sections {
		sub.Sections = append(sub.Sections, reports.Section(s))
	}
	if strings.ContainsAny(sub.ID, "/ ") {
		return usagef("--id: %q has a blank or a slash", sub.ID)
	}
	sub, err := newSubscription(a.cfg, sub, time.Now(), func(f string) string { return "--" + f })
	if err != nil {
		return err
	}
	return a.with(func(s *store.Store, _ reports.Definition) error {
		if err := doubtful(a.ctx, s, sub); err != nil && !c.Anyway {
			return fmt.Errorf("%w: with --anyway it is added all the same", err)
		}
		if err := s.AddSubscription(a.ctx, sub, reports.CommandLine); err != nil {
			return err
		}
		fmt.Fprintf(a.out, "subscription %s: digest to %s, next on %s\n", sub.ID, sub.Channel, nextDue(sub, time.Now()))
		return nil
	})
}

// doubtful reports what is odd about a new subscription: a second digest for its channel,
// or a filter that fits no conversation of the last weeks.
func doubtful(ctx context.Context, s *store.Store, sub reports.Subscription) error {
	subs, err := s.Subscriptions(ctx)
	if err != nil {
		return err
	}
	for _, other := range subs {
		if other.Channel == sub.Channel {
			return fmt.Errorf("--channel: %s gets the digest of the subscription %s already", sub.Channel, other.ID)
		}
	}
	if sub.Filter == "" {
		return nil
	}
	now := time.Now()
	span := reports.RecentWeeks(now, s.Rules().Zone)
	days, err := s.Days(ctx, span, now)
	if err != nil {
		return err
	}
	var names []string
	for _, c := range reports.HandledByChannel(days, span, "").Largest() {
		if c.Name == sub.Filter {
			return nil
		}
		names = append(names, c.Name)
	}
	return fmt.Errorf("--filter: no conversation of the last %d weeks is of the channel %q; there are: %s", reports.DefaultWeeks, sub.Filter, cmp.Or(strings.Join(names, ", "), "none yet"))
}

type tellCmd struct {
	subscriptionArg
	User  string `arg:"" placeholder:"U…" help:"Id of the Slack user; - for nobody."`
	Alert string `placeholder:"C…" help:"Id of a Slack channel to tell too; - for none (default: as it is)."`
}

func (c *tellCmd) Run(a *app) error {
	if c.User != "-" && !userID.MatchString(c.User) {
		return usagef("%q is not a user's id such as U0123456789: it is under Copy member ID in the user's profile in Slack", c.User)
	}
	if c.Alert != "" && c.Alert != "-" && !channelID.MatchString(c.Alert) {
		return usagef("--alert: %q is not a channel's id such as C0123456789", c.Alert)
	}
	if c.ID == reports.EnvironmentSubscription {
		return usagef("the subscription %s is as the environment says: set DIGEST_OWNER", c.ID)
	}
	return c.change(a, "who is told is changed", func(s *reports.Subscription) {
		s.CreatedBy = strings.TrimPrefix(c.User, "-")
		if c.Alert != "" {
			s.Alert = strings.TrimPrefix(c.Alert, "-")
		}
	})
}

// nextDue is when a subscription is due, in its zone.
func nextDue(sub reports.Subscription, now time.Time) string {
	zone, err := parseZone(sub.Zone)
	if err != nil {
		return err.Error()
	}
	s, err := delivery.ParseSchedule(sub.Schedule, zone, time.UTC, now)
	if err != nil {
		return err.Error()
	}
	return s.Next(now).Format("Mon 2 Jan 2006 15:04 MST")
}

type listSubsCmd struct {
	JSON bool `name:"json" help:"As JSON."`
}

func (c *listSubsCmd) Run(a *app) error {
	return a.with(func(s *store.Store, _ reports.Definition) error {
		subs, err := s.Subscriptions(a.ctx)
		if err != nil {
			return err
		}
		if c.JSON {
			return a.printJSON(subs)
		}
		if len(subs) == 0 {
			fmt.Fprintln(a.out, "no subscriptions: set DIGEST_CHANNEL, or run 'agent-report subscriptions add --channel C…'")
			return nil
		}
		rows := [][]string{{"ID", "CHANNEL", "SCHEDULE", "ZONE", "LANGUAGE", "FILTER", "DEFINITION", "NEXT"}}
		for _, sub := range subs {
			next := "paused"
			if !sub.Paused {
				next = nextDue(sub, time.Now())
			}
			rows = append(rows, []string{sub.ID, sub.Channel, sub.Schedule, sub.Zone, sub.Language, cmp.Or(sub.Filter, "-"), sub.Definition, next})
		}
		return a.table(rows)
	})
}

// subscriptionArg names a subscription.
type subscriptionArg struct {
	ID string `arg:"" help:"Id of the subscription."`
}

func (c *subscriptionArg) change(a *app, done string, f func(*reports.Subscription)) error {
	return a.with(func(s *store.Store, _ reports.Definition) error {
		if err := s.ChangeSubscription(a.ctx, c.ID, reports.CommandLine, f); err != nil {
			return err
		}
		fmt.Fprintf(a.out, "subscription %s: %s\n", c.ID, done)
		return nil
	})
}

type pauseCmd struct{ subscriptionArg }

func (c *pauseCmd) Run(a *app) error {
	return c.change(a, "paused", func(s *reports.Subscription) { s.Paused = true })
}

type resumeCmd struct{ subscriptionArg }

func (c *resumeCmd) Run(a *app) error {
	return c.change(a, "resumed", func(s *reports.Subscription) { s.Resume(time.Now()) })
}

type removeCmd struct{ subscriptionArg }

func (c *removeCmd) Run(a *app) error {
	return a.with(func(s *store.Store, _ reports.Definition) error {
		if err := s.RemoveSubscription(a.ctx, c.ID, reports.CommandLine); err != nil {
			return err
		}
		fmt.Fprintf(a.out, "subscription %s: removed\n", c.ID)
		if c.ID == reports.EnvironmentSubscription {
			fmt.Fprintln(a.out, "it comes back at the next start while DIGEST_CHANNEL is set")
		}
		return nil
	})
}

type sendNowCmd struct{ subscriptionArg }

func (c *sendNowCmd) Run(a *app) error {
	return a.with(func(s *store.Store, definition reports.Definition) error {
		subs, err := s.Subscriptions(a.ctx)
		if err != nil {
			return err
		}
		for _, sub := range subs {
			if sub.ID != c.ID {
				continue
			}
			sender, err := a.sender(s, a.logger())
			if err != nil {
				return err
			}
			sub.CreatedBy, sub.Alert = "", "" // who asked is told here
			d, err := sender.SendNow(a.ctx, sub, time.Now().UTC().Format("20060102T150405.000Z"))
			if err != nil {
				return err
			}
			if !d.Done() {
				return fmt.Errorf("delivery %s is not done: a running 'agent-report serve' goes on with it until %s", d.ID, d.Deadline.Format("15:04 MST"))
			}
			if d.State != reports.Posted {
				return fmt.Errorf("delivery %s: %s: %s", d.ID, d.State, d.Steps[len(d.Steps)-1].Note)
			}
			fmt.Fprintf(a.out, "posted to %s, message %s\n", d.Channel, d.TS)
			return nil
		}
		return fmt.Errorf("subscription %s: %w; 'agent-report subscriptions list' shows them", c.ID, reports.ErrNotFound)
	})
}

type deliveriesCmd struct {
	Limit int  `default:"20" help:"How many, the newest first (${default})."`
	Steps bool `help:"With every step."`
	JSON  bool `name:"json" help:"As JSON, with every step."`
}

func (c *deliveriesCmd) Run(a *app) error {
	return a.with(func(s *store.Store, _ reports.Definition) error {
		list, err := s.Deliveries(a.ctx, c.Limit)
		if err != nil {
			return err
		}
		if c.JSON {
			return a.printJSON(list)
		}
		if len(list) == 0 {
			fmt.Fprintln(a.out, "no deliveries yet")
			return nil
		}
		rows := [][]string{{"WEEK", "SUBSCRIPTION", "CHANNEL", "STATE", "DUE", "MESSAGE"}}
		for _, d := range list {
			rows = append(rows, []string{string(d.Week), d.Subscription, d.Channel, string(d.State), d.Due.Format("2006-01-02 15:04 MST"), cmp.Or(d.TS, "-")})
			if c.Steps {
				for _, st := range d.Steps {
					rows = append(rows, []string{"", "  " + st.At.Format("15:04:05"), st.What, st.Note})
				}
			}
		}
		return a.table(rows)
	})
}
