package reports

import "math"

// Percent is a rate as people read it: rounded once, half up, from the exact
// numbers. Only nothing is 0 %, only all is 100 %.
func (v Value) Percent() int64 {
	if v.D == 0 {
		return 0
	}
	switch p := (200*v.N + v.D) / (2 * v.D); {
	case p == 0 && v.N > 0:
		return 1
	case p == 100 && v.N < v.D:
		return 99
	default:
		return p
	}
}

// PercentHigh is the highest value that a rate can still take, likewise.
func (v Value) PercentHigh() int64 {
	v.N += v.Open
	return v.Percent()
}

// Delta is how a figure differs from an earlier one.
type Delta struct {
	// Exact is the newer minus the older: of rates as a fraction, of times in
	// milliseconds.
	Exact float64
	// By is the change as it is printed: of a rate the points between the two
	// printed rates, of all else percent. 0 is about the same.
	By int64
	// Shown says whether it may be printed: neither is of too few, and neither can
	// still change.
	Shown bool
}

// Since is the change of a figure from an earlier one; false where either has
// no data.
func (v Value) Since(before Value) (Delta, bool) {
	if !v.OK() || !before.OK() {
		return Delta{}, false
	}
	c := Delta{Exact: v.Float() - before.Float(), Shown: v.Open == 0 && before.Open == 0}
	if v.Unit == Rate {
		c.Shown = c.Shown && !v.TooFew() && !before.TooFew()
		// Half a point, in whole numbers: |n/d - m/e| >= 1/200.
		if apart := v.N*before.D - before.N*v.D; 200*max(apart, -apart) >= v.D*before.D {
			c.By = v.Percent() - before.Percent()
		}
		return c, true
	}
	few := min(v.D, before.D)
	if v.Unit == Number {
		few = before.N
	}
	c.Shown = c.Shown && few >= FewConversations
	if before.N > 0 && math.Abs(c.Exact) >= before.Float()/100 {
		c.By = int64(math.Round(100 * c.Exact / before.Float()))
	}
	return c, true
}
