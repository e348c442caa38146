package delivery

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"agentreport/reports"
)

// checkedWeeks is how far ahead a schedule is looked at before it is accepted.
const checkedWeeks = 60

// Schedule is when a digest is due: once a week, in a zone.
type Schedule struct {
	spec cron.Schedule // on wall clocks, which are kept as UTC
	zone *time.Location
}

// ErrTooEarly says that a digest would come before its week is over.
var ErrTooEarly = errors.New("before the week that it reports has ended")

// DayAndTime are the weekday and the time of a schedule that is once a week in
// its plainest form.
func DayAndTime(spec string) (day time.Weekday, at string, ok bool) {
	f := strings.Fields(spec)
	if len(f) != 5 || f[2] != "*" || f[3] != "*" {
		return 0, "", false
	}
	minute, err := strconv.Atoi(f[0])
	hour, err2 := strconv.Atoi(f[1])
	if err != nil || err2 != nil {
		return 0, "", false
	}
	for d := time.Sunday; d <= time.Saturday; d++ {
		if strings.EqualFold(f[4], d.String()[:3]) || f[4] == strconv.Itoa(int(d)) {
			return d, fmt.Sprintf("%02d:%02d", hour, minute), true
		}
	}
	return 0, "", false
}

// Weekly is the schedule of a weekday and a time such as 09:00.
func Weekly(day time.Weekday, at string) (string, error) {
	t, err := time.Parse("15:04", at)
	if err != nil {
		return "", fmt.Errorf("%q is not a time such as 09:00", at)
	}
	return fmt.Sprintf("%d %d * * %s", t.Minute(), t.Hour(), strings.ToUpper(day.String()[:3])), nil
}

// ParseSchedule reads the five fields of cron. It refuses a schedule that does
// not fire exactly once in each of the next 60 weeks, or fires before the week
// that it reports has ended in the reporting zone.
func ParseSchedule(spec string, zone, reporting *time.Location, now time.Time) (*Schedule, error) {
	s, err := parseSchedule(spec, zone)
	if err != nil {
		return nil, err
	}
	first := reports.WeekOf(now, zone).Add(1)
	fires := map[reports.Week]int{}
	last := first.Add(checkedWeeks).Start(zone)
	for t := s.Next(first.Start(zone).Add(-time.Nanosecond)); !t.IsZero() && t.Before(last); t = s.Next(t) {
		w := reports.WeekOf(t, zone)
		if fires[w]++; fires[w] > 1 {
			return nil, fmt.Errorf("schedule %q fires more than once a week (twice in %s): name one day and one time, such as 0 9 * * MON", spec, w)
		}
		if ends := w.Add(-1).End(reporting); t.Before(ends) {
			return nil, fmt.Errorf("schedule %q fires on %s, %w in %s: choose a later time", spec, t.Format("Monday 15:04 MST"), ErrTooEarly, reporting)
		}
	}
	for i := range checkedWeeks {
		if w := first.Add(i); fires[w] == 0 {
			return nil, fmt.Errorf("schedule %q does not fire every week (not in %s): name one day and one time, such as 0 9 * * MON", spec, w)
		}
	}
	return s, nil
}

func parseSchedule(spec string, zone *time.Location) (*Schedule, error) {
	parsed, err := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow).Parse(spec)
	if err != nil {
		return nil, fmt.Errorf("schedule %q is not five cron fields such as 0 9 * * MON: %w", spec, err)
	}
	if own, ok := parsed.(*cron.SpecSchedule); ok {
		if own.Location != time.Local { // what the parser sets where no zone is named
			return nil, fmt.Errorf("schedule %q names a zone of its own: set the zone beside it", spec)
		}
		own.Location = time.UTC
	}
	return &Schedule{parsed, zone}, nil
}

// Next is the first time after t at which the schedule fires; zero where there
// is none. A time that the clocks skip is where they go on, one that they show
// twice is the first.
func (s *Schedule) Next(t time.Time) time.Time {
	// Some time earlier on the wall clock, for the clocks may go back.
	wall := onWall(t.Add(-26*time.Hour), s.zone)
	for {
		wall = s.spec.Next(wall)
		if wall.IsZero() {
			return wall
		}
		if fires := fromWall(wall, s.zone); fires.After(t) {
			return fires
		}
	}
}

// onWall is what the clocks of a zone show, as a time in UTC.
func onWall(t time.Time, zone *time.Location) time.Time {
	l := t.In(zone)
	return time.Date(l.Year(), l.Month(), l.Day(), l.Hour(), l.Minute(), l.Second(), l.Nanosecond(), time.UTC)
}

func fromWall(w time.Time, zone *time.Location) time.Time {
	t := time.Date(w.Year(), w.Month(), w.Day(), w.Hour(), w.Minute(), w.Second(), 0, zone)
	start, end := t.ZoneBounds()
	if onWall(t, zone).Equal(w) {
		// Shown twice? Then the offset before the change gives the first.
		if !start.IsZero() {
			_, before := start.Add(-time.Second).Zone()
			if early := w.Add(-time.Duration(before) * time.Second); early.Before(start) && onWall(early, zone).Equal(w) {
				return early.In(zone)
			}
		}
		return t
	}
	if onWall(t, zone).Before(w) {
		return end // before the gap
	}
	return start
}

// Week is the week that the digest due at a time reports: the one before its
// date in the schedule's zone.
func (s *Schedule) Week(due time.Time) reports.Week { return reports.WeekOf(due, s.zone).Add(-1) }
