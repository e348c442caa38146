package store

import (
	"context"
	"fmt"

	"agentreport/reports"
)

// cohortsDoc is how the sessions of a day went on, beside the day's tally.
type cohortsDoc struct {
	Marked  int64            `json:"marked"` // the mark of the tally for which it holds
	Fold    int              `json:"fold"`
	Cohorts []reports.Cohort `json:"cohorts,omitempty"`
}

// Cohorts returns how the sessions that started in a range of days went on, days without
// any left out: what estimates are learnt from. A day's conversations are walked once and
// again only when one of them has changed.
//
// It wraps reports.ErrOtherRules and reports.ErrRebuilding as Days does.
func (s *Store) Cohorts(ctx context.Context, r reports.Range) ([]reports.DayCohorts, error) {
	if err := s.mayRead(ctx); err != nil {
		return nil, err
	}
	docs, err := s.backend.Find(ctx, tallies, Query{From: string(r.From), To: string(r.To)})
	if err != nil {
		return nil, fmt.Errorf("days %s to %s: %w", r.From, r.To, err)
	}
	ids := make([]string, len(docs))
	for i, d := range docs {
		ids[i] = d.ID
	}
	have, err := s.backend.Get(ctx, cohorts, ids)
	if err != nil {
		return nil, fmt.Errorf("cohorts: %w", err)
	}
	var out []reports.DayCohorts
	for _, doc := range docs {
		day := reports.Day(doc.ID)
		marked, err := markOf(doc)
		if err != nil {
			return nil, err
		}
		var c cohortsDoc
		old, known := find(have, doc.ID)
		if known {
			if err := decode(cohorts, old, &c); err != nil {
				return nil, err
			}
		}
		if !known || c.Marked != marked || c.Fold != foldVersion {
			found, err := s.walkDay(ctx, day)
			if err != nil {
				return nil, fmt.Errorf("cohorts of %s: %w", day, err)
			}
			c = cohortsDoc{marked, foldVersion, found.Cohorts}
			fresh := newDoc(doc.ID, c)
			if known {
				fresh.Version = old.Version
				_, err = s.backend.Swap(ctx, cohorts, []Doc{fresh}) // who was faster knows as much
			} else {
				_, err = s.backend.Insert(ctx, cohorts, []Doc{fresh})
			}
			if err != nil {
				return nil, fmt.Errorf("cohorts of %s: %w", day, err)
			}
		}
		if len(c.Cohorts) > 0 {
			out = append(out, reports.DayCohorts{Day: day, Cohorts: c.Cohorts})
		}
	}
	return out, nil
}

// markOf is the mark of a day: another after each change of its conversations, the same
// when its tally is only summed again for another moment.
func markOf(doc Doc) (int64, error) {
	var d tallyDoc
	if err := decode(tallies, doc, &d); err != nil {
		return 0, err
	}
	if d.Done == doc.Version && d.Fold == foldVersion {
		return d.Marked, nil
	}
	return doc.Version, nil
}

// walkDay follows the sessions that started on a day, from their events.
func (s *Store) walkDay(ctx context.Context, day reports.Day) (reports.DayCohorts, error) {
	keys, err := s.conversationsOf(ctx, []string{string(day)})
	if err != nil {
		return reports.DayCohorts{}, err
	}
	var sessions []reports.SessionCourse
	err = s.eachOf(ctx, keys, func(list []reports.Event) {
		sessions = append(sessions, s.rules.Courses(list)...)
	})
	return s.rules.Cohorts(day, sessions), err
}
