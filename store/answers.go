package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"agentreport/reports"
	"agentreport/reports/topics"
)

// answerDoc is an answer's document. Whatever changes the answer marks it in the
// same write, so that no change is kept from those who are to be told.
func answerDoc(a *reports.Answer, version int64) Doc {
	doc := newDoc(a.ID, a, answerKeys(a)...)
	doc.Version = version
	return doc
}

func answerKeys(*reports.Answer) []Key { return []Key{{"untold", "yes"}} }

// Answers lists the short answers, the latest first.
func (s *Store) Answers(ctx context.Context) ([]reports.Answer, error) {
	list, err := all[reports.Answer](ctx, s, answers)
	list = slices.DeleteFunc(list, func(a reports.Answer) bool { return a.Deleted })
	slices.SortStableFunc(list, func(a, b reports.Answer) int { return b.CreatedAt.Compare(a.CreatedAt) })
	return list, err
}

// Answer is one short answer and its version, which every change by anybody
// raises. It wraps reports.ErrNotFound where there is none.
func (s *Store) Answer(ctx context.Context, id string) (reports.Answer, int64, error) {
	var a reports.Answer
	doc, err := s.get(ctx, answers, id, &a)
	if err == nil && a.Deleted {
		err = fmt.Errorf("answer %s was deleted: %w", id, reports.ErrNotFound)
	}
	return a, doc.Version, err
}

// AddAnswer stores a short answer. One of the same id stays as it is: it is the
// same answer, sent twice.
func (s *Store) AddAnswer(ctx context.Context, a reports.Answer) error {
	if _, err := s.backend.Insert(ctx, answers, []Doc{answerDoc(&a, 0)}); err != nil {
		return fmt.Errorf("answer %s: %w", a.ID, err)
	}
	return nil
}

// SwapAnswer changes a short answer if its version is still the one given, and
// reports whether it was.
func (s *Store) SwapAnswer(ctx context.Context, a reports.Answer, version int64) (bool, error) {
	ok, err := s.backend.Swap(ctx, answers, []Doc{answerDoc(&a, version)})
	if err != nil {
		return false, fmt.Errorf("answer %s: %w", a.ID, err)
	}
	return ok[0], nil
}

// DeleteAnswer takes a short answer back for good. The questions that it closed
// stay closed, and what it said stays for the audit trail.
func (s *Store) DeleteAnswer(ctx context.Context, id, by string) error {
	return update(ctx, s, answers, id, func(a *reports.Answer) error {
		a.Delete(by, s.now().UTC())
		return nil
	}, answerKeys)
}

// TellAnswers calls tell with every answer that changed since it was last told,
// and returns how many were told. One that fails is told again later, and so is
// one that changes meanwhile; neither keeps the others.
func (s *Store) TellAnswers(ctx context.Context, tell func(reports.Answer) error) (int, error) {
	docs, err := s.backend.Find(ctx, answers, Query{Index: "untold"})
	if err != nil {
		return 0, fmt.Errorf("answers: %w", err)
	}
	n := 0
	var refused []error
	for _, d := range docs {
		var a reports.Answer
		if err := decode(answers, d, &a); err != nil {
			return n, err
		}
		if err := tell(a); err != nil {
			refused = append(refused, err)
			continue
		}
		if err := s.backend.Unset(ctx, answers, "untold", []Doc{d}); err != nil {
			return n, fmt.Errorf("answer %s: %w", d.ID, err)
		}
		n++
	}
	return n, errors.Join(refused...)
}

// Answered are the topics for which there is an answer, each with its first one
// and what came of it up to a moment.
func (s *Store) Answered(ctx context.Context, now time.Time) ([]reports.Answered, error) {
	list, err := s.Answers(ctx)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	var out []reports.Answered
	err = s.ReadTopics(ctx, func(state *topics.State) error {
		seen := map[int]bool{}
		for _, a := range slices.Backward(list) {
			t, ok := state.Topic(a.Topic)
			if !ok || seen[t.Number] || a.CreatedAt.After(now) {
				continue
			}
			seen[t.Number] = true
			out = append(out, reports.Answered{Name: t.Name, At: a.CreatedAt, Effect: reports.EffectOf(state.AskedAt(t.Number), a.CreatedAt, now)})
		}
		return nil
	})
	return out, err
}
