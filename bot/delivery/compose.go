package delivery

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"agentreport/bot/views"
	"agentreport/reports"
	"agentreport/reports/chart"
	"agentreport/reports/lang"
)

// Compose makes the digest of a week from what is stored, as it is at a moment.
// It also returns the conversations that the digest may quote.
func Compose(ctx context.Context, s Figures, in reports.DigestInput) (reports.Digest, []string, error) {
	fail := func(err error) (reports.Digest, []string, error) {
		return reports.Digest{}, nil, fmt.Errorf("digest %s: %w", in.Week, err)
	}
	var err error
	if in.Days, err = s.Days(ctx, reports.DigestRange(in.Week), in.Now); err != nil {
		return fail(err)
	}
	if in.Questions, err = s.Notes(ctx, reports.Unanswered, in.Week.Range(), in.Filter); err != nil {
		return fail(err)
	}
	if in.Remarks, err = s.Notes(ctx, reports.Feedback, in.Week.Range(), in.Filter); err != nil {
		return fail(err)
	}
	in.Remarks = slices.DeleteFunc(in.Remarks, func(n reports.Note) bool { return n.Rating != reports.Negative })
	if in.Sources, err = s.Sources(ctx); err != nil {
		return fail(err)
	}
	if in.Filter == "" { // an answer is for every channel
		if in.Answered, err = s.Answered(ctx, in.Week.End(in.Rules.Zone)); err != nil {
			return fail(err)
		}
	}
	if in.Annotations, err = s.Annotations(ctx); err != nil {
		return fail(err)
	}
	if in.Before == nil {
		if in.Before, err = s.LastRecord(ctx, in.Week.Add(-1), in.Definition, in.Filter); err != nil {
			return fail(err)
		}
	}
	if in.Cohorts, err = s.Cohorts(ctx, reports.ImpactRange(in.Week)); err != nil {
		return fail(err)
	}
	d, err := reports.Weekly(in)
	if err != nil {
		return fail(err)
	}
	return d, reports.Quoted(in.Questions, in.Remarks), nil
}

// Picture is one chart of a digest.
type Picture struct {
	Name string // of the report; without a path or an ending
	PNG  []byte
	views.Image
}

// Pictures draws a digest's charts. With an error it returns those that can be drawn.
func Pictures(d *reports.Digest, p *lang.Printer) ([]Picture, error) {
	list := make([]Picture, 0, len(d.Charts))
	var wrong error
	for i := range d.Charts {
		t := &d.Charts[i]
		b, err := chart.PNG(t, p)
		if err != nil {
			wrong = errors.Join(wrong, fmt.Errorf("digest %s: %w", d.Week, err))
			continue
		}
		list = append(list, Picture{t.Report.Name, b, views.Image{Title: p.Title(t.Report), Alt: p.Alt(t)}})
	}
	return list, wrong
}
