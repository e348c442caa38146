package lang

import (
	"math"
	"time"

	"golang.org/x/text/number"

	"agentreport/reports"
)

// Number is an integer with the language's thousands separator.
func (p *Printer) Number(n int64) string { return p.numbers.Sprint(number.Decimal(n)) }

// Decimal is a number with at most one digit after the point.
func (p *Printer) Decimal(x float64) string {
	return p.numbers.Sprint(number.Decimal(x, number.MaxFractionDigits(1)))
}

// thinSpace keeps a number and its sign together.
const thinSpace = "\u202f"

// Percent is whole percent, such as 54 %.
func (p *Printer) Percent(n int64) string { return p.Number(n) + thinSpace + "%" }

// Duration is a time span in its two largest units, such as 3 m 12 s.
func (p *Printer) Duration(d time.Duration) string {
	d = max(0, d).Round(time.Second)
	two := func(id string, large, small time.Duration) string {
		return p.T(id, Args{"A": p.Number(int64(d / large)), "B": p.Number(int64(d % large / small))})
	}
	switch {
	case d >= 24*time.Hour:
		return two("duration_days", 24*time.Hour, time.Hour)
	case d >= time.Hour:
		return two("duration_hours", time.Hour, time.Minute)
	case d >= time.Minute:
		return two("duration_minutes", time.Minute, time.Second)
	}
	return two("duration_seconds", time.Second, time.Second)
}

// Milliseconds is a duration in milliseconds.
func (p *Printer) Milliseconds(ms float64) string {
	return p.Duration(time.Duration(math.Round(ms)) * time.Millisecond)
}

// Value is one number of a report; a rate that can still rise is a range.
func (p *Printer) Value(v reports.Value) string {
	switch {
	case !v.OK():
		return p.T("digest_no_data")
	case v.Unit == reports.Number:
		return p.Number(v.N)
	case v.Unit == reports.Duration:
		return p.Milliseconds(v.Float())
	case v.TooFew():
		return p.T("digest_too_few", Args{"N": p.Number(v.N), "D": p.Number(v.D)})
	}
	if low := v.Percent(); low != v.PercentHigh() {
		return p.Number(low) + "–" + p.Percent(v.PercentHigh())
	}
	return p.Percent(v.Percent())
}

// Span is a round duration in milliseconds as an axis shows it: in its one unit
// where that is enough.
func (p *Printer) Span(ms float64) string {
	d := time.Duration(ms) * time.Millisecond
	for _, u := range []struct {
		unit time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}} {
		if d >= u.unit && d%u.unit == 0 {
			return p.Number(int64(d/u.unit)) + thinSpace + u.name
		}
	}
	return p.Duration(d)
}

// Change says how a figure differs from an earlier one, in points of a rate and
// percent of all else, by the ids of a rise and a fall; nothing where that may not
// be said.
func (p *Printer) Change(v, before reports.Value, up, down string) string {
	d, ok := v.Since(before)
	if !ok || !d.Shown {
		return ""
	}
	by := p.Percent(max(d.By, -d.By))
	if v.Unit == reports.Rate {
		by = p.Count("digest_points", max(d.By, -d.By))
	}
	switch {
	case d.By > 0:
		return p.T(up, Args{"By": by})
	case d.By < 0:
		return p.T(down, Args{"By": by})
	}
	return p.T("digest_same")
}

// Figure is a column's figure over the whole range: its value, of how many where
// it is a share of ratings, and how it changed from the week before.
func (p *Printer) Figure(t *reports.Table, column int) string {
	if t.Impact != nil {
		for _, w := range p.Impact(t.Impact, "digest_up", "digest_down") {
			if w.Figure == t.Columns[column].Name {
				text := w.Value
				if w.Change != "" {
					text += "  " + w.Change
				}
				if w.More != "" {
					text += " (" + w.More + ")"
				}
				return text
			}
		}
	}
	v := t.Total[column]
	text := p.Value(v)
	if t.Columns[column].Name == "helpful" && v.Says() {
		text += " " + p.Count("digest_ratings", v.D)
	}
	if t.Before != nil {
		if change := p.Change(v, t.Before[column], "digest_up", "digest_down"); change != "" {
			text += "  " + change
		}
	}
	return text
}
