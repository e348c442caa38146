package reports

import (
	"fmt"
	"time"
)

// Day is a calendar day in the reporting zone, as 2025-09-22. Days compare
// and sort as strings.
type Day string

const dayLayout = "2006-01-02"

// DayOf is the day on which t falls in zone.
func DayOf(t time.Time, zone *time.Location) Day {
	var b [len(dayLayout)]byte
	return Day(t.In(zone).AppendFormat(b[:0], dayLayout))
}

// ParseDay reads a day such as 2025-09-22.
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(dayLayout, s)
	if err != nil {
		return "", fmt.Errorf("%q is not a day such as 2025-09-22", s)
	}
	return Day(t.Format(dayLayout)), nil
}

// Date is the day's midnight in UTC, for calendar arithmetic and printing.
func (d Day) Date() time.Time {
	t, err := time.Parse(dayLayout, string(d))
	if err != nil {
		return time.Time{}
	}
	return t
}

// Add is the day n days later.
func (d Day) Add(n int) Day { return Day(d.Date().AddDate(0, 0, n).Format(dayLayout)) }

// Start is the first instant of the day in zone. That is not always midnight:
// where the clocks go forward at midnight the day begins at one.
func (d Day) Start(zone *time.Location) time.Time {
	date := d.Date()
	t := time.Date(date.Year(), date.Month(), date.Day(), 0, 0, 0, 0, zone)
	for DayOf(t, zone) < d {
		t = t.Add(15 * time.Minute)
	}
	for before := t.Add(-15 * time.Minute); DayOf(before, zone) >= d; before = t.Add(-15 * time.Minute) {
		t = before
	}
	return t
}

// Week is the ISO 8601 week that holds the day.
func (d Day) Week() Week {
	y, w := d.Date().ISOWeek()
	return Week(fmt.Sprintf("%04d-W%02d", y, w))
}

// Week is an ISO 8601 week, Monday to Sunday, as 2025-W39. Weeks compare and
// sort as strings.
type Week string

// WeekOf is the week in which t falls in zone.
func WeekOf(t time.Time, zone *time.Location) Week { return DayOf(t, zone).Week() }

// ParseWeek reads a week such as 2025-W39.
func ParseWeek(s string) (Week, error) {
	var y, n int
	if _, err := fmt.Sscanf(s, "%4d-W%2d", &y, &n); err == nil {
		if w := monday(y, n).Week(); string(w) == s {
			return w, nil
		}
	}
	return "", fmt.Errorf("%q is not an ISO 8601 week such as 2025-W39", s)
}

// monday is the first day of week n of year y: the week that holds 4 January
// is the first.
func monday(y, n int) Day {
	fourth := time.Date(y, 1, 4, 0, 0, 0, 0, time.UTC)
	back := (int(fourth.Weekday()) + 6) % 7
	return Day(fourth.AddDate(0, 0, 7*(n-1)-back).Format(dayLayout))
}

// Monday is the week's first day.
func (w Week) Monday() Day {
	var y, n int
	if _, err := fmt.Sscanf(string(w), "%4d-W%2d", &y, &n); err != nil {
		return ""
	}
	return monday(y, n)
}

// Add is the week n weeks later.
func (w Week) Add(n int) Week { return w.Monday().Add(7 * n).Week() }

// Start is the first instant of the week in zone.
func (w Week) Start(zone *time.Location) time.Time { return w.Monday().Start(zone) }

// End is the first instant after the week in zone.
func (w Week) End(zone *time.Location) time.Time { return w.Monday().Add(7).Start(zone) }

// Range is the days [From, To).
type Range struct {
	From, To Day
}

// Range is the week's days.
func (w Week) Range() Range { return Range{w.Monday(), w.Monday().Add(7)} }

// LastWeeks is the n complete weeks before the one in which now falls.
func LastWeeks(n int, now time.Time, zone *time.Location) Range {
	this := WeekOf(now, zone).Monday()
	return Range{this.Add(-7 * n), this}
}

// RecentWeeks are the weeks of a report's default span, and the days since.
func RecentWeeks(now time.Time, zone *time.Location) Range {
	return Range{LastWeeks(DefaultWeeks, now, zone).From, DayOf(now, zone).Add(1)}
}

// Weeks are the weeks that share a day with the range, in order.
func (r Range) Weeks() []Week {
	if r.To <= r.From {
		return nil
	}
	var weeks []Week
	last := r.To.Add(-1).Week()
	for w := r.From.Week(); w <= last; w = w.Add(1) {
		weeks = append(weeks, w)
	}
	return weeks
}

// IsWeeks reports whether the range is whole weeks.
func (r Range) IsWeeks() bool {
	return r.From == r.From.Week().Monday() && r.To == r.To.Week().Monday()
}

// Contains reports whether the range holds the day.
func (r Range) Contains(d Day) bool { return r.From <= d && d < r.To }
