package reports

import (
	"context"
	"slices"
	"time"
)

// Reader reads what reports and digests are made of.
type Reader interface {
	Days(ctx context.Context, r Range, now time.Time) ([]DayTally, error)
	Cohorts(ctx context.Context, r Range) ([]DayCohorts, error)
	Notes(ctx context.Context, kind EventType, r Range, channel string) ([]Note, error)
	Sources(ctx context.Context) ([]Source, error)
	Answered(ctx context.Context, now time.Time) ([]Answered, error)
	Annotations(ctx context.Context) ([]Annotation, error)
	LastRecord(ctx context.Context, w Week, d Definition, filter string) (*Record, error)
}

// Ask answers a query: with what the weeks will settle at and, of one whole week that has
// ended, its impact.
func (r *Report) Ask(ctx context.Context, f Reader, q Query) (Table, error) {
	var days []DayTally
	var impact *Impact
	var err error
	if r.isImpact(q) {
		in := DigestInput{Week: q.Range.From.Week(), Filter: q.Channel, Definition: q.Definition, Now: q.Now, Rules: q.Rules}
		if err := in.ReadWeek(ctx, f); err != nil {
			return Table{}, err
		}
		m, err := in.Impact()
		if err != nil {
			return Table{}, err
		}
		days, impact = in.Days, &m
	} else if days, err = f.Days(ctx, q.Range, q.Now); err != nil {
		return Table{}, err
	}
	t := r.Run(days, q)
	t.Impact = impact
	if notes, err := f.Annotations(ctx); err != nil {
		return t, err
	} else {
		t.Annotate(notes)
	}
	if learns, ok := t.Learns(); ok {
		cohorts, err := f.Cohorts(ctx, learns)
		if err != nil {
			return t, err
		}
		return t, t.Learn(cohorts)
	}
	return t, nil
}

// isImpact reports whether the report is of one whole week that has ended: that is compared
// with the weeks before.
func (r *Report) isImpact(q Query) bool {
	week := q.Range.From.Week()
	return r.Shape == Tiles && q.Range == week.Range() && !q.Now.Before(week.End(q.Rules.Zone))
}

// ReadWeek reads what the impact of the input's week is made of.
func (in *DigestInput) ReadWeek(ctx context.Context, f Reader) (err error) {
	if in.Days, err = f.Days(ctx, DigestRange(in.Week), in.Now); err != nil {
		return err
	}
	if in.Questions, err = f.Notes(ctx, Unanswered, in.Week.Range(), in.Filter); err != nil {
		return err
	}
	if in.Sources, err = f.Sources(ctx); err != nil {
		return err
	}
	if in.Cohorts, err = f.Cohorts(ctx, ImpactRange(in.Week)); err != nil || in.Before != nil {
		return err
	}
	in.Before, err = f.LastRecord(ctx, in.Week.Add(-1), in.Definition, in.Filter)
	return err
}

// Read reads what the digest of the input's week is made of.
func (in *DigestInput) Read(ctx context.Context, f Reader) error {
	err := in.ReadWeek(ctx, f)
	if err != nil {
		return err
	}
	if in.Remarks, err = f.Notes(ctx, Feedback, in.Week.Range(), in.Filter); err != nil {
		return err
	}
	in.Remarks = slices.DeleteFunc(in.Remarks, func(n Note) bool { return n.Rating != Negative })
	if in.Filter == "" { // an answer is for every channel
		if in.Answered, err = f.Answered(ctx, in.Week.End(in.Rules.Zone)); err != nil {
			return err
		}
	}
	in.Annotations, err = f.Annotations(ctx)
	return err
}
