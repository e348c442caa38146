// Package chart draws reports as PNG pictures, in the process, with go-chart's
// renderer.
package chart

import (
	"fmt"

	"github.com/wcharczuk/go-chart/v2/drawing"

	"agentreport/reports"
	"agentreport/reports/lang"
)

// Heading says whether a picture says itself what it is of.
type Heading bool

// The headings.
const (
	Titled   Heading = true  // of a file on its own
	Untitled Heading = false // where the title stands beside it
)

// PNG draws a table as its report's shape asks, 1200 pixels wide. The same table,
// language and heading give the same bytes.
func PNG(t *reports.Table, p *lang.Printer, h Heading) ([]byte, error) {
	c, err := newCanvas()
	if err != nil {
		return nil, fmt.Errorf("chart %s: %w", t.Report.Name, err)
	}
	top := margin / 2
	if h == Titled {
		most := width - 2*margin
		c.text(titleStyle().fit(p.Title(t.Report), most), margin, 38, left, titleStyle())
		c.text(smallStyle().fit(p.Subtitle(t), most), margin, 60, left, smallStyle())
		top = 76
	}
	switch {
	case t.IsEmpty():
		s := textStyle()
		s.color = quiet
		c.text(p.T("chart_no_data"), width/2, (height+top)/2, middle, s)
	case t.Report.Shape == reports.Tiles:
		c.tiles(t, p, top)
	case t.Report.Shape == reports.Bars:
		c.bars(t, p, top)
	default:
		c.overTime(t, p, top)
	}
	b, err := c.png()
	if err != nil {
		return nil, fmt.Errorf("chart %s: %w", t.Report.Name, err)
	}
	return b, nil
}

// inks are the colours of the drawn columns. What is good or bad by its name
// keeps its colour everywhere.
var inks = map[string]drawing.Color{
	"handled": sky, "resolved": blue, "resolution_rate": blue, "deflection_rate": green, "deflected": green,
	"handoff_rate": vermilion, "positive": green, "neutral": grey, "negative": vermilion,
	"visitor_messages": orange, "handle_rate": blue, "unanswered": orange, "handoff_to_close": purple,
	reports.OtherName: grey,
}

func inkOf(t *reports.Table, column, nth int) drawing.Color {
	if t.Report.Shape == reports.Columns && len(t.Drawn()) == 1 && t.Columns[column].Name == "handled" {
		return blue
	}
	if color, ok := inks[t.Columns[column].Name]; ok {
		return color
	}
	return seriesInks[nth%len(seriesInks)]
}

// legend writes what the colours mean in as many lines as that takes, and
// returns where the next thing goes.
func (c *canvas) legend(t *reports.Table, p *lang.Printer, drawn []int, y float64) float64 {
	type entry struct {
		name  string
		color drawing.Color
		open  bool
	}
	var entries []entry
	if len(drawn) > 1 {
		for nth, i := range drawn {
			entries = append(entries, entry{p.Column(t.Columns[i]), inkOf(t, i, nth), false})
		}
	}
	if provisional(t) {
		entries = append(entries, entry{p.T("chart_open"), inkOf(t, drawn[0], 0), true})
	}
	if len(entries) == 0 {
		return y
	}
	s := smallStyle()
	x, line := margin, y+11
	for _, e := range entries {
		name := s.fit(e.name, width-2*margin-20)
		w := 18 + s.width(name)
		if x > margin && x+w > width-margin {
			x, line = margin, line+19
		}
		switch {
		case e.open && t.Report.Shape == reports.Lines:
			c.line(x, line-4.5, x+12, line-4.5, 2, e.color, 6, 6)
		case e.open:
			c.hatched(x, line-10, 11, 11, e.color)
		default:
			c.rect(x, line-10, 11, 11, e.color)
		}
		c.text(name, x+18, line, left, s)
		x += w + 18
	}
	return line + 12
}

// provisional reports whether a drawn figure can still change.
func provisional(t *reports.Table) bool {
	for _, r := range t.Rows {
		if mayChange(t, r) {
			return true
		}
	}
	return false
}

func mayChange(t *reports.Table, r reports.Row) bool {
	for _, i := range t.Drawn() {
		if r.Values[i].Open > 0 {
			return true
		}
	}
	return false
}
