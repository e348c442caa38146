package chart

import (
	"math"
	"time"

	"agentreport/reports"
	"agentreport/reports/lang"
)

// axis is a vertical axis from zero to a round top.
type axis struct {
	unit  reports.Unit
	step  float64
	ticks int // above zero
}

// newAxis is the axis that shows values up to most in at most so many steps.
func newAxis(unit reports.Unit, most float64, atMost int) axis {
	switch unit {
	case reports.Rate:
		for _, step := range []float64{0.01, 0.02, 0.05, 0.1, 0.25, 0.5} {
			if n := steps(most, step); n <= atMost {
				return axis{unit, step, max(n, 2)}
			}
		}
		return axis{unit, 0.5, 2}
	case reports.Duration:
		for _, d := range []time.Duration{
			time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second,
			time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
			time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour,
		} {
			if n := steps(most, float64(d.Milliseconds())); n <= atMost {
				return axis{unit, float64(d.Milliseconds()), max(n, 2)}
			}
		}
		day := float64((24 * time.Hour).Milliseconds())
		a := newAxis(reports.Number, most/day, atMost)
		return axis{unit, a.step * day, a.ticks}
	}
	for scale := 1.0; ; scale *= 10 {
		for _, m := range []float64{1, 2, 5} {
			if n := steps(most, m*scale); n <= atMost {
				return axis{unit, m * scale, max(n, 2)}
			}
		}
	}
}

func steps(most, step float64) int { return int(math.Ceil(most/step - 1e-9)) }

func (a axis) top() float64 { return a.step * float64(a.ticks) }

func (a axis) label(i int, p *lang.Printer) string {
	v := a.step * float64(i)
	switch a.unit {
	case reports.Rate:
		return p.Percent(int64(math.Round(100 * v)))
	case reports.Duration:
		return p.Span(v)
	}
	return p.Number(int64(v))
}

// frame is the rectangle in which values are drawn.
type frame struct {
	x, y, w, h float64
	time       float64 // the width that the rows share; beyond are the last values
	axis       axis
}

// at is the height of a value.
func (f frame) at(v float64) float64 { return f.y + f.h - f.h*v/f.axis.top() }

// room is the width of the axis's labels.
func (a axis) room(p *lang.Printer) float64 {
	w := 0.0
	for i := 0; i <= a.ticks; i++ {
		w = max(w, smallStyle().width(a.label(i, p)))
	}
	return w + 8
}

// frame draws an axis with its grid into a rectangle, labels in the room at its left, and
// returns what is left for the values. The gutter at its right is for the last of them.
func (c *canvas) frame(x, y, w, h, room, gutter float64, a axis, p *lang.Printer) frame {
	s := smallStyle()
	f := frame{x + room, y, w - room, h, w - room - gutter, a}
	for i := 0; i <= a.ticks; i++ {
		at := f.at(a.step * float64(i))
		color := grid
		if i == 0 {
			color = rule
		}
		c.line(f.x, at, f.x+f.time, at, 0.75, color)
		c.text(a.label(i, p), f.x-6, at+4.5, right, s)
	}
	return f
}

// slot is the width of one of n rows.
func (f frame) slot(n int) float64 { return f.time / float64(n) }

func (f frame) middle(i, n int) float64 { return f.x + f.slot(n)*(float64(i)+0.5) }

// dates writes the rows' first days under a frame: as many as fit, counted from the last,
// which says that it is one of a week.
func (c *canvas) dates(f frame, rows []reports.Row, p *lang.Printer) {
	s := smallStyle()
	name := func(r *reports.Row) string { return p.ShortDate(r.Start()) }
	if rows[len(rows)-1].Start() > rows[0].Start().Add(40*7) {
		name = func(r *reports.Row) string { return p.MonthYear(r.Start()) }
	}
	widest := 0.0
	for i := range rows {
		widest = max(widest, s.width(name(&rows[i])))
	}
	every := 1
	for f.slot(len(rows))*float64(every) < widest+10 && every < len(rows) {
		every++
	}
	free := width // up to where the line is still empty
	for i := len(rows) - 1; i >= 0; i -= every {
		label := name(&rows[i])
		if i == len(rows)-1 && rows[i].Week != "" {
			label = p.T("chart_week_of", lang.Args{"Day": p.ShortDate(rows[i].Start())})
		}
		half := s.width(label) / 2
		x := min(max(f.middle(i, len(rows)), f.x+half-8), width-margin-half)
		if x+half > free {
			continue
		}
		c.text(label, x, f.y+f.h+17, middle, s)
		free = x - half - 8
	}
}
