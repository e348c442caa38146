package reports

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// weekOf makes the cohorts of a week of which some sessions stood open at its end and were
// resolved after two days, or handed off, and the others were settled.
func weekOf(w Week, resolved, openResolved, openHandedOff int64) DayCohorts {
	at := func(course string, n int64) Cohort {
		return Cohort{Channel: "chat", Definition: "standard", Course: course, N: n}
	}
	return DayCohorts{Day: w.Monday(), Cohorts: []Cohort{
		at(fmt.Sprint(StandsResolvedDeflected), resolved),
		at(fmt.Sprintf("%d 48:%d", OpenToResolvedDeflected, StandsResolvedDeflected), openResolved),
		at(fmt.Sprintf("%d 30:%d", OpenToResolvedDeflected, StandsHandedOff), openHandedOff),
		at("0", 11), // never counted
	}}
}

func estimator(t *testing.T, days []DayCohorts, channel string) *Estimator {
	t.Helper()
	e, err := NewEstimator(days, channel, Standard, Rules{Zone: time.UTC, Window: DefaultWindow})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestEstimate learns from weeks of which each went the same way.
func TestEstimate(t *testing.T) {
	w := Week("2025-W39")
	var days []DayCohorts
	for i := range 4 {
		days = append(days, weekOf(w.Add(i-4), 60, 30, 10))
	}
	days = append(days, weekOf(w, 120, 40, 40)) // what becomes of its 80 is not known yet
	now := w.End(time.UTC).Add(9 * time.Hour)
	got := estimator(t, days, "").Week(w, now)
	if got.Settled || got.Learnt != 4 || got.SoFar[FigureResolved] != 120 || got.Highest[FigureResolved] != 200 {
		t.Errorf("so far: %+v", got)
	}
	// Three of four that stood so were resolved, give or take what is thought of a few.
	x := got.Estimates[FigureResolved]
	if math.Abs(x.Value-180) > 2 || x.Low > 180 || x.High < 180 || x.High-x.Low > 30 {
		t.Errorf("resolved: %+v; want about 180", x)
	}
	if r := got.Estimates[FigureResolutionRate]; math.Abs(r.Value-.9) > .01 || r.Low < .5 || r.High > 1 {
		t.Errorf("resolution rate: %+v; want about 0.9", r)
	}
	if h := got.Estimates[FigureHandled]; h.Value != 200 {
		t.Errorf("handled: %+v; want 200: nobody waits", h)
	}
	settled := estimator(t, days, "").Week(w, now.Add(72*time.Hour))
	if x := settled.Estimates[FigureResolved]; !settled.Settled || x.Value != 160 || x.Low != 160 || x.High != 160 {
		t.Errorf("settled: %+v; want 160 and nothing beside", x)
	}
	few := estimator(t, days[2:], "").Week(w, now)
	if _, ok := few.Estimates[FigureResolved]; ok || few.SoFar[FigureResolved] != 120 || few.Estimates[FigureHandled].Value != 200 {
		t.Errorf("two weeks behind it: %+v; want no estimate", few.Estimates)
	}
	if other := estimator(t, days, "email").Week(w, now); other.SoFar[FigureHandled] != 0 {
		t.Errorf("another channel: %+v; want nothing", other)
	}
	if _, ok := estimator(t, days, "email").Week(w, now).SoFar[FigureResolutionRate]; ok {
		t.Error("a rate of nothing is given")
	}
	if _, err := NewEstimator([]DayCohorts{{Day: "2025-09-15", Cohorts: []Cohort{{Definition: "standard", Course: "x", N: 1}}}}, "", Standard, Rules{Zone: time.UTC}); err == nil {
		t.Error("a damaged course is read")
	}
}

// TestIntervals holds that 90 % intervals hold about nine times of ten on weeks that
// differ by more than chance, and that a change which is shown is nearly always right.
func TestIntervals(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	held, all, shown, right := 0, 0, 0, 0
	first := Week("2023-W01")
	for range 40 {
		var days []DayCohorts
		for i := range 24 {
			// A week has its own share of what is resolved, of what is open at its end, and
			// of what becomes of that.
			n := int64(100 + rng.IntN(200))
			open := int64(float64(n) * (.15 + .2*rng.Float64()))
			share := .7 + .06*rng.NormFloat64()
			resolved := int64(0)
			for range open {
				if rng.Float64() < share {
					resolved++
				}
			}
			settled := int64(float64(n-open) * (.5 + .3*rng.Float64()))
			d := weekOf(first.Add(i), settled, resolved, open-resolved)
			d.Cohorts = append(d.Cohorts, Cohort{Channel: "chat", Definition: "standard", Course: fmt.Sprint(StandsHandedOff), N: n - open - settled})
			days = append(days, d)
		}
		list := estimator(t, days, "").Backtest(16, 9*time.Hour, first.Add(40).Start(time.UTC))
		for i := range list {
			b := &list[i]
			if b.Figure != FigureResolutionRate {
				continue
			}
			all++
			if b.Held() {
				held++
			}
			if b.Change != 0 {
				shown++
				if float64(b.Change)*b.Was > 0 {
					right++
				}
			}
		}
	}
	if share := float64(held) / float64(all); share < .87 || share > .99 {
		t.Errorf("%d of %d intervals held: %.2f; want about 0.9", held, all, share)
	}
	if shown < all/3 || float64(right) < .97*float64(shown) {
		t.Errorf("%d changes shown of %d, %d right; want many, nearly all right", shown, all, right)
	}
}

// TestSure holds when a change is said to be one.
func TestSure(t *testing.T) {
	exact := func(v float64) Estimate { return Estimate{Value: v, Low: v, High: v} }
	thought := func(v, spread float64) Estimate { return Estimate{Value: v, spread: spread, free: 7} }
	for _, tt := range []struct {
		name        string
		rate        bool
		before, now Estimate
		want        bool
	}{
		{"half a point, settled", true, exact(.500), exact(.506), true},
		{"less than half a point", true, exact(.500), exact(.504), false},
		{"a hundredth of a count", false, exact(200), exact(203), true},
		{"less than that", false, exact(400), exact(403), false},
		{"from nothing", false, exact(0), exact(3), true},
		{"the same", false, exact(0), exact(0), false},
		{"beyond what is not known", true, exact(.50), thought(.60, .04), true},
		{"within it", true, exact(.50), thought(.57, .04), false},
		{"both not known", true, thought(.50, .04), thought(.60, .04), false},
	} {
		if got := Sure(tt.rate, tt.before, tt.now); got != tt.want {
			t.Errorf("%s: %v; want %v", tt.name, got, tt.want)
		}
	}
}
