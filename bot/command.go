package bot

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"agentreport/bot/views"
	"agentreport/reports"
	"agentreport/reports/lang"
)

// visit is one thing that one person wants, and where the answer goes.
type visit struct {
	person *Person
	ask    Ask
	now    time.Time
}

// command is a row of the table of what can be typed after the slash command.
// One without run opens a modal.
type command struct {
	name string
	text bool // what follows is a text of its own, not filters
	run  func(*Bot, context.Context, *visit) (views.Message, error)
}

// commands is everything that can be typed, in the order of the help; a report
// is typed by its name.
var commands []command

// defaultCommand is what nothing typed stands for.
const defaultCommand = "impact"

// Those that open a modal.
const (
	gapsCommand     = "gaps"
	answersCommand  = "answers"
	scheduleCommand = "schedule"
	auditCommand    = "audit"
)

func init() {
	for i := range reports.Reports {
		c := command{name: reports.Reports[i].Name, run: (*Bot).report}
		if c.name == feedbackCommand {
			c.run = (*Bot).feedback
		}
		commands = append(commands, c)
	}
	commands = append(commands,
		command{name: gapsCommand},
		command{name: answersCommand},
		command{name: scheduleCommand},
		command{name: auditCommand},
		command{name: "note", text: true, run: (*Bot).note},
		command{name: "explain", text: true, run: (*Bot).explain},
		command{name: "health", run: (*Bot).health},
		command{name: "help", run: (*Bot).help},
	)
}

func findCommand(name string) (command, bool) {
	for _, c := range commands {
		if c.name == name {
			return c, true
		}
	}
	return command{}, false
}

// CommandNames is what can be typed after the slash command, in the order of the
// help.
func CommandNames() []string {
	names := make([]string, len(commands))
	for i, c := range commands {
		names[i] = c.name
	}
	return names
}

// CommandName is the slash command under which the app is installed.
const CommandName = "/agent-report"

// Command answers a slash command that has been acknowledged.
func (b *Bot) Command(ctx context.Context, c slack.SlashCommand) {
	a, err := parseAsk(c.Text, b.clock(), b.Rules.Zone)
	switch {
	case err == nil && a.Command == gapsCommand:
		b.openGaps(ctx, c, a)
		return
	case err == nil && a.Command == answersCommand:
		b.openAnswers(ctx, c)
		return
	case err == nil && a.Command == scheduleCommand:
		b.openSchedules(ctx, c)
		return
	case err == nil && a.Command == auditCommand:
		b.openAudit(ctx, c)
		return
	}
	// Slack sends a command again where it heard no answer. A modal is opened once by
	// a trigger; for the others a receipt is kept. Where the store is away nobody
	// knows, and the answer says so.
	if c.TriggerID != "" {
		if first, err := b.Store.Receipt(ctx, "command "+c.TriggerID); err == nil && !first {
			return
		}
	}
	b.answer(ctx, c.ResponseURL, c.UserID, c.TeamID, c.ChannelID, c.Text, false)
}

// answer does what a text asks for and posts it to a response URL. What takes
// long says so first and is replaced.
func (b *Bot) answer(ctx context.Context, url, user, team, channel, text string, replace bool) {
	r := &reply{bot: b, url: url, replace: replace}
	p := printerFor("")
	if person, err := b.person(ctx, user, team); err != nil {
		r.fail(ctx, p, err)
		return
	} else {
		p = person.Lang
		v := &visit{person: person, now: b.clock()}
		if v.ask, err = parseAsk(text, v.now, b.Rules.Zone); err != nil {
			r.fail(ctx, p, err)
			return
		}
		if v.ask.Public {
			if err := b.checkChannel(ctx, channel); err != nil {
				r.fail(ctx, p, err)
				return
			}
		}
		c, _ := findCommand(v.ask.Command)
		stop := r.working(ctx, p)
		m, err := c.run(b, ctx, v)
		stop()
		if err != nil {
			r.fail(ctx, p, err)
			return
		}
		r.send(ctx, m, v.ask.Public)
	}
}

// reply is what goes to one response URL, which takes five messages within half
// an hour.
type reply struct {
	bot     *Bot
	url     string
	replace bool // there is a message of ours to replace
}

// patience is how long a person sees nothing before being told that work is
// under way.
const patience = 700 * time.Millisecond

// working tells, after a while, that an answer is on its way. The function that
// it returns ends that.
func (r *reply) working(ctx context.Context, p *lang.Printer) (stop func()) {
	done, told := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(told)
		t := time.NewTimer(patience)
		defer t.Stop()
		select {
		case <-done:
		case <-ctx.Done():
		case <-t.C:
			r.post(ctx, &slack.WebhookMessage{Text: p.T("working"), ResponseType: slack.ResponseTypeEphemeral, ReplaceOriginal: r.replace})
			r.replace = true
		}
	}()
	return func() {
		close(done)
		<-told
	}
}

func (r *reply) send(ctx context.Context, m views.Message, public bool) {
	msg := &slack.WebhookMessage{Text: m.Text, ResponseType: slack.ResponseTypeEphemeral, ReplaceOriginal: r.replace}
	if len(m.Blocks) > 0 {
		msg.Blocks = &slack.Blocks{BlockSet: m.Blocks}
	}
	if public {
		if r.replace {
			r.post(ctx, &slack.WebhookMessage{DeleteOriginal: true})
		}
		msg.ResponseType, msg.ReplaceOriginal = slack.ResponseTypeInChannel, false
	}
	r.post(ctx, msg)
}

// fail tells a person what went wrong, in a sentence that helps.
func (r *reply) fail(ctx context.Context, p *lang.Printer, err error) {
	var refused refusedError
	var asked askError
	text := p.T("failed")
	switch {
	case errors.As(err, &refused):
		text = p.T(string(refused))
	case errors.As(err, &asked):
		text = p.T(asked.id, asked.args)
		if near, _ := asked.args["Near"].(string); near != "" {
			text += " " + p.T("ask_did_you_mean", lang.Args{"Command": CommandName + " " + near})
		}
	case errors.Is(err, reports.ErrNotFound):
		text = p.T("not_found")
	case errors.Is(err, reports.ErrRebuilding):
		text = p.T("rebuilding")
	case errors.Is(err, reports.ErrOtherRules):
		r.bot.Log.Error("answer", "error", err)
		text = p.T("other_rules")
	default:
		r.bot.Log.Error("answer", "error", err)
		if word, _ := refusal(err); word != "" {
			text = sentence(p, err)
		}
	}
	r.send(ctx, views.Message{Text: views.Escape(text)}, false)
}

func (r *reply) post(ctx context.Context, m *slack.WebhookMessage) {
	if !responseHost(r.url, r.bot.API) {
		r.bot.Log.Error("a response URL that is not Slack's is not followed", "url", r.url)
		return
	}
	err := slack.PostWebhookCustomHTTPContext(ctx, r.url, r.bot.web(), m)
	if err != nil && ctx.Err() == nil {
		r.bot.Log.Warn("response URL", "error", err)
	}
}

// report answers with figures and a picture.
func (b *Bot) report(ctx context.Context, v *visit) (views.Message, error) {
	m, _, err := b.reportOf(ctx, v)
	return m, err
}

func (b *Bot) reportOf(ctx context.Context, v *visit) (views.Message, reports.Table, error) {
	t, err := b.table(ctx, v)
	if err != nil {
		return views.Message{}, t, err
	}
	r := views.ReportInput{Table: &t, Ranges: rangesOf(v.ask), Asked: v.ask.String(), Public: v.ask.Public}
	if !t.IsEmpty() {
		r.Images, err = b.picture(ctx, &t, v.person.Lang)
		if word, _ := refusal(err); word != "" {
			r.Note = sentence(v.person.Lang, err) // the figures are there all the same
		} else if err != nil {
			return views.Message{}, t, err
		}
	}
	return views.Report(r, v.person.Lang), t, nil
}

// query is what the report that is asked for is to cover.
func (b *Bot) query(v *visit) (*reports.Report, reports.Query, error) {
	r, ok := reports.FindReport(v.ask.Command)
	if !ok {
		return nil, reports.Query{}, fmt.Errorf("there is no report %q", v.ask.Command)
	}
	q := reports.Query{Range: v.ask.Range, Channel: v.ask.Channel, Definition: b.Definition, Now: v.now, Rules: b.Rules}
	if v.ask.Definition != "" {
		d, err := reports.ParseDefinition(v.ask.Definition)
		if err != nil {
			return nil, q, err
		}
		q.Definition = d
	}
	if q.Range == (reports.Range{}) {
		weeks := reports.DefaultWeeks
		if r.Shape == reports.Tiles {
			weeks = 1
		}
		q.Range = reports.LastWeeks(weeks, v.now, b.Rules.Zone)
	}
	return r, q, nil
}

// table runs the report that is asked for.
func (b *Bot) table(ctx context.Context, v *visit) (reports.Table, error) {
	r, q, err := b.query(v)
	if err != nil {
		return reports.Table{}, err
	}
	days, err := b.Store.Days(ctx, r.Reads(q), q.Now)
	if err != nil {
		return reports.Table{}, err
	}
	notes, err := b.Store.Annotations(ctx)
	if err != nil {
		return reports.Table{}, err
	}
	t := r.Run(days, q)
	t.Annotate(notes)
	return t, nil
}

// rangesOf are the spans that can be chosen for what was asked.
func rangesOf(a Ask) []views.Choice {
	a.Public = false
	a.Range, a.Page = reports.Range{}, 0
	base := a.String()
	var list []views.Choice
	for _, words := range []string{"last week", "last 4 weeks", "last 12 weeks", "last 26 weeks", "last 52 weeks", "this week", "this month", "this year"} {
		list = append(list, views.Choice{ID: "range_" + strings.ReplaceAll(words, " ", "_"), Value: base + " " + words})
	}
	return list
}

// health answers with what is known of the sources and the last digest.
func (b *Bot) health(ctx context.Context, v *visit) (views.Message, error) {
	sources, err := b.Store.Sources(ctx)
	if err != nil {
		return views.Message{}, err
	}
	last, err := b.Store.Deliveries(ctx, 1)
	if err != nil {
		return views.Message{}, err
	}
	return views.Health(sources, last, v.now, v.person.Zone, v.person.Lang), nil
}

// help answers with the table of commands.
func (b *Bot) help(_ context.Context, v *visit) (views.Message, error) {
	rows := make([]views.HelpRow, len(commands))
	for i, c := range commands {
		rows[i] = views.HelpRow{Command: CommandName + " " + c.name, Says: v.person.Lang.CommandHelp(c.name)}
	}
	return views.Help(rows, v.person.Lang), nil
}
