package reports

import "math"

// history is how often something happened in a week and in each of those before it, of
// how many.
type history struct {
	n, of         float64
	before, outOf []float64
}

// usual is what was to be expected, had the week been as those before.
func (h *history) usual() float64 {
	return h.n0() / h.of0() * h.of
}

func (h *history) n0() float64  { return sumOf(h.before) }
func (h *history) of0() float64 { return sumOf(h.outOf) }

func sumOf(list []float64) (sum float64) {
	for _, x := range list {
		sum += x
	}
	return sum
}

// wander is by how much the weeks before differ (Pearson's statistic), and its degrees of
// freedom.
func (h *history) wander(rate bool) (chi, free float64) {
	p := h.n0() / h.of0()
	if p == 0 || rate && p == 1 {
		return 0, 0
	}
	free = -1
	for i, x := range h.before {
		if h.outOf[i] == 0 {
			continue
		}
		e := p * h.outOf[i]
		v := e
		if rate {
			v *= 1 - p
		}
		chi += (x - e) * (x - e) / v
		free++
	}
	return chi, max(free, 0)
}

// chance is how likely a week is as far to this side of those before, by chance: exact,
// given the sums. A rate is Fisher's test, a count the conditional test of two Poisson
// means (Przyborowski and Wilenski, 1940). Counts are divided by the dispersion, by how
// much more such weeks differ than chance has it: what always wanders is held to that.
func (h *history) chance(rate bool, dispersion float64) float64 {
	n, of, n0, of0 := math.Round(h.n/dispersion), math.Round(h.of/dispersion), math.Round(h.n0()/dispersion), math.Round(h.of0()/dispersion)
	if of == 0 || of0 == 0 {
		return 1
	}
	all := n + n0
	var density func(k float64) float64
	low, high := 0.0, all
	if rate {
		low, high = max(0, all-of0), min(all, of)
		whole := choose(of+of0, all)
		density = func(k float64) float64 { return math.Exp(choose(of, k) + choose(of0, all-k) - whole) }
	} else {
		p := of / (of + of0)
		density = func(k float64) float64 { return math.Exp(choose(all, k) + k*math.Log(p) + (all-k)*math.Log(1-p)) }
	}
	tail := 0.0
	if n/of >= n0/of0 {
		for k := n; k <= high; k++ {
			tail += density(k)
		}
	} else {
		for k := low; k <= n; k++ {
			tail += density(k)
		}
	}
	return min(1, tail)
}

// choose is the logarithm of a binomial coefficient.
func choose(n, k float64) float64 {
	a, _ := math.Lgamma(n + 1)
	b, _ := math.Lgamma(k + 1)
	c, _ := math.Lgamma(n - k + 1)
	return a - b - c
}
