package lang

import (
	"fmt"
	"time"

	"agentreport/reports"
)

func (p *Printer) month(t time.Time) string { return p.T(fmt.Sprintf("month_%d", t.Month())) }

// Date is a day such as 21 Sep 2025.
func (p *Printer) Date(d reports.Day) string {
	t := d.Date()
	return fmt.Sprintf("%d %s %d", t.Day(), p.month(t), t.Year())
}

// ShortDate is a day such as 21 Sep.
func (p *Printer) ShortDate(d reports.Day) string {
	t := d.Date()
	return fmt.Sprintf("%d %s", t.Day(), p.month(t))
}

// Period is a range of days such as 15–21 Sep 2025.
func (p *Printer) Period(r reports.Range) string {
	from, to := r.From.Date(), r.To.Add(-1).Date()
	switch {
	case from.Equal(to):
		return p.Date(r.From)
	case from.Year() != to.Year():
		return p.Date(r.From) + " – " + p.Date(r.To.Add(-1))
	case from.Month() != to.Month():
		return p.ShortDate(r.From) + " – " + p.Date(r.To.Add(-1))
	}
	return fmt.Sprintf("%d–%s", from.Day(), p.Date(r.To.Add(-1)))
}

// Moment is a time such as Thu 18 Sep 2025, 14:00 in a zone.
func (p *Printer) Moment(t time.Time, zone *time.Location) string {
	t = t.In(zone)
	return fmt.Sprintf("%s %s, %s", p.weekday(t), p.Date(reports.DayOf(t, zone)), t.Format("15:04"))
}

// MomentNear is a time such as Thu 18 Sep, 14:00 for somebody who reads it at a
// moment: it names the year where it is another one.
func (p *Printer) MomentNear(t, now time.Time, zone *time.Location) string {
	t = t.In(zone)
	if t.Year() != now.In(zone).Year() {
		return p.Moment(t, zone)
	}
	return fmt.Sprintf("%s %d %s, %s", p.weekday(t), t.Day(), p.month(t), t.Format("15:04"))
}

func (p *Printer) weekday(t time.Time) string { return p.T(fmt.Sprintf("weekday_%d", t.Weekday())) }

// MonthYear is a day's month such as Sep 2025.
func (p *Printer) MonthYear(d reports.Day) string {
	t := d.Date()
	return fmt.Sprintf("%s %d", p.month(t), t.Year())
}
