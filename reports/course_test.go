package reports

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// randomConversation is a conversation of events of every kind, with long pauses.
func randomConversation(rng *rand.Rand) []Event {
	at := time.Date(2025, 9, 15, 9, 0, 0, 0, time.UTC)
	var events []Event
	for i := range 2 + rng.IntN(14) {
		switch rng.IntN(6) {
		case 0:
			at = at.Add(time.Duration(rng.IntN(240)) * time.Hour)
		case 1:
		default:
			at = at.Add(time.Duration(rng.IntN(10*3600)) * time.Second)
		}
		e := Event{
			ID: fmt.Sprint(i), Source: "s", Conversation: "c", At: at, Type: EventTypes[rng.IntN(len(EventTypes))],
			Actor: []Actor{Visitor, Visitor, Agent, Agent, Human, System}[rng.IntN(6)], Inferred: rng.IntN(12) == 0,
		}
		if i == 0 || rng.IntN(8) == 0 {
			e.Channel = "chat"
		}
		if e.Type == Feedback {
			e.Rating = []Rating{Positive, Negative}[rng.IntN(2)]
		}
		events = append(events, e)
	}
	return events
}

// standingBy is how a session stands at a moment, from a fold of the events until then.
func standingBy(r Rules, events []Event, startedAt time.Time, d Definition, now time.Time) Standing {
	until := slices.DeleteFunc(slices.Clone(events), func(e Event) bool { return e.At.After(now) })
	if len(until) == 0 {
		return NotCounted
	}
	c := r.Fold(until)
	for i := range c.Sessions {
		s := &c.Sessions[i]
		if !s.StartedAt.Equal(startedAt) {
			continue
		}
		if s.Unengaged && now.Before(s.LastActivityAt.Add(r.Window)) {
			return Waiting
		}
		if !s.Handled() {
			return NotCounted
		}
		v := s.Verdict(d, r.Window)
		to := map[Outcome]Standing{OutcomeHandedOff: StandsHandedOff, OutcomeResolved: StandsResolved, OutcomeUnresolved: StandsUnresolved}[v.Outcome]
		if to != StandsHandedOff && s.Deflected() {
			to++
		}
		if v.At(now) == OutcomeOpen {
			to += OpenToResolved - StandsResolved
		}
		return to
	}
	return NotCounted
}

// TestCourses compares how sessions stood at every moment with folds of the events that
// were known then.
func TestCourses(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	r := Rules{Zone: time.UTC, Window: DefaultWindow}
	seen := map[Standing]bool{}
	for range 3000 {
		events := randomConversation(rng)
		courses := r.Courses(slices.Clone(events))
		var starts []time.Time
		for i := range courses {
			starts = append(starts, courses[i].StartedAt)
		}
		for range 12 {
			now := events[0].At.Add(time.Duration(rng.IntN(40*24*3600)) * time.Second)
			if rng.IntN(2) == 0 { // at an event, to the millisecond
				now = events[rng.IntN(len(events))].At
			}
			for i, start := range starts {
				if slices.Index(starts, start) != i {
					continue // several begin at one moment: standingBy cannot tell them apart
				}
				for _, d := range Definitions {
					got, want := courses[i].At(d, now), standingBy(r, events, start, d, now)
					seen[want] = true
					if got != want {
						t.Fatalf("session of %s, %s at %s: %d; want %d\n%+v", start, d, now, got, want, events)
					}
				}
			}
		}
	}
	for s := range Standings {
		if !seen[s] {
			t.Errorf("no session stood as %d", s)
		}
	}
}

// TestCohorts holds that a cohort stands at every hour as its sessions do.
func TestCohorts(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	r := Rules{Zone: time.UTC, Window: DefaultWindow}
	day := Day("2025-09-15")
	var all []SessionCourse
	for range 500 {
		all = append(all, r.Courses(randomConversation(rng))...)
	}
	cohorts := r.Cohorts(day, all)
	end := Week("2025-W38").End(time.UTC)
	for hour := range 24 * 30 {
		now := end.Add(time.Duration(hour) * time.Hour)
		for _, d := range Definitions {
			var want, got [Standings]int64
			for i := range all {
				if DayOf(all[i].StartedAt, time.UTC) == day {
					want[all[i].At(d, now)]++
				}
			}
			for _, c := range cohorts.Cohorts {
				at, err := parseCourse(c.Course)
				if err != nil {
					t.Fatal(err)
				}
				if c.Definition == d.String() {
					got[at(hour)] += c.N
				}
			}
			if got != want {
				t.Fatalf("%s, hour %d: %v; want %v", d, hour, got, want)
			}
		}
	}
	for _, bad := range []string{"", "x", "99", "4 x", "4 1:99", "4 1"} {
		if _, err := parseCourse(bad); err == nil {
			t.Errorf("the course %q is read", bad)
		}
	}
}
