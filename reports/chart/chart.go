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
	top := 0.0
	if h == Titled {
		top = titleRoom
	}
	c, err := newCanvas(top + heightOf(t))
	if err != nil {
		return nil, fmt.Errorf("chart %s: %w", t.Report.Name, err)
	}
	if h == Titled {
		const most = width - 2*margin
		c.text(titleStyle().fit(p.Title(t.Report), most), margin, 22, left, titleStyle())
		sub := smallStyle()
		sub.shrink(p.Subtitle(t), most)
		c.text(sub.fit(p.Subtitle(t), most), margin, 41, left, sub)
	}
	switch {
	case t.IsEmpty():
		c.nothing(p.T("chart_no_data"), top)
	case t.Report.Shape == reports.Tiles:
		c.tiles(t, p, top)
	case t.Report.Shape == reports.Bars:
		c.bars(t, p, top)
	case isTooFew(t):
		c.nothing(p.T("chart_too_few"), top)
	default:
		c.overTime(t, p, top)
	}
	b, err := c.png()
	if err != nil {
		return nil, fmt.Errorf("chart %s: %w", t.Report.Name, err)
	}
	return b, nil
}

// The heights, without a title, in points.
const (
	titleRoom = 52.0
	barHeight = 30.0
	tileRows  = 84.0
)

// heightOf is as much as a table's picture needs.
func heightOf(t *reports.Table) float64 {
	switch {
	case t.IsEmpty(), t.OverTime() && isTooFew(t):
		return 120
	case t.Report.Shape == reports.Tiles:
		return float64((len(t.Drawn())+1)/2) * tileRows
	case t.Report.Shape == reports.Bars:
		return float64(min(len(t.Rows), maxBars+1))*barHeight + 2*margin
	}
	return 240 + noteRoom(t)
}

// isTooFew reports whether a table over time has nothing to draw but rates of too few.
func isTooFew(t *reports.Table) bool {
	for _, r := range t.Rows {
		for _, i := range t.Drawn() {
			if r.Values[i].Says() {
				return false
			}
		}
	}
	return true
}

// nothing says why there is nothing.
func (c *canvas) nothing(text string, top float64) {
	s := textStyle()
	s.shrink(text, width-2*margin)
	c.text(s.fit(text, width-2*margin), width/2, (c.height+top)/2, middle, s)
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
	switch thought, open := provisional(t); {
	case thought:
		entries = append(entries, entry{p.T("chart_estimate"), ink, true})
	case open:
		entries = append(entries, entry{p.T("chart_open"), ink, true})
	}
	if len(entries) == 0 {
		return y
	}
	s := smallStyle()
	x, line := margin, y+13
	for _, e := range entries {
		name := s.fit(e.name, width-2*margin-18)
		w := 16 + s.width(name)
		if x > margin && x+w > width-margin {
			x, line = margin, line+17
		}
		switch {
		case e.open && t.Report.Shape == reports.Lines:
			c.line(x+5, line-10, x+5, line+1, 1.25, light(e.color, 0.7))
			c.dot(x+5, line-4.5, 2.5, drawing.Color{}, e.color)
		case e.open:
			c.hatched(x, line-9, 10, 10, e.color)
		default:
			c.rect(x, line-9, 10, 10, e.color)
		}
		c.text(name, x+15, line, left, s)
		x += w + 14
	}
	return line + 8
}

// provisional reports whether a drawn figure is an estimate, or can still change without
// there being one.
func provisional(t *reports.Table) (thought, open bool) {
	for i := range t.Rows {
		for _, j := range t.Drawn() {
			if x := thoughtOf(t, i, j); x != nil && x.low != x.high {
				thought = thought || x.known
				open = open || !x.known
			}
		}
	}
	return thought, open
}

// thought is what a figure of a row can be that is not settled: an estimate in its
// interval, or the range that it can take.
type thought struct {
	known            bool
	value, low, high float64
}

// thoughtOf is nil where a figure is settled.
func thoughtOf(t *reports.Table, row, column int) *thought {
	r, v := &t.Rows[row], t.Rows[row].Values[column]
	if x, ok := r.Estimates[t.Columns[column].Name]; ok && v.OK() && r.Open > 0 && x.Low != x.High {
		return &thought{true, x.Value, x.Low, x.High}
	}
	if v = reports.MayStill(t.Columns[column].Name, v, r.Open); v.OK() && v.Open > 0 {
		return &thought{false, v.Float(), v.Float(), v.High()}
	}
	return nil
}
