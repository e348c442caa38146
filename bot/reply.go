package bot

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/slack-go/slack"

	"agentreport/bot/delivery"
	"agentreport/bot/views"
	"agentreport/reports"
	"agentreport/reports/lang"
)

// webTimeout is how long a message to a response URL may take.
const webTimeout = 10 * time.Second

// reply is what goes to one response URL, which takes five messages within half
// an hour.
type reply struct {
	desk    *desk
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
		r.desk.log.Error("answer", "error", err)
		text = p.T("other_rules")
	default:
		r.desk.log.Error("answer", "error", err)
		if word, _ := delivery.Refusal(err); word != "" {
			text = delivery.Sentence(p, err)
		}
	}
	r.send(ctx, views.Message{Text: views.Escape(text)}, false)
}

// visit finds out who a person is and what a text asks for, and has that done. What
// goes wrong is told.
func (r *reply) visit(ctx context.Context, user, team, text string, do func(*visit) error) {
	person, err := r.desk.person(ctx, user, team)
	if err != nil {
		r.fail(ctx, printerFor(""), err)
		return
	}
	v := &visit{person: person, now: r.desk.now()}
	if v.ask, err = parseAsk(text, v.now, r.desk.rules.Zone); err == nil {
		err = do(v)
	}
	if err != nil {
		r.fail(ctx, person.Lang, err)
	}
}

func (r *reply) post(ctx context.Context, m *slack.WebhookMessage) {
	if !responseHost(r.url, r.desk.api) {
		r.desk.log.Error("a response URL that is not Slack's is not followed", "url", r.url)
		return
	}
	err := slack.PostWebhookCustomHTTPContext(ctx, r.url, &http.Client{Timeout: webTimeout}, m)
	if err != nil && ctx.Err() == nil {
		r.desk.log.Warn("response URL", "error", err)
	}
}
