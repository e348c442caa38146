package chart

import (
	"math"
	"slices"

	"github.com/wcharczuk/go-chart/v2/drawing"

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
	bottom := c.height - 26
	const head, between = 14.0, 18.0
	each := (bottom - top - head - between*float64(len(units)-1)) / float64(len(units))
	atMost := 4
	if len(units) > 1 {
		atMost = 2
	}
	axes := make([]axis, len(units))
	room, gutter := 0.0, margin // all panels leave the same at their sides
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
	if t.Report.Shape != reports.Stacked {
		for _, i := range drawn {
			if j := lastWithData(t, i); j >= 0 {
				gutter = max(gutter, valueStyle().width(endValue(t, p, j, i))+6)
			}
		}
	}
	var f frame
	var placed []placedNote // the same in all panels
	for n, u := range units {
		f = c.frame(margin, top+head+float64(n)*(each+between), width-2*margin, each, room, gutter, axes[n], p)
		if n == 0 {
			placed = placeNotes(t, f, notes)
		}
		c.noteMarks(placed, f)
		switch t.Report.Shape {
		case reports.Lines:
			c.lines(t, p, columnsOf(u), f)
		case reports.Stacked:
			c.stacked(t, p, columnsOf(u), f)
		default:
			c.columns(t, p, columnsOf(u), f)
		}
	}
	c.noteTexts(placed, notes+noteRoom(t)+head-8)
	c.dates(f, t.Rows, p)
}

// highest is the largest value that a panel has to show.
func highest(t *reports.Table, columns []int) float64 {
	most := 0.0
	for j, r := range t.Rows {
		sum := 0.0
		for _, i := range columns {
			v := r.Values[i]
			if !v.Says() {
				continue
			}
			sum += v.Float()
			if t.Report.Shape != reports.Stacked {
				most = max(most, v.Float())
				if x := thoughtOf(t, j, i); x != nil {
					most = max(most, x.high)
				}
			}
		}
		if t.Report.Shape == reports.Stacked {
			most = max(most, sum)
		}
	}
	return most
}

// columns draws the bars of each row: beside each other, or what was resolved within what
// was handled. What stands at their right are the last values.
func (c *canvas) columns(t *reports.Table, p *lang.Printer, columns []int, f frame) {
	n := len(t.Rows)
	within := len(columns) == 2 && t.Columns[columns[0]].Name == "handled" && t.Columns[columns[1]].Name == "resolved"
	group := min(f.slot(n)*0.78, 46)
	bar := group
	if !within {
		bar /= float64(len(columns))
	}
	var labels []label
	for nth, i := range columns {
		color := inkOf(t, i, slices.Index(t.Drawn(), i))
		last := lastWithData(t, i)
		for j, r := range t.Rows {
			v := r.Values[i]
			x, w := f.middle(j, n)-group/2+float64(nth)*bar, bar
			if within {
				x = f.middle(j, n) - group/2
				if nth == 1 {
					x, w = x+group*0.2, group*0.6
				}
			}
			top := c.column(f, x, w, v, thoughtOf(t, j, i), color)
			if j == last {
				labels = append(labels, label{endValue(t, p, j, i), f.x + f.time + 5, top + 4.5, color})
			}
		}
		if nth == 0 {
			c.extreme(t, p, i, f)
		}
	}
	c.labels(labels, f)
}

// column draws one bar and returns the height of its value: what it is so far is solid, and
// what it is thought to become or can become is hatched.
func (c *canvas) column(f frame, x, w float64, v reports.Value, open *thought, color drawing.Color) float64 {
	y, ground := f.at(v.Float()), f.y+f.h
	c.rect(x, y, max(w-0.5, 0.7), ground-y, color)
	if open == nil {
		return y
	}
	to := f.at(open.high)
	if open.known {
		to = f.at(open.value)
	}
	c.hatched(x, to, max(w-0.5, 0.7), y-to, color)
	if open.known {
		c.whisker(x+w/2, f.at(open.low), f.at(open.high), min(w/3, 4), ink)
	}
	return to
}

// whisker is the interval of an estimate.
func (c *canvas) whisker(x, y0, y1, half float64, color drawing.Color) {
	c.line(x, y0, x, y1, 1.25, color)
	c.line(x-half, y0, x+half, y0, 1.25, color)
	c.line(x-half, y1, x+half, y1, 1.25, color)
}

// extreme writes the highest value of a column over its bar, unless it is the last.
func (c *canvas) extreme(t *reports.Table, p *lang.Printer, column int, f frame) {
	high := 0
	for j, r := range t.Rows {
		if r.Values[column].Float() > t.Rows[high].Values[column].Float() {
			high = j
		}
	}
	v := t.Rows[high].Values[column]
	last := lastWithData(t, column)
	s := valueStyle()
	text := p.Value(v)
	x := f.middle(high, len(t.Rows))
	if high == last || v.Float() == 0 || x+s.width(text)/2 > f.x+f.time {
		return
	}
	c.text(text, max(x, f.x+s.width(text)/2), f.at(v.Float())-3, middle, s)
}

// stacked draws the columns of a row upon each other. The sums of the highest and of the
// last stand above them.
func (c *canvas) stacked(t *reports.Table, p *lang.Printer, columns []int, f frame) {
	n := len(t.Rows)
	bar := min(f.slot(n)*0.74, 46)
	s := valueStyle()
	high, sums := 0, make([]float64, n)
	for j, r := range t.Rows {
		x := f.middle(j, n) - bar/2
		for _, i := range columns {
			y0, y1 := f.at(sums[j]), f.at(sums[j]+r.Values[i].Float())
			c.rect(x, y1, bar, y0-y1, inkOf(t, i, slices.Index(t.Drawn(), i)))
			sums[j] += r.Values[i].Float()
		}
		if sums[j] > sums[high] {
			high = j
		}
	}
	free := width - margin
	for _, j := range []int{n - 1, high} {
		text := p.Number(int64(sums[j]))
		half := s.width(text) / 2
		x := min(f.middle(j, n), width-margin-half)
		if x+half > free || j == high && sums[j] == 0 {
			continue
		}
		c.text(text, max(x, f.x+half), f.at(sums[j])-3, middle, s)
		free = x - half - 4
	}
}

// lines draws a line for each column, with gaps where there is no data, and the last value
// of each. What is not settled is a dotted way to the estimate in its interval, or the range
// alone where nothing is known.
func (c *canvas) lines(t *reports.Table, p *lang.Printer, columns []int, f frame) {
	n := len(t.Rows)
	labels := make([]label, 0, len(columns))
	for _, i := range columns {
		color := inkOf(t, i, slices.Index(t.Drawn(), i))
		last := lastWithData(t, i)
		// at is where a row is drawn; false where it is not.
		at := func(j int) (y float64, open *thought, ok bool) {
			if j < 0 || j >= n || !t.Rows[j].Values[i].Says() {
				return 0, nil, false
			}
			open = thoughtOf(t, j, i)
			switch {
			case open == nil:
				return f.at(t.Rows[j].Values[i].Float()), nil, true
			case open.known:
				return f.at(open.value), open, true
			}
			return f.at((open.low + open.high) / 2), open, true
		}
		for j := range t.Rows {
			y, open, ok := at(j)
			before, _, had := at(j - 1)
			switch {
			case !ok || !had || open != nil && !open.known:
			case open != nil:
				c.line(f.middle(j-1, n), before, f.middle(j, n), y, 2, color, 5, 5)
			default:
				c.line(f.middle(j-1, n), before, f.middle(j, n), y, 2, color)
			}
		}
		for j := range t.Rows {
			y, open, ok := at(j)
			if !ok {
				continue
			}
			x := f.middle(j, n)
			_, _, before := at(j - 1)
			_, _, after := at(j + 1)
			switch {
			case open != nil:
				c.whisker(x, f.at(open.low), f.at(open.high), 3, light(color, 0.7))
				if open.known {
					c.dot(x, y, 2.75, drawing.Color{}, color)
				}
			case j == last || !before && !after || n <= 16:
				c.dot(x, y, 2, color, color)
			}
			if j == last {
				labels = append(labels, label{endValue(t, p, j, i), f.x + f.time + 5, y + 4.5, color})
			}
		}
	}
	c.labels(labels, f)
}

// endValue is a figure of a row as its label says it.
func endValue(t *reports.Table, p *lang.Printer, row, column int) string {
	v := t.Rows[row].Values[column]
	open := thoughtOf(t, row, column)
	say := func(x float64) string {
		if v.Unit == reports.Rate {
			return p.Percent(int64(math.Round(100 * x)))
		}
		return p.Number(int64(math.Round(x)))
	}
	switch {
	case open == nil && v.Unit == reports.Rate:
		return p.Percent(v.Percent())
	case open == nil || v.Unit == reports.Duration:
		return p.Value(v)
	case open.known:
		return p.T("impact_about", lang.Args{"Value": say(open.value)})
	case v.Unit == reports.Rate:
		return p.Number(int64(math.Round(100*open.low))) + "–" + say(open.high)
	}
	return say(open.low) + "–" + say(open.high)
}

func lastWithData(t *reports.Table, column int) int {
	for j := len(t.Rows) - 1; j >= 0; j-- {
		if t.Rows[j].Values[column].Says() {
			return j
		}
	}
	return -1
}
