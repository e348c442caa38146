package delivery

import (
	"context"
	"errors"
	"fmt"

	"agentreport/bot/views"
	"agentreport/reports"
	"agentreport/reports/chart"
	"agentreport/reports/lang"
)

// Compose makes the digest of a week from what is stored, as it is at a moment.
// It also returns the conversations that the digest may quote.
func Compose(ctx context.Context, s reports.Reader, in reports.DigestInput) (reports.Digest, []string, error) {
	err := in.Read(ctx, s)
	var d reports.Digest
	if err == nil {
		d, err = reports.Weekly(in)
	}
	if err != nil {
		return reports.Digest{}, nil, fmt.Errorf("digest %s: %w", in.Week, err)
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
