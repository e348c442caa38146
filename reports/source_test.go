package reports_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"agentreport/reports"
)

func TestSilent(t *testing.T) {
	monday := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	hours := func(list ...float64) []time.Time {
		out := make([]time.Time, len(list))
		for i, h := range list {
			out[i] = monday.Add(-time.Duration(h * float64(time.Hour)))
		}
		return out
	}
	every := func(step, until, from float64) (list []float64) {
		for h := from; h >= until; h -= step {
			list = append(list, h)
		}
		return list
	}
	for name, tt := range map[string]struct {
		heard []time.Time
		want  bool
	}{
		"never":                               {nil, false},
		"new, quiet for three days":           {hours(24*20, 72), false},
		"new, quiet for longer":               {hours(24*20, 73), true},
		"every hour, quiet for a day":         {hours(every(1, 24, 24*30)...), false},
		"every hour, quiet for longer":        {hours(every(1, 25, 24*30)...), true},
		"every other day, quiet for four":     {hours(every(48, 96, 24*40)...), false},
		"every other day, quiet for longer":   {hours(every(48, 97, 24*40)...), true},
		"a gap of ten days, quiet for twelve": {hours(append(every(1, 24*30, 24*40), every(1, 24*12, 24*20)...)...), false},
		"a gap ten weeks ago, quiet for two":  {hours(append([]float64{24 * 90}, every(1, 48, 24*70)...)...), true},
	} {
		var s, backwards reports.Source
		for _, at := range tt.heard {
			s.Hear(at)
		}
		for _, at := range slices.Backward(tt.heard) {
			backwards.Hear(at)
		}
		if got := s.Silent(monday); got != tt.want {
			t.Errorf("%s: silent %v; want %v", name, got, tt.want)
		}
		if got := backwards.Silent(monday); got != tt.want {
			t.Errorf("%s, backwards: silent %v; want %v", name, got, tt.want)
		}
		if again := s; slices.ContainsFunc(tt.heard, again.Hear) {
			t.Errorf("%s: what was heard already is news", name)
		}
	}
	if old := (reports.Source{LastAt: monday.Add(-73 * time.Hour)}); !old.Silent(monday) {
		t.Error("a source of an earlier version, quiet for 73 hours, is not silent")
	}
}

// TestHeard holds that what a source heard does not depend on the order, nor on who heard
// which part.
func TestHeard(t *testing.T) {
	for seed := range 50 {
		rng := rand.New(rand.NewPCG(uint64(seed), 9))
		start := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
		var list []time.Time
		for range 5 + rng.IntN(300) {
			list = append(list, start.Add(time.Duration(rng.Int64N(int64(100*24*time.Hour)))))
		}
		slices.SortFunc(list, time.Time.Compare)
		var inOrder, other, part reports.Source
		for _, at := range list {
			inOrder.Hear(at)
		}
		for n, i := range rng.Perm(len(list)) {
			if n%3 == 0 {
				part.Hear(list[i])
			} else {
				other.Hear(list[i])
			}
		}
		other.Merge(&part)
		end := list[len(list)-1]
		longest := time.Duration(0)
		for i := 1; i < len(list); i++ {
			if list[i-1].After(end.Add(-7 * 7 * 24 * time.Hour)) {
				longest = max(longest, list[i].Sub(list[i-1]))
			}
		}
		for _, quiet := range []time.Duration{20 * time.Hour, max(25*time.Hour, 2*longest-3*time.Hour), max(25*time.Hour, 2*longest+3*time.Hour), 40 * 24 * time.Hour} {
			at := end.Add(quiet)
			if a, b := inOrder.Silent(at), other.Silent(at); a != b {
				t.Errorf("seed %d, quiet for %s: silent %v in order, %v in parts", seed, quiet, a, b)
			}
		}
	}
}
