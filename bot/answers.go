package bot

import (
	"context"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"agentreport/bot/views"
	"agentreport/reports"
	"agentreport/reports/topics"
)

// answers is where short answers are kept. The version of an answer changes with
// every write by anybody.
type answers interface {
	Answers(ctx context.Context) ([]reports.Answer, error)
	Answer(ctx context.Context, id string) (reports.Answer, int64, error)
	AddAnswer(ctx context.Context, a reports.Answer) error
	SwapAnswer(ctx context.Context, a reports.Answer, version int64) (bool, error)
	DeleteAnswer(ctx context.Context, id, by string) error
}

// answersList is the list of short answers.
type answersList struct {
	*desk
	store answers
	gaps  topicReader
}

func (l *answersList) open(ctx context.Context, c slack.SlashCommand, _ Ask) {
	l.openModal(ctx, c, func(p *Person) (slack.ModalViewRequest, error) { return l.view(ctx, views.AnswersState{}, p) })
}

// show opens the list from a button.
func (l *answersList) show(ctx context.Context, i slack.InteractionCallback, _ string) {
	l.open(ctx, commandFrom(i), Ask{})
}

// turn turns to another page.
func (l *answersList) turn(ctx context.Context, i slack.InteractionCallback, value string) {
	s := views.AnswersIn(i.View)
	s.Page = views.Number(value)
	l.refill(ctx, i, func(p *Person) (slack.ModalViewRequest, error) { return l.view(ctx, s, p) })
}

// delete removes an answer; Slack has asked whether the person is sure.
func (l *answersList) delete(ctx context.Context, i slack.InteractionCallback, id string) {
	l.refill(ctx, i, func(p *Person) (slack.ModalViewRequest, error) {
		if !p.Editor {
			return slack.ModalViewRequest{}, refusedViewer
		}
		if err := l.store.DeleteAnswer(ctx, id, p.ID); err != nil {
			return slack.ModalViewRequest{}, err
		}
		return l.view(ctx, views.AnswersIn(i.View), p)
	})
}

func (l *answersList) view(ctx context.Context, s views.AnswersState, p *Person) (slack.ModalViewRequest, error) {
	all, err := l.store.Answers(ctx)
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	if words := strings.Fields(reports.NormaliseQuestion(s.Search)); len(words) > 0 {
		all = slices.DeleteFunc(all, func(a reports.Answer) bool {
			text := reports.NormaliseQuestion(a.Question + " " + a.Text)
			return slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
		})
	}
	in := views.AnswersInput{State: s, Total: len(all), Editor: p.Editor, Zone: p.Zone}
	first := min(s.Page*views.PageSize, len(all))
	in.Answers = all[first:min(first+views.PageSize, len(all))]
	in.Effects, err = l.effects(ctx, in.Answers)
	return views.Answers(in, p.Lang), err
}

// effects are what came of answers.
func (l *answersList) effects(ctx context.Context, list []reports.Answer) (effects []reports.Effect, err error) {
	err = l.gaps.ReadTopics(ctx, func(state *topics.State) error {
		effects = l.effectsIn(state, list)
		return nil
	})
	return effects, err
}

func (l *answersList) effectsIn(state *topics.State, list []reports.Answer) (effects []reports.Effect) {
	for _, a := range list {
		effects = append(effects, reports.EffectOf(state.AskedAt(a.Topic), a.CreatedAt, l.now()))
	}
	return effects
}

// of are the answers for a topic, and what came of them.
func (l *answersList) of(ctx context.Context, topic int) (list []reports.Answer, effects []reports.Effect, err error) {
	if list, err = l.store.Answers(ctx); err != nil {
		return nil, nil, err
	}
	err = l.gaps.ReadTopics(ctx, func(state *topics.State) error {
		numbers := state.Numbers(topic)
		list = slices.DeleteFunc(list, func(a reports.Answer) bool { return !slices.Contains(numbers, a.Topic) })
		effects = l.effectsIn(state, list)
		return nil
	})
	return list, effects, err
}
