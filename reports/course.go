package reports

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Standing is how a session stands at a moment, by what is known at that moment: what it
// counts as, and what it will count as if nothing more happens.
type Standing uint8

// The standings. A deflected one needed no human.
const (
	NotCounted Standing = iota // the agent is not in it, or it stayed unengaged
	Waiting                    // unengaged, but the visitor may still answer
	StandsHandedOff
	StandsResolved
	StandsResolvedDeflected
	StandsUnresolved
	StandsUnresolvedDeflected
	OpenToResolved
	OpenToResolvedDeflected
	OpenToUnresolved
	OpenToUnresolvedDeflected
	Standings
)

// IsOpen reports whether the passing of time alone changes it.
func (s Standing) IsOpen() bool { return s == Waiting || s >= OpenToResolved }

// Adds reports whether a session that stands so counts in a figure: one of CountHandled,
// CountResolved, CountDeflected and CountHandedOff.
func (s Standing) Adds(c Counter) bool {
	switch c {
	case CountHandled:
		return s != NotCounted && s != Waiting
	case CountHandedOff:
		return s == StandsHandedOff
	case CountResolved:
		return s == StandsResolved || s == StandsResolvedDeflected
	case CountDeflected:
		return s == StandsResolvedDeflected || s == StandsUnresolvedDeflected
	}
	return false
}

// Ends is how it stands once its time has passed and nothing more has happened.
func (s Standing) Ends() Standing {
	switch {
	case s == Waiting:
		return NotCounted
	case s >= OpenToResolved:
		return s - OpenToResolved + StandsResolved
	}
	return s
}

// turn is one change of a session's standing.
type turn struct {
	at time.Time
	to Standing
}

// course is how a session stood at every moment, under one definition.
type course []turn

// turns adds a change; of several at one moment the last counts.
func (c *course) turns(at time.Time, to Standing) {
	list := *c
	// What was to happen by the passing of time alone happens no more.
	for len(list) > 0 && list[len(list)-1].at.After(at) {
		list = list[:len(list)-1]
	}
	if len(list) > 0 && list[len(list)-1].at.Equal(at) {
		list = list[:len(list)-1]
	}
	if len(list) == 0 || list[len(list)-1].to != to {
		list = append(list, turn{at, to})
	}
	*c = list
}

// stands keeps how a session stands from a moment on, if nothing more happens.
func (c *course) stands(s *Session, d Definition, r Rules, at time.Time) {
	if !s.Handled() {
		until := s.LastActivityAt.Add(r.Window)
		if !s.Unengaged || !at.Before(until) {
			c.turns(at, NotCounted)
			return
		}
		c.turns(at, Waiting)
		c.turns(until, NotCounted)
		return
	}
	v := s.Verdict(d, r.Window)
	end := StandsHandedOff
	switch v.Outcome {
	case OutcomeResolved:
		end = StandsResolved
	case OutcomeUnresolved:
		end = StandsUnresolved
	}
	if end != StandsHandedOff && s.Deflected() {
		end++
	}
	if !at.Before(v.SettlesAt) {
		c.turns(at, end)
		return
	}
	c.turns(at, end-StandsResolved+OpenToResolved)
	c.turns(v.SettlesAt, end)
}

// SessionCourse is how a session stood at every moment, by what was known at it.
type SessionCourse struct {
	StartedAt time.Time
	Channel   string
	courses   [definitions]course
}

// At is how the session stood at a moment under a definition.
func (c *SessionCourse) At(d Definition, now time.Time) Standing {
	to := NotCounted
	for _, t := range c.courses[d] {
		if t.at.After(now) {
			break
		}
		to = t.to
	}
	return to
}

// Courses follows the sessions of one conversation through time: how each stood at every
// moment, with the events until then and not one more. It sorts events in place, and
// costs little more than a fold.
func (r Rules) Courses(events []Event) []SessionCourse {
	slices.SortStableFunc(events, ByOrder)
	var out []SessionCourse
	var folds []*folding
	var returned []time.Time // of each session: when the visitor came back
	var channel string
	comesBack := func(i int) bool { return !folds[i].facts().Unengaged && !folds[i].outreach }
	stands := func(i int, at time.Time) {
		s := folds[i].facts()
		s.ReturnedAt = returned[i]
		for _, d := range Definitions {
			out[i].courses[d].stands(&s, d, r, at)
		}
	}
	for i := range events {
		e := &events[i]
		if i > 0 && events[i-1].ID == e.ID || e.IsInferred() {
			continue
		}
		setFirst(&channel, e.Channel)
		if e.Test { // the conversation counts nowhere
			return nil
		}
		last := len(folds) - 1
		if last < 0 || folds[last].endsBefore(e, r.Window) {
			last++
			folds = append(folds, begin(e, last+1))
			returned = append(returned, time.Time{})
			out = append(out, SessionCourse{StartedAt: e.At})
		}
		came := folds[last].Events > 0 && comesBack(last)
		folds[last].add(e)
		stands(last, e.At)
		if !came && comesBack(last) {
			for j := last - 1; j >= 0; j-- {
				returned[j] = folds[last].StartedAt
				stands(j, e.At)
				if comesBack(j) {
					break // those before it came back to that one
				}
			}
		}
	}
	for i := range out {
		out[i].Channel = folds[i].Channel
		setFirst(&out[i].Channel, channel)
		setFirst(&out[i].Channel, UnknownChannel)
	}
	return out
}

// Cohort is how many sessions of a day went the same way after the end of its week.
type Cohort struct {
	Channel    string `json:"channel"`
	Definition string `json:"definition"`
	// Course is how they stood at the end of the week, then each change with the whole
	// hours from the end of the week by which it had happened: "7 13:4".
	Course string `json:"course"`
	N      int64  `json:"n"`
}

// DayCohorts are the cohorts of the sessions that started on a day.
type DayCohorts struct {
	Day     Day
	Cohorts []Cohort
}

// Cohorts are those of the sessions that started on a day.
func (r Rules) Cohorts(day Day, sessions []SessionCourse) DayCohorts {
	end := WeekOf(day.Date(), time.UTC).End(r.Zone)
	n := map[Cohort]int64{}
	for i := range sessions {
		s := &sessions[i]
		if DayOf(s.StartedAt, r.Zone) != day {
			continue
		}
		for _, d := range Definitions {
			n[Cohort{Channel: s.Channel, Definition: d.String(), Course: s.courses[d].after(end)}]++
		}
	}
	out := DayCohorts{Day: day}
	for c, many := range n {
		c.N = many
		out.Cohorts = append(out.Cohorts, c)
	}
	slices.SortFunc(out.Cohorts, func(a, b Cohort) int {
		if d := strings.Compare(a.Channel, b.Channel); d != 0 {
			return d
		}
		if d := strings.Compare(a.Definition, b.Definition); d != 0 {
			return d
		}
		return strings.Compare(a.Course, b.Course)
	})
	return out
}

// after writes a course from a moment on.
func (c course) after(end time.Time) string {
	at := NotCounted
	var b strings.Builder
	pending := -1
	flush := func() {
		if pending >= 0 {
			fmt.Fprintf(&b, " %d:%d", pending, at)
		}
	}
	started := false
	for _, t := range c {
		hour := -1
		if t.at.After(end) {
			hour = int((t.at.Sub(end) + time.Hour - 1) / time.Hour)
		}
		if hour > 0 && !started {
			started = true
			fmt.Fprintf(&b, "%d", at)
		}
		if hour != pending {
			flush()
		}
		pending, at = hour, t.to
	}
	if !started {
		return strconv.Itoa(int(at))
	}
	flush()
	return b.String()
}

// parseCourse reads a cohort's course: how its sessions stand at each hour from the end of
// their week, by asking the function that it returns.
func parseCourse(s string) (func(hour int) Standing, error) {
	first, rest, _ := strings.Cut(s, " ")
	n, err := strconv.Atoi(first)
	if err != nil || n < 0 || n >= int(Standings) {
		return nil, fmt.Errorf("the course %q begins with no standing", s)
	}
	type step struct {
		hour int
		to   Standing
	}
	var steps []step
	for word := range strings.FieldsSeq(rest) {
		at, to, _ := strings.Cut(word, ":")
		hour, err := strconv.Atoi(at)
		standing, err2 := strconv.Atoi(to)
		if err != nil || err2 != nil || standing < 0 || standing >= int(Standings) {
			return nil, fmt.Errorf("the course %q has the step %q", s, word)
		}
		steps = append(steps, step{hour, Standing(standing)})
	}
	return func(hour int) Standing {
		to := Standing(n)
		for _, s := range steps {
			if s.hour > hour {
				break
			}
			to = s.to
		}
		return to
	}, nil
}
