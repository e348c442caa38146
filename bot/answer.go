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

// How many answers are said to be similar, and how alike they must be.
const (
	maxSimilar   = 3
	similarAbove = 0.35
	similarAmong = 500
)

// answerForm is the form in which an answer is written.
type answerForm struct {
	*desk
	topic *topicPage
	list  *answersList
	store answers
	pace  pacer
}

// write opens the form for a new answer over a topic's page. It closes
// what is ticked there, or all of the topic where nothing is.
func (f *answerForm) write(ctx context.Context, i slack.InteractionCallback, _ string) {
	s := views.TopicIn(i.View)
	f.pushForm(ctx, i, func(p *Person) (slack.ModalViewRequest, error) {
		if err := f.topic.keepTicks(ctx, i, s); err != nil {
			return slack.ModalViewRequest{}, err
		}
		form := views.AnswerState{Page: i.View.ID, Was: s}
		err := f.topic.store.ReadTopics(ctx, func(state *topics.State) error {
			form.Newest = wholeTopic(state, s.Topic).Newest
			return nil
		})
		if err != nil {
			return slack.ModalViewRequest{}, err
		}
		t, err := f.topic.store.Topic(ctx, s.Topic)
		if err != nil {
			return slack.ModalViewRequest{}, err
		}
		in := views.AnswerInput{State: form, Written: views.Written{Question: t.Name, Language: p.Lang.Language}}
		if page, _, err := f.topic.store.Questions(ctx, s.Topic, "", 0, 1); err == nil && len(page) == 1 && page[0].Language != "" {
			in.Written.Language, _, _ = strings.Cut(page[0].Language, "-")
		}
		return f.view(ctx, in, p)
	})
}

// edit opens the form for an answer that there is, over the list.
func (f *answerForm) edit(ctx context.Context, i slack.InteractionCallback, id string) {
	f.pushForm(ctx, i, func(p *Person) (slack.ModalViewRequest, error) {
		a, version, err := f.store.Answer(ctx, id)
		if err != nil {
			return slack.ModalViewRequest{}, err
		}
		return f.view(ctx, views.AnswerInput{
			State:   views.AnswerState{ID: id, Version: version, Page: i.View.ID, List: views.AnswersIn(i.View)},
			Written: views.Written{Question: a.Question, Text: a.Text, Language: a.Language, Hidden: a.Unpublished},
		}, p)
	})
}

// preview shows what is written as the customer will read it.
func (f *answerForm) preview(ctx context.Context, i slack.InteractionCallback, _ string) {
	f.refresh(ctx, i, true)
}

// hint shows, while a person types the question, what is similar and how
// much it covers: once a second at most, the last that was typed.
func (f *answerForm) hint(ctx context.Context, i slack.InteractionCallback, _ string) {
	f.refresh(ctx, i, false)
}

// refresh fills the form anew with what stands in it. Slack keeps what is
// typed meanwhile, and refuses the update if the form is another by now. Where
// something fails the form stays: nobody loses an answer to a hint.
func (f *answerForm) refresh(ctx context.Context, i slack.InteractionCallback, preview bool) {
	turn := f.pace.turn(ctx, i.View.ID, i.ActionCallback.BlockActions[0].ActionTs, preview)
	if turn == nil {
		return
	}
	defer turn.done()
	in := views.AnswerInput{Preview: preview}
	in.State, in.Written = views.AnswerIn(i.View)
	p := printerFor("")
	person, err := f.person(ctx, i.User.ID, i.Team.ID)
	var v slack.ModalViewRequest
	if err == nil {
		p = person.Lang
		v, err = f.view(ctx, in, person)
	}
	switch {
	case err != nil && preview:
		in.Warning = f.excuse(p, err)
		v = views.Answer(in, p)
	case err != nil:
		f.log.Warn("hint for an answer", "error", err)
		return
	}
	was := turn.base(i.View.Hash)
	now, _ := f.update(ctx, i.View.ID, was, v) // a form that is typed in is never replaced by a fault
	turn.updated(was, now)
}

// view is the form with how many questions it closes, how many more it
// covers and what is similar.
func (f *answerForm) view(ctx context.Context, in views.AnswerInput, p *Person) (slack.ModalViewRequest, error) {
	var err error
	if in.State.Conflict {
		theirs, _, err := f.store.Answer(ctx, in.State.ID)
		if err != nil {
			return slack.ModalViewRequest{}, err
		}
		in.Theirs = &theirs
	}
	if in.State.ID == "" {
		if in.Closes, err = f.closes(ctx, in.State); err != nil {
			return slack.ModalViewRequest{}, err
		}
	}
	all, err := f.store.Answers(ctx)
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
	err = f.topic.store.ReadTopics(ctx, func(state *topics.State) error {
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

// closedBy are the questions that a new answer closes: what is ticked, or all
// that were there when the form was opened where nothing is.
func closedBy(state *topics.State, ticks topics.Ticks, s views.AnswerState) []topics.Question {
	if list := state.Chosen(ticks); len(list) > 0 {
		return list
	}
	return state.Chosen(topics.Ticks{Topic: s.Was.Topic, All: true, Newest: s.Newest})
}

// closes is how many those are.
func (f *answerForm) closes(ctx context.Context, s views.AnswerState) (n int, err error) {
	ticks, err := f.topic.ticks.Ticks(ctx, s.Page)
	if err != nil {
		return 0, err
	}
	err = f.topic.store.ReadTopics(ctx, func(state *topics.State) error {
		n = len(closedBy(state, ticks, s))
		return nil
	})
	return n, err
}

// submit writes a new answer, whose id is that of the view so that it is
// one however often it is sent, or changes one.
func (f *answerForm) submit(ctx context.Context, i slack.InteractionCallback, p *Person) (*slack.ViewSubmissionResponse, func(context.Context)) {
	s, w := views.AnswerIn(i.View)
	switch {
	case reports.Clean(w.Question) == "":
		return f.refuse(views.AnswerQuestion, p.Lang, refusedError("refused_no_question"))
	case reports.Clean(w.Text) == "":
		return f.refuse(views.AnswerText, p.Lang, refusedError("refused_no_answer"))
	}
	if s.ID != "" {
		return f.change(ctx, i.View.ID, s, w, p)
	}
	now := f.now().UTC().Truncate(time.Second)
	a := reports.Answer{
		ID: i.View.ID, Question: w.Question, Text: w.Text, Language: w.Language, Unpublished: w.Hidden, Topic: s.Was.Topic, CreatedAt: now, CreatedBy: p.ID,
	}
	if err := f.add(ctx, a); err != nil {
		return f.refuse(views.AnswerText, p.Lang, err)
	}
	closed := 0
	ticks, err := f.topic.ticks.Ticks(ctx, s.Page)
	if err == nil {
		err = f.topic.store.Decide(ctx, func(state *topics.State) (topics.Entry, error) {
			e := topics.Entry{Kind: topics.Answered, By: p.ID, Answer: a.ID}
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
		return f.refuse(views.AnswerText, p.Lang, err)
	}
	return nil, func(ctx context.Context) {
		f.topic.after(ctx, s.Page, s.Was, done{said: p.Lang.Count("done_answer", int64(closed))}, p)
	}
}

// add stores an answer. One that is there was sent before and did not get
// to its end: what is written now counts.
func (f *answerForm) add(ctx context.Context, a reports.Answer) error {
	if err := f.store.AddAnswer(ctx, a); err != nil {
		return err
	}
	have, version, err := f.store.Answer(ctx, a.ID)
	if err != nil || have.CreatedBy != a.CreatedBy || len(have.History) > 0 ||
		have.Question == a.Question && have.Text == a.Text && have.Language == a.Language && have.Unpublished == a.Unpublished {
		return err
	}
	have.Change(reports.Revision{Question: a.Question, Text: a.Text, Language: a.Language, Unpublished: a.Unpublished}, a.CreatedBy, a.CreatedAt)
	_, err = f.store.SwapAnswer(ctx, have, version)
	return err
}

// errNothingOpen says that the questions were closed by somebody else, or by the
// same form sent before.
var errNothingOpen = errors.New("nothing is open")

// change changes an answer, unless somebody else did so since the form was
// opened: then the form shows both, and the next time it wins.
func (f *answerForm) change(ctx context.Context, view string, s views.AnswerState, w views.Written, p *Person) (*slack.ViewSubmissionResponse, func(context.Context)) {
	have, version, err := f.store.Answer(ctx, s.ID)
	if err != nil {
		return f.refuse(views.AnswerText, p.Lang, err)
	}
	ok := false
	if version == s.Version {
		have.Change(reports.Revision{Question: w.Question, Text: w.Text, Language: w.Language, Unpublished: w.Hidden}, p.ID, f.now().UTC().Truncate(time.Second))
		if ok, err = f.store.SwapAnswer(ctx, have, version); err != nil {
			return f.refuse(views.AnswerText, p.Lang, err)
		}
	}
	if !ok {
		if have, version, err = f.store.Answer(ctx, s.ID); err != nil {
			return f.refuse(views.AnswerText, p.Lang, err)
		}
		s.Version, s.Conflict = version, true
		v := views.Answer(views.AnswerInput{State: s, Written: w, Theirs: &have}, p.Lang)
		// Not in the answer itself: over Socket Mode Slack drops a large one.
		return fieldError(views.AnswerText, p.Lang.T("answer_conflict_told")), func(ctx context.Context) { f.update(ctx, view, "", v) }
	}
	return nil, func(ctx context.Context) {
		f.fillFor(ctx, s.Page, p, func(p *Person) (slack.ModalViewRequest, error) { return f.list.view(ctx, s.List, p) })
	}
}
