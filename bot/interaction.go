package bot

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"agentreport/bot/views"
)

// webTimeout is how long a message to a response URL may take.
const webTimeout = 10 * time.Second

// web is the client for response URLs, which are not the Web API's.
func (b *Bot) web() *http.Client { return &http.Client{Timeout: webTimeout} }

// actions are the buttons and menus, by their id.
var actions map[string]func(*Bot, context.Context, slack.InteractionCallback, string)

func init() {
	actions = map[string]func(*Bot, context.Context, slack.InteractionCallback, string){
		views.ReportRange: (*Bot).changeRange,
		views.ReportPost:  (*Bot).postReport,
		views.ReportCSV:   (*Bot).sendCSV,
		views.ReportPage:  (*Bot).changeRange,
		views.NoteRemove:  (*Bot).removeNote,
		views.AuditPage:   (*Bot).turnAudit,
		views.ListingShow: (*Bot).showListing,
		views.ListingPage: (*Bot).turnListing,
		views.HomeTopic:   (*Bot).openFromHome,

		views.SearchOpen:  (*Bot).openSearch,
		views.SearchClear: (*Bot).clearSearch,

		views.SchedulesShow: (*Bot).showSchedules,
		views.SchedulesNew:  (*Bot).newSchedule,
		views.SchedulesPage: (*Bot).turnSchedules,
		views.SchedulesMore: (*Bot).scheduleMenu,

		views.GapsShow:    (*Bot).showGaps,
		views.GapsStatus:  (*Bot).chooseGaps,
		views.GapsOrder:   (*Bot).chooseGaps,
		views.GapsChannel: (*Bot).chooseGaps,
		views.GapsPage:    (*Bot).chooseGaps,
		views.GapsOpen:    (*Bot).openTopic,

		views.TopicPage:    (*Bot).turnTopic,
		views.TopicTick:    (*Bot).tick,
		views.TopicAll:     (*Bot).tickAll,
		views.TopicDismiss: (*Bot).more,
		views.TopicMore:    (*Bot).more,
		views.TopicReopen:  (*Bot).reopen,
		views.TopicAnswer:  (*Bot).writeAnswer,

		views.AnswerPreview:  (*Bot).previewAnswer,
		views.AnswerQuestion: (*Bot).hintAnswer,
		views.AnswersShow:    (*Bot).showAnswers,
		views.AnswersPage:    (*Bot).turnAnswers,
		views.AnswersEdit:    (*Bot).editAnswer,
		views.AnswersDelete:  (*Bot).deleteAnswer,
	}
}

// Act does what a button or a menu stands for, after it was acknowledged.
func (b *Bot) Act(ctx context.Context, i slack.InteractionCallback) {
	for _, a := range i.ActionCallback.BlockActions {
		value := a.Value
		if value == "" {
			value = a.SelectedOption.Value
		}
		if act := actions[views.BaseAction(a.ActionID)]; act != nil {
			act(b, ctx, i, value)
			return
		}
		b.Log.Warn("an action that this version does not know", "action", a.ActionID)
	}
}

func (b *Bot) changeRange(ctx context.Context, i slack.InteractionCallback, asked string) {
	b.answer(ctx, i.ResponseURL, i.User.ID, i.Team.ID, i.Channel.ID, asked, true)
}

// postReport shows everybody in the channel what a person has before them.
func (b *Bot) postReport(ctx context.Context, i slack.InteractionCallback, asked string) {
	b.forReport(ctx, i, asked, func(v *visit) (string, error) {
		if err := b.checkChannel(ctx, i.Channel.ID); err != nil {
			return "", err
		}
		v.ask.Public = true
		m, err := b.report(ctx, v)
		if err != nil {
			return "", err
		}
		_, _, err = b.Slack.PostMessageContext(ctx, i.Channel.ID, slack.MsgOptionText(m.Text, false), slack.MsgOptionBlocks(m.Blocks...),
			slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl())
		return "report_posted", err
	})
}

// sendCSV sends a person the exact numbers, in their messages with the bot.
func (b *Bot) sendCSV(ctx context.Context, i slack.InteractionCallback, asked string) {
	b.forReport(ctx, i, asked, func(v *visit) (string, error) {
		t, err := b.table(ctx, v)
		if err != nil {
			return "", err
		}
		var file bytes.Buffer
		if err := t.WriteCSV(&file); err != nil {
			return "", err
		}
		im, _, _, err := b.Slack.OpenConversationContext(ctx, &slack.OpenConversationParameters{Users: []string{i.User.ID}, ReturnIM: true})
		if err != nil {
			return "", err
		}
		name := strings.Join([]string{t.Report.Name, string(t.Query.Range.From), string(t.Query.Range.To.Add(-1))}, "_") + ".csv"
		_, err = b.Slack.UploadFileContext(ctx, slack.UploadFileParameters{
			Reader: &file, FileSize: file.Len(), Filename: name, Title: v.person.Lang.Title(t.Report), Channel: im.ID,
		})
		return "report_csv_sent", err
	})
}

// forReport checks who acts and reads what was asked, then answers with the
// sentence that do returns, beside the report.
func (b *Bot) forReport(ctx context.Context, i slack.InteractionCallback, asked string, do func(*visit) (string, error)) {
	r := &reply{bot: b, url: i.ResponseURL}
	p := printerFor("")
	person, err := b.person(ctx, i.User.ID, i.Team.ID)
	if err == nil {
		p = person.Lang
		v := &visit{person: person, now: b.clock()}
		var said string
		if v.ask, err = parseAsk(asked, v.now, b.Rules.Zone); err == nil {
			said, err = do(v)
		}
		if err == nil {
			r.send(ctx, views.Message{Text: views.Escape(p.T(said))}, false)
			return
		}
	}
	r.fail(ctx, p, fmt.Errorf("%q: %w", asked, err))
}
