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
	PNG []byte
	views.Image
}

// Pictures draws charts. With an error it returns those that can be drawn.
func Pictures(tables []reports.Table, p *lang.Printer) ([]Picture, error) {
	list := make([]Picture, 0, len(tables))
	var wrong error
	for i := range tables {
		pic, err := picture(&tables[i], p)
		if err != nil {
			wrong = errors.Join(wrong, err)
			continue
		}
		list = append(list, pic)
	}
	return list, wrong
}

func picture(t *reports.Table, p *lang.Printer) (Picture, error) {
	b, err := chart.PNG(t, p, chart.Untitled)
	if err != nil {
		return Picture{}, fmt.Errorf("report %s: %w", t.Report.Name, err)
	}
	return Picture{b, views.Image{Name: t.Report.Name, Title: p.Title(t.Report), Alt: p.Alt(t)}}, nil
}
