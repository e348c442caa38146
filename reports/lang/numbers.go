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

// Percent is a rate from 0 to 1 as whole percent. Only nothing is 0 %, only
// all is 100 %.
func (p *Printer) Percent(rate float64) string { return p.Number(percent(rate)) + thinSpace + "%" }

func percent(rate float64) int64 {
	n := int64(math.Round(rate * 100))
	switch {
	case n == 0 && rate > 0:
		return 1
	case n == 100 && rate < 1:
		return 99
	}
	return n
}

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
	low, high := percent(v.Float()), percent(v.High())
	if low == high {
		return p.Percent(v.Float())
	}
	return p.Number(low) + "–" + p.Percent(v.High())
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
