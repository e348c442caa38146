package chart

import (
	"slices"

	"agentreport/reports"
	"agentreport/reports/lang"
)

// overTime draws a report over weeks or days: one panel for each unit among its
// columns, under one another.
func (c *canvas) overTime(t *reports.Table, p *lang.Printer, top float64) {
	drawn := t.Drawn()
	top = c.legend(t, p, drawn, top)
	notes := top
	top += noteRoom(t)
	var units []reports.Unit
	for _, i := range drawn {
		if u := t.Columns[i].Unit; !slices.Contains(units, u) {
			units = append(units, u)
		}
	}
	bottom := height - 40
	const between = 24.0
	each := (bottom - top - 14 - between*float64(len(units)-1)) / float64(len(units))
	atMost := 5
	if len(units) > 1 {
		atMost = 3
	}
	axes := make([]axis, len(units))
	room := 0.0 // all panels leave the same at their left
	columnsOf := func(u reports.Unit) (columns []int) {
		for _, i := range drawn {
			if t.Columns[i].Unit == u {
				columns = append(columns, i)
			}
		}
		return columns
	}
	for n, u := range units {
		axes[n] = newAxis(u, highest(t, columnsOf(u)), atMost)
		room = max(room, axes[n].room(p))
	}
	lastValues := 0.0
	if t.Report.Shape == reports.Lines {
		for _, i := range drawn {
			if j := lastWithData(t, i); j >= 0 {
				lastValues = max(lastValues, valueStyle().width(shortValue(p, t.Rows[j].Values[i]))-margin/2+4)
			}
		}
	}
	var f frame
	var placed []placedNote // the same in all panels
	for n, u := range units {
		f = c.frame(margin, top+14+float64(n)*(each+between), width-2*margin, each, room, axes[n], p)
		f.time -= lastValues
		if n == 0 {
			placed = placeNotes(t, f, notes)
		}
		c.noteMarks(placed, f, n == 0, between)
		switch t.Report.Shape {
		case reports.Lines:
			c.lines(t, p, columnsOf(u), f)
		case reports.Stacked:
			c.stacked(t, p, columnsOf(u), f)
		default:
			c.columns(t, p, columnsOf(u), f)
		}
	}
	c.noteTexts(placed)
	c.dates(f, t.Rows, p)
}

// highest is the largest value that a panel has to show.
func highest(t *reports.Table, columns []int) float64 {
	most := 0.0
	for _, r := range t.Rows {
		sum := 0.0
		for _, i := range columns {
			v := r.Values[i]
			if !v.OK() {
				continue
			}
			sum += v.Float()
			if t.Columns[i].Unit == reports.Rate {
				most = max(most, v.High())
			}
			if t.Report.Shape != reports.Stacked {
				most = max(most, v.Float())
			}
		}
		if t.Report.Shape == reports.Stacked {
			most = max(most, sum)
		}
	}
	return most
}

// columns draws a group of bars for each row.
func (c *canvas) columns(t *reports.Table, p *lang.Printer, columns []int, f frame) {
	n := len(t.Rows)
	group := min(f.slot(n)*0.76, 70)
	bar := group / float64(len(columns))
	s := valueStyle()
	s.size = 12
	everyLabelFits, nothing := true, highest(t, columns) == 0 // zeros are written where there is nothing else
	for _, r := range t.Rows {
		for _, i := range columns {
			everyLabelFits = everyLabelFits && s.width(p.Value(r.Values[i])) <= max(bar, f.slot(n)/float64(len(columns)))-1
		}
	}
	for j, r := range t.Rows {
		for nth, i := range columns {
			v := r.Values[i]
			x := f.middle(j, n) - group/2 + float64(nth)*bar
			y := f.at(v.Float())
			color := inkOf(t, i, slices.Index(t.Drawn(), i))
			if v.Open > 0 {
				c.hatched(x, y, bar, f.y+f.h-y, color)
			} else {
				c.rect(x, y, bar-0.5, f.y+f.h-y, color)
			}
			if (v.N > 0 || nothing) && (everyLabelFits || j == n-1 && len(columns) == 1) {
				c.text(p.Value(v), min(x+bar/2, width-margin/2-s.width(p.Value(v))/2), y-4, middle, s)
			}
		}
		if !everyLabelFits && j == n-1 && len(columns) > 1 {
			c.lastValues(r, p, columns, f)
		}
	}
}

// lastValues writes the values of the last row over its bars, one under the
// other, where they would not fit beside each other.
func (c *canvas) lastValues(r reports.Row, p *lang.Printer, columns []int, f frame) {
	s := valueStyle()
	s.size = 12
	high := 0.0
	text := ""
	for nth, i := range columns {
		high = max(high, r.Values[i].Float())
		if nth > 0 {
			text += " / "
		}
		text += p.Value(r.Values[i])
	}
	c.text(text, f.x+f.w+margin/2, f.at(high)-4, right, s)
}

// stacked draws the columns of a row upon each other, and their sum above.
func (c *canvas) stacked(t *reports.Table, p *lang.Printer, columns []int, f frame) {
	n := len(t.Rows)
	bar := min(f.slot(n)*0.7, 60)
	s := valueStyle()
	s.size = 12
	totals := make([]string, n)
	fits := true
	for j, r := range t.Rows {
		var sum int64
		for _, i := range columns {
			sum += r.Values[i].N
		}
		if sum > 0 || highest(t, columns) == 0 {
			totals[j] = p.Number(sum)
		}
		fits = fits && s.width(totals[j]) <= f.slot(n)-2
	}
	for j, r := range t.Rows {
		x := f.middle(j, n) - bar/2
		sum := 0.0
		for _, i := range columns {
			y0, y1 := f.at(sum), f.at(sum+r.Values[i].Float())
			c.rect(x, y1, bar, y0-y1, inkOf(t, i, slices.Index(t.Drawn(), i)))
			sum += r.Values[i].Float()
		}
		if fits || j == n-1 {
			c.text(totals[j], min(x+bar/2, width-margin/2-s.width(totals[j])/2), f.at(sum)-4, middle, s)
		}
	}
}

// lines draws a line for each column, with gaps where there is no data, and the
// last value of each.
func (c *canvas) lines(t *reports.Table, p *lang.Printer, columns []int, f frame) {
	n := len(t.Rows)
	labels := make([]label, 0, len(columns))
	for _, i := range columns {
		color := inkOf(t, i, slices.Index(t.Drawn(), i))
		last := lastWithData(t, i)
		for j, r := range t.Rows {
			v := r.Values[i]
			if !v.OK() {
				continue
			}
			x, y := f.middle(j, n), f.at(v.Float())
			if j > 0 && t.Rows[j-1].Values[i].OK() {
				px, py := f.middle(j-1, n), f.at(t.Rows[j-1].Values[i].Float())
				if v.Open > 0 {
					c.line(px, py, x, y, 2.25, color, 10, 8)
				} else {
					c.line(px, py, x, y, 2.25, color)
				}
			}
		}
		for j, r := range t.Rows {
			v := r.Values[i]
			if !v.OK() {
				continue
			}
			x, y := f.middle(j, n), f.at(v.Float())
			alone := (j == 0 || !t.Rows[j-1].Values[i].OK()) && (j == n-1 || !t.Rows[j+1].Values[i].OK())
			switch {
			case v.Open > 0 && t.Columns[i].Unit == reports.Rate:
				c.line(x, y, x, f.at(v.High()), 1.5, light(color, 0.6))
				c.line(x-4, f.at(v.High()), x+4, f.at(v.High()), 1.5, light(color, 0.6))
				c.dot(x, y, 3.5, paper, color)
			case j == last || alone || n <= 16:
				c.dot(x, y, 2.5, color, color)
			}
			if j == last {
				labels = append(labels, label{shortValue(p, v), x + 9, y + 4.5, color})
			}
		}
	}
	c.labels(labels, f)
}

func shortValue(p *lang.Printer, v reports.Value) string {
	if v.Unit == reports.Rate {
		return p.Percent(v.Percent())
	}
	return p.Value(v)
}

func lastWithData(t *reports.Table, column int) int {
	for j := len(t.Rows) - 1; j >= 0; j-- {
		if t.Rows[j].Values[column].OK() {
			return j
		}
	}
	return -1
}
