package store

import (
	"context"
	"fmt"
	"slices"

	"agentreport/reports"
)

// Answers lists the short answers, the latest first.
func (s *Store) Answers(ctx context.Context) ([]reports.Answer, error) {
	list, err := all[reports.Answer](ctx, s, answers)
	slices.SortStableFunc(list, func(a, b reports.Answer) int { return b.CreatedAt.Compare(a.CreatedAt) })
	return list, err
}

// Answer is one short answer and its version, which every change by anybody
// raises. It wraps ErrNotFound where there is none.
func (s *Store) Answer(ctx context.Context, id string) (reports.Answer, int64, error) {
	var a reports.Answer
	doc, err := s.get(ctx, answers, id, &a)
	return a, doc.Version, err
}

// AddAnswer stores a short answer. One of the same id stays as it is: it is the
// same answer, sent twice.
func (s *Store) AddAnswer(ctx context.Context, a reports.Answer) error {
	if _, err := s.backend.Insert(ctx, answers, []Doc{newDoc(a.ID, a)}); err != nil {
		return fmt.Errorf("answer %s: %w", a.ID, err)
	}
	return nil
}

// SwapAnswer changes a short answer if its version is still the one given, and
// reports whether it was.
func (s *Store) SwapAnswer(ctx context.Context, a reports.Answer, version int64) (bool, error) {
	doc := newDoc(a.ID, a)
	doc.Version = version
	ok, err := s.backend.Swap(ctx, answers, []Doc{doc})
	if err != nil {
		return false, fmt.Errorf("answer %s: %w", a.ID, err)
	}
	return ok[0], nil
}

// DeleteAnswer removes a short answer. The questions that it closed stay closed.
func (s *Store) DeleteAnswer(ctx context.Context, id string) error {
	return s.backend.Delete(ctx, answers, []string{id})
}
