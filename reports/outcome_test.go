package reports_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"agentreport/reports"
)

// table is "Outcome" of docs/figures.md as it is written down, with now.
func table(s *reports.Session, d reports.Definition, window time.Duration, now time.Time) reports.Outcome {
	due := !now.Before(s.LastActivityAt.Add(window))
	explicit := s.Resolver == reports.Agent && s.Answered
	standard := func() reports.Outcome {
		switch {
		case s.HandedOff():
			return reports.OutcomeHandedOff
		case s.Rating != reports.Negative && s.Answered && (s.Resolver == reports.Agent || due):
			return reports.OutcomeResolved
		case s.Rating == reports.Negative && (!s.ClosedAt.IsZero() || due), due && !s.Answered:
			return reports.OutcomeUnresolved
		}
		return reports.OutcomeOpen
	}()
	switch {
	case d == reports.Confirmed && standard != reports.OutcomeHandedOff && s.Rating != reports.Negative:
		switch {
		case explicit || s.Rating == reports.Positive:
			return reports.OutcomeResolved
		case due:
			return reports.OutcomeUnresolved
		}
		return reports.OutcomeOpen
	case d == reports.Durable && standard == reports.OutcomeResolved:
		moment := s.LastActivityAt.Add(window)
		if explicit {
			moment = s.ResolvedAt
		}
		switch {
		case s.Reopens > 0, !s.ResolvedAt.IsZero() && s.LastVisitorAt.After(s.ResolvedAt),
			!s.ReturnedAt.IsZero() && s.ReturnedAt.Sub(moment) < 7*24*time.Hour:
			return reports.OutcomeUnresolved
		case now.Before(moment.Add(7 * 24 * time.Hour)):
			return reports.OutcomeOpen
		}
	}
	return standard
}

// TestVerdictIsTheTable compares the outcome folded without now with the table,
// at moments all around the ones at which it can change.
func TestVerdictIsTheTable(t *testing.T) {
	const window = 72 * time.Hour
	seen := map[string]int{}
	for seed := range 20_000 {
		rng := rand.New(rand.NewPCG(uint64(seed), 2))
		c := rules.Fold(randomEvents(rng))
		for i := range c.Sessions {
			s := &c.Sessions[i]
			if !s.Handled() {
				continue
			}
			for _, d := range reports.Definitions {
				v := s.Verdict(d, window)
				moments := []time.Time{s.StartedAt, s.LastActivityAt.Add(window), s.LastActivityAt.Add(window + 7*24*time.Hour)}
				if !v.SettlesAt.IsZero() {
					moments = append(moments, v.SettlesAt)
				}
				if !s.ResolvedAt.IsZero() {
					moments = append(moments, s.ResolvedAt.Add(7*24*time.Hour))
				}
				for _, m := range moments {
					for _, now := range []time.Time{m.Add(-time.Millisecond), m, m.Add(time.Millisecond), m.Add(time.Hour)} {
						got, want := v.At(now), table(s, d, window, now)
						if got != want {
							t.Fatalf("seed %d, %s at %s: %s; want %s\n%+v", seed, d, now, got, want, s)
						}
						seen[d.String()+" "+string(got)]++
					}
				}
				seen[d.String()+" "+v.Row]++
			}
		}
	}
	for _, kind := range []string{
		"standard open", "standard handed_off", "standard resolved", "standard unresolved",
		"standard human_came", "standard negative_closed", "standard negative_due", "standard agent_resolved", "standard answered", "standard unanswered",
		"confirmed agent_resolved", "confirmed positive", "confirmed unconfirmed",
		"durable reopened", "durable wrote_again", "durable came_back", "durable answered_held", "durable agent_resolved_held",
	} {
		if seen[kind] < 10 {
			t.Errorf("%q was seen %d times: the test shows nothing of it", kind, seen[kind])
		}
	}
}
