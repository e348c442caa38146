package reports_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agentreport/reports"
)

// TestMeasures holds that every place of a tally has its row.
func TestMeasures(t *testing.T) {
	t.Parallel()
	names := map[string]bool{"by_channel": true, "team": true}
	for _, table := range [][]reports.Measure{reports.Counters[:], reports.Breakdowns[:], reports.Timings[:]} {
		for i, m := range table {
			if m.Name == "" || names[m.Name] {
				t.Errorf("row %d: the name %q is missing or taken", i, m.Name)
			}
			names[m.Name] = true
		}
	}
	columns := reports.ListedColumns()
	slices.Sort(columns)
	if len(slices.Compact(slices.Clone(columns))) != len(columns) {
		t.Errorf("columns %v: one stands twice", columns)
	}
}

// TestMergeIsTheSum holds that tallies of two sets of conversations add up to the
// tally of both, in every figure.
func TestMergeIsTheSum(t *testing.T) {
	t.Parallel()
	now := time.Date(2025, 11, 20, 0, 0, 0, 0, time.UTC)
	rng := rand.New(rand.NewPCG(1, 7))
	list := manyConversations(rng, 400)
	total := func(list []reports.Conversation) reports.Tally {
		return reports.Total(talliesOf(list, now), everything, "")
	}
	want, a, b := total(list), total(list[:150]), total(list[150:])
	a.Merge(&b)
	if d := cmp.Diff(want, a); d != "" {
		t.Errorf("merged (-want +got):\n%s", d)
	}
	for i, m := range reports.Counters {
		for _, d := range m.Definitions() {
			if want.Counts[i][d] == 0 {
				t.Errorf("%s under %s is 0: the test shows nothing of it", m.Name, d)
			}
		}
	}
	for i, m := range reports.Breakdowns {
		if len(want.Names[i]) == 0 {
			t.Errorf("%s is empty: the test shows nothing of it", m.Name)
		}
	}
	for i, m := range reports.Timings {
		for _, d := range m.Definitions() {
			if x := want.Time(reports.Timing(i), d); x.Count == 0 || x.Max <= x.Min {
				t.Errorf("%s under %s has %d durations from %d to %d: the test shows nothing of it", m.Name, d, x.Count, x.Min, x.Max)
			}
		}
	}
	for _, d := range reports.Definitions {
		if want.OpenUntil[d].IsZero() {
			t.Errorf("nothing is open under %s", d)
		}
	}
}

// TestHolds holds the interval in which a day's sum is right: before its end and
// from its beginning the sum is the same, at any other moment it may not be.
func TestHolds(t *testing.T) {
	t.Parallel()
	for seed := range 60 {
		rng := rand.New(rand.NewPCG(uint64(seed), 8))
		list := manyConversations(rng, 3)
		now := time.Date(2025, 10, 26, 0, 0, 0, 0, time.UTC).Add(time.Duration(rng.IntN(60*24)) * time.Hour)
		for _, day := range talliesOf(list, now) {
			for range 20 {
				at := now.Add(time.Duration(rng.IntN(30*24)-15*24) * time.Hour)
				for _, bound := range []time.Time{at, day.From, day.Until} {
					for _, at := range []time.Time{bound.Add(-time.Millisecond), bound} {
						if bound.IsZero() || !day.Holds(at) {
							continue
						}
						again := talliesOf(list, at)
						i := slices.IndexFunc(again, func(d reports.DayTally) bool { return d.Day == day.Day })
						if d := cmp.Diff(day.Channels, again[i].Channels); d != "" {
							t.Fatalf("seed %d: the sum of %s at %s is said to hold at %s:\n%s", seed, day.Day, now, at, d)
						}
					}
				}
			}
		}
	}
}

// TestPercentile compares percentiles with the sorted durations: within 1 %, and
// exact where they are the smallest or the largest.
func TestPercentile(t *testing.T) {
	t.Parallel()
	for seed := range 300 {
		rng := rand.New(rand.NewPCG(uint64(seed), 9))
		var whole, a, b reports.Durations
		var list []int64
		for range 1 + rng.IntN(60) {
			ms := int64(math.Exp(rng.Float64() * 20))
			if rng.IntN(10) == 0 {
				ms = 0
			}
			list = append(list, ms)
			whole.Add(time.Duration(ms) * time.Millisecond)
			half := &a
			if rng.IntN(2) == 0 {
				half = &b
			}
			half.Add(time.Duration(ms) * time.Millisecond)
		}
		slices.Sort(list)
		packed := reports.PackedDurations(a, a.Pack())
		packed.Merge(&b)
		if !packed.Equal(whole) {
			t.Fatalf("seed %d: %+v packed and merged; want %+v", seed, packed, whole)
		}
		for _, p := range []float64{0, 0.1, 0.5, 0.9, 1} {
			want := list[max(0, int(math.Ceil(p*float64(len(list))))-1)]
			got, ok := packed.Percentile(p)
			off := math.Abs(float64(got.Milliseconds() - want))
			if !ok || off > float64(want)/100+1 || got.Milliseconds() < list[0] || got.Milliseconds() > list[len(list)-1] {
				t.Fatalf("seed %d: %v of %v is %v; want %d", seed, p, list, got, want)
			}
			if (want == list[0] && p == 0 || want == list[len(list)-1] && p == 1) && off > 0 {
				t.Fatalf("seed %d: %v of %v is %v; want exactly %d", seed, p, list, got, want)
			}
		}
	}
	var same, none reports.Durations
	for range 17 {
		same.Add(105 * time.Second)
	}
	for _, p := range []float64{0.5, 0.9} {
		if got, ok := same.Percentile(p); !ok || got != 105*time.Second {
			t.Errorf("%v of 105 s, 17 times: %v", p, got)
		}
		if _, ok := none.Percentile(p); ok {
			t.Error("a percentile of nothing")
		}
	}
	if mean, ok := same.Mean(); !ok || mean != 105*time.Second {
		t.Errorf("mean %v", mean)
	}
}

// TestOpenUntil holds when the last open session settles, by each definition.
func TestOpenUntil(t *testing.T) {
	t.Parallel()
	seen := 0
	for seed := range 300 {
		rng := rand.New(rand.NewPCG(uint64(seed), 10))
		list := manyConversations(rng, 3)
		now := time.Date(2025, 10, 26, 0, 0, 0, 0, time.UTC).Add(time.Duration(rng.IntN(20*24)) * time.Hour)
		sum := reports.Total(talliesOf(list, now), everything, "")
		for _, d := range reports.Definitions {
			var want time.Time
			for i := range list {
				for j := range list[i].Sessions {
					s := &list[i].Sessions[j]
					if v := s.Verdict(d, rules.Window); !list[i].Test && s.Handled() && v.At(now) == reports.OutcomeOpen && v.SettlesAt.After(want) {
						want = v.SettlesAt
						seen++
					}
				}
			}
			if !sum.OpenUntil[d].Equal(want) {
				t.Fatalf("seed %d, %s: open until %s; want %s", seed, d, sum.OpenUntil[d], want)
			}
		}
	}
	if seen < 100 {
		t.Errorf("%d open sessions: the test shows nothing", seen)
	}
}

// TestIsZero holds that a day on which a teammate closed something, and nothing
// else, is not one on which nothing happened.
func TestIsZero(t *testing.T) {
	t.Parallel()
	at := time.Date(2025, 9, 22, 10, 0, 0, 0, time.UTC)
	c := rules.Fold([]reports.Event{
		{ID: "1", Type: reports.Message, Actor: reports.Visitor, At: at},
		{ID: "2", Type: reports.Closed, Actor: reports.Human, At: at.AddDate(0, 0, 1)},
	})
	days := talliesOf([]reports.Conversation{c}, at.AddDate(0, 1, 0))
	for _, day := range []reports.Day{"2025-09-22", "2025-09-23"} {
		if sum := reports.Total(days, reports.Range{From: day, To: day.Add(1)}, ""); sum.IsZero() {
			t.Errorf("nothing happened on %s", day)
		}
	}
	if sum := reports.Total(days, reports.Range{From: "2025-09-24", To: "2025-09-25"}, ""); !sum.IsZero() {
		t.Errorf("something happened on the day after: %+v", sum)
	}
}
