package store

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"agentreport/reports"
)

// Listing gives every session that adds to a figure of the query's span, the
// latest first. It reads a day at a time, so that who wants few reads little. It
// ends with the first error, such as those of Days.
func (s *Store) Listing(ctx context.Context, q reports.Query) iter.Seq2[reports.Listed, error] {
	return func(yield func(reports.Listed, error) bool) {
		fail := func(err error) { yield(reports.Listed{}, fmt.Errorf("conversations: %w", err)) }
		if err := s.mayRead(ctx); err != nil {
			fail(err)
			return
		}
		days, err := s.backend.Find(ctx, tallies, Query{From: string(q.Range.From), To: string(q.Range.To)})
		if err != nil {
			fail(err)
			return
		}
		for _, day := range slices.Backward(days) {
			list, err := s.listDay(ctx, reports.Day(day.ID), q)
			if err != nil {
				fail(err)
				return
			}
			for i := range list {
				if !yield(list[i], nil) {
					return
				}
			}
		}
	}
}

// listDay are the sessions for which a day is the last of the span on which they
// add something.
func (s *Store) listDay(ctx context.Context, day reports.Day, q reports.Query) ([]reports.Listed, error) {
	var list []reports.Listed
	err := scan(ctx, s.backend, conversations, Query{Index: "day", In: []string{string(day)}}, func(docs []Doc) error {
		for _, d := range docs {
			var p projection
			if err := decode(conversations, d, &p); err != nil {
				return err
			}
			for _, l := range s.rules.List(&p.Conversation, q) {
				if l.Day == day {
					list = append(list, l)
				}
			}
		}
		return nil
	})
	slices.SortStableFunc(list, func(a, b reports.Listed) int {
		if d := b.StartedAt.Compare(a.StartedAt); d != 0 {
			return d
		}
		return strings.Compare(a.Source+a.ID, b.Source+b.ID)
	})
	return list, err
}
