package bot

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"agentreport/bot/views"
	"agentreport/reports"
	"agentreport/reports/topics"
)

// Answers is where short answers are kept. The version of an answer changes with
// every write by anybody.
type Answers interface {
	Answers(ctx context.Context) ([]reports.Answer, error)
	Answer(ctx context.Context, id string) (reports.Answer, int64, error)
	AddAnswer(ctx context.Context, a reports.Answer) error
	SwapAnswer(ctx context.Context, a reports.Answer, version int64) (bool, error)
	DeleteAnswer(ctx context.Context, id, by string) error
}

// How many answers are said to be similar, and how alike they must be.
const (
	maxSimilar   = 3
	similarAbove = 0.35
	similarAmong = 500
)

// writeAnswer opens the form for a new answer over a topic's page. It closes
// what is ticked there, or all of the topic where nothing is.
func (b *Bot) writeAnswer(ctx context.Context, i slack.InteractionCallback, _ string) {
	s := views.DecodeTopic(i.View.PrivateMetadata)
	b.pushForm(ctx, i, func(p *Person) (slack.ModalViewRequest, error) {
		if err := b.keepTicks(ctx, i, s); err != nil {
			return slack.ModalViewRequest{}, err
		}
		form := views.AnswerState{Page: i.View.ID, Was: s}
		err := b.Store.ReadTopics(ctx, func(state *topics.State) error {
			form.Newest = wholeTopic(state, s.Topic).Newest
			return nil
		})
		if err != nil {
			return slack.ModalViewRequest{}, err
		}
		t, err := b.Store.Topic(ctx, s.Topic)
		if err != nil {
			return slack.ModalViewRequest{}, err
		}
		in := views.AnswerInput{State: form, Written: views.Written{Question: t.Name, Language: p.Lang.Language}}
		if page, _, err := b.Store.Questions(ctx, s.Topic, "", 0, 1); err == nil && len(page) == 1 && page[0].Language != "" {
			in.Written.Language, _, _ = strings.Cut(page[0].Language, "-")
		}
		return b.answerForm(ctx, in, p)
	})
}

// closedBy are the questions that a new answer closes: what is ticked, or all
// that were there when the form was opened where nothing is.
func closedBy(state *topics.State, ticks topics.Ticks, s views.AnswerState) []topics.Question {
	if list := state.Chosen(ticks); len(list) > 0 {
		return list
	}
	return state.Chosen(topics.Ticks{Topic: s.Was.Topic, All: true, Newest: s.Newest})
}

// closes is how many those are.
func (b *Bot) closes(ctx context.Context, s views.AnswerState) (n int, err error) {
	ticks, err := b.Store.Ticks(ctx, s.Page)
	if err != nil {
		return 0, err
	}
	err = b.Store.ReadTopics(ctx, func(state *topics.State) error {
		n = len(closedBy(state, ticks, s))
		return nil
	})
	return n, err
}

// previewAnswer shows what is written as the customer will read it.
func (b *Bot) previewAnswer(ctx context.Context, i slack.InteractionCallback, _ string) {
	b.refreshAnswer(ctx, i, true)
}

// hintAnswer shows, while a person types the question, what is similar and how
// much it covers: once a second at most, the last that was typed.
func (b *Bot) hintAnswer(ctx context.Context, i slack.InteractionCallback, _ string) {
	b.refreshAnswer(ctx, i, false)
}

// refreshAnswer fills the form anew with what stands in it. Slack keeps what is
// typed meanwhile, and refuses the update if the form is another by now. Where
// something fails the form stays: nobody loses an answer to a hint.
func (b *Bot) refreshAnswer(ctx context.Context, i slack.InteractionCallback, preview bool) {
	turn := b.hints.turn(ctx, i.View.ID, i.ActionCallback.BlockActions[0].ActionTs, preview)
	if turn == nil {
		return
	}
	defer turn.done()
	in := views.AnswerInput{State: views.DecodeAnswer(i.View.PrivateMetadata), Written: views.WrittenIn(i.View.State), Preview: preview}
	p := printerFor("")
	person, err := b.person(ctx, i.User.ID, i.Team.ID)
	var v slack.ModalViewRequest
	if err == nil {
		p = person.Lang
		v, err = b.answerForm(ctx, in, person)
	}
	switch {
	case err != nil && preview:
		in.Warning = b.excuse(p, err)
		v = views.Answer(in, p)
	case err != nil:
		b.Log.Warn("hint for an answer", "error", err)
		return
	}
	was := turn.base(i.View.Hash)
	now, _ := b.update(ctx, i.View.ID, was, v) // a form that is typed in is never replaced by a fault
	turn.updated(was, now)
}

// answerForm is the form with how many questions it closes, how many more it
// covers and what is similar.
func (b *Bot) answerForm(ctx context.Context, in views.AnswerInput, p *Person) (slack.ModalViewRequest, error) {
	var err error
	if in.State.Conflict {
		theirs, _, err := b.Store.Answer(ctx, in.State.ID)
		if err != nil {
			return slack.ModalViewRequest{}, err
		}
		in.Theirs = &theirs
	}
	if in.State.ID == "" {
		if in.Closes, err = b.closes(ctx, in.State); err != nil {
			return slack.ModalViewRequest{}, err
		}
	}
	all, err := b.Store.Answers(ctx)
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	all = slices.DeleteFunc(all, func(a reports.Answer) bool { return a.ID == in.State.ID })
	all = all[:min(len(all), similarAmong)]
	others := make([]topics.Text, len(all))
	for i, a := range all {
		others[i] = topics.Text{Text: a.Question, Language: a.Language}
	}
	asked := topics.Text{Text: in.Written.Question, Language: in.Written.Language}
	err = b.Store.ReadTopics(ctx, func(state *topics.State) error {
		in.Covers = state.Covers(asked)
		alike := state.Alike(asked, others)
		order := make([]int, len(all))
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(alike[b], alike[a]) })
		for _, i := range order[:min(len(order), maxSimilar)] {
			if alike[i] >= similarAbove {
				in.Similar = append(in.Similar, all[i])
			}
		}
		return nil
	})
	return views.Answer(in, p.Lang), err
}

// submitAnswer writes a new answer, whose id is that of the view so that it is
// one however often it is sent, or changes one.
func (b *Bot) submitAnswer(ctx context.Context, i slack.InteractionCallback, person *Person) (*slack.ViewSubmissionResponse, func(context.Context)) {
	s, w := views.DecodeAnswer(i.View.PrivateMetadata), views.WrittenIn(i.View.State)
	refuse := func(input string, err error) (*slack.ViewSubmissionResponse, func(context.Context)) {
		return fieldError(input, b.excuse(person.Lang, err)), nil
	}
	switch {
	case reports.Clean(w.Question) == "":
		return refuse(views.AnswerQuestion, refusedError("refused_no_question"))
	case reports.Clean(w.Text) == "":
		return refuse(views.AnswerText, refusedError("refused_no_answer"))
	}
	if s.ID != "" {
		return b.changeAnswer(ctx, i.View.ID, s, w, person)
	}
	now := b.clock().UTC().Truncate(time.Second)
	a := reports.Answer{
		ID: i.View.ID, Question: w.Question, Text: w.Text, Language: w.Language, Unpublished: w.Hidden, Topic: s.Was.Topic, CreatedAt: now, CreatedBy: person.ID,
	}
	if err := b.addAnswer(ctx, a); err != nil {
		return refuse(views.AnswerText, err)
	}
	closed := 0
	ticks, err := b.Store.Ticks(ctx, s.Page)
	if err == nil {
		err = b.Store.Decide(ctx, func(state *topics.State) (topics.Entry, error) {
			e := topics.Entry{Kind: topics.Answered, By: person.ID, Answer: a.ID}
			for _, q := range closedBy(state, ticks, s) {
				e.Questions = append(e.Questions, q.Key)
			}
			closed = len(e.Questions)
			if closed == 0 {
				return e, errNothingOpen
			}
			return e, nil
		})
	}
	if err != nil && !errors.Is(err, errNothingOpen) {
		return refuse(views.AnswerText, err)
	}
	return nil, func(ctx context.Context) {
		b.afterForm(ctx, s.Page, s.Was, person.Lang.Count("done_answer", int64(closed)), nil, person)
	}
}

// addAnswer stores an answer. One that is there was sent before and did not get
// to its end: what is written now counts.
func (b *Bot) addAnswer(ctx context.Context, a reports.Answer) error {
	if err := b.Store.AddAnswer(ctx, a); err != nil {
		return err
	}
	have, version, err := b.Store.Answer(ctx, a.ID)
	if err != nil || have.CreatedBy != a.CreatedBy || len(have.History) > 0 ||
		have.Question == a.Question && have.Text == a.Text && have.Language == a.Language && have.Unpublished == a.Unpublished {
		return err
	}
	have.Change(reports.Revision{Question: a.Question, Text: a.Text, Language: a.Language, Unpublished: a.Unpublished}, a.CreatedBy, a.CreatedAt)
	_, err = b.Store.SwapAnswer(ctx, have, version)
	return err
}

// errNothingOpen says that the questions were closed by somebody else, or by the
// same form sent before.
var errNothingOpen = errors.New("nothing is open")

// changeAnswer changes an answer, unless somebody else did so since the form was
// opened: then the form shows both, and the next time it wins.
func (b *Bot) changeAnswer(ctx context.Context, view string, s views.AnswerState, w views.Written, person *Person) (*slack.ViewSubmissionResponse, func(context.Context)) {
	refuse := func(err error) (*slack.ViewSubmissionResponse, func(context.Context)) {
		return fieldError(views.AnswerText, b.excuse(person.Lang, err)), nil
	}
	have, version, err := b.Store.Answer(ctx, s.ID)
	if err != nil {
		return refuse(err)
	}
	ok := false
	if version == s.Version {
		have.Change(reports.Revision{Question: w.Question, Text: w.Text, Language: w.Language, Unpublished: w.Hidden}, person.ID, b.clock().UTC().Truncate(time.Second))
		if ok, err = b.Store.SwapAnswer(ctx, have, version); err != nil {
			return refuse(err)
		}
	}
	if !ok {
		if have, version, err = b.Store.Answer(ctx, s.ID); err != nil {
			return refuse(err)
		}
		s.Version, s.Conflict = version, true
		v := views.Answer(views.AnswerInput{State: s, Written: w, Theirs: &have}, person.Lang)
		// Not in the answer itself: over Socket Mode Slack drops a large one.
		return fieldError(views.AnswerText, person.Lang.T("answer_conflict_told")), func(ctx context.Context) { b.update(ctx, view, "", v) }
	}
	return nil, func(ctx context.Context) {
		v, err := b.answersView(ctx, s.List, person)
		if err != nil {
			v = views.Refused(b.excuse(person.Lang, err), person.Lang)
		}
		b.update(ctx, s.Page, "", v)
	}
}

// openAnswers opens the list over a trigger.
func (b *Bot) openAnswers(ctx context.Context, c slack.SlashCommand) {
	b.open(ctx, c, func(p *Person) (slack.ModalViewRequest, error) { return b.answersView(ctx, views.AnswersState{}, p) })
}

func (b *Bot) answersView(ctx context.Context, s views.AnswersState, p *Person) (slack.ModalViewRequest, error) {
	all, err := b.Store.Answers(ctx)
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
	in.Effects, err = b.effects(ctx, in.Answers)
	return views.Answers(in, p.Lang), err
}

// effects are what came of answers.
func (b *Bot) effects(ctx context.Context, list []reports.Answer) (effects []reports.Effect, err error) {
	err = b.Store.ReadTopics(ctx, func(state *topics.State) error {
		effects = b.effectsIn(state, list)
		return nil
	})
	return effects, err
}

func (b *Bot) effectsIn(state *topics.State, list []reports.Answer) (effects []reports.Effect) {
	for _, a := range list {
		effects = append(effects, reports.EffectOf(state.AskedAt(a.Topic), a.CreatedAt, b.clock()))
	}
	return effects
}

// answersOf are the answers for a topic, and what came of them.
func (b *Bot) answersOf(ctx context.Context, topic int) (list []reports.Answer, effects []reports.Effect, err error) {
	if list, err = b.Store.Answers(ctx); err != nil {
		return nil, nil, err
	}
	err = b.Store.ReadTopics(ctx, func(state *topics.State) error {
		numbers := state.Numbers(topic)
		list = slices.DeleteFunc(list, func(a reports.Answer) bool { return !slices.Contains(numbers, a.Topic) })
		effects = b.effectsIn(state, list)
		return nil
	})
	return list, effects, err
}

// turnAnswers turns to another page of the list.
func (b *Bot) turnAnswers(ctx context.Context, i slack.InteractionCallback, value string) {
	s := views.DecodeAnswers(i.View.PrivateMetadata)
	s.Page = pageOf(value)
	b.refill(ctx, i, func(p *Person) (slack.ModalViewRequest, error) { return b.answersView(ctx, s, p) })
}

// editAnswer opens the form for an answer that there is, over the list.
func (b *Bot) editAnswer(ctx context.Context, i slack.InteractionCallback, id string) {
	b.pushForm(ctx, i, func(p *Person) (slack.ModalViewRequest, error) {
		a, version, err := b.Store.Answer(ctx, id)
		if err != nil {
			return slack.ModalViewRequest{}, err
		}
		return b.answerForm(ctx, views.AnswerInput{
			State:   views.AnswerState{ID: id, Version: version, Page: i.View.ID, List: views.DecodeAnswers(i.View.PrivateMetadata)},
			Written: views.Written{Question: a.Question, Text: a.Text, Language: a.Language, Hidden: a.Unpublished},
		}, p)
	})
}

// deleteAnswer removes an answer; Slack has asked whether the person is sure.
func (b *Bot) deleteAnswer(ctx context.Context, i slack.InteractionCallback, id string) {
	b.refill(ctx, i, func(p *Person) (slack.ModalViewRequest, error) {
		if !p.Editor {
			return slack.ModalViewRequest{}, refusedViewer
		}
		if err := b.Store.DeleteAnswer(ctx, id, p.ID); err != nil {
			return slack.ModalViewRequest{}, err
		}
		return b.answersView(ctx, views.DecodeAnswers(i.View.PrivateMetadata), p)
	})
}
