package reports_test

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"agentreport/reports"
)

func rateOf(n, d int64) reports.Value { return reports.Value{Unit: reports.Rate, N: n, D: d} }

// TestPercent holds how a rate is rounded: once, half up, and to nothing and all
// only where it is nothing or all.
func TestPercent(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ n, d, want int64 }{
		{0, 7, 0},
		{1, 1000, 1},
		{7, 7, 100},
		{999, 1000, 99},
		{1, 200, 1},
		{3, 200, 2},
		{129, 200, 65},
		{1, 3, 33},
		{2, 3, 67},
		{645, 1000, 65},
		{6449, 10000, 64}, // 64.49 is not rounded to 64.5 and then to 65
		{1, 0, 0},
	} {
		if got := rateOf(tt.n, tt.d).Percent(); got != tt.want {
			t.Errorf("%d of %d: %d %%; want %d", tt.n, tt.d, got, tt.want)
		}
	}
	if v := (reports.Value{Unit: reports.Rate, N: 54, D: 100, Open: 3}); v.Percent() != 54 || v.PercentHigh() != 57 {
		t.Errorf("54–57 %%: %d–%d", v.Percent(), v.PercentHigh())
	}
}

// TestSince holds over many pairs of counts that a printed change of a rate is the
// difference of the two printed rates, and is there exactly where the true change
// is at least half a point and the printed rates differ.
func TestSince(t *testing.T) {
	t.Parallel()
	half := big.NewRat(1, 200)
	seen := map[bool]int{}
	for seed := range 200_000 {
		rng := rand.New(rand.NewPCG(uint64(seed), 6))
		d, e := 1+rng.Int64N(400), 1+rng.Int64N(400)
		if seed%10 == 0 {
			d, e = 200*(1+rng.Int64N(50_000)), 200*(1+rng.Int64N(50_000))
		}
		v, before := rateOf(rng.Int64N(d+1), d), rateOf(rng.Int64N(e+1), e)
		if seed%3 == 0 { // near each other
			before = rateOf(min(v.N*e/d+rng.Int64N(3), e), e)
		}
		got, ok := v.Since(before)
		if !ok {
			t.Fatalf("%+v, %+v: nothing", v, before)
		}
		exact := new(big.Rat).Sub(big.NewRat(v.N, v.D), big.NewRat(before.N, before.D))
		far := new(big.Rat).Abs(exact).Cmp(half) >= 0
		want := int64(0)
		if far {
			want = v.Percent() - before.Percent()
		}
		if got.By != want {
			t.Fatalf("%d/%d after %d/%d: %d points; want %d", v.N, v.D, before.N, before.D, got.By, want)
		}
		if f, _ := exact.Float64(); got.Exact-f > 1e-12 || f-got.Exact > 1e-12 {
			t.Fatalf("%d/%d after %d/%d: exactly %v; want %v", v.N, v.D, before.N, before.D, got.Exact, f)
		}
		if got.By != 0 && (got.By > 0) != (exact.Sign() > 0) {
			t.Fatalf("%d/%d after %d/%d: %d points, the wrong way", v.N, v.D, before.N, before.D, got.By)
		}
		seen[got.By != 0]++
	}
	if seen[true] < 1000 || seen[false] < 1000 {
		t.Errorf("changed and not: %v; want many of both", seen)
	}
}

// TestSinceIsShown holds where a change may be printed.
func TestSinceIsShown(t *testing.T) {
	t.Parallel()
	number := func(n, open int64) reports.Value { return reports.Value{Unit: reports.Number, N: n, Open: open} }
	span := func(sum, n, open int64) reports.Value {
		return reports.Value{Unit: reports.Duration, N: sum, D: n, Open: open}
	}
	open := rateOf(60, 100)
	open.Open = 1
	for _, tt := range []struct {
		name      string
		v, before reports.Value
		by        int64
		shown, ok bool
	}{
		{"rates", rateOf(60, 100), rateOf(50, 100), 10, true, true},
		{"less than half a point", rateOf(1004, 2000), rateOf(1000, 2000), 0, true, true},
		{"half a point, and printed alike", rateOf(1009, 2000), rateOf(999, 2000), 0, true, true},
		{"a rate of nothing", rateOf(0, 0), rateOf(50, 100), 0, false, false},
		{"a rate of few", rateOf(3, 9), rateOf(50, 100), -17, false, true},
		{"a rate that can rise", open, rateOf(50, 100), 10, false, true},
		{"after a rate that could", rateOf(50, 100), open, -10, false, true},
		{"counts", number(110, 0), number(100, 0), 10, true, true},
		{"counts, less than one in a hundred", number(1009, 0), number(1000, 0), 0, true, true},
		{"counts, one in a hundred", number(101, 0), number(100, 0), 1, true, true},
		{"counts, down", number(50, 0), number(100, 0), -50, true, true},
		{"after few", number(20, 0), number(9, 0), 122, false, true},
		{"after none", number(20, 0), number(0, 0), 0, false, true},
		{"a count that can rise", number(110, 5), number(100, 0), 10, false, true},
		{"times", span(2000, 10, 0), span(1000, 10, 0), 100, true, true},
		{"times of few", span(2000, 9, 0), span(1000, 10, 0), 122, false, true},
		{"times, the slow ones still missing", span(2000, 10, 1), span(1000, 10, 0), 100, false, true},
	} {
		got, ok := tt.v.Since(tt.before)
		if ok != tt.ok || got.By != tt.by || got.Shown != tt.shown {
			t.Errorf("%s: %+v, %v; want %d, shown %v, %v", tt.name, got, ok, tt.by, tt.shown, tt.ok)
		}
	}
}
