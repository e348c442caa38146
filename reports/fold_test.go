package reports_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"agentreport/reports"
)

var rules = reports.Rules{Zone: time.UTC, Window: reports.DefaultWindow}

// randomEvents makes one conversation over a few weeks, with many ties of time
// and gaps of just about a window.
func randomEvents(rng *rand.Rand) []reports.Event {
	at := time.Date(2025, 10, 25, 22, 0, 0, 0, time.UTC) // the night of a change of clocks
	var list []reports.Event
	for i := range 1 + rng.IntN(12) {
		switch rng.IntN(12) {
		case 0:
			at = at.Add(reports.DefaultWindow + time.Duration(rng.IntN(3)-1)*time.Millisecond)
		case 1:
			at = at.Add(30*24*time.Hour + time.Duration(rng.IntN(3)-1)*time.Millisecond)
		case 2:
			at = at.Add(time.Duration(rng.IntN(12*24)) * time.Hour)
		case 3, 4, 5, 6, 7, 8:
			at = at.Add(time.Duration(rng.IntN(90)) * time.Minute)
		}
		e := reports.Event{
			ID: fmt.Sprint(rng.IntN(40), i), Source: "s", Conversation: "c", At: at,
			Type: reports.EventTypes[rng.IntN(len(reports.EventTypes))], Channel: []string{"", "", "chat", "email"}[rng.IntN(4)],
			Actor: reports.Actors[rng.IntN(len(reports.Actors))], Test: rng.IntN(60) == 0,
			Language: []string{"", "", "en", "es"}[rng.IntN(4)], URL: []string{"", "", "https://a.example", "https://b.example"}[rng.IntN(4)],
		}
		if rng.IntN(3) == 0 {
			e.Type = reports.Message
		}
		switch e.Type {
		case reports.Feedback:
			e.Score = 1 + rng.IntN(5)
		case reports.Handoff:
			e.Reason = []string{"", "policy"}[rng.IntN(2)]
		case reports.Unanswered:
			e.Question, e.Inferred = "why?", rng.IntN(4) == 0
		}
		if e.Actor == reports.Human {
			e.Member.ID = []string{"", "agent", "m1"}[rng.IntN(3)]
		}
		list = append(list, e)
	}
	return list
}

// TestFoldInAnyOrder folds the same events in other orders and with copies.
func TestFoldInAnyOrder(t *testing.T) {
	madrid, err := time.LoadLocation("Europe/Madrid")
	if err != nil {
		t.Fatal(err)
	}
	rules := reports.Rules{Zone: madrid, Window: reports.DefaultWindow}
	for seed := range 3000 {
		rng := rand.New(rand.NewPCG(uint64(seed), 1))
		list := randomEvents(rng)
		want := rules.Fold(slices.Clone(list))
		again := append(slices.Clone(list), list[rng.IntN(len(list))], list[rng.IntN(len(list))])
		rng.Shuffle(len(again), func(i, j int) { again[i], again[j] = again[j], again[i] })
		got := rules.Fold(again)
		if d := gocmp.Diff(want, got); d != "" {
			t.Fatalf("seed %d: facts differ (-want +got):\n%s", seed, d)
		}
		now := list[0].At.Add(time.Duration(rng.IntN(400)) * time.Hour)
		if d := gocmp.Diff(shares(rules, want, now), shares(rules, got, now)); d != "" {
			t.Fatalf("seed %d: shares differ:\n%s", seed, d)
		}
	}
}

func shares(rules reports.Rules, c reports.Conversation, now time.Time) []reports.DayTally {
	var list []reports.DayTally
	for _, d := range rules.Days(&c) {
		day := reports.DayTally{Day: d}
		rules.AddShare(&day, &c, now)
		list = append(list, day)
	}
	return list
}

// TestFoldIsTheText compares the fold with facts that are looked up in the list
// of events, one by one, as docs/figures.md words them.
func TestFoldIsTheText(t *testing.T) {
	seen := map[string]int{}
	for seed := range 20_000 {
		rng := rand.New(rand.NewPCG(uint64(seed), 3))
		list := randomEvents(rng)
		c := rules.Fold(list)
		want := sessionsByTheText(list)
		for _, e := range list {
			checkSessionOf(t, &c, &e)
		}
		if d := gocmp.Diff(want, c.Sessions); d != "" {
			t.Fatalf("seed %d: sessions (-want +got):\n%s", seed, d)
		}
		for _, s := range c.Sessions {
			seen["began "+string(s.Began)]++
			seen[fmt.Sprintf("unengaged %t, answered %t, %s", s.Unengaged, s.Answered, s.Closer)]++
			if !s.ReturnedAt.IsZero() {
				seen["returned"]++
			}
			if s.Reason == reports.ImpliedReason && s.Closer != "" {
				seen["closed after an implied handoff"]++
			}
		}
	}
	for _, kind := range []string{
		"began first", "began started", "began reopened", "began message", "returned", "closed after an implied handoff",
		"unengaged true, answered true, system", "unengaged false, answered false, human", "unengaged true, answered false, ",
	} {
		if seen[kind] < 20 {
			t.Errorf("%q was seen %d times: the test shows nothing of it", kind, seen[kind])
		}
	}
}

// checkSessionOf looks up the session of an event by counting: an event of a session
// belongs to it, an inferred question to the one before it or to the first.
func checkSessionOf(t *testing.T, c *reports.Conversation, e *reports.Event) {
	t.Helper()
	var want *reports.Session
	for i := range c.Sessions {
		s := &c.Sessions[i]
		first := reports.Event{At: s.StartedAt, ID: s.FirstEvent}
		if i == 0 || reports.ByOrder(first, *e) <= 0 {
			want = s
		}
	}
	if got := c.SessionOf(e); got != want {
		t.Fatalf("the session of %+v is %+v; want %+v", e, got, want)
	}
}

// sessionsByTheText cuts a conversation and looks every fact up. It takes no
// event into account twice, keeps no state and is slow.
func sessionsByTheText(list []reports.Event) []reports.Session {
	list = slices.DeleteFunc(slices.Clone(list), func(e reports.Event) bool { return e.Type == reports.Unanswered && e.Inferred })
	slices.SortFunc(list, reports.ByOrder)
	var cut [][]reports.Event
	for _, e := range list {
		if len(cut) == 0 || beginsByTheText(e, cut[len(cut)-1]) {
			cut = append(cut, nil)
		}
		cut[len(cut)-1] = append(cut[len(cut)-1], e)
	}
	var sessions []reports.Session
	for i, events := range cut {
		s := factsByTheText(events)
		s.Number = i + 1
		s.Began = reports.BeganFirst
		if i > 0 {
			s.Began = reports.Began(events[0].Type)
		}
		// What a session does not say is that of the conversation's first event that does.
		for _, e := range append(slices.Clone(events), list...) {
			s.Channel, s.Language, s.URL = cmp.Or(s.Channel, e.Channel), cmp.Or(s.Language, e.Language), cmp.Or(s.URL, e.URL)
		}
		s.Channel = cmp.Or(s.Channel, "unknown")
		sessions = append(sessions, s)
	}
	for i := range sessions {
		for j := i + 1; j < len(sessions) && sessions[i].ReturnedAt.IsZero(); j++ {
			if first := cut[j][0]; !sessions[j].Unengaged && !isOutreach(first) {
				sessions[i].ReturnedAt = first.At
			}
		}
	}
	return sessions
}

func isOutreach(e reports.Event) bool {
	return e.Type == reports.Started && (e.Actor == reports.Agent || e.Actor == reports.System)
}

func beginsByTheText(e reports.Event, before []reports.Event) bool {
	if e.Type != reports.Started && e.Type != reports.Reopened && !(e.Type == reports.Message && e.Actor == reports.Visitor) {
		return false
	}
	s := factsByTheText(before)
	quiet := s.LastActivityAt
	if s.ClosedAt.After(quiet) && s.Closer != reports.System {
		quiet = s.ClosedAt
	}
	wait := reports.DefaultWindow
	if (!s.HandoffAt.IsZero() || !s.HumanAt.IsZero()) && s.ClosedAt.IsZero() {
		wait = 30 * 24 * time.Hour
	}
	return !e.At.Before(quiet.Add(wait))
}

func factsByTheText(events []reports.Event) reports.Session {
	s := reports.Session{Events: len(events), FirstEvent: events[0].ID, StartedAt: events[0].At, LastActivityAt: events[0].At}
	// where finds the first event of a kind from a place on.
	where := func(from int, holds func(e reports.Event) bool) int {
		for i := from; i < len(events); i++ {
			if holds(events[i]) {
				return i
			}
		}
		return -1
	}
	any := func(holds func(e reports.Event) bool) bool { return where(0, holds) >= 0 }
	is := func(kind reports.EventType, actors ...reports.Actor) func(reports.Event) bool {
		return func(e reports.Event) bool {
			return e.Type == kind && (len(actors) == 0 || slices.Contains(actors, e.Actor))
		}
	}
	takesPart := func(a reports.Actor) func(reports.Event) bool {
		return func(e reports.Event) bool {
			return e.Actor == a && (e.Type == reports.Assigned || e.Type == reports.Message || e.Type == reports.Resolved)
		}
	}
	agent := where(0, func(e reports.Event) bool {
		return takesPart(reports.Agent)(e) || is(reports.Closed, reports.Agent)(e) || is(reports.Unanswered)(e) || is(reports.Handoff)(e)
	})
	if agent >= 0 {
		s.AgentAt = events[agent].At
	}
	if i := where(0, takesPart(reports.Human)); i >= 0 {
		s.HumanAt = events[i].At
	}
	handoff := where(0, is(reports.Handoff))
	if handoff >= 0 {
		s.HandoffAt, s.Reason = events[handoff].At, "unspecified"
		if events[handoff].Reason != "" {
			s.Reason = events[handoff].Reason
		}
	} else if agent >= 0 {
		handoff = where(0, func(e reports.Event) bool { return takesPart(reports.Human)(e) && e.At.After(s.AgentAt) })
		if handoff >= 0 {
			s.HandoffAt, s.Reason = events[handoff].At, "implied"
		}
	}
	if any(is(reports.Message)) {
		s.LastActivityAt = time.Time{}
	}
	reopened := -1
	for i, e := range events {
		switch {
		case e.Type == reports.Message:
			if e.At.After(s.LastActivityAt) {
				s.LastActivityAt = e.At
			}
			if e.Actor == reports.Visitor {
				s.LastVisitorAt = e.At
				s.VisitorAt = append(s.VisitorAt, reports.Moment(e.At.UnixMilli()))
			}
		case e.Type == reports.Reopened:
			reopened = i
			if i > 0 {
				s.Reopens++
			}
		case e.Type == reports.Feedback:
			s.Rating = e.Satisfaction()
			s.Feedback = append(s.Feedback, reports.Rated{At: reports.Moment(e.At.UnixMilli()), Rating: s.Rating})
		case e.Type == reports.Unanswered:
			s.UnansweredAt = append(s.UnansweredAt, reports.Moment(e.At.UnixMilli()))
		}
	}
	if i := where(reopened+1, is(reports.Resolved)); i >= 0 {
		s.ResolvedAt, s.Resolver = events[i].At, events[i].Actor
	}
	if i := where(max(reopened+1, handoff), func(e reports.Event) bool { return is(reports.Resolved)(e) || is(reports.Closed)(e) }); i >= 0 {
		s.ClosedAt, s.Closer = events[i].At, events[i].Actor
		if s.Closer == reports.Human {
			s.CloserMember = events[i].Member.ID
		}
	}
	s.Answered = answeredByTheText(events)
	sign := any(is(reports.Message, reports.Visitor)) || any(is(reports.Unanswered)) || any(is(reports.Feedback))
	nudge := any(is(reports.Message, reports.Agent)) && !any(is(reports.Handoff)) && !any(is(reports.Resolved, reports.Agent, reports.Human)) &&
		s.Reopens == 0 && !any(is(reports.Assigned, reports.Human)) && !any(is(reports.Message, reports.Human))
	s.Unengaged = !sign && (isOutreach(events[0]) || nudge)
	return s
}

// answeredByTheText looks backwards for what decides: an answer that is no
// apology, or the last question that had none.
func answeredByTheText(events []reports.Event) bool {
	for i := len(events) - 1; i >= 0; i-- {
		switch e := events[i]; {
		case e.Type == reports.Unanswered:
			return false
		case e.Type == reports.Resolved && e.Actor == reports.Agent:
			return true
		case e.Type == reports.Message && e.Actor == reports.Agent:
			for j := i - 1; ; j-- {
				if j < 0 || events[j].Type == reports.Message && events[j].Actor == reports.Visitor || events[j].Type == reports.Resolved && events[j].Actor == reports.Agent {
					return true
				}
				if events[j].Type == reports.Unanswered {
					break // an apology for that
				}
			}
		}
	}
	return false
}

// TestCompareIDs holds the order of ids where it is not that of bytes.
func TestCompareIDs(t *testing.T) {
	t.Parallel()
	for _, ids := range [][]string{
		{"", "-", "0", "00", "01", "1", "2", "10", "100", "a", "a2", "a10", "a10b", "a10c", "b"},
		{"x9-y10", "x9-y100", "x10-y9"},
		{"m999", "m1000", "m99999999999999999999", "m100000000000000000000", "mé"},
		{"1a", "01b", "1c"}, // the runs are equal, the bytes behind them decide
		{"٣", "٤"},          // other digits are bytes
	} {
		for i, a := range ids {
			for j, b := range ids {
				got := reports.CompareIDs(a, b)
				if want := i - j; got < 0 != (want < 0) || got > 0 != (want > 0) {
					t.Errorf("CompareIDs(%q, %q) = %d; want the sign of %d", a, b, got, want)
				}
			}
		}
	}
}
