package bot

import (
	"context"

	"github.com/slack-go/slack"

	"agentreport/bot/views"
)

// CommandName is the slash command under which the app is installed.
const CommandName = "/agent-report"

// defaultCommand is what nothing typed stands for.
const defaultCommand = "impact"

// receipts is where it is kept what was done, of what Slack may send again.
type receipts interface {
	Received(ctx context.Context, event string) (bool, error)
	Receipt(ctx context.Context, event string) (first bool, err error)
}

// Command answers a slash command that has been acknowledged.
func (b *Bot) Command(ctx context.Context, c slack.SlashCommand) {
	if a, err := parseAsk(c.Text, b.now(), b.rules.Zone); err == nil {
		if found, _ := find(b.commands, a.Command); found.open != nil {
			found.open(ctx, c, a)
			return
		}
	}
	// Slack sends a command again where it heard no answer. A modal is opened once by
	// a trigger; for the others a receipt is kept. Where the store is away nobody
	// knows, and the answer says so.
	if c.TriggerID != "" {
		if first, err := b.store.Receipt(ctx, "command "+c.TriggerID); err == nil && !first {
			return
		}
	}
	b.answer(ctx, &reply{desk: b.desk, url: c.ResponseURL}, c.UserID, c.TeamID, c.ChannelID, c.Text)
}

// askAgain shows something else in the place of a report.
func (b *Bot) askAgain(ctx context.Context, i slack.InteractionCallback, asked string) {
	b.answer(ctx, &reply{desk: b.desk, url: i.ResponseURL, replace: true}, i.User.ID, i.Team.ID, i.Channel.ID, asked)
}

// askBeside shows a report beside the message in which it was asked for.
func (b *Bot) askBeside(ctx context.Context, i slack.InteractionCallback, asked string) {
	b.answer(ctx, &reply{desk: b.desk, url: i.ResponseURL}, i.User.ID, i.Team.ID, i.Channel.ID, asked)
}

// answer does what a text asks for. What takes long says so first and is replaced.
func (b *Bot) answer(ctx context.Context, to *reply, user, team, channel, text string) {
	to.visit(ctx, user, team, text, func(v *visit) error {
		if v.ask.Public {
			if err := b.delivery.CheckChannel(ctx, channel); err != nil {
				return err
			}
		}
		c, _ := find(b.commands, v.ask.Command)
		stop := to.working(ctx, v.person.Lang)
		m, err := c.run(ctx, v)
		stop()
		if err != nil {
			return err
		}
		to.send(ctx, m, v.ask.Public)
		return nil
	})
}

// help answers with the table of commands.
func (b *Bot) help(_ context.Context, v *visit) (views.Message, error) {
	rows := make([]views.HelpRow, len(b.commands))
	for i, c := range b.commands {
		rows[i] = views.HelpRow{Command: CommandName + " " + c.name, Says: v.person.Lang.CommandHelp(c.name)}
	}
	return views.Help(rows, v.person.Lang), nil
}
