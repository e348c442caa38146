package reports_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agentreport/reports"
)

// randomEvents makes one conversation with many ties of time.
func randomEvents(rng *rand.Rand) []reports.Event {
	start := time.Date(2025, 10, 25, 22, 0, 0, 0, time.UTC) // the night of a change of clocks
	var list []reports.Event
	for i := range 1 + rng.IntN(9) {
		e := reports.Event{
			ID: fmt.Sprint(rng.IntN(40), i), Source: "s", Conversation: "c", At: start.Add(time.Duration(rng.IntN(6)) * time.Hour),
			Type: reports.EventTypes[rng.IntN(len(reports.EventTypes))], Channel: []string{"", "chat", "email"}[rng.IntN(3)],
			Actor: reports.Actors[rng.IntN(len(reports.Actors))], Test: rng.IntN(40) == 0,
		}
		switch e.Type {
		case reports.Feedback:
			e.Score = 1 + rng.IntN(5)
		case reports.Handoff:
			e.Reason = []string{"", "policy"}[rng.IntN(2)]
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
	shares := func(c reports.Conversation, now time.Time) []reports.DayTally {
		var list []reports.DayTally
		for _, d := range rules.Days(&c) {
			day := reports.DayTally{Day: d}
			rules.AddShare(&day, &c, now)
			list = append(list, day)
		}
		return list
	}
	for seed := range 3000 {
		rng := rand.New(rand.NewPCG(uint64(seed), 1))
		list := randomEvents(rng)
		want := reports.Fold(append([]reports.Event(nil), list...))
		again := append(append([]reports.Event(nil), list...), list[rng.IntN(len(list))], list[rng.IntN(len(list))])
		rng.Shuffle(len(again), func(i, j int) { again[i], again[j] = again[j], again[i] })
		got := reports.Fold(again)
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("seed %d: facts differ (-want +got):\n%s", seed, d)
		}
		now := list[0].At.Add(time.Duration(rng.IntN(400)) * time.Hour)
		if d := cmp.Diff(shares(want, now), shares(got, now)); d != "" {
			t.Fatalf("seed %d: shares differ:\n%s", seed, d)
		}
	}
}

// table is "Outcome of a handled conversation" as it is written down, with now.
func table(c *reports.Conversation, d reports.Definition, window time.Duration, now time.Time) reports.Outcome {
	due := !now.Before(c.LastActivityAt.Add(window))
	standard := func() reports.Outcome {
		switch {
		case c.HandedOff():
			return reports.OutcomeHandedOff
		case c.Rating != reports.Negative && (c.Resolver == reports.Agent || due && c.Answered):
			return reports.OutcomeResolved
		case c.Rating == reports.Negative && (!c.ClosedAt.IsZero() || due), due && !c.Answered:
			return reports.OutcomeUnresolved
		}
		return reports.OutcomeOpen
	}()
	switch {
	case d == reports.Confirmed && standard != reports.OutcomeHandedOff && c.Rating != reports.Negative:
		switch {
		case c.Resolver == reports.Agent || c.Rating == reports.Positive:
			return reports.OutcomeResolved
		case due:
			return reports.OutcomeUnresolved
		}
		return reports.OutcomeOpen
	case d == reports.Durable && standard == reports.OutcomeResolved:
		if c.Reopens > 0 || !c.ResolvedAt.IsZero() && c.LastVisitorAt.After(c.ResolvedAt) {
			return reports.OutcomeUnresolved
		}
		moment := c.LastActivityAt.Add(window)
		if c.Resolver == reports.Agent {
			moment = c.ResolvedAt
		}
		if now.Before(moment.Add(7 * 24 * time.Hour)) {
			return reports.OutcomeOpen
		}
	}
	return standard
}

// TestVerdictIsTheTable compares the outcome folded without now with the table,
// at moments all around the ones at which it can change.
func TestVerdictIsTheTable(t *testing.T) {
	const window = 72 * time.Hour
	seen := map[reports.Outcome]int{}
	for seed := range 5000 {
		rng := rand.New(rand.NewPCG(uint64(seed), 2))
		c := reports.Fold(randomEvents(rng))
		if !c.Handled() {
			continue
		}
		for _, d := range reports.Definitions {
			v := c.Verdict(d, window)
			moments := []time.Time{c.StartedAt, c.LastActivityAt.Add(window), c.LastActivityAt.Add(window + 7*24*time.Hour)}
			if !v.SettlesAt.IsZero() {
				moments = append(moments, v.SettlesAt)
			}
			if !c.ResolvedAt.IsZero() {
				moments = append(moments, c.ResolvedAt.Add(7*24*time.Hour))
			}
			for _, m := range moments {
				for _, now := range []time.Time{m.Add(-time.Millisecond), m, m.Add(time.Millisecond), m.Add(time.Hour)} {
					got, want := v.At(now), table(&c, d, window, now)
					if got != want {
						t.Fatalf("seed %d, %s at %s: %s; want %s\n%+v", seed, d, now, got, want, c)
					}
					seen[got]++
				}
			}
		}
	}
	if len(seen) != 4 {
		t.Errorf("outcomes seen: %v; want all four", seen)
	}
}
